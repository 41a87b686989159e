"""Who empties an outbox: so many at a time, tried again with growing pauses and jitter, given up after a day."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import random
from collections import Counter
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ivr.channels.outbox import Item, Outbox
from ivr.deeds import place
from ivr.memory.errors import MemoryAway
from voice.errors import HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
POLL_S = 0.5  # another process may have put something in
AWAY_S = 1.0
SETTLE_S = (0.1, 0.3, 1.0, 3.0)


@dataclass(frozen=True, slots=True)
class Backoff:
    """Pauses of `first_s`, twice as long each time, `most_s` at most; over `give_up_s` after it was put in. jitter: +- this share."""

    first_s: float = 2.0
    most_s: float = 3600.0
    give_up_s: float = 86_400.0
    jitter: float = 0.2

    def due_ms(self, item: Item, now_ms: int, chance: float) -> int | None:
        """When to try again, None for never. chance: 0 to 1, evenly."""
        pause_s = min(self.most_s, self.first_s * 2.0 ** min(item.tries - 1, 30))
        due = now_ms + round(1000 * pause_s * (1 + self.jitter * (2 * chance - 1)))
        return due if due - item.put_ms <= 1000 * self.give_up_s else None


@dataclass(frozen=True, slots=True)
class Again:
    """It was not delivered, and may be later. after_s: not before, as the other side says. mark: for the next try."""

    why: str
    after_s: float = 0.0
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Never:
    """It cannot be delivered."""

    why: str


Deliver = Callable[[Item], Awaitable[Again | Never | None]]


@dataclass(slots=True)
class Courier:
    """Takes from `box` and calls `deliver` (None: delivered) until closed. `counts`: delivered, again, buried, faults."""

    box: Outbox
    deliver: Deliver
    backoff: Backoff = field(default_factory=Backoff)
    hands: int = 4
    dice: random.Random = field(default_factory=random.Random)
    poll_s: float = POLL_S
    counts: Counter[str] = field(default_factory=Counter)
    _failing: bool = False
    _wake: asyncio.Event = field(default_factory=asyncio.Event)
    _tasks: list[asyncio.Task[None]] = field(default_factory=list)

    def start(self) -> None:
        """Begin."""
        self._tasks = [asyncio.create_task(self._work(), name=f"courier of {self.box.name}") for _ in range(self.hands)]

    def wake(self) -> None:
        """Something was put in."""
        self._wake.set()

    async def close(self) -> None:
        """Stop; what is under way is tried again when its lease is over."""
        await ended(self._tasks)
        self._tasks = []

    async def once(self) -> int | None:
        """Deliver one entry that is due; None where one was tried, else when the next is due (-1: nothing waits)."""
        item, due_ms = await self.box.take()
        if item is None:
            return due_ms
        try:
            async with asyncio.timeout(0.9 * self.box.lease_ms / 1000):
                came = await self.deliver(item)
        except MemoryAway:
            raise
        except Exception as error:
            # Also the deadline. One entry that makes the sender stumble must not stop the others.
            self.counts["faults"] += 1
            log.error("a delivery by %s met a fault: %s", self.box.name, place(error))
            came = Again("fault")
        for pause_s in SETTLE_S:
            try:
                await self._settle(item, came)
            except MemoryAway:
                # What was delivered must not be forgotten for a moment's absence: it would be delivered again.
                await asyncio.sleep(pause_s)
            else:
                return None
        await self._settle(item, came)
        return None

    async def _settle(self, item: Item, came: Again | Never | None) -> None:
        if came is None:
            await self.box.done(item)
            self.counts["delivered"] += 1
            if self._failing:
                log.warning("deliveries by %s get through again", self.box.name)
            self._failing = False
            return
        now = self.box.now_ms()
        due = None if isinstance(came, Never) else self.backoff.due_ms(item, now, self.dice.random())
        if isinstance(came, Never) or due is None:
            log.warning("a delivery by %s is given up after %d tries: %s", self.box.name, item.tries, came.why)
            await self.box.bury(item, came.why)
            self.counts["buried"] += 1
            return
        await self.box.later(item, max(due, now + round(1000 * min(came.after_s, self.backoff.most_s))), came.mark)
        self.counts["again"] += 1
        if not self._failing:
            log.warning("a delivery by %s did not get through and is tried again later: %s", self.box.name, came.why)
        self._failing = True

    async def _work(self) -> None:
        while True:
            self._wake.clear()  # before looking: what is put in from here on wakes
            try:
                due_ms = await self.once()
            except HotlineError as error:
                log.info("the outbox %s waits: %s", self.box.name, type(error).__name__)
                await asyncio.sleep(AWAY_S)
                continue
            if due_ms is not None:
                ahead_s = (due_ms - self.box.now_ms()) / 1000 if due_ms >= 0 else self.poll_s
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(max(0.01, min(self.poll_s, ahead_s))):
                        await self._wake.wait()
