"""How soon the phone is answered: INVITE to 200 OK, and ACK to the first packet with sound in it, at the caller's socket.

    python -m bench.answer [--calls 40] [--runs 3]
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence

from bench.controls import latency, worst
from bench.harness import Report, of_trials
from bench.house import House
from bench.process import Gateway
from bench.sip import NoAnswer
from bench.wire import Caller

FIRST_SOUND_S = 5.0


def one(gateway: Gateway) -> tuple[float, float] | None:
    """Milliseconds to the 200 and to the first sounding packet; None where the call failed."""
    # The last call ended on a packet of the house's clock; without this every call would meet it in the same phase.
    time.sleep(random.uniform(0.02, 0.06))
    with Caller(gateway.address) as caller:
        try:
            dialog = caller.dial()
        except NoAnswer:
            return None
        heard = caller.until_sound(dialog.ack_ns, FIRST_SOUND_S)
        if heard is None:
            return None
        return (dialog.answered_ns - dialog.invite_ns) / 1e6, (heard.at_ns - dialog.ack_ns) / 1e6


def measure(report: Report, calls: int, runs: int, house: House) -> None:
    one(house)  # the first call of a process pays for imports
    answered: list[list[float]] = []
    sounded: list[list[float]] = []
    failed = 0
    controls = [latency()]
    for number in range(runs):
        found = [one(house) for _ in range(calls)]
        good = [pair for pair in found if pair is not None]
        failed += calls - len(good)
        answered.append([first for first, _ in good])
        sounded.append([second for _, second in good])
        controls.append(latency())
        report.say(f"answer, run {number + 1} of {runs}: {len(good)} calls")
    control = worst(*controls)
    shown = {"control": control.figures(), "refused": control.refusal or (f"{failed} calls failed" if failed else "")}
    report.add(of_trials("answer.invite_to_200", "ms p95", answered, **shown))
    report.add(of_trials("answer.ack_to_prompt", "ms p95", sounded, **shown))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--calls", type=int, default=40, help="calls a run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    given = parser.parse_args(arguments)
    report = Report(anyway=given.anyway)
    with House() as house:
        measure(report, given.calls, given.runs, house)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
