"""The filters of texts that are read, not heard: 4711, 8 May, 15:30, €12.50, 3 parcels; the same names as for the ear.

Figures are grouped and parted as each language writes them: 1,234.5 in English, 1 234,5 in Russian.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from typing import Any

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumberFormat

from ivr.languages import primary
from ivr.spoken.dates import say_date
from ivr.spoken.filters import day_of, text_of
from ivr.spoken.numbers import Number, exact, noun_after, plural, say_ordinal

_SYMBOLS = {"EUR": "€", "USD": "$", "GBP": "£", "RUB": "₽", "UAH": "₴", "KZT": "₸", "TRY": "₺"}
_VOWELS = "аеёиоуыэюя"


def filters(language: str, today: date) -> dict[str, Callable[..., str]]:
    """Name -> filter; what they take is what the spoken ones take (ivr/spoken/filters.py), cases and genders among it."""

    def money(value: Number | Mapping[str, Any], currency: str = "", case: str = "nominative") -> str:
        if isinstance(value, Mapping):
            return write_money(str(value["amount"]), str(value["currency"]) or currency, language)
        return write_money(value, currency, language)

    def written_date(value: str | date, *, relative: bool = True) -> str:
        return say_date(day_of(value), language, today, relative=relative, figures=True)

    def on_date(value: str | date, *, relative: bool = True) -> str:
        return say_date(day_of(value), language, today, when=True, relative=relative, figures=True)

    def written_time(value: str | time) -> str:
        at = value if isinstance(value, time) else time.fromisoformat(value)
        return f"{at.hour}:{at.minute:02}"

    def number(value: Number, case: str = "nominative", gender: str = "masculine") -> str:
        return write_number(value, language)

    def ordinal(value: int, case: str = "nominative", gender: str = "masculine") -> str:
        return write_ordinal(int(value), language, case, gender)

    def phone(value: str, region: str = "") -> str:
        return write_phone(text_of(value), region)

    def as_it_is(value: str | int, *, spelled: bool = True) -> str:
        return text_of(value)

    def plurals(value: Number, *forms: str) -> str:
        return plural(value, forms, language)

    def count(value: Number, noun: str, case: str = "nominative") -> str:
        return f"{write_number(value, language)} {noun_after(value, noun, language, case=case)}"

    return {
        "number": number, "ordinal": ordinal, "digits": as_it_is, "money": money, "date": written_date, "on_date": on_date,
        "time": written_time, "phone": phone, "spell": as_it_is, "email": as_it_is, "plural": plurals, "count": count,
    }  # fmt: skip


def write_number(n: Number, language: str) -> str:
    """1234.5 -> "1,234.5", «1 234,5» (with a space that does not break)."""
    grouped = f"{exact(n):,f}"
    return grouped.translate({ord(","): "\u00a0", ord("."): ","}) if primary(language) == "ru" else grouped


def write_money(amount: Number, currency: str, language: str) -> str:
    """12.5, "EUR" -> "€12.50", «12,50 €»; whole amounts without cents, a currency without a sign by its code."""
    value = exact(amount).quantize(Decimal("0.01"))
    figures = write_number(int(value) if value == int(value) else value, language)
    sign = _SYMBOLS.get(currency, "")
    if sign and primary(language) == "en":
        return f"-{sign}{figures[1:]}" if value < 0 else f"{sign}{figures}"
    return f"{figures}\u00a0{sign or currency}".rstrip()


def write_ordinal(n: int, language: str, case: str = "nominative", gender: str = "masculine") -> str:
    """3 -> "3rd", «3-й», «3-го»: the ending has two letters where a consonant stands before the last one."""
    if primary(language) == "ru":
        word = say_ordinal(n, "ru", case=case, gender=gender)
        return f"{n}-{word[-1:] if word[-2:-1] in _VOWELS else word[-2:]}"
    if primary(language) != "en":
        return say_ordinal(n, language)
    return f"{n}{'th' if n % 100 in (11, 12, 13) else {1: 'st', 2: 'nd', 3: 'rd'}.get(n % 10, 'th')}"


def write_phone(number: str, region: str = "") -> str:
    """E.164 -> "+7 916 123-45-67"; without the country code in its own `region`. What is no number stays as it is."""
    try:
        parsed = phonenumbers.parse(number, region or None)
    except NumberParseException:
        return number
    home = bool(region) and phonenumbers.region_code_for_number(parsed) == region
    return str(phonenumbers.format_number(parsed, PhoneNumberFormat.NATIONAL if home else PhoneNumberFormat.INTERNATIONAL))
