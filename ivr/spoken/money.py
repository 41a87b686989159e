"""Amounts of money: "twelve dollars and fifty cents", «двадцать рублей пятьдесят копеек», «сорока двух рублей». ISO 4217 codes."""

from __future__ import annotations

from decimal import Decimal

from ivr.languages import primary
from ivr.spoken.numbers import Number, exact, plural, say_count, say_number
from ivr.spoken.words import spoken


def say_money(amount: Number, currency: str, language: str, *, case: str = "nominative") -> str:
    """The amount with its subunits; halves of a cent are rounded to even. A currency without a name here is spelled by its code.

    Raises ValueError for what is no number.
    """
    value = exact(amount).quantize(Decimal("0.01"))
    unit, subunit = spoken(language).currencies.get(currency, ("", ""))
    if not unit:
        return f"{say_number(value.normalize() if value % 1 else int(value), language)} {' '.join(currency)}".strip()
    whole, part = divmod(abs(value), 1)
    cents = int(part * 100)
    if cents and not subunit:
        return _counted(value.normalize(), unit, language, case)
    said = [_counted(Decimal(int(whole)), unit, language, case)] if whole or not cents else []
    said += [_counted(Decimal(cents), subunit, language, case)] if cents else []
    minus = {"en": "minus ", "ru": "минус "}.get(primary(language), "-") if value < 0 else ""
    return minus + (" and " if primary(language) == "en" else " ").join(said)


def _counted(value: Decimal, noun: str, language: str, case: str) -> str:
    if "|" in noun:
        return f"{say_number(value, language)} {plural(value, noun.split('|'), language)}"
    return say_count(value, noun, language, case=case)
