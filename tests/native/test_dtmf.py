"""The in-band detector against a generator, ITU-T Q.24 in miniature, and against its plain twin, sample by sample.

A grid is walked by drawing from it with a fixed seed; the same grids are walked at length under the mark `real`.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bench.tones import (
    HIGH_HZ,
    KEYS,
    LOW_HZ,
    Law,
    Pcm,
    Press,
    Sound,
    dial,
    interrupted,
    noisy,
    pcm16,
    samples_in,
    silence,
    sine,
    white,
)
from native.dtmf import Dtmf
from tests import voices
from tests.reference.dtmf import detect

RATES = (8000, 16000)
LAWS: tuple[Law, ...] = ("", "mu", "A")
FEW, MANY = 60, 5000

Draw = Callable[[np.random.Generator], Press]


def keys_in(pcm: Pcm, rate_hz: int = 8000) -> str:
    return Dtmf(rate_hz).feed(pcm)


def confirmed_at(pcm: Pcm, rate_hz: int = 8000) -> list[tuple[int, str]]:
    """Each key with the number of samples heard by then; fed by single looks of 1.25 ms."""
    detector, hop = Dtmf(rate_hz), rate_hz // 800
    fed = [(end, detector.feed(pcm[end - hop : end])) for end in range(hop, len(pcm) + 1, hop)]
    return [(end, key) for end, key in fed if key]


def drawn(rng: np.random.Generator, **chosen: float) -> Press:
    """A press that Q.24 admits, with any phases; `chosen` may take it beyond."""
    admitted: dict[str, float] = {
        "tone_ms": 40,
        "level_dbm0": rng.uniform(-25, 0),
        "twist_db": rng.choice([-8.0, 0.0, 4.0]),
        "low_error": rng.choice([-0.015, 0.0, 0.015]),
        "high_error": rng.choice([-0.015, 0.0, 0.015]),
        "low_phase": rng.uniform(0, 2 * np.pi),
        "high_phase": rng.uniform(0, 2 * np.pi),
    }
    return Press(KEYS[rng.integers(16)], **(admitted | chosen))


def led(press: Press, rng: np.random.Generator, rate_hz: int) -> Sound:
    """The press after a silence of any length, so that looks fall anywhere on its edges."""
    return np.concatenate([silence(40 + rng.uniform(0, 3), rate_hz), press.sound(rate_hz)])


def total_dbm0(press: Press) -> float:
    """Level of both frequencies together."""
    return press.level_dbm0 + 10 * float(np.log10(1 + 10 ** (-abs(press.twist_db) / 10)))


def either(rng: np.random.Generator, magnitude: float) -> float:
    return magnitude * float(rng.choice([-1.0, 1.0]))


ACCEPTED: dict[str, Draw] = {
    "40 ms, all corners": drawn,
    "40 ms, the loudest": lambda rng: drawn(rng, level_dbm0=0, twist_db=0),
    "any length": lambda rng: drawn(rng, tone_ms=rng.uniform(40, 120)),
    "8 dB fainter than Q.24 asks": lambda rng: drawn(rng, level_dbm0=-33, twist_db=rng.uniform(-8, 4)),
}
REJECTED: dict[str, Draw] = {
    "23 ms": lambda rng: drawn(rng, tone_ms=23),
    "shorter": lambda rng: drawn(rng, tone_ms=rng.uniform(1, 23)),
    "3.5 % off, low": lambda rng: drawn(rng, tone_ms=100, low_error=either(rng, 0.035)),
    "3.5 % off, high": lambda rng: drawn(rng, tone_ms=100, high_error=either(rng, 0.035)),
    "further off": lambda rng: drawn(rng, tone_ms=100, low_error=either(rng, rng.uniform(0.035, 0.045))),
    "-55 dBm0": lambda rng: drawn(rng, tone_ms=100, level_dbm0=rng.uniform(-70, -55)),
    "high far too weak": lambda rng: drawn(rng, tone_ms=100, twist_db=rng.uniform(-20, -12)),
    "low far too weak": lambda rng: drawn(rng, tone_ms=100, twist_db=rng.uniform(8, 16)),
}


def wrongly_heard(draw: Draw, accepted: bool, count: int, snr_db: float) -> list[tuple[str, Press]]:
    """Draws `count` presses through all codecs and rates, every other one in noise; what was not heard as it should."""
    rng = np.random.default_rng(24)
    wrong: list[tuple[str, Press]] = []
    for i, (law, rate_hz, in_noise) in enumerate(itertools.cycle(itertools.product(LAWS, RATES, (False, True)))):
        if i == count:
            return wrong
        press = draw(rng)
        sound = led(press, rng, rate_hz)
        heard = keys_in(pcm16(noisy(sound, total_dbm0(press), snr_db, rng) if in_noise else sound, law), rate_hz)
        if heard != (press.key if accepted else ""):
            wrong.append((heard, press))
    raise AssertionError("unreachable")


@pytest.mark.parametrize("rate_hz", RATES)
@pytest.mark.parametrize("law", LAWS)
def test_all_sixteen_keys_at_the_fastest_rate_of_dialling(law: Law, rate_hz: int) -> None:
    presses = [Press(key, tone_ms=40, pause_ms=40) for key in KEYS + KEYS[::-1]]  # "DD" in the middle
    assert keys_in(pcm16(dial(presses, rate_hz), law), rate_hz) == KEYS + KEYS[::-1]


@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts(name: str) -> None:
    assert wrongly_heard(ACCEPTED[name], True, FEW, snr_db=15) == []


@pytest.mark.parametrize("name", REJECTED)
def test_rejects(name: str) -> None:
    assert wrongly_heard(REJECTED[name], False, FEW, snr_db=15) == []


@pytest.mark.real
@pytest.mark.parametrize("name", ACCEPTED)
def test_accepts_all_of_many(name: str) -> None:
    assert wrongly_heard(ACCEPTED[name], True, MANY, snr_db=15) == []


@pytest.mark.real
@pytest.mark.parametrize("name", REJECTED)
def test_rejects_all_of_many(name: str) -> None:
    assert wrongly_heard(REJECTED[name], False, MANY, snr_db=15) == []


@pytest.mark.parametrize("rate_hz", RATES)
def test_a_tone_counts_from_about_30_ms(rate_hz: int) -> None:
    """Q.24 leaves open what happens between 23 and 40 ms; a sharp border in the middle is safe on both sides."""
    rng = np.random.default_rng(30)
    for _ in range(FEW):
        short, long = drawn(rng, tone_ms=28), drawn(rng, tone_ms=32)
        assert keys_in(pcm16(led(short, rng, rate_hz)), rate_hz) == ""
        assert keys_in(pcm16(led(long, rng, rate_hz)), rate_hz) == long.key


def test_a_key_with_other_sound_around_it_is_no_key() -> None:
    key = dial([Press("5", tone_ms=200)])
    assert keys_in(pcm16(key + sine(2500, len(key) / 8, -25))) == "5"
    assert keys_in(pcm16(key + sine(2500, len(key) / 8, -12))) == ""


@pytest.mark.parametrize("rate_hz", RATES)
def test_an_interruption_of_10_ms_does_not_split_a_key(rate_hz: int) -> None:
    rng = np.random.default_rng(10)
    for at_ms in range(0, 100, 3):
        press = drawn(rng, tone_ms=100)
        sound = interrupted(led(press, rng, rate_hz), 40 + at_ms, 10, rate_hz)
        assert keys_in(pcm16(sound, "mu"), rate_hz) == press.key, at_ms


def test_a_pause_of_40_ms_in_noise_separates_two_presses_of_one_key() -> None:
    rng = np.random.default_rng(40)
    for _ in range(40):
        press = drawn(rng, tone_ms=60, pause_ms=40)
        sound = dial([press] * 3)
        assert keys_in(pcm16(noisy(sound, total_dbm0(press), 15, rng), "A")) == press.key * 3


def test_a_key_is_confirmed_within_36_ms_of_its_onset() -> None:
    rng = np.random.default_rng(36)
    waits_ms = []
    for onset in range(200, 400):
        press = drawn(rng)
        sound = np.concatenate([np.zeros(onset), press.sound()])
        ((at, key),) = confirmed_at(pcm16(noisy(sound, total_dbm0(press), 15, rng), "mu"))
        assert key == press.key
        waits_ms.append((at - onset) / 8)
    assert max(waits_ms) <= 37.5
    assert np.quantile(waits_ms, 0.95) <= 36


@pytest.mark.parametrize("hz", [*LOW_HZ, *HIGH_HZ])
def test_one_frequency_alone_is_no_key(hz: float) -> None:
    assert keys_in(pcm16(sine(hz, 300, -10))) == ""


@pytest.mark.parametrize(
    "pair", [(350, 440), (440, 480), (480, 620), (697, 770), (1209, 1336), (941, 1100), (1100, 1209), (2100, 2100), (924, 1232)]
)
def test_other_pairs_of_tones_are_no_key(pair: tuple[float, float]) -> None:
    """Dial, ringing and busy tone, two of one group, neighbours of a group, a fax, the harmonics of a voice at 308 Hz."""
    assert keys_in(pcm16(sine(pair[0], 500, -10) + sine(pair[1], 500, -10))) == ""


@pytest.mark.parametrize("level_dbm0", [-60, -40, -20, -6])
def test_noise_alone_is_no_key(level_dbm0: float) -> None:
    rng = np.random.default_rng(1)
    assert keys_in(pcm16(white(60 * 8000, level_dbm0, rng), "mu")) == ""
    assert keys_in(pcm16(white(60 * 16000, level_dbm0, rng)), 16000) == ""


def test_a_held_key_is_told_while_it_sounds() -> None:
    detector, frame = Dtmf(), samples_in(10, 8000)
    pcm = pcm16(dial([Press("7", tone_ms=200, pause_ms=100)], lead_ms=0))
    held = "".join(detector.feed(pcm[at : at + frame]).lower() or detector.held or "." for at in range(0, len(pcm), frame))
    assert held.strip(".").replace("7", "") == ""
    assert held.index("7") == 3  # the 40 ms that hold the confirmation
    assert held.rindex("7") in range(20, 24)  # gone within 30 ms of its end


def test_a_key_may_follow_another_without_a_pause() -> None:
    assert keys_in(pcm16(dial([Press("1", 100, 0), Press("D", 100, 0), Press("1", 100, 0)]))) == "1D1"


@pytest.mark.parametrize("rate_hz", RATES)
def test_the_twin_confirms_the_same_keys_at_the_same_sample(rate_hz: int) -> None:
    """Random dialling from well inside to well outside of Q.24, in noise from none to far too much."""
    rng = np.random.default_rng(rate_hz)
    confirmed = 0
    for law in LAWS * 3:
        presses = [
            drawn(
                rng,
                tone_ms=rng.uniform(15, 70),
                pause_ms=rng.uniform(0, 60),
                level_dbm0=rng.uniform(-45, 0),
                twist_db=rng.uniform(-12, 8),
                low_error=rng.uniform(-0.03, 0.03),
            )
            for _ in range(10)
        ]
        pcm = pcm16(noisy(dial(presses, rate_hz), -20, rng.uniform(-5, 40), rng), law)
        expected = detect(pcm, rate_hz)
        assert confirmed_at(pcm, rate_hz) == expected
        confirmed += len(expected)
    assert confirmed > 10


def test_the_twin_agrees_on_sound_that_fills_all_16_bits() -> None:
    rng = np.random.default_rng(16)
    square = np.where(sine(697, 200, 0) + sine(1209, 200, 0) >= 0, 32767, -32768).astype(np.int16)
    for pcm in (square, rng.choice(np.array([-32768, 32767], np.int16), 8000), np.full(8000, -32768, np.int16)):
        assert confirmed_at(pcm) == detect(pcm)
        assert confirmed_at(pcm, 16000) == detect(pcm, 16000)


@settings(max_examples=40, deadline=None)
@given(cuts=st.lists(st.integers(1, 700), min_size=1, max_size=40), rate_hz=st.sampled_from(RATES))
def test_the_size_of_chunks_does_not_matter(cuts: list[int], rate_hz: int) -> None:
    rng = np.random.default_rng(8)
    pcm = pcm16(noisy(dial([drawn(rng, tone_ms=45, pause_ms=45, level_dbm0=-10) for _ in range(6)], rate_hz), -10, 20, rng))
    detector, at, keys = Dtmf(rate_hz), 0, ""
    for size in itertools.cycle(cuts):
        keys += detector.feed(pcm[at : at + size])
        at += size
        if at >= len(pcm):
            break
    assert keys == keys_in(pcm, rate_hz)
    assert len(keys) == 6


def test_other_rates_are_refused() -> None:
    with pytest.raises(ValueError, match="8000 or 16000 Hz, not at 44100"):
        Dtmf(44100)


@pytest.mark.real
def test_two_minutes_of_speech_hold_no_key() -> None:
    said = "I would like to know, please, whether the parcel from Edinburgh has arrived: nine, zero, seven, double five, oh no! "
    heard_s = 0.0
    for language, voice in itertools.product(
        ["en"], ["slt", "rms", "awb", "kal", "espeak-ng:en+f2", "espeak-ng:en+f5", "espeak-ng:en+m3"]
    ):
        if not voices.can_speak(language):
            pytest.skip("no synthesiser here")
        for rate_hz in RATES:
            speech = voices.speak(said * 2, language, voice, rate_hz)
            for gain in (0.1, 0.4, 1.0):
                pcm = pcm16(speech.astype(np.float64) * gain, "mu")
                assert keys_in(pcm, rate_hz) == "", (voice, rate_hz, gain)
                heard_s += len(pcm) / rate_hz
    assert heard_s >= 120
