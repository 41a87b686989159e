"""Which day was meant: from everything said about it to one date, or to a question with the likeliest ones. ISO 8601 out."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

from ivr.values.ask import Ask
from ivr.values.calendar import add_months, monday, nearest, nth_weekday, real, weekday_after, weekday_before
from ivr.values.date_words import Said, gather
from ivr.values.finding import Finding, Limits, Reason, found, incomplete, refused
from ivr.values.heard import Heard
from ivr.values.vocabulary import Sense

_PLAIN, _LIKELY, _UNLIKELY = 1.0, 0.85, 0.68


def day(heard: Heard, span: range, ask: Ask) -> Finding:
    """The day in these tokens."""
    said = gather(heard, span, ask)
    rest = heard.rest(said.claimed, ask.idle, span)
    if said.impossible:
        return refused(ask.kind, Reason.NO_SUCH_DAY, rest=rest)
    days, score, reason = _readings(said, ask)
    if not days:
        if reason is Reason.NO_VALUE and (said.week is not None or said.month is not None):
            return incomplete(ask.kind, None, _partial(said, ask), Reason.WHICH_DAY, rest)
        return refused(ask.kind, reason, rest=rest)
    score = (score - said.doubt) * ask.belief(heard, said.claimed, span)
    score = min(score, _UNLIKELY) if ask.bounded(heard, said.claimed, span) else score
    return judged(days, score, reason, ask, rest)


def judged(days: list[date], score: float, reason: Reason, ask: Ask, rest: str = "") -> Finding:
    """The likeliest day that the limits allow; the other allowed ones make it a question."""
    allowed = [one for one in days if not wrong(one, ask.limits, ask.today)]
    if not allowed:
        return refused(ask.kind, wrong(days[0], ask.limits, ask.today), days[0].isoformat(), rest)
    # What the limits leave of two readings is as good as said.
    score = max(score, _LIKELY) if len(allowed) < len(days) and score >= _UNLIKELY and allowed[0] == days[0] else score
    others = tuple(one.isoformat() for one in allowed[1:])
    return found(ask.kind, allowed[0].isoformat(), allowed[0].isoformat(), score, reason=reason, others=others, rest=rest)


def wrong(one: date, limits: Limits, today: date) -> Reason:
    """Why this day is not allowed; NONE where it is."""
    if one < today and not limits.past:
        return Reason.PAST
    if one > today and not limits.future:
        return Reason.FUTURE
    if limits.earliest is not None and one < limits.earliest:
        return Reason.TOO_EARLY
    late = limits.latest is not None and one > limits.latest
    return Reason.TOO_LATE if late or (limits.days_ahead_max and (one - today).days > limits.days_ahead_max) else Reason.NONE


def _readings(said: Said, ask: Ask) -> tuple[list[date], float, Reason]:
    """Every day it may be, the likeliest first; how sure; what is odd about it, or why there is none."""
    today, back = ask.today, ask.limits.past and not ask.limits.future
    if said.nth is not None and said.weekday is not None:
        return _counted(said, said.weekday, said.nth, today)
    if said.day is not None:
        return _numbered(said, said.day, ask, back)
    if said.exact is not None:
        if said.weekday is None or said.exact.weekday() == said.weekday:
            return [said.exact], _PLAIN, Reason.NONE
        there = monday(said.exact) + timedelta(days=said.weekday)
        if said.whole_weeks:
            return [there], _LIKELY, Reason.NONE
        return [said.exact, weekday_after(today, said.weekday)], _UNLIKELY, Reason.WEEKDAY
    if said.weekday is not None:
        days, score = _weekday(said, said.weekday, today, back)
        return days, score, Reason.NONE
    if said.span == 5:
        saturday = monday(today, said.week or 0) + timedelta(days=5)
        return [saturday, saturday + timedelta(days=1)], _UNLIKELY, Reason.SEVERAL
    if said.span == 7:
        friday = monday(today, said.week or 0) + timedelta(days=4)
        return [friday, friday + timedelta(days=2)], _UNLIKELY, Reason.SEVERAL
    if said.span == 2:
        return [today + timedelta(days=2), today + timedelta(days=1)], _UNLIKELY, Reason.SEVERAL
    if said.span == 31:
        following = add_months(today.replace(day=1), 1)
        return ([following - timedelta(days=1)] if following else []), _UNLIKELY, Reason.UNSURE
    return [], 0.0, Reason.NO_VALUE


def _counted(said: Said, weekday: int, nth: int, today: date) -> tuple[list[date], float, Reason]:
    """The first Monday of June; a week from Monday (nth is minus its days)."""
    if nth < 0:
        return [weekday_after(today, weekday) + timedelta(days=-nth)], _LIKELY, Reason.NONE
    if said.month is None:
        return [], 0.0, Reason.NO_VALUE
    years = [said.year] if said.year is not None else [today.year, today.year + 1]
    there = [one for year in years if (one := nth_weekday(year, said.month, weekday, nth)) and (said.year or one >= today)]
    return there[:1], _LIKELY, Reason.NONE if there else Reason.NO_SUCH_DAY


def _numbered(said: Said, number: int, ask: Ask, back: bool) -> tuple[list[date], float, Reason]:
    """The third; the third of May; Friday the third of May 2026."""
    today, days = ask.today, list[date]()
    if said.month is not None and said.year is not None:
        one = real(said.year, said.month, number)
        days, score = ([one] if one else []), _PLAIN
    else:
        one, other = nearest(today, number, said.month, back=back), None
        if one is not None and said.month is not None and ask.limits.past and ask.limits.future:
            other = nearest(today, number, said.month, back=True)
        # "The fifth of May" on the seventh, where the past is allowed too: the day before yesterday is likelier than next year's.
        days = sorted({one, other or one}, key=lambda day: abs(day - today)) if one is not None else []
        score = _LIKELY if said.month is None else 0.95
    if not days:
        return [], 0.0, Reason.NO_SUCH_DAY
    if said.weekday is not None and all(one.weekday() != said.weekday for one in days):
        if said.month is None and (fits := _friday_the(number, said.weekday, today)):
            return [days[0], fits], _UNLIKELY, Reason.WEEKDAY
        return days, _UNLIKELY, Reason.WEEKDAY
    if said.weekday is not None:
        days = [one for one in days if one.weekday() == said.weekday]
    if said.exact is not None and said.exact not in days:
        return [*days, said.exact], _UNLIKELY, Reason.SEVERAL
    return ([said.exact] if said.exact is not None else days), score, Reason.NONE


def _friday_the(number: int, weekday: int, today: date) -> date | None:
    """The next day that has this number and is this weekday, within fourteen months."""
    at: date | None = today
    for _ in range(14):
        at = nearest(at, number, None) if at is not None else None
        if at is None or at.weekday() == weekday:
            return at
        at += timedelta(days=1)
    return None


def _weekday(said: Said, weekday: int, today: date, back: bool) -> tuple[list[date], float]:
    """Friday; this, next, last Friday; Friday next week."""
    after, before = weekday_after(today, weekday), weekday_before(today, weekday)
    here = monday(today) + timedelta(days=weekday)
    if said.week is not None:
        return [monday(today, said.week) + timedelta(days=weekday)], _PLAIN
    if said.turn is Sense.NEXT:
        then = here + timedelta(days=7)
        return ([then], _LIKELY) if then == after else ([then, after], _UNLIKELY)
    if said.turn is Sense.LAST:
        then = here - timedelta(days=7)
        return ([then], _LIKELY) if then == before else ([before, then], _UNLIKELY)
    if said.turn is Sense.THIS:
        return ([here, after], _UNLIKELY) if here == today else ([after], _LIKELY)
    if here == today:
        return [before if back else after, today], _UNLIKELY
    return [before if back else after], 0.95


def _partial(said: Said, ask: Ask) -> str:
    """What is known of a day that is not complete: "2026-W19", "2026-05"."""
    if said.week is not None:
        year, week, _ = monday(ask.today, said.week).isocalendar()
        return f"{year}-W{week:02}"
    return f"{said.year or ask.today.year}-{said.month:02}"


def amended(earlier: Finding, said: Said, ask: Ask) -> Finding | None:
    """A day whose number alone was said anew ("the third of May, no, the fourth"); None where that is not what happened."""
    if said.day is None or said.month is not None or said.exact is not None or not isinstance(earlier.value, str):
        return None
    before = date.fromisoformat(earlier.value)
    anew = replace(said, month=before.month, year=before.year)
    days, score, reason = _readings(anew, ask)
    return judged(days, score * _LIKELY, reason, ask) if days else None
