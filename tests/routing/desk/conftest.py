"""A Redis of the desk's tests, and people who work there."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest
from playwright.async_api import Browser

from ivr.memory.store import Store
from tests.peers.redis import RedisServer
from tests.routing.desk.browsing import chromium
from tests.routing.desk.house import House, house


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


@pytest.fixture
async def desk(redis: RedisServer) -> AsyncIterator[House]:
    redis.ask("FLUSHALL")
    async with house(redis.url) as one:
        yield one


@pytest.fixture
async def desks(redis: RedisServer) -> AsyncIterator[tuple[House, House]]:
    """Two desk nodes on one Redis: visitors come to the first, operators to the second."""
    redis.ask("FLUSHALL")
    async with house(redis.url) as one, house(redis.url) as other:
        yield one, other


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one
