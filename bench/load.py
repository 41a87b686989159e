"""Many calls at once on one gateway: set up, watched for some seconds at a time, taken down.

The callers live in this process and on another core than the gateway, where there are two; every figure of a window says how
punctual they were, since a late caller looks like a lossy gateway.
"""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from typing import Any

from bench.controls import Neighbours
from bench.process import Gateway, cores
from bench.rtp import encode
from bench.sip import Dialog, Phone
from bench.stimuli import conversation
from bench.swarm import Swarm

SETTLE_S = 2.0
TICKS_PER_S = 50


@dataclass(frozen=True, slots=True)
class Window:
    """Some seconds of many calls.

    frames: that came through to the port. lost_in, lost_out: RTP packets missing, towards the gateway and towards the callers.
    empty: ticks at which the port got nothing. concealed: frames that the jitter buffer made up because theirs came after
    their tick (nothing is missing on the wire). others: cores that neither gateway nor callers used.
    """

    calls: int
    seconds: float
    cpu_s: float
    frames: int
    lost_in: int
    lost_out: int
    empty: int
    concealed: int
    deaf: int
    others: float
    caller_latest_ms: float
    intervals_ms: dict[str, float] = field(default_factory=dict)

    @property
    def missing(self) -> int:
        """Frames that the clock owes the ports. Counted from before the window to after it, they are at most one tick a call fewer than it has."""
        return max(0, round(self.calls * (self.seconds * TICKS_PER_S - 1)) - self.frames)

    @property
    def lost(self) -> int:
        """Frames that did not come through, in either direction."""
        return self.lost_in + self.lost_out + self.empty + self.missing + self.deaf

    @property
    def core_percent(self) -> float:
        return 100 * self.cpu_s / self.seconds

    @property
    def tick_us(self) -> float:
        """CPU of one call for one tick of 20 ms."""
        return self.cpu_s / (self.calls * self.seconds * TICKS_PER_S) * 1e6

    @property
    def calls_a_core(self) -> float:
        """Extrapolated from this window's CPU a call."""
        return self.calls * self.seconds / self.cpu_s

    def figures(self) -> dict[str, Any]:
        rounded = {name: round(value, 3) if isinstance(value, float) else value for name, value in asdict(self).items()}
        return {**rounded, "core_percent": round(self.core_percent, 1), "tick_us": round(self.tick_us, 2)}


class Load:
    """`with Load("bench.native_gateway", {}, 300) as load: load.window(10)`: so many calls that speak and are spoken to."""

    def __init__(self, module: str, options: dict[str, Any], calls: int) -> None:
        ours, theirs = cores()
        self._affinity = os.sched_getaffinity(0)
        self.calls = calls
        self.gateway = Gateway(module, options, ours)
        os.sched_setaffinity(0, {theirs})
        self.phone = Phone(self.gateway.address)
        self.idle_kb = self.gateway.rss_kb()
        self.swarm = Swarm(encode(conversation()), calls)
        self._dialogs: list[Dialog] = []
        self._sender = threading.Thread(target=self.swarm.run, args=(3600.0,), daemon=True)

    def __enter__(self) -> Load:
        try:
            self._sender.start()
            for caller in range(self.calls):
                dialog = self.phone.call(self.swarm.port(caller))
                self._dialogs.append(dialog)
                self.swarm.aim(caller, *dialog.media)
            time.sleep(SETTLE_S)
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for dialog in self._dialogs:
                self.phone.hang_up(dialog)
        finally:
            self.swarm.stop()
            self._sender.join(timeout=5)
            self.phone.close()
            self.gateway.__exit__()
            os.sched_setaffinity(0, self._affinity)

    def window(self, seconds: float, meanwhile: Callable[[], object] | None = None) -> Window:
        """Watch for so long. meanwhile: is done over and over in that time, once at least."""
        before = self.gateway.ask("counters")
        self.swarm.forget()
        with Neighbours() as neighbours:
            begun, cpu = time.monotonic(), self.gateway.cpu_s()
            if meanwhile is None:
                time.sleep(seconds)
            else:
                meanwhile()
                while time.monotonic() - begun < seconds:
                    meanwhile()
            lasted, used = time.monotonic() - begun, self.gateway.cpu_s() - cpu
        others = neighbours.others(used)
        heard, deaf = self.swarm.counters(), self.swarm.deaf()
        punctual, intervals = self.swarm.punctuality(), self.swarm.intervals_ms()
        after = self.gateway.ask("counters")
        grown = {name: after[name] - before[name] for name in after}
        return Window(
            self.calls,
            lasted,
            used,
            frames=grown["frames"],
            lost_in=grown["lost"] + grown["discarded"],
            lost_out=heard["lost"],
            empty=grown["empty"],
            concealed=grown["jitter_empty"] + grown["jitter_lost"] + grown["jitter_discarded"],
            deaf=deaf,
            others=others,
            caller_latest_ms=punctual["latest_ms"],
            intervals_ms=intervals,
        )
