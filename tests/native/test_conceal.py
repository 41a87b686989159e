"""How the SIP library conceals what is lost (patch conceals-at-once): what comes in is heard as it comes, and no loss leaves a step."""

from __future__ import annotations

import ctypes
from collections.abc import Callable, Iterator

import numpy as np
import numpy.typing as npt
import pytest

import native.clock  # noqa: F401  # brings the library along

FRAME = 80  # what G.711 is concealed by: 10 ms
Sound = npt.NDArray[np.int16]
Conceal = Callable[[Sound, set[int]], Sound]


@pytest.fixture(scope="module")
def conceal() -> Iterator[Conceal]:
    """A sound as it is heard, where the frames of these numbers are lost."""
    base, media = ctypes.CDLL("libpj.so.2"), ctypes.CDLL("libpjmedia.so.2")
    base.pj_log_set_level(0)
    assert base.pj_init() == 0
    factory = ctypes.create_string_buffer(4096)
    base.pj_caching_pool_init(factory, None, ctypes.c_size_t(0))
    base.pj_pool_create.restype = ctypes.c_void_p
    size = ctypes.c_size_t(4000)
    pool = ctypes.c_void_p(base.pj_pool_create(factory, b"conceal", size, size, None))

    def heard(sound: Sound, lost: set[int]) -> Sound:
        plc = ctypes.c_void_p()
        assert media.pjmedia_plc_create(pool, 8000, FRAME, 0, ctypes.byref(plc)) == 0
        out = sound.copy()
        for number, frame in enumerate(out.reshape(-1, FRAME)):
            done = media.pjmedia_plc_generate if number in lost else media.pjmedia_plc_save
            assert done(plc, ctypes.c_void_p(frame.ctypes.data)) == 0
        return out

    yield heard
    base.pj_pool_release.argtypes = [ctypes.c_void_p]
    base.pj_pool_release(pool)
    base.pj_caching_pool_destroy(factory)
    base.pj_shutdown()


def vowel(frames: int, hz: float = 130) -> Sound:
    """A voiced sound: harmonics of one pitch."""
    at = np.arange(frames * FRAME) / 8000
    return (4000 * sum(np.sin(2 * np.pi * hz * k * at) / k for k in range(1, 8))).astype(np.int16)


def test_nothing_that_comes_is_held_back(conceal: Conceal) -> None:
    sound = vowel(50)
    assert np.array_equal(conceal(sound, set()), sound)


@pytest.mark.parametrize("hz", [90.0, 130.0, 210.0])
@pytest.mark.parametrize("lost", [{20}, {20, 21}, {20, 21, 22, 23}])
def test_a_loss_is_filled_without_a_step_and_what_follows_is_true(conceal: Conceal, hz: float, lost: set[int]) -> None:
    sound = vowel(50, hz)
    out = conceal(sound, lost)
    last = max(lost) + 1
    assert np.array_equal(out[: 20 * FRAME], sound[: 20 * FRAME])
    assert np.array_equal(out[(last + 1) * FRAME :], sound[(last + 1) * FRAME :])
    steps = np.abs(np.diff(out[19 * FRAME : (last + 1) * FRAME].astype(int)))
    assert steps.max() <= 1.1 * np.abs(np.diff(sound.astype(int))).max()
    filled = out[20 * FRAME : 21 * FRAME].astype(float)
    assert np.sqrt(np.mean(filled**2)) > 0.5 * np.sqrt(np.mean(sound.astype(float) ** 2))


def test_a_long_loss_fades_to_silence(conceal: Conceal) -> None:
    out = conceal(vowel(60), set(range(20, 40)))
    assert not out[35 * FRAME : 40 * FRAME].any()
