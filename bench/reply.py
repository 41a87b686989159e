"""How soon the house replies, as heard: last caller sample to first reply packet less the end silence in force; key to reply.

    python -m bench.reply [--turns 15] [--runs 3]

The real house and flow; Whisper decodes ahead during the silence. What is left is what the gateway and the network add.
"""

from __future__ import annotations

import argparse
import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from bench.controls import latency, worst
from bench.harness import Report, of_trials
from bench.house import QUESTIONS, House
from bench.stimuli import VOICES, ending_on_a_frame, speech
from bench.wire import Caller

QUIET_MS = 450.0
SPEAKERS = VOICES[:2]
KEYS = ("1", "2")
TURNS_A_CALL = 2


@dataclass(frozen=True, slots=True)
class Reply:
    """One turn: how long the caller waited, and how much of that was the silence that the house waits for."""

    waited_ms: float
    silence_ms: float

    @property
    def excess_ms(self) -> float:
        return self.waited_ms - self.silence_ms


def spoken(caller: Caller, house: House, text: str, voice: str) -> Reply | None:
    """Say it and wait for the reply; None where the house came in too soon or not at all."""
    caller.until_quiet(QUIET_MS)
    house.told("speech ended")
    sent = caller.say(ending_on_a_frame(speech(text, voice)))
    heard = caller.until_sound(sent.last_ns, 8.0)
    if heard is None:
        return None
    ended = [note for note in house.told("speech ended") if note["at_ns"] <= heard.at_ns and not note["too_short"]]
    if not ended or ended[-1]["at_ns"] <= sent.last_ns:
        return None
    return Reply((heard.at_ns - sent.last_ns) / 1e6, ended[-1]["silence_ms"])


def keyed(caller: Caller, key: str) -> float | None:
    """Milliseconds from a key's first packet to the first reply packet."""
    caller.until_quiet(QUIET_MS)
    pressed = caller.press(key)
    heard = caller.until_sound(pressed, 5.0)
    return None if heard is None else (heard.at_ns - pressed) / 1e6


def run(house: House, turns: int) -> tuple[list[Reply], list[float], int]:
    """So many turns of each kind; gives how many of the spoken ones came to nothing, too.

    A few turns a call: within one call the caller's grid and the house's clock keep the same phase.
    """
    replies: list[Reply] = []
    keys: list[float] = []
    missed = 0
    for first in range(0, turns, TURNS_A_CALL):
        time.sleep(random.uniform(0.02, 0.06))
        with Caller(house.address) as caller:
            caller.dial()
            for turn in range(first, min(first + TURNS_A_CALL, turns)):
                reply = spoken(caller, house, QUESTIONS[turn % len(QUESTIONS)], SPEAKERS[turn % len(SPEAKERS)])
                if reply is None:
                    missed += 1
                else:
                    replies.append(reply)
                waited = keyed(caller, KEYS[turn % len(KEYS)])
                if waited is not None:
                    keys.append(waited)
    return replies, keys, missed


def measure(report: Report, turns: int, runs: int, house: House) -> None:
    run(house, 2)
    spoken_ms: list[list[float]] = []
    key_ms: list[list[float]] = []
    silences: list[float] = []
    missed = 0
    controls = [latency()]
    for number in range(runs):
        replies, keys, none = run(house, turns)
        missed += none
        spoken_ms.append([reply.excess_ms for reply in replies])
        silences += [reply.silence_ms for reply in replies]
        key_ms.append(keys)
        controls.append(latency())
        report.say(f"reply, run {number + 1} of {runs}: {len(replies)} spoken, {len(keys)} keyed")
    control = worst(*controls)
    why = control.refusal or ("" if all(spoken_ms) and all(key_ms) else "a run had no reply at all")
    shown: dict[str, Any] = {"control": control.figures(), "refused": why}
    if not any(spoken_ms) or not any(key_ms):
        raise RuntimeError("the house never replied; does its demo work (make demo ONCE=1)?")
    detail = {"silence_ms": sorted(set(silences)), "without_reply": missed}
    report.add(of_trials("reply.speech", "ms p95", [trial for trial in spoken_ms if trial], detail=detail, **shown))
    report.add(of_trials("reply.key", "ms p95", [trial for trial in key_ms if trial], **shown))


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--turns", type=int, default=15, help="spoken and keyed turns a run")
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--anyway", action="store_true", help="report although the machine is too busy, and say that it was")
    given = parser.parse_args(arguments)
    report = Report(anyway=given.anyway)
    with House() as house:
        measure(report, given.turns, given.runs, house)
    return report.finish()


if __name__ == "__main__":
    sys.exit(main())
