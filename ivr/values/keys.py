"""Values keyed on a telephone: digits as they are, dates as DDMM or DDMMYY, times as HHMM, * for a decimal point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from decimal import Decimal
from types import MappingProxyType

from ivr.values import date as days
from ivr.values import money, number, phone
from ivr.values import time as times
from ivr.values.ask import Ask
from ivr.values.calendar import full_year, nearest, real
from ivr.values.digits import wrong
from ivr.values.finding import ANY, Finding, Limits, Reason, SlotKind, found, incomplete, refused

YES_KEY, NO_KEY = "1", "2"
END = "#"


def understand_keys(
    kind: SlotKind, keys: str, *, today: date, now: time | None = None, limits: Limits = ANY, language: str = "en"
) -> Finding:
    """The value of `kind` in the keys 0-9 and * so far; a # ends them: what is incomplete then is too short.

    Dates: DDMM, DDMMYY or DDMMYYYY (MMDD with month_first). Times: HMM or HHMM, 24 hours. Numbers and amounts: * is the point.
    Phones: a leading ** is the plus. Yes and no: 1 and 2. Names, e-mail addresses and text are not keyed.
    """
    ended, pressed = keys.endswith(END), keys.rstrip(END)
    if not pressed:
        return refused(kind, Reason.NOTHING)
    grammar = _GRAMMARS.get(kind)
    if grammar is None:
        return refused(kind, Reason.NOT_BY_KEYS)
    finding = grammar(pressed, Ask(kind, language, limits, today, now))
    if ended and finding.reason is Reason.TOO_SHORT:
        return refused(kind, Reason.TOO_SHORT, finding.normal)
    return finding


def _digits(keys: str, ask: Ask) -> Finding:
    if any(key not in ask.limits.alphabet for key in keys):
        return refused(ask.kind, normal=keys)
    why = wrong(keys, ask.limits)
    if why is Reason.TOO_SHORT:
        return incomplete(ask.kind, keys, keys)
    return refused(ask.kind, why, keys) if why else found(ask.kind, keys, keys, 1.0)


def _date(keys: str, ask: Ask) -> Finding:
    if not keys.isdigit() or len(keys) > 8:
        return refused(ask.kind, Reason.NO_SUCH_DAY, keys)
    if len(keys) not in (4, 6, 8):
        return incomplete(ask.kind, None, keys)
    first, second = int(keys[:2]), int(keys[2:4])
    day, month = (second, first) if ask.limits.month_first else (first, second)
    back = ask.limits.past and not ask.limits.future
    one = real(full_year(int(keys[4:]), ask.today), month, day) if keys[4:] else nearest(ask.today, day, month, back=back)
    return days.judged([one], 1.0, Reason.NONE, ask) if one is not None else refused(ask.kind, Reason.NO_SUCH_DAY, keys)


def _time(keys: str, ask: Ask) -> Finding:
    if not keys.isdigit() or len(keys) > 4:
        return refused(ask.kind, Reason.NO_SUCH_TIME, keys)
    if len(keys) < 3:
        return incomplete(ask.kind, None, keys)
    hour, minute = int(keys[:-2]), int(keys[-2:])
    if hour > 23 or minute > 59:
        return refused(ask.kind, Reason.NO_SUCH_TIME, keys)
    return times.judged([time(hour, minute)], 1.0, ask)


def _amount(keys: str) -> Decimal | None:
    """A number with * for its point, or None."""
    return Decimal(keys.replace("*", ".")) if keys.count("*") <= 1 and keys.replace("*", "").isdigit() else None


def _number(keys: str, ask: Ask) -> Finding:
    value = _amount(keys)
    if value is None:
        return refused(ask.kind, normal=keys)
    why = number.wrong(value, ask.limits)
    return refused(ask.kind, why, keys) if why else found(ask.kind, number.json(value), number.plain(value), 1.0)


def _money(keys: str, ask: Ask) -> Finding:
    value = _amount(keys)
    return money.judged(value, ask) if value is not None else refused(ask.kind, normal=keys)


def _phone(keys: str, ask: Ask) -> Finding:
    plus, code = keys.startswith("**"), keys.removeprefix("**")
    if not code.isdigit():
        return refused(ask.kind, Reason.NO_SUCH_PHONE, keys)
    one, score, reason = phone.resolve(code, plus, ask.limits.region)
    if one is not None:
        return found(ask.kind, phone.e164(one), phone.e164(one), score, reason=reason)
    return incomplete(ask.kind, keys, keys) if reason is Reason.TOO_SHORT else refused(ask.kind, reason, keys)


def _yes_no(keys: str, ask: Ask) -> Finding:
    if keys not in (YES_KEY, NO_KEY):
        return refused(ask.kind, normal=keys)
    return found(ask.kind, keys == YES_KEY, "yes" if keys == YES_KEY else "no", 1.0)


_GRAMMARS: Mapping[SlotKind, Callable[[str, Ask], Finding]] = MappingProxyType(
    {
        SlotKind.DIGITS: _digits,
        SlotKind.NUMBER: _number,
        SlotKind.MONEY: _money,
        SlotKind.DATE: _date,
        SlotKind.TIME: _time,
        SlotKind.YES_NO: _yes_no,
        SlotKind.PHONE: _phone,
    }
)
