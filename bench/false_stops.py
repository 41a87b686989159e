"""Who may interrupt: interruptions that the house misses, and prompts that it stops although nobody meant it to.

    python -m bench.false_stops [--each 60] [--fresh]

The native line, the house's listener, its ear and its dialogue, frame by frame in virtual time; a decode takes what CPU time it took here, and
that is added to the pause it decided about. A *false stop* is a prompt that ended, or words that the dialogue answers. A *false pause*
is one that stood still and went on, from the same sample, by itself or because the dialogue lets the words pass: that is what it costs. An
interruption is *missed* where the prompt went on in the end. Echo is the house's own sound, which comes back
60 to 250 ms later and 20 to 32 dB softer, through a filter drawn for the line, as a hybrid or a room has one.

Noises and echoes are tried with the English callers only, they speak no language. --fresh: also callers whose words and voices
nothing was chosen on (bench/interrupters.py).
"""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, TypeVar

import numpy as np

from bench.disturbances import LINE_NOISE, stimulus
from bench.harness import Measurement, Report, of_trials, percentile
from bench.interrupters import SETS, USUAL, Interrupters
from bench.program import asked, command
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.stimuli import flow, prompt
from bench.tones import pcm16
from bench.turn_takers import expected, waiting
from ivr import machine
from ivr.actions import Heard
from native.bell import Bell, Kind
from native.line import Line
from native.playlist import Pcm
from voice.events import Event, Final
from voice.listening import Listener
from voice.models import find
from voice.recognizers.ears import EarSet
from voice.recognizers.protocol import Recognizer
from voice.recognizers.whisper import Whisper

T = TypeVar("T")
STEP = "help"
FALSE = ("cough", "noise", "echo", "back-channel")
EACH = 60
FRAME_MS = 20
REST_FRAMES = 100
MOST_TEXTS = 12
ECHO_DB, ECHO_MS = (20.0, 32.0), (60.0, 250.0)


@dataclass(slots=True)
class Desk:
    """Works at once, one job after another, and keeps when a desk that needs its time would be done."""

    now_ms: float = 0.0
    done_ms: float = 0.0

    async def run(self, owner: object, job: Callable[[], T]) -> T:
        begun = time.process_time()
        try:
            return job()
        finally:
            self.done_ms = max(self.now_ms, self.done_ms) + 1000 * (time.process_time() - begun)


@dataclass(slots=True)
class Trial:
    """What one stimulus did. began_ms: from its first sample until the prompt stood still; none where it did not.

    pauses_ms: how long it stood still before it went on, each time. over_ms: for how long it went on before it stood still again
    or ended, together: what somebody who did mean it had to speak against.
    """

    stopped: bool = False
    heard: list[str] = field(default_factory=list)
    began_ms: float | None = None
    pauses_ms: list[float] = field(default_factory=list)
    over_ms: float = 0.0


class Talk:
    """A prompt that plays, a caller's line, and the dialogue that asks: `Prompts` for the listener."""

    def __init__(self, ear: Recognizer, sound: Samples, language: str) -> None:
        self.bell, self.desk, self.trial = Bell(), Desk(), Trial()
        self.state = replace(waiting(STEP, language), speaking=True)
        self.line = Line(self.bell, 1, RATE_HZ)
        self.listener = Listener(self.line, self.desk, self._emit, self)  # type: ignore[arg-type]
        judge = partial(machine.completeness, flow(), waiting(STEP, language))
        patience_ms = flow().steps[STEP].listening.end_silence_ms
        self.listener.expect(EarSet(language, ear), expected(STEP, language), patience_ms, judge)
        self.line.play(Pcm(sound, RATE_HZ), 1, pause_on_speech=True)
        self._still_since: float | None = None
        self._on_since: float | None = None
        self.now_ms = 0.0

    @property
    def playing(self) -> bool:
        return not self.trial.stopped

    def stop(self) -> None:
        self.trial.stopped = True
        self._still_since = None
        self._went_on_until(max(self.now_ms, self.desk.done_ms))

    def stand_still(self) -> None:
        self.line.pause()

    def go_on(self) -> None:
        self._goes_on(max(self.now_ms, self.desk.done_ms))
        self.line.resume()

    def _goes_on(self, at_ms: float) -> None:
        if self._still_since is not None:
            self.trial.pauses_ms.append(at_ms - self._still_since)
            self._still_since, self._on_since = None, at_ms

    def _went_on_until(self, at_ms: float) -> None:
        if self._on_since is not None:
            self.trial.over_ms += max(0.0, at_ms - self._on_since)
            self._on_since = None

    def _emit(self, event: Event) -> None:
        if isinstance(event, Final):
            self.trial.heard.append(event.text)
            self.state, answer = machine.step(
                flow(), self.state, Heard(event.text, event.score, event.engine, insists=event.insists)
            )
            if answer:
                self.stop()
            else:  # as ivr/channels/phone.py does
                self.go_on()

    async def frame(self, samples: Samples, since_ms: float | None) -> Samples:
        """20 ms of the caller; gives what the house sends meanwhile."""
        self.now_ms += FRAME_MS
        self.desk.now_ms = self.now_ms
        self.line.put(samples)
        sent = self.line.get()
        for _, kind, sample, value, detail, *_ in self.bell.take():
            match kind:
                case Kind.SPEECH_BEGAN:
                    self.listener.began(sample)
                case Kind.SPEECH_PAUSED:
                    self.listener.paused(sample, bool(detail))
                case Kind.SPEECH_RESUMED:
                    self.listener.resumed()
                case Kind.SPEECH_LASTED:
                    self.listener.lasted(sample, bool(detail))
                case Kind.SPEECH_ENDED:
                    self.listener.ended(value, sample, bool(detail & 1))
                case Kind.PROMPT_RESUMED:  # the line's own doing, or what `go_on` has told
                    self._goes_on(self.now_ms)
                case Kind.PROMPT_PAUSED:
                    self._still_since = self.now_ms
                    self._went_on_until(self.now_ms)
                    if self.trial.began_ms is None and since_ms is not None:
                        self.trial.began_ms = self.now_ms - since_ms
        for _ in range(8):
            await asyncio.sleep(0)
        return sent


def echo_path(draw: random.Random) -> np.ndarray:
    """4 ms of a decaying response with one strongest tap, of energy 1."""
    taps = np.random.default_rng(draw.randrange(2**32)).standard_normal(32) * np.exp(-np.arange(32) / 4)
    taps[0] = 1.5 * np.abs(taps).max()
    return np.asarray(taps / np.linalg.norm(taps))


async def tried(ear: Recognizer, kind: str, draw: random.Random, story: Samples, who: Interrupters = USUAL) -> Trial:
    """One stimulus somewhere in a prompt."""
    talk = Talk(ear, np.roll(story, -draw.randrange(len(story))), who.language)
    noise = np.random.default_rng(draw.randrange(2**32))
    lead = draw.randrange(30, 90)
    said = (
        np.zeros((0, FRAME_SAMPLES), dtype=np.int16) if kind == "echo" else stimulus(kind, draw, who).reshape(-1, FRAME_SAMPLES)
    )
    frames = 300 if kind == "echo" else lead + len(said) + REST_FRAMES
    gain, late = 10 ** (-draw.uniform(*ECHO_DB) / 20), round(draw.uniform(*ECHO_MS) / FRAME_MS)
    path = echo_path(draw)
    out = [np.zeros(FRAME_SAMPLES, dtype=np.int16)] * (late + 1)
    for at in range(frames):
        if lead <= at < lead + len(said):
            coming = said[at - lead]
        else:
            back = 0.0
            if kind == "echo":
                back = gain * np.convolve(np.concatenate(out[-late - 1 :][:2]), path)[FRAME_SAMPLES : 2 * FRAME_SAMPLES]
            coming = pcm16(noise.normal(0, LINE_NOISE, FRAME_SAMPLES) + back, "mu")
        since = None if at < lead and kind != "echo" else FRAME_MS * lead if kind != "echo" else 0.0
        out.append(await talk.frame(np.ascontiguousarray(coming), since))
    talk.listener.close()
    return talk.trial


async def trials(ear: Recognizer, kind: str, each: int, story: Samples, who: Interrupters) -> list[Trial]:
    return [await tried(ear, kind, random.Random(f"{kind} {number}"), story, who) for number in range(each)]


def measure(report: Report, each: int = EACH, fresh: bool = False) -> None:
    """All kinds of stimuli with the usual English callers, those made of words with the others."""
    for name, who in SETS.items():
        if fresh or "fresh" not in name:
            measure_one(report, each, name, who, FALSE if who is USUAL else FALSE[-1:])


def measure_one(report: Report, each: int, name: str, who: Interrupters, kinds: Sequence[str]) -> None:
    """What some callers' interruptions come to, and what does not mean to be one. name: stands behind each figure's."""
    ear = Whisper(who.language, find("whisper", who.language))
    story = prompt(who.language)
    report.say(f"false stops{name.replace('_', ' ')}: {each} interruptions, {each} of each of {', '.join(kinds)}")
    meant = asyncio.run(trials(ear, "meant", each, story, who))
    noticed = [trial.began_ms for trial in meant if trial.began_ms is not None]
    over = [trial.over_ms for trial in meant if trial.over_ms]
    detail: dict[str, Any] = {
        f"onset_to_pause_p{round(100 * one)}_ms": percentile(noticed, one) for one in (0.5, 0.95) if noticed
    }
    detail |= {"not_even_a_pause_%": 100 * sum(trial.began_ms is None for trial in meant) / each, "trials": each}
    detail |= {"spoken_against_%": round(100 * len(over) / each, 1), "spoken_against_ms_most": round(max(over, default=0.0))}
    detail |= {"heard_and_missed": heard([trial for trial in meant if not trial.stopped])}
    missed = 100 * sum(not trial.stopped for trial in meant) / each
    report.add(Measurement(f"barge_in.missed{name}", missed, "% of interruptions", detail=detail))
    stops: dict[str, float] = {}
    cost: list[float] = []
    looks: dict[str, Any] = {}
    for kind in kinds:
        found = asyncio.run(trials(ear, kind, each, story, who))
        stops[kind] = 100 * sum(trial.stopped for trial in found) / each
        gone_on = [pause for trial in found if not trial.stopped for pause in trial.pauses_ms]
        cost += gone_on
        looks[kind] = {
            "false_stops_%": round(stops[kind], 1),
            "false_pauses_%": round(100 * sum(bool(trial.pauses_ms) and not trial.stopped for trial in found) / each, 1),
            "pause_ms_p50": round(percentile(gone_on, 0.5)) if gone_on else 0,
            "pause_ms_p95": round(percentile(gone_on, 0.95)) if gone_on else 0,
            "heard_and_stopped": heard([trial for trial in found if trial.stopped]),
        }
    report.add(Measurement(f"barge_in.false_stops{name}", max(stops.values()), "% of the worst kind", detail=looks))
    if cost:
        report.add(of_trials(f"barge_in.false_cost{name}", "ms p95", [cost]))


def heard(trials: Sequence[Trial]) -> list[str]:
    """What was heard in some of them; of each text once."""
    return sorted({text for trial in trials for text in trial.heard})[:MOST_TEXTS]


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, each=(EACH, "stimuli of each kind"), fresh=(False, "also words and voices that nothing was chosen on")
    )
    measure(report, given.each, given.fresh)
    return report.finish()


if __name__ == "__main__":
    command(main)
