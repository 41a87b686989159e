"""One real Redis for all tests of the memory, an empty database for each; a clock that the test sets; people to remember."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator

import pytest

from ivr.memory.memory import Memory
from ivr.memory.store import Store
from tests.peers.redis import RedisServer

NOON_MS = 1_800_000_000_000


class Now:
    """The time as a test has it, in milliseconds since the epoch."""

    def __init__(self) -> None:
        self.ms = NOON_MS

    def __call__(self) -> int:
        return self.ms

    def later(self, ms: int = 0, *, s: float = 0) -> int:
        self.ms += ms + round(1000 * s)
        return self.ms


@pytest.fixture(scope="session")
def server() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
async def store(server: RedisServer) -> AsyncIterator[Store]:
    server.ask("FLUSHALL")
    store = Store(server.url, op_ms=5000)  # the machine may be busy; faults are for test_faults
    yield store
    await store.close()


@pytest.fixture
def memory(store: Store, now: Now) -> Memory:
    return Memory(store, now)
