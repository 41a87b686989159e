"""What lies between a mouth and an ear, who says what, and how outcomes become a table."""

from __future__ import annotations

import numpy as np
import pytest

from bench.rtp import FRAME_SAMPLES
from bench.understanding import OUTSIDE, Line, Outcome, Saying, disturbed, folded, lines, sayings, share, table

CLEAN = Line(0, 0.0, "mu")
VOICE = (3000 * np.sin(np.arange(16_000) / 5)).astype(np.int16)


def test_every_noise_loss_and_law_once() -> None:
    assert len(lines()) == len(set(lines())) == 24


def test_the_share_of_frames_that_is_lost() -> None:
    heard = disturbed(VOICE, Line(20, 0.05, "A"), 1).reshape(-1, FRAME_SAMPLES)
    whole = disturbed(VOICE, Line(20, 0.0, "A"), 1).reshape(-1, FRAME_SAMPLES)
    gone = ~heard.any(axis=1)
    assert 0 < gone.mean() < 0.15
    assert np.array_equal(heard[~gone], whole[~gone])
    assert whole.any(axis=1).all()


@pytest.mark.parametrize("noise_db", [20, 10])
def test_noise_is_so_far_below_the_voice(noise_db: int) -> None:
    quiet = disturbed(VOICE, CLEAN, 1).astype(float)
    noise = disturbed(VOICE, Line(noise_db, 0.0, "mu"), 1) - quiet
    spoken = quiet[1600:17_600]
    assert 10 * np.log10(np.mean(spoken**2) / np.mean(noise**2)) == pytest.approx(noise_db, abs=1.0)


def test_the_same_seed_is_the_same_sound() -> None:
    line = Line(10, 0.05, "A")
    assert np.array_equal(disturbed(VOICE, line, 3), disturbed(VOICE, line, 3))
    assert not np.array_equal(disturbed(VOICE, line, 3), disturbed(VOICE, line, 4))


@pytest.mark.parametrize("code", OUTSIDE)
def test_every_topic_and_everything_outside_is_said_in_its_own_script(code: str) -> None:
    said = list(sayings([code], 1))
    assert {one.text for one in said if not one.choice} == set(OUTSIDE[code])
    assert len({one.choice for one in said}) > 5
    assert all(one.text.isascii() == (code == "en") for one in said)
    assert said == list(sayings([code], 1))


def outcome(choice: str, right: bool, noise_db: int = 0, voice: str = "slt") -> Outcome:
    return Outcome(Saying("words", "en", voice, choice), "whisper", Line(noise_db, 0.0, "mu"), right, False)


def test_a_row_for_each_voice_and_line_with_both_shares() -> None:
    found = [outcome("parcel", True), outcome("parcel", False), outcome("", True), outcome("parcel", False, 10)]
    first, second = table(found)
    assert (first["noise_db"], first["understood_%"], first["rejected_%"], first["phrases"]) == (0, 50.0, 100.0, 2)
    assert (second["noise_db"], second["understood_%"], second["rejected_%"]) == (10, 0.0, None)


def test_folded_by_one_property_only_what_was_meant_counts() -> None:
    found = [outcome("a", True), outcome("a", False, voice="rms"), outcome("", False)]
    assert folded(found, lambda one: one.saying.voice) == {"rms": 0.0, "slt": 100.0}
    assert share([], lambda one: one.right) is None
