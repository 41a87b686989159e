"""A chat and its operator in two processes: what one writes the other reads, once; how the house begins; smiles count."""

from __future__ import annotations

import asyncio
import contextlib
from typing import Any

import aiohttp
import pytest
from rich.console import Console

from ivr.channels.chat.shelf import RedisShelf
from routing import serve
from routing.desk.asking import BadAsk
from routing.desk.files import libraries
from routing.desk.front import Front
from routing.desk.settings import DeskSettings
from routing.floor.contacts import Contacts
from routing.floor.settings import RoutingSettings
from routing.settings import Settings
from routing.web_settings import WebSettings
from tests.peers.redis import RedisServer
from tests.routing.chatter import Chatter
from tests.routing.desk.house import House, house
from tests.routing.desk.people import quick
from tests.routing.desk.writing import do

pytestmark = pytest.mark.real


async def handed(desk: House, session: aiohttp.ClientSession) -> Chatter:
    """A visitor who asked for a person, and is told that one comes."""
    visitor = Chatter(desk.url, session, "en")
    await visitor.come()
    await visitor.until("How can I help you?")
    await visitor.say("my order 4711 has not come", "a")
    await visitor.until("Which day")
    await visitor.say("operator", "b")
    while not any(entry.get("note") in ("handed", "nobody") for entry in visitor.entries):
        await visitor.receive()
    return visitor


async def test_a_chat_on_one_node_is_taken_on_another_and_given_back(desks: tuple[House, House]) -> None:
    here, there = desks
    await here.hire("anna", called="Anna", ready=True)
    async with aiohttp.ClientSession() as session:
        visitor = await handed(here, session)
        assert visitor.entries[-1]["note"] == "handed"
        (request,) = await there.floor.waiting()
        assert (request.medium, request.node, request.topic) == ("chat", here.front.node, "status")
        given = await there.give(request, "anna")
        dossier = await there.dossier(given.id)
        assert dossier is not None
        assert "4711" in str(dossier["talk"]["lines"])
        assert [line["slot"] for line in dossier["matter"]["ledger"]][:1] == ["topic"] or "order" in str(
            dossier["matter"]["ledger"]
        )
        await do(there, "answer", "1", assignment=given.id)
        await visitor.noted("joined")
        for _ in range(2):  # the same twice, as after a broken line
            await do(there, "chat.say", "2", assignment=given.id, text="It comes today")
        await visitor.until("It comes today")
        await visitor.say("thank you", "c")
        await visitor.back("c")
        await do(there, "chat.back", "3", assignment=given.id)
        await visitor.noted("left")
        assert [entry["text"] for entry in visitor.entries if entry.get("who") == "operator"] == ["It comes today"]
        await visitor.say("when are you open", "d")
        while visitor.entries[-1].get("who") != "house":  # the bot has it again
            await visitor.receive()
        with pytest.raises(BadAsk):
            await do(there, "chat.say", "4", assignment=given.id, text="too late")
        await visitor.send({"type": "rate", "id": "r", "smile": "good"})
        async with asyncio.timeout(20):
            while (contact := await Contacts(here.memory.store).get(request.contact)) is None or not contact.csat:
                await asyncio.sleep(0.02)
        assert contact.csat == 5
    lines = [
        fields
        for _, fields in await here.memory.store.command("XRANGE", "hotline:floor:events", "-", "+")
        if fields["k"] == "chat.line"
    ]
    assert sum("It comes today" in line["d"] for line in lines) == 1


async def test_a_chat_whose_operator_left_waits_for_another_and_the_bot_is_silent(desks: tuple[House, House]) -> None:
    here, _ = desks
    await here.hire("anna", called="Anna", ready=True)
    async with aiohttp.ClientSession() as session:
        visitor = await handed(here, session)
        (request,) = await here.floor.waiting()
        given = await here.give(request, "anna")
        await do(here, "answer", "1", assignment=given.id)
        await visitor.noted("joined")
        await here.floor.requeue(given.id, "left_desk")
        await visitor.noted("passed")
        await visitor.say("are you still there", "x")
        await visitor.back("x")
        assert visitor.entries[-1]["text"] == "are you still there"
        await here.hire("boris", called="Boris", ready=True)
        (request,) = await here.floor.waiting()
        second = await here.give(request, "boris")
        dossier = await here.dossier(second.id)
        assert dossier is not None
        assert "are you still there" in str(dossier["talk"]["lines"])
        await do(here, "answer", "2", who="boris", assignment=second.id)
        while visitor.entries[-1].get("name") != "Boris":
            await visitor.receive()


async def test_after_a_restart_the_operator_has_his_chat_and_the_bot_is_silent(redis: RedisServer) -> None:
    redis.ask("FLUSHALL")
    async with aiohttp.ClientSession() as session:
        async with house(redis.url, node="desk-here") as first:
            await first.hire("anna", called="Anna", ready=True)
            visitor = await handed(first, session)
            (request,) = await first.floor.waiting()
            given = await first.give(request, "anna")
            await do(first, "answer", "1", assignment=given.id)
            await visitor.noted("joined")
            port = first.web.port
        assert await visitor.ended() == 1001
        async with house(redis.url, port, node="desk-here") as again:
            await visitor.come()
            await visitor.say("are you still there", "c")
            await visitor.back("c")
            await do(again, "chat.say", "2", assignment=given.id, text="Yes, here I am")
            await visitor.until("Yes, here I am")
            assert [entry["text"] for entry in visitor.entries if entry.get("who")][-2:] == [
                "are you still there",
                "Yes, here I am",
            ]
            assert sum(entry.get("note") == "joined" for entry in visitor.entries) == 1
            assert [one.id for one in await again.floor.assignments("anna")] == [given.id]


async def test_what_the_assistant_settled_alone_is_a_contact_too(desks: tuple[House, House]) -> None:
    here, _ = desks
    contacts = Contacts(here.memory.store)
    async with aiohttp.ClientSession() as session:
        visitor = Chatter(here.url, session, "en")
        await visitor.come()
        await visitor.until("How can I help you?")
        await visitor.say("when are you open", "a")
        await visitor.until("anything else")
        await visitor.say("no thank you", "b")
        await visitor.noted("ended")
        other = Chatter(here.url, session, "ru")
        await other.come()
        await other.until("помочь")
        room = here.web.rooms.room(other.chat)
        assert room is not None
        await room.close()  # who only looked has not talked
    async with asyncio.timeout(20):
        while not (found := await contacts.between((now := here.memory.now_ms()) - 86_400_000, now + 1)):
            await asyncio.sleep(0.02)
    assert [(one.medium, one.outcome, one.topic, one.language, one.turns > 0) for one in found] == [
        ("chat", "contained", "hours", "en", True)
    ]


async def test_where_nobody_works_the_bot_says_so_and_nobody_waits(desks: tuple[House, House]) -> None:
    here, _ = desks
    await here.hire("anna")  # offline
    async with aiohttp.ClientSession() as session:
        visitor = await handed(here, session)
        assert any(entry.get("note") == "nobody" for entry in visitor.entries)
    assert await here.floor.waiting() == ()


async def test_the_house_tells_where_the_desk_is_and_how_the_first_one_logs_in(
    redis: RedisServer, monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    redis.ask("FLUSHALL")
    async with house(redis.url) as desk:
        for folder, words in (
            (libraries(), ("Desk at http://127.0.0.1:", "hotline operators password NAME")), (tmp_path, ("No desk:", "make setup", "Chat at")),
        ):  # fmt: skip
            monkeypatch.setattr("routing.desk.files.libraries", lambda folder=folder: folder)
            console = Console(record=True, width=200)
            async with contextlib.AsyncExitStack() as stack:
                front = Front(
                    desk.floor, desk.memory, desk.web.flow, RedisShelf(desk.memory.store), DeskSettings(), RoutingSettings(), passwords=quick()
                )  # fmt: skip
                await serve.open_web(Settings(web=WebSettings(port=0)), desk.memory, stack, console, None, front)
            told = console.export_text()
            assert all(word in told for word in words), told
