"""Levels against the plain twin and against the figures of RFC 6465."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as hnp

from native.level import dbov
from tests.reference import level as reference


@given(hnp.arrays(np.int16, st.integers(0, 960)))
def test_native_and_plain_agree(samples: np.ndarray) -> None:
    assert dbov(samples) == pytest.approx(reference.dbov(samples), abs=0.01)


def test_overload_sine_and_silence() -> None:
    square = np.where(np.arange(800) % 2, 32767, -32768).astype(np.int16)
    sine = (32767 * np.sin(np.arange(8000) * 2 * np.pi * 1000 / 8000)).astype(np.int16)
    assert dbov(square) == pytest.approx(0.0, abs=0.01)
    assert dbov(sine) == pytest.approx(-3.01, abs=0.01)
    assert dbov(np.zeros(160, np.int16)) == -127.0
