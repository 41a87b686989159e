"""Values keyed on a telephone: digits as they are, dates as DDMM or DDMMYY, times as HHMM, * for a decimal point."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import date, time
from types import MappingProxyType

from ivr.values import day as days
from ivr.values.ask import Ask
from ivr.values.days import full_year, nearest, real
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


def _yes_no(keys: str, ask: Ask) -> Finding:
    if keys not in (YES_KEY, NO_KEY):
        return refused(ask.kind, normal=keys)
    return found(ask.kind, keys == YES_KEY, "yes" if keys == YES_KEY else "no", 1.0)


_GRAMMARS: Mapping[SlotKind, Callable[[str, Ask], Finding]] = MappingProxyType(
    {SlotKind.DIGITS: _digits, SlotKind.DATE: _date, SlotKind.YES_NO: _yes_no}
)
