"""The customers that the bench makes are as the memory itself would have written them."""

from __future__ import annotations

import pytest

from bench.people import HOUR_MS, NOON_MS, addresses, customer_of, fill, touches, touches_of
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.timeline import Touch, pack, unpack
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real
CUSTOMERS = 60


async def test_made_customers_are_known_like_met_ones(memory: Memory, server: RedisServer, now: Now) -> None:
    assert fill(server.socket, CUSTOMERS) == sum(map(touches_of, range(CUSTOMERS)))
    for number in range(CUSTOMERS):
        for address in addresses(number):
            known = await memory.who(Identity.from_address(address), touches=100)
            assert known.customer is not None
            assert known.customer.id == customer_of(number)
            assert known.language == ("ru", "en")[number % 2]
            assert [touch.source_id for touch in known.touches] == [name for _, _, name, _ in touches(number)]
            assert len(known.matters) == (number % 10 == 0)
        for address, _, _, line in touches(number):
            touch = unpack(address, line)
            assert pack(touch) == line
            assert await memory.touch(touch) is False
    assert await memory.touch(Touch(Identity.from_address(addresses(0)[0]), "call", "test", "new", NOON_MS + HOUR_MS)) is True
    assert len((await memory.who(Identity.from_address("p+74950000000"))).candidates) == 4


async def test_small_things_are_stored_small(memory: Memory, server: RedisServer) -> None:
    fill(server.socket, CUSTOMERS)
    small = {"c": "listpack", "i": "listpack", "o": "listpack", "s": "intset"}
    for key in await memory.store.command("KEYS", "*"):
        if key[0] in small and key != "schema":
            assert await memory.store.command("OBJECT", "ENCODING", key) == small[key[0]], key
