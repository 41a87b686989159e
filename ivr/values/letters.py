"""Signs said one by one: "B as in bravo, four seven", «Б как Борис», "double S", and codes such as "AB47"."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from ivr.values.ask import Ask
from ivr.values.heard import Heard, Sort
from ivr.values.numerals import Numeral, Way, numerals

LIKENING_WORDS_MAX = 4
_SMALL_WORD = 3  # a letter that may be a small word is as weak as three misheard digits
_CODE_LETTERS_MAX = 6  # a word in capitals up to this long is a row of letters


@dataclass(frozen=True, slots=True)
class Letter:
    """Letters that tokens `first` to `last` (exclusive) spell. sure: nothing but a letter (a single sign, "B as in bravo")."""

    text: str
    first: int
    last: int
    sure: bool


def letter(heard: Heard, at: int, stop: int, ask: Ask, table: Mapping[str, str]) -> Letter | None:
    """The letter spelled from token `at` on, with the word it is likened to; None where no letter is."""
    token = heard.tokens[at]
    if token.sort is not Sort.WORD:
        return None
    if token.text in ask.words.doubling and at + 1 < stop and not heard.tokens[at + 1].pause:
        after = letter(heard, at + 1, stop, ask, table)
        if after is not None and len(after.text) == 1:
            return Letter("w" if after.text == "u" else after.text * 2, at, after.last, after.sure)
        return None
    for phrase, sign in ask.words.softness.items():
        if _said(heard, at, stop, phrase):
            last = at + len(phrase)
            return Letter(sign, at, likened(heard, last, stop, sign, ask, table) or last, True)
    own = table.get(token.text)
    if own == "е" and heard.source[token.start] in "ёЁ":
        own = "ё"  # the tokens do not tell the two apart
    if own is None and len(token.text) == 1 and token.text.isascii():
        own = token.text
    if own is None:
        return None
    last = likened(heard, at + 1, stop, own, ask, table)
    single = len(token.text) == 1
    if not last and single and at + 1 < stop and len(heard.tokens[at + 1].text) > 3:
        # "B bravo" is one letter, "B be" may be two.
        last = at + 2 if table.get(heard.tokens[at + 1].text) == own and heard.tokens[at + 1].text[0] == token.text else 0
    return Letter(own, at, last or at + 1, single or bool(last) or len(token.text) > 3)


def likened(heard: Heard, at: int, stop: int, own: str, ask: Ask, table: Mapping[str, str]) -> int:
    """Where the word ends to which a letter is likened ("as in bravo"), 0 where it is not. The word must begin with the letter."""
    for size in range(min(LIKENING_WORDS_MAX, stop - at - 1), 0, -1):
        if tuple(one.text for one in heard.tokens[at : at + size]) in ask.words.likening:
            for phrase, sign in ask.words.softness.items():
                if sign == own and _said(heard, at + size, stop, phrase):
                    return at + size + len(phrase)
            word = heard.tokens[at + size].text
            return at + size + 1 if len(word) > 1 and (table.get(word) == own or word[0] == own.replace("ё", "е")) else 0
    return 0


def _said(heard: Heard, at: int, stop: int, phrase: tuple[str, ...]) -> bool:
    return at + len(phrase) <= stop and tuple(one.text for one in heard.tokens[at : at + len(phrase)]) == phrase


def spelled(heard: Heard, ask: Ask, span: range, way: Way) -> Iterator[tuple[str, Numeral]]:
    """Every sign of the alphabet that was said in these tokens, with its place; numbers as in a row of digits.

    A letter that may be a small word ("a", "be", «и») counts only beside another sign.
    """
    alphabet = ask.limits.alphabet
    table = ask.words.latin if alphabet.isascii() else ask.words.letters
    begins = {one.first: one for one in numerals(heard, ask.words, span, way) if not one.ordinal}
    at, end = span.start, -1
    while at < span.stop:
        one = _letters(heard, at, span.stop, ask, table)
        number = begins.get(at)
        if number is not None and not (one is not None and one.last > number.last):
            yield number.digits, number
            at = end = number.last
            continue
        text = _within(one.text, alphabet) if one is not None else ""
        if one is not None and text and (end == at or one.sure or _followed(heard, one.last, span.stop, ask, table, begins)):
            yield text, Numeral(0, text, one.first, one.last, weak=0 if one.sure else _SMALL_WORD)
            end = one.last
        at = one.last if one is not None else at + 1


def _letters(heard: Heard, at: int, stop: int, ask: Ask, table: Mapping[str, str]) -> Letter | None:
    """A letter, or a short word in capitals or glued to figures, which is a row of letters."""
    token = heard.tokens[at]
    said = heard.source[token.start : token.end]
    glued = token.glued or (at + 1 < stop and heard.tokens[at + 1].glued)
    if token.sort is Sort.WORD and 1 < len(said) <= _CODE_LETTERS_MAX and (said.isupper() or glued) and token.text not in table:
        return Letter(token.text, at, at + 1, True)
    one = letter(heard, at, stop, ask, table)
    if one is not None and len(said) == 1 and said in ask.idle and said.islower():
        return Letter(one.text, one.first, one.last, one.last > at + 1)
    return one


def _followed(heard: Heard, at: int, stop: int, ask: Ask, table: Mapping[str, str], begins: Mapping[int, Numeral]) -> bool:
    after = letter(heard, at, stop, ask, table) if at < stop else None
    return at in begins or (after is not None and (after.sure or _followed(heard, after.last, stop, ask, table, begins)))


def _within(text: str, alphabet: str) -> str:
    """`text` in the case of the alphabet; "" where a sign of it is not there."""
    cased = text.upper() if text.upper()[0] in alphabet else text
    return cased if all(sign in alphabet for sign in cased) else ""
