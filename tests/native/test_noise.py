"""The noise of a line against its plain twin, and what it must say of a voice in a steady noise."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native.noise import Noise
from tests.reference import noise as reference


@given(st.lists(st.floats(-127, 0, width=32), max_size=300))
def test_native_and_plain_agree(levels: list[float]) -> None:
    native = Noise()
    assert [native.feed(level) for level in levels] == pytest.approx(reference.noise(levels), abs=1e-3)


def test_the_noise_between_words_is_the_noise() -> None:
    native = Noise()
    heard = [native.feed(level) for _ in range(20) for level in [-40.0] * 6 + [-20.0] * 14]
    assert heard[-1] == pytest.approx(-40.0)


def test_a_noise_that_begins_is_known_within_two_seconds() -> None:
    native = Noise()
    for _ in range(200):
        native.feed(-70.0)
    heard = [native.feed(-30.0) for _ in range(100)]
    assert heard[50] == pytest.approx(-70.0)
    assert heard[-1] == pytest.approx(-30.0)
