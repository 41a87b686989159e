"""Opening hours: weekdays, times, a time zone, holidays. Pure; times are milliseconds since the epoch.

"mon-fri 09:00-18:00", "sat 10:00-14:00", "daily 00:00-24:00", "fri,sat 20:00-02:00" (to the next day)
holidays: "01-07" every year, "2027-05-03" once: closed; "12-31 09:00-14:00": other hours on that day
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from voice.errors import ConfigError

DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
LOOK_AHEAD_DAYS = 400  # a service that does not open within a year is closed
_SPAN = re.compile(r"(\d\d):(\d\d)-(\d\d):(\d\d)")
_HOLIDAY = re.compile(r"(?:(\d{4})-)?(\d\d)-(\d\d)(?: (\S+))?")
Span = tuple[int, int]  # minutes of the day; the end may lie beyond 24:00


@cache
def span(text: str) -> Span:
    """ "09:00-18:00" in minutes of the day. Raises ConfigError."""
    found = _SPAN.fullmatch(text)
    begin, end = (int(found[1]) * 60 + int(found[2]), int(found[3]) * 60 + int(found[4])) if found else (-1, -1)
    if not found or int(found[2]) > 59 or int(found[4]) > 59 or begin >= 1440 or end > 1440:
        raise ConfigError(f"{text!r} is no span of time", "Write 09:00-18:00.")
    return begin, end if end > begin else end + 1440


@cache
def _days(text: str) -> tuple[int, ...]:
    """ "mon-fri", "sat,sun", "daily" as numbers, Monday 0. Raises ConfigError."""
    found: list[int] = []
    for part in text.split(","):
        first, _, last = part.partition("-")
        if part == "daily":
            found += range(7)
        elif first in DAYS and (not last or last in DAYS):
            begin, end = DAYS.index(first), DAYS.index(last or first)
            found += [day % 7 for day in range(begin, end + 1 if end >= begin else end + 8)]
        else:
            raise ConfigError(
                f"{text!r} names no days of the week", f"Write mon-fri, sat,sun or daily; days are {' '.join(DAYS)}."
            )
    return tuple(found)


def zone(name: str) -> ZoneInfo:
    """Raises ConfigError."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise ConfigError(f"there is no time zone {name!r}", "Write one of the IANA database: Europe/Moscow, UTC.") from None


@dataclass(frozen=True, slots=True)
class Hours:
    """When a service is open. No `week` at all: always, but for holidays. Raises ConfigError."""

    zone: str = "UTC"
    week: tuple[str, ...] = ()
    holidays: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        zone(self.zone)
        for line in self.week:
            self._line(line)
        for holiday in self.holidays:
            found = _HOLIDAY.fullmatch(holiday)
            try:
                if not found:
                    raise ValueError
                date(int(found[1] or 2028), int(found[2]), int(found[3]))  # 2028: 29 February is a day of some years
            except ValueError:
                raise ConfigError(f"{holiday!r} is no holiday", "Write 01-07, 2027-05-03 or 12-31 09:00-14:00.") from None
            if found[4]:
                span(found[4])

    def is_open(self, at_ms: int) -> bool:
        moment, here = at_ms / 1000, self._local(at_ms).date()
        return any(begin <= moment < end for day in (here - timedelta(days=1), here) for begin, end in self._spans(day))

    def opens_ms(self, at_ms: int) -> int | None:
        """When it is open next: `at_ms` itself where it is open now, None where it will not be."""
        if self.is_open(at_ms):
            return at_ms
        here = self._local(at_ms).date()
        for ahead in range(LOOK_AHEAD_DAYS):
            begins = [begin for begin, _ in self._spans(here + timedelta(days=ahead)) if begin * 1000 > at_ms]
            if begins:
                return round(min(begins) * 1000)
        return None

    def _local(self, at_ms: int) -> datetime:
        return datetime.fromtimestamp(at_ms / 1000, zone(self.zone))

    def _line(self, line: str) -> tuple[tuple[int, ...], Span]:
        days, _, times = line.strip().partition(" ")
        return _days(days), span(times.strip())

    def _spans(self, day: date) -> list[tuple[float, float]]:
        """Seconds since the epoch between which it is open, of the spans that begin on this day."""
        spans: list[Span] = [] if self.week else [(0, 1440)]
        for line in self.week:
            days, times = self._line(line)
            if day.weekday() in days:
                spans.append(times)
        names = (f"{day:%m-%d}", f"{day:%Y-%m-%d}")
        for holiday in self.holidays:
            when, _, times_then = holiday.partition(" ")
            if when in names:
                spans = [span(times_then)] if times_then else []
        return [(self._moment(day, begin), self._moment(day, end)) for begin, end in spans]

    def _moment(self, day: date, minute: int) -> float:
        """A minute of a local day, also where the clock was put forward or back in between."""
        there = datetime.combine(day + timedelta(days=minute // 1440), time(minute % 1440 // 60, minute % 60), zone(self.zone))
        return there.timestamp()
