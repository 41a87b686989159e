"""When a turn is over: dead air after the caller's last word at one false cut-in in twenty; ours, silence alone, and Smart Turn.

    python -m bench.turns [--turns 520] [--language ru]

Every pause in a turn is found by the house's own detector, and judged once: by the ear and the dialogue (is this a whole answer
to the step?) and by Smart Turn. Then each policy is swept over its settings on one half of the turns, and the setting with the
least dead air at 5 % cut-ins is held against the other half.
"""

from __future__ import annotations

import os
import statistics
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import numpy as np

from bench import smart_turn
from bench.harness import Measurement, Report
from bench.program import asked, command
from bench.rtp import RATE_HZ, Samples
from bench.stimuli import flow
from bench.turn_takers import Answer, answers, expected, waiting
from ivr import machine
from native.bell import Bell, Kind
from native.line import Line
from voice.listening import BEGUN_STRETCH, COMPLETE_SILENCE_MS
from voice.models import find
from voice.recognizers.protocol import Completeness
from voice.recognizers.whisper import Whisper

MS = RATE_HZ // 1000
LOOK_MS = 120  # of silence, after which the words are decoded ahead (native/turn)
SMART_MS = 200  # of silence, after which Smart Turn is asked
CUT_INS = 0.05


@dataclass(frozen=True, slots=True)
class Pause:
    """A silence inside or after a turn. lasted_ms: until the voice came back; infinite after the last word."""

    lasted_ms: float
    said: Completeness
    smart: float


@dataclass(frozen=True, slots=True)
class Taken:
    """One turn: its pauses, how late the detector heard its end (ms), and the silence that its step asks for."""

    pauses: tuple[Pause, ...]
    late_ms: float
    asked_ms: int


@dataclass(frozen=True, slots=True)
class Result:
    """What a policy does on some turns: share of cut-ins, and the mean and p95 of dead air in the others."""

    cut_ins: float
    dead_air_ms: float
    p95_ms: float


Policy = Callable[[Taken, Pause], float]  # the silence in this pause that ends the turn, ms


def pauses(sound: Samples) -> list[tuple[int, float]]:
    """(sample of the last voice, how long the silence lasted in ms) as a call's line hears them."""
    bell = Bell()
    line = Line(bell, 1, RATE_HZ)
    line.tune(pause_ms=LOOK_MS, end_silence_ms=3500, inband=False)
    line.put_all(sound)
    found: list[tuple[int, float]] = []
    for _, kind, sample, *_ in bell.take():
        if kind == Kind.SPEECH_PAUSED:
            found.append((sample, float("inf")))
        elif kind == Kind.SPEECH_RESUMED and found:
            found[-1] = (found[-1][0], (sample - found[-1][0]) / MS)
    return found


def taken(answer: Answer, ear: Whisper, model: Path | None) -> Taken | None:
    """The turn with its pauses judged; None where the detector heard nothing, or its last word not."""
    heard = pauses(answer.sound)
    if not heard or abs(heard[-1][0] - answer.end) > 400 * MS:
        return None
    begin = max(0, heard[0][0] - 8 * RATE_HZ)
    state, found = waiting(answer.step, ear.language), []
    for end, lasted_ms in heard:
        said = ear.decode(answer.sound[begin : end + LOOK_MS * MS], RATE_HZ, expected(answer.step, ear.language))
        how = machine.completeness(flow(), state, said.text, said.score, ear.name)
        smart = smart_turn.ended(model, answer.sound[: end + SMART_MS * MS]) if model else 0.0
        found.append(Pause(lasted_ms, how, smart))
    asked = flow().steps[answer.step].listening.end_silence_ms
    return Taken(tuple(found), (heard[-1][0] - answer.end) / MS, asked)


def judged(policy: Policy, turns: Sequence[Taken]) -> Result:
    """A policy held against some turns."""
    waits, cut = [], 0
    for turn in turns:
        if any(policy(turn, pause) < pause.lasted_ms for pause in turn.pauses[:-1]):
            cut += 1
        else:
            waits.append(policy(turn, turn.pauses[-1]) + turn.late_ms)
    return Result(cut / len(turns), statistics.fmean(waits), float(np.quantile(waits, 0.95)))


def silence(limit_ms: float, turn: Taken, pause: Pause) -> float:
    """Silence alone."""
    return limit_ms


def ours(scale: float, whole_ms: float, stretch: float, turn: Taken, pause: Pause) -> float:
    """The step's silence, scaled; a short one after a whole answer, a longer one where nothing was an answer yet."""
    usual = turn.asked_ms * scale
    return {Completeness.WHOLE: min(whole_ms, usual), Completeness.BEGUN: usual * stretch}.get(pause.said, usual)


def smart(sure: float, fallback_ms: float, turn: Taken, pause: Pause) -> float:
    """Smart Turn where it is so sure, a long silence otherwise."""
    return SMART_MS if pause.smart >= sure else fallback_ms


def best(policies: Iterable[Policy], turns: Sequence[Taken]) -> Policy:
    """The policy with the least dead air of those that cut in at most as often as is allowed."""
    allowed = [(judged(policy, turns), policy) for policy in policies]
    fitting = [(result.dead_air_ms, number) for number, (result, _) in enumerate(allowed) if result.cut_ins <= CUT_INS]
    if not fitting:
        raise RuntimeError("no setting cuts in as seldom as is allowed")
    return allowed[min(fitting)[1]][1]


def sweeps(with_smart: bool) -> dict[str, list[Policy]]:
    """All settings of each policy."""
    steps = range(200, 3001, 50)
    found: dict[str, list[Policy]] = {
        "silence": [partial(silence, limit) for limit in steps],
        "ours": [
            partial(ours, scale, whole, stretch)
            for scale in np.arange(0.4, 3.01, 0.1)
            for whole in (400, 500, 600)  # Whisper's words are not there sooner
            for stretch in (1.0, 1.3, 1.6, 2.0, 2.5)
        ],
    }
    if with_smart:
        found["smart"] = [partial(smart, sure, fall) for sure in np.arange(0.02, 1.0, 0.02) for fall in range(600, 3001, 200)]
    return found


def measure(report: Report, count: int, language: str = "en") -> None:
    """All turns once, then every policy on both halves."""
    folder = find("whisper", language)
    cores = os.cpu_count() or 1
    ear, model = Whisper(language, folder, workers=cores), smart_turn.model()
    if model is None:
        report.say("turns: Smart Turn cannot be fetched here; without it")
    turns: list[Taken] = []
    unheard = 0
    with ThreadPoolExecutor(cores) as pool:
        for number, one in enumerate(pool.map(lambda answer: taken(answer, ear, model), answers(count, language=language))):
            unheard += one is None
            turns += [one] if one is not None else []
            if number % 100 == 99:
                report.say(f"turns: {number + 1} of {count}")
    learnt, held = turns[::2], turns[1::2]
    found = {name: judged(best(policies, learnt), held) for name, policies in sweeps(model is not None).items()}
    shipped = judged(partial(ours, 1.0, COMPLETE_SILENCE_MS, BEGUN_STRETCH), turns)
    alone = found["silence"]
    detail = {
        name: {"cut_ins_%": round(100 * one.cut_ins, 1), "mean_ms": round(one.dead_air_ms), "p95_ms": round(one.p95_ms)}
        for name, one in found.items()
    }
    detail["as_shipped"] = {
        "cut_ins_%": round(100 * shipped.cut_ins, 1),
        "mean_ms": round(shipped.dead_air_ms),
        "p95_ms": round(shipped.p95_ms),
    }
    detail["turns"] = {"held_out": len(held), "unheard": unheard}
    mine = found["ours"].dead_air_ms
    report.add(Measurement("turns.dead_air", mine, "ms", detail=detail))
    report.add(
        Measurement(
            "turns.over_silence", mine / alone.dead_air_ms, "x", peer="silence alone", ratio=round(alone.dead_air_ms / mine, 2)
        )
    )
    if model is not None:
        theirs = found["smart"].dead_air_ms
        report.add(
            Measurement("turns.over_smart_turn", mine / theirs, "x", peer="Smart Turn v3.2", ratio=round(theirs / mine, 2))
        )
    report.add(Measurement("turns.cut_ins", 100 * shipped.cut_ins, "% of turns", detail=detail["as_shipped"]))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, turns=(520, "turns"), language=(("en", "ru"), "of the callers"))
    measure(report, given.turns, given.language)
    return report.finish()


if __name__ == "__main__":
    command(main)
