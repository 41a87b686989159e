"""How many calls a core carries: 300 at once with VAD, prompt and speech, against Python's AudioMediaPort and the bare sockets.

    python -m bench.calls [--calls 300] [--rounds 5] [--seconds 8] [--ramp] [--anyway]

Every round measures the house and each Python port one after the other, and the sockets' floor between them; a ratio is of
one round, the figure is the median of the rounds. CPU time decides, not wall time.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import suppress
from typing import Any

from bench.burdens import GIL_S, LOOP_S
from bench.controls import FLOOR_SPREAD, crowded, floor_us
from bench.harness import Measurement, Ratios, Report, first_reason, of_runs
from bench.load import Load, Window
from bench.memory import measure as measure_memory
from bench.program import asked, command
from bench.sip import NoAnswer

NATIVE: tuple[str, dict[str, str]] = ("bench.native_gateway", {})
# Python ports by the name of their measurement: which port, and what it is.
PORTS = {
    "over_python": ("vector", "AudioMediaPort in Python that copies each frame as ByteVector; no VAD"),
    "over_python_quick": ("copy", "AudioMediaPort in Python that copies each frame by assign_from_bytes; no VAD"),
    "over_python_job": ("job", "the same, with webrtcvad, level and ring"),
}
PYTHON_CALLS = 100
LATE_CALLER_MS = 40.0
HOLD_S, HOLDS = 3.0, 5


def look(module: str, options: dict[str, str], calls: int, seconds: float) -> Window:
    """One gateway, one window."""
    with Load(module, options, calls) as load:
        return load.window(seconds)


def refusal(windows: Sequence[Window], floors: Sequence[tuple[float, float]]) -> str:
    """Why the machine was too busy for these figures."""
    looks = [us for us, _ in floors]
    spread = max(max(looks) / min(looks), *(within for _, within in floors))
    return first_reason(
        [
            crowded(statistics.mean(window.others for window in windows)),
            f"the bare sockets' cost varied {spread:.1f} times (at most {FLOOR_SPREAD:g})" if spread > FLOOR_SPREAD else "",
        ]
    )


def measure(report: Report, calls: int, rounds: int, seconds: float, chosen: Sequence[str] = tuple(PORTS)) -> None:
    """Rounds of house, floor, the house with as many calls as the ports have, and each chosen Python port."""
    ports = {name: PORTS[name] for name in chosen}
    native: list[Window] = []
    fewer: list[Window] = []
    python: dict[str, list[Window]] = {name: [] for name in ports}
    floors: list[tuple[float, float]] = []
    for number in range(rounds):
        native.append(look(*NATIVE, calls, seconds))
        floors.append(floor_us(calls))
        line = f"round {number + 1} of {rounds}: house {native[-1].core_percent:.0f} % for {calls} calls, floor {floors[-1][0]:.2f} us"
        fewer.append(look(*NATIVE, PYTHON_CALLS, seconds))
        for name, (port, _) in ports.items():
            window = look("bench.python_gateway", {"port": port}, PYTHON_CALLS, seconds)
            python[name].append(window)
            line += f"; {port} {window.core_percent:.0f} % for {PYTHON_CALLS}" + (f" ({window.lost} lost)" if window.lost else "")
        report.say(line)
    every = [*native, *fewer, *(window for windows in python.values() for window in windows)]
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
    for name, (_, peer) in ports.items():
        ratios = Ratios.of([w.calls_a_core for w in native], [w.calls_a_core for w in python[name]])
        # What a call costs falls with their number: the more there are, the more share what is done once a tick.
        equal = Ratios.of([w.calls_a_core for w in fewer], [w.calls_a_core for w in python[name]])
        detail = {
            "same_number": round(equal.median, 2),
            "house_calls_a_core": round(statistics.median(w.calls_a_core for w in native)),
            "peer_calls_a_core": round(statistics.median(w.calls_a_core for w in python[name])),
            "how": f"extrapolated from CPU a call: {calls} calls of the house, {PYTHON_CALLS} of the peer",
            "worst_pair": round(ratios.least, 2),
            "peer_lost": sum(w.lost for w in python[name]),
        }
        report.add(of_runs(f"calls.{name}", "x", ratios.pairs, peer=peer, ratio=round(ratios.median, 2), detail=detail, **shown))


def held(report: Report, calls: int, holds: int) -> None:
    """So many calls while the gateway's interpreter is held again and again, and its loop blocked (bench/burdens.py); a quiet window before."""
    with Load(*NATIVE, calls) as load:
        quiet = load.window(HOLD_S)
        busy = load.window(HOLD_S * holds, lambda: load.gateway.ask("hold"))
    with Load("bench.python_gateway", {"port": "copy"}, PYTHON_CALLS) as load:
        before = load.window(HOLD_S)
        python = load.window(HOLD_S, lambda: load.gateway.ask("hold"))
    late = busy.caller_latest_ms
    lost_before = f"{quiet.lost} frames were lost before anything was held" if quiet.lost else ""
    late_callers = f"the callers themselves were up to {late:.0f} ms late" if late > LATE_CALLER_MS and busy.lost else ""
    detail = {
        "calls": calls,
        "gil_held_ms": round(1000 * GIL_S),
        "loop_blocked_ms": round(1000 * LOOP_S),
        "peer_calls": PYTHON_CALLS,
    }
    lost = {**detail, "peer_lost": python.lost, "peer_lost_before": before.lost, "quiet": quiet.figures(), "held": busy.figures()}
    peer = PORTS["over_python_quick"][1]
    noisy = crowded(max(window.others for window in (quiet, busy, before, python)))
    why = first_reason([noisy, lost_before, late_callers])
    report.add(Measurement("calls.lost_with_gil_held", float(busy.lost), "frames", peer=peer, detail=lost, refused=why))
    # What is held up is sent later, all at once: on the wire nothing is missing, and nobody can use it.
    gaps = {"longest_ms": busy.intervals_ms["longest"], "peer_longest_ms": python.intervals_ms["longest"]}
    late_by = busy.intervals_ms["p99.9"] / quiet.intervals_ms["p99.9"]
    theirs = python.intervals_ms["p99.9"] / before.intervals_ms["p99.9"]
    gaps |= {"peer": round(theirs, 3), "peer_concealed": python.concealed, "concealed": busy.concealed}
    report.add(
        Measurement("calls.late_with_gil_held", late_by, "x", peer=peer, ratio=round(theirs / late_by, 2), detail={**detail, **gaps}, refused=why)
    )  # fmt: skip


def whole_of_it(report: Report, calls: int, rounds: int, seconds: float, holds: int, ports: Sequence[str]) -> None:
    """Both of the above, as a run of all measurements takes them."""
    measure(report, calls, rounds, seconds, ports)
    held(report, calls, holds)


def steps(step: int, most: int) -> list[int]:
    """One call, then by steps."""
    return [1, *range(step, most + 1, step)]


def ramp(report: Report, seconds: float) -> None:
    """From one call to the highest number without a lost frame, on one core: the house by hundreds, the Python ports by fifties.

    One bad window may be a neighbour's: a number has failed when it failed twice.
    """
    for name, module, options, step, most in (
        ("house", *NATIVE, 100, 1000),
        *((port, "bench.python_gateway", {"port": port}, 50, 600) for port, _ in PORTS.values()),
    ):
        curve: list[dict[str, float]] = []
        for calls in steps(step, most):
            window = whole(module, options, calls, seconds) or whole(module, options, calls, seconds)
            if window is None:
                break
            curve.append({"calls": calls, "core_percent": round(window.core_percent, 1), "others": round(window.others, 2)})
        best = curve[-1] if curve else {"calls": 0, "core_percent": 0.0}
        report.say(f"{name}: {best['calls']:.0f} calls without loss, at {best['core_percent']:.0f} % of a core")
        detail = {"curve": curve, "most_tried": most}
        report.add(of_runs(f"calls.highest_{name}", "calls", [float(best["calls"])], detail=detail))


def whole(module: str, options: dict[str, str], calls: int, seconds: float) -> Window | None:
    """A window in which nothing was lost, ticks included; None where that was not so, or a BYE was not even answered."""
    with suppress(NoAnswer):
        window = look(module, options, calls, seconds)
        if not window.lost:
            return window
    return None


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, calls=(300, "calls at once"), rounds=(5, "rounds"), seconds=(8.0, "of each window"),
        ramp=(False, "also the curve from one call to the highest loss-free number of each"),
        no_memory=(False, "leave out what a call takes of the memory, and the 2,000 calls in a row"),
    )  # fmt: skip
    measure(report, given.calls, given.rounds, given.seconds)
    held(report, given.calls, HOLDS)
    if given.ramp:
        ramp(report, given.seconds)
    if not given.no_memory:
        measure_memory(report, given.calls)
    return report.finish()


if __name__ == "__main__":
    command(main)
