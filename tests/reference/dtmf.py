"""Slow, plain twin of native/dtmf: the same decisions (ITU-T Q.24) written with whole arrays of looks and no state but a loop.

It says *when* as well: the tests ask for the same keys at the same sample.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator

import numpy as np
from numpy.lib.stride_tricks import sliding_window_view
from numpy.typing import NDArray

from bench.tones import FULL_SCALE_DBM0, HIGH_HZ, KEYS, LOW_HZ, Pcm

HOPS_PER_S = 800
SPAN = 8  # hops under the filter: 10 ms
WINDOW = 24  # hops that a key must fill: 30 ms
GAP = 18  # hops without the key that end it: 22.5 ms
EDGE = 3  # hops at either end of a window where the filter still feels the switching

POWER_MIN = 32768.0**2 / 2 * 10 ** ((-42 - FULL_SCALE_DBM0) / 10)
TWIST_MIN, TWIST_MAX = 0.0891, 4.467  # -10.5 and +6.5 dB

Complex = NDArray[np.complex128]


def band_filters(rate_hz: int) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """Integer weights [low re, low im, high re, high im][tap], and what turns |look|^2 of each group into a mean square."""
    taps = rate_hz // 100
    t = np.arange(taps) - (taps - 1) / 2
    exact, centres = [], []
    for group in (LOW_HZ, HIGH_HZ):
        low_edge, high_edge = group[0] * 0.985, group[-1] * 1.015
        half_width = (high_edge - low_edge) / 2 + 118
        window = np.sinc(2 * half_width / rate_hz * t) * np.kaiser(taps, 3.5)
        turning = window * np.exp(-2j * np.pi * (low_edge + high_edge) / 2 / rate_hz * t)
        exact += [turning.real, turning.imag]
        centres.append((group[0] + group[-1]) / 2)
    largest = max(np.abs(part).sum() for part in exact)
    weights = np.rint(np.array(exact) * 65400 / largest).astype(np.int64)
    gains = [
        abs(((weights[2 * i] + 1j * weights[2 * i + 1]) * np.exp(2j * np.pi * hz / rate_hz * t)).sum())
        for i, hz in enumerate(centres)
    ]
    return weights, 2 / np.array(gains) ** 2


def detect(pcm: Pcm, rate_hz: int = 8000) -> list[tuple[int, str]]:
    """Every key confirmed in `pcm`, each with the number of samples heard by then."""
    taps, hop = rate_hz // 100, rate_hz // HOPS_PER_S
    heard = np.concatenate([np.zeros(taps - hop, np.int64), pcm.astype(np.int64)])
    if len(pcm) < hop:
        return []
    frames = sliding_window_view(heard, taps)[::hop]
    weights, power_per_look = band_filters(rate_hz)
    looks = (frames @ weights.T).astype(np.float64)
    low, high = looks[:, 0] + 1j * looks[:, 1], looks[:, 2] + 1j * looks[:, 3]
    low_power, high_power = _power(low) * power_per_look[0], _power(high) * power_per_look[1]
    power = 8.0 * (frames * frames >> 3).sum(axis=1) / taps
    pair = low_power + high_power
    possible = (power >= POWER_MIN) & (pair >= 0.5 * power) & (np.minimum(low_power, high_power) >= POWER_MIN / 4)

    def key_at(k: int) -> str:
        window = slice(k - WINDOW + 1, k + 1)
        return _key(low[window], high[window], low_power[window], high_power[window], power[window])

    return [((k + 1) * hop, key) for k, key in _confirmed(possible, pair, key_at)]


def _confirmed(possible: NDArray[np.bool_], pair: NDArray[np.float64], key_at: Callable[[int], str]) -> Iterator[tuple[int, str]]:
    held, held_power, run, gap = "", 0.0, 0, 0
    for k in range(len(possible)):
        run = run + 1 if possible[k] else 0
        if held:
            sounding = possible[k] and pair[k] >= 0.15 * held_power
            gap = 0 if sounding else gap + 1
            if gap == GAP:
                held = ""
        if run < WINDOW:
            continue
        if held:
            run = 0
        key = key_at(k)
        if key:
            held_power = pair[k - WINDOW + 1 : k + 1].mean()
        if key and key != held:
            held, gap = key, 0
            yield k, key


def _key(
    low: Complex, high: Complex, low_power: NDArray[np.float64], high_power: NDArray[np.float64], power: NDArray[np.float64]
) -> str:
    pair = low_power + high_power
    if pair.min() < 0.4 * pair.max() or pair.sum() < 0.92 * power.sum():
        return ""
    if not TWIST_MIN <= high_power.sum() / low_power.sum() <= TWIST_MAX:
        return ""
    if min(low_power.mean(), high_power.mean()) < POWER_MIN:
        return ""
    low_hz = _sine_hz(low[EDGE:-EDGE], 400, coherence=0.95, fit=0.945)
    high_hz = _sine_hz(high[EDGE:-EDGE], 1024, coherence=0.80, fit=0.86)
    row, column = _nearest(low_hz, LOW_HZ), _nearest(high_hz, HIGH_HZ)
    if row is None or column is None or abs(high_hz / HIGH_HZ[column] - low_hz / LOW_HZ[row]) > 0.034:
        return ""
    return KEYS[4 * row + column]


def _power(look: Complex) -> NDArray[np.float64]:
    return look.real**2 + look.imag**2


def _sine_hz(look: Complex, from_hz: float, coherence: float, fit: float) -> float:
    """The one frequency, within 800 Hz from `from_hz` up, that turns so far from look to look; 0 if it is not one."""
    early, late = look[:-1], look[1:]
    turns = np.vdot(early, late)
    if abs(turns) ** 2 < coherence * _power(late).sum() * _power(early).sum():
        return 0.0
    angle = float(np.angle(turns))
    unwound = look * np.exp(-1j * angle * np.arange(len(look)))
    if abs(unwound.sum()) ** 2 < fit * len(look) * _power(look).sum():
        return 0.0
    hz = angle / (2 * np.pi) * HOPS_PER_S
    return hz + HOPS_PER_S * math.ceil((from_hz - hz) / HOPS_PER_S)


def _nearest(hz: float, nominal_hz: tuple[float, ...]) -> int | None:
    return next((i for i, f in enumerate(nominal_hz) if abs(hz - f) <= 0.0205 * f), None)
