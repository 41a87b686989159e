"""`hotline undelivered`, as a process of its own: what was given up is listed without a name, tried again, or dropped."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path

import pytest

from ivr.channels.outbox import Outbox
from routing.app import memory_of
from routing.settings import load
from tests.peers.redis import RedisServer
from tests.routing.test_cli import hotline
from voice.clock import epoch_ms

pytestmark = pytest.mark.real


async def give_up(config: str) -> None:
    """A mail and a webhook that nobody takes."""
    async with memory_of(load(config)) as memory:
        for box in (Outbox(memory.store, "mail", epoch_ms), Outbox(memory.store, "hook:crm", epoch_ms)):
            await box.put(f"{box.name}-1", "lane", {"to": "maria@example.com"})
            item, _ = await box.take()
            assert item is not None
            await box.bury(item, "status 550")


async def waits(config: str) -> str:
    async with memory_of(load(config)) as memory:
        item, _ = await Outbox(memory.store, "mail", epoch_ms).take()
        return item.id if item else ""


def test_it_is_listed_tried_again_and_dropped(tmp_path: Path) -> None:
    with RedisServer() as redis:
        config = str(tmp_path / "hotline.toml")
        Path(config).write_text(f'redis = "{redis.url}"\nstate = "{tmp_path}/state"\n', encoding="utf-8")
        assert "Everything was delivered" in hotline("undelivered", "--config", config).stdout
        asyncio.run(give_up(config))
        rows = json.loads(hotline("undelivered", "--json", "--config", config).stdout)
        assert sorted((row["box"], row["id"], row["tries"], row["why"]) for row in rows) == [
            ("hook:crm", "hook:crm-1", 1, "status 550"),
            ("mail", "mail-1", 1, "status 550"),
        ]
        shown = hotline("undelivered", "--config", config).stdout
        assert "status 550" in shown
        assert "maria" not in shown
        assert "tried again" in hotline("undelivered", "--retry", "mail-1", "--config", config).stdout
        assert asyncio.run(waits(config)) == "mail-1"
        assert "dropped" in hotline("undelivered", "--drop", "hook:crm-1", "--config", config).stdout
        gone = hotline("undelivered", "--drop", "hook:crm-1", "--config", config)
        assert (gone.returncode, "Nothing undelivered has the id" in gone.stderr) == (1, True)
