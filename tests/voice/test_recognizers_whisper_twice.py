"""What Whisper makes of a text that it wrote freely, of one it writes with no words but the step's, and of texts that are alike: no model."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from voice.recognizers.closeness import plain
from voice.recognizers.protocol import Expectation, Kind
from voice.recognizers.whisper import Whisper

ORDER = Expectation("ru", Kind.DIGITS, around=frozenset("это номер заказа да".split()), digits=4)
RECAP = Expectation("ru", Kind.YES_NO, ("да", "нет", "все верно", "оператор", "повторите еще раз"))
HELP = Expectation("ru", Kind.FREE, ("оператор", "где моя посылка"))


class Told(Whisper):
    """An ear that writes `first`, and `second` where only some words may be written; with this log probability."""

    def __init__(self, first: str, second: str, log_prob: float = -0.2, no_speech: float = 0.0) -> None:
        self.language, self.texts = "ru", {False: first, True: second}
        self.scores, self.no_speech = (-0.8, log_prob), no_speech
        self.weights: Any = SimpleNamespace(start=lambda *_: [], all_but=lambda words: [-1])

    def _encoded(self, *_: Any) -> Any:
        return None

    def _write(self, sound: Any, start: list[int], most: int, dictation: bool = False, narrow: list[int] | None = None) -> Any:
        again = narrow is not None
        return SimpleNamespace(text=self.texts[again], scores=[self.scores[again]], no_speech_prob=self.no_speech)

    def _text(self, found: Any) -> str:
        return str(found.text)

    def _odds(self, sound: Any, start: list[int], frames: int, texts: list[str]) -> list[tuple[float, int]]:
        self.asked = texts
        return [
            (-1.0 if plain(text) == self.texts[True] else -3.0 if number == 0 else -9.0, 4) for number, text in enumerate(texts)
        ]

    def hears(self, expectation: Expectation) -> str:
        return self.decode(np.full(8000, 8000, dtype=np.int16), 8000, expectation).text


@pytest.mark.parametrize(
    ("first", "second", "taken"),
    [
        ("на лишесть один девять", "ноль шесть один девять", True),
        ("номер заказа семь ныр три один", "номер заказа семь ноль три один", True),
        ("да семь семь три один", "два семь семь три один", False),  # is long enough as it is
        ("семь семь три один пожалуйста", "семь семь три один", False),
        ("сорок семь одиннадцать", "четыре семь", False),
        ("номер заказа не знаю", "номер заказа ноль", False),
        ("где моя посылка", "два ноль", False),
    ],
)
def test_a_number_is_written_once_more_where_digits_are_missing(first: str, second: str, taken: bool) -> None:
    assert Told(first, second).hears(ORDER) == (second if taken else first)
    assert Told(first, second, log_prob=-0.9).hears(ORDER) == first
    assert Told(first, second).hears(Expectation("ru", Kind.DIGITS)) == first


def test_a_number_shows_that_somebody_spoke() -> None:
    assert Told("семь один шесть два", "семь один шесть два", no_speech=0.7).hears(ORDER) == "семь один шесть два"
    assert Told("семь один шесть два", "шесть", no_speech=0.7).hears(ORDER) == ""


@pytest.mark.parametrize(
    ("expected", "first", "second", "taken"),
    [
        (RECAP, "с уверно", "все верно", True),
        (HELP, "Апиратр.", "оператор", True),
        (HELP, "где моя посылка", "оператор", False),  # nothing is strange
        (RECAP, "погода", "оператор", False),  # is not alike
        (HELP, "апиратр", "", False),  # is less likely than what was written
    ],
)
def test_a_phrase_that_is_as_likely_is_taken_where_words_are_of_none(
    expected: Expectation, first: str, second: str, taken: bool
) -> None:
    assert Told(first, second).hears(expected) == (second if taken else first)


def test_texts_are_compared_as_they_are_written_after_the_prompt() -> None:
    recap, menu = Told("с уверно", "все верно"), Told("апиратр", "оператор")
    assert recap.hears(RECAP)
    assert recap.asked[:2] == ["С уверно.", "Все верно."]
    assert menu.hears(HELP)
    assert menu.asked == ["апиратр", "оператор"]
