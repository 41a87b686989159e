"""How soon the house replies, as heard: last caller sample to first reply packet less the end silence in force; key to reply.

    python -m bench.reply [--turns 15] [--runs 3] [--held 200]

The real house and flow; Whisper decodes ahead during the silence. What is left is what the gateway and the network add. With --held so
many quiet callers are up meanwhile, and the figures have names of their own ("reply.speech_held").
"""

from __future__ import annotations

import contextlib
import random
import threading
import time
from collections.abc import Iterator, Sequence
from typing import Any

from bench.controls import latency, worst
from bench.harness import Report, of_trials
from bench.house import QUESTIONS, House
from bench.program import asked, command
from bench.rush import Held
from bench.stages import Trial, between, slowest
from bench.stimuli import VOICES, ending_on_a_frame, speech
from bench.wire import Caller
from voice.models import find

QUIET_MS = 450.0
NOTES_S = 0.05  # in which the house's notes of what was just heard are here
SPEAKERS = VOICES[:2]
KEYS = ("1", "2")
TURNS_A_CALL = 2
SERVED_S = 0.02  # between two looks at what the calls that are held were told


@contextlib.contextmanager
def held(house: House, calls: int) -> Iterator[None]:
    """So many quiet callers are up."""
    over = threading.Event()

    def serve() -> None:
        while not over.wait(SERVED_S):
            others.serve()

    with Held(house.address, calls) as others:
        thread = threading.Thread(target=serve, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join(timeout=5)


def told(caller: Caller, house: House) -> list[dict[str, Any]]:
    """The house's notes of his call since the last look."""
    assert caller.dialog is not None
    return [note for note in house.told() if note["call"] == caller.dialog.call_id]


def spoken(caller: Caller, house: House, text: str, voice: str) -> tuple[Trial, float] | None:
    """Say it and wait for the reply: how long that took beyond the end silence, and that silence (ms); None where the
    house came in too soon or not at all."""
    caller.until_quiet(QUIET_MS)
    house.told()
    sent = caller.say(ending_on_a_frame(speech(text, voice)))
    heard = caller.until_sound(sent.last_ns, 8.0)
    if heard is None:
        return None
    caller.wait(NOTES_S)
    notes = [note for note in told(caller, house) if note["at_ns"] <= heard.at_ns]
    ended = [note for note in notes if note["what"] == "speech ended" and not note["too_short"]]
    if not ended or ended[-1]["at_ns"] <= sent.last_ns:
        return None
    silence_ms = ended[-1]["silence_ms"]
    stages = between((sent.last_ns, "last sample said"), (heard.at_ns, "first reply packet"), notes)
    return Trial((heard.at_ns - sent.last_ns) / 1e6 - silence_ms, f"{text}, {voice}", stages), silence_ms


def keyed(caller: Caller, house: House, key: str) -> Trial | None:
    """From a key's first packet to the first reply packet."""
    caller.until_quiet(QUIET_MS)
    house.told()
    pressed = caller.press(key)
    heard = caller.until_sound(pressed, 5.0)
    if heard is None:
        return None
    caller.wait(NOTES_S)
    stages = between((pressed, "first packet of the key"), (heard.at_ns, "first reply packet"), told(caller, house))
    return Trial((heard.at_ns - pressed) / 1e6, f"key {key}", stages)


def run(house: House, turns: int) -> tuple[list[tuple[Trial, float]], list[Trial]]:
    """So many turns of each kind; those that came to nothing are left out.

    A few turns a call: within one call the caller's grid and the house's clock keep the same phase.
    """
    replies: list[tuple[Trial, float]] = []
    keys: list[Trial] = []
    for first in range(0, turns, TURNS_A_CALL):
        time.sleep(random.uniform(0.02, 0.06))
        with Caller(house.address) as caller:
            caller.dial()
            for turn in range(first, min(first + TURNS_A_CALL, turns)):
                reply = spoken(caller, house, QUESTIONS[turn % len(QUESTIONS)], SPEAKERS[turn % len(SPEAKERS)])
                if reply is not None:
                    replies.append(reply)
                waited = keyed(caller, house, KEYS[turn % len(KEYS)])
                if waited is not None:
                    keys.append(waited)
    return replies, keys


def measure(report: Report, turns: int, runs: int, house: House, others: str = "") -> None:
    """others: what the names of the figures end with."""
    find("whisper", "en")  # what is said of the figure is said of this ear
    run(house, 2)
    said: list[list[Trial]] = []
    pressed: list[list[Trial]] = []
    heard: list[list[float]] = []
    silences: set[float] = set()
    controls = [latency()]
    for number in range(runs):
        replies, keys = run(house, turns)
        said.append([trial for trial, _ in replies])
        heard.append([trial.ms + silence_ms for trial, silence_ms in replies])
        silences |= {silence_ms for _, silence_ms in replies}
        pressed.append(keys)
        controls.append(latency())
        report.say(f"reply{others}, run {number + 1} of {runs}: {len(replies)} spoken, {len(keys)} keyed")
    control = worst(*controls)
    shown: dict[str, Any] = {"control": control.figures(), "refused": control.refusal}
    if not any(said) or not any(pressed):
        raise RuntimeError("the house never replied; does its demo work (make demo ONCE=1)?")

    def missing(found: list[list[Any]]) -> int:
        return turns * runs - sum(map(len, found))

    for name, found in (("reply.speech", said), ("reply.key", pressed)):
        took = [[trial.ms for trial in trials] for trials in found]
        detail = {"slowest": slowest([trial for trials in found for trial in trials])}
        report.add(of_trials(name + others, "ms p95", took, missing=missing(found), detail=detail, **shown))
    # What the caller waits in all: the silence by which the house knows that he has ended is part of that.
    waited = {"silence_ms": sorted(silences)}
    report.add(of_trials(f"reply.heard{others}", "ms p95", heard, missing=missing(heard), detail=waited, **shown))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__,
        arguments,
        turns=(15, "spoken and keyed turns a run"),
        runs=(3, "runs"),
        held=(0, "quiet callers who are up meanwhile; 0: none"),
    )
    with House() as house:
        if given.held:
            with held(house, given.held):
                measure(report, given.turns, given.runs, house, "_held")
        else:
            measure(report, given.turns, given.runs, house)
    return report.finish()


if __name__ == "__main__":
    command(main)
