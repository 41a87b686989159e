"""A Redis of the desk's tests, and people who work there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ivr.memory.store import Store
from tests.peers.redis import RedisServer


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
async def store(redis: RedisServer) -> AsyncIterator[Store]:
    redis.ask("FLUSHALL")
    store = Store(redis.url, op_ms=2000)
    yield store
    await store.close()
