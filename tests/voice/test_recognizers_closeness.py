"""How near a text is to what is expected."""

from __future__ import annotations

import pytest

from voice.recognizers.closeness import closeness, plain


@pytest.mark.parametrize(
    ("written", "said"),
    [("Don't  know!", "dont know"), ("Счёт, пожалуйста.", "счет пожалуйста"), ("four-seven", "four seven"), ("…", ""), ("", "")],
)
def test_plain_is_words_alone(written: str, said: str) -> None:
    assert plain(written) == said


def test_the_nearest_phrase_is_given_as_it_was_written() -> None:
    phrase, near = closeness("Оплатить щёт.", ("узнать баланс", "оплатить счёт"))
    assert phrase == "оплатить счёт"
    assert 0.85 < near < 1.0
    assert closeness("Check my balance!", ["check my balance"]) == ("check my balance", 1.0)


def test_nothing_is_near_to_nothing() -> None:
    assert closeness("", ("yes",)) == ("", 0.0)
    assert closeness("yes", ()) == ("", 0.0)
    assert closeness("the mountains are covered with snow", ("yes", "no"))[1] < 0.4
