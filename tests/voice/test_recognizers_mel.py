"""The log-mel spectrogram against its definition, and at 8 kHz against itself at 16 kHz."""

from __future__ import annotations

import numpy as np
import pytest
import soxr

from tests.voices import silence
from voice.recognizers.mel import BANDS, BLOCK, filters, log_mel


def slow_log_mel(samples: np.ndarray, frames: int) -> np.ndarray:
    """The same by the book at 16 kHz: one frame and one bin at a time, a DFT by its sum."""
    padded = np.zeros(frames * 160 + 400)
    padded[: len(samples)] = samples / 32768
    padded = np.concatenate((padded[200:0:-1], padded))
    n = np.arange(400)
    hann = 0.5 - 0.5 * np.cos(2 * np.pi * n / 400)
    waves = np.exp(-2j * np.pi * np.outer(np.arange(201), n) / 400)
    spectra = [np.abs(waves @ (padded[t * 160 : t * 160 + 400] * hann)) ** 2 for t in range(frames)]
    log = np.log10(np.maximum(filters(16000).astype(float) @ np.array(spectra).T, 1e-10))
    return (np.maximum(log, log.max() - 8) + 4) / 4


def test_agrees_with_the_definition() -> None:
    samples = (8000 * np.sin(np.arange(3000) * 2 * np.pi * 700 / 16000)).astype(np.int16)
    assert np.allclose(log_mel(samples, 16000, 40), slow_log_mel(samples, 40), atol=2e-3)


def test_filters_are_triangles_of_equal_area() -> None:
    weights = filters(16000)
    assert weights.shape == (BANDS, 201)
    assert np.allclose(weights[40:].sum(axis=1) * 40, 1, atol=0.12)
    assert filters(8000).shape == (BANDS, 101)
    assert np.array_equal(filters(8000), weights[:, :101])


def test_telephone_sound_needs_no_resampling() -> None:
    narrow = silence(1500, level=2000, seed=3)
    wide = np.asarray(soxr.resample(narrow, 8000, 16000), dtype=np.int16)
    below_3500_hz = slice(0, 60)
    apart = np.abs(log_mel(narrow, 8000, 150)[below_3500_hz, 5:140] - log_mel(wide, 16000, 150)[below_3500_hz, 5:140])
    assert apart.mean() < 0.01


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_any_length_fills_the_frames_asked_for(rate_hz: int) -> None:
    for length in (0, 1, 79, 4000, 20 * rate_hz):
        features = log_mel(np.ones(length, dtype=np.int16), rate_hz, 700)
        assert features.shape == (BANDS, 700)
        assert features.dtype == np.float32
        assert np.isfinite(features).all()


def test_no_product_is_so_large_that_the_library_takes_threads_for_it() -> None:
    assert max(filters(rate_hz).size for rate_hz in (8000, 16000)) * BLOCK < 500_000


def test_no_bit_depends_on_the_kernel_that_the_library_chooses(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.concatenate([silence(100, level=10**loud, seed=loud) for loud in (1, 2, 3, 4)])
    seen = []
    for block in (1, 7, BLOCK):  # a vector, a small and a larger matrix are other kernels
        monkeypatch.setattr("voice.recognizers.mel.BLOCK", block)
        seen.append(log_mel(sound, 8000, 100).tobytes())
    assert len(set(seen)) == 1
