"""Amounts of money: "twelve fifty", "a hundred and twenty roubles", «двадцать рублей пятьдесят копеек», $4.20. Currencies by ISO 4217."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from ivr.values.ask import Ask
from ivr.values.finding import Finding, Reason, Value, found, refused
from ivr.values.heard import Heard
from ivr.values.number import grouped
from ivr.values.quantity import Quantity, quantities

CENT = Decimal("0.01")
UNDIVIDED = frozenset({"JPY", "KRW"})  # currencies without a subunit (ISO 4217, exponent 0)
_ROW = 0.7
AMOUNT_MAX = Decimal(10) ** 12


@dataclass(frozen=True, slots=True)
class _Amount:
    """A reading: amount, currency ("" for none said), the tokens, and a second amount it may be as well."""

    value: Decimal
    currency: str
    claimed: frozenset[int]
    other: Decimal | None = None
    score: float = 1.0


def money(heard: Heard, span: range, ask: Ask) -> Finding:
    """The amount in these tokens; the first of several."""
    amounts = _amounts(heard, span, ask)
    if not amounts:
        return refused(ask.kind, rest=heard.rest((), ask.idle, span))
    one = next((amount for amount in amounts if amount.currency), amounts[0])
    rest, belief = heard.rest(one.claimed, ask.idle, span), ask.belief(heard, one.claimed, span)
    currency = one.currency or _assumed(ask)
    if ask.limits.currencies and currency not in ask.limits.currencies:
        return refused(ask.kind, Reason.CURRENCY, _normal(one.value, currency), rest)
    readings = [one.value] if one.other is None else [one.value, one.other]
    allowed = [value for value in readings if not _wrong(value, currency, ask)]
    if not allowed:
        return refused(ask.kind, _wrong(one.value, currency, ask), _normal(one.value, currency), rest)
    others = (*(_json(value, currency) for value in allowed[1:]), *_besides(one, amounts, currency, ask))
    belief = min(belief, _ROW) if ask.bounded(heard, one.claimed, span) else belief
    score = one.score if len(readings) == 1 or others else 0.85  # the limits left one of two
    return found(ask.kind, _json(allowed[0], currency), _normal(allowed[0], currency), score * belief, others=others, rest=rest)


def _besides(one: _Amount, amounts: list[_Amount], currency: str, ask: Ask) -> tuple[Value, ...]:
    """Other amounts that were said in the same way, with or without a currency: "five hundred to a thousand"."""
    alike = (other for other in amounts if other is not one and bool(other.currency) == bool(one.currency))
    said = (_json(other.value, other.currency or currency) for other in alike if not _wrong(other.value, currency, ask))
    return tuple(value for value in said if value != _json(one.value, currency))


def judged(value: Decimal, ask: Ask) -> Finding:
    """A keyed amount, in the currency that is assumed."""
    currency = _assumed(ask)
    why = _wrong(value, currency, ask)
    normal = _normal(value, currency)
    return refused(ask.kind, why, normal) if why else found(ask.kind, _json(value, currency), normal, 1.0)


def _assumed(ask: Ask) -> str:
    return ask.limits.currency or (ask.limits.currencies[0] if len(ask.limits.currencies) == 1 else "")


def _amounts(heard: Heard, span: range, ask: Ask) -> list[_Amount]:
    found: list[_Amount] = []
    parts = [one for group in grouped(heard, quantities(heard, span, ask)) for one in _digits(group)]
    at = 0
    while at < len(parts):
        amount, used = _amount(heard, span, ask, parts, at)
        found.append(amount)
        at += used
    return found


def _digits(group: list[Quantity]) -> list[Quantity]:
    """A row of single digits is one number: "one two zero roubles"."""
    if len(group) < 3 or any(len(one.plain) > 1 for one in group):
        return group
    whole = "".join(one.plain for one in group)
    return [Quantity(Decimal(whole), group[0].first, group[-1].last, whole)]


def _amount(heard: Heard, span: range, ask: Ask, parts: list[Quantity], at: int) -> tuple[_Amount, int]:
    """The amount that begins with this part, and how many parts it takes."""
    one, words = parts[at], ask.words
    claimed = set(range(one.first, one.last))
    before = heard.tokens[one.first - 1].text if one.first > span.start else ""
    after, end = _word(heard, span, one.last), one.last
    currency = words.currencies.get(after, "")
    if currency:
        claimed.add(one.last)
        end += 1
    elif after in words.subunits and (at == 0 or parts[at - 1].last < one.first - 2):
        return _Amount(one.value / 100, words.subunits[after], frozenset({*claimed, one.last})), 1
    elif before in words.currencies:
        currency = words.currencies[before]
        claimed.add(one.first - 1)
    follower = parts[at + 1] if at + 1 < len(parts) else None
    if follower is None or one.value != int(one.value) or not 0 <= follower.value < 100 or follower.value != int(follower.value):
        return _Amount(one.value, currency, frozenset(claimed)), 1
    gap = range(end, follower.first)
    unit = _word(heard, span, follower.last)
    tail = set(gap) | set(range(follower.first, follower.last))
    joined = all(_word(heard, span, between) in words.joining for between in gap)
    if joined and unit in words.subunits:
        return _Amount(
            one.value + follower.value * CENT, currency or words.subunits[unit], frozenset(claimed | tail | {follower.last})
        ), 2
    if gap or heard.tokens[follower.first].pause or (follower.value < 10 and len(follower.plain) < 2):
        return _Amount(one.value, currency, frozenset(claimed)), 1
    value = one.value + follower.value * CENT
    if currency:  # twelve dollars fifty
        return _Amount(value, currency, frozenset(claimed | tail)), 2
    # "Twelve fifty", perhaps with the currency after it: 12.50, or 1250.
    if unit in words.currencies:
        currency, tail = words.currencies[unit], tail | {follower.last}
    return _Amount(
        value, currency, frozenset(claimed | tail), Decimal(one.plain + follower.plain) if one.plain else None, _ROW
    ), 2


def _word(heard: Heard, span: range, at: int) -> str:
    return heard.tokens[at].text if span.start <= at < span.stop else ""


def _wrong(value: Decimal, currency: str, ask: Ask) -> Reason:
    if value < max(ask.limits.minimum or Decimal(0), Decimal(0)):
        return Reason.TOO_SMALL
    if value > (ask.limits.maximum if ask.limits.maximum is not None else AMOUNT_MAX):
        return Reason.TOO_LARGE
    smallest = Decimal(1) if currency in UNDIVIDED else CENT
    return Reason.NONE if value % smallest == 0 else Reason.NOT_WHOLE


def _plain(value: Decimal, currency: str) -> str:
    return str(int(value)) if currency in UNDIVIDED else str(value.quantize(CENT))


def _json(value: Decimal, currency: str) -> Value:
    return {"amount": _plain(value, currency), "currency": currency}


def _normal(value: Decimal, currency: str) -> str:
    return f"{value:f} {currency}".strip() if value % CENT else f"{_plain(value, currency)} {currency}".strip()
