"""The tests' own Redis lives as long as the test that asked for it."""

from __future__ import annotations

import asyncio
from subprocess import TimeoutExpired

import pytest

from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real


def test_one_that_a_loops_thread_started_again_outlives_the_loop() -> None:
    with RedisServer() as server:
        server.kill()
        asyncio.run(asyncio.to_thread(server.start))
        assert server.child is not None
        with pytest.raises(TimeoutExpired):
            server.child.wait(0.1)
        assert server.ask("PING") == b"+PONG"
