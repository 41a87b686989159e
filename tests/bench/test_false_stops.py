"""Who may interrupt: that a noise without words lets the prompt go on, and that words end it, in the measurement's own talk."""

import asyncio
import random
from dataclasses import dataclass

import numpy as np
import pytest

from bench import disturbances
from bench.false_stops import tried
from bench.interrupters import FRESH, FRESH_RU, SETS, USUAL, USUAL_RU, Interrupters
from voice.recognizers.protocol import Expectation, Hypothesis, Samples

STORY = (np.random.default_rng(1).normal(0, 2000, 160 * 400)).astype(np.int16)


@dataclass
class Ear:
    """Hears `text`, whatever is said."""

    text: str
    name: str = "fake"
    language: str = "en"
    streams: bool = False

    def open(self, rate_hz: int, expectation: Expectation) -> "Ear":
        return self

    def feed(self, samples: Samples) -> str:
        return ""

    def result(self) -> Hypothesis:
        return Hypothesis(self.text, 0.9, self.name)


@pytest.mark.parametrize(("text", "stopped"), [("", False), ("uh huh", False), ("operator", True)])
def test_words_of_the_step_end_the_prompt_and_a_cough_lets_it_go_on(text: str, stopped: bool) -> None:
    found = asyncio.run(tried(Ear(text), "cough", random.Random(4), STORY))
    assert found.began_ms is not None
    assert found.stopped is stopped
    assert found.pauses_ms


def test_a_prompt_that_the_dialogue_lets_go_on_was_not_stopped() -> None:
    found = asyncio.run(tried(Ear("the weather is nice"), "cough", random.Random(1), STORY))
    assert found.heard == ["the weather is nice"]
    assert not found.stopped
    assert found.pauses_ms


@pytest.mark.parametrize("kind", ["cough", "noise"])
def test_the_same_seed_makes_the_same_sound_within_its_levels(kind: str) -> None:
    one, other = (disturbances.stimulus(kind, random.Random(9)) for _ in range(2))
    assert np.array_equal(one, other)
    assert len(one) % 160 == 0
    assert np.abs(one).max() > 300


@pytest.mark.parametrize(("fresh", "usual"), [(FRESH, USUAL), (FRESH_RU, USUAL_RU)])
def test_fresh_callers_say_something_else_in_other_voices(fresh: Interrupters, usual: Interrupters) -> None:
    assert not set(fresh.voices) & set(usual.voices)
    for said, known in ((fresh.interruptions, usual.interruptions), (fresh.murmurs, usual.murmurs)):
        assert len(set(said)) == 30
        assert not set(said) & set(known)


def test_an_interruption_is_said_in_one_breath_and_is_more_than_a_greeting() -> None:
    assert {who.language for who in SETS.values()} == {"en", "ru"}
    for who in SETS.values():
        assert not any("|" in text or text.endswith(("hello", "здравствуйте")) for text in who.interruptions)
