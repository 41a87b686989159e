"""The sweep on its rounds: once a minute, by one process of all, a part of the store; so that nothing is kept longer than it may be.

Whoever sets the mark of this minute makes the round; where the last one stopped stands in Redis, so any process goes on from there.
A store of ten million keys is gone through in some three hours, while nobody waits for it.
"""

from __future__ import annotations

import asyncio
import logging
import secrets
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

from ivr.memory.memory import Memory
from ivr.memory.retention import RetentionSettings, Swept
from voice.errors import HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
EVERY_S = 60.0
DEADLINE_S = 45.0
MARK, CURSOR = "hotline:sweep:round", "hotline:sweep:cursor"


class Aging(Protocol):
    """Whoever keeps something that grows old."""

    async def sweep(self, before_ms: int) -> int:
        """Forget some of what is older than that time; how many. Raises HotlineError, OSError."""


class Rounds:
    """`start`, `close`; or `once` for a single round. others: by name, each with the setting that says how long."""

    def __init__(
        self, memory: Memory, kept: RetentionSettings, others: Mapping[str, tuple[Aging, str]], every_s: float = EVERY_S
    ) -> None:  # fmt: skip
        self.memory, self.kept, self.others, self.every_s = memory, kept, others, every_s
        self._token = secrets.token_urlsafe(6)
        self._task: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Begin; the first round is made at once."""
        self._task = asyncio.create_task(self._work(), name="retention")

    async def close(self) -> None:
        """Stop; the next one goes on where this stopped."""
        await ended([self._task])
        self._task = None

    async def once(self) -> Counter[str] | None:
        """One round: what went, counted by what it was; None where another process makes it. Raises MemoryAway."""
        store, now = self.memory.store, self.memory.now_ms()
        if await store.command("SET", MARK, self._token, "NX", "PX", round(900 * self.every_s)) is None:
            return None
        swept, cursor = Swept(), str(await store.command("GET", CURSOR) or "0")
        swept, cursor = await self.memory.sweeper.part(now, self.kept.touches, cursor)
        await store.command("SET", CURSOR, cursor)
        gone = Counter(
            {"touches": swept.touches, "matters expired": swept.expired, "matters": swept.forgotten},
        )
        for name, (aging, setting) in self.others.items():
            try:
                gone[name] += await aging.sweep(now - self.kept.ms(setting))
            except OSError as error:
                log.error("what is old of %s cannot be removed: %s", name, type(error).__name__)
        return +gone

    async def _work(self) -> None:
        while True:
            try:
                async with asyncio.timeout(DEADLINE_S):
                    gone = await self.once()
                if gone:
                    log.info("kept long enough, and gone: %s", ", ".join(f"{count} {name}" for name, count in gone.items()))
            except (HotlineError, TimeoutError) as error:
                log.info("the sweep goes on later: %s", type(error).__name__)
            await asyncio.sleep(self.every_s)
