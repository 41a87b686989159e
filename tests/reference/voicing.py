"""What is told of a frame and judged of it, in plain numpy: the slow twin of native/voicing."""

from __future__ import annotations

import re
from pathlib import Path

import numpy as np

LAGS, BANDS, UNITS, FRAME = 16, 6, 24, 160
SILENT_FRAMES = 100  # before the first one
HEADER = Path(__file__).parents[2] / "native" / "voicing_weights.h"


def weights() -> dict[str, np.ndarray]:
    """The arrays of the C header, by their names."""
    found = {}
    for name, body in re.findall(r"VOICING_(\w+)(?:\[\d*\])* = ([^;]*);", HEADER.read_text()):
        values = np.array([float(value) for value in re.findall(r"-?\d+\.\d+", body)])
        found[name] = values.reshape(-1, 3 * UNITS) if name in ("INPUT", "STATE") else values
    return found


def described(samples: np.ndarray) -> np.ndarray:
    """Frames at 8 kHz, one row of 16 figures each."""
    return _described(samples)[SILENT_FRAMES:]


def _described(samples: np.ndarray) -> np.ndarray:
    samples = np.concatenate([np.zeros(SILENT_FRAMES * FRAME, dtype=samples.dtype), samples])
    lag = np.arange(LAGS + 1)
    taper = np.where(lag == 0, 1, 2) * (0.5 + 0.5 * np.cos(np.pi * lag / (LAGS + 1)))
    kernel = taper * np.cos(np.pi * lag * (np.arange(BANDS)[:, None] + 0.5) / BANDS)
    past, rows = np.zeros(LAGS, dtype=np.int64), []
    smooth = floor = np.full(BANDS, np.log2(5000))
    loud = mean = low = last = np.log2(51840)
    for frame in samples.astype(np.int64).reshape(-1, FRAME):
        sound = np.concatenate([past, frame])
        past = frame[-LAGS:]
        shift = max(0, int(np.bitwise_or.reduce(np.abs(sound))).bit_length() - 11)
        sound = sound >> shift
        r = np.array([np.dot(sound[LAGS:], sound[LAGS - k : len(sound) - k]) for k in lag], dtype=float)
        raised = 1.81 * r - 0.9 * (np.append(r[1], r[:-1]) + np.append(r[1:], r[-1]))
        whole = np.log2(r[0] * 4**shift + 51840)
        band = np.log2(np.maximum(kernel @ raised * 4**shift, 5000))
        smooth = smooth + 0.4 * (band - smooth)
        floor = np.minimum(floor + 0.02 + 0.006 * (smooth - floor), smooth)
        loud -= 0.02
        loud += 0.5 * max(0.0, whole - loud)
        low = min(low + 0.02 + 0.006 * (whole - low), whole)
        mean += 0.01 * (whole - mean)
        rows.append(0.3 * np.array([*(band - floor), *(band - whole), whole - loud, whole - mean, loud - low, whole - last]))
        last = whole
    return np.array(rows)


def bent(x: np.ndarray) -> np.ndarray:
    x = np.clip(x, -3, 3)
    return x * (27 + x * x) / (27 + 9 * x * x)


def judged(samples: np.ndarray) -> np.ndarray:
    """Logarithm of the odds of each frame."""
    known, state, odds = weights(), np.zeros(UNITS), []
    for told in _described(samples):
        gates, own = told @ known["INPUT"] + known["BIAS"], state @ known["STATE"]
        reset, hold = np.split(0.5 + 0.5 * bent((gates + own)[: 2 * UNITS] / 2), 2)
        state = hold * state + (1 - hold) * bent(gates[2 * UNITS :] + reset * own[2 * UNITS :])
        odds.append(state @ known["OUTPUT"] + known["OFFSET"][0])
    return np.array(odds[SILENT_FRAMES:])
