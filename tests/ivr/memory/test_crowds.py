"""Many ask Redis at once: they take turns, none is refused, and nobody mistakes a queue for a Redis that is away."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import redis

from ivr.memory.errors import Crowded, MemoryAway
from ivr.memory.identity import phone
from ivr.memory.journal import Journal
from ivr.memory.memory import Memory
from ivr.memory.store import CONNECTIONS, HELD_MS, OP_MS, Store
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
    memory = Memory(Store(server.url, await Journal.open(tmp_path / "journal"), op_ms=20_000, wait_ms=20_000), Now())
    yield memory
    await memory.close()


async def test_five_hundred_at_once_take_turns_and_none_fails(plain: Memory) -> None:
    await plain.store.command("PING")
    done = 0

    async def one(number: int) -> None:
        nonlocal done
        if number % 5:
            await plain.who(ANNA)
        else:
            assert await plain.touch(Touch(ANNA, MESSAGE, "test", f"m{number}", NOON_MS + number, "words")) is True
        done += 1

    for _ in range(3):
        await plain.store.command("FLUSHALL")
        done = 0
        await asyncio.gather(*(one(number) for number in range(500)))
        assert done == 500
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


@pytest.mark.parametrize(("took_ms", "away"), [(OP_MS + HELD_MS + 1, False), (OP_MS + 1, True)])
async def test_a_deadline_that_is_told_of_too_late_says_nothing_of_redis(
    server: RedisServer, monkeypatch: pytest.MonkeyPatch, took_ms: float, away: bool
) -> None:
    """The loop was held: the answer may lie there unread, and is asked for once more."""
    now_ns = 0
    store = Store(server.url, ticks=lambda: now_ns)
    assert await store.command("PING") is True
    ask, late = store._ask, 1

    async def held(*args: object) -> object:
        nonlocal late, now_ns
        if late:
            late -= 1
            now_ns += round(took_ms * 1e6)
            raise redis.exceptions.TimeoutError
        return await ask(*args)

    monkeypatch.setattr(store, "_ask", held)
    if away:
        with pytest.raises(MemoryAway):
            await store.command("PING")
    else:
        assert await store.command("PING") is True
    assert (store.counts["held"], store.counts["away"]) == (int(not away), int(away))
    await store.close()
