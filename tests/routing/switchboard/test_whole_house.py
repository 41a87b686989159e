"""From the dialogue to a person: the whole house hands a caller over, keeps what was said, and says honestly where nobody works."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

from ivr.memory.memory import Memory
from ivr.memory.store import Store
from routing.floor.events import Nodes
from routing.floor.records import Availability, Operator
from routing.floor.ringing import ring
from routing.floor.settings import RoutingSettings
from routing.floor.states import Move
from routing.floor.store import TALK, Floor
from routing.floor.story import Stories, Story
from routing.switchboard.transcript import Talks
from tests.peers.house import house
from tests.peers.raw_sip import Dialog, Peer
from tests.peers.redis import RedisServer
from tests.peers.station import Station
from tests.routing.switchboard.conftest import ANNA, CALLER
from voice.clock import epoch_ms

pytestmark = [pytest.mark.real, pytest.mark.timeout(180)]
SAME = "the-same-twice"
DEAF = '[hearing.en]\nfinal = "none"\nstreaming = "none"\n[hearing.ru]\nfinal = "none"\nstreaming = "none"\n'


def settings(redis: RedisServer, folder: Path) -> str:
    return f'redis = "{redis.url}"\nstate = "{folder}/state"\n[sip]\nport = 0\n{DEAF}'


async def staffed(redis: RedisServer, uri: str) -> None:
    """Anna works here, and is ready."""
    store = Store(redis.url, op_ms=2000)
    floor = Floor(store, epoch_ms)
    await floor.keep_operator(Operator("anna", "Anna", {"delivery": 3}, {"en": 3}, uri=uri))
    await floor.set_status("anna", Availability.READY)
    await store.close()


async def talk_of(redis: RedisServer, call: str) -> list[dict[str, Any]]:
    """What was said until now."""
    store = Store(redis.url, op_ms=2000)
    try:
        return await Talks(store, 10**8).of(call)
    finally:
        await store.close()


async def claimed(redis: RedisServer) -> dict[str, Any]:
    """As the router does it; gives the request."""
    store = Store(redis.url, op_ms=2000)
    floor = Floor(store, epoch_ms)
    async with asyncio.timeout(20):
        while not (waiting := await floor.waiting()):
            await asyncio.sleep(0.05)
    given = await floor.claim(waiting[0], "anna")
    assert given is not None
    await floor.move(given.id, Move.SHOWN)
    anna = await floor.operator("anna")
    assert anna is not None
    await Nodes(store).order(waiting[0].node, ring(given, waiting[0], anna, epoch_ms()))
    await store.close()
    return waiting[0].values()


def test_a_caller_is_handed_over_with_what_was_said(
    redis: RedisServer, tmp_path: Path, phones: Station, callers: Station
) -> None:
    redis.ask("FLUSHALL")
    with house(tmp_path, settings(redis, tmp_path)) as (running, port):
        asyncio.run(staffed(redis, phones.uri("answer")))
        number = callers.dial(f"sip:hotline@127.0.0.1:{port}")
        callers.event("Answered", call=number)
        running.until_said("greeting.text", 30)
        callers.ask("send_keys", call=number, args=["0"])
        running.until("handed over: asked", 20)
        request = asyncio.run(claimed(redis))
        assert request["why"] == "asked"
        here = phones.event("Answered")["call"]
        phones.ask("play", call=here, hz=ANNA, seconds=40)
        callers.ask("play", call=number, hz=CALLER, seconds=40)
        assert callers.hears_only(number, [ANNA])
        assert phones.hears_only(here, [CALLER])
        lines = asyncio.run(talk_of(redis, request["call"]))
        # In the order in which it was said: the house may have begun a sentence after the key, and before it took the key.
        assert sorted(line["n"] for line in lines) == list(range(len(lines)))
        assert [line["at_ms"] for line in lines] == sorted(line["at_ms"] for line in lines)
        assert lines[0]["who"] == lines[-1]["who"] == "house"
        [key] = [line for line in lines if line["who"] == "caller"]
        assert (key["text"], key["keys"]) == ("0", True)
        phones.ask("hang_up", call=here)
        callers.event("HungUp", call=number)
        assert running.until("outcome", 20)["calls"] == 0
    assert phones.is_empty()
    assert callers.is_empty()


async def stored(redis: RedisServer) -> tuple[set[str], Story | None]:
    """What the floor has of calls: its talks; and the story of SAME."""
    store = Store(redis.url, op_ms=2000)
    try:
        keys = await store.command("KEYS", "*")
        assert not any(SAME in key for key in keys)
        talks = {key for key in keys if key.startswith(TALK)}
        return talks, await Stories(Memory(store, epoch_ms), RoutingSettings()).of(SAME)
    finally:
        await store.close()


def test_two_calls_of_one_call_id_are_two(redis: RedisServer, tmp_path: Path) -> None:
    """RFC 3261 section 8.1.1.4: it is the other side that makes it up, and nothing keeps it from making up one twice."""
    redis.ask("FLUSHALL")
    with house(tmp_path, settings(redis, tmp_path)) as (running, port), Peer(("127.0.0.1", port)) as peer:
        for _ in range(2):
            dialog = Dialog(peer)
            dialog.call_id = SAME
            dialog.start()
            assert dialog.expect(200).status == 200
            dialog.ack()
            running.until_said("greeting.text", 20)
            assert dialog.bye() == 200
            running.until("outcome", 20)
        talks, story = asyncio.run(stored(redis))
    assert len(talks) == 2
    assert story is not None
    assert f"{TALK}{story.contact}" in talks


def test_where_nobody_works_that_is_said_and_the_call_ends(redis: RedisServer, tmp_path: Path, callers: Station) -> None:
    redis.ask("FLUSHALL")
    with house(tmp_path, settings(redis, tmp_path)) as (running, port):
        number = callers.dial(f"sip:hotline@127.0.0.1:{port}")
        callers.event("Answered", call=number)
        running.until_said("greeting.text", 30)
        callers.ask("send_keys", call=number, args=["0"])
        callers.event("HungUp", call=number, wait_s=30)
        running.until("outcome", 20)
        said = [line["what"] for line in running.lines if line.get("who") == "house"]
    assert said[-1].startswith("I am sorry: nobody works here")
