"""The only place that reads a clock. Everybody else is handed a time or a `Clock`."""

from __future__ import annotations

import time
from typing import Protocol


def now_ns() -> int:
    """CLOCK_MONOTONIC in nanoseconds: the clock that events from the native side are stamped with."""
    return time.monotonic_ns()


def epoch_ms() -> int:
    """Milliseconds since the epoch (UTC): for what is stored, and what other machines are told. It may be set; never measure with it."""
    return time.time_ns() // 1_000_000


class Clock(Protocol):
    """What a part that needs the time is handed."""

    def now_ns(self) -> int: ...


class SystemClock:
    """The machine's monotonic clock."""

    def now_ns(self) -> int:
        return now_ns()
