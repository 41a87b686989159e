"""Amounts, whole and broken: "twelve point five", "two and a half thousand", «полторы тысячи», «двенадцать целых пять десятых», 1 500."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal

from ivr.values.ask import Ask
from ivr.values.heard import Heard, Sort
from ivr.values.numerals import Numeral, figures, numerals
from ivr.values.vocabulary import Rank

_HALF = Decimal("0.5")
_THOUSAND = re.compile(r"\d{3}(?:[.,]\d{1,2})?")


@dataclass(frozen=True, slots=True)
class Quantity:
    """One amount in tokens `first` to `last` (exclusive). plain: digits as they were said, where it is a whole number; else "".

    doubtful: said in a way that has another reading («тысяч пять»).
    """

    value: Decimal
    first: int
    last: int
    plain: str = ""
    doubtful: bool = False


def quantities(heard: Heard, span: range, ask: Ask) -> list[Quantity]:
    """Every amount in these tokens, in order. Ordinals are none."""
    reader = _Reader(heard, span, ask)
    found: list[Quantity] = []
    at = span.start
    while at < span.stop:
        one = reader.at(at)
        if one is not None:
            found.append(one)
        at = one.last if one is not None else at + 1
    return found


class _Reader:
    """Reads one amount at a place: sign, number, fraction, scale."""

    __slots__ = ("ask", "begins", "heard", "span")

    def __init__(self, heard: Heard, span: range, ask: Ask) -> None:
        self.heard, self.span, self.ask = heard, span, ask
        self.begins = {one.first: one for one in numerals(heard, ask.words, span) if not one.ordinal}

    def word(self, at: int) -> str:
        return self.heard.tokens[at].text if at < self.span.stop else ""

    def at(self, at: int) -> Quantity | None:
        start = at
        negative = self.word(at) in self.ask.words.minus or (
            self.word(at) == "-" and at + 1 in self.begins and self.heard.tokens[at + 1].glued
        )
        at += negative
        if (one := self.part(at)) is None:
            return None
        value, at, plain = one
        value, at, plain = self.fraction(value, at, plain)
        value, at, plain = self.scaled(value, at, plain)
        return Quantity(
            -value if negative else value, start, at, "" if negative else plain, self.word(start) in self.ask.words.plurals
        )

    def part(self, at: int) -> tuple[Decimal, int, str] | None:
        """A number, or a word that is one: a half, a dozen, полтора."""
        words = self.ask.words
        if (amount := words.quantities.get(self.word(at))) is not None:
            return self.article(Decimal(str(amount)), at + 1)
        if self.word(at) in words.articles and (amount := words.quantities.get(self.word(at + 1))) is not None:
            return self.article(Decimal(str(amount)), at + 2)
        if (one := self.begins.get(at)) is None:
            return None
        written = figures(one.figures, words.commas) if one.figures else one.digits
        if one.figures and not written:
            return None
        last = one.last
        if self.word(at) in words.plurals and (count := one.value - (scale := self.scale(one))) > 0:
            return Decimal(count * scale), last, ""  # «тысяч пять»: about five thousand
        while one.figures.isdigit() and len(one.figures) <= 3 and written.isdigit() and self.thousand(last):
            written += self.word(last).replace(",", ".")
            last += 1
        return Decimal(written), last, written if written.isdigit() else ""

    def article(self, amount: Decimal, at: int) -> tuple[Decimal, int, str]:
        """Half a million, a couple of hundred: the small words before a scale are part of it."""
        ahead = at
        while ahead < at + 2 and ahead not in self.begins and self.word(ahead) in self.ask.words.joints:
            ahead += 1
        return amount, ahead if ahead in self.begins and self.scale(self.begins[ahead]) else at, ""

    def thousand(self, at: int) -> bool:
        """Figures of three that belong to those before: 1 500."""
        token = self.heard.tokens[at] if at < self.span.stop else None
        written = token is not None and token.sort is Sort.FIGURES and not token.pause
        return written and _THOUSAND.fullmatch(self.word(at)) is not None

    def fraction(self, value: Decimal, at: int, plain: str) -> tuple[Decimal, int, str]:
        """Point five; целых пять десятых; and a half."""
        words = self.ask.words
        for ending in words.halves:
            if tuple(self.word(at + step) for step in range(len(ending))) == ending:
                return value + _HALF, at + len(ending), ""
        whole = words.fractions.get(self.word(at)) == 0
        if whole or self.word(at) in words.joining:
            part = self.begins.get(at + 1 + (whole and self.word(at + 1) in words.joining))
            places = words.fractions.get(self.word(part.last), 0) if part is not None else 0
            if part is not None and places and part.value < 10**places:
                return value + Decimal(part.value).scaleb(-places), part.last + 1, ""
        if self.word(at) not in words.point or value != int(value):
            return value, at, plain
        row, after = "", at + 1
        while (digit := self.begins.get(after)) is not None and (not row or not self.heard.tokens[after].pause):
            row, after = row + digit.digits, digit.last
        return (value + Decimal(f"0.{row}"), after, "") if row else (value, at, plain)

    def scale(self, one: Numeral) -> int:
        """The thousand or million with which this number begins, 0 for none."""
        first = one.first + (self.word(one.first) in self.ask.words.articles)
        atom = self.ask.words.numerals.get(self.word(first))
        return atom.value if atom is not None and atom.rank in (Rank.SCALE, Rank.HUNDRED) else 0

    def scaled(self, value: Decimal, at: int, plain: str) -> tuple[Decimal, int, str]:
        """Two and a half *thousand*; полторы *тысячи двести*."""
        one = self.begins.get(at)
        if plain or one is None or not (scale := self.scale(one)):
            return value, at, plain
        return value * scale + (one.value - scale), one.last, ""
