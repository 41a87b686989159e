"""Mails at the desk, on a real Redis: answered in their thread after five seconds, taken back, and never lost where they cannot be sent."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from typing import Any

import pytest

from ivr.memory.consent import Purpose
from ivr.memory.identity import Proof, email, phone
from routing.desk import mails
from routing.desk.asking import BadAsk
from routing.desk.letters import Letters
from routing.floor.caretaker import LEFT
from tests.peers.redis import RedisServer
from tests.routing.desk.house import House, house
from tests.routing.desk.writing import Box, do, letter, taken, visitor

pytestmark = pytest.mark.real


@pytest.fixture
async def desk(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    redis.ask("FLUSHALL")
    monkeypatch.setattr(mails, "UNDO_MS", 300)
    monkeypatch.setattr(mails, "LOOK_S", 0.02)
    async with house(redis.url) as one:
        one.front.mails.post = Box()
        yield one


async def test_a_mail_is_answered_in_its_thread_once_and_after_five_seconds(desk: House) -> None:
    mine = await taken(desk)
    box = desk.front.mails.post
    assert isinstance(box, Box)
    await desk.front.mails.wanted(letter())  # brought again: it waits once
    assert await desk.floor.waiting() == ()
    sent = await do(desk, "mail.send", assignment=mine, text="It comes tomorrow.")
    assert sent["undo_ms"] == 300
    assert box.sent == {}
    async with asyncio.timeout(20):
        while not box.sent:
            await asyncio.sleep(0.01)
    ((name, (to, _, body)),) = box.sent.items()
    assert to == "maria@example.com"
    assert (body["answers"], body["references"], body["automatic"]) == ("m1@example.com", ["m0@example.com"], False)
    async with asyncio.timeout(20):
        while (await desk.floor.assignments("anna"))[0].state != "wrap_up":
            await asyncio.sleep(0.01)
    touches = await desk.memory.timeline.of(email("maria@example.com"))
    assert [(one.ours, one.source_id) for one in touches] == [(True, f"{name}@hotline.example")]
    await do(desk, "wrap_up", assignment=mine, code="solved")
    assert await desk.floor.assignments("anna") == ()


async def test_a_mail_is_taken_back_within_five_seconds(desk: House) -> None:
    mine = await taken(desk)
    await do(desk, "mail.send", assignment=mine, text="Too soon")
    await do(desk, "mail.undo", assignment=mine)
    with pytest.raises(BadAsk, match="sent"):
        await do(desk, "mail.undo", assignment=mine)
    await asyncio.sleep(0.5)
    assert desk.front.mails.post.sent == {}  # type: ignore[union-attr]
    assert (await desk.floor.assignments("anna"))[0].state == "connected"


async def test_who_forbade_mail_gets_none_and_without_a_post_none_goes(desk: House) -> None:
    who = await desk.memory.customers.meet(email("maria@example.com"), "test", name="Maria")
    assert who is not None
    mine = await taken(desk, customer=who)
    await desk.memory.consents.say(who, "email", Purpose.ANSWER, False, "desk")
    with pytest.raises(BadAsk, match="consent"):
        await do(desk, "mail.send", assignment=mine, text="x")
    desk.front.mails.post = None
    with pytest.raises(BadAsk, match="no_post"):
        await do(desk, "mail.send", assignment=mine, text="x")


async def facts(desk: House) -> list[str]:
    events = await desk.memory.store.command("XRANGE", "hotline:floor:events", "-", "+")
    return [json.loads(fields["d"])["fact"] for _, fields in events if fields["k"] == "call.fact"]


async def until_told(desk: House, fact: str) -> None:
    async with asyncio.timeout(20):
        while fact not in await facts(desk):
            await asyncio.sleep(0.01)


async def test_a_mail_that_may_not_go_out_any_more_is_told_of_and_its_words_are_kept(desk: House) -> None:
    mine = await taken(desk)
    await do(desk, "draft", assignment=mine, field="text", text="It comes tomorrow.")
    desk.front.mails.post.opened = False  # type: ignore[union-attr]
    await do(desk, "mail.send", assignment=mine, text="It comes tomorrow.")
    await until_told(desk, "not_sent")
    assert (await desk.floor.assignments("anna"))[0].state == "connected"
    assert await desk.front.drafts.text("d1") == "It comes tomorrow."
    desk.front.mails.post.opened = True  # type: ignore[union-attr]
    await do(desk, "mail.send", "2", assignment=mine, text="It comes tomorrow.")
    async with asyncio.timeout(20):
        while (await desk.floor.assignments("anna"))[0].state != "wrap_up":
            await asyncio.sleep(0.01)


async def test_a_mail_that_meets_a_fault_holds_up_none_and_is_given_up_in_the_end(
    desk: House, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(mails, "AGAIN_MS", 1)
    first = await taken(desk)
    await desk.front.mails.wanted(letter(digest="d2"))
    (request,) = await desk.floor.waiting()
    second = await desk.give(request, "anna")
    await do(desk, "answer", "2", assignment=second.id)
    box, tries = desk.front.mails.post, 0
    write = box.write  # type: ignore[union-attr]

    async def faulty(name: str, *rest: Any) -> bool:
        nonlocal tries
        if first in name:
            tries += 1
            raise KeyError("of a fault")
        return await write(name, *rest)

    monkeypatch.setattr(box, "write", faulty)
    await do(desk, "mail.send", "3", assignment=first, text="never")
    await do(desk, "mail.send", "4", assignment=second.id, text="at once")
    await until_told(desk, "not_sent")
    assert tries == mails.TRIES_MOST
    assert [second.id in name for name in box.sent] == [True]  # type: ignore[union-attr]
    assert await desk.memory.store.command("ZCARD", mails.SENDING) == 0
    assert "never" not in caplog.text


async def test_a_mail_that_could_not_be_sent_and_is_in_nobodys_hands_waits_again(desk: House) -> None:
    mine = await taken(desk)
    desk.front.mails.post.opened = False  # type: ignore[union-attr]
    await do(desk, "mail.send", assignment=mine, text="It comes tomorrow.")
    await do(desk, "wrap_up", "2", assignment=mine, code="solved")
    async with asyncio.timeout(20):
        while not (waiting := await desk.floor.waiting()):
            await asyncio.sleep(0.01)
    assert (waiting[0].call, waiting[0].preferred) == ("d1", "anna")
    given = await desk.give(waiting[0], "anna")
    shown = await desk.dossier(given.id)
    assert shown is not None
    assert shown["talk"]["letter"]["text"] == "Order 4711 has not come"
    assert shown["talk"]["draft"] == "It comes tomorrow."


async def written(desk: House, who: str) -> str:
    """What his page would show in the field for the answer, loaded anew."""
    welcome = await desk.front.welcome(await visitor(desk, who))
    return " ".join(fields.get("text", "") for fields in welcome["drafts"].values())


async def test_what_one_has_begun_goes_with_the_mail_to_the_next(desk: House) -> None:
    first = await taken(desk)
    await do(desk, "draft", assignment=first, field="text", text="Dear Maria, it c")
    assert await written(desk, "anna") == "Dear Maria, it c"
    await desk.hire("boris", ready=True)
    await desk.floor.requeue(first, LEFT)
    (request,) = await desk.floor.waiting()
    given = await desk.give(request, "boris")
    shown = await desk.dossier(given.id)
    assert shown is not None
    assert shown["talk"]["draft"] == "Dear Maria, it c"
    await do(desk, "answer", "2", "boris", assignment=given.id)
    await do(desk, "draft", "3", "boris", assignment=given.id, field="text", text="Dear Maria, it comes")
    with pytest.raises(BadAsk, match="gone"):  # her page is back, with what was typed there last
        await do(desk, "draft", "4", assignment=first, field="text", text="Dear")
    await do(desk, "draft", "5", assignment=first, field="note", text="left in the middle")
    await do(desk, "wrap_up", "6", assignment=first, code="solved")
    assert (await written(desk, "anna"), await written(desk, "boris")) == ("", "Dear Maria, it comes")
    await do(desk, "mail.send", "7", "boris", assignment=given.id, text="Dear Maria, it comes tomorrow.")
    async with asyncio.timeout(20):
        while await desk.front.drafts.text("d1"):
            await asyncio.sleep(0.01)


async def test_letters_are_forgotten_with_their_sender(desk: House) -> None:
    who = await desk.memory.customers.meet(email("maria@example.com"), "test", name="Maria")
    assert who is not None
    await desk.memory.customers.link(who, phone("+74951234567"), [Proof.CRM])
    mine = await taken(desk, customer=who)
    await do(desk, "draft", assignment=mine, field="text", text="Order 4711 comes")
    letters = Letters(desk.memory.store)
    desk.memory.privacy.keepers["letters"] = letters
    assert "4711" in str((await desk.memory.privacy.export(who))["letters"])
    await desk.memory.privacy.erase(who, "test")
    assert await letters.get("d1") is None
    assert await desk.front.drafts.text("d1") == ""
