"""What the desk writes and sends, on a real Redis: wrap-ups cut short, dossiers without a memory."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import aiohttp
import pytest

from ivr.actions import State
from ivr.dialogue.state import Answer
from ivr.flow.parts import StepKind
from ivr.memory.identity import chat, phone
from ivr.memory.matter import Answered
from ivr.memory.timeline import CALL, MESSAGE, Touch
from routing.desk.asking import BadAsk, ask, read
from routing.desk.dossier import dossier
from routing.floor.records import Medium, Request
from tests.peers.redis import RedisServer
from tests.routing.desk.house import House
from tests.routing.desk.known import customer
from tests.routing.desk.writing import do
from voice.clock import epoch_ms
from voice.errors import SoundSpoilt

pytestmark = pytest.mark.real


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
    desk.front.work.routing = replace(desk.front.work.routing, transfer_to=("tel:+7495*", "sip:*@pbx.example"))
    for uri, why in (
        ("tel:+7 812 123-45-67", "no_rule"),
        ("sip:x@elsewhere.example", "no_rule"),
        ("+1", "no_rule"),
        ("tel:12", "number"),
    ):
        with pytest.raises(BadAsk, match=why):
            await do(desk, "transfer", assignment=given.id, uri=uri)
    await do(desk, "transfer", assignment=given.id, uri="+7 (495) 123-45-67")
    (_, fields) = (await desk.memory.store.command("XRANGE", "hotline:floor:orders:phone-1", "-", "+"))[-1]
    assert json.loads(fields["d"])["uri"] == "tel:+74951234567"


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
        async with asyncio.timeout(20):  # Redis does not answer at all: whoever waited for it would wait for ever
            plain = await dossier(request, desk.front.sources)
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

    async def wordless(self, recorded: Any) -> int:
        return 1

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


async def test_the_trail_says_who_gave_which_role_to_whom(desk: House) -> None:
    await desk.hire("anna", "administrator")
    for roles in (["administrator", "auditor", "supervisor"], ["administrator", "auditor"]):
        await do(desk, "staff.keep", operator="anna", name="Anna", active=True, roles=roles)
    lines = await desk.front.trail.read(what="role")
    assert [(line["who"], line["whose"], line["how"]) for line in reversed(lines)] == [
        ("anna", "anna", "given_auditor"),
        ("anna", "anna", "given_supervisor"),
        ("anna", "anna", "taken_supervisor"),
    ]


async def test_a_matter_that_a_person_has_stands_where_it_was_asked_last(desk: House) -> None:
    _, _, name = await customer(desk.memory)
    matter, labels = await desk.memory.matters.load(name), desk.front.sources.labels
    assert matter is not None
    handover = next(id for id, step in labels.flow.steps.items() if step.kind is StepKind.HANDOVER)
    asked = labels.stands(replace(matter, step=handover))
    assert asked == {"en": "the time of delivery for order 4711", "ru": "время доставки для заказа 4711"}
    forgotten = (*matter.ledger, Answered("order", None, 2, "phone", 1.0, "set", "finished"))
    assert labels.stands(replace(matter, step="finished", ledger=forgotten)) == asked
    assert labels.step("window")["en"] == "the time of delivery for order …"


async def test_how_a_call_went_is_told_in_the_readers_language(desk: House) -> None:
    labels = desk.front.sources.labels
    answers = (Answer("menu", "topic", "status", "speech", 0.9), Answer("status", "order", "4711", "speech", 0.9))
    left = State("hotline", 1, step="window", ledger=answers, ending="hung up at window")
    assert labels.ended(left) == {
        "en": "Where is my parcel; hung up at “the time of delivery for order 4711”",
        "ru": "Где моя посылка; клиент отключился на шаге «время доставки для заказа 4711»",
    }
    handed = State("hotline", 1, step="operator", ending="handed over (asked)", done=True)
    assert labels.ended(handed)["en"] == "No topic understood; handed over to a person"
