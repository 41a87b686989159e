"""What is asked for, what is allowed, and what was found: the values that go into and come out of understanding a slot."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, time
from decimal import Decimal
from enum import StrEnum

from ivr.understand.judgement import ACCEPT, CONFIRM
from ivr.values.check_digit import RULES

Value = str | int | float | bool | dict[str, str] | None  # what plain JSON keeps


class SlotKind(StrEnum):
    """The type of a slot."""

    DIGITS = "digits"
    NUMBER = "number"
    MONEY = "money"
    DATE = "date"
    TIME = "time"
    YES_NO = "yes_no"
    NAME = "name"
    PHONE = "phone"
    EMAIL = "email"
    TEXT = "text"


class Verdict(StrEnum):
    """What to do with what was found: take it, ask whether it is right, ask again, or ask for the rest of it."""

    MATCH = "match"
    CONFIRM = "confirm"
    NO_MATCH = "no_match"
    INCOMPLETE = "incomplete"


class Reason(StrEnum):
    """Why a value was refused, is not complete, or needs a question; ivr.spoken.reasons says it to a caller."""

    NONE = ""
    NOTHING = "nothing heard"
    NO_VALUE = "no such value in it"
    TOO_SHORT = "too short"
    TOO_LONG = "too long"
    CHECK_DIGIT = "check digit"
    TOO_SMALL = "too small"
    TOO_LARGE = "too large"
    NOT_WHOLE = "not whole"
    PAST = "in the past"
    FUTURE = "in the future"
    TOO_EARLY = "too early"
    TOO_LATE = "too late"
    NO_SUCH_DAY = "no such day"
    WHICH_DAY = "which day"
    NO_SUCH_TIME = "no such time"
    WEEKDAY = "weekday and date differ"
    CURRENCY = "another currency"
    NO_SUCH_PHONE = "no such phone number"
    NO_DOMAIN = "no domain"
    WITHDRAWN = "taken back"
    SEVERAL = "several readings"
    UNSURE = "not sure"
    NOT_BY_KEYS = "not by keys"


@dataclass(frozen=True, slots=True)
class Limits:
    """What a slot allows. Zero, "" and None stand for "any". Raises ValueError for limits that leave nothing.

    length_min, length_max: digits or signs of a digits slot, letters of a name, characters of a text. check: a rule of
    ivr.values.check_digit. alphabet: the signs a code is made of, in the order the rule counts them.
    minimum, maximum: of a number or an amount; whole: no fractions. currency: ISO 4217, assumed where none is said;
    currencies: the only ones allowed.
    earliest, latest: dates; past, future: whether days before and after today are allowed (today always is); days_ahead_max:
    how far from today. month_first: 3/5 is the fifth of March, and keyed dates are MMDD.
    opens, closes: times, both allowed; minutes_step: only times on such a raster.
    region: CLDR region of phone numbers without a country code.
    """

    length_min: int = 0
    length_max: int = 0
    check: str = ""
    alphabet: str = "0123456789"
    minimum: Decimal | None = None
    maximum: Decimal | None = None
    whole: bool = True
    currency: str = ""
    currencies: tuple[str, ...] = ()
    earliest: date | None = None
    latest: date | None = None
    past: bool = False
    future: bool = True
    days_ahead_max: int = 0
    month_first: bool = False
    opens: time | None = None
    closes: time | None = None
    minutes_step: int = 0
    region: str = ""

    def __post_init__(self) -> None:
        if self.check and self.check not in RULES:
            raise ValueError(f'no check digit rule "{self.check}"; there are {", ".join(RULES)}')
        if self.length_max and self.length_min > self.length_max:
            raise ValueError(f"at least {self.length_min} and at most {self.length_max} signs leave nothing")
        if self.minimum is not None and self.maximum is not None and self.minimum > self.maximum:
            raise ValueError(f"from {self.minimum} to {self.maximum} leaves nothing")
        if not self.past and not self.future and (self.earliest or self.latest):
            raise ValueError("only today is allowed, and dates besides")


ANY = Limits()


@dataclass(frozen=True, slots=True)
class Finding:
    """A value of `kind` in what was said: plain JSON `value` (None where there is none to go on with), its `normal` form.

    score: 0 to 1, how sure, without the ear's own doubt. reason: of every verdict but a plain match. others: further readings,
    the likeliest first. rest: what was said besides (as said; "" where it was nothing but politeness).
    Values: digits, phone (E.164), e-mail, name, text: str; number: int or float; money: {"amount": "12.50", "currency": "EUR"};
    date: "2026-05-03"; time: "15:30"; yes_no: bool.
    """

    kind: SlotKind
    verdict: Verdict
    value: Value = None
    normal: str = ""
    score: float = 0.0
    reason: Reason = Reason.NONE
    others: tuple[Value, ...] = ()
    rest: str = ""


def refused(kind: SlotKind, reason: Reason = Reason.NO_VALUE, normal: str = "", rest: str = "") -> Finding:
    """No value that can be used; `normal` is what was understood all the same."""
    return Finding(kind, Verdict.NO_MATCH, normal=normal, reason=reason, rest=rest)


def incomplete(kind: SlotKind, value: Value, normal: str, reason: Reason = Reason.TOO_SHORT, rest: str = "") -> Finding:
    """The beginning of a value; the rest is still to come."""
    return Finding(kind, Verdict.INCOMPLETE, value, normal, ACCEPT, reason, rest=rest)


def found(
    kind: SlotKind,
    value: Value,
    normal: str,
    score: float,
    *,
    reason: Reason = Reason.NONE,
    others: tuple[Value, ...] = (),
    rest: str = "",
) -> Finding:
    """A value and how sure; the score decides between match, confirm and no_match. Other readings always need a question."""
    if others:
        score, reason = min(score, (ACCEPT + CONFIRM) / 2), reason or Reason.SEVERAL
    if score < CONFIRM:
        return Finding(kind, Verdict.NO_MATCH, None, normal, score, reason or Reason.UNSURE, (), rest)
    if score < ACCEPT:
        return Finding(kind, Verdict.CONFIRM, value, normal, score, reason or Reason.UNSURE, others, rest)
    return Finding(kind, Verdict.MATCH, value, normal, score, reason, others, rest)
