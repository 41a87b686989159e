"""What may go wrong between the memory and a talk: Redis away for minutes, states of tomorrow's program, another flow, two at once."""

from __future__ import annotations

import asyncio
import json
import time
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivr.actions import STATE_VERSION, Context, Heard, Matter, State
from ivr.memory.identity import chat, phone
from ivr.memory.journal import Journal
from ivr.memory.matter import Answered, Status
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from ivr.memory.timeline import MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS, Now
from tests.ivr.parcels import Talk as Typed
from tests.ivr.talks import memory, opened, say
from tests.peers.redis import RedisServer
from tests.routing.test_cli import complaint, hotline

__all__ = ["memory"]
CALLER, VISITOR = phone("+74951234567"), chat("visitor")
MINUTES = 5


class Ticks:
    """A monotonic clock that is moved."""

    ns = 0

    def __call__(self) -> int:
        return self.ns


@pytest.mark.real
async def test_redis_away_for_minutes_nobody_waits_and_nothing_is_lost(tmp_path: Path) -> None:
    with RedisServer("--appendonly", "yes", "--appendfsync", "always") as server:
        ticks, now = Ticks(), Now()
        memory = Memory(Store(server.url, await Journal.open(tmp_path / "journal"), ticks=ticks), now)
        matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [CALLER], "phone"))
        server.kill()
        slowest_ms = 0.0
        for second in range(60 * MINUTES):
            ticks.ns += 10**9
            now.later(1000)
            begun = time.perf_counter()
            assert await memory.touch(Touch(CALLER, MESSAGE, "test", f"m{second}", now(), "words")) is None
            if second % 10 == 0:
                line = Answered("order", str(second), now(), "phone")
                matter = await memory.matters.checkpoint(replace(matter, step=f"s{second}"), [line])
            slowest_ms = max(slowest_ms, 1000 * (time.perf_counter() - begun))
        assert memory.away
        assert slowest_ms < 7_000  # not once the time of all that is tried: connect_ms + op_ms of two writes, on a busy machine
        server.start()
        ticks.ns += 10**9
        async with asyncio.timeout(20):
            await memory.store.settled()
        assert [one.source_id for one in await memory.timeline.of(CALLER)] == [f"m{second}" for second in range(60 * MINUTES)]
        found = await memory.matters.load(matter.id)
        assert found is not None
        assert (found.version, found.step, len(found.ledger)) == (1 + 6 * MINUTES, matter.step, 6 * MINUTES)
        assert not any(line.late for line in found.ledger)
        assert memory.store.counts["outrun"] == 0
        await memory.close()


def broken_off() -> State:
    talk = Typed("chat")
    talk.take(Heard("my order 4711 has not come"))
    return State.from_dict(json.loads(json.dumps(talk.state.to_dict())))


@pytest.mark.parametrize(
    "stored",
    [
        broken_off().to_dict() | {"version": STATE_VERSION + 1, "something": "new"},
        broken_off().to_dict() | {"flow": "another"},
        broken_off().to_dict() | {"phase": "dreaming"},
        {"version": STATE_VERSION},
        {"anything": ["at", "all"]},
        {},
    ],
)
def test_what_this_program_cannot_go_on_with_ends_politely(stored: dict[str, Any]) -> None:
    """The plain greeting and the first question; not a word of what cannot be read."""
    talk = Typed(context=Context("c1", matters=(Matter("m1", stored),)))
    assert talk.said == ["greeting.text", "help.text"]
    assert talk.state.offers == ()
    assert talk.done(Heard("my order 4711 has not come"))[-1] == "day.text"


@pytest.mark.real
async def test_a_matter_of_a_newer_program_is_left_as_it_is(memory: Memory) -> None:
    """A node that was not updated yet answers: it begins a matter of its own, and the newer node goes on with the old one."""
    newer = broken_off().to_dict() | {"version": STATE_VERSION + 1}
    begun = memory.matters.begin("hotline", 9, [CALLER], "chat")
    line = Answered("order", "4711", NOON_MS, "chat")
    old = await memory.matters.checkpoint(replace(begun, state=newer, step="a_new_step"), [line])
    talk, room = await opened(memory, CALLER, "phone")
    assert room.said == ["greeting.text", "help.text"]
    await say(talk, "my order 1234 has not come")
    await talk.close()
    assert await memory.matters.load(old.id) == old
    matters = (await memory.who(CALLER)).matters
    assert {one.id for one in matters} > {old.id}
    assert all(one.status is Status.OPEN for one in matters)


@pytest.mark.real
async def test_two_channels_answer_the_same_question_at_once(memory: Memory) -> None:
    """One of them counts, both are kept, nobody is asked again, and both talks come to their end."""
    written, chat_room = await opened(memory, CALLER, "chat")
    await say(written, "my order 4711 has not come")
    spoken, phone_room = await opened(memory, CALLER, "phone")
    assert phone_room.said == ["greeting.text", "resume.text"]
    await say(spoken, "yes")
    assert written.state.step == spoken.state.step == "day"
    await asyncio.gather(say(written, "on friday"), say(spoken, "on wednesday"))
    await asyncio.gather(say(written, "in the morning"), say(spoken, "in the morning"))
    await asyncio.gather(written.close(), spoken.close())
    (matter,) = [one for one in (await memory.who(CALLER)).matters if one.slots.get("order") == "4711"]
    days = [line for line in matter.ledger if line.slot == "day"]
    assert sorted((line.value, line.late) for line in days) in (
        [("2026-05-06", False), ("2026-05-08", True)],
        [("2026-05-06", True), ("2026-05-08", False)],
    )
    for room in (chat_room, phone_room):
        assert room.said.count("day.text") == 1
    assert written.state.repeated_now == spoken.state.repeated_now == 0


@pytest.mark.real
def test_a_store_of_a_newer_program_is_told_in_a_sentence(tmp_path: Path) -> None:
    with RedisServer() as server:
        server.ask("SET", "hotline:schema", "99")
        done = hotline("stats", HOTLINE_REDIS=server.url, XDG_STATE_HOME=str(tmp_path))
        assert "written by a newer version (schema 99, this one knows 1)" in complaint(done)
        assert "Update this program" in complaint(done)
