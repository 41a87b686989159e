"""A house that stands: what it has loaded for good is not walked through again by a collection that holds all calls meanwhile."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.house import house
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real
LOADED = 50_000  # objects of modules, flow and words: 107,000 when this was written, 70 ms of CPU a walk


def test_what_stays_for_good_is_out_of_the_collectors_way(tmp_path: Path) -> None:
    with RedisServer() as redis:
        settings = f'state = "{tmp_path}/state"\nredis = "{redis.url}"\n[sip]\nport = 0\n'
        with house(tmp_path, settings) as (running, _):
            assert running.lines[0]["frozen"] > LOADED
