"""Real talks without a channel, for tests: on a memory of their own, noting what is said."""

from __future__ import annotations

import asyncio
import tempfile
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.actions import Event, Heard, Phase, PromptsDone, Say
from ivr.connectors import connectors, own
from ivr.deeds import Deeds
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory, remembering
from ivr.notebook import MemoryNotebook
from ivr.script import FlowScript
from ivr.talk import Act, Talk
from tests.ivr.parcels import FLOW, NOW_MS
from tests.peers.redis import RedisServer


class Room:
    """A channel that notes what is said."""

    written = True

    def __init__(self, name: str) -> None:
        self.name, self.said = name, list[str]()

    async def perform(self, event: Event, acts: tuple[Act, ...]) -> None:
        self.said += [act.prompt_id for act in acts if isinstance(act, Say)]


@pytest.fixture
async def memory() -> AsyncIterator[Memory]:
    with RedisServer() as server, tempfile.TemporaryDirectory() as folder:
        async with remembering(server.url, Path(folder), op_ms=5000) as memory:
            yield memory


async def opened(memory: Memory, who: Identity | None, channel: str) -> tuple[Talk, Room]:
    page, room = MemoryNotebook(memory, who, channel), Room(channel)
    deeds = Deeds(own(FLOW, connectors(FLOW), {"consent": page.consent}))
    talk = Talk(FlowScript(FLOW), room, page, deeds, lambda: NOW_MS)
    await talk.open("en")
    return talk, room


async def say(talk: Talk, *lines: str) -> None:
    for line in lines:
        await talk.take(Heard(line))
        while talk.state.phase is Phase.WORKING:  # what is looked up comes back as an event of its own
            await asyncio.sleep(0.01)
        await talk.take(PromptsDone())
