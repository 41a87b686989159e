"""What is to be delivered, kept in Redis until it is: at least once, in order within a lane (a customer), dead letters listed.

Lanes and not one stream: an entry that is tried again for hours holds up what comes behind it for the same customer, and nobody
else. While Redis is away, `put` goes into the store's journal. What a lane holds is personal data, for as long as it waits.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from ivr.memory.privacy import Subject
from ivr.memory.store import Store

AT_ONCE = 500  # entries that are looked through in one round trip
LEASE_MS = 60_000
REMEMBERED_MS = 3 * 86_400_000  # how long an id that was delivered is not taken again
DEAD_MOST = 10_000


@dataclass(frozen=True, slots=True)
class Item:
    """One entry that was taken to be delivered. tries: this one included. mark: what a try before left ("" for nothing)."""

    id: str
    lane: str
    body: Mapping[str, Any] = field(repr=False)
    put_ms: int
    tries: int
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Dead:
    """One entry that is not tried any more, and why."""

    id: str
    lane: str
    body: Mapping[str, Any] = field(repr=False)
    died_ms: int
    why: str
    tries: int


class Outbox:
    """One box, by name. Times are milliseconds since the epoch. All raise MemoryAway but `put`, which raises JournalFull."""

    def __init__(self, store: Store, name: str, now_ms: Callable[[], int], lease_ms: int = LEASE_MS) -> None:
        """lease_ms: longer than any try may take; after it, somebody else may try."""
        self.name, self.now_ms, self.lease_ms = name, now_ms, lease_ms
        self._store, self._box = store, f"hotline:out:{name}:"

    async def put(self, name: str, lane: str, body: Mapping[str, Any]) -> bool | None:
        """Put in, once for an id: True, or False where it is there or was delivered; None where it waits in the journal."""
        text = json.dumps(dict(body), ensure_ascii=False, separators=(",", ":")).encode("utf-8", "replace")
        key = f"{self._box}{lane}"
        answer = await self._store.keep(key, "outbox", "put", self._box, name, lane, text, self.now_ms())
        return None if answer is None else bool(answer)

    async def take(self) -> tuple[Item | None, int]:
        """(the next entry that is due, 0), held for `lease_ms`; or (None, when one will be due, -1 for none)."""
        got = await self._store.run("outbox", "take", self._box, self.now_ms(), self.lease_ms)
        if got[0] == "":
            return None, int(float(got[1]))
        name, lane, body, put_ms, tries, mark = got
        return Item(name, lane, json.loads(body), int(put_ms), int(tries), mark), 0

    async def mark(self, item: Item, mark: str) -> bool:
        """Note how far this try has come; False where the entry is not ours any more."""
        return await self._about("mark", item, mark)

    async def done(self, item: Item) -> bool:
        """It was delivered."""
        return await self._about("done", item, self.now_ms(), REMEMBERED_MS)

    async def later(self, item: Item, due_ms: int, mark: str = "") -> bool:
        """Try it again then; its lane waits."""
        return await self._about("later", item, due_ms, mark)

    async def bury(self, item: Item, why: str) -> bool:
        """Give it up; its lane goes on."""
        return await self._about("bury", item, self.now_ms(), why, DEAD_MOST)

    async def dead(self, first: int = 0, last: int = 99) -> tuple[Dead, ...]:
        """Dead letters by index, the newest first."""
        found = await self._store.run("outbox", "dead", self._box, first, last)
        return tuple(
            Dead(name, lane, json.loads(body), int(float(died)), why, int(tries)) for name, died, body, lane, why, tries in found
        )

    async def revive(self, name: str) -> bool:
        """Try a dead letter again from the beginning, behind what its lane holds now."""
        return bool(await self._store.run("outbox", "revive", self._box, name, self.now_ms()))

    async def drop(self, name: str) -> bool:
        """Forget a dead letter; False where there is none of this id."""
        if await self._store.command("ZSCORE", f"{self._box}dead", name) is None:
            return False
        return bool(await self._store.run("outbox", "drop", self._box, name, self.now_ms()))

    async def forget(self, lane: str) -> int:
        """Erase all that a lane holds, dead letters too; how many."""
        return int(await self._store.run("outbox", "forget", self._box, lane))

    async def export(self, subject: Subject) -> list[Any]:
        """See `ivr.memory.privacy.Keeper`: the bodies that wait, or are dead, and name him."""
        return [json.loads(body) for _, _, body in await self._naming(subject.needles)]

    async def erase(self, subject: Subject) -> int:
        """See `ivr.memory.privacy.Keeper`. What is under way at this moment may still arrive; it is not tried again."""
        found = await self._naming(subject.needles)
        return sum([await self._store.run("outbox", "drop", self._box, name, self.now_ms()) for name, _, _ in found])

    async def sweep(self, before_ms: int) -> int:
        """See `ivr.memory.rounds.Aging`: dead letters of before that time, some of them at once."""
        old = await self._store.command("ZRANGEBYSCORE", f"{self._box}dead", "-inf", f"({before_ms}", "LIMIT", 0, AT_ONCE)
        return sum([await self._store.run("outbox", "drop", self._box, name, self.now_ms()) for name in old])

    async def _naming(self, needles: Sequence[str]) -> list[Any]:
        """(id, lane, body) of every entry whose lane is one of these, or whose body holds one as a string of its own."""
        lanes = await self._store.command("ZRANGE", f"{self._box}due", 0, -1)
        names = await self._store.command("ZRANGE", f"{self._box}dead", 0, -1)
        for lane in lanes:
            names += await self._store.command("LRANGE", f"{self._box}l:{lane}", 0, -1)
        found: list[Any] = []
        for first in range(0, len(names), AT_ONCE):
            some = names[first : first + AT_ONCE]
            found += await self._store.run("outbox", "naming", self._box, len(needles), *needles, *some)
        return found

    async def _about(self, verb: str, item: Item, *args: str | int) -> bool:
        return bool(await self._store.run("outbox", verb, self._box, item.id, item.tries, *args))
