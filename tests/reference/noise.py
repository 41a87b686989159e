"""The noise of a line in plain Python: the slow twin of native/noise."""

from __future__ import annotations

from collections.abc import Sequence

BLOCKS, BLOCK_FRAMES = 8, 12


def noise(levels_dbov: Sequence[float]) -> list[float]:
    """The noise after each frame: the lowest mean of three frames in this block of 12 and the seven before it."""
    padded = [0.0, 0.0, *levels_dbov]
    means = [sum(padded[at : at + 3]) / 3 for at in range(len(levels_dbov))]
    found = []
    for at in range(len(levels_dbov)):
        oldest = max(0, at // BLOCK_FRAMES - BLOCKS + 1) * BLOCK_FRAMES
        found.append(-127.0 if at < BLOCK_FRAMES else min(0.0, *means[oldest : at + 1]))
    return found
