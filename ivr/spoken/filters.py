"""The filters of texts: every way to say a value, for one language and one day. They take the plain JSON that slots hold."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from typing import Any

from ivr.spoken.dates import say_date
from ivr.spoken.digits import say_digits, say_phone
from ivr.spoken.letters import say_email, spell
from ivr.spoken.money import say_money
from ivr.spoken.numbers import Number, plural, say_count, say_number, say_ordinal
from ivr.spoken.times import say_time


def filters(language: str, today: date) -> dict[str, Callable[..., str]]:
    """Name -> filter. Each raises ValueError or TypeError for a value that is not its own.

    number(case, gender), ordinal(case, gender), digits, money(currency, case), date, on_date, time, phone(region), spell, email,
    plural(form, form, ...), count(noun, case).
    """

    def money(value: Number | Mapping[str, Any], currency: str = "", case: str = "nominative") -> str:
        if isinstance(value, Mapping):
            return say_money(str(value["amount"]), str(value["currency"]) or currency, language, case=case)
        return say_money(value, currency, language, case=case)

    def spoken_date(value: str | date, *, relative: bool = True) -> str:
        return say_date(day_of(value), language, today, relative=relative)

    def on_date(value: str | date, *, relative: bool = True) -> str:
        return say_date(day_of(value), language, today, when=True, relative=relative)

    def spoken_time(value: str | time) -> str:
        return say_time(value if isinstance(value, time) else time.fromisoformat(value), language)

    def number(value: Number, case: str = "nominative", gender: str = "masculine") -> str:
        return say_number(value, language, case=case, gender=gender)

    def ordinal(value: int, case: str = "nominative", gender: str = "masculine") -> str:
        return say_ordinal(int(value), language, case=case, gender=gender)

    def digits(value: str | int) -> str:
        return say_digits(text_of(value), language)

    def phone(value: str, region: str = "") -> str:
        return say_phone(text_of(value), language, region)

    def spelled(value: str) -> str:
        return spell(text_of(value), language)

    def email(value: str, *, spelled: bool = True) -> str:
        return say_email(text_of(value), language, spelled=spelled)

    def plurals(value: Number, *forms: str) -> str:
        return plural(value, forms, language)

    def count(value: Number, noun: str, case: str = "nominative") -> str:
        return say_count(value, noun, language, case=case)

    return {
        "number": number, "ordinal": ordinal, "digits": digits, "money": money, "date": spoken_date, "on_date": on_date,
        "time": spoken_time, "phone": phone, "spell": spelled, "email": email, "plural": plurals, "count": count,
    }  # fmt: skip


def text_of(value: str | int) -> str:
    """A text or a whole number; anything else would be read out as Python."""
    if isinstance(value, bool) or not isinstance(value, str | int):
        raise TypeError(f"{type(value).__name__} is no text")
    return str(value)


def day_of(value: str | date) -> date:
    return value if isinstance(value, date) else date.fromisoformat(text_of(value))
