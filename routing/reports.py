"""Reports: contact records in, figures out, by day, operator, skill, or anything else. Pure; whoever shows them sorts.

rows = await contacts.between(from_ms, to_ms)
lines = by_operator(rows, now_ms)            # a Line each
whole = total(rows, now_ms)
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any

from routing.floor.contacts import AGAIN_MS, Contact
from routing.floor.hours import zone

SERVICE_LEVEL_S = 20.0
ABANDONED = frozenset({"gone", "timeout"})
HOUSE_ALONE = frozenset({"contained", "left"})


@dataclass(frozen=True, slots=True)
class Line:
    """One line of a report. Shares are 0 to 1; None where there is nothing to say it of.

    contacts: all of them. handled: by a person. abandoned: left the queue, or it took too long. contained: settled by the house alone. service_level: share
    answered in time of those answered and those who gave up after that time. waited_s: mean of the handled; longest_s: of all. aht_s: talk, hold and wrap-up.
    estimate_error_s: mean distance of what was told (the middle of the range) from what came; estimate_held: share whose wait lay in the range.
    fcr: share of contacts of known customers and topics after which the same did not come again within seven days, of those that are that old;
    fcr_so_far: of the younger ones, of which it is not yet known. repeat_rate: questions asked twice, of all that the house asked.
    containment: share of contacts that the house settled alone.
    """

    name: str
    contacts: int = 0
    handled: int = 0
    abandoned: int = 0
    contained: int = 0
    service_level: float | None = None
    abandoned_rate: float | None = None
    containment: float | None = None
    waited_s: float | None = None
    longest_s: float | None = None
    aht_s: float | None = None
    talked_s: float | None = None
    held_s: float | None = None
    wrap_s: float | None = None
    estimate_error_s: float | None = None
    estimate_held: float | None = None
    fcr: float | None = None
    fcr_so_far: float | None = None
    csat: float | None = None
    repeat_rate: float | None = None
    transfers: int = 0
    refusals: int = 0

    def values(self) -> dict[str, Any]:
        """By column, in their order."""
        return {field.name: getattr(self, field.name) for field in fields(self)}


def _mean(values: Sequence[float]) -> float | None:
    return round(math.fsum(values) / len(values), 3) if values else None


def _share(part: float, whole: float) -> float | None:
    return round(part / whole, 4) if whole else None


def _resolved(rows: Sequence[Contact]) -> float | None:
    return _share(sum(not row.again_ms for row in rows), len(rows))


def line(name: str, rows: Sequence[Contact], now_ms: int, service_levels: Mapping[str, float] | None = None) -> Line:
    """The figures of these contacts, as known at a time. service_levels: seconds by skill; 20 where nothing is said."""
    handled = [row for row in rows if row.outcome == "handled"]
    abandoned = [row for row in rows if row.outcome in ABANDONED]
    contained = sum(row.outcome == "contained" for row in rows)

    def in_time(row: Contact) -> bool:
        return row.waited_s <= (service_levels or {}).get(row.skill, SERVICE_LEVEL_S)

    calls = [row for row in handled if row.medium == "call"]
    gave_up = [row for row in abandoned if row.medium == "call" and not in_time(row)]
    told = [row for row in handled if row.high_s > 0]
    known = [row for row in rows if row.customer and row.topic]
    settled, young = ([row for row in known if (row.ended_ms + AGAIN_MS <= now_ms) is old] for old in (True, False))
    questions = sum(row.questions for row in rows)
    return Line(
        name,
        contacts=len(rows),
        handled=len(handled),
        abandoned=len(abandoned),
        contained=contained,
        service_level=_share(sum(map(in_time, calls)), len(calls) + len(gave_up)),
        abandoned_rate=_share(len(abandoned), len(handled) + len(abandoned)),
        containment=_share(contained, len(rows)),
        waited_s=_mean([row.waited_s for row in handled]),
        longest_s=max((row.waited_s for row in rows if row.outcome not in HOUSE_ALONE), default=None),
        aht_s=_mean([row.talked_s + row.held_s + row.wrap_s for row in handled]),
        talked_s=_mean([row.talked_s for row in handled]),
        held_s=_mean([row.held_s for row in handled]),
        wrap_s=_mean([row.wrap_s for row in handled]),
        estimate_error_s=_mean([abs(row.waited_s - (row.low_s + row.high_s) / 2) for row in told]),
        estimate_held=_share(sum(row.low_s <= row.waited_s <= row.high_s for row in told), len(told)),
        fcr=_resolved(settled),
        fcr_so_far=_resolved(young),
        csat=_mean([float(row.csat) for row in rows if row.csat]),
        repeat_rate=_share(sum(row.repeated for row in rows), questions),
        transfers=sum(row.transfers for row in rows),
        refusals=sum(row.refusals for row in rows),
    )


def by(
    rows: Iterable[Contact], key: Callable[[Contact], str], now_ms: int, service_levels: Mapping[str, float] | None = None
) -> list[Line]:
    """A line for each value of `key`, in their order; contacts for which it is "" are left out."""
    groups: dict[str, list[Contact]] = defaultdict(list)
    for row in rows:
        groups[key(row)].append(row)
    return [line(name, groups[name], now_ms, service_levels) for name in sorted(groups) if name]


def by_day(
    rows: Iterable[Contact], now_ms: int, place: str = "UTC", service_levels: Mapping[str, float] | None = None
) -> list[Line]:
    """By the day ("2026-11-25") on which they ended there."""
    there = zone(place)
    return by(rows, lambda row: f"{datetime.fromtimestamp(row.ended_ms / 1000, there):%Y-%m-%d}", now_ms, service_levels)


def by_operator(rows: Iterable[Contact], now_ms: int, service_levels: Mapping[str, float] | None = None) -> list[Line]:
    """By the operator who had it last."""
    return by(rows, lambda row: row.operator, now_ms, service_levels)


def by_skill(rows: Iterable[Contact], now_ms: int, service_levels: Mapping[str, float] | None = None) -> list[Line]:
    return by(rows, lambda row: row.skill, now_ms, service_levels)


def total(rows: Iterable[Contact], now_ms: int, service_levels: Mapping[str, float] | None = None) -> Line:
    return line("", list(rows), now_ms, service_levels)
