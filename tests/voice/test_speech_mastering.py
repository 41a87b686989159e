"""Every rendering leaves with the same level, quick off the mark, without peaks or clicks; soxr is as good as is claimed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest

from voice.errors import SpeechError
from voice.speech.mastering import FADE_MS, PEAK_DBOV, SPEECH_DBOV, active_level_dbov, mastered, resampled

Samples = npt.NDArray[np.int16]
RATES = pytest.mark.parametrize("rate_hz", [8000, 16000])


def dbov(samples: Samples) -> float:
    return float(20 * np.log10(np.sqrt(np.mean(np.square(samples / 32768.0))) + 1e-12))


def tone(hz: float, seconds: float, rate_hz: int, peak: float = 16000) -> Samples:
    return (np.sin(2 * np.pi * hz * np.arange(round(seconds * rate_hz)) / rate_hz) * peak).astype(np.int16)


def speech(rate_hz: int, peak: float = 8000, lead_ms: int = 300, tail_ms: int = 400) -> Samples:
    """Syllables of noise under a 4 Hz envelope with a pause in the middle: as peaky as speech."""
    rng = np.random.default_rng(7)
    time_s = np.arange(2 * rate_hz) / rate_hz
    envelope = np.clip(np.sin(2 * np.pi * 4 * time_s), 0, None) ** 2 * ((time_s < 0.8) | (time_s > 1.2))
    voiced = rng.laplace(0, peak / 6, len(time_s)) * envelope
    silence = [np.zeros(ms * rate_hz // 1000) for ms in (lead_ms, tail_ms)]
    return np.clip(np.concatenate([silence[0], voiced, silence[1]]), -32768, 32767).astype(np.int16)


def first_audible_ms(samples: Samples, rate_hz: int, threshold_dbov: float = -50) -> float:
    return float(np.flatnonzero(np.abs(samples / 32768.0) > 10 ** (threshold_dbov / 20))[0] * 1000 / rate_hz)


@RATES
@pytest.mark.parametrize("peak", [600, 4000, 30000])
def test_loud_and_soft_come_out_at_the_same_level(rate_hz: int, peak: float) -> None:
    out = mastered(speech(rate_hz, peak), rate_hz)
    assert active_level_dbov((out / 32768).astype(np.float32), rate_hz) == pytest.approx(SPEECH_DBOV, abs=1.5)
    assert 20 * np.log10(np.abs(out.astype(np.int32)).max() / 32768) <= PEAK_DBOV + 0.01


@RATES
def test_silence_at_both_ends_goes_and_the_pause_within_stays(rate_hz: int) -> None:
    out = mastered(speech(rate_hz), rate_hz)
    assert first_audible_ms(out, rate_hz) <= 10
    assert first_audible_ms(out[::-1], rate_hz) <= 30
    assert 1.6 < len(out) / rate_hz < 2.06  # 2 s of syllables less their quiet edges; the 700 ms around them are gone


def test_recording_noise_counts_as_silence() -> None:
    noise = np.random.default_rng(3).normal(0, 32768 * 10 ** (-45 / 20), 3 * 8000)
    noise[8000:16000] += tone(300, 1, 8000, peak=12000)
    out = mastered(noise.astype(np.int16), 8000)
    assert len(out) / 8000 == pytest.approx(1.0, abs=0.06)


def test_both_ends_fade_without_a_click() -> None:
    out = mastered(tone(400, 0.5, 8000), 8000).astype(np.int32)
    fade = FADE_MS * 8
    assert np.abs(out[:2]).max() < np.abs(out).max() * 0.1
    assert np.abs(out[-2:]).max() < np.abs(out).max() * 0.1
    assert np.abs(out[:fade]).max() < np.abs(out[fade : 4 * fade]).max()


def test_the_limiter_bends_peaks_and_leaves_the_rest_alone() -> None:
    quiet = tone(300, 1, 8000, peak=1500)
    quiet[4000:4010] = 32000  # one click, 26 dB over the tone
    out = mastered(quiet, 8000).astype(np.int32)
    assert np.abs(out).max() <= 32768 * 10 ** (PEAK_DBOV / 20) + 1
    ratio = np.abs(out[100:3000]).max() / np.abs(quiet[100:3000].astype(np.int32)).max()
    after = np.abs(out[5000:7000]).max() / np.abs(quiet[5000:7000].astype(np.int32)).max()
    assert ratio == pytest.approx(after, rel=0.01)


@pytest.mark.parametrize("nothing", [np.zeros(8000, np.int16), np.zeros(0, np.int16), np.full(8000, 3, np.int16)])
def test_silence_is_no_speech(nothing: Samples) -> None:
    with pytest.raises(SpeechError, match="silence"):
        mastered(nothing, 8000)


def test_a_single_sample_does_no_harm() -> None:
    assert len(mastered(np.array([20000], np.int16), 8000)) <= 16


@pytest.mark.parametrize("from_hz", [16000, 22050, 44100, 48000])
def test_resampling_keeps_the_band_and_lets_nothing_alias(from_hz: int) -> None:
    for hz in (300, 1000, 3400, 3700):
        source = tone(hz, 1, from_hz)
        assert dbov(resampled(source, from_hz, 8000)[800:-800]) == pytest.approx(dbov(source), abs=0.03)
    for hz in (4300, 5000, 7000):
        assert dbov(resampled(tone(hz, 1, from_hz), from_hz, 8000)[800:-800]) < -85


def test_resampling_clips_instead_of_wrapping() -> None:
    square = np.where(np.arange(16000) // 40 % 2, 32767, -32768).astype(np.int16)
    out = resampled(square, 16000, 8000).astype(np.int32)
    assert np.abs(np.diff(out)).max() < 60000  # an overflow would jump from one end to the other
    assert out.max() == 32767


def test_the_same_rate_is_the_same_samples() -> None:
    samples = tone(440, 0.1, 8000)
    assert resampled(samples, 8000, 8000) is samples
