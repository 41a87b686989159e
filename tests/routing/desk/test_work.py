"""What the desk writes and sends, on a real Redis: mails with their five seconds, wrap-ups cut short, dossiers without a memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from ivr.channels.email.mailroom import Handed
from ivr.memory.consent import Purpose
from ivr.memory.identity import Proof, chat, email, phone
from ivr.memory.matter import Answered
from ivr.memory.timeline import CALL, MESSAGE, Touch
from routing.desk import mails
from routing.desk.asking import Ask, BadAsk, ask, read
from routing.desk.dossier import dossier
from routing.desk.gate import Visitor
from routing.desk.letters import Letters
from routing.desk.sessions import Session
from routing.floor.records import Medium, Request
from tests.peers.redis import RedisServer
from tests.routing.desk.house import House, house
from tests.routing.desk.known import customer
from voice.clock import epoch_ms
from voice.errors import SoundSpoilt

pytestmark = pytest.mark.real


class Box:
    """A postman who only notes; once by a mail's name, as the real one."""

    def __init__(self) -> None:
        self.sent: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
        self.opened = True

    async def write(self, name: str, to: str, purpose: Purpose, customer: str, body: Mapping[str, Any]) -> bool:
        assert purpose is Purpose.ANSWER
        if self.opened:
            self.sent.setdefault(name, (to, customer, body))
        return self.opened

    def message_id(self, name: str) -> str:
        return f"{name}@hotline.example"


@pytest.fixture
async def desk(redis: RedisServer, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[House]:
    redis.ask("FLUSHALL")
    monkeypatch.setattr(mails, "UNDO_MS", 300)
    monkeypatch.setattr(mails, "LOOK_S", 0.02)
    async with house(redis.url) as one:
        one.front.mails.post = Box()
        yield one


def letter(**more: Any) -> Handed:
    whole = {
        "digest": "d1", "sender": "maria@example.com", "subject": "Where is it", "text": "Order 4711 has not come", "message_id": "m1@example.com",
        "references": ("m0@example.com",), "language": "en", "matter": "", "customer": "", "topic": "parcel", "skill": "delivery", "why": "asked",
        "at_ms": epoch_ms(), **more,
    }  # fmt: skip
    return Handed(**whole)


async def visitor(desk: House, name: str = "anna") -> Visitor:
    person = await desk.floor.operator(name)
    assert person is not None
    return Visitor(Session("s", name, 0), person)


async def do(desk: House, what: str, id: str = "1", **fields: Any) -> dict[str, Any]:
    return await desk.front.doors()[what].do(await visitor(desk), Ask(id, what, fields)) or {}


async def taken(desk: House, **more: Any) -> str:
    """A mail that waits, in Anna's hands."""
    await desk.hire("anna", ready=True)
    await desk.front.mails.wanted(letter(**more))
    (request,) = await desk.floor.waiting()
    assert (request.medium, request.identity) == (Medium.MAIL, "emaria@example.com")
    given = await desk.give(request, "anna")
    await do(desk, "answer", assignment=given.id)
    return given.id


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
    assert (await desk.front.drafts.of([mine]))[mine]["text"] == "It comes tomorrow."
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
    shown = await desk.floor.dossier(given.id)
    assert shown is not None
    assert shown["talk"]["letter"]["text"] == "Order 4711 has not come"


async def test_letters_are_forgotten_with_their_sender(desk: House) -> None:
    who = await desk.memory.customers.meet(email("maria@example.com"), "test", name="Maria")
    assert who is not None
    await desk.memory.customers.link(who, phone("+74951234567"), [Proof.CRM])
    await taken(desk, customer=who)
    letters = Letters(desk.memory.store)
    desk.memory.privacy.keepers["letters"] = letters
    assert "4711" in str((await desk.memory.privacy.export(who))["letters"])
    await desk.memory.privacy.erase(who, "test")
    assert await letters.get("d1") is None


async def test_what_was_written_before_the_wrap_up_ran_out_is_kept(desk: House) -> None:
    await desk.hire("anna", ready=True)
    _, number, matter = await customer(desk.memory)
    given = await desk.give(await desk.caller(identity=number.address, matter=matter), "anna")
    for move in ("shown", "ringing", "connected", "wrap_up"):
        await desk.floor.move(given.id, move)
    await do(desk, "draft", assignment=given.id, field="note", text="He comes at six")
    await do(desk, "draft", "2", assignment=given.id, field="code", text="informed")
    await desk.floor.move(given.id, "done", "time")  # as the router does
    async with asyncio.timeout(20):
        while (over := await desk.floor.assignment(given.id)) is None or not over.note:
            await asyncio.sleep(0.01)
    assert (over.code, over.note) == ("informed", "He comes at six")
    async with asyncio.timeout(20):
        while not [one for one in await desk.memory.timeline.of(number) if one.kind == "note"]:
            await asyncio.sleep(0.01)


async def test_two_answers_at_once_ring_once_and_a_wrong_target_is_refused(desk: House) -> None:
    await desk.hire("anna", ready=True, answer="desk")
    given = await desk.give(await desk.caller(), "anna")
    await asyncio.gather(*(do(desk, "answer", str(n), assignment=given.id) for n in range(3)))
    orders = await desk.memory.store.command("XRANGE", "hotline:floor:orders:phone-1", "-", "+")
    assert len(orders) == 1
    await desk.floor.move(given.id, "ringing")
    await desk.floor.move(given.id, "connected")
    for uri in ("sip:evil@x y", "javascript:alert(1)", "sip:a@b;transport=\r\nX: y", ""):
        with pytest.raises(BadAsk):
            await do(desk, "transfer", assignment=given.id, uri=uri)
    with pytest.raises(BadAsk, match="unreachable"):
        await do(desk, "consult", assignment=given.id, operator="nobody")


async def test_a_dossier_is_plain_where_the_memory_is_away_and_never_late(desk: House, redis: RedisServer) -> None:
    who, number, matter = await customer(desk.memory)
    request = Request("r", Medium.CALL, "delivery", "en", identity=number.address, customer=who, matter=matter, call="c1")
    whole = await dossier(request, desk.front.sources)
    assert not whole["plain"]
    assert whole["customer"]["name"] == "Мария Петрова"
    assert [line["slot"] for line in whole["matter"]["ledger"]] == ["order", "day", "window"]
    assert len(whole["touches"]) == 6
    redis.pause()
    try:
        begun = epoch_ms()
        plain = await dossier(request, desk.front.sources)
        assert epoch_ms() - begun < 400
    finally:
        redis.go_on()
    assert plain["plain"]
    assert plain["request"]["id"] == "r"
    assert plain["customer"] == {}


async def test_the_chat_that_a_call_goes_on_with_stands_in_its_dossier_and_nothing_else_of_that_visitor(desk: House) -> None:
    number, page, now = phone("+493023125017"), chat("visitor-1"), epoch_ms()
    matter = await desk.memory.matters.checkpoint(desk.memory.matters.begin("hotline", 2, [page, number], "chat"))
    for touch in (
        Touch(page, MESSAGE, "chat", "c1", now - 500, "another matter", False, "m-other"),
        Touch(page, MESSAGE, "chat", "c2", now - 400, "4711", False, matter.id),
        Touch(number, CALL, "phone", "k1", now - 300, "", False, matter.id),
    ):
        await desk.memory.touch(touch)
    request = Request("r", Medium.CALL, "", "en", identity=number.address, matter=matter.id, call="c1")
    whole = await dossier(request, desk.front.sources)
    assert [(one["id"], one["text"]) for one in whole["touches"]] == [("c2", "4711"), ("k1", "")]
    # Without its matter, the number alone opens no chat.
    assert [one["id"] for one in (await dossier(replace(request, matter=""), desk.front.sources))["touches"]] == ["k1"]


async def test_what_the_dialogue_has_done_with_stands_in_the_dossier_as_earlier(desk: House) -> None:
    number, now = phone("+493023125017"), epoch_ms()
    answers = [Answered("order", "4711", now, "chat"), Answered("day", "2027-01-16", now, "phone"), Answered("day", None, now, "phone"),
               Answered("order", None, now, "phone"), Answered("day", "2027-01-18", now, "phone"), Answered("recap", "yes", now, "phone")]  # fmt: skip
    matter = await desk.memory.matters.checkpoint(desk.memory.matters.begin("hotline", 2, [number], "phone"), answers)
    request = Request("r", Medium.CALL, "", "en", identity=number.address, matter=matter.id, call="c1")
    ledger = (await dossier(request, desk.front.sources))["matter"]["ledger"]
    assert [(one["slot"], one["value"], one["earlier"]) for one in ledger] == [
        ("order", "4711", True),
        ("day", "2027-01-18", False),
    ]


@dataclass(frozen=True)
class Piece:
    at_ms: int
    length_ms: int


@dataclass(frozen=True)
class Recorded:
    pieces: tuple[Piece, ...]

    @property
    def length_ms(self) -> int:
        return sum(piece.length_ms for piece in self.pieces)


class Shelf:
    """Recordings without a vault: two pieces of one call; another one lies elsewhere."""

    async def of(self, contact: str) -> Recorded | None:
        return Recorded((Piece(1000, 500), Piece(3000, 500))) if contact in ("call-1", "call-2") else None

    def chunks(self, recorded: Recorded) -> Iterator[bytes]:
        yield b"RIFF"
        yield b"one"
        yield b"two"


class Elsewhere(Shelf):
    def chunks(self, recorded: Recorded) -> Iterator[bytes]:
        yield b"RIFF"
        raise SoundSpoilt("it is not here")


async def test_a_recording_is_listed_heard_and_its_hearing_noted(desk: House) -> None:
    await desk.hire("anna", "supervisor")
    store, tapes = desk.memory.store, desk.front.tapes
    await store.command("ZADD", "hotline:floor:recordings", 1000, "call-1", 2000, "call-2", 3000, "forgotten")
    assert await do(desk, "tapes") == {"tapes": [], "whole": True}  # a house that keeps none
    tapes.recordings = Shelf()
    listed = await do(desk, "tapes")
    assert [(one["contact"], one["length_ms"]) for one in listed["tapes"]] == [("call-2", 1000), ("call-1", 1000)]
    assert [one["contact"] for one in (await do(desk, "tapes", before=2000))["tapes"]] == ["call-1"]
    await store.command("RPUSH", "hotline:floor:talk:call-1", '{"n":0,"who":"caller","text":"hello","at_ms":1100}')
    one = await do(desk, "tape", contact="call-1")
    assert (one["lines"][0]["text"], one["pieces"]) == ("hello", [{"at": 1000, "length_ms": 500}, {"at": 3000, "length_ms": 500}])
    with pytest.raises(BadAsk):
        await do(desk, "tape", contact="none")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        assert await desk.login(session, "anna") == 200
        async with session.get(f"{desk.url}/desk/recording/call-1") as answer:
            assert (answer.status, answer.headers["Content-Type"], await answer.read()) == (200, "audio/wav", b"RIFFonetwo")
        for contact in ("none", "..%2Fetc", "%00"):
            async with session.get(f"{desk.url}/desk/recording/{contact}") as answer:
                assert answer.status == 404
        tapes.recordings = Elsewhere()
        async with session.get(f"{desk.url}/desk/recording/call-1") as answer:
            assert (answer.status, await answer.json()) == (404, {"why": "elsewhere"})
    assert [line["how"] for line in await desk.front.trail.read(what="recording")] == ["heard", "heard", "read"]


def test_an_ask_is_read_field_by_field() -> None:
    one = ask(
        read(
            '{"type":"ask","id":"1","what":"x","name":"a b","text":"  e\\u0301\\u0007 ","n":true,"levels":{"a":1,"b":-1},"long":"'
            + "x" * 30
            + '"}'
        )
    )
    assert one.text("text") == "é"
    for wrong in (
        lambda: one.name("name"),
        lambda: one.number("n", 0, 5),
        lambda: one.levels("levels"),
        lambda: one.text("long", 20),
        lambda: one.name("none"),
    ):
        with pytest.raises(BadAsk):
            wrong()
    for nonsense in ("{", "[]", "1", '{"type":1}', '{"type":"ask","id":1,"what":"x"}', '{"type":"ask","id":"a b","what":"x"}'):
        with pytest.raises(BadAsk):
            ask(read(nonsense))


@pytest.mark.parametrize(
    ("change", "why"),
    [({"operator": "Anna B"}, "login"), ({"uri": "tel:1"}, "sip"), ({"uri": "sip:p@h?Replaces=1"}, "sip"), ({"skills": {"delivery": 9}}, "levels"), ({"roles": []}, "roles"), ({"roles": ["king"]}, "shape"),
     ({"capacity": {"call": 2}}, "capacity"), ({"password": "short"}, "password"), ({"operator": "anna", "roles": ["operator"]}, "own"), ({"new": True, "operator": "boris"}, "taken")],
)  # fmt: skip
async def test_an_operator_who_cannot_be_is_refused_with_why_and_not_half_made(
    desk: House, change: dict[str, Any], why: str
) -> None:
    await desk.hire("anna", "administrator")
    await desk.hire("boris", called="Boris")
    good = {
        "operator": "pavel",
        "name": "Pavel",
        "uri": "",
        "skills": {"delivery": 1},
        "languages": {"ru": 3},
        "roles": ["operator"],
        "active": True,
        "capacity": {},
    }
    with pytest.raises(BadAsk, match=why):
        await do(desk, "staff.keep", **{**good, **change})
    assert await desk.floor.operator("pavel") is None
    await do(desk, "staff.keep", **good, password="three unlike words")
    assert (await desk.front.accounts.login("pavel", "three unlike words", "192.0.2.1")).right


async def test_nobody_is_removed_with_somebody_in_hand(desk: House) -> None:
    await desk.hire("anna", "administrator")
    await desk.hire("boris", ready=True)
    given = await desk.give(await desk.caller(), "boris")
    with pytest.raises(BadAsk, match="in_hand"):
        await do(desk, "staff.remove", operator="boris")
    await desk.floor.move(given.id, "refused", "rejected")
    await do(desk, "staff.remove", operator="boris")
    assert await desk.floor.operator("boris") is None
    assert not (await desk.front.accounts.login("boris", "correct horse battery", "192.0.2.1")).right
