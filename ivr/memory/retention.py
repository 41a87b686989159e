"""How long what is kept: touches by their kind, matters until they expire and a while after. A sweep, some of it at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, fields, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ivr.memory import matter as matters
from ivr.memory.errors import MemoryAway, Outrun
from ivr.memory.matter import DAY_MS, Matters, Status
from ivr.memory.timeline import CALL, MAIL, MAILING, MESSAGE, VISIT
from voice.errors import ConfigError

if TYPE_CHECKING:
    from ivr.memory.store import Store

YEAR_MS = 365 * DAY_MS
BATCH = 200
STEPS = 300  # of a part: some 60,000 keys
DAYS_MOST = 36_500
FOREVER_MS = 10**13  # longer than any time since the epoch


@dataclass(frozen=True, slots=True)
class Retention:
    """For how long touches of each kind are kept; `other_ms` for a kind that is not named."""

    kinds_ms: Mapping[str, int] = field(
        default_factory=lambda: {
            CALL: 3 * YEAR_MS,
            MESSAGE: 3 * YEAR_MS,
            MAIL: 3 * YEAR_MS,
            VISIT: YEAR_MS // 4,
            MAILING: YEAR_MS,
        }
    )
    other_ms: int = YEAR_MS


@dataclass(frozen=True, slots=True)
class Swept:
    """What a sweep found: touches removed, matters that expired, matters forgotten."""

    touches: int = 0
    expired: int = 0
    forgotten: int = 0

    def __add__(self, other: Swept) -> Swept:
        return Swept(self.touches + other.touches, self.expired + other.expired, self.forgotten + other.forgotten)


@dataclass(frozen=True, slots=True)
class RetentionSettings:
    """[retention]: for how many days what is kept; 0 is until it is erased.

    calls, messages, mails, visits, mailings, others: touches by their kind, from when they came. matters: after their end (how long
    one waits to be gone on with is the flow's `lifetime_h`). chats: their logs, after the last word. review: mails that a person has
    to look at. undelivered: mails and webhooks that were given up. sound: messages and recordings. call_backs: after they are over.
    """

    calls: int = 1095
    messages: int = 1095
    mails: int = 1095
    visits: int = 91
    mailings: int = 365
    others: int = 365
    matters: int = 365
    chats: int = 30
    review: int = 90
    undelivered: int = 30
    sound: int = 90
    call_backs: int = 90

    def __post_init__(self) -> None:
        wrong = [each.name for each in fields(self) if not 0 <= getattr(self, each.name) <= DAYS_MOST]
        if wrong:
            raise ConfigError(f"{', '.join(wrong)}: days from 1 to {DAYS_MOST}, or 0 for as long as it is not erased")

    def ms(self, name: str) -> int:
        """One of them in milliseconds, FOREVER_MS for 0."""
        return int(getattr(self, name)) * DAY_MS or FOREVER_MS

    @property
    def touches(self) -> Retention:
        """For the sweep."""
        kinds = {CALL: "calls", MESSAGE: "messages", MAIL: "mails", VISIT: "visits", MAILING: "mailings"}
        return Retention({kind: self.ms(name) for kind, name in kinds.items()}, self.ms("others"))


class Sweeper:
    """Goes through the store in small steps, so that nobody waits for it; where Redis is away in between, it waits `patience` times.

    kept_ms: of a matter that the sweep finds expired, from then on.
    """

    def __init__(self, store: Store, patience: int = 60, pause_s: float = 1.0) -> None:
        self._store, self.patience, self.pause_s = store, patience, pause_s
        self.kept_ms = matters.KEPT_MS

    async def sweep(self, now_ms: int, retention: Retention | None = None) -> Swept:
        """All that is due at `now_ms`. Raises MemoryAway where Redis stays away; what was done by then is done."""
        swept, cursor = Swept(), "0"
        while True:
            more, cursor = await self.part(now_ms, retention or Retention(), cursor)
            swept += more
            if cursor == "0":
                return swept

    async def part(self, now_ms: int, retention: Retention, cursor: str = "0", steps: int = STEPS) -> tuple[Swept, str]:
        """Some of it: matters first, then so many steps through the timelines from `cursor` on. Gives where to go on, "0" at the end."""
        expired, forgotten = await self._matters(now_ms, steps)
        touches, cursor = await self._touches(now_ms, retention, cursor, steps)
        return Swept(touches, expired, forgotten), cursor

    async def _touches(self, now_ms: int, retention: Retention, cursor: str, steps: int) -> tuple[int, str]:
        limits = [word for kind, ms in retention.kinds_ms.items() for word in (kind, now_ms - ms)]
        gone = 0
        for _ in range(steps):
            cursor, keys = await self._patiently(
                partial(self._store.command, "SCAN", cursor, "MATCH", "t*", "COUNT", BATCH, "TYPE", "list")
            )
            if keys:
                words = (len(retention.kinds_ms), now_ms - retention.other_ms, *limits, *keys)
                gone += await self._patiently(partial(self._store.run, "sweep", *words))
            if str(cursor) == "0":
                break
        return gone, str(cursor)

    async def _matters(self, now_ms: int, steps: int) -> tuple[int, int]:
        """Those whose time has come: an open one expires, one that is over is forgotten."""
        keeper, expired, forgotten = Matters(self._store, lambda: now_ms), 0, 0
        keeper.kept_ms = self.kept_ms
        for _ in range(steps):
            names = await self._patiently(partial(self._store.command, "ZRANGEBYSCORE", "x", "-inf", now_ms, "LIMIT", 0, BATCH))
            if not names:
                break
            over = []
            for found in await self._patiently(partial(self._store.run, "matter", *names)):
                matter = matters.unpack(found)
                if matter is None or matter.status not in matters.LIVE:
                    over.append(found[0])
                    continue
                try:
                    await self._patiently(partial(keeper.checkpoint, replace(matter, status=Status.EXPIRED), put_by=False))
                    expired += 1
                except Outrun:
                    pass  # somebody went on with it in this very moment
            if over:
                forgotten += await self._patiently(partial(self._store.run, "forget", now_ms, *over))
        return expired, forgotten

    async def _patiently(self, ask: Callable[[], Awaitable[Any]]) -> Any:
        """One step, asked again where Redis is away. Each may be done twice."""
        for _ in range(self.patience):
            try:
                return await ask()
            except MemoryAway:
                await asyncio.sleep(self.pause_s)
        return await ask()
