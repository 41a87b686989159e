"""What a caller's line carries while the house speaks and nobody means to interrupt, and how callers interrupt who do mean it.

Coughs, knocks and noises are made from random numbers (a source and filter each), so that the same seed gives the same ones;
back-channels and interruptions are flite's. Echo is none of these: it is what the house says, given back (bench/false_stops.py).
"""

from __future__ import annotations

import random

import numpy as np

from bench.rtp import RATE_HZ, Samples
from bench.stimuli import VOICES, speech
from bench.tones import pcm16
from bench.turn_takers import SAID

MURMURS = (
    "uh huh",
    "um hum",  # flite spells "mm hmm" letter by letter
    "okay",
    "yeah",
    "right",
    "i see",
    "oh",
    "yes",
    "well",
    "okay, thanks",
)
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


def murmur(draw: random.Random) -> np.ndarray:
    """A back-channel: said while listening, without taking the turn."""
    return speech(draw.choice(MURMURS), draw.choice(VOICES)).astype(np.float64)


def interruption(draw: random.Random) -> np.ndarray:
    """An answer to the flow's first question, in one breath."""
    answers = [text for text in SAID["help"] if not text.startswith("hello |")]
    return speech(draw.choice(answers).replace(" | ", " "), draw.choice(VOICES)).astype(np.float64)


def resonance(source: np.ndarray, centre_hz: float, width_hz: float) -> np.ndarray:
    """Noise through one resonance: the ringing of a decaying sine."""
    at = np.arange(RATE_HZ // 50) / RATE_HZ
    return np.convolve(source, np.exp(-np.pi * width_hz * at) * np.sin(2 * np.pi * centre_hz * at), mode="same")


KINDS = {"cough": cough, "noise": noise, "back-channel": murmur, "meant": interruption}


def stimulus(kind: str, draw: random.Random) -> Samples:
    """One of a kind at a drawn level, through mu-law. Interruptions are as loud as people speak: the upper half of the levels."""
    sound = KINDS[kind](draw)
    least = (QUIET_DBOV + LOUD_DBOV) / 2 if kind == "meant" else QUIET_DBOV
    frame = RATE_HZ // 50
    padded = np.concatenate([sound, np.zeros(-len(sound) % frame)])
    loudest = np.sqrt(np.max(np.mean(padded.reshape(-1, frame) ** 2, axis=1)))
    scaled = padded * 10 ** (draw.uniform(least, LOUD_DBOV) / 20) * 32768 / loudest
    soft = np.random.default_rng(draw.randrange(2**32)).normal(0, LINE_NOISE, len(scaled))
    return pcm16(scaled + soft, "mu")
