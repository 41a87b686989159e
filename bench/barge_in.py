"""How soon the house falls silent when it is interrupted by speech: first sample of the caller's voice to the last prompt packet.

    python -m bench.barge_in [--turns 12] [--runs 3]

The prompt is a recording without pauses, so the last packet that sounds is the last one of the prompt, to within 20 ms.
"""

from __future__ import annotations

import random
import time
from collections.abc import Sequence
from typing import Any

from bench.controls import latency, worst
from bench.harness import Report, of_trials
from bench.house import QUESTIONS, House
from bench.program import asked, command
from bench.stages import Trial, between, slowest
from bench.stimuli import VOICES, beginning_on_a_frame, speech
from bench.wire import Caller, sound_stopped

QUIET_MS = 450.0
TURNS_A_CALL = 3
GAP_MS = 100.0  # a prompt that is paused or cut makes no sound for at least this long


def interrupt(caller: Caller, house: House, text: str, voice: str) -> Trial | None:
    """Interrupt the story: how long until it stopped; None where it did not."""
    caller.until_quiet(QUIET_MS)
    pressed = caller.press("3")
    if caller.until_sound(pressed, 5.0) is None:
        return None
    caller.wait(random.uniform(0.6, 1.6))
    begun = len(caller.log)
    house.told()
    sent = caller.say(beginning_on_a_frame(speech(text, voice)))
    stopped = sound_stopped(caller.log[begun:], sent.first_ns, GAP_MS)
    if stopped is None:
        return None
    stages = between((sent.first_ns, "first sample said"), (stopped.at_ns, "last prompt packet"), house.told())
    return Trial((stopped.at_ns - sent.first_ns) / 1e6, f"{text}, {voice}", stages)


def run(house: House, turns: int) -> tuple[list[Trial], int]:
    """Interruptions in several calls (each has its own phase to the house's clock); gives those that were not noticed, too."""
    found: list[Trial] = []
    missed = 0
    for first in range(0, turns, TURNS_A_CALL):
        time.sleep(random.uniform(0.02, 0.06))
        with Caller(house.address) as caller:
            caller.dial()
            for turn in range(first, min(first + TURNS_A_CALL, turns)):
                stopped = interrupt(caller, house, QUESTIONS[turn % len(QUESTIONS)], VOICES[turn % len(VOICES)])
                if stopped is None:
                    missed += 1
                else:
                    found.append(stopped)
    return found, missed


def measure(report: Report, turns: int, runs: int, house: House) -> None:
    stops: list[list[Trial]] = []
    missed = 0
    controls = [latency()]
    for number in range(runs):
        found, none = run(house, turns)
        missed += none
        stops.append(found)
        controls.append(latency())
        report.say(f"barge-in, run {number + 1} of {runs}: {len(found)} interruptions, {none} not noticed")
    if not any(stops):
        raise RuntimeError("no interruption was noticed; does the demo work (make demo ONCE=1)?")
    control = worst(*controls)
    detail = {"slowest": slowest([trial for trials in stops for trial in trials])}
    shown: dict[str, Any] = {"control": control.figures(), "refused": control.refusal, "detail": detail}
    took = [[trial.ms for trial in trials] for trials in stops]
    report.add(of_trials("barge_in.stop", "ms p95", took, missing=missed, **shown))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, turns=(12, "interruptions a run"), runs=(3, "runs"))
    with House() as house:
        measure(report, given.turns, given.runs, house)
    return report.finish()


if __name__ == "__main__":
    command(main)
