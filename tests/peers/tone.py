"""Tones that are played on a call, and what is measured of what comes in."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np


@dataclass(frozen=True)
class Tone:
    """A clip that says nothing."""

    pcm: Any
    rate_hz: int
    key: str


def tone(hz: float, seconds: float, rate_hz: int, level: float = 8000.0) -> Any:
    at = np.arange(int(seconds * rate_hz)) / rate_hz
    return Tone((level * np.sin(2 * np.pi * hz * at)).astype(np.int16), rate_hz, f"{hz} Hz {seconds} s {rate_hz} {level}")


def heard(line: Any, ms: int) -> dict[str, float]:
    """The last `ms` that came in: level, the strongest frequency, and its share of the power."""
    count = ms * line.rate_hz // 1000
    samples = line.read(line.position - count, count) if line.position > count else None
    if samples is None or not samples.any():
        return {"dbov": -127.0, "hz": 0.0, "share": 0.0}
    sound = samples / 32768.0
    power = np.abs(np.fft.rfft(sound * np.hanning(count))) ** 2
    peak = int(power.argmax())
    share = float(power[max(0, peak - 2) : peak + 3].sum() / power.sum())
    return {"dbov": float(10 * np.log10((sound**2).mean())), "hz": peak * line.rate_hz / count, "share": share}


def level_of(line: Any, hz: float, ms: int) -> float:
    """Level of one tone in the last `ms` that came in [dBov]."""
    count = ms * line.rate_hz // 1000
    samples = line.read(line.position - count, count) if line.position > count else None
    return -127.0 if samples is None else tone_dbov(samples, hz, line.rate_hz)


def tone_dbov(samples: Any, hz: float, rate_hz: int) -> float:
    """Level of one tone in these samples [dBov], by correlation with it (Goertzel's sum)."""
    window = np.hanning(len(samples))
    turning = np.exp(-2j * np.pi * hz * np.arange(len(samples)) / rate_hz)
    amplitude = 2 * abs(np.dot(samples / 32768.0 * window, turning)) / window.sum()
    return float(20 * np.log10(max(amplitude, 1e-7) / np.sqrt(2)))


def one_by_one(line: Any, tones: Sequence[float], seconds: float = 7.0, ms: int = 100) -> list[float]:
    """Which of these tones came in alone, one after the other, in the last seconds that the line holds; each once in a row."""
    count, found = ms * line.rate_hz // 1000, list[float]()
    for begin in range(max(0, line.position - int(seconds * line.rate_hz)), line.position - count + 1, count):
        samples = line.read(begin, count)
        if samples is None:
            continue
        (loudest, hz), (next_one, _) = sorted(((tone_dbov(samples, hz, line.rate_hz), hz) for hz in tones), reverse=True)[:2]
        if loudest > -30 and loudest - next_one > 15 and found[-1:] != [hz]:
            found.append(hz)
    return found
