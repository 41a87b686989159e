"""Last touch on every rendering: rate, silence at both ends, level, peaks, fades. Levels in dBov (RFC 6465: 0 dBov is overload).

Resampling is soxr's, for its linear-phase filter is flat within 0.03 dB up to 3.7 kHz at 8 kHz and what it aliases lies under the
last bit of 16, at a millisecond for 10 s of speech (tests/voice/test_speech_mastering.py holds it to that). The low-pass of the
telephone band (ITU-T G.712) is the one that 8 kHz implies.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import soxr

from voice.errors import SpeechError
from voice.speech.protocol import Samples

VERSION = "1"  # part of every cache key: count it up when anything below changes what is heard

SPEECH_DBOV = -20.0
PEAK_DBOV = -1.0
LEAD_MS = 5
TAIL_MS = 20
FADE_MS = 5

_GAIN_MAX_DB = 30.0  # a nearly silent recording is not blown up into noise
_NOTHING_DBOV = -60.0  # no frame above this: nobody speaks here
_AUDIBLE_DB = 32.0  # an edge is audible down to this far under active speech: a weak f or s still counts
_NOISE_DB = 7.0  # and it has to stand out of the recording's own noise by this much
_NOISE_LEAST_DB = 25.0  # but what is within this of speech is never taken for noise: it is an f at the beginning of "five"
_MARGIN_DB = 15.9  # ITU-T P.56: speech is active within this margin under its mean level
_EDGE_MS = 2
_LEVEL_MS = 20
_LIMIT_MS = 2

Floats = npt.NDArray[np.float32]


def resampled(samples: Samples, from_hz: int, to_hz: int) -> Samples:
    """The same sound at another rate, mono int16. A peak that the filter pushes over full scale is clipped there."""
    if from_hz == to_hz or not len(samples):
        return samples
    signal: Floats = soxr.resample(samples.astype(np.float32) / 32768.0, from_hz, to_hz, quality="HQ")
    return to_int16(signal)


def to_int16(signal: Floats) -> Samples:
    """Float (full scale 1.0) to int16, rounded and clipped."""
    samples: Samples = np.clip(np.rint(signal * 32768.0), -32768, 32767).astype(np.int16)
    return samples


def mastered(samples: Samples, rate_hz: int) -> Samples:
    """Ready to be sent: speech at -20 dBov, no peak above -1 dBov, first sound within 10 ms.

    Raises SpeechError where it is silent.
    """
    signal = samples.astype(np.float32) / 32768.0
    active_dbov = active_level_dbov(signal, rate_hz)
    if active_dbov < _NOTHING_DBOV:
        raise SpeechError("the voice gave silence", "Look at the engine or the recording with `hotline doctor`.")
    signal = _trimmed(signal, rate_hz, active_dbov)
    signal *= np.float32(10 ** (min(SPEECH_DBOV - active_dbov, _GAIN_MAX_DB) / 20))
    return to_int16(_faded(_limited(signal, rate_hz), rate_hz))


def active_level_dbov(signal: Floats, rate_hz: int) -> float:
    """Level of the speech itself, pauses left out, in the manner of ITU-T P.56 on 20 ms frames; -inf for digital silence."""
    power = _power(signal, _frame(rate_hz))
    active = power[power > 0]
    for _ in range(8):  # the gate rises with the mean it leaves; it is settled after three or four rounds
        if not len(active):
            return -np.inf
        kept = active[active > active.mean() * 10 ** (-_MARGIN_DB / 10)]
        if len(kept) == len(active):
            break
        active = kept
    return float(10 * np.log10(active.mean()))


def _frame(rate_hz: int) -> int:
    return rate_hz * _LEVEL_MS // 1000


def _power(signal: Floats, frame: int) -> npt.NDArray[np.float64]:
    """Mean power of each frame; the last, shorter one counts as if silence followed."""
    if not len(signal):
        return np.zeros(0)
    padded = np.zeros(-(-len(signal) // frame) * frame)
    padded[: len(signal)] = signal
    power: npt.NDArray[np.float64] = np.square(padded).reshape(-1, frame).mean(axis=1)
    return power


def _trimmed(signal: Floats, rate_hz: int, active_dbov: float) -> Floats:
    frame = rate_hz * _EDGE_MS // 1000
    levels_dbov = 10 * np.log10(_power(signal, frame) + 1e-12)
    noise_power = _power(signal[: len(signal) - len(signal) % _frame(rate_hz)], _frame(rate_hz)).min(initial=1.0)
    noise_dbov = 10 * np.log10(noise_power + 1e-12)  # the quietest 20 ms anywhere
    threshold_dbov = max(active_dbov - _AUDIBLE_DB, min(noise_dbov + _NOISE_DB, active_dbov - _NOISE_LEAST_DB))
    audible = np.flatnonzero(levels_dbov > threshold_dbov)
    first = audible[0] * frame - LEAD_MS * rate_hz // 1000
    last = (audible[-1] + 1) * frame + TAIL_MS * rate_hz // 1000
    return signal[max(first, 0) : last].copy()


def _limited(signal: Floats, rate_hz: int) -> Floats:
    """Turn peaks down without a step: the least gain needed within 2 ms, smoothed over as long, so no sample passes the limit."""
    limit = 10 ** (PEAK_DBOV / 20)
    need = np.minimum(1.0, limit / np.maximum(np.abs(signal), 1e-9))
    if need.min() >= 1.0:
        return signal
    half = rate_hz * _LIMIT_MS // 1000
    least = np.lib.stride_tricks.sliding_window_view(np.pad(need, half, constant_values=1.0), 2 * half + 1).min(axis=1)
    kernel = np.hanning(2 * half + 3)[1:-1]
    gain = np.convolve(np.pad(least, half, mode="edge"), kernel / kernel.sum(), mode="valid")
    return (signal * gain).astype(np.float32)


def _faded(signal: Floats, rate_hz: int) -> Floats:
    length = min(FADE_MS * rate_hz // 1000, len(signal) // 2)
    ramp = (np.arange(length, dtype=np.float32) + 0.5) / max(length, 1)
    signal[:length] *= ramp
    signal[len(signal) - length :] *= ramp[::-1]
    return signal
