"""How long what is kept: touches by their kind, matters until they expire and a while after. A sweep, some of it at a time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from functools import partial
from typing import TYPE_CHECKING, Any

from ivr.memory import matter as matters
from ivr.memory.errors import MemoryAway, Outrun
from ivr.memory.matter import DAY_MS, Matters, Status
from ivr.memory.timeline import CALL, MAIL, MAILING, MESSAGE, VISIT

if TYPE_CHECKING:
    from ivr.memory.store import Store

YEAR_MS = 365 * DAY_MS
BATCH = 200


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


class Sweeper:
    """Goes through the store in small steps, so that nobody waits for it; where Redis is away in between, it waits `patience` times."""

    def __init__(self, store: Store, patience: int = 60, pause_s: float = 1.0) -> None:
        self._store, self.patience, self.pause_s = store, patience, pause_s

    async def sweep(self, now_ms: int, retention: Retention | None = None) -> Swept:
        """All that is due at `now_ms`. Raises MemoryAway where Redis stays away; what was done by then is done."""
        expired, forgotten = await self._matters(now_ms)
        return Swept(await self._touches(now_ms, retention or Retention()), expired, forgotten)

    async def _touches(self, now_ms: int, retention: Retention) -> int:
        limits = [word for kind, ms in retention.kinds_ms.items() for word in (kind, now_ms - ms)]
        gone, cursor = 0, "0"
        while True:
            cursor, keys = await self._patiently(
                partial(self._store.command, "SCAN", cursor, "MATCH", "t*", "COUNT", BATCH, "TYPE", "list")
            )
            if keys:
                words = (len(retention.kinds_ms), now_ms - retention.other_ms, *limits, *keys)
                gone += await self._patiently(partial(self._store.run, "sweep", *words))
            if str(cursor) == "0":
                return gone

    async def _matters(self, now_ms: int) -> tuple[int, int]:
        """Those whose time has come: an open one expires, one that is over is forgotten."""
        keeper, expired, forgotten = Matters(self._store, lambda: now_ms), 0, 0
        while names := await self._patiently(
            partial(self._store.command, "ZRANGEBYSCORE", "x", "-inf", now_ms, "LIMIT", 0, BATCH)
        ):
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
