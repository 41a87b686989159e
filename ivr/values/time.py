"""Which time of day was meant: from what was said to HH:MM on a 24-hour clock (ISO 8601), or to a question morning or afternoon."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta

from ivr.values.ask import Ask
from ivr.values.finding import Finding, Limits, Reason, found, refused
from ivr.values.heard import Heard
from ivr.values.time_words import Clock, gather
from ivr.values.vocabulary import PARTS

_LIKELY, _UNLIKELY = 0.85, 0.68
_DAY_BEGINS = 7  # a bare "seven" is rather in the morning, "six" rather in the afternoon


def time_of_day(heard: Heard, span: range, ask: Ask) -> Finding:
    """The time in these tokens."""
    clock = gather(heard, span, ask)
    rest = heard.rest(clock.claimed, ask.idle, span)
    if clock.impossible:
        return refused(ask.kind, Reason.NO_SUCH_TIME, rest=rest)
    times, score = _readings(clock, ask)
    if not times:
        return refused(ask.kind, rest=rest)
    score = (score - clock.doubt) * ask.belief(heard, clock.claimed, span)
    return judged(times, min(score, _UNLIKELY) if ask.bounded(heard, clock.claimed, span) else score, ask, rest)


def judged(times: list[time], score: float, ask: Ask, rest: str = "") -> Finding:
    """The likeliest time that the limits allow; a second allowed one makes it a question."""
    allowed = [one for one in times if not wrong(one, ask.limits)]
    if not allowed:
        return refused(ask.kind, wrong(times[0], ask.limits), normal(times[0]), rest)
    if len(allowed) < len(times):
        score = max(_LIKELY, score) if score > _UNLIKELY - 0.1 else score
    others = tuple(normal(one) for one in allowed[1:])
    return found(ask.kind, normal(allowed[0]), normal(allowed[0]), score, others=others, rest=rest)


def normal(one: time) -> str:
    """HH:MM."""
    return one.isoformat("minutes")


def wrong(one: time, limits: Limits) -> Reason:
    """Why this time is not allowed; NONE where it is. Where the doors close after midnight, the hours in between are too early."""
    early = limits.opens is not None and one < limits.opens
    late = limits.closes is not None and one > limits.closes
    if limits.opens is not None and limits.closes is not None and limits.opens > limits.closes:
        return Reason.TOO_EARLY if early and late else Reason.NONE
    if early or late:
        return Reason.TOO_EARLY if early else Reason.TOO_LATE
    off_raster = limits.minutes_step and (one.hour * 60 + one.minute) % limits.minutes_step
    return Reason.NO_SUCH_TIME if off_raster else Reason.NONE


def _readings(clock: Clock, ask: Ask) -> tuple[list[time], float]:
    """Every time it may be, the likeliest first, and how sure."""
    if clock.ahead is not None:
        if ask.now is None:
            return [], 0.0
        then = datetime.combine(date(2000, 1, 1), ask.now) + timedelta(minutes=clock.ahead)
        return [then.time().replace(second=0, microsecond=0)], 0.9
    if clock.hour is None:
        return [], 0.0
    hours = [clock.hour % 12, clock.hour % 12 + 12] if clock.dial else [clock.hour]
    if clock.part is not None:
        fitting = [hour for hour in hours if hour in PARTS[clock.part]]
        return [time(hour, clock.minute) for hour in fitting or hours], (1.0 if len(fitting) == 1 else _UNLIKELY)
    hours.sort(key=lambda hour: not _DAY_BEGINS <= hour < _DAY_BEGINS + 12)
    return [time(hour, clock.minute) for hour in hours], 1.0
