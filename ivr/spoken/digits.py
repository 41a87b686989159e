"""Rows of digits and telephone numbers, in groups with commas between, so that a voice pauses where a person would."""

from __future__ import annotations

import re

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ivr.spoken.letters import spell_group
from ivr.spoken.numbers import say_number
from ivr.spoken.words import spoken

_SIZES = {
    1: (1,),
    2: (2,),
    3: (3,),
    4: (2, 2),
    5: (3, 2),
    6: (3, 3),
    7: (3, 2, 2),
    8: (2, 2, 2, 2),
    9: (3, 3, 3),
    10: (3, 3, 2, 2),
}


def groups(row: str) -> list[str]:
    """ "4711" -> "47", "11": as its spaces and hyphens say, else by what is usual for its length."""
    written = [group for group in re.split(r"[\s.\-/]+", row) if group]
    return [part for group in written for part in _parted(group)]


def _parted(row: str) -> list[str]:
    sizes: tuple[int, ...] = _SIZES.get(len(row), ())
    if not sizes:
        left = len(row) % 3
        sizes = (
            (4,) * (len(row) // 4)
            if len(row) % 4 == 0
            else (3,) * (len(row) // 3 - (left == 1)) + ((2, 2), (2,))[left == 2] * (left > 0)
        )
    ends = [sum(sizes[: at + 1]) for at in range(len(sizes))]
    return [row[end - size : end] for size, end in zip(sizes, ends, strict=True)]


def say_digits(row: str | int, language: str) -> str:
    """ "4711" -> "four seven, one one"; letters among them are spelled ("B as in Bravo")."""
    return ", ".join(spell_group(group, language) for group in groups(str(row)))


def say_phone(number: str, language: str, region: str = "") -> str:
    """E.164 -> "plus seven, nine one six, one two three, four five, six seven"; without the country code in its own `region`.

    In Russian groups are said as numbers: «девятьсот шестнадцать, сто двадцать три, сорок пять». What is no number is said as digits.
    """
    words = spoken(language)
    try:
        parsed = phonenumbers.parse(number, region or None)
    except NumberParseException:
        return say_digits(re.sub(r"\D", "", number), language)
    home = bool(region) and phonenumbers.region_code_for_number(parsed) == region
    form = PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL
    written = phonenumbers.format_number(parsed, form)
    parts = [part for group in re.findall(r"\d+", written) for part in (_parted(group) if len(group) > 3 else [group])]
    said = ", ".join(_group(part, language) if words.groups_as_numbers else spell_group(part, language) for part in parts)
    return said if home else f"{words.plus} {said}"


def _group(part: str, language: str) -> str:
    """«Девятьсот шестнадцать»; zeros in front are said: «ноль пять»."""
    zeros = len(part) - len(part.lstrip("0"))
    said = [spoken(language).digits[0]] * zeros + ([say_number(int(part), language)] if part.strip("0") else [])
    return " ".join(said)
