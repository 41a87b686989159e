"""Figures of contact records, by hand."""

from __future__ import annotations

from typing import Any

from routing.floor.contacts import AGAIN_MS, Contact
from routing.reports import Line, by_day, by_operator, by_skill, total

NOON_MS = 1_800_000_000_000  # 2027-01-15 08:00 UTC
HOUR_MS = 3_600_000


def contact(name: str, **more: Any) -> Contact:
    facts: dict[str, Any] = {"medium": "call", "skill": "delivery", "outcome": "handled", "operator": "anna", "ended_ms": NOON_MS}
    return Contact(name, **{**facts, **more})


def test_an_operator() -> None:
    rows = [
        contact("1", waited_s=10, talked_s=100, held_s=20, wrap_s=30, low_s=5, high_s=25, csat=5),
        contact("2", waited_s=50, talked_s=200, wrap_s=10, low_s=10, high_s=30, csat=4, transfers=1, refusals=2),
        contact("3", outcome="gone", operator="", waited_s=70),
    ]
    [anna] = by_operator(rows, NOON_MS)
    assert (anna.name, anna.contacts, anna.handled, anna.abandoned) == ("anna", 2, 2, 0)
    assert (anna.aht_s, anna.talked_s, anna.held_s, anna.wrap_s) == (180.0, 150.0, 10.0, 20.0)
    assert (anna.waited_s, anna.longest_s, anna.csat, anna.transfers, anna.refusals) == (30.0, 50, 4.5, 1, 2)
    assert (anna.estimate_error_s, anna.estimate_held) == (17.5, 0.5)


def test_service_level_forgets_who_hung_up_in_time() -> None:
    rows = [
        contact("1", waited_s=20), contact("2", waited_s=21), contact("3", outcome="gone", operator="", waited_s=5),
        contact("4", outcome="gone", operator="", waited_s=60), contact("5", medium="mail", waited_s=9000),
    ]  # fmt: skip
    whole = total(rows, NOON_MS)
    assert whole.service_level == round(1 / 3, 4)
    assert whole.abandoned_rate == 0.4
    assert total(rows, NOON_MS, {"delivery": 30.0}).service_level == round(2 / 3, 4)


def test_the_house_alone() -> None:
    rows = [
        contact("1", outcome="contained", operator="", questions=4, repeated=1), contact("2", outcome="left", operator="", questions=1),
        contact("3", questions=5, repeated=0), contact("4", outcome="contained", operator=""),
    ]  # fmt: skip
    whole = total(rows, NOON_MS)
    assert (whole.contained, whole.containment, whole.repeat_rate) == (2, 0.5, 0.1)


def test_resolved_is_what_did_not_come_again() -> None:
    rows = [
        contact("1", customer="c", topic="parcel", again_ms=NOON_MS + HOUR_MS),
        contact("2", customer="c", topic="parcel", repeat=True),
        contact("3"),
    ]
    whole = total(rows, NOON_MS + AGAIN_MS)
    assert (whole.fcr, whole.fcr_so_far) == (0.5, None)


def test_what_may_still_come_again_is_not_yet_resolved() -> None:
    old = [
        contact("1", customer="c", topic="parcel", ended_ms=NOON_MS - AGAIN_MS),
        contact("2", customer="d", topic="parcel", ended_ms=NOON_MS - AGAIN_MS, again_ms=NOON_MS),
    ]
    young = [contact("3", customer="e", topic="parcel", ended_ms=NOON_MS - AGAIN_MS + 1)]
    whole = total([*old, *young], NOON_MS)
    assert (whole.fcr, whole.fcr_so_far) == (0.5, 1.0)
    assert [(day.fcr, day.fcr_so_far) for day in by_day([*old, *young], NOON_MS)] == [(0.5, 1.0)]
    assert (total(young, NOON_MS).fcr, total(old, NOON_MS).fcr_so_far) == (None, None)


def test_a_day_is_that_of_the_office() -> None:
    rows = [contact("1"), contact("2", ended_ms=NOON_MS + 15 * HOUR_MS), contact("3", ended_ms=NOON_MS + 17 * HOUR_MS)]
    assert [(line.name, line.contacts) for line in by_day(rows, NOON_MS)] == [("2027-01-15", 2), ("2027-01-16", 1)]
    assert [(line.name, line.contacts) for line in by_day(rows, NOON_MS, "Europe/Moscow")] == [
        ("2027-01-15", 1),
        ("2027-01-16", 2),
    ]


def test_by_skill_and_of_nothing() -> None:
    assert [
        (line.name, line.contacts)
        for line in by_skill([contact("1"), contact("2", skill="bill"), contact("3", skill="")], NOON_MS)
    ] == [("bill", 1), ("delivery", 1)]
    nothing = total([], NOON_MS)
    assert nothing == Line("")
    assert nothing.values()["aht_s"] is None
