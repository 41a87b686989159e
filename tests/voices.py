"""Synthetic callers for tests: speech from flite, festival and espeak-ng, the telephone's mu-law (ITU-T G.711), and noise.

Rendering is cached under build/voices by a hash of what was asked, so that a second run needs no synthesiser.
"""

from __future__ import annotations

import hashlib
import os
import shutil
import subprocess
import tempfile
import wave
from pathlib import Path

import numpy as np
import numpy.typing as npt
import soxr

Samples = npt.NDArray[np.int16]

CACHE = Path(__file__).resolve().parent.parent / "build" / "voices"
FESTIVAL_RUSSIAN = "voice_msu_ru_nsh_clunits"


def engine_for(language: str) -> str:
    """The program that speaks this language here: flite for English, festival for Russian, espeak-ng for all else."""
    return {"en": "flite", "ru": "festival"}.get(language, "espeak-ng")


def can_speak(language: str) -> bool:
    """True where the program for this language is installed (tests skip themselves otherwise)."""
    return shutil.which({"festival": "text2wave"}.get(engine_for(language), engine_for(language))) is not None


def speak(text: str, language: str, voice: str | None = None, rate_hz: int = 8000) -> Samples:
    """Speak `text` as mono int16 at `rate_hz`. `voice`: slt, rms, awb, kal for flite (slt); an espeak-ng voice; else ignored.

    A voice that begins with "espeak-ng:" uses espeak-ng for any language ("espeak-ng:ru").
    """
    engine = engine_for(language)
    if voice and voice.startswith("espeak-ng:"):
        engine, voice = "espeak-ng", voice.partition(":")[2]
    voice = voice or {"flite": "slt", "festival": FESTIVAL_RUSSIAN}.get(engine, language)
    key = hashlib.sha256("\0".join((engine, voice, text, str(rate_hz))).encode()).hexdigest()[:24]
    cached = CACHE / f"{key}.npy"
    if cached.exists():
        return np.asarray(np.load(cached), dtype=np.int16)
    samples = _resample(*_render(engine, voice, text), rate_hz)
    CACHE.mkdir(parents=True, exist_ok=True)
    handle, unfinished = tempfile.mkstemp(dir=CACHE, suffix=".npy")
    with os.fdopen(handle, "wb") as file:
        np.save(file, samples)
    Path(unfinished).replace(cached)
    return samples


def mu_law(samples: Samples) -> Samples:
    """To 8-bit mu-law and back, as a PCMU call does (ITU-T G.711, the bias of 33 and eight segments of the 14-bit form)."""
    magnitude = np.minimum(np.abs(samples.astype(np.int32) >> 2), 8158) + 33
    segment = np.floor(np.log2(magnitude)).astype(np.int32) - 5
    step = (magnitude >> (segment + 1)) & 0x0F
    decoded = ((2 * step + 33) << segment) - 33
    return np.asarray(np.where(samples < 0, -decoded, decoded) << 2, dtype=np.int16)


def add_noise(samples: Samples, snr_db: float, seed: int) -> Samples:
    """Add pink-ish noise (white through a one-pole low-pass) at `snr_db` below the mean power of `samples`."""
    white = np.random.default_rng(seed).standard_normal(len(samples) + 64)
    noise = np.convolve(white, 0.85 ** np.arange(64), mode="same")[: len(samples)]
    power = float(np.mean(samples.astype(np.float64) ** 2))
    noise *= np.sqrt(power / 10 ** (snr_db / 10) / np.mean(noise**2))
    return np.asarray(np.clip(samples + noise, -32768, 32767), dtype=np.int16)


def silence(duration_ms: int, rate_hz: int = 8000, level: float = 0.0, seed: int = 0) -> Samples:
    """Nothing, or white noise with a standard deviation of `level` (of 32768)."""
    noise = np.random.default_rng(seed).standard_normal(duration_ms * rate_hz // 1000) * level
    return np.asarray(np.clip(noise, -32768, 32767), dtype=np.int16)


def _render(engine: str, voice: str, text: str) -> tuple[Samples, int]:
    with tempfile.TemporaryDirectory() as directory:
        out = Path(directory) / "speech.wav"
        if engine == "flite":
            command, given = ["flite", "-voice", voice, "-t", text, "-o", str(out)], ""
        elif engine == "festival":
            command, given = ["text2wave", "-eval", f"({voice})", "-o", str(out)], text
        else:
            command, given = ["espeak-ng", "-v", voice, "-w", str(out), text], ""
        subprocess.run(command, input=given, text=True, check=True, capture_output=True, timeout=60)
        with wave.open(str(out), "rb") as file:
            return np.frombuffer(file.readframes(file.getnframes()), dtype="<i2"), file.getframerate()


def _resample(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    return samples if from_hz == to_hz else np.asarray(soxr.resample(samples, from_hz, to_hz), dtype=np.int16)
