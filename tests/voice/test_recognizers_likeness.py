"""What a text that means nothing here may be instead, and when that is believed: texts and numbers alone, no model."""

from __future__ import annotations

import pytest

from voice.recognizers.likeness import LESS_LIKELY, LIKELY, believed, offered
from voice.recognizers.protocol import Expectation, Kind

DAY = Expectation(
    "ru",
    Kind.DATE,
    ("оператор", "повторите пожалуйста"),
    values=("пятницу", "среду", "завтра", "послезавтра", "утром", "вечером"),
    small=frozenset({"в", "мы", "сейчас", "ну"}),
)
HELP = Expectation("en", Kind.CHOICE, ("my parcel is late", "operator", "i have a code"), small=frozenset({"i", "have", "a"}))


@pytest.mark.parametrize(
    ("heard", "rather"),
    [
        ("пятниксу", "пятницу"),
        ("в пятниксу вечером", "в пятницу вечером"),
        ("мы слизавтра", "послезавтра"),
        ("завтра аутрам", "завтра утром"),
        ("сейчас всредут ветером", "сейчас среду вечером"),  # two places
        ("апиратор", "оператор"),
    ],
)
def test_what_is_spelt_alike_is_offered(heard: str, rather: str) -> None:
    assert rather in offered(heard, DAY)


def test_a_strange_word_that_is_written_twice_counts_once() -> None:
    asked = Expectation("ru", Kind.DIGITS, ("начать сначала",))
    assert offered("начать начало начало", asked) == offered("начать начало", asked) == ("начать сначала",)


def test_no_part_of_a_value_is_lost() -> None:
    asked = Expectation("ru", Kind.DATE, ("сейчас посмотрю",), values=("среду", "завтра", "послезавтра"), small=frozenset({"в"}))
    assert "сейчас посмотрю" in offered("сечар посмотрю", asked)
    assert offered("сечар посмотрю среду", asked) == ()
    assert "послезавтра" in offered("мясли завтра", asked)


@pytest.mark.parametrize("heard", ["mike parsley is late", "my part is always late"])
def test_a_whole_phrase_is_offered_for_one_misheard(heard: str) -> None:
    assert offered(heard, HELP) == ("my parcel is late",)


@pytest.mark.parametrize(
    ("heard", "rather"),
    [("the sortiest then", "the thirtieth then"), ("wenz day then", "wednesday then")],
)
def test_what_sounds_alike_is_offered(heard: str, rather: str) -> None:
    days = Expectation("en", Kind.DATE, values=("wednesday", "thirtieth", "fifth"), small=frozenset({"the", "then", "how"}))
    assert rather in offered(heard, days)


@pytest.mark.parametrize(
    ("heard", "expected"),
    [
        ("ну завтра вечером", DAY),  # nothing is strange
        ("какая сегодня хорошая погода", DAY),
        ("сейчас завтра потерялась собака", DAY),  # a part of it is no answer
        ("my parcel is late again i am afraid to say", HELP),  # long
        ("it is late", HELP),
        ("", HELP),
    ],
)
def test_nothing_is_offered_where_nothing_is_alike(heard: str, expected: Expectation) -> None:
    assert offered(heard, expected) == ()


def test_what_is_about_as_likely_is_believed() -> None:
    likely, far = ("послезавтра", -6.0, 4), ("завтра", -6.0 - LESS_LIKELY, 4)
    assert believed((-6.0, -1.0), [far, likely]) == ("послезавтра", -1.0)
    assert believed((-3.0, -0.5), [likely]) == ("послезавтра", -1.2)  # less than what was written freely
    assert believed((-2.9, -0.5), [likely, far]) == ("", 0.0)
    assert believed((-20.0, -3.0), [("завтра", LIKELY * 3 - 0.1, 2)]) == ("", 0.0)  # as unlikely as all else
    assert believed((-6.0, -1.0), []) == ("", 0.0)
    assert believed((-20.0, -3.0), [("delivery", LIKELY * 2 + 0.1, 1)])[0] == "delivery"  # of one token and its end


def test_of_equally_alike_ones_the_first_are_offered() -> None:
    endings = ("утра", "утро", "утре", "утру")
    mornings = Expectation("ru", Kind.DATE, values=endings, small=frozenset({"в", "это"}))
    assert offered("утры", mornings) == endings[:3]
    assert offered("в утры это", mornings)[:3] == ("в утра это", "в утро это", "в утре это")
