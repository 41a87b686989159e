"""What is said to who waits: positions and ranges in the grammar of both languages, and never a figure that nobody can know."""

from __future__ import annotations

import pytest

from routing.floor.records import Estimate, Place
from routing.switchboard.texts import TEXTS, duration, fixed, position, standing, text


@pytest.mark.parametrize(
    ("ahead", "en", "ru"),
    [
        (0, "You are next.", "Перед вами никого нет."),
        (1, "You are second in line.", "Перед вами один человек."),
        (2, "You are third in line.", "Перед вами два человека."),
        (5, "You are sixth in line.", "Перед вами пять человек."),
        (21, "There are twenty-one people before you.", "Перед вами двадцать один человек."),
        (25, "There are twenty-five people before you.", "Перед вами двадцать пять человек."),
    ],
)
def test_positions(ahead: int, en: str, ru: str) -> None:
    assert (position(ahead, "en"), position(ahead, "ru")) == (en, ru)


@pytest.mark.parametrize(
    ("low_s", "high_s", "en", "ru"),
    [
        (5, 50, "It will take less than a minute.", "Ждать меньше минуты."),
        (20, 100, "It will take up to two minutes.", "Ждать до двух минут."),
        (125, 230, "It will take two to four minutes.", "Ждать от двух до четырёх минут."),
        (60, 61, "It will take one to two minutes.", "Ждать от одной до двух минут."),
        (180, 180, "It will take about three minutes.", "Ждать около трёх минут."),
        (
            1300,
            5000,
            "It will take twenty-one minutes to an hour, or longer.",
            "Ждать от двадцати одной минуты до часа и дольше.",
        ),
        (4000, 9000, "It will take more than an hour.", "Ждать больше часа."),
    ],
)
def test_ranges(low_s: float, high_s: float, en: str, ru: str) -> None:
    assert (duration(Estimate(low_s, high_s), "en"), duration(Estimate(low_s, high_s), "ru")) == (en, ru)


def test_where_nobody_can_know_nothing_is_said() -> None:
    assert standing(Place(2, 1), "en") == "You are second in line."
    assert standing(Place(0, 0), "ru") == ""
    assert standing(Place(2, 1, Estimate(120, 240)), "ru") == "Перед вами один человек. Ждать от двух до четырёх минут."


def test_every_text_is_there_in_both_languages_and_a_third_hears_english() -> None:
    assert TEXTS["en"].keys() == TEXTS["ru"].keys()
    assert text("wait", "ko") == TEXTS["en"]["wait"]
    assert text("whisper_callback", "en", "") == "Call back. I am dialling."
    assert all("{" not in said for said, _ in (*fixed("en"), *fixed("ru-RU")))
