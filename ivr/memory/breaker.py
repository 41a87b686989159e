"""A circuit breaker: after some failures in a row nobody waits any longer; one try at a time finds out when it is over."""

from __future__ import annotations

FAILURES = 3
OPEN_MS = 500.0


class Breaker:
    """Closed, open, or half open (one try is under way). Times are monotonic nanoseconds, given by whoever asks."""

    def __init__(self, failures: int = FAILURES, open_ms: float = OPEN_MS) -> None:
        self.failures, self.open_ms = failures, open_ms
        self.failed = 0
        self._tried_ns = 0

    @property
    def open(self) -> bool:
        """Whether enough went wrong that only single tries are let through."""
        return self.failed >= self.failures

    def lets(self, now_ns: int) -> bool:
        """May a call go through now? While open: one each `open_ms`."""
        if not self.open:
            return True
        if now_ns - self._tried_ns < self.open_ms * 1e6:
            return False
        self._tried_ns = now_ns
        return True

    def good(self) -> None:
        """A call went through."""
        self.failed = 0

    def bad(self, now_ns: int) -> None:
        """A call failed."""
        self.failed += 1
        self._tried_ns = now_ns
