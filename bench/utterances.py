"""Whisper, utterance by utterance: the house's way with it against faster-whisper as it comes, on the same weights; and how many a second.

    python -m bench.utterances [--utterances 60] [--beside-s 20]

Both get one thread, int8, the language, and the same answers as callers give them (bench/turn_takers.py) through mu-law; faster-whisper has
them resampled beforehand, and is otherwise as its `WhisperModel.transcribe` is called by default (beams, 30 s windows). CPU time decides.
"""

from __future__ import annotations

import os
import statistics
import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path

import numpy as np
import soxr

from bench.controls import Neighbours, crowded
from bench.harness import Measurement, Ratios, Report, of_runs
from bench.load import Load, Window
from bench.program import asked, command
from bench.rtp import RATE_HZ, Samples
from bench.turn_takers import LEAD_S, REST_S, answers, expected
from voice.models import find
from voice.recognizers.protocol import Expectation, Hypothesis
from voice.recognizers.whisper import Whisper

HANGOVER_S = 0.4  # of the silence behind the last word, as much as a turn's end hears
CALLS = 150
UTTERANCES, BESIDE_S = 60, 20.0


@dataclass(frozen=True, slots=True)
class Spoken:
    """One answer as the ear gets it: sound at 8 kHz, and what is expected."""

    sound: Samples
    expectation: Expectation


@lru_cache(maxsize=4)
def spoken(count: int) -> tuple[Spoken, ...]:
    """Answers without the silences before and after them."""
    lead, rest = round((LEAD_S - 0.2) * RATE_HZ), round((REST_S - HANGOVER_S) * RATE_HZ)
    return tuple(Spoken(one.sound[lead:-rest], expected(one.step)) for one in answers(count, seed=9))


def ours(ear: Whisper, one: Spoken) -> Hypothesis:
    return ear.decode(one.sound, RATE_HZ, one.expectation)


def peer(folder: Path) -> Callable[[Samples], str]:
    """faster-whisper with one thread; takes 16 kHz."""
    from faster_whisper import WhisperModel

    model = WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1, num_workers=1)

    def heard(wide: Samples) -> str:
        segments, _ = model.transcribe(wide, language="en")
        return " ".join(segment.text.strip() for segment in segments)

    return heard


def wide(sound: Samples) -> np.ndarray:
    """At 16 kHz, floating, full scale 1: what faster-whisper is given."""
    return np.asarray(soxr.resample(sound.astype(np.float32) / 32768, RATE_HZ, 2 * RATE_HZ), dtype=np.float32)


def measure(report: Report, count: int, beside_s: float) -> None:
    """All three: one after the other beside faster-whisper, all cores at once, and beside calls."""
    pace(report, count)
    at_once(report, 2 * count)
    beside_calls(report, beside_s)


def pace(report: Report, utterances: int) -> None:
    """One after the other, ours and theirs in turn: CPU seconds an utterance, and the ratio pair by pair."""
    folder = find("whisper", "en")
    ear, theirs = Whisper("en", folder, workers=1), peer(folder)
    said = spoken(utterances)
    ours(ear, said[0]), theirs(wide(said[0].sound))
    mine_s, theirs_s = list[float](), list[float]()
    for number, one in enumerate(said):
        sound = wide(one.sound)
        begun = time.process_time()
        ours(ear, one)
        between = time.process_time()
        theirs(sound)
        mine_s.append(between - begun)
        theirs_s.append(time.process_time() - between)
        if number % 20 == 19:
            report.say(f"recognition: {number + 1} of {utterances} utterances")
    ratios = Ratios.of(theirs_s, mine_s)
    detail = {
        "ours_s": round(statistics.median(mine_s), 3),
        "peer_s": round(statistics.median(theirs_s), 3),
        "sound_s": round(statistics.median(len(one.sound) for one in said) / RATE_HZ, 2),
        "worst_pair": round(ratios.least, 2),
    }
    name = "faster-whisper, same weights, int8, one thread"
    over = of_runs("recognition.over_faster_whisper", "x", ratios.pairs, peer=name, ratio=round(ratios.median, 2), detail=detail)
    report.add(over)
    report.add(of_runs("recognition.seconds", "CPU s an utterance", mine_s, detail=detail))


def at_once(report: Report, utterances: int) -> None:
    """All cores, as many at once as the house decodes: utterances a second of the wall."""
    cores = os.cpu_count() or 1
    ear = Whisper("en", find("whisper", "en"), workers=cores)
    said = spoken(utterances)
    ours(ear, said[0])
    with ThreadPoolExecutor(cores) as pool, Neighbours() as neighbours:
        begun, cpu = time.monotonic(), time.process_time()
        found = list(pool.map(lambda one: ours(ear, one), said))
        took, used = time.monotonic() - begun, time.process_time() - cpu
    others = neighbours.others()
    detail = {"cores": cores, "cpu_s_each": round(used / len(found), 3), "heard": sum(bool(one.text) for one in found)}
    report.add(
        Measurement("recognition.utterances", len(found) / took, "a second", control={"others_cores": round(others, 2)}, detail=detail, refused=crowded(others))
    )  # fmt: skip


def beside_calls(report: Report, seconds: float) -> None:
    """All cores decode, on the pool's low priority, in the very process that carries CALLS calls: no frame may be lost."""
    with Load("bench.native_gateway", {"decodes": True}, CALLS) as load:
        quiet = load.window(seconds)
        load.gateway.ask("decode")
        busy: Window = load.window(seconds)
        done = load.gateway.ask("rest")
    rate = done["utterances"] / done["seconds"]
    late = max(quiet.caller_latest_ms, busy.caller_latest_ms)
    unsure = crowded(quiet.others) or (f"frames were lost while nothing was decoded too ({quiet.lost})" if quiet.lost else "")
    detail = {
        "calls": CALLS,
        "utterances": done["utterances"],
        "caller_latest_ms": round(late, 1),
        "quiet": quiet.figures(),
        "busy": busy.figures(),
    }
    report.add(
        Measurement(
            "recognition.beside_calls", rate, "utterances a second", detail={"calls": CALLS, "refused_jobs": done["refused"]}
        )
    )
    report.add(Measurement("recognition.lost_beside_calls", float(busy.lost), "frames", detail=detail, refused=unsure))


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, utterances=(UTTERANCES, "utterances"), beside_s=(BESIDE_S, f"seconds beside {CALLS} calls"),
    )  # fmt: skip
    measure(report, given.utterances, given.beside_s)
    return report.finish()


if __name__ == "__main__":
    command(main)
