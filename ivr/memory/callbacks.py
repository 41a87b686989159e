"""Wishes to be called back: kept until somebody has called, one for a matter, given to one caller at a time.

    wish -> open --due--> held for a while (a try) --done--> over --sweep--> forgotten
              ^------------- later, or nobody said ----'  '--drop--> over

Whoever calls takes with `due` what he can call now; what he neither ends nor puts off is due again when his hold is over.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass, field
from typing import TYPE_CHECKING, Any

from ivr.memory.errors import Unfit
from ivr.memory.identity import Identity, Kind
from ivr.memory.privacy import Subject

if TYPE_CHECKING:
    from ivr.memory.store import Store

HELD_MS = 300_000
MOST = 100
SWEPT_MOST = 1_000
OPEN, DONE = "open", "done"


@dataclass(frozen=True, slots=True)
class Wish:
    """One wish. number: E.164. due_ms: not before; created_ms: when it was first said; both since the epoch.

    reason: as the flow says. matter, customer: ids, or "". tries: how often it was taken. state: "open", "done", or why it was dropped.
    """

    id: str
    number: str = field(repr=False)
    due_ms: int
    created_ms: int
    reason: str = ""
    matter: str = ""
    customer: str = ""
    language: str = ""
    tries: int = 0
    state: str = OPEN


class CallBacks:
    """All wishes of the house. `wish` goes into the journal while Redis is away; all else raises MemoryAway then."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms

    async def wish(
        self, number: Identity, due_ms: int = 0, *, reason: str = "", matter: str = "", customer: str = "", language: str = ""
    ) -> tuple[Wish, bool | None]:
        """Keep a wish; True where it is new, False where this matter (or, without one, this number) had an open one, which is changed
        then; None where it waits in the journal. due_ms: 0 for as soon as possible. Raises Unfit, JournalFull."""
        if number.kind is not Kind.PHONE:
            raise Unfit("only a telephone number can be called back")
        name = hashlib.sha256((f"matter {matter}" if matter else f"number {number.value}").encode()).hexdigest()[:20]
        now = self._now_ms()
        wish = Wish(name, number.value, max(due_ms, now), now, reason, matter, customer, language)
        body = {key: value for key, value in asdict(wish).items() if key not in ("id", "tries", "state")}
        text = json.dumps(body, ensure_ascii=False)
        answer = await self._store.keep(f"back{name}", "callbacks", "wish", name, text, wish.due_ms)
        return wish, None if answer is None else bool(answer)

    async def due(self, held_ms: int = HELD_MS, most: int = MOST) -> tuple[Wish, ...]:
        """Those whose time has come, the longest due first. They are the asker's for `held_ms`: nobody else is given them meanwhile."""
        now = self._now_ms()
        return _wishes(await self._store.run("callbacks", "due", now, now + held_ms, most))

    async def waiting(self, most: int = MOST) -> tuple[Wish, ...]:
        """All that are open, taken or not, the next one first: for a list."""
        return _wishes(await self._store.run("callbacks", "open", most))

    async def later(self, wish: str, due_ms: int) -> bool:
        """Not now (nobody answered): again at that time. False where it is not open any more."""
        return bool(await self._store.run("callbacks", "later", wish, due_ms))

    async def done(self, wish: str) -> bool:
        """He was called. False where it was not open."""
        return bool(await self._store.run("callbacks", "end", wish, self._now_ms(), DONE))

    async def drop(self, wish: str, why: str) -> bool:
        """Nobody will call: why, in a word or two ("he called himself"). False where it was not open."""
        if not why or why in (OPEN, DONE):
            raise Unfit("why a wish is dropped is to be said")
        return bool(await self._store.run("callbacks", "end", wish, self._now_ms(), why))

    # As a keeper (ivr.memory.privacy) and as one whose things grow old (ivr.memory.rounds)

    async def export(self, subject: Subject) -> list[Any]:
        """His wishes, open and over."""
        return [asdict(wish) for wish in await self._of(subject)]

    async def erase(self, subject: Subject) -> int:
        """Forget his wishes; how many."""
        found = await self._of(subject)
        return int(await self._store.run("callbacks", "forget", *(wish.id for wish in found))) if found else 0

    async def sweep(self, before_ms: int) -> int:
        """Forget some of those that were over, or due in vain, before that time; how many."""
        return int(await self._store.run("callbacks", "sweep", before_ms, SWEPT_MOST))

    async def _of(self, subject: Subject) -> tuple[Wish, ...]:
        words = (*subject.ids, *subject.matters, *subject.of(Kind.PHONE))
        return _wishes(await self._store.run("callbacks", "of", *words))


def _wishes(found: Sequence[Sequence[Any]]) -> tuple[Wish, ...]:
    return tuple(Wish(name, **json.loads(body), tries=int(tries), state=state) for name, body, tries, state in found)
