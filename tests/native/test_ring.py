"""The ring against a plain list, and its two ways of saying no."""

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from native.ring import Ring


def ramp(start: int, count: int) -> np.ndarray:
    return (np.arange(start, start + count) % 30000).astype(np.int16)


@given(st.lists(st.integers(0, 960), max_size=60), st.integers(0, 20000), st.integers(0, 3000))
def test_reads_give_what_was_written_or_nothing(writes: list[int], start: int, count: int) -> None:
    ring = Ring(3000)
    total = 0
    for size in writes:
        ring.write(ramp(total, size))
        total += size
    found = ring.read(start, count)
    assert ring.written == total
    if found is None:
        assert count > 0
        assert start + count > total or total - start > 3000
    else:
        assert np.array_equal(found, ramp(start, count))


def test_too_late_is_an_overrun_and_too_early_is_not() -> None:
    ring = Ring(2000)
    for at in range(0, 9600, 960):
        ring.write(ramp(at, 960))
    assert ring.read(9600, 1) is None
    assert ring.overruns == 0
    assert ring.read(0, 160) is None
    assert ring.overruns == 1
    assert np.array_equal(ring.read(9600 - 2000, 2000), ramp(7600, 2000))


def test_a_write_longer_than_any_frame_is_refused() -> None:
    with pytest.raises(ValueError, match="960"):
        Ring(2000).write(ramp(0, 961))


@pytest.mark.parametrize("size", [0, -5, 1 << 25])
def test_a_size_out_of_range_is_refused(size: int) -> None:
    with pytest.raises(ValueError, match="a ring holds"):
        Ring(size)
