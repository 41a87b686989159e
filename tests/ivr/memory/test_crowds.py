"""Many ask Redis at once: they take turns, none is refused, and nobody mistakes a queue for a Redis that is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.memory.errors import Crowded, MemoryAway
from ivr.memory.identity import phone
from ivr.memory.journal import Journal
from ivr.memory.memory import Memory
from ivr.memory.store import CONNECTIONS, Store
from ivr.memory.timeline import MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS, Now
from tests.peers.fault_proxy import FaultProxy
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real
ANNA = phone("+74951234567")


@pytest.fixture
async def plain(server: RedisServer, tmp_path: Path) -> AsyncIterator[Memory]:
    """With the deadlines of the house, and a journal."""
    server.ask("FLUSHALL")
    memory = Memory(Store(server.url, await Journal.open(tmp_path / "journal")), Now())
    yield memory
    await memory.close()


async def test_five_hundred_at_once_take_turns_and_none_fails(plain: Memory) -> None:
    await plain.store.command("PING")
    took_ms: list[float] = []

    async def one(number: int) -> None:
        begun = time.perf_counter()
        if number % 5:
            await plain.who(ANNA)
        else:
            assert await plain.touch(Touch(ANNA, MESSAGE, "test", f"m{number}", NOON_MS + number, "words")) is True
        took_ms.append(1000 * (time.perf_counter() - begun))

    for _ in range(3):
        await plain.store.command("FLUSHALL")
        took_ms.clear()
        await asyncio.gather(*(one(number) for number in range(500)))
        assert len(took_ms) == 500
        assert max(took_ms) < 5_000
    assert len(await plain.timeline.of(ANNA)) == 100
    assert plain.store.counts["away"] == plain.store.counts["crowded"] == plain.store.counts["journaled"] == 0
    assert not plain.away


async def test_a_queue_that_does_not_move_in_time_is_crowded_and_not_away(server: RedisServer) -> None:
    server.ask("FLUSHALL")
    store = Store(server.url, op_ms=2000, wait_ms=50)
    held = [asyncio.create_task(store.command("BLPOP", "nothing", 0.4)) for _ in range(CONNECTIONS)]
    await asyncio.sleep(0.1)
    with pytest.raises(Crowded):
        await store.command("PING")
    assert store.counts["crowded"] == 1
    assert store.breaker.failed == 0
    await asyncio.gather(*held)
    assert await store.command("PING") is True
    await store.close()


async def test_who_waits_while_redis_falls_silent_is_told_with_the_others(server: RedisServer, tmp_path: Path) -> None:
    async with FaultProxy(server.socket, server.folder / "proxy.sock") as proxy:
        memory = Memory(Store(proxy.url, await Journal.open(tmp_path / "journal")), Now())
        await memory.who(ANNA)
        proxy.mute = True
        begun = time.perf_counter()
        came = await asyncio.gather(*(memory.who(ANNA) for _ in range(500)), return_exceptions=True)
        assert all(isinstance(one, MemoryAway) and not isinstance(one, Crowded) for one in came)
        assert time.perf_counter() - begun < 10
        assert memory.away
        await memory.close()


async def test_a_house_that_stands_still_takes_nobody_for_away(server: RedisServer, tmp_path: Path) -> None:
    """The answer lies there unread while the loop is held for longer than Redis may take."""
    server.ask("FLUSHALL")
    memory = Memory(Store(server.url, await Journal.open(tmp_path / "journal")), Now())
    await asyncio.gather(*(memory.who(ANNA) for _ in range(20)))  # all connections are there
    for _ in range(5):
        asked = [asyncio.create_task(memory.who(ANNA)) for _ in range(20)]
        await asyncio.sleep(0)
        asyncio.get_running_loop().call_soon(time.sleep, 0.2)
        await asyncio.gather(*asked)
    assert memory.store.counts["held"] > 0
    assert memory.store.counts["away"] == 0
    assert not memory.away
    await memory.close()
