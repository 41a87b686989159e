"""`hotline up` as it is installed: the router of one process, the phone of another, a real call from the greeting to a person."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.memory.store import Store
from routing.floor.contacts import Contacts
from routing.floor.records import Availability, Operator
from routing.floor.store import Floor
from tests.peers.redis import RedisServer
from tests.peers.station import Station
from tests.routing.switchboard.conftest import BORIS, CALLER
from tests.routing.switchboard.test_whole_house import DEAF
from tests.routing.up import Up
from voice.clock import epoch_ms

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]


@pytest.fixture
def up(redis: RedisServer, tmp_path: Path) -> Iterator[Up]:
    redis.ask("FLUSHALL")
    with Up(tmp_path, f'redis = "{redis.url}"\n{DEAF}') as running:
        yield running


async def staffed(redis: RedisServer, phones: Station) -> None:
    """Anna, whose phone is busy, would be asked first; Boris answers."""
    store = Store(redis.url)
    floor = Floor(store, epoch_ms)
    for name, user, level in (("anna", "busy", 3), ("boris", "answer", 2)):
        await floor.keep_operator(Operator(name, name, {"": 1, "delivery": level}, {"en": level}, uri=phones.uri(user)))
        await floor.set_status(name, Availability.READY)
    await store.close()


async def ended(redis: RedisServer) -> dict[str, object]:
    """The one contact, once it is finished."""
    store = Store(redis.url)
    try:
        async with asyncio.timeout(20):
            while not (found := await Contacts(store).between(epoch_ms() - 3_600_000, epoch_ms() + 1000)):
                await asyncio.sleep(0.1)
        return found[0].values()
    finally:
        await store.close()


def test_the_router_finds_who_answers_and_the_contact_is_kept(
    up: Up, redis: RedisServer, phones: Station, callers: Station
) -> None:
    asyncio.run(staffed(redis, phones))
    number = callers.dial(f"sip:hotline@127.0.0.1:{up.port}")
    callers.event("Answered", call=number)
    assert callers.sounds(number), "he is greeted"
    callers.ask("send_keys", call=number, args=["0"])
    here = phones.event("Answered", wait_s=30)["call"]
    phones.ask("play", call=here, hz=BORIS, seconds=40)
    callers.ask("play", call=number, hz=CALLER, seconds=40)
    assert callers.hears_only(number, [BORIS])
    assert phones.hears_only(here, [CALLER])
    callers.ask("hang_up", call=number)
    phones.event("HungUp", call=here)
    contact = asyncio.run(ended(redis))
    assert contact["operator"] == "boris"
    assert phones.is_empty()
    assert callers.is_empty()
