"""A number as an answer: how many, how much. Digits said one by one are taken for a number only after a question."""

from __future__ import annotations

from decimal import Decimal

from ivr.values.ask import Ask
from ivr.values.finding import Finding, Limits, Reason, Value, found, refused
from ivr.values.heard import Heard
from ivr.values.quantity import Quantity, quantities

_ROW, _ALONE_WEAK = 0.7, 0.65


def number(heard: Heard, span: range, ask: Ask) -> Finding:
    """The number in these tokens."""
    groups = grouped(heard, quantities(heard, span, ask))
    if not groups:
        return _misheard(heard, span, ask)
    claimed = {at for group in groups for one in group for at in range(one.first, one.last)}
    rest, belief = heard.rest(claimed, ask.idle, span), ask.belief(heard, claimed, span)
    most = _ROW if ask.bounded(heard, claimed, span) else 1.0
    readings = [(_joined(group), _ROW if len(group) > 1 or group[0].doubtful else most) for group in groups]
    allowed = [(value, score) for value, score in readings if not wrong(value, ask.limits)]
    if not allowed:
        return refused(ask.kind, wrong(readings[0][0], ask.limits), plain(readings[0][0]), rest)
    value, score = allowed[0]
    others = tuple(dict.fromkeys(json(other) for other, _ in allowed[1:] if other != value))
    return found(ask.kind, json(value), plain(value), score * belief, others=others, rest=rest)


def grouped(heard: Heard, amounts: list[Quantity]) -> list[list[Quantity]]:
    """Amounts that follow each other without a word or a pause between: "four seven one one" is one group."""
    groups: list[list[Quantity]] = []
    for one in amounts:
        joins = groups and groups[-1][-1].last == one.first and groups[-1][-1].plain and one.plain
        if joins and not heard.tokens[one.first].pause:
            groups[-1].append(one)
        else:
            groups.append([one])
    return groups


def wrong(value: Decimal, limits: Limits) -> Reason:
    """Why this number is not allowed; NONE where it is."""
    if limits.minimum is not None and value < limits.minimum:
        return Reason.TOO_SMALL
    if limits.maximum is not None and value > limits.maximum:
        return Reason.TOO_LARGE
    return Reason.NOT_WHOLE if limits.whole and value != value.to_integral_value() else Reason.NONE


def json(value: Decimal) -> Value:
    """An int where the number is whole, else a float."""
    return int(value) if value == value.to_integral_value() else float(value)


def plain(value: Decimal) -> str:
    """Without exponent and trailing zeros: "12.5", "1500"."""
    return str(int(value)) if value == value.to_integral_value() else f"{value.normalize():f}"


def _joined(group: list[Quantity]) -> Decimal:
    return Decimal("".join(one.plain for one in group)) if len(group) > 1 else group[0].value


def _misheard(heard: Heard, span: range, ask: Ask) -> Finding:
    """The whole answer is a word that recognisers write for a number: "to", "for", "won"."""
    atom = ask.words.numerals.get(heard.tokens[span.start].text) if len(span) == 1 else None
    if atom is None or not atom.weak or wrong(Decimal(atom.value), ask.limits):
        return refused(ask.kind, rest=heard.rest((), ask.idle, span))
    return found(ask.kind, atom.value, str(atom.value), _ALONE_WEAK)
