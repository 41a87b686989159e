"""Number words and figures, gathered into the numbers that were said: "forty-seven eleven" is two, "double four" is 44.

A numeral grows while each word may stand under the one before it (hundreds, tens, units), is multiplied by a hundred or a
thousand after it, and ends where the next word does not fit. The same words have other readings where people speak digits in
groups («двадцать пять» as 20 5); `split` gives those.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from ivr.values.heard import Heard, Sort, Token
from ivr.values.vocabulary import Atom, Rank, Vocabulary

_ROOM = {Rank.UNIT: 1, Rank.TEEN: 2, Rank.TENS: 2, Rank.HUNDREDS: 3}  # digits of a block under a thousand that a word needs
_LEFT = {Rank.UNIT: 0, Rank.TEEN: 0, Rank.TENS: 1, Rank.HUNDREDS: 2}  # digits that are free after it
_THOUSANDS = {False: re.compile(r"\d{1,3}(,\d{3})+"), True: re.compile(r"\d{1,3}(\.\d{3})+")}
_DECIMAL = {False: re.compile(r"\d+\.\d+"), True: re.compile(r"\d+[,.]\d+")}


@dataclass(frozen=True, slots=True)
class Numeral:
    """One number in tokens `first` to `last` (exclusive). digits: as it stands in a row of digits, leading zeros kept.

    figures: as written, with its separators, or "". ordinal: third, 3rd. weak: words in it that may be something else. single:
    one digit said alone. doubtful: words that could be grouped in another way («сорок два нуля»).
    """

    value: int
    digits: str
    first: int
    last: int
    figures: str = ""
    ordinal: bool = False
    weak: int = 0
    single: bool = False
    doubtful: bool = False


@dataclass(frozen=True, slots=True)
class Way:
    """How words are gathered. homophones: 0 leaves "for" and "to" alone, 1 takes them between numbers, 2 after one, 3 before one.

    split: rank after which a number ends though it could go on: TENS reads «двадцать пять» as 20 5, HUNDREDS «сто пять» as 100 5.
    """

    homophones: int = 0
    split: frozenset[Rank] = frozenset()


PLAIN = Way()


def numerals(heard: Heard, words: Vocabulary, span: range | None = None, way: Way = PLAIN) -> list[Numeral]:
    """All numbers of an utterance (or of the tokens of `span`), in order."""
    reader = _Reader(heard.tokens, words, span or range(len(heard.tokens)), way)
    found: list[Numeral] = []
    at = reader.span.start
    while at < reader.span.stop:
        numeral = reader.at(at, bool(found) and found[-1].last == at and not heard.tokens[at].pause)
        if numeral is None:
            at += 1
        elif numeral.first < at:  # repeated digits took the count before them
            count = found.pop()
            if numeral.first > count.first:
                found.append(
                    replace(
                        count,
                        value=count.value - count.value % 10,
                        digits=count.digits[:-1] + "0",
                        last=numeral.first,
                        doubtful=True,
                    )
                )
                numeral = replace(numeral, doubtful=True)
            found.append(numeral)
            at = numeral.last
        else:
            found.append(numeral)
            at = numeral.last
    return found


def figures(text: str, commas: bool) -> str:
    """Figures as written -> a plain decimal number such as "4711" or "12.50"; "" where they are something else (a date, a range)."""
    if text.isdigit():
        return text
    if _THOUSANDS[commas].fullmatch(text) or re.fullmatch(r"\d{1,3}(,\d{3}){2,}", text):
        return re.sub(r"\D", "", text)
    if _DECIMAL[commas].fullmatch(text):
        return text.replace(",", ".")
    grouped = re.fullmatch(r"(\d{1,3}(?:[.,]\d{3})+)[.,](\d{1,2})", text)
    return f"{re.sub(r'[.,]', '', grouped[1])}.{grouped[2]}" if grouped else ""


class _Reader:
    """Reads one numeral at a place."""

    __slots__ = ("span", "tokens", "way", "words")

    def __init__(self, tokens: tuple[Token, ...], words: Vocabulary, span: range, way: Way) -> None:
        self.tokens, self.words, self.span, self.way = tokens, words, span, way

    def atom(self, at: int) -> Atom | None:
        return (
            self.words.numerals.get(self.tokens[at].text) if at < self.span.stop and self.tokens[at].sort is Sort.WORD else None
        )

    def solid(self, at: int) -> bool:
        """Whether a number stands here beyond doubt."""
        if at >= self.span.stop:
            return False
        atom = self.atom(at)
        return self.tokens[at].sort is Sort.FIGURES or (atom is not None and not atom.weak)

    def opens(self, at: int) -> bool:
        """Whether what stands here makes a number of a weak word before it. Who writes figures would have written one for it too."""
        token, atom = self.tokens[at], self.atom(at)
        weak_zeros = (
            atom is not None and atom.weak and atom.rank is Rank.SINGLE and at + 1 < self.span.stop and self.opens(at + 1)
        )
        return (self.solid(at) and (token.sort is Sort.WORD or len(token.text) == 1)) or weak_zeros

    def counts(self, at: int, atom: Atom, after_number: bool) -> bool:
        """Whether a weak word is taken for a number here."""
        if not atom.weak:
            return True
        if atom.rank is Rank.SCALE:
            word = self.tokens[at]  # 15к, but not «к» as a preposition
            return after_number and (word.glued or word.text.isascii() or len(word.text) > 1)
        following = at + 1 < self.span.stop and not self.tokens[at + 1].pause and self.opens(at + 1)
        if atom.rank is Rank.SINGLE:
            return after_number or following
        if self.way.homophones > 1 and after_number:
            return True
        return following and (self.way.homophones > 2 or (self.way.homophones > 0 and after_number))

    def at(self, at: int, after_number: bool) -> Numeral | None:
        token, atom = self.tokens[at], self.atom(at)
        if token.sort is Sort.ORDINAL:
            return Numeral(int(token.text), token.text, at, at + 1, ordinal=True)
        if token.sort is Sort.FIGURES:
            return self.compose(at, after_number)
        if atom is None or not self.counts(at, atom, after_number):
            article = (
                token.text in self.words.articles
                and (follower := self.atom(at + 1))
                and follower.rank in (Rank.HUNDRED, Rank.SCALE)
            )
            return self.compose(at, after_number) if article else None
        if atom.rank is Rank.TIMES:
            return self.repeated(at, atom)
        if atom.rank is Rank.REPEATED:
            return self.many(at, atom, after_number)
        if atom.rank is Rank.SINGLE:
            return Numeral(atom.value, str(atom.value), at, at + 1, weak=int(atom.weak), single=True)
        return self.compose(at, after_number)

    def repeated(self, at: int, times: Atom) -> Numeral | None:
        """Double four, triple zero."""
        if at + 1 >= self.span.stop:
            return None
        token, atom = self.tokens[at + 1], self.atom(at + 1)
        if token.sort is Sort.FIGURES and len(token.text) == 1:
            digit = token.text
        elif atom is not None and atom.rank in (Rank.SINGLE, Rank.UNIT, Rank.REPEATED) and not atom.ordinal:
            digit = str(atom.value)
        else:
            return None
        return Numeral(int(digit * times.value), digit * times.value, at, at + 2)

    def many(self, at: int, atom: Atom, after_number: bool) -> Numeral | None:
        """Two zeros, три семёрки: `first` is at the count, which was read before."""
        before = self.atom(at - 1) if at > self.span.start else None
        token = self.tokens[at - 1] if at > self.span.start else None
        count = before.value if before and before.rank is Rank.UNIT else int(token.text) if token and token.text.isdigit() else 0
        composed = at - 1 > self.span.start and (before_it := self.atom(at - 2)) is not None and before_it.rank is Rank.TENS
        if after_number and 2 <= count <= 9 and not (composed and Rank.REPEATED in self.way.split):
            return Numeral(int(str(atom.value) * count), str(atom.value) * count, at - 1, at + 1)
        # "The red ones" is no number; after another one it may be a digit with a wrong ending.
        return Numeral(atom.value, str(atom.value), at, at + 1, single=True) if after_number or not atom.value else None

    def compose(self, start: int, after_number: bool) -> Numeral | None:
        """A number of hundreds, tens and units, of scales, of figures with a scale after them."""
        total, block, room, scale = 0, -1, 3, 10**15  # block: what is under the next scale; -1 while nothing is
        at, weak, ordinal, last_rank = start, 0, False, Rank.SINGLE
        while at < self.span.stop and not ordinal:
            token, atom, begun = self.tokens[at], self.atom(at), at > start
            if begun and token.pause and last_rank is not Rank.SCALE:
                break
            if token.sort is Sort.FIGURES:
                written = figures(token.text, self.words.commas)
                if begun and not (
                    block < 0 and last_rank is Rank.SCALE and written.isdigit() and int(written) < scale and written[0] != "0"
                ):
                    break
                if not begun:
                    follower = self.atom(at + 1)
                    scaled = follower is not None and follower.rank in (Rank.HUNDRED, Rank.SCALE)
                    if not (written.isdigit() and scaled and self.counts(at + 1, follower, True)):  # type: ignore[arg-type]
                        whole = re.sub(r"\D", "", token.text)
                        return Numeral(int(whole), whole, at, at + 1, figures=token.text, single=len(whole) == 1)
                block, room, last_rank = int(written), 0, Rank.UNIT
            elif atom is None:
                if not self.joins(at, begun, last_rank):
                    break
                at += 1
                continue
            elif not self.counts(at, atom, begun or after_number):
                break
            elif atom.rank in _ROOM:
                if room < _ROOM[atom.rank] or last_rank in self.way.split or (begun and block == 0):
                    break
                block, room, last_rank, ordinal = max(block, 0) + atom.value, _LEFT[atom.rank], atom.rank, atom.ordinal
            elif atom.rank is Rank.HUNDRED and 0 < abs(block) < 100 and room < 3 + (block < 0):
                block, room, last_rank, ordinal = abs(block) * 100, 2, Rank.HUNDREDS, atom.ordinal
            elif atom.rank is Rank.SCALE and atom.value < scale and (block > 0 or total == 0):
                total, scale, ordinal = total + (max(block, 1) if block else 0) * atom.value, atom.value, atom.ordinal
                block, room, last_rank = -1, 3, Rank.SCALE
            else:
                break
            weak += atom is not None and atom.weak
            at += 1
        while at > start and self.tokens[at - 1].text in self.words.joining | self.words.articles:
            at -= 1
        if at == start:
            return None
        value = total + max(block, 0)
        return Numeral(value, str(value), start, at, ordinal=ordinal, weak=weak, single=at - start == 1 and value < 10)

    def joins(self, at: int, begun: bool, last_rank: Rank) -> bool:
        """ "And" after a hundred or a thousand, and the article before one."""
        token, atom = self.tokens[at], self.atom(at + 1)
        if token.text in self.words.articles:
            return atom is not None and atom.rank in (Rank.HUNDRED, Rank.SCALE) and not begun
        return begun and token.text in self.words.joining and last_rank in (Rank.SCALE, Rank.HUNDREDS) and self.solid(at + 1)
