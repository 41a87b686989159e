"""An utterance as a row of known words and numbers, for the grammars of dates, times and money."""

from __future__ import annotations

from dataclasses import dataclass

from ivr.values.heard import Heard
from ivr.values.numerals import Numeral
from ivr.values.vocabulary import Lexicon, Sense

PHRASE_WORDS_MAX = 4


@dataclass(frozen=True, slots=True)
class Piece:
    """A phrase of the lexicon with its sense, or a number (sense None), in tokens `first` to `last` (exclusive)."""

    sense: Sense | None
    value: int
    first: int
    last: int
    number: Numeral | None = None


def pieces(heard: Heard, span: range, lexicon: Lexicon, numbers: list[Numeral]) -> list[Piece]:
    """The phrases of the lexicon (longest first; a phrase goes before a number within it) and the numbers, in order."""
    begins = {one.first: one for one in numbers}
    found: list[Piece] = []
    at = span.start
    while at < span.stop:
        number = begins.get(at)
        for size in range(min(PHRASE_WORDS_MAX, span.stop - at), 0 if number is None else 1, -1):
            meant = lexicon.get(tuple(token.text for token in heard.tokens[at : at + size]))
            if meant is not None:
                found.append(Piece(*meant, at, at + size))
                at += size
                break
        else:
            if number is not None:
                found.append(Piece(None, number.value, number.first, number.last, number))
            at = number.last if number is not None else at + 1
    return found
