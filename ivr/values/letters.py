"""Signs said one by one: "B as in bravo, four seven", «А, Борис, сорок семь», "AB47"."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.values.ask import Ask
from ivr.values.heard import Heard
from ivr.values.numerals import Numeral, Way, numerals


def spelled(heard: Heard, ask: Ask, span: range, way: Way) -> Iterator[tuple[str, Numeral]]:
    """Every sign of the alphabet that was said in these tokens, with its place; numbers as in a row of digits."""
    for one in numerals(heard, ask.words, span, way):
        yield one.digits, one
