"""What a language needs to speak values beside its number words: months, weekdays, currencies, letters. One module a language.

A language without a module here speaks numbers as num2words does, and dates and times in figures.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cache
from importlib import import_module
from importlib.util import find_spec

from ivr.languages import primary


@dataclass(frozen=True, slots=True, eq=False)
class Spoken:
    """Words of one language. months, weekdays: as they stand in a date; on_weekdays: with the preposition "on".

    relative: days from today -> word. currencies: ISO 4217 -> (unit, subunit), as dictionary words or (one, many) with | between;
    "" where the subunit has no name people use. digits: 0 to 9 said one by one; plus, point: of phones and addresses.
    letters: letter -> what is said for it; likened: letter -> the whole of "S as in Sierra". signs: of addresses and names.
    hosts: parts of addresses that are said as words. answers: yes, no. groups_as_numbers: phones are said in numbers, not digits («сорок пять»).
    """

    code: str
    months: tuple[str, ...] = ()
    weekdays: tuple[str, ...] = ()
    on_weekdays: tuple[str, ...] = ()
    relative: Mapping[int, str] = field(default_factory=dict)
    currencies: Mapping[str, tuple[str, str]] = field(default_factory=dict)
    digits: tuple[str, ...] = ()
    plus: str = "+"
    letters: Mapping[str, str] = field(default_factory=dict)
    likened: Mapping[str, str] = field(default_factory=dict)
    signs: Mapping[str, str] = field(default_factory=dict)
    hosts: Mapping[str, str] = field(default_factory=dict)
    reasons: Mapping[str, str] = field(default_factory=dict)
    answers: tuple[str, str] = ("+", "-")
    groups_as_numbers: bool = False


@cache
def spoken(code: str) -> Spoken:
    """The words of this language; empty ones where it has no module."""
    name = f"ivr.spoken.words_{primary(code)}"
    if find_spec(name) is None:
        return Spoken(primary(code))
    words = import_module(name).SPOKEN
    assert isinstance(words, Spoken)
    return words
