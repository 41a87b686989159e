"""What the bare machine does in the same minute: a 20 ms timer, a UDP echo, the sockets' own cost, and who else was busy."""

from __future__ import annotations

import os
import select
import socket
import time
from dataclasses import asdict, dataclass

from bench.harness import percentile
from bench.process import busy_s, own_cpu_s
from bench.swarm import floor

# Beyond this the machine, not the gateway, would decide on a p95 of some ten milliseconds.
TIMER_P95_MS, ECHO_P95_MS = 5.0, 5.0
# CPU time suffers less from neighbours than latency does (caches are shared, a core is not), but not nothing.
OTHERS_SHARE = 0.35
ECHO_ENDS_S = 5.0
FLOOR_SPREAD = 1.5


@dataclass(frozen=True, slots=True)
class Latency:
    """How late a bare 20 ms timer wakes, and how long a bare UDP echo takes, in ms."""

    timer_p50_ms: float
    timer_p95_ms: float
    timer_p99_ms: float
    echo_p50_ms: float
    echo_p95_ms: float
    echo_p99_ms: float

    @property
    def refusal(self) -> str:
        """Why no latency may be reported now; empty where it may."""
        if self.timer_p95_ms > TIMER_P95_MS:
            return f"a bare 20 ms timer woke {self.timer_p95_ms:.1f} ms late at p95 (at most {TIMER_P95_MS:g}): this machine is too busy"
        if self.echo_p95_ms > ECHO_P95_MS:
            return f"a bare UDP echo took {self.echo_p95_ms:.1f} ms at p95 (at most {ECHO_P95_MS:g}): this machine is too busy"
        return ""

    def figures(self) -> dict[str, float]:
        return {name: round(value, 3) for name, value in asdict(self).items()}


def latency(ticks: int = 150) -> Latency:
    """Measure for `ticks` x 20 ms. The echo answers from a process of its own, as a gateway would."""
    here, there = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
    here.bind(("127.0.0.1", 0))
    there.bind(("127.0.0.1", 0))
    child = os.fork()
    if child == 0:  # nothing but the echo; ends with an empty datagram, or when nobody sends any more
        try:
            there.settimeout(ECHO_ENDS_S)
            while True:
                data, sender = there.recvfrom(2048)
                if not data:
                    break
                there.sendto(data, sender)
        finally:
            os._exit(0)
    late, echo = [], []
    due = time.monotonic()
    try:
        for _ in range(ticks):
            due += 0.02
            time.sleep(max(0.0, due - time.monotonic()))
            late.append((time.monotonic() - due) * 1000)
            begun = time.monotonic_ns()
            here.sendto(bytes(172), there.getsockname())
            if select.select([here], [], [], 1.0)[0]:
                here.recv(2048)
            echo.append((time.monotonic_ns() - begun) / 1e6)
    finally:
        here.sendto(b"", there.getsockname())
        os.waitpid(child, 0)
        here.close()
        there.close()
    return Latency(*(percentile(values, share) for values in (late, echo) for share in (0.5, 0.95, 0.99)))


def worst(*controls: Latency) -> Latency:
    """The worst of each figure: what was true before and after counts for what lay between."""
    return Latency(*(max(getattr(control, name) for control in controls) for name in Latency.__slots__))


class Neighbours:
    """Who else was busy between two moments, in cores. `with Neighbours() as n: ...; n.others()`."""

    def __enter__(self) -> Neighbours:
        self._begun, self._busy, self._own_s = time.monotonic(), busy_s(), own_cpu_s()
        return self

    def __exit__(self, *_: object) -> None:
        busy, steal = busy_s()
        self.seconds = time.monotonic() - self._begun
        self.busy_s, self.steal_s = busy - self._busy[0], steal - self._busy[1]
        self.own_s = own_cpu_s() - self._own_s

    def others(self, measured_s: float = 0.0) -> float:
        """Cores that neither we, nor whom we measure, nor the idle task had, the host's steal included.

        We are this process and its children that ended meanwhile (voices are such); measured_s: CPU of one that goes on.
        """
        return max(0.0, (self.busy_s + self.steal_s - self.own_s - measured_s) / self.seconds)


def crowded(others_cores: float) -> str:
    """Why no CPU time may be reported where others used so many cores; empty where it may."""
    share = others_cores / (os.cpu_count() or 1)
    return (
        f"others used {100 * share:.0f} % of the machine meanwhile (at most {100 * OTHERS_SHARE:.0f} %)"
        if share > OTHERS_SHARE
        else ""
    )


def floor_us(sockets: int = 300) -> tuple[float, float]:
    """(median, spread) of five looks at one UDP send and receive: microseconds, and highest over lowest."""
    looks = sorted(floor(sockets, 20)["us"] for _ in range(5))
    return looks[2], looks[-1] / looks[0]
