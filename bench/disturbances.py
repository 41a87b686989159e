"""What a caller's line carries while the house speaks and nobody means to interrupt, and how callers interrupt who do mean it.

Coughs, knocks and noises are made from random numbers (a source and filter each), so that the same seed gives the same ones;
back-channels and interruptions are synthetic voices' (bench/interrupters.py). Echo is none of these: it is what the house says,
given back (bench/false_stops.py).
"""

from __future__ import annotations

import random

import numpy as np

from bench.interrupters import USUAL, Interrupters
from bench.rtp import RATE_HZ, Samples
from bench.stimuli import speech
from bench.tones import pcm16

QUIET_DBOV, LOUD_DBOV = -34.0, -18.0  # loudest 20 ms of a stimulus
LINE_NOISE = 5.0  # of 32768


def cough(draw: random.Random) -> np.ndarray:
    """One to three bursts of 120 to 300 ms: a sharp onset, noise through two broad throat resonances, a soft end."""
    noise = np.random.default_rng(draw.randrange(2**32))
    parts = []
    for _ in range(draw.randint(1, 3)):
        count = round(draw.uniform(0.12, 0.30) * RATE_HZ)
        source = noise.standard_normal(count)
        throat = resonance(source, draw.uniform(400, 700), 180) + 0.6 * resonance(source, draw.uniform(1100, 1800), 300)
        parts += [throat * np.exp(-np.arange(count) / (count / 3)), np.zeros(round(draw.uniform(0.06, 0.2) * RATE_HZ))]
    return np.concatenate(parts)


def noise(draw: random.Random) -> np.ndarray:
    """A knock, a hiss, a passing car, or a rustle, of 60 ms to 2 s."""
    source = np.random.default_rng(draw.randrange(2**32))
    kind = draw.choice(("knock", "hiss", "car", "rustle"))
    seconds = {"knock": 0.12, "hiss": 0.6, "car": 2.0, "rustle": 1.0}[kind] * draw.uniform(0.5, 1.0)
    count = round(seconds * RATE_HZ)
    white, at = source.standard_normal(count), np.arange(count) / count
    if kind == "knock":
        return resonance(white, draw.uniform(150, 500), 120) * np.exp(-6 * at)
    if kind == "car":
        return np.convolve(white, 0.97 ** np.arange(200), mode="same") * np.hanning(count)
    if kind == "rustle":
        return white * np.repeat(source.random(count // 160 + 1), 160)[:count] ** 3
    return white


def resonance(source: np.ndarray, centre_hz: float, width_hz: float) -> np.ndarray:
    """Noise through one resonance: the ringing of a decaying sine."""
    at = np.arange(RATE_HZ // 50) / RATE_HZ
    return np.convolve(source, np.exp(-np.pi * width_hz * at) * np.sin(2 * np.pi * centre_hz * at), mode="same")


NOISES = {"cough": cough, "noise": noise}


def stimulus(kind: str, draw: random.Random, who: Interrupters = USUAL) -> Samples:
    """A cough, a noise, a back-channel or what is meant, at a drawn level, through mu-law.

    Interruptions are as loud as people speak: the upper half of the levels.
    """
    if kind in NOISES:
        sound = NOISES[kind](draw)
    else:
        text = draw.choice(who.interruptions if kind == "meant" else who.murmurs)
        sound = speech(text, draw.choice(who.voices)).astype(np.float64)
    least = (QUIET_DBOV + LOUD_DBOV) / 2 if kind == "meant" else QUIET_DBOV
    frame = RATE_HZ // 50
    padded = np.concatenate([sound, np.zeros(-len(sound) % frame)])
    loudest = np.sqrt(np.max(np.mean(padded.reshape(-1, frame) ** 2, axis=1)))
    scaled = padded * 10 ** (draw.uniform(least, LOUD_DBOV) / 20) * 32768 / loudest
    soft = np.random.default_rng(draw.randrange(2**32)).normal(0, LINE_NOISE, len(scaled))
    return pcm16(scaled + soft, "mu")
