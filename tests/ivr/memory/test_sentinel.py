"""A primary that dies under a Sentinel: the replica takes over, and what was written meanwhile is in the journal."""

from __future__ import annotations

import asyncio
import socket
from pathlib import Path

import pytest

from ivr.memory.identity import phone
from ivr.memory.journal import Journal
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from ivr.memory.timeline import MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS, Now
from tests.peers.redis import RedisServer

ANNA = phone("+74951234567")


def free_port() -> int:
    with socket.socket() as any_:
        any_.bind(("127.0.0.1", 0))
        return int(any_.getsockname()[1])


@pytest.mark.real
async def test_a_failover_loses_nothing(tmp_path: Path) -> None:
    one, two, watch = free_port(), free_port(), free_port()
    with (
        RedisServer("--port", str(one), "--repl-diskless-sync-delay", "0") as primary,
        RedisServer("--port", str(two), "--replicaof", f"127.0.0.1 {one}") as replica,
    ):
        with RedisServer("--port", str(watch), "--sentinel", config="") as sentinel:
            for order in (
                f"MONITOR house 127.0.0.1 {one} 1", "SET house down-after-milliseconds 200", "SET house failover-timeout 1000",
            ):  # fmt: skip
                assert sentinel.ask("SENTINEL", order) == b"+OK"
            async with asyncio.timeout(20):
                while b"slaves=1" not in sentinel.all("INFO", "sentinel") or b"state=online" not in primary.all("INFO"):
                    await asyncio.sleep(0.02)
            url = f"redis+sentinel://127.0.0.1:{watch}/house"
            memory = Memory(Store(url, await Journal.open(tmp_path / "journal")), Now())
            memory.store.breaker.open_ms = 50
            for number in range(20):
                assert await memory.touch(Touch(ANNA, MESSAGE, "test", f"m{number}", NOON_MS + number)) is True
            async with asyncio.timeout(20):
                while replica.ask("LLEN", f"t{ANNA.address}") != b":20":
                    await asyncio.sleep(0.01)
            primary.kill()
            for number in range(20, 40):
                await memory.touch(Touch(ANNA, MESSAGE, "test", f"m{number}", NOON_MS + number))
            async with asyncio.timeout(20):
                await memory.store.settled()
            assert [touch.source_id for touch in await memory.timeline.of(ANNA)] == [f"m{number}" for number in range(40)]
            assert replica.ask("ROLE") == b"*3"
            await memory.close()
