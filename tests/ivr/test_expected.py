"""What the ear is told of a number: what it is called, and how many digits it has; nothing where other signs may be in it."""

from __future__ import annotations

import pytest

from ivr.understand.expected import expectation
from tests.ivr.parcels import FLOW


@pytest.mark.parametrize(("language", "called"), [("en", {"it", "is", "order", "number"}), ("ru", {"это", "номер", "заказа"})])
def test_an_ear_knows_what_stands_around_a_number(language: str, called: set[str]) -> None:
    found = expectation(FLOW, "status", language)
    assert found.around >= called
    assert found.digits == 4


@pytest.mark.parametrize("step", ["day", "help", "recap"])
def test_where_no_number_is_asked_nothing_stands_around_one(step: str) -> None:
    assert (expectation(FLOW, step, "en").around, expectation(FLOW, step, "en").digits) == (frozenset(), 0)


def test_an_ear_knows_of_what_days_and_times_of_day_are_made() -> None:
    day, recap, menu = (expectation(FLOW, step, "ru") for step in ("day", "recap", "help"))
    assert {"пятницу", "послезавтра", "третьего", "вечером"} <= set(day.values)
    assert {"пятницу", "вечером"} <= set(recap.values)
    assert "сорок" not in recap.values
    assert menu.values == ()
    assert {"пожалуйста", "нет"} <= menu.small
