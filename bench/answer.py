"""How soon the phone is answered: INVITE to 200 OK, and ACK to the first packet with sound in it, at the caller's socket.

    python -m bench.answer [--calls 40] [--runs 3] [--rush 3000]

First one call after the other on an idle house; then RATE calls a second with HELD up (bench/rush.py), where none may fail.
"""

from __future__ import annotations

import os
import random
import time
from collections import Counter
from collections.abc import Sequence
from typing import Any

from bench.controls import latency, worst
from bench.harness import Measurement, Report, of_trials
from bench.house import House
from bench.process import cores
from bench.program import asked, command
from bench.rush import Held, rush
from bench.sip import NoAnswer
from bench.stages import Trial, between, slowest
from bench.wire import Caller

FIRST_SOUND_S = 5.0
NOTES_S = 0.05  # in which the house's notes of what was just heard are here
RATE, HELD, RUSH = 50.0, 200, 3000
SETTLE_S = 2.0  # 200 goodbyes are the house's work, and no noise of the machine's


def one(house: House) -> tuple[Trial, Trial] | str:
    """To the 200, and from the ACK to the first sounding packet; or why the call failed."""
    # The last call ended on a packet of the house's clock; without this every call would meet it in the same phase.
    time.sleep(random.uniform(0.02, 0.06))
    house.told()
    with Caller(house.address) as caller:
        try:
            dialog = caller.dial()
        except NoAnswer as error:
            return str(error)
        heard = caller.until_sound(dialog.ack_ns, FIRST_SOUND_S)
        if heard is None:
            return f"no sound within {FIRST_SOUND_S:g} s, {len(caller.log)} packets"
        caller.wait(NOTES_S)
        notes = house.told()
        answered = between((dialog.invite_ns, "INVITE"), (dialog.answered_ns, "200 OK"), notes)
        sounded = between((dialog.ack_ns, "ACK"), (heard.at_ns, "first sound"), notes)
        return (
            Trial((dialog.answered_ns - dialog.invite_ns) / 1e6, "a call", answered),
            Trial((heard.at_ns - dialog.ack_ns) / 1e6, "a call", sounded),
        )


def measure(report: Report, calls: int, runs: int, house: House) -> None:
    one(house)  # the first call of a process pays for imports
    answered: list[list[Trial]] = []
    sounded: list[list[Trial]] = []
    failures: list[str] = []
    controls = [latency()]
    for number in range(runs):
        tried = [one(house) for _ in range(calls)]
        good = [pair for pair in tried if not isinstance(pair, str)]
        failures += [why for why in tried if isinstance(why, str)]
        answered.append([first for first, _ in good])
        sounded.append([second for _, second in good])
        controls.append(latency())
        report.say(f"answer, run {number + 1} of {runs}: {len(good)} calls")
    control = worst(*controls)
    failed = f"{len(failures)} of {calls * runs} calls failed ({failures[0]})" if failures else ""
    shown: dict[str, Any] = {"control": control.figures(), "refused": control.refusal, "failed": failed}
    for name, found in (("answer.invite_to_200", answered), ("answer.ack_to_prompt", sounded)):
        detail = {"slowest": slowest([trial for trials in found for trial in trials])}
        report.add(of_trials(name, "ms p95", [[trial.ms for trial in trials] for trials in found], detail=detail, **shown))


def whole_of_it(report: Report, calls: int, runs: int, rush_calls: int, house: House) -> None:
    """One after the other, then the rush."""
    measure(report, calls, runs, house)
    under_load(report, rush_calls, house)


def under_load(report: Report, calls: int, house: House) -> None:
    """The same at RATE calls a second with HELD calls up: INVITE to 200, ACK to the first packet of any kind, and how many failed."""
    controls = [latency()]
    pinned = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores()[1]})
    try:
        with Held(house.address, HELD) as held:
            found = rush(house.address, held, RATE, calls)
            up = held.up
    finally:
        os.sched_setaffinity(0, pinned)
    time.sleep(SETTLE_S)
    controls.append(latency())
    good = [attempt for attempt in found if not attempt.failed]
    failures = Counter(attempt.failed for attempt in found if attempt.failed)
    report.say(f"answer, {calls} calls at {RATE:g} a second: {len(good)} good, {up} others up to the end")
    control = worst(*controls)
    fewer = f"only {up} of {HELD} calls were still up at the end" if up < 0.95 * HELD else ""
    shown: dict[str, Any] = {"control": control.figures(), "refused": control.refusal, "failed": fewer}
    detail = {"calls": calls, "rate": RATE, "held": up, "held_anew": held.anew, "failures": dict(failures)}
    missing = len(found) - len(good)
    # On a machine that is too noisy nobody can be sure that failures are the house's.
    report.add(Measurement("answer.rush_failed", float(missing), "calls", detail=detail, **shown))
    answered = [attempt.invite_to_200_ms for attempt in good]
    report.add(of_trials("answer.rush_p50", "ms p50", [answered], 0.5, missing, detail=detail, **shown))
    report.add(of_trials("answer.rush_p99", "ms p99", [answered], 0.99, missing, **shown))
    sounded = [attempt.ack_to_first_ms for attempt in good]
    report.add(of_trials("answer.rush_first_packet", "ms p95", [sounded], 0.95, missing, **shown))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, calls=(40, "calls a run"), runs=(3, "runs"), rush=(RUSH, "calls of the rush; 0: without it")
    )
    with House() as house:
        measure(report, given.calls, given.runs, house)
        if given.rush:
            under_load(report, given.rush, house)
    return report.finish()


if __name__ == "__main__":
    command(main)
