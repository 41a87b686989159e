"""What is known of the moment: today and now where the flow is at home, its opening hours, the channel, how sure it is who speaks."""

from __future__ import annotations

from datetime import UTC, date, datetime, time
from functools import lru_cache
from typing import Any
from zoneinfo import ZoneInfo

from ivr.dialogue.state import Confidence, State
from ivr.flow.parts import Flow


@lru_cache(maxsize=8)
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


def local(flow: Flow, state: State) -> datetime:
    """The wall clock of the flow's time zone at the last event."""
    return datetime.fromtimestamp(state.now_ms / 1000, UTC).astimezone(_zone(flow.timezone))


def today(flow: Flow, state: State) -> date:
    """The day it is for the flow."""
    return local(flow, state).date()


def now(flow: Flow, state: State) -> time | None:
    """The time of day for the flow; None where no event has told the time."""
    return local(flow, state).time() if state.now_ms else None


def is_open(flow: Flow, moment: datetime) -> bool:
    """Whether this is within the flow's hours; a flow without hours is always open."""
    if not flow.hours:
        return True
    opens, closes = flow.hours[moment.weekday()]
    return opens <= moment.hour * 60 + moment.minute < closes


def built_in(flow: Flow, state: State) -> dict[str, Any]:
    """The names of ivr/flow/names.py, with their values as plain JSON."""
    moment = local(flow, state)
    return {
        "today": moment.date().isoformat(),
        "now": f"{moment:%H:%M}",
        "weekday": moment.isoweekday(),
        "open": is_open(flow, moment),
        "channel": state.channel,
        "language": state.language,
        "confidence": str(state.confidence),
        "verified": state.confidence is Confidence.PROVED,
        "failure": next((fact.value for fact in state.facts if fact.name == "failure"), ""),
        "answered": len(state.history),
    }


def known(flow: Flow, state: State) -> dict[str, Any]:
    """Everything that a condition or a text may name."""
    return built_in(flow, state) | {
        name: value for name, value in state.known.items() if name in flow.slots or name in flow.facts
    }
