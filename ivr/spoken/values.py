"""A value of a slot as it is said back: chosen by the kind of the slot, from the plain JSON that understanding gives."""

from __future__ import annotations

from datetime import date, time

from ivr.spoken.dates import say_date
from ivr.spoken.digits import say_digits, say_phone
from ivr.spoken.letters import say_email
from ivr.spoken.money import say_money
from ivr.spoken.numbers import say_number
from ivr.spoken.times import say_time
from ivr.spoken.words import spoken
from ivr.values.finding import SlotKind, Value


def say_value(kind: SlotKind, value: Value, language: str, today: date, *, region: str = "") -> str:
    """What a caller hears of his own answer ("four seven, one one"). Raises ValueError for a value that is not of this kind."""
    try:
        return _said(kind, value, language, today, region)
    except (KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"{value!r} is no {kind.value}") from error


def _said(kind: SlotKind, value: Value, language: str, today: date, region: str) -> str:
    match kind, value:
        case SlotKind.DIGITS, str():
            return say_digits(value, language)
        case SlotKind.NUMBER, int() | float():
            return say_number(value, language)
        case SlotKind.MONEY, dict():
            return say_money(value["amount"], value["currency"], language)
        case SlotKind.DATE, str():
            return say_date(date.fromisoformat(value), language, today)
        case SlotKind.TIME, str():
            return say_time(time.fromisoformat(value), language)
        case SlotKind.YES_NO, bool():
            return spoken(language).answers[not value]
        case SlotKind.PHONE, str():
            return say_phone(value, language, region)
        case SlotKind.EMAIL, str():
            return say_email(value, language)
        case ((SlotKind.NAME | SlotKind.TEXT), str()):
            return value
    raise ValueError(f"{value!r} is no {kind.value}")
