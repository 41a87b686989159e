"""Level in dBov (RFC 6465) in plain numpy: the slow twin of native/level."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt


def dbov(samples: npt.NDArray[np.int16]) -> float:
    if len(samples) == 0:
        return -127.0
    mean = float(np.mean(samples.astype(np.float64) ** 2))
    return max(-127.0, 10 * math.log10(mean / 32768.0**2)) if mean else -127.0
