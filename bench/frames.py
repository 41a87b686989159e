"""What a frame of 20 ms costs: VAD, turn, ring, level and in-band keys, against the same in Python, and against the VAD alone.

    python -m bench.frames [--rounds 7]

The peer is what one would write: webrtcvad and numpy for VAD, level, ring and turn. It looks for no keys, which ours does.
"""

from __future__ import annotations

import math
import statistics
import time
from collections import deque
from collections.abc import Callable, Sequence
from functools import partial
from typing import Any

import numpy as np
import webrtcvad

from bench.bare_vad import judge
from bench.controls import Neighbours, crowded
from bench.harness import Ratios, Report, of_runs
from bench.program import asked, command
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from bench.stimuli import conversation
from native.bell import Bell
from native.line import Line

VAD_MODE = 3
PYTHON_SHARE = 4  # the peer is given a quarter of the frames


class PythonLine:
    """A line's incoming half in Python."""

    def __init__(self) -> None:
        self.vad = webrtcvad.Vad(VAD_MODE)
        self.ring = np.zeros(8 * RATE_HZ, dtype=np.int16)
        self.written = 0
        self.level_dbov = -127.0
        self.recent: deque[bool] = deque(maxlen=3)
        self.speaking, self.silence, self.turns = False, 0, 0

    def put_all(self, frames: Samples) -> None:
        """Frames, one a row."""
        for frame in frames:
            self.put(frame)

    def put(self, frame: Samples) -> None:
        at = self.written % len(self.ring)
        self.ring[at : at + FRAME_SAMPLES] = frame
        self.written += FRAME_SAMPLES
        power = float(np.mean(frame.astype(np.float32) ** 2))
        self.level_dbov = 10 * math.log10(power / 32768**2) if power else -127.0
        voiced = self.vad.is_speech(frame.tobytes(), RATE_HZ) and self.level_dbov > -55.0
        self.recent.append(voiced)
        if not self.speaking:
            if sum(self.recent) >= 2:
                self.speaking, self.silence = True, 0
        elif voiced:
            self.silence = 0
        else:
            self.silence += 20
            if self.silence >= 700:
                self.speaking = False
                self.turns += 1


def each_us(job: Callable[[], object], frames: int) -> float:
    """CPU time of this thread for one frame of `job`, in microseconds."""
    begun = time.thread_time_ns()
    job()
    return (time.thread_time_ns() - begun) / frames / 1000


def measure(report: Report, rounds: int) -> None:
    sound = conversation()
    frames = sound.reshape(-1, FRAME_SAMPLES)
    bell = Bell()
    house: list[float] = []
    alone: list[float] = []
    python: list[float] = []
    with Neighbours() as neighbours:
        for _ in range(rounds):
            line, peer = Line(bell, 1, RATE_HZ), PythonLine()
            some = frames[: len(frames) // PYTHON_SHARE]
            line.put_all(sound), judge(sound, VAD_MODE), peer.put_all(some)  # warm, all three
            bell.take()
            house.append(each_us(partial(line.put_all, sound), len(frames)))
            bell.take()
            alone.append(each_us(partial(judge, sound, VAD_MODE), len(frames)))
            python.append(each_us(partial(peer.put_all, some), len(some)))
    others = neighbours.others()
    shown: dict[str, Any] = {"control": {"others_cores": round(others, 2)}, "refused": crowded(others)}
    over_vad, over_python = Ratios.of(house, alone), Ratios.of(python, house)
    detail = {
        name: round(statistics.median(each), 3) for name, each in (("house_us", house), ("vad_us", alone), ("python_us", python))
    }
    report.add(of_runs("frames.cost", "us", house, detail=detail, **shown))
    report.add(
        of_runs(
            "frames.over_vad",
            "x",
            over_vad.pairs,
            peer="WebRTC VAD alone",
            ratio=round(1 / over_vad.median, 3),
            detail=detail,
            **shown,
        )
    )
    report.add(
        of_runs(
            "frames.over_python",
            "x",
            over_python.pairs,
            peer="webrtcvad + numpy",
            ratio=round(over_python.median, 2),
            detail=detail,
            **shown,
        )
    )


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(__doc__, arguments, rounds=(7, "rounds"))
    measure(report, given.rounds)
    return report.finish()


if __name__ == "__main__":
    command(main)
