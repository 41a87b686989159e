"""How often somebody may ask: a bucket each that fills evenly (token bucket); no memory of who has not asked for a while."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable

KNOWN_MAX = 10_000


class Rate:
    """`per_s` on average, `burst` at once, for everybody by name. ticks: monotonic nanoseconds."""

    def __init__(self, per_s: float, burst: int, ticks: Callable[[], int], known_max: int = KNOWN_MAX) -> None:
        self.per_s, self.burst, self.known_max = per_s, burst, known_max
        self._ticks = ticks
        self._full_ns: OrderedDict[str, float] = OrderedDict()  # name -> when its bucket is full again

    def wait_s(self, name: str, *, count: bool = True) -> float:
        """0 where one more may go now, and it is counted; else in how many seconds, and it is not. count False only asks."""
        now = float(self._ticks())
        full = max(now, self._full_ns.get(name, now))
        after = full + 1e9 / self.per_s
        over_s = (after - now) / 1e9 - self.burst / self.per_s
        if over_s > 1e-9:
            return over_s
        if count:
            self._full_ns[name] = after
            self._full_ns.move_to_end(name)
            while len(self._full_ns) > self.known_max:
                self._full_ns.popitem(last=False)
        return 0.0
