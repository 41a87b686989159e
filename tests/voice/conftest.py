"""What calls of the voice tests begin with; `house` is each file's own."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.peers.raw_sip import Peer
from tests.peers.rtp import Rtp
from tests.peers.station import Station


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
