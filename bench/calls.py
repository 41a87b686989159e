"""How many calls a core carries: 300 at once with VAD, prompt and speech, against Python's AudioMediaPort and the bare sockets.

    python -m bench.calls [--calls 300] [--rounds 5] [--seconds 8] [--ramp] [--anyway]

Every round measures the house and each Python port one after the other, and the sockets' floor between them; a ratio is of
one round, the figure is the median of the rounds. CPU time decides, not wall time.
"""

from __future__ import annotations

import argparse
import os
import statistics
import sys
from collections.abc import Sequence
from typing import Any

from bench.controls import FLOOR_SPREAD, OTHERS_SHARE, floor_us
from bench.harness import Ratios, Report, first_refusal, of_runs
from bench.load import Load, Window
from bench.memory import measure as measure_memory

NATIVE: tuple[str, dict[str, str]] = ("bench.native_gateway", {})
# Python ports by the name of their measurement: which port, and what it is.
PORTS = {
    "over_python": ("vector", "AudioMediaPort in Python that copies each frame as ByteVector; no VAD"),
    "over_python_quick": ("copy", "AudioMediaPort in Python that copies each frame by assign_from_bytes; no VAD"),
    "over_python_job": ("job", "the same, with webrtcvad, level and ring"),
}
PYTHON_CALLS = 100
LATE_CALLER_MS = 40.0


def look(module: str, options: dict[str, str], calls: int, seconds: float) -> Window:
    """One gateway, one window."""
    with Load(module, options, calls) as load:
        return load.window(seconds)


def refusal(windows: Sequence[Window], floors: Sequence[tuple[float, float]]) -> str:
    """Why the machine was too busy for these figures."""
    others = statistics.mean(window.others for window in windows) / (os.cpu_count() or 1)
    spread = max(us for us, _ in floors) / min(us for us, _ in floors)
    return first_refusal(
        [
            f"others used {100 * others:.0f} % of the machine meanwhile (at most {100 * OTHERS_SHARE:.0f} %)"
            if others > OTHERS_SHARE
            else "",
            f"the bare sockets' cost varied {spread:.1f} times (at most {FLOOR_SPREAD:g})" if spread > FLOOR_SPREAD else "",
        ]
    )


def measure(report: Report, calls: int, rounds: int, seconds: float) -> None:
    """Rounds of house, floor, and each Python port."""
    native: list[Window] = []
    python: dict[str, list[Window]] = {name: [] for name in PORTS}
    floors: list[tuple[float, float]] = []
    for number in range(rounds):
        native.append(look(*NATIVE, calls, seconds))
        floors.append(floor_us(calls))
        line = f"round {number + 1} of {rounds}: house {native[-1].core_percent:.0f} % for {calls} calls, floor {floors[-1][0]:.2f} us"
        for name, (port, _) in PORTS.items():
            window = look("bench.python_gateway", {"port": port}, PYTHON_CALLS, seconds)
            python[name].append(window)
            line += f"; {port} {window.core_percent:.0f} % for {PYTHON_CALLS}" + (f" ({window.lost} lost)" if window.lost else "")
        report.say(line)
    every = [*native, *(window for windows in python.values() for window in windows)]
    control = {
        "floor_us": round(statistics.median(us for us, _ in floors), 2),
        "others_cores": round(statistics.mean(w.others for w in every), 2),
    }
    why = refusal(every, floors)
    shown: dict[str, Any] = {"refused": why, "control": control}
    late = max(window.caller_latest_ms for window in native)
    lost_why = why or (
        f"the callers themselves were up to {late:.0f} ms late" if late > LATE_CALLER_MS and any(w.lost for w in native) else ""
    )
    last = {"detail": native[-1].figures()}
    report.add(of_runs("calls.lost_frames", "frames", [float(w.lost) for w in native], **{**shown, "refused": lost_why}, **last))
    concealed = [1e6 * w.concealed / max(w.frames, 1) for w in native]
    report.add(of_runs("calls.concealed", "of a million frames", concealed, **shown))
    report.add(of_runs("calls.cpu", "% of a core", [w.core_percent for w in native], **shown, **last))
    over_floor = Ratios.of([w.tick_us for w in native], [us for us, _ in floors])
    report.add(
        of_runs(
            "calls.over_floor",
            "x",
            over_floor.pairs,
            peer="UDP send and receive, bare",
            ratio=round(1 / over_floor.median, 3),
            **shown,
        )
    )
    for name, (_, peer) in PORTS.items():
        ratios = Ratios.of([w.calls_a_core for w in native], [w.calls_a_core for w in python[name]])
        detail = {
            "house_calls_a_core": round(statistics.median(w.calls_a_core for w in native)),
            "peer_calls_a_core": round(statistics.median(w.calls_a_core for w in python[name])),
            "how": f"extrapolated from CPU a call: {calls} calls of the house, {PYTHON_CALLS} of the peer",
            "worst_pair": round(ratios.worst, 2),
            "peer_lost": sum(w.lost for w in python[name]),
        }
        report.add(of_runs(f"calls.{name}", "x", ratios.pairs, peer=peer, ratio=round(ratios.median, 2), detail=detail, **shown))


def ramp(report: Report, seconds: float) -> None:
    """The highest number of calls without a lost frame, on one core: the house by hundreds, the Python ports by fifties."""
    for name, module, options, step, most in (
        ("house", *NATIVE, 100, 1000),
        *((port, "bench.python_gateway", {"port": port}, 50, 600) for port, _ in PORTS.values()),
    ):
        best, cpu = 0, 0.0
        for calls in range(step, most + 1, step):
            window = look(module, options, calls, seconds)
            if window.lost or window.frames < 0.99 * calls * 50 * window.seconds:
                break
            best, cpu = calls, window.core_percent
        report.say(f"{name}: {best} calls without loss, at {cpu:.0f} % of a core")
        report.add(of_runs(f"calls.highest_{name}", "calls", [float(best)], detail={"core_percent": round(cpu, 1)}))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=300)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=8.0)
    parser.add_argument("--ramp", action="store_true", help="also the highest loss-free number of each")
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    parser.add_argument("--no-memory", action="store_true", help="leave out the 2,000 calls in a row")
    given = parser.parse_args(arguments)
    report = Report(anyway=given.anyway)
    measure(report, given.calls, given.rounds, given.seconds)
    if given.ramp:
        ramp(report, given.seconds)
    if not given.no_memory:
        measure_memory(report, given.calls)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
