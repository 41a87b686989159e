"""Makes telephone sound with known properties: DTMF (ITU-T Q.23, Q.24), sines, noise, G.711 distortion.

Levels are in dBm0: a sine of 3.14 dBm0 just fills 16 bits (G.711, A-law; mu-law's 3.17 differs by a hair).
Sound is float64 in int16 units until `pcm16` rounds and clips it, so parts can be added and joined first.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

Sound = NDArray[np.float64]
Pcm = NDArray[np.int16]
Law = Literal["", "mu", "A"]

LOW_HZ = (697.0, 770.0, 852.0, 941.0)
HIGH_HZ = (1209.0, 1336.0, 1477.0, 1633.0)
KEYS = "123A456B789C*0#D"
FULL_SCALE_DBM0 = 3.14


@dataclass(frozen=True, slots=True)
class Press:
    """One key as it comes down a line; the defaults are a good telephone at a medium distance.

    `level_dbm0` is that of the stronger frequency; `twist_db` is high less low (Q.24: accept -8 to +4);
    `low_error` and `high_error` are relative (0.015 is 1.5 %); phases are in radians.
    """

    key: str
    tone_ms: float = 50.0
    pause_ms: float = 50.0
    level_dbm0: float = -10.0
    twist_db: float = 0.0
    low_error: float = 0.0
    high_error: float = 0.0
    low_phase: float = 0.0
    high_phase: float = 0.0

    def sound(self, rate_hz: int = 8000) -> Sound:
        """The tone, then the pause."""
        row, column = divmod(KEYS.index(self.key), 4)
        low_dbm0 = self.level_dbm0 - max(self.twist_db, 0.0)
        high_dbm0 = self.level_dbm0 + min(self.twist_db, 0.0)
        low = sine(LOW_HZ[row] * (1 + self.low_error), self.tone_ms, low_dbm0, self.low_phase, rate_hz)
        high = sine(HIGH_HZ[column] * (1 + self.high_error), self.tone_ms, high_dbm0, self.high_phase, rate_hz)
        return np.concatenate([low + high, silence(self.pause_ms, rate_hz)])


def samples_in(duration_ms: float, rate_hz: int) -> int:
    """How many samples last that long, to the nearest."""
    return round(duration_ms * rate_hz / 1000)


def amplitude(level_dbm0: float) -> float:
    """Peak of a sine of this level, in int16 units."""
    return float(32768 * 10 ** ((level_dbm0 - FULL_SCALE_DBM0) / 20))


def sine(hz: float, duration_ms: float, level_dbm0: float, phase: float = 0.0, rate_hz: int = 8000) -> Sound:
    """A steady sine, switched hard at both ends."""
    t = np.arange(samples_in(duration_ms, rate_hz)) / rate_hz
    return amplitude(level_dbm0) * np.sin(2 * np.pi * hz * t + phase)


def silence(duration_ms: float, rate_hz: int = 8000) -> Sound:
    """Digital nothing."""
    return np.zeros(samples_in(duration_ms, rate_hz))


def dial(presses: Sequence[Press], rate_hz: int = 8000, lead_ms: float = 20.0) -> Sound:
    """The presses one after another, after `lead_ms` of silence."""
    return np.concatenate([silence(lead_ms, rate_hz), *(press.sound(rate_hz) for press in presses)])


def interrupted(sound: Sound, at_ms: float, for_ms: float, rate_hz: int = 8000) -> Sound:
    """The same sound with a hole: a line that drops out (Q.24: up to 10 ms must not split a key)."""
    holed = sound.copy()
    start = samples_in(at_ms, rate_hz)
    holed[start : start + samples_in(for_ms, rate_hz)] = 0
    return holed


def white(count: int, level_dbm0: float, rng: np.random.Generator) -> Sound:
    """Gaussian noise, white up to half the sample rate, with the mean power of a sine of that level."""
    return rng.normal(0.0, amplitude(level_dbm0) / np.sqrt(2), count)


def noisy(sound: Sound, tone_dbm0: float, snr_db: float, rng: np.random.Generator) -> Sound:
    """White noise `snr_db` below `tone_dbm0`, from end to end, pauses included."""
    return sound + white(len(sound), tone_dbm0 - snr_db, rng)


def pcm16(sound: Sound, law: Law = "") -> Pcm:
    """Rounded and clipped to int16, then through a G.711 codec if `law` names one."""
    pcm = np.clip(np.rint(sound), -32768, 32767).astype(np.int16)
    return pcm if not law else g711(pcm, law)


def g711(pcm: Pcm, law: Law) -> Pcm:
    """What is left of `pcm` after one G.711 encoder and decoder: each sample on the nearest of 256 levels."""
    levels = _G711_LEVELS[law]
    bounds = (levels[1:] + levels[:-1]) / 2
    return levels[np.searchsorted(bounds, pcm)].astype(np.int16)


def _mu_law_levels() -> NDArray[np.int32]:
    exponent, mantissa = np.divmod(np.arange(128), 16)  # G.711 table 2: 8 segments of 16 steps, bias 33
    positive = (((2 * mantissa + 33) << exponent) - 33) * 4
    return np.unique(np.concatenate([positive, -positive])).astype(np.int32)


def _a_law_levels() -> NDArray[np.int32]:
    exponent, mantissa = np.divmod(np.arange(128), 16)  # G.711 table 1: the first two segments share their step
    positive = np.where(exponent == 0, 2 * mantissa + 1, (2 * mantissa + 33) << np.maximum(exponent - 1, 0)) * 8
    return np.unique(np.concatenate([positive, -positive])).astype(np.int32)


_G711_LEVELS = {"mu": _mu_law_levels(), "A": _a_law_levels()}
