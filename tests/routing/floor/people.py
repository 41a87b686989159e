"""Operators and requests as the tests of the floor need them."""

from __future__ import annotations

from typing import Any

from routing.floor.records import Availability, Medium, Operator, Request
from routing.floor.store import Floor


def operator(name: str = "anna", **more: Any) -> Operator:
    """One who speaks both languages and knows of deliveries, unless told otherwise."""
    facts: dict[str, Any] = {"skills": {"delivery": 3}, "languages": {"en": 3, "ru": 3}, "uri": f"sip:{name}@127.0.0.1"}
    return Operator(name, name.title(), **{**facts, **more})


def request(name: str = "r1", medium: Medium = Medium.CALL, **more: Any) -> Request:
    return Request(name, medium, **{"skill": "delivery", "language": "en", **more})


async def ready(floor: Floor, *names: str, **more: Any) -> None:
    """Make operators and set them ready."""
    for name in names:
        await floor.keep_operator(operator(name, **more))
        await floor.set_status(name, Availability.READY)
