"""Music on hold: a loop without a seam, as quiet as it should be, the same at both rates."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from voice.errors import ConfigError
from voice.music import BARS, BEAT_S, BEATS, LEVEL_DBOV, PHRASE_BARS, music


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_the_loop_is_whole_quiet_and_has_no_seam(rate_hz: int) -> None:
    phrases = music(rate_hz)
    loop = np.concatenate([phrase.pcm for phrase in phrases]).astype(float)
    assert len(phrases) == BARS // PHRASE_BARS
    assert len(loop) == pytest.approx(BARS * BEATS * BEAT_S * rate_hz, abs=BARS * BEATS)
    assert 10 * np.log10((loop**2).mean() / 32768**2) == pytest.approx(LEVEL_DBOV, abs=0.3)
    assert abs(loop).max() < 0.5 * 32768
    # From the last sample to the first it steps no further than anywhere else.
    assert abs(loop[0] - loop[-1]) <= abs(np.diff(loop)).max()
    quietest = min((window**2).mean() for window in np.split(loop[: len(loop) // 8 * 8], 8))
    assert quietest > (loop**2).mean() / 8, "it never falls silent: one would think the line dead"


def test_each_phrase_has_a_key_of_its_own() -> None:
    keys = {phrase.key for rate in (8000, 16000) for phrase in music(rate)}
    assert len(keys) == 2 * BARS // PHRASE_BARS


def test_a_file_that_is_no_music_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="cannot be used"):
        music(8000, str(tmp_path / "none.wav"))
