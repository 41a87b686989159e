"""Opening hours across zones, midnights, holidays and the two days a year on which a clock is put."""

from __future__ import annotations

from datetime import datetime
from zoneinfo import ZoneInfo

import pytest

from routing.floor.hours import Hours
from voice.errors import ConfigError


def at(text: str, zone: str = "Europe/Moscow") -> int:
    """ "2026-11-25 09:00" there, in milliseconds since the epoch."""
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


OFFICE = Hours("Europe/Moscow", ("mon-fri 09:00-18:00", "sat 10:00-14:00"), ("01-07", "2026-12-31 09:00-13:00"))


@pytest.mark.parametrize(
    ("when", "is_open"),
    [
        ("2026-11-25 08:59", False),  # a Wednesday
        ("2026-11-25 09:00", True),
        ("2026-11-25 17:59", True),
        ("2026-11-25 18:00", False),
        ("2026-11-28 13:59", True),
        ("2026-11-29 12:00", False),
        ("2027-01-07 12:00", False),  # every year
        ("2026-12-31 12:59", True),
        ("2026-12-31 13:00", False),
        ("2027-12-31 15:00", True),  # that one was of one year
    ],
)
def test_an_office(when: str, is_open: bool) -> None:
    assert OFFICE.is_open(at(when)) is is_open


def test_it_is_the_zone_of_the_office_that_counts() -> None:
    assert OFFICE.is_open(at("2026-11-25 06:30", "UTC"))
    assert not OFFICE.is_open(at("2026-11-25 16:30", "UTC"))


@pytest.mark.parametrize(
    ("when", "opens"),
    [
        ("2026-11-25 12:00", "2026-11-25 12:00"),
        ("2026-11-25 20:00", "2026-11-26 09:00"),
        ("2026-11-28 15:00", "2026-11-30 09:00"),
        ("2027-01-06 20:00", "2027-01-08 09:00"),
    ],
)
def test_when_it_opens(when: str, opens: str) -> None:
    assert OFFICE.opens_ms(at(when)) == at(opens)


def test_a_night_belongs_to_the_day_on_which_it_began() -> None:
    bar = Hours("Europe/Moscow", ("fri,sat 20:00-02:00",))
    assert bar.is_open(at("2026-11-28 01:59"))
    assert not bar.is_open(at("2026-11-28 02:00"))
    assert not bar.is_open(at("2026-11-27 01:00"))


def test_a_clock_that_is_put_forward_takes_an_hour_from_the_night() -> None:
    night = Hours("Europe/Berlin", ("sat 22:00-06:00",))
    assert not night.is_open(at("2027-03-28 06:00", "Europe/Berlin"))
    assert night.is_open(at("2027-03-28 05:59", "Europe/Berlin"))
    assert night.opens_ms(at("2027-03-27 12:00", "Europe/Berlin")) == at("2027-03-27 22:00", "Europe/Berlin")


def test_without_a_week_it_is_always_open_and_a_week_of_nothing_never() -> None:
    assert Hours().is_open(0)
    every_day = tuple(f"{month:02}-{day:02}" for month in range(1, 13) for day in range(1, 32) if (month, day) != (2, 29))
    legal = tuple(day for day in every_day if day not in {"02-30", "02-31", "04-31", "06-31", "09-31", "11-31"})
    assert Hours("UTC", ("daily 00:00-24:00",), (*legal, "02-29")).opens_ms(at("2026-11-25 12:00")) is None


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"zone": "Europe/Atlantis"}, "no time zone"),
        ({"week": ("mon-fri 9-18",)}, "no span"),
        ({"week": ("mon-fri 09:60-18:00",)}, "no span"),
        ({"week": ("workdays 09:00-18:00",)}, "no days"),
        ({"holidays": ("02-30",)}, "no holiday"),
        ({"holidays": ("01-07 soon",)}, "no span"),
    ],
)
def test_mistakes_are_named(values: dict[str, tuple[str, ...]], says: str) -> None:
    with pytest.raises(ConfigError, match=says):
        Hours(**values)  # type: ignore[arg-type]
