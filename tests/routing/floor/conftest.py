"""A floor on a real Redis of the tests' own, empty for each of them; a clock that the test sets (tests/ivr/memory/conftest.py)."""

from __future__ import annotations

import pytest

from ivr.memory.store import Store
from routing.floor.store import Floor
from tests.ivr.memory.conftest import NOON_MS, Now, now, server, store

__all__ = ["NOON_MS", "Now", "now", "server", "store"]


@pytest.fixture
def floor(store: Store, now: Now) -> Floor:
    return Floor(store, now)
