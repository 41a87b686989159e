"""Where somebody speaks in a sound that is whole: the ear of a call, run over it at once. For a worker thread: 60 s take some ms."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from native.bell import Bell, Kind
from native.line import Line

APART_MS = 600  # a shorter silence stands within a sentence
LONGEST_MS = 15_000


def stretches(samples: NDArray[np.int16], rate_hz: int) -> list[tuple[int, int]]:
    """(first sample, one past the last) of each stretch of speech, in order, without overlap; what is too short for a word is none."""
    bell = Bell()
    line = Line(bell, 0, rate_hz, ring_s=0.5)
    line.tune(end_silence_ms=APART_MS, longest_ms=LONGEST_MS, inband=False)
    quiet = np.zeros(rate_hz * (APART_MS + 200) // 1000, dtype=np.int16)
    found: list[tuple[int, int]] = []
    for sound in (samples, quiet):
        for at in range(0, len(sound), rate_hz):
            line.put_all(np.ascontiguousarray(sound[at : at + rate_hz]))
            for _, kind, sample, value, detail, *_ in bell.take():
                if kind == Kind.SPEECH_ENDED and not detail & 1:
                    begin = max(value, found[-1][1] if found else 0)
                    found.append((begin, min(sample, len(samples))))
    return [(begin, end) for begin, end in found if end > begin]
