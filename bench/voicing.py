"""Is somebody speaking? Frame by frame on labelled speech in noise, through mu-law: ours, the WebRTC VAD alone, and Silero.

    python -m bench.voicing

Where the errors lie is told in the details: within 100 ms of a beginning or an end of speech (on either side), inside of it, or in pauses.
The labels come from the clean speech: a frame of 20 ms is speech where it is louder than 40 dB under the sentence's loudest, and
gaps of up to 100 ms inside of words belong to it. The noise (white, low hum, three others talking) is added afterwards.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import soxr
import webrtcvad
from faster_whisper.vad import get_vad_model

from bench.controls import Neighbours, crowded
from bench.harness import Measurement, Report
from bench.program import asked, command
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.stimuli import VOICES, levels_dbov, sentences, speech
from bench.tones import pcm16
from native.bell import Bell, Kind
from native.line import Line

SNRS_DB = (20, 15, 10, 5, 0)
NOISES = ("white", "hum", "babble")
SENTENCES = 24
UNDER_DB, CLOSED_FRAMES, PAUSE_S = 40.0, 5, 1.2
NEAR_FRAMES = 5
SPOKEN_DBOV = -24.0
PAUSE_LEAST = 45  # frames
HEARD_SNR_DB = 10  # people talk on down to here
TAILS = (0, 2, 4, 6, 8, 10, 12)  # frames; each judge is taken at the one that suits it best

Judge = Callable[[Samples], np.ndarray]


@dataclass(frozen=True, slots=True)
class Scene:
    """Sound at 8 kHz, and for each of its frames whether somebody speaks."""

    sound: Samples
    labels: np.ndarray
    snr_db: int


def scenes() -> Iterator[Scene]:
    """Every noise at every level, over the same sentences of three voices with pauses between them."""
    rng = np.random.default_rng(3)
    clean, labels = _sentences()
    spoken = _power(clean[np.repeat(labels, FRAME_SAMPLES)])
    for noise in NOISES:
        other = _noise(noise, len(clean), rng)
        for snr_db in SNRS_DB:
            scaled = other * np.sqrt(spoken / 10 ** (snr_db / 10) / _power(other))
            yield Scene(pcm16(clean + scaled, "mu"), labels, snr_db)


def _sentences() -> tuple[np.ndarray, np.ndarray]:
    pause = np.zeros(round(PAUSE_S * 50) * FRAME_SAMPLES)
    parts, labels = [pause], [np.zeros(len(pause) // FRAME_SAMPLES, dtype=bool)]
    for number, text in enumerate(sentences(120)[:SENTENCES]):
        said = speech(text, VOICES[number % len(VOICES)]).astype(np.float64)
        said = said[: len(said) // FRAME_SAMPLES * FRAME_SAMPLES]
        said *= np.sqrt(10 ** (SPOKEN_DBOV / 10) * 32768**2 / _power(said))
        level = levels_dbov(pcm16(said), FRAME_SAMPLES)
        parts += [said, pause]
        labels += [closed(level > level.max() - UNDER_DB), np.zeros(len(pause) // FRAME_SAMPLES, dtype=bool)]
    return np.concatenate(parts), np.concatenate(labels)


def closed(voiced: np.ndarray, most: int = CLOSED_FRAMES) -> np.ndarray:
    """Gaps of up to so many frames are part of the speech around them."""
    found = np.flatnonzero(voiced)
    filled = voiced.copy()
    for before, after in itertools.pairwise(found):
        if after - before <= most + 1:
            filled[before:after] = True
    return filled


def _power(sound: np.ndarray) -> float:
    return float(np.mean(sound.astype(np.float64) ** 2))


def _noise(kind: str, count: int, rng: np.random.Generator) -> np.ndarray:
    if kind == "babble":
        talk = [np.concatenate([speech(text, voice) for text in sentences(120)[40:60]]) for voice in VOICES]
        return np.sum([np.resize(np.roll(one, 9000 * at), count).astype(np.float64) for at, one in enumerate(talk)], axis=0)
    white = rng.standard_normal(count)
    return white if kind == "white" else np.convolve(white, 0.95 ** np.arange(128), mode="same")


def ours(sound: Samples) -> np.ndarray:
    """As a call's line has it: from the onset of a voice to its last voiced frame, pauses of its own taken out."""
    bell = Bell()
    line = Line(bell, 1, RATE_HZ)
    line.tune(pre_roll_ms=0, pause_ms=CLOSED_FRAMES * 20, inband=False)
    spoken = np.zeros(len(sound) // FRAME_SAMPLES, dtype=bool)
    began = -1
    for at in range(0, len(sound), RATE_HZ):
        line.put_all(sound[at : at + RATE_HZ])
        for _, kind, sample, *_ in bell.take():
            if kind in (Kind.SPEECH_BEGAN, Kind.SPEECH_RESUMED):
                began = sample
            elif kind in (Kind.SPEECH_PAUSED, Kind.SPEECH_ENDED) and began >= 0:
                spoken[began // FRAME_SAMPLES : sample // FRAME_SAMPLES] = True
                began = -1
    if began >= 0:
        spoken[began // FRAME_SAMPLES :] = True
    return spoken


def turns_ended(scene: Scene) -> float:
    """Of the pauses of 1.2 s between sentences, the share in which a call's turn ends, by its usual 700 ms of silence."""
    bell = Bell()
    line = Line(bell, 1, RATE_HZ)
    line.tune(inband=False)
    ends = []
    for at in range(0, len(scene.sound), RATE_HZ):
        line.put_all(scene.sound[at : at + RATE_HZ])
        ends += [sample / FRAME_SAMPLES for _, kind, sample, *_ in bell.take() if kind == Kind.SPEECH_ENDED]
    stops = np.flatnonzero(scene.labels[:-1] & ~scene.labels[1:]) + 1
    pauses = [stop for stop in stops if not scene.labels[stop : stop + PAUSE_LEAST].any()]
    return sum(any(-PAUSE_LEAST / 3 <= end - stop <= PAUSE_LEAST / 2 for end in ends) for stop in pauses) / len(pauses)


def webrtc(sound: Samples) -> np.ndarray:
    """The detector's own word, frame by frame, at its strictest."""
    vad = webrtcvad.Vad(3)
    return np.array([vad.is_speech(frame.tobytes(), RATE_HZ) for frame in sound.reshape(-1, FRAME_SAMPLES)])


def silero(sound: Samples) -> np.ndarray:
    """Silero v6 as faster-whisper carries it (16 kHz, 32 ms, one thread), at its usual threshold of one half."""
    wide = np.asarray(soxr.resample(sound.astype(np.float32) / 32768, RATE_HZ, 2 * RATE_HZ), dtype=np.float32)
    wide = np.concatenate([wide, np.zeros(-len(wide) % 512, dtype=np.float32)])
    likely = np.asarray(get_vad_model()(wide)).ravel() > 0.5
    middles = (np.arange(len(sound) // FRAME_SAMPLES) * 2 + 1) * FRAME_SAMPLES
    return likely[np.minimum(middles // 512, len(likely) - 1)]


def lengthened(spoken: np.ndarray, tail: int) -> np.ndarray:
    """Speech with so many frames behind it, and gaps closed as in the labels: the reading that suits a judge who is late or early."""
    return closed(np.convolve(spoken, np.ones(tail + 1), "full")[: len(spoken)] > 0)


def places(labels: np.ndarray) -> np.ndarray:
    """What each frame is, by its distance to the edges of speech."""
    where = np.where(labels, "inside", "pause").astype("<U12")
    for edge, at in [("onset", at) for at in np.flatnonzero(labels[1:] & ~labels[:-1]) + 1] + [
        ("end", at) for at in np.flatnonzero(labels[:-1] & ~labels[1:]) + 1
    ]:
        where[max(0, at - NEAR_FRAMES) : at] = f"before {edge}"
        where[at : at + NEAR_FRAMES] = f"after {edge}"
    return where


JUDGES: dict[str, Judge] = {"ours": ours, "webrtcvad": webrtc, "silero": silero}


def measure(report: Report) -> None:
    """Errors by noise level and by place, and the CPU time of each judge."""
    heard: dict[str, list[np.ndarray]] = {name: [] for name in JUDGES}
    cost_ns, ended = dict.fromkeys(JUDGES, 0), []
    every = list(scenes())
    for judge in JUDGES.values():
        judge(every[0].sound[: 2 * RATE_HZ])  # warm
    with Neighbours() as neighbours:
        for scene in every:
            if scene.snr_db >= HEARD_SNR_DB:
                ended.append(100 * turns_ended(scene))
            for name, judge in JUDGES.items():
                begun = time.process_time_ns()
                heard[name].append(judge(scene.sound))
                cost_ns[name] += time.process_time_ns() - begun
    others = neighbours.others()

    def wrong(name: str, tail: int) -> np.ndarray:
        return np.stack([lengthened(one, tail) != scene.labels for one, scene in zip(heard[name], every, strict=True)])

    where, frames = places(every[0].labels), sum(len(scene.labels) for scene in every)
    best = {name: min((wrong(name, tail) for tail in TAILS), key=lambda each: float(each.mean())) for name in JUDGES}
    whole = {name: 100 * float(each.mean()) for name, each in best.items()}
    levels = np.array([scene.snr_db for scene in every])
    detail: dict[str, dict[str, float]] = {}
    for name, each in best.items():
        detail[name] = {f"{snr} dB": round(100 * float(each[levels == snr].mean()), 1) for snr in SNRS_DB}
        detail[name] |= {str(place): round(100 * float(np.mean(each & (where == place))), 2) for place in np.unique(where)}
    us = {name: cost / frames / 1000 for name, cost in cost_ns.items()}
    detail["us_a_frame"] = {name: round(value, 2) for name, value in us.items()}
    report.add(
        Measurement(
            "voicing.error",
            whole["ours"],
            "% of frames",
            peer="Silero v6",
            ratio=round(whole["silero"] / whole["ours"], 2),
            detail=detail,
        )
    )
    report.add(Measurement("voicing.over_silero", whole["ours"] - whole["silero"], "points", peer="Silero v6"))
    report.add(Measurement("voicing.over_webrtc", whole["ours"] - whole["webrtcvad"], "points", peer="webrtcvad alone"))
    report.add(Measurement("voicing.turns_ended", float(np.mean(ended)), "% of turns", detail={"least": min(ended)}))
    share = 100 * us["ours"] / us["silero"]
    report.add(
        Measurement(
            "voicing.cost", share, "% of Silero's CPU", peer="Silero v6", ratio=round(100 / share, 1), detail=detail["us_a_frame"],
            control={"others_cores": round(others, 2)}, refused=crowded(others),
        )
    )  # fmt: skip


def main(arguments: Sequence[str] | None = None) -> int:
    _, report = asked(__doc__, arguments)
    measure(report)
    return report.finish()


if __name__ == "__main__":
    command(main)
