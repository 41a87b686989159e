"""What calls of the voice tests begin with: two stations a file, unless it has a `house` or a `caller` of its own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.raw_sip import Peer
from tests.peers.rtp import Rtp
from tests.peers.station import LEFT, Station


@pytest.fixture(scope="module")
def house() -> Iterator[Station]:
    with Station() as station:
        yield station


@pytest.fixture(scope="module")
def caller() -> Iterator[Station]:
    with Station() as station:
        yield station


@pytest.fixture
def nothing_is_left(house: Station, caller: Station) -> Iterator[None]:
    """Of any call of the test, on either side."""
    house.forget()
    caller.forget()
    yield
    left = [{name: counts[name] for name in LEFT} for counts in (house.settle(), caller.settle())]
    for station in (house, caller):
        station.ask("clear")
        station.pardon()
    assert left == [dict.fromkeys(LEFT, 0)] * 2


@pytest.fixture
def peer(house: Station) -> Iterator[Peer]:
    """A telephone made of text, told where the house is."""
    with Peer(house.udp) as peer:
        yield peer


@pytest.fixture
def rtp() -> Iterator[Rtp]:
    """Its sound."""
    with Rtp() as rtp:
        yield rtp
