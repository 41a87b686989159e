"""When a number is written once more, and when the second writing is believed: texts alone, no model."""

from __future__ import annotations

import pytest

from voice.recognizers.numbers import believed, digits, strange, vocabulary

AROUND = {"en": frozenset("it is my order number the yes".split()), "ru": frozenset("это номер заказа мой да".split())}


def taken(free: str, narrow: str, language: str) -> bool:
    return believed(free, narrow, vocabulary(free, language, AROUND[language]), AROUND[language])


@pytest.mark.parametrize(
    ("free", "narrow"),
    [
        ("на лишесть один девять", "ноль шесть один девять"),
        ("номер заказа на лишность один семи", "номер заказа ноль шесть один семь"),
        ("дед вид семь шесть четыре", "девять семь шесть четыре"),
        ("это шесть ны один девять", "это шесть ноль один девять"),
        ("тридцать пять трид семь", "тридцать пять тридцать семь"),
        ("семь один шесть два", "семь один шесть два"),  # where it was doubted that anybody spoke
    ],
)
def test_what_sounds_like_the_number_is_the_number(free: str, narrow: str) -> None:
    assert taken(free, narrow, "ru")


@pytest.mark.parametrize(
    ("free", "narrow", "language"),
    [
        ("where is my parcel", "three two three two", "en"),
        ("сообщение восстановлена", "восемь восемь восемь", "ru"),
        ("номер заказа не знаю", "номер заказа ноль", "ru"),
        ("не знаю номер заказа", "неназнать номер заказа", "ru"),  # pieces of the words allowed make others
        ("это", "это", "ru"),
        ("track my parcel", "", "en"),
    ],
)
def test_what_is_no_number_is_none(free: str, narrow: str, language: str) -> None:
    assert not taken(free, narrow, language)


def test_groups_are_written_only_where_one_was_heard() -> None:
    assert "пятьдесят" not in vocabulary("пять девять на ль", "ru", AROUND["ru"])
    assert "пятьдесят" in vocabulary("тридцать пять нацать", "ru", AROUND["ru"])
    assert not vocabulary("vier sieben", "de", ())


def test_digits_are_counted_and_other_words_are_strange() -> None:
    assert digits("order number four seven one", "en") == 3
    assert digits("сорок семь одиннадцать", "ru") == 5
    assert not strange("it is four seven", vocabulary("", "en", AROUND["en"]))
    assert strange("it is for seven", vocabulary("", "en", AROUND["en"]))
