"""When a turn is over: dead air after the caller's last word at one false cut-in in twenty; ours, silence alone, and Smart Turn.

    python -m bench.turns [--turns 520] [--language ru]

Every pause in a turn is found by the house's own detector, and judged once: by the ear and the dialogue (is this a whole answer
to the step?) and by Smart Turn. Then the turns are halved by chance, again and again: each policy is swept over its settings on one
half, and the setting with the least dead air at 5 % cut-ins is held against the other. The figure is the median of the halvings,
since in one of them two or three turns decide which setting is allowed.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt

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
HALVINGS = 400
LANGUAGES = ("en", "ru")
PEERS = {"silence": ("over_silence", "silence alone"), "smart": ("over_smart_turn", "Smart Turn v3.2")}

Indices = npt.NDArray[np.int64]


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


@dataclass(frozen=True, slots=True)
class Sweep:
    """All settings of a policy on all turns, one row a setting. cut: who was cut in on; waits_ms: dead air of who was not, else 0."""

    cut: npt.NDArray[np.bool_]
    waits_ms: npt.NDArray[np.float64]

    def best(self, learnt: Indices) -> int:
        """The setting with the least dead air of those that cut in at most as often as is allowed; where none is, of the rarest."""
        cut = self.cut[:, learnt]
        shares = cut.mean(axis=1)
        dead = self.waits_ms[:, learnt].sum(axis=1) / np.maximum((~cut).sum(axis=1), 1)
        dead[shares > max(CUT_INS, shares.min())] = np.inf
        return int(dead.argmin())

    def result(self, setting: int, held: Indices) -> Result:
        """What that setting does on these."""
        cut = self.cut[setting, held]
        waits = self.waits_ms[setting, held][~cut]
        if not len(waits):  # every one was cut in on
            return Result(1.0, float("inf"), float("inf"))
        return Result(float(cut.mean()), float(waits.mean()), float(np.quantile(waits, 0.95)))


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


def swept(policies: Sequence[Policy], turns: Sequence[Taken]) -> Sweep:
    """Every policy held against every turn."""
    cut = np.array([[any(policy(t, p) < p.lasted_ms for p in t.pauses[:-1]) for t in turns] for policy in policies])
    waits = np.array([[policy(t, t.pauses[-1]) + t.late_ms for t in turns] for policy in policies])
    return Sweep(cut, np.where(cut, 0.0, waits))


def judged(policy: Policy, turns: Sequence[Taken]) -> Result:
    """A policy held against some turns."""
    return swept([policy], turns).result(0, np.arange(len(turns)))


def halved(sweeps: Mapping[str, Sweep], count: int, halvings: int = HALVINGS) -> dict[str, list[Result]]:
    """What the best setting of each policy in one half does in the other, for so many halvings of the turns by chance (seeded)."""
    chance = np.random.default_rng(count)
    found: dict[str, list[Result]] = {name: [] for name in sweeps}
    for _ in range(halvings):
        mixed = chance.permutation(count)
        for name, sweep in sweeps.items():
            found[name].append(sweep.result(sweep.best(mixed[: count // 2]), mixed[count // 2 :]))
    return found


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


def settings(with_smart: bool) -> dict[str, list[Policy]]:
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
    """All turns once, then every policy on halves of them. What is of another language than English has its name in the figure's."""
    own = "" if language == "en" else f"_{language}"
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
                report.say(f"turns ({language}): {number + 1} of {count}")
    sweeps = {name: swept(policies, turns) for name, policies in settings(model is not None).items()}
    for line in unequal(sweeps):
        report.say(line)
    found = halved(sweeps, len(turns))
    shipped = judged(partial(ours, 1.0, COMPLETE_SILENCE_MS, BEGUN_STRETCH), turns)
    detail: dict[str, Any] = {name: figures(results) for name, results in found.items()}
    detail["as_shipped"] = figures([shipped])
    detail["turns"] = {"held_out": len(turns) - len(turns) // 2, "unheard": unheard, "halvings": HALVINGS}
    report.add(Measurement(f"turns.dead_air{own}", detail["ours"]["mean_ms"], "ms", detail=detail))
    for name, (figure, peer) in PEERS.items():
        if name in found:
            pairs = [mine.dead_air_ms / theirs.dead_air_ms for mine, theirs in zip(found["ours"], found[name], strict=True)]
            low, value, high = (float(np.quantile(pairs, share)) for share in (0.05, 0.5, 0.95))
            report.add(
                Measurement(
                    f"turns.{figure}{own}", value, "x", peer=peer, ratio=round(1 / value, 2), runs=HALVINGS, spread=(low, high),
                    detail={"spread": "nine tenths of the halvings"},
                )
            )  # fmt: skip
    report.add(Measurement(f"turns.cut_ins{own}", 100 * shipped.cut_ins, "% of turns", detail=detail["as_shipped"]))


def of_all(report: Report, count: int) -> None:
    """So many turns in each language."""
    for language in LANGUAGES:
        measure(report, count, language)


def unequal(sweeps: Mapping[str, Sweep]) -> list[str]:
    """A sentence for each policy that no setting makes cut in as seldom as is allowed: its dead air is one of another bargain."""
    least = {name: float(sweep.cut.mean(axis=1).min()) for name, sweep in sweeps.items()}
    return [
        f"turns: {name} cuts in on {share:.0%} of these turns at best, not on {CUT_INS:.0%}; its dead air is told at that. More turns (--long) say more."
        for name, share in least.items()
        if share > CUT_INS
    ]


def figures(results: Sequence[Result]) -> dict[str, float]:
    """The medians of some results."""
    return {
        "cut_ins_%": round(100 * float(np.median([one.cut_ins for one in results])), 1),
        "mean_ms": round(float(np.median([one.dead_air_ms for one in results]))),
        "p95_ms": round(float(np.median([one.p95_ms for one in results]))),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, turns=(520, "turns"), language=(LANGUAGES, "of the callers"))
    measure(report, given.turns, given.language)
    return report.finish()


if __name__ == "__main__":
    command(main)
