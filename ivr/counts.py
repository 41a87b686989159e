"""What the house does, in numbers: every process adds its own to one sum in Redis, so that a phone node that is started anew, or one
on another machine, takes nothing away from it, and one place shows all. No name, number or word is in any of it.

A sum is a whole number by a spelling: its name, then its labels ("talks|chat|left"). What was counted goes out every few seconds and
at the end of the process; while Redis is away it waits in the journal, and it is added once.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import secrets
from bisect import bisect_left
from collections import Counter
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from ivr.actions import State
from ivr.memory.store import Store
from voice.errors import HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
KEY, GAUGES = "hotline:count", "hotline:gauges"
EVERY_S = 2.0
TICK_S = 0.25
DAYS_MS = 400 * 86_400_000
FRESH_MS = 30_000  # a process that has told nothing for longer is gone
LABELS: Mapping[str, tuple[str, ...]] = {
    "calls": ("result",),
    "talks": ("channel", "ending"),
    "questions": ("channel",),
    "questions_repeated": ("channel",),
    "redis_away": (),
    "webhook_deliveries": ("result",),
}
LOOKUP_S = (0.001, 0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.15, 0.25, 0.5, 1.0, 2.5)  # upper bounds; beyond is the last bucket


@dataclass(frozen=True, slots=True)
class Sums:
    """What was counted: since the beginning, and on one day (UTC). gauges: of each process that lives, with its role."""

    total: Mapping[str, int]
    today: Mapping[str, int]
    day: str
    gauges: tuple[Mapping[str, Any], ...] = field(default=())


def ending_of(state: State) -> str:
    """How a talk ended, in one of three words: handed (to a person), ended (by itself), left (by the customer)."""
    return "handed" if state.handed else "ended" if state.done else "left"


class Counts:
    """`start`, `add` and the others, `close`. now_ms: since the epoch; the store's ticks measure the loop."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms
        self.role = ""
        self.lag_s = 0.0
        self._token, self._number = secrets.token_urlsafe(6), 0
        self._new: Counter[str] = Counter()
        self._followed: dict[str, tuple[Callable[[], int], int]] = {}
        self._tasks: list[asyncio.Task[None]] = []
        self.follow("redis_away", lambda: store.counts["away"])

    def start(self, role: str) -> None:
        """Begin to tell what is counted. role: of this process."""
        self.role = role
        self._tasks = [asyncio.create_task(job, name="counts") for job in (self._tell(), self._measure())]

    async def close(self) -> None:
        """Tell the rest."""
        await ended(self._tasks)
        if self._tasks:
            self._tasks = []
            await self.flush()

    # Counting

    def add(self, name: str, *labels: str, by: int = 1) -> None:
        """Count something of LABELS."""
        assert len(labels) == len(LABELS[name])
        if by:
            self._new["|".join((name, *labels))] += by

    def follow(self, spelled: str, total: Callable[[], int]) -> None:
        """Count what somebody counts already. spelled: name and labels."""
        self._followed[spelled] = (total, total())

    def turn(self, channel: str, before: State, after: State) -> None:
        """One turn of a talk: the questions that were asked in it."""
        self.add("questions", channel, by=after.asked_now - before.asked_now)
        self.add("questions_repeated", channel, by=after.repeated_now - before.repeated_now)

    def talk(self, channel: str, state: State) -> None:
        """A talk is over."""
        self.add("talks", channel, ending_of(state))

    def looked(self, took_s: float) -> None:
        """A caller was looked up in the memory."""
        self._took("context_lookup", took_s)

    def popped(self, took_s: float) -> None:
        """An operator's page showed whom he gets, so long after that was decided."""
        self._took("screen_pop", took_s)

    def _took(self, name: str, took_s: float) -> None:
        at = bisect_left(LOOKUP_S, took_s)
        self._new[f"{name}|{LOOKUP_S[at] if at < len(LOOKUP_S) else '+Inf'}"] += 1
        self._new[f"{name}_us"] += round(1e6 * took_s)

    # Telling

    async def flush(self) -> None:
        """Add what is new to the sums of the house, or put it by. Never raises."""
        for spelled, (total, had) in self._followed.items():
            now = total()
            self._followed[spelled] = (total, now)
            if now > had:
                self._new[spelled] += now - had
        if not self._new:
            return
        new, self._new = self._new, Counter()
        self._number += 1
        pairs = [word for pair in new.items() for word in pair]
        day = f"{KEY}:{self._day()}"
        try:
            await self._store.keep(KEY, "count", self._token, self._number, KEY, day, DAYS_MS, *pairs)
        except HotlineError as error:
            log.info("the counts wait: %s", type(error).__name__)
            self._new += new

    async def read(self) -> Sums:
        """The sums, and what the processes tell of themselves. Raises MemoryAway."""
        day, now = self._day(), self._now_ms()
        told = _pairs(await self._store.command("HGETALL", GAUGES))
        gauges = {token: json.loads(text) for token, text in told.items()}
        for token in [token for token, one in gauges.items() if now - one["at_ms"] > FRESH_MS]:
            del gauges[token]
            await self._store.command("HDEL", GAUGES, token)
        total, today = [_pairs(await self._store.command("HGETALL", key)) for key in (KEY, f"{KEY}:{day}")]
        return Sums(
            _whole(total), _whole(today), day, tuple(sorted(gauges.values(), key=lambda one: (one["role"], one["at_ms"])))
        )

    def _day(self) -> str:
        return f"{datetime.fromtimestamp(self._now_ms() / 1000, UTC):%Y-%m-%d}"

    async def _tell(self) -> None:
        while True:
            await asyncio.sleep(EVERY_S)
            await self.flush()
            journal = self._store.journal
            depth = len(journal) if journal is not None else 0
            told = {"at_ms": self._now_ms(), "role": self.role, "journal_depth": depth, "event_loop_lag_s": round(self.lag_s, 6)}
            self.lag_s = 0.0
            with contextlib.suppress(HotlineError):
                await self._store.command("HSET", GAUGES, self._token, json.dumps(told))

    async def _measure(self) -> None:
        """How much later than it should this loop wakes; the worst since it was told."""
        while True:
            begun_ns = self._store.ticks()
            await asyncio.sleep(TICK_S)
            self.lag_s = max(self.lag_s, (self._store.ticks() - begun_ns) / 1e9 - TICK_S)


def _whole(sums: Mapping[str, Any]) -> dict[str, int]:
    return {name: int(value) for name, value in sums.items()}


def _pairs(found: Any) -> dict[str, Any]:
    """HGETALL, as the client gives it."""
    return dict(found) if isinstance(found, dict) else dict(zip(found[::2], found[1::2], strict=True))
