"""What a flow does with those who come back: asked, gone on with at once, or begun anew; by phone and in chat, early and late."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from ivr.actions import Phase, State
from ivr.flow import Flow
from ivr.memory.identity import phone
from ivr.memory.matter import Matter
from ivr.memory.memory import Memory
from ivr.talk import Patience, Talk
from tests.ivr.memory.conftest import memory, now, server, store
from tests.ivr.parcels import FLOW
from tests.ivr.talks import opened, say

__all__ = ["memory", "now", "server", "store"]
pytestmark = pytest.mark.real
CALLER = phone("+74951234567")
CHANNELS = [("phone", "chat"), ("chat", "phone"), ("phone", "phone"), ("chat", "chat")]
GOES_ON = {
    "ask": ["greeting.text", "resume.text"],
    "continue": ["greeting.text", "resume.named", "day.text"],
    "restart": ["greeting.text", "help.text"],
}


def flow_of(mode: str) -> Flow:
    return replace(FLOW, resume=replace(FLOW.resume, mode=mode))


async def broken_off(memory: Memory, channel: str, flow: Flow, *lines: str) -> State:
    talk, _ = await opened(memory, CALLER, channel, flow)
    await say(talk, *(lines or ("my order 4711 has not come",)))
    return await talk.close()


async def booked(talk: Talk, *lines: str) -> State:
    await say(talk, *lines, "on friday", "in the morning", "yes")
    return await talk.close()


async def matters(memory: Memory) -> list[Matter]:
    """His open ones."""
    return list((await memory.who(CALLER)).matters)


@pytest.mark.parametrize(("first", "then"), CHANNELS)
@pytest.mark.parametrize("mode", GOES_ON)
async def test_who_comes_back_is_met_as_the_flow_has_it(memory: Memory, mode: str, first: str, then: str) -> None:
    flow = flow_of(mode)
    await broken_off(memory, first, flow)
    talk, room = await opened(memory, CALLER, then, flow)
    await talk.close()
    assert room.said == GOES_ON[mode]


@pytest.mark.parametrize(("first", "then"), CHANNELS)
@pytest.mark.parametrize(("mode", "yes"), [("ask", ["yes"]), ("continue", [])])
async def test_what_was_answered_is_kept_and_nothing_is_asked_again(
    memory: Memory, mode: str, yes: list[str], first: str, then: str
) -> None:
    flow = flow_of(mode)
    await broken_off(memory, first, flow)
    (matter,) = await matters(memory)
    talk, room = await opened(memory, CALLER, then, flow)
    state = await booked(talk, *yes)
    assert state.matter == matter.id
    assert state.repeated == 0
    assert room.said.count("day.text") == 1
    kept = await memory.matters.load(matter.id)
    assert kept is not None
    told = {line.slot: (line.value, line.channel) for line in kept.ledger if line.slot in ("order", "day") and line.value}
    assert told == {"order": ("4711", first), "day": ("2026-05-08", then)}


@pytest.mark.parametrize(("first", "then"), CHANNELS)
async def test_a_flow_that_begins_anew_leaves_the_old_matter_and_counts_what_it_asks_again(
    memory: Memory, first: str, then: str
) -> None:
    flow = flow_of("restart")
    await broken_off(memory, first, flow)
    (old,) = await matters(memory)
    talk, room = await opened(memory, CALLER, then, flow)
    await say(talk, "where is my parcel")
    assert room.said[-1] == "status.text", "the number of the order, which he told before"
    assert talk.state.repeated_now == 1
    await talk.close()
    orders = {one.id: one.slots.get("order", "") for one in await matters(memory)}
    assert orders.pop(old.id) == "4711"
    assert list(orders.values()) == [""]


@pytest.mark.parametrize("channel", ["phone", "chat"])
@pytest.mark.parametrize("mode", GOES_ON)
async def test_memory_that_is_late_changes_only_when_it_is_told(memory: Memory, mode: str, channel: str) -> None:
    flow = flow_of(mode)
    await broken_off(memory, "chat", flow)
    talk, room = await opened(memory, CALLER, channel, flow, Patience(context_s=0.0))
    assert room.said == ["greeting.text", "help.text"]
    async with asyncio.timeout(10):
        while len(room.said) == 2 and not talk.state.remembered:
            await asyncio.sleep(0.005)
    assert room.said[2:] == {"ask": ["resume.text"], "continue": ["resume.named", "day.text"], "restart": []}[mode]
    assert (talk.state.phase is Phase.OFFERING) is (mode == "ask")
    await talk.close()


@pytest.mark.parametrize("channel", ["phone", "chat"])
@pytest.mark.parametrize(
    ("mode", "said", "step"),
    [
        ("ask", ["greeting.text", "resume.waiting"], Phase.OFFERING),
        ("continue", ["greeting.text", "operator.text"], Phase.ENDED),
        ("restart", ["greeting.text", "help.text"], Phase.ASKING),
    ],
)
async def test_who_waited_for_a_person_is_met_so_too(
    memory: Memory, mode: str, said: list[str], step: Phase, channel: str
) -> None:
    flow = flow_of(mode)
    await broken_off(memory, "phone", flow, "my order 4711 has not come", "operator")
    talk, room = await opened(memory, CALLER, channel, flow)
    assert room.said == said
    assert talk.state.phase is step
    await talk.close()
