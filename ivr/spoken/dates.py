"""Days: "tomorrow, Friday the third of May", «в пятницу, третьего мая», «третье мая две тысячи двадцать шестого года»."""

from __future__ import annotations

from datetime import date

from num2words import num2words

from ivr.languages import primary
from ivr.spoken.numbers import say_ordinal
from ivr.spoken.words import spoken

YEAR_AFTER_DAYS = 120  # a day farther away, or past, is said with its year
WEEKDAY_WITHIN_DAYS = 180


def say_date(day: date, language: str, today: date, *, when: bool = False, relative: bool = True, figures: bool = False) -> str:
    """The day as one says it today. `when`: as an answer to "when?" («в пятницу, третьего мая»), else what day it is.

    `relative`: with "tomorrow" and the like before it. The year is said where the day is past or more than four months away.
    `figures`: as one writes it («в пятницу, 3 мая»).
    """
    words, distance = spoken(language), (day - today).days
    if not words.months:
        return day.isoformat()
    near = words.relative.get(distance, "") if relative else ""
    weekday = (words.on_weekdays if when and not (near and primary(language) == "en") else words.weekdays)[day.weekday()]
    if primary(language) == "ru":
        ordinal = say_ordinal(day.day, "ru", case="genitive" if when else "nominative", gender="neuter")
        number = f"{day.day if figures else ordinal} {words.months[day.month - 1]}"
        year = f" {day.year if figures else say_ordinal(day.year, 'ru', case='genitive')} года"
        joint = ", "
    else:
        month = words.months[day.month - 1]
        number = f"{day.day} {month}" if figures else f"the {say_ordinal(day.day, language)} of {month}"
        year = f" {day.year if figures else num2words(day.year, lang='en', to='year')}"
        joint = " "
    plain = number + ("" if near or 0 <= distance <= YEAR_AFTER_DAYS else year)
    if not near and abs(distance) > WEEKDAY_WITHIN_DAYS:
        return f"on {plain}" if when and primary(language) == "en" else plain
    return (f"{near}, " if near else "") + weekday + joint + plain


def say_year(year: int, language: str) -> str:
    """2026 -> "twenty twenty-six", «две тысячи двадцать шестой»."""
    if primary(language) == "ru":
        return say_ordinal(year, "ru")
    return str(num2words(year, lang="en", to="year")) if primary(language) == "en" else str(year)
