"""How the highest number of streams is found, and what counts as late."""

from __future__ import annotations

import numpy as np
import pytest

from bench import stream_process
from bench.rtp import FRAME_SAMPLES
from bench.stream_process import NEVER_MS, Lags
from bench.streams import LAG_MS, Look, highest


@pytest.mark.parametrize("limit", [2, 3, 10, 17, 25, 60, 200])
def test_the_highest_number_is_found_to_a_few_hundredths(limit: int) -> None:
    found = highest(lambda streams: streams <= limit, most=400)
    assert found <= limit
    assert limit - found <= max(1, round(0.06 * limit))


def test_no_number_at_all_and_no_end() -> None:
    assert highest(lambda streams: False) == 0
    assert 47 <= highest(lambda streams: True, most=50) <= 50


def test_one_bad_look_may_be_the_neighbours() -> None:
    looks = iter([False, True])
    assert highest(lambda streams: next(looks, streams <= 10)) >= 9


def test_late_is_what_is_later_than_the_limit() -> None:
    assert Look(1, 10, LAG_MS, 0, 5).in_time
    assert not Look(1, 10, LAG_MS + 1, 0, 5).in_time


@pytest.fixture
def lags(monkeypatch: pytest.MonkeyPatch) -> Lags:
    """Two streams of a sound that is spoken in every other frame."""
    spoken = np.arange(100) % 2 == 0
    monkeypatch.setattr(stream_process, "talk", lambda: (np.zeros(100 * FRAME_SAMPLES, dtype=np.int16), spoken))
    return Lags(2, seconds=2.0)


def test_only_frames_of_speech_count_and_each_from_its_own_moment(lags: Lags) -> None:
    there_s = np.broadcast_to((np.arange(lags.frames) + 1) * 0.02, lags.heard_s.shape)
    lags.heard_s[:] = there_s + 0.1
    found = lags.figures(there_s, 5.0)
    assert found["lag_p95_ms"] == pytest.approx(100)
    assert found["never"] == 0


def test_what_no_result_had_in_is_never_there(lags: Lags) -> None:
    there_s = np.broadcast_to((np.arange(lags.frames) + 1) * 0.02, lags.heard_s.shape)
    lags.heard_s[0] = there_s[0] + 0.05
    found = lags.figures(there_s, 5.0)
    assert found["never"] == 0.5
    assert found["lag_p95_ms"] == NEVER_MS
    assert found["lag_p50_ms"] == pytest.approx(50)


def test_the_first_result_with_a_frame_counts(lags: Lags) -> None:
    lags.begun -= 1.0
    lags.heard(0, -3, 5)
    first = lags.heard_s[0, :5].copy()
    lags.heard(0, 0, 10)
    assert np.array_equal(lags.heard_s[0, :5], first)
    assert np.isinf(lags.heard_s[0, 10:]).all()
    assert np.isinf(lags.heard_s[1]).all()
