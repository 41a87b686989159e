"""The log-mel spectrogram that Whisper hears: 80 Slaney mel bands, 25 ms Hann window, 10 ms step (Radford et al. 2022, section 2.2).

Whisper was trained at 16 kHz. Telephone sound at 8 kHz is not resampled: a 25 ms window of 200 samples has the very bins (0, 40 ... 4000 Hz)
that the first half of the 16 kHz window has, at half the amplitude, and the bins above 4 kHz are empty either way.

All is computed in 64 bits and rounded once, to 32. numpy and OpenBLAS choose their kernels by the CPU, which differ in the last bit: in 32 bits
that made other words of a doubtful sound on another machine.
"""

from __future__ import annotations

from functools import cache

import numpy as np
import numpy.typing as npt

BANDS = 80
FRAMES_PER_S = 100
MODEL_HZ = 16000
WINDOW_S = 0.025
# Frames multiplied at once. For more than half a million products OpenBLAS takes threads, which spin for 60 ms of CPU when they are done.
BLOCK = 16

Features = npt.NDArray[np.float32]
Exact = npt.NDArray[np.float64]


def hz_of_mel(mel: Exact) -> Exact:
    """Slaney's scale: 15 mel per kHz up to 1 kHz, 27 mel per factor of 6.4 above."""
    return np.where(mel < 15, mel * 200 / 3, 1000 * np.exp(np.log(6.4) / 27 * (mel - 15)))


@cache
def filters(rate_hz: int) -> Exact:
    """Triangles of equal area, shape (80, rate_hz / 80 + 1): weight of each bin of 40 Hz in each band."""
    top_mel = 15 + 27 * np.log(MODEL_HZ / 2 / 1000) / np.log(6.4)
    edges_hz = hz_of_mel(np.linspace(0, top_mel, BANDS + 2))
    bins_hz = np.arange(int(rate_hz * WINDOW_S) // 2 + 1) / WINDOW_S
    low, centre, high = (edges_hz[k : k + BANDS, None] for k in range(3))
    rising = (bins_hz - low) / (centre - low)
    falling = (high - bins_hz) / (high - centre)
    return np.asarray(np.maximum(0, np.minimum(rising, falling)) * 2 / (high - low))


def log_mel(samples: npt.NDArray[np.int16], rate_hz: int, frames: int) -> Features:
    """Features of shape (80, frames) of mono `samples` at 8000 or 16000 Hz; what is missing is silence, what is too long is cut."""
    window, step = int(rate_hz * WINDOW_S), rate_hz // FRAMES_PER_S
    wanted = frames * step
    sound = samples[:wanted] * (MODEL_HZ / rate_hz / 32768)
    voiced = min(frames, -(-len(sound) // step) + 2)  # frames that any sample reaches: only these need a transform
    padded = np.pad(sound, (0, max(0, voiced * step + window - len(sound))))
    padded = np.concatenate((padded[window // 2 : 0 : -1], padded))
    chunks = np.lib.stride_tricks.sliding_window_view(padded, window)[: voiced * step : step]
    bins = np.fft.rfft(chunks * np.hanning(window + 1)[:-1], axis=1)
    power = bins.real**2 + bins.imag**2
    mel = np.full((BANDS, frames), 1e-10)
    for at in range(0, voiced, BLOCK):
        upto = min(at + BLOCK, voiced)
        mel[:, at:upto] = np.maximum(filters(rate_hz) @ power[at:upto].T, 1e-10)
    log = np.log10(mel)
    return np.asarray((np.maximum(log, log.max() - 8) + 4) / 4, dtype=np.float32)
