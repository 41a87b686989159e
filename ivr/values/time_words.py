"""What was said about a time of day: "half past three", "quarter to nine", «без пяти восемь вечера», «полтретьего», 15:30."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from decimal import Decimal

from ivr.values.ask import Ask
from ivr.values.heard import Heard
from ivr.values.numerals import Numeral, numerals
from ivr.values.pieces import Piece, pieces
from ivr.values.vocabulary import Sense

_FIGURES = re.compile(r"(\d{1,2})[:.\-](\d{2})(?::00)?")
_DIRECT = (Sense.CLOCK, Sense.HOURS)


@dataclass(slots=True)
class Clock:
    """One time as said. hour 0 to 23 and minute; dial: the hour may be of the morning or of the afternoon. part: of the day.

    ahead: minutes from now instead. impossible: such a time there is not. doubt: taken from the score. claimed: tokens.
    """

    hour: int | None = None
    minute: int = 0
    dial: bool = True
    part: int | None = None
    ahead: int | None = None
    impossible: bool = False
    doubt: float = 0.0
    claimed: set[int] = field(default_factory=set)


def gather(heard: Heard, span: range, ask: Ask) -> Clock:
    """Read the words of these tokens into one Clock; the first time said counts, words that fit nowhere are left unclaimed."""
    return _Gatherer(heard, span, ask).clock


class _Gatherer:
    """Walks over the pieces once; each rule takes what it understands from the front and says how many pieces that was."""

    __slots__ = ("ask", "clock", "heard", "row")

    def __init__(self, heard: Heard, span: range, ask: Ask) -> None:
        self.heard, self.ask, self.clock = heard, ask, Clock()
        self.row = pieces(heard, span, ask.words.times, numerals(heard, ask.words, span))
        at = 0
        while at < len(self.row):
            taken = self.rule(at)
            for piece in self.row[at : at + taken]:
                self.clock.claimed.update(range(piece.first, piece.last))
            at += taken or 1

    def rule(self, at: int) -> int:
        if self.sense(at) is Sense.PART and self.clock.part is None:
            self.clock.part = self.row[at].value
            return 1
        if self.clock.hour is not None or self.clock.ahead is not None:
            return 0
        return self.ahead(at) or self.fixed(at) or self.half(at) or self.before_after(at) or self.figures(at) or self.hour(at)

    def sense(self, at: int) -> Sense | None:
        return self.row[at].sense if 0 <= at < len(self.row) else None

    def number(self, at: int) -> Numeral | None:
        return self.row[at].number if 0 <= at < len(self.row) else None

    def beside(self, at: int) -> bool:
        """Whether the next piece follows this one with nothing but small words between."""
        if at + 1 >= len(self.row):
            return False
        between = range(self.row[at].last, self.row[at + 1].first)
        return (
            all(self.heard.tokens[one].text in (*self.ask.idle, *self.ask.words.joining) for one in between) and len(between) < 3
        )

    def set(self, hour: int, minute: int, *, dial: bool | None = None) -> None:
        self.clock.impossible |= not (0 <= hour <= 24 and 0 <= minute < 60)
        self.clock.hour, self.clock.minute = hour % 24, minute
        self.clock.dial = 1 <= hour <= 12 if dial is None else dial

    def hour_at(self, at: int) -> int | None:
        one = self.number(at)
        if one is not None and one.value <= 24 and not one.figures.startswith("0"):
            return one.value
        return 1 if self.sense(at) is Sense.CLOCK and self.heard.tokens[self.row[at].first].text == "час" else None

    def amount(self, at: int) -> tuple[Decimal, int]:
        """How many hours or minutes, and how many pieces say so: a number, полтора, one where nothing is said."""
        if (one := self.number(at)) is not None:
            return Decimal(one.value), 1
        unit = self.row[at] if at < len(self.row) else None
        for before in range(max(0, unit.first - 2), unit.first) if unit is not None else ():
            if (said := self.ask.words.quantities.get(self.heard.tokens[before].text)) is not None:
                self.clock.claimed.add(before)
                return Decimal(str(said)), 0
        return Decimal(1), 0

    def ahead(self, at: int) -> int:
        """In an hour; in twenty minutes; через полтора часа; now."""
        if self.sense(at) is Sense.NOW:
            self.clock.ahead = 0
            return 1
        if self.sense(at) is not Sense.IN:
            return 0
        minutes, taken = Decimal(0), 1
        while True:
            count, size = self.amount(at + taken)
            unit = self.row[at + taken + size] if at + taken + size < len(self.row) else None
            if unit is None or unit.sense not in (Sense.MINUTES, *_DIRECT):
                break
            length = 60 if unit.sense is Sense.CLOCK else unit.value
            minutes += length * (count if size or length in (1, 60) else 1)
            taken += size + 1
        if taken == 1:
            return 0
        self.clock.ahead = int(minutes)
        return taken

    def fixed(self, at: int) -> int:
        """Noon, midnight; полтретьего, which is of the morning or of the afternoon."""
        if self.sense(at) not in (Sense.FIXED, Sense.DIAL):
            return 0
        value = self.row[at].value
        self.set(value // 60, value % 60, dial=self.sense(at) is Sense.DIAL)
        return 1

    def half(self, at: int) -> int:
        """Half past three; half three (which is half past three in Britain and asked back); половина третьего."""
        if self.sense(at) is not Sense.HALF or not self.beside(at):
            return 0
        one = self.number(at + 1)
        if one is None or not 1 <= one.value <= 24:
            return 0
        if one.ordinal:
            self.set((one.value - 1) or 12, 30)
        else:
            self.set(one.value, 30)
            self.clock.doubt += 0.25 if self.row[at].value == 31 else 0.0
        return 2

    def before_after(self, at: int) -> int:
        """Quarter to nine; ten past five; без четверти девять; пять минут десятого."""
        if self.sense(at) is Sense.BEFORE:  # без пяти восемь
            minutes, size = self.minutes(at + 1)
            hour = self.hour_at(at + 1 + size)
            if size and hour is not None:
                self.set((hour - 2) % 12 + 1 if hour <= 12 else hour - 1, 60 - minutes)
                return 2 + size
        minutes, size = self.minutes(at)
        if not size or at + size >= len(self.row) or (size == 1 and minutes % 5):
            return 0  # "three to four" is a range
        between = self.sense(at + size)
        hour = self.hour_at(at + size + 1)
        if between in (Sense.AFTER, Sense.BEFORE) and self.sense(at + size + 1) is Sense.FIXED:
            whole = self.row[at + size + 1].value + (minutes if between is Sense.AFTER else -minutes)
            self.set(whole % 1440 // 60, whole % 60, dial=False)
            return size + 2
        if between is Sense.AFTER and hour is not None:
            self.set(hour, minutes)
            return size + 2
        if between is Sense.BEFORE and hour is not None:
            self.set((hour - 2) % 12 + 1 if hour <= 12 else hour - 1, 60 - minutes)
            return size + 2
        one = self.number(at + size)
        named = self.sense(at) is Sense.QUARTER or self.sense(at + 1) is Sense.MINUTES
        if named and one is not None and one.ordinal and one.value <= 12:
            self.set((one.value - 1) or 12, minutes)
            return size + 1
        return 0

    def minutes(self, at: int) -> tuple[int, int]:
        """Minutes before or after an hour, and how many pieces say so (0: none)."""
        if self.sense(at) is Sense.QUARTER:
            return 15, 1
        one = self.number(at)
        if one is None or one.ordinal or not 1 <= one.value < 60:
            return 0, 0
        return one.value, 1 + (self.sense(at + 1) is Sense.MINUTES)

    def figures(self, at: int) -> int:
        """15:30, 3.30, 0900; a zero in front says that the hour is one of 24."""
        one = self.number(at)
        match = _FIGURES.fullmatch(one.figures) if one is not None else None
        if match is None and one is not None and one.figures.isdigit() and len(one.figures) == 4:
            match = re.fullmatch(r"(\d\d)(\d\d)", one.figures)
        if match is None:
            return 0
        self.set(
            int(match[1]),
            int(match[2]),
            dial=False
            if match[1].startswith("0") or (len(match[0]) == 4 > 0 and ":" not in match[0] and "." not in match[0])
            else None,
        )
        return 1 + (self.sense(at + 1) in _DIRECT)

    def hour(self, at: int) -> int:
        """Three; three o'clock; three thirty; fifteen hundred; пятнадцать ноль пять; час дня; три часа двадцать минут."""
        one, bare = self.number(at), self.hour_at(at)
        if one is not None and one.value >= 100 and one.value % 100 == 0 and one.value <= 2400 and not one.figures:
            self.set(one.value // 100, 0, dial=False)
            return 1 + (self.sense(at + 1) in _DIRECT)
        if (
            one is not None
            and 25 <= one.value <= 29
            and not one.ordinal
            and not one.figures
            and self.sense(at + 1) is not Sense.MINUTES
        ):
            self.set(20, one.value - 20)  # «двадцать пять» is 20:05 rather than no time
            self.clock.doubt += 0.35
            return 1
        if self.sense(at + 1) in (Sense.BEFORE, Sense.AFTER) and self.hour_at(at + 2) is None and self.beside(at):
            return 0  # "twenty to", of an hour that was not heard
        if bare is None or (one is not None and one.ordinal):
            return 0
        clock = one is not None and self.sense(at + 1) in _DIRECT and self.beside(at)
        after, size = at + 1 + clock, 0
        zero, minute = self.number(after), 0
        if zero is not None and self.beside(after - 1) and not zero.ordinal:
            follower = self.number(after + 1)
            named = self.sense(after + 1) is Sense.MINUTES
            if zero.value == 0 and follower is not None and follower.value < 10 and self.beside(after):
                minute, size = follower.value, 2
            elif zero.value < 60 and (named or zero.value >= 10 or len(zero.digits) == 2 or zero.value == 0):
                minute, size = zero.value, 1
            if zero.value == 0 and follower is not None and follower.value == 0 and size == 0:
                size = 2
            size += size > 0 and self.sense(after + size) is Sense.MINUTES
        if size == 0 and not clock and one is not None and self.sense(at + 1) is Sense.MINUTES:
            return 0  # twenty minutes is no time of day
        self.set(
            bare, minute, dial=False if minute == 0 and size == 2 else None
        )  # «девять ноль ноль» is read off a 24-hour clock
        exact = self.sense(after + size) is Sense.CLOCK and size > 0  # ровно
        if not clock and size == 0 and self.clock.part is None and self.sense(at + 1) is not Sense.PART:
            self.clock.doubt += 0.05
        return 1 + clock + size + exact


__all__ = ["Clock", "Piece", "gather"]
