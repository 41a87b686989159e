"""The calendar around a day: the next Friday, the next third, the next 3rd of May, a month later. Proleptic Gregorian, ISO 8601 weeks."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta


def real(year: int, month: int, day: int) -> date | None:
    """The day, or None where there is no such one (31 June)."""
    try:
        return date(year, month, day)
    except ValueError:
        return None


def later(day: date, days: int) -> date | None:
    """`days` later (or earlier), or None where the calendar ends."""
    try:
        return day + timedelta(days=days)
    except OverflowError:
        return None


def add_months(day: date, months: int) -> date | None:
    """The same day of another month; the last one where that month is shorter."""
    year, month = divmod(day.year * 12 + day.month - 1 + months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1])) if 1 <= year <= 9998 else None


def monday(day: date, weeks: int = 0) -> date:
    """The Monday of the week `weeks` after the one this day is in."""
    return day + timedelta(days=7 * weeks - day.weekday())


def weekday_after(day: date, weekday: int) -> date:
    """The first such weekday after `day`."""
    return day + timedelta(days=(weekday - day.weekday() - 1) % 7 + 1)


def weekday_before(day: date, weekday: int) -> date:
    """The last such weekday before `day`."""
    return day - timedelta(days=(day.weekday() - weekday - 1) % 7 + 1)


def nearest(today: date, day: int, month: int | None, *, back: bool = False) -> date | None:
    """The first `day` of any month (or of `month`) from today on, or with `back` the last one up to today; None: no such day.

    Nine years cover every 29 February, 1900 and 2100 among them.
    """
    for step in range(9 * 12):
        at = add_months(today.replace(day=1), -step if back else step)
        if at is None or (month is not None and at.month != month):
            continue
        candidate = real(at.year, at.month, day)
        if candidate is not None and (candidate <= today if back else candidate >= today):
            return candidate
    return None


def nth_weekday(year: int, month: int, weekday: int, nth: int) -> date | None:
    """The nth such weekday of a month, or None where the month has fewer."""
    first = date(year, month, 1)
    return real(year, month, 1 + (weekday - first.weekday()) % 7 + 7 * (nth - 1))


def full_year(year: int, today: date) -> int:
    """A year said with two digits: at most ten years ahead of today, else of the century before."""
    if year >= 100:
        return year
    full = today.year - today.year % 100 + year
    return full if full <= today.year + 10 else full - 100
