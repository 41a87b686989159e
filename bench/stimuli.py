"""What is said in the measurements: synthetic speech (flite), cut and joined so that its edges are known to the sample."""

from __future__ import annotations

import contextlib
import hashlib
import os
import random
from functools import lru_cache
from importlib import resources
from pathlib import Path

import numpy as np

from bench.process import CACHE
from bench.rtp import FRAME_SAMPLES, RATE_HZ, Samples
from ivr.flow import Flow, load
from voice.speech.espeak import EspeakVoice
from voice.speech.festival import FestivalVoice
from voice.speech.flite import FliteVoice
from voice.speech.protocol import Voice

VOICES = ("slt", "rms", "awb")
RUSSIAN = "festival"
ESPEAK = "espeak-"
EDGE_DBOV = -40.0

TALK = (
    "hello, i am calling about my parcel",
    "it was sent last monday and it has not arrived",
    "the number begins with four seven one",
    "could you tell me where it is now",
    "thank you, that is all i wanted to know",
)
PROMPT_RU = (
    "Мы доставляем каждый день с девяти утра до девяти вечера, курьер звонит за час до приезда.",
    "Чтобы изменить день или адрес, перейдите по ссылке в нашем сообщении, не позднее чем накануне вечером.",
    "Большинство посылок приходит в течение двух дней, по ссылке видно, где ваша прямо сейчас.",
)
PROMPT = (
    "We deliver every day from nine in the morning until nine at night, and the courier calls an hour before.",
    "To change the day or the address, use the link in our text message, up to the evening before.",
    "Most parcels reach you within two days, and the link shows where yours is right now.",
)


def engine(name: str) -> Voice:
    """Whose voice that is."""
    if name == RUSSIAN:
        return FestivalVoice()
    if name.startswith(ESPEAK):
        return EspeakVoice(name.removeprefix(ESPEAK))
    return FliteVoice("en", name)


@lru_cache(maxsize=64)
def speech(text: str, voice: str = "slt") -> Samples:
    """`text` at 8 kHz without the silence around it. Raises ModelMissing where the engine is not installed.

    voice: one of VOICES or another of flite's, RUSSIAN, or espeak-LANGUAGE; behind an @ how much slower it speaks (0.85: faster).
    """
    kept = CACHE / (hashlib.sha256(f"{voice}\0{text}".encode()).hexdigest()[:24] + ".npy")
    if kept.exists():
        return trimmed(np.load(kept))
    name, _, slower = voice.partition("@")
    with contextlib.closing(engine(name)) as speaker:
        sound = speaker.render(text, RATE_HZ, float(slower or 1))
    CACHE.mkdir(parents=True, exist_ok=True)
    part = kept.with_suffix(f".{os.getpid()}.part")  # another process may be at the same words
    with part.open("wb") as file:
        np.save(file, sound)
    part.replace(kept)
    return trimmed(sound)


@lru_cache(maxsize=1)
def flow() -> Flow:
    """The flow that comes along."""
    return load(Path(str(resources.files("ivr"))) / "flows" / "hotline.yaml")


@lru_cache(maxsize=2)
def sentences(count: int) -> tuple[str, ...]:
    """So many sentences as callers say them, put together from the phrases of the flow that comes along, by a fixed seed."""
    flow = load(Path(str(resources.files("ivr"))) / "flows" / "hotline.yaml")
    phrases = sorted(
        {phrase for step in flow.steps.values() for choice in step.choices for phrase in choice.phrases.get("en", ())}
    )
    draw = random.Random(11)
    return tuple(", and ".join(draw.sample(phrases, 3)) + f", {draw.randrange(10_000):04d}." for _ in range(count))


def levels_dbov(samples: Samples, step: int) -> np.ndarray:
    """RMS level of every `step` samples, an incomplete last one left out."""
    whole = samples[: len(samples) // step * step].astype(np.float64).reshape(-1, step)
    return np.asarray(10 * np.log10(np.mean(whole**2, axis=1) / 32768**2 + 1e-13))


def trimmed(samples: Samples, edge_dbov: float = EDGE_DBOV) -> Samples:
    """From the first to the last 5 ms that are louder than `edge_dbov`: what a listener would call the beginning and the end."""
    step = RATE_HZ // 200
    loud = np.flatnonzero(levels_dbov(samples, step) > edge_dbov)
    return samples[loud[0] * step : (loud[-1] + 1) * step] if len(loud) else samples[:0]


def ending_on_a_frame(samples: Samples) -> Samples:
    """Silence in front, so that the last sample of the voice is the last one of its packet."""
    return np.concatenate([np.zeros(-len(samples) % FRAME_SAMPLES, dtype=np.int16), samples])


def beginning_on_a_frame(samples: Samples) -> Samples:
    """Silence behind, so that the first sample of the voice is the first one of its packet."""
    return np.concatenate([samples, np.zeros(-len(samples) % FRAME_SAMPLES, dtype=np.int16)])


def without_pauses(samples: Samples, least_dbov: float = -38.0) -> Samples:
    """Only the frames that are louder than `least_dbov`: a prompt whose every packet sounds, so that its last one is no pause of its own."""
    whole = samples[: len(samples) // FRAME_SAMPLES * FRAME_SAMPLES].reshape(-1, FRAME_SAMPLES)
    return np.ascontiguousarray(whole[levels_dbov(samples, FRAME_SAMPLES) > least_dbov].ravel())


def conversation(share: float = 0.4) -> Samples:
    """About half a minute of callers' talk, of which `share` is speech and the rest pauses with a soft noise; whole frames."""
    parts: list[Samples] = []
    noise = np.random.default_rng(7)
    for number, text in enumerate(TALK * 2):
        said = speech(text, VOICES[number % len(VOICES)])
        pause = noise.normal(0, 6, int(len(said) * (1 - share) / share)).astype(np.int16)
        parts += [said, pause]
    return beginning_on_a_frame(np.concatenate(parts))


def prompt(language: str = "en") -> Samples:
    """A quarter of a minute of a house's talk; whole frames."""
    voice, texts = ("awb", PROMPT) if language == "en" else (RUSSIAN, PROMPT_RU)
    return beginning_on_a_frame(np.concatenate([speech(text, voice) for text in texts]))
