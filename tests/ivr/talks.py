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
from ivr.flow import Flow
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory, remembering
from ivr.notebook import MemoryNotebook
from ivr.script import FlowScript
from ivr.talk import Act, Patience, Talk
from tests.ivr.parcels import FLOW, NOW_MS
from tests.peers.redis import RedisServer

PATIENT = Patience(context_s=5.0)  # a busy machine is no late memory


class Room:
    """A channel that notes what is said; that of the phone is heard, and any other read."""

    def __init__(self, name: str) -> None:
        self.name, self.written, self.said = name, name != "phone", list[str]()

    async def perform(self, event: Event, acts: tuple[Act, ...]) -> None:
        self.said += [act.prompt_id for act in acts if isinstance(act, Say)]


@pytest.fixture
async def memory() -> AsyncIterator[Memory]:
    with RedisServer() as server, tempfile.TemporaryDirectory() as folder:
        async with remembering(server.url, Path(folder), op_ms=5000) as memory:
            yield memory


async def opened(
    memory: Memory, who: Identity | None, channel: str, flow: Flow = FLOW, patience: Patience | None = None
) -> tuple[Talk, Room]:
    page, room = MemoryNotebook(memory, who, channel), Room(channel)
    deeds = Deeds(own(flow, connectors(flow), {"consent": page.consent}))
    talk = Talk(FlowScript(flow), room, page, deeds, lambda: NOW_MS, patience or PATIENT)
    await talk.open("en")
    return talk, room


async def say(talk: Talk, *lines: str) -> None:
    for line in lines:
        await talk.take(Heard(line))
        while talk.state.phase is Phase.WORKING:  # what is looked up comes back as an event of its own
            await asyncio.sleep(0.01)
        await talk.take(PromptsDone())
