"""The judgement of a frame against its plain twin, and what it must say of voices, noises and silence."""

import numpy as np
import pytest

from bench.tones import pcm16
from native.voicing import Voicing
from tests.native.test_echo import talk
from tests.reference import voicing as reference
from tests.voices import mu_law, speak


def noise(frames: int, level: float = 600.0) -> np.ndarray:
    return np.random.default_rng(9).normal(0, level, frames * 160)


def test_native_and_plain_agree() -> None:
    sound = pcm16(np.concatenate([np.zeros(1600), noise(40), talk(4, 60).ravel() + noise(60), noise(30, 8000.0)]), "mu")
    assert Voicing().describe(sound) == pytest.approx(reference.described(sound), abs=2e-3)
    assert Voicing().judge(sound) == pytest.approx(reference.judged(sound), abs=2e-2)


def test_the_loudest_sound_overflows_nothing() -> None:
    square = np.tile(np.repeat([32767, -32768], 80), 20).astype(np.int16)
    assert Voicing().describe(square) == pytest.approx(reference.described(square), abs=2e-3)
    assert np.isfinite(Voicing().judge(square)).all()


def test_silence_and_a_steady_noise_are_no_voice_and_a_voice_in_it_is() -> None:
    quiet, steady = np.zeros(200 * 160), noise(600)
    steady[300 * 160 : 350 * 160] += talk(5, 50, 6000.0).ravel()
    odds = Voicing().judge(pcm16(np.concatenate([quiet, steady]), "mu"))
    assert (odds[:200] < 0).all()
    assert np.mean(odds[300:500] > 0) < 0.02
    assert np.mean(odds[502:548] > 0) > 0.9
    assert np.mean(odds[600:] > 0) < 0.02


def test_who_speaks_from_the_first_frame_on_and_does_not_draw_breath_is_heard_all_along() -> None:
    sound = speak("We went on along the river and over all the low hills in the warm wind, " * 3, "en")
    loud = int(np.flatnonzero(np.abs(sound) > 1000)[0])
    odds = Voicing().judge(mu_law(sound[loud : loud + 8 * 8000]))
    assert np.mean(odds > 0) > 0.9
    assert (odds[:5] > 0).any()


def test_at_twice_the_rate_it_is_the_same_voice() -> None:
    sound = pcm16(talk(6, 100).ravel() + noise(100), "mu")
    assert Voicing(16000).judge(np.repeat(sound, 2)) == pytest.approx(Voicing().judge(sound), abs=1e-6)


def test_a_rate_of_no_telephone_is_refused() -> None:
    with pytest.raises(ValueError, match="44100"):
        Voicing(44100)
