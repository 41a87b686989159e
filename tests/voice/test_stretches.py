"""Where somebody speaks in a sound that is whole."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from tests.voices import speak
from voice.stretches import LONGEST_MS, stretches

LONG = "We went on along the river and over all the low hills in the warm wind, " * 6


def voice(rate_hz: int, seconds: float) -> np.ndarray:
    """Somebody who does not draw breath."""
    sound = speak(LONG, "en", rate_hz=rate_hz)
    loud = np.flatnonzero(np.abs(sound) > 1000)[0]
    return sound[loud : loud + round(seconds * rate_hz)]


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_each_is_found_where_it_is(rate_hz: int) -> None:
    pause = np.zeros(rate_hz, dtype=np.int16)
    sound = np.concatenate([pause, voice(rate_hz, 1), pause, voice(rate_hz, 2.5), pause])
    found = [(begin / rate_hz, end / rate_hz) for begin, end in stretches(sound, rate_hz)]
    assert [pytest.approx(time, abs=0.3) for time in (1, 2, 3, 5.5)] == [time for pair in found for time in pair]


def test_silence_and_nothing_have_none() -> None:
    assert stretches(np.zeros(8000, dtype=np.int16), 8000) == []
    assert stretches(np.zeros(0, dtype=np.int16), 8000) == []


def test_a_voice_to_the_last_sample_is_heard_to_its_end() -> None:
    sound = voice(8000, 1)
    [(begin, end)] = stretches(sound, 8000)
    assert (begin, end) == (0, pytest.approx(len(sound), abs=160))


def test_one_that_never_rests_comes_in_parts_that_do_not_overlap() -> None:
    found = stretches(voice(8000, 20), 8000)
    assert len(found) >= 2
    assert all(end - begin <= LONGEST_MS * 8 + 160 for begin, end in found)
    assert all(before[1] <= after[0] for before, after in itertools.pairwise(found))
    assert sum(end - begin for begin, end in found) > 19 * 8000
