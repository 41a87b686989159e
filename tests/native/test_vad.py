"""The detector called without the GIL decides exactly as the `webrtcvad` package does."""

import numpy as np
import pytest
import webrtcvad

from native.vad import Vad


def sounds(rate: int) -> np.ndarray:
    """Noise bursts, tones and near-silence in turn, 6 s."""
    rng = np.random.default_rng(rate)
    t = np.arange(rate) / rate
    voice = sum(np.sin(2 * np.pi * f * t) / n for n, f in enumerate((140, 280, 420, 1200, 2400), 1)) * (
        1 + np.sin(2 * np.pi * 4 * t)
    )
    parts = [rng.normal(0, 30, rate), voice * 4000, rng.normal(0, 3000, rate), voice * 400, np.zeros(rate), voice * 8000]
    return np.clip(np.concatenate(parts), -32768, 32767).astype(np.int16)


@pytest.mark.parametrize("mode", [0, 1, 2, 3])
@pytest.mark.parametrize(("rate", "ms"), [(8000, 10), (8000, 20), (8000, 30), (16000, 20)])
def test_decisions_are_identical(mode: int, rate: int, ms: int) -> None:
    ours, theirs = Vad(mode, rate), webrtcvad.Vad(mode)
    samples, size = sounds(rate), rate * ms // 1000
    frames = [samples[at : at + size] for at in range(0, len(samples) - size, size)]
    decided = [ours.is_speech(frame) for frame in frames]
    assert decided == [theirs.is_speech(frame.tobytes(), rate) for frame in frames]
    assert len(set(decided)) == 2


def test_a_frame_of_another_length_is_refused() -> None:
    with pytest.raises(ValueError, match="10, 20 or 30 ms"):
        Vad().is_speech(np.zeros(161, np.int16))
