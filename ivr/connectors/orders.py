"""Orders of a made-up parcel service, so that the dialogue that comes along has something to look up. Replace it by yours."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

# number -> state, days from today until (or since) its delivery, and where it goes.
ORDERS: Mapping[str, Mapping[str, Any]] = MappingProxyType({
    "4711": {"state": "late", "days": -2, "address": "Lindenstraße 4"},
    "4712": {"state": "on_the_way", "days": 1, "address": "Hafenweg 12"},
    "1234": {"state": "on_the_way", "days": 3, "address": "Am Markt 1"},
    "2026": {"state": "delivered", "days": -1, "address": "Gartenstraße 20"},
    "5050": {"state": "late", "days": -4, "address": "Bergallee 7"},
    "9999": {"state": "lost", "days": -9, "address": "Seeblick 3"},
})  # fmt: skip


def look_up(arguments: Mapping[str, Any]) -> Mapping[str, Any] | None:
    """The order with this `number`; None where there is none."""
    return ORDERS.get(str(arguments.get("number")))
