"""What is understood of what callers say at the hotline's first question: by language, ear, voice, noise, loss and codec; and what is not.

Phrases of every topic of the flow that comes along, and sentences that the step does not expect; white noise under them, then the law of the
line, then frames of 20 ms lost (silence in their place: no concealment helps here). The ear is told what the step expects, as on a call, and
the house's own judgement says what is meant. Understood: the right topic, at once or by asking back. Rejected: no topic, where none was meant.

    python -m bench.understanding [--each 2] [--full]
"""

from __future__ import annotations

import contextlib
import itertools
import os
import random
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial

import numpy as np

from bench.harness import Measurement, Report
from bench.program import asked, command
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.stimuli import RUSSIAN, VOICES, flow, trimmed
from bench.stimuli import speech as english
from bench.tones import Law, pcm16
from ivr.understand import Verdict, judge
from ivr.understand.expected import expectation, options
from voice.errors import HotlineError
from voice.models import find
from voice.recognizers.pocketsphinx import PocketSphinx
from voice.recognizers.protocol import Recognizer
from voice.recognizers.whisper import Whisper
from voice.speech.festival import FestivalVoice

STEP = "help"
NOISES_DB, LOSSES, LAWS = (0, 20, 15, 10), (0.0, 0.02, 0.05), ("mu", "A")  # a noise of 0 is none
EACH = 2  # phrases of every topic
SPOKEN_DBOV = -24.0
LEAD_S, REST_S = 0.2, 0.4
OUTSIDE = {
    "en": (
        "what a lovely weather today", "my cat sleeps on the sofa", "did you see the match last night", "i am looking for a recipe of apple pie",
        "the train leaves at seven", "he plays the violin very well",
    ),
    "ru": (
        "какая сегодня хорошая погода", "моя кошка спит на диване", "ты видел вчера матч", "я ищу рецепт яблочного пирога",
        "поезд отходит в семь часов", "он хорошо играет на скрипке",
    ),
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Line:
    """What lies between a mouth and an ear. noise_db: of speech over noise, 0 for none; loss: share of frames."""

    noise_db: int
    loss: float
    law: Law


# Every noise, every loss and both laws once at least, in a minute instead of the six of all 24.
SOME = (Line(0, 0.0, "mu"), Line(20, 0.02, "A"), Line(15, 0.05, "mu"), Line(10, 0.0, "A"))


@dataclass(frozen=True, slots=True)
class Saying:
    """Something said by a voice; choice: the topic that is meant, "" for none that the step expects."""

    text: str
    language: str
    voice: str
    choice: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of it. right: as meant; wrong: taken for something else; neither: asked again."""

    saying: Saying
    ear: str
    line: Line
    right: bool
    wrong: bool


def lines() -> list[Line]:
    return [Line(noise, loss, "mu" if law == "mu" else "A") for noise, loss, law in itertools.product(NOISES_DB, LOSSES, LAWS)]


def sayings(languages: Iterable[str], each: int) -> Iterator[Saying]:
    """The same ones each time: so many phrases of every topic, and what is outside, by every voice."""
    draw = random.Random(5)
    for code in languages:
        voices = VOICES if code == "en" else (RUSSIAN,)
        speakable = set(expectation(flow(), STEP, code).phrases)  # "по-русски" is a phrase in English too, and no English voice's
        meant: list[tuple[str, str]] = []
        for option in options(flow(), STEP, code):
            known = sorted(speakable.intersection(option.phrases))
            meant += [(phrase, option.id) for phrase in draw.sample(known, min(each, len(known)))]
        for (text, choice), voice in itertools.product([*meant, *((text, "") for text in OUTSIDE[code])], voices):
            yield Saying(text, code, voice, choice)


def disturbed(sound: Samples, line: Line, seed: int) -> Samples:
    """As it comes out of this line, with a breath before and the silence of a turn's end behind it. The same seed, the same noise."""
    rng = np.random.default_rng(seed)
    clean = sound.astype(np.float64)
    clean *= np.sqrt(10 ** (SPOKEN_DBOV / 10) * 32768**2 / np.mean(clean**2))
    whole = np.concatenate([np.zeros(round(LEAD_S * RATE_HZ)), clean, np.zeros(round(REST_S * RATE_HZ))])
    whole = whole[: len(whole) // FRAME_SAMPLES * FRAME_SAMPLES]
    if line.noise_db:
        whole = whole + rng.normal(0, np.sqrt(np.mean(clean**2) / 10 ** (line.noise_db / 10)), len(whole))
    heard = pcm16(whole, line.law).reshape(-1, FRAME_SAMPLES)
    heard[rng.random(len(heard)) < line.loss] = 0
    return np.ascontiguousarray(heard.ravel())


def judged(saying: Saying, ear: Recognizer, line: Line, sound: Samples) -> Outcome:
    """Heard and understood as on a call."""
    utterance = ear.open(RATE_HZ, expectation(flow(), STEP, saying.language))
    utterance.feed(sound)
    found = utterance.result()
    meant = judge(options(flow(), STEP, saying.language), saying.language, found.text, found.score, found.engine)
    taken = meant.choice if meant.kind is not Verdict.NO_MATCH else ""
    # To ask back whether somebody means a topic that he does not is no mistake yet: he says no.
    wrong = meant.kind is Verdict.MATCH and taken != saying.choice
    return Outcome(saying, ear.name, line, taken == saying.choice, wrong)


def share(outcomes: Sequence[Outcome], hit: Callable[[Outcome], bool]) -> float | None:
    """Percent; None of nothing."""
    return round(100 * sum(map(hit, outcomes)) / len(outcomes), 1) if outcomes else None


def table(outcomes: Sequence[Outcome]) -> list[dict[str, object]]:
    """A row for each language, ear, voice and line."""

    def key(one: Outcome) -> tuple[str, str, str, int, float, str]:
        line = one.line
        return one.saying.language, one.ear, one.saying.voice, -(line.noise_db or 99), line.loss, line.law

    rows: list[dict[str, object]] = []
    for (language, ear, voice, _, loss, law), group in itertools.groupby(sorted(outcomes, key=key), key):
        found = list(group)
        meant, outside = [one for one in found if one.saying.choice], [one for one in found if not one.saying.choice]
        rows.append(
            {
                "language": language,
                "ear": ear,
                "voice": voice,
                "noise_db": found[0].line.noise_db,
                "loss_%": round(100 * loss),
                "law": law,
                "understood_%": share(meant, lambda one: one.right),
                "mistaken_%": share(meant, lambda one: one.wrong),
                "rejected_%": share(outside, lambda one: one.right),
                "phrases": len(meant),
            }
        )
    return rows


def folded(outcomes: Sequence[Outcome], by: Callable[[Outcome], str]) -> dict[str, float | None]:
    """Understood, by one property."""
    groups: dict[str, list[Outcome]] = {}
    for one in outcomes:
        if one.saying.choice:
            groups.setdefault(by(one), []).append(one)
    return {name: share(found, lambda one: one.right) for name, found in sorted(groups.items())}


def spoken(said: Sequence[Saying]) -> list[Samples]:
    """All of them, without silence around them. Raises ModelMissing where the voice is not installed."""
    if all(one.voice != RUSSIAN for one in said):
        return [english(one.text, one.voice) for one in said]
    with contextlib.closing(FestivalVoice()) as voice:
        return [trimmed(voice.render(one.text, RATE_HZ)) for one in said]


def ears(language: str) -> list[Recognizer]:
    """Those that are here for this language."""
    found: list[Recognizer] = [Whisper(language, find("whisper", language))]
    if language == "en":
        with contextlib.suppress(HotlineError):
            found.append(PocketSphinx(language, find("pocketsphinx", language)))
    return found


def measure(report: Report, each: int = EACH, chosen: Sequence[Line] = SOME) -> None:
    """Every saying through every line into every ear, on all cores."""
    outcomes: list[Outcome] = []
    missing: list[str] = []
    with ThreadPoolExecutor(os.cpu_count() or 1) as pool:
        for language in OUTSIDE:
            said = list(sayings([language], each))
            try:
                sounds = spoken(said)
            except HotlineError as error:
                missing.append(str(error))
                report.say(f"recognition: nobody speaks {language} here: {error}")
                continue
            trials = [(number, line) for number in range(len(said)) for line in chosen]
            for ear in ears(language):
                outcomes += pool.map(partial(_one, said, sounds, ear), trials)
                report.say(f"recognition, understood: {language}, {ear.name}: {len(trials)} sayings")
    if not outcomes:
        raise RuntimeError(f"nobody speaks and nobody hears here: {' '.join(missing) or 'no recogniser has its model'}")
    add(report, outcomes)


def _one(said: Sequence[Saying], sounds: Sequence[Samples], ear: Recognizer, trial: tuple[int, Line]) -> Outcome:
    number, line = trial
    return judged(said[number], ear, line, disturbed(sounds[number], line, number))


def add(report: Report, outcomes: Sequence[Outcome]) -> None:
    """One figure of Whisper, with the whole table behind it; the others in the table."""
    main = [one for one in outcomes if one.ear == "whisper"]
    meant, outside = [one for one in main if one.saying.choice], [one for one in main if not one.saying.choice]
    summary = {
        "by_noise_db": folded(main, lambda one: str(one.line.noise_db)),
        "by_loss": folded(main, lambda one: f"{one.line.loss:.0%}"),
        "by_law": folded(main, lambda one: one.line.law),
        "by_voice": folded(main, lambda one: f"{one.saying.language} {one.saying.voice}"),
        "by_ear": folded(outcomes, lambda one: f"{one.saying.language} {one.ear}"),
        "mistaken_%": share(meant, lambda one: one.wrong),
        "table": table(outcomes),
    }
    report.add(Measurement("recognition.understood", share(meant, lambda one: one.right) or 0.0, "% of phrases", detail=summary))
    others = {"mistaken_%": share(outside, lambda one: one.wrong), "sayings": len(outside)}
    report.add(Measurement("recognition.rejected", share(outside, lambda one: one.right) or 0.0, "% of others", detail=others))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, each=(EACH, "phrases of every topic"), full=(False, "all 24 lines, not four of them")
    )
    measure(report, given.each, lines() if given.full else SOME)
    return report.finish()


if __name__ == "__main__":
    command(main)
