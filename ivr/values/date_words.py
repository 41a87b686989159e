"""What was said about a day: "next Friday", "the 3rd of May", «через неделю в среду», 03.05.2026; ivr.values.date decides."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from datetime import date

from ivr.values.ask import Ask
from ivr.values.calendar import add_months, full_year, later
from ivr.values.heard import Heard
from ivr.values.numerals import numerals
from ivr.values.pieces import Piece, pieces
from ivr.values.vocabulary import Sense

_FIGURES = re.compile(r"(\d{1,4})([.\-/–])(\d{1,2})(?:[.\-/–](\d{2}|\d{4}))?")
_TURNS = (Sense.THIS, Sense.NEXT, Sense.LAST)
_SHIFT = {Sense.THIS: 0, Sense.NEXT: 1, Sense.LAST: -1}


@dataclass(slots=True)
class Said:
    """Everything said about one day, gathered. None is "not said".

    exact: by its distance from today ("in two weeks"); whole_weeks: that distance was one of weeks. turn: this, next, last before a weekday.
    week: "next week" is 1. nth: "the first Monday of ...". span: a weekend (5), the end of a month (31).
    doubt: what is taken from the score for the way it was said. claimed: tokens.
    """

    weekday: int | None = None
    day: int | None = None
    month: int | None = None
    year: int | None = None
    exact: date | None = None
    whole_weeks: bool = False
    turn: Sense | None = None
    week: int | None = None
    nth: int | None = None
    span: int | None = None
    doubt: float = 0.0
    impossible: bool = False
    claimed: set[int] = field(default_factory=set)


def gather(heard: Heard, span: range, ask: Ask) -> Said:
    """Read the words of these tokens into one Said; words that fit nowhere are left unclaimed."""
    return _Gatherer(heard, span, ask).said


class _Gatherer:
    """Walks over the pieces once; each rule takes what it understands from the front and says how many pieces that was."""

    __slots__ = ("ask", "heard", "row", "said", "span")

    def __init__(self, heard: Heard, span: range, ask: Ask) -> None:
        self.heard, self.span, self.ask, self.said = heard, span, ask, Said()
        self.row = pieces(heard, span, ask.words.dates, numerals(heard, ask.words, span))
        at = 0
        while at < len(self.row):
            taken = (
                self.doubled(at)
                or self.distance(at)
                or self.turned(at)
                or self.figures(at)
                or self.day_month(at)
                or self.single(at)
            )
            for piece in self.row[at : at + taken]:
                self.said.claimed.update(range(piece.first, piece.last))
            at += taken or 1
        self.lonely()

    def sense(self, at: int) -> Sense | None:
        return self.row[at].sense if 0 <= at < len(self.row) else None

    def number(self, at: int) -> Piece | None:
        return self.row[at] if 0 <= at < len(self.row) and self.row[at].number is not None else None

    def near(self, at: int, gap: int = 3) -> bool:
        """Whether only small words stand between this piece and the next ("the third of May")."""
        if at + 1 >= len(self.row):
            return False
        between = range(self.row[at].last, self.row[at + 1].first)
        return len(between) <= gap and all(self.small(self.heard.tokens[one].text) for one in between)

    def small(self, word: str) -> bool:
        return word in self.ask.idle or word in self.ask.words.quantities

    def distance(self, at: int) -> int:
        """In two weeks; two weeks ago; a week from Monday; через неделю."""
        begun = self.sense(at) is Sense.IN
        count_at = at + begun
        count = self.number(count_at)
        if count is not None and count.number is not None and count.number.ordinal:
            return 0
        unit_at = count_at + (count is not None)
        if self.sense(unit_at) is not Sense.UNIT or (unit_at > at and not self.near(unit_at - 1)):
            return 0
        amount, unit = (count.value if count else self.quantity(self.row[unit_at])), self.row[unit_at].value
        after = self.sense(unit_at + 1)
        if begun:
            self.move(self.ask.today, amount, unit)
            return unit_at + 1 - at
        if after is Sense.AGO:
            self.move(self.ask.today, -amount, unit)
            return unit_at + 2 - at
        follower = self.sense(unit_at + 2)
        if after is Sense.FROM and unit > 0 and follower is Sense.DAY:
            self.move(self.ask.today, self.row[unit_at + 2].value + amount * unit, 1)
            return unit_at + 3 - at
        if after is Sense.FROM and unit in (7, 14) and follower is Sense.WEEKDAY:
            self.said.weekday, self.said.nth = self.row[unit_at + 2].value, -amount * unit
            return unit_at + 3 - at
        return 0

    def doubled(self, at: int) -> int:
        """Days that are said the other way round, or with a week or a weekday between: недели через две, a week today, через вторник."""
        first, second = self.sense(at), self.sense(at + 1)
        row, said = self.row, self.said
        number = self.number(at + 2)
        if first is Sense.UNIT and second is Sense.IN and number is not None and self.near(at, 0) and self.near(at + 1, 0):
            self.move(self.ask.today, number.value, row[at].value)
            said.doubt += 0.3  # about two weeks
            return 3
        counted = self.number(at) is not None and self.near(at, 0)
        unit = at + counted
        weeks = self.sense(unit) is Sense.UNIT and row[unit].value in (7, 14)
        if weeks and self.sense(unit + 1) is Sense.DAY and row[unit + 1].value in (0, 1) and self.near(unit, 0):
            said.exact = later(self.ask.today, row[unit + 1].value + row[unit].value * (row[at].value if counted else 1))
            return 2 + counted
        if second is Sense.UNIT and row[at + 1].value == 7 and self.near(at, 0) and first in (Sense.DAY, Sense.WEEKDAY):
            if first is Sense.DAY:
                said.exact = later(self.ask.today, row[at].value + 7)
            else:
                said.weekday, said.nth = row[at].value, -7
            return 2
        if first is Sense.IN and second is Sense.WEEKDAY and self.near(at, 0) and self.ask.words.skipping:
            said.weekday, said.nth, said.doubt = row[at + 1].value, -7, 0.2
            return 2
        return 0

    def quantity(self, unit: Piece) -> int:
        """The number of units where no numeral stands before: a couple of weeks, пару дней, one."""
        for at in range(max(self.span.start, unit.first - 2), unit.first):
            amount = self.ask.words.quantities.get(self.heard.tokens[at].text)
            if amount is not None and amount >= 2:
                self.said.claimed.add(at)
                self.said.doubt += 0.1
                return int(amount)
        return 1

    def move(self, base: date, amount: int, unit: int) -> None:
        days = unit if unit > 0 else 0
        moved = later(base, amount * days) if days else add_months(base, -amount * unit) if abs(amount) < 10**4 else None
        self.said.exact, self.said.impossible = moved, self.said.impossible or moved is None
        self.said.whole_weeks = unit in (7, 14)

    def turned(self, at: int) -> int:
        """Next Friday; next week; the third of next month; this year."""
        turn, follower = self.sense(at), self.sense(at + 1)
        if turn not in _TURNS or follower is None or not self.near(at, 0):
            return 0
        value = self.row[at + 1].value
        if follower is Sense.WEEKDAY:
            self.said.turn, self.said.weekday = turn, value
        elif follower is Sense.UNIT and value == 7:
            self.said.week = _SHIFT[turn]
        elif follower is Sense.UNIT and value == -1:
            shifted = add_months(self.ask.today.replace(day=1), _SHIFT[turn])
            if shifted is not None:
                self.said.month, self.said.year = shifted.month, shifted.year
        elif (follower is Sense.UNIT and value == -12) or follower is Sense.YEAR:
            self.said.year = self.ask.today.year + _SHIFT[turn]
        elif follower is Sense.MONTH:
            self.said.month = value
        else:
            return 0
        return 2

    def figures(self, at: int) -> int:
        """03.05.2026, 3/5, 2026-05-03."""
        piece = self.number(at)
        match = _FIGURES.fullmatch(piece.number.figures) if piece is not None and piece.number is not None else None
        if match is None or self.said.day is not None:
            return 0
        first, third = int(match[1]), match[4]
        second = int(match[3])
        if len(match[1]) == 4:
            self.said.year, self.said.month, self.said.day = first, second, int(third or 0)
        else:
            day, month = (second, first) if self.ask.limits.month_first and match[2] == "/" else (first, second)
            if month > 12 >= day:
                day, month, self.said.doubt = month, day, self.said.doubt + 0.3
            self.said.day, self.said.month = day, month
            self.said.year = full_year(int(third), self.ask.today) if third else None
        self.said.impossible |= not (1 <= self.said.month <= 12 and 1 <= self.said.day <= 31)
        return 1

    def day_month(self, at: int) -> int:
        """The third of May; May third; третьего мая; the third of the fifth; with a year after it."""
        number, month = self.number(at), self.sense(at) is Sense.MONTH
        if (
            month
            and self.number(at + 1) is not None
            and self.near(at, 1)
            and self.row[at + 1].value <= 31
            and self.said.day is None
        ):
            self.said.month, self.said.day = self.row[at].value, self.row[at + 1].value
            return 2 + self.year(at + 1)
        if month and self.homonym(at):
            return 0
        if month:
            self.said.month = self.row[at].value
            return 1 + (self.year(at) if self.said.day is not None else 0)
        if number is None or number.number is None or self.said.day is not None or number.value > 31 or not number.value:
            return 0
        if self.sense(at + 1) is Sense.MONTH and self.near(at):
            self.said.day, self.said.month = number.value, self.row[at + 1].value
            return 2 + self.year(at + 1)
        if self.sense(at + 1) is Sense.DATE and self.near(at, 0):
            self.said.day = number.value
            return 2
        if not number.number.ordinal:
            return 0
        if self.sense(at + 1) is Sense.WEEKDAY and self.near(at, 0) and number.value <= 5 and self.sense(at + 2) is Sense.MONTH:
            self.said.nth, self.said.weekday = number.value, self.row[at + 1].value
            return 2
        skip = 1 if (zero := self.number(at + 1)) is not None and zero.value == 0 and self.near(at) else 0
        follower = self.number(at + 1 + skip)
        of = all(
            token.text in self.ask.words.of for token in self.heard.tokens[self.row[at].last : follower.first if follower else 0]
        )
        if (
            follower is not None
            and (of or skip)
            and follower.number is not None
            and follower.number.ordinal
            and 1 <= follower.value <= 12
        ):
            self.said.day, self.said.month = number.value, follower.value
            return 2 + skip + self.year(at + 1 + skip)
        if self.sense(at + 1) is Sense.YEAR:
            return 0
        self.said.day = number.value
        return 1

    def homonym(self, at: int) -> bool:
        """Whether this is rather another word: "I may", "he sat"; "in May" and "on Sat" are not."""
        piece = self.row[at]
        before = self.sense(at - 1) if at and self.row[at - 1].last == piece.first else None
        alone = len(self.span) == 1 or before in (Sense.IN, Sense.FROM, *_TURNS)
        beside = self.said.day is not None or self.number(at + 1) is not None
        return self.heard.tokens[piece.first].text in self.ask.words.homonyms and not alone and not beside

    def year(self, at: int) -> int:
        """How many pieces after this one are the year: 2026, twenty twenty-six, двадцать шестого года."""
        numbers: list[int] = []
        while (piece := self.number(at + 1 + len(numbers))) is not None and self.near(at + len(numbers), 3) and len(numbers) < 3:
            numbers.append(piece.value)
        named = {size for size in range(1, len(numbers) + 1) if self.sense(at + 1 + size) is Sense.YEAR}
        match numbers:
            case [19 | 20 as century, 0, unit] if 0 < unit < 10:
                self.said.year, size = century * 100 + unit, 3
            case [19 | 20 as century, tens, *_] if 10 <= tens < 100:
                self.said.year, size = century * 100 + tens, 2
            case [year, *_] if 1900 <= year < 2200 or (year < 100 and (1 in named or year > 31)):
                self.said.year, size = full_year(year, self.ask.today), 1
            case _:
                return 0
        return size + (size in named)

    def single(self, at: int) -> int:
        piece = self.row[at]
        if piece.sense is Sense.WEEKDAY and self.homonym(at):
            return 0
        if piece.sense is Sense.WEEKDAY:
            self.said.weekday = piece.value
        elif piece.sense is Sense.DAY and self.said.exact is None:
            self.said.exact = later(self.ask.today, piece.value)
        elif piece.sense is Sense.SPAN:
            self.said.span = piece.value
        elif piece.number is not None and self.sense(at + 1) is Sense.YEAR:
            self.said.year = full_year(piece.value, self.ask.today)
            return 2
        else:
            return 0
        return 1

    def lonely(self) -> None:
        """Nothing but a number up to 31, in answer to a question for a day."""
        said = self.said
        alone = [piece for piece in self.row if piece.number is not None]
        if said.claimed or len(alone) != 1 or not 1 <= alone[0].value <= 31 or alone[0].number is None:
            return
        own = range(alone[0].first, alone[0].last)
        if self.ask.belief(self.heard, own, self.span) > 0.99 and not alone[0].number.weak:
            said.day, said.doubt = alone[0].value, 0.2
            said.claimed.update(own)
