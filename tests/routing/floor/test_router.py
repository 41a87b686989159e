"""The router on a real Redis, turn by turn: who is offered what, and what becomes of an offer that nobody takes."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping
from typing import Any

import pytest

from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from routing.floor.caretaker import Caretaker
from routing.floor.chronicle import Chronicle
from routing.floor.events import Nodes
from routing.floor.records import Assignment, Availability, Callback, Medium, Order, Request
from routing.floor.router import Router
from routing.floor.settings import RoutingSettings, Skill
from routing.floor.states import Move, State
from routing.floor.store import Floor
from tests.peers.redis import RedisServer
from tests.routing.floor.conftest import NOON_MS, Now
from tests.routing.floor.people import operator, ready, request

ROUTING = RoutingSettings(wrap_s=30, skills=(Skill("quick", wrap_s=0),))


async def plain(request: Request) -> Mapping[str, Any]:
    return {"of": request.id}


@pytest.fixture
def floor(store: Store, now: Now) -> Floor:
    return Floor(store, now, ROUTING)


@pytest.fixture
def router(floor: Floor) -> Router:
    return Router(floor, plain)


async def turn(router: Router) -> list[Assignment]:
    """The mirror as the store is, a turn, and what is live then."""
    await router.mirror.load(router.floor)
    router.turn()
    await router.settled()
    return list(await router.floor.assignments())


async def orders(store: Store, node: str = "n1") -> list[Order]:
    found = await store.command("XRANGE", f"hotline:floor:orders:{node}", "-", "+")
    got: list[Order] = []
    async for order in Nodes(store).orders(node, "0-0") if found else _none():
        got.append(order)
        if len(got) == len(found):
            break
    return got


async def _none() -> Any:
    for nothing in ():
        yield nothing


async def test_who_waits_is_offered_with_a_dossier_and_a_reason(router: Router, floor: Floor) -> None:
    await ready(floor, "anna")
    await floor.enter(request())
    [made] = await turn(router)
    assert (made.operator, made.state) == ("anna", State.OFFERED)
    assert [reason.code for reason in made.reasons][:2] == ["skill", "only_free"]
    assert await floor.dossier(made.id) == '{"of":"r1"}'
    assert await turn(router) == [made]


async def test_a_dossier_that_is_late_or_fails_holds_up_nobody(floor: Floor) -> None:
    async def never(request: Request) -> Mapping[str, Any]:
        if request.id == "r1":
            await asyncio.sleep(60)
        raise RuntimeError

    router = Router(floor, never)
    await ready(floor, "anna", "boris")
    await floor.enter(request("r1"))
    await floor.enter(request("r2"))
    made = await turn(router)
    assert len(made) == 2
    found = await floor.dossier(made[0].id)
    assert found is not None
    assert json.loads(found)["plain"] is True


async def test_without_a_page_it_rings_all_the_same(router: Router, floor: Floor, store: Store, now: Now) -> None:
    await ready(floor, "anna")
    await floor.enter(request(node="n1", call="call-1", summary={"en": "a parcel"}))
    [made] = await turn(router)
    assert await orders(store) == []
    now.later(s=0.4)
    [made] = await turn(router)
    assert made.state is State.SHOWN
    [order] = await orders(store)
    assert (order.id, order.kind, order.contact, order.data["uri"], order.data["whisper"]) == (
        f"{made.id}-ring", "ring", "call-1", "sip:anna@127.0.0.1", "a parcel",
    )  # fmt: skip


async def test_what_a_page_showed_is_left_to_the_desk(router: Router, floor: Floor, store: Store, now: Now) -> None:
    await ready(floor, "anna")
    await floor.enter(request(node="n1"))
    [made] = await turn(router)
    await floor.move(made.id, Move.SHOWN)
    now.later(s=5)
    await turn(router)
    assert await orders(store) == []


async def test_who_does_not_answer_is_passed_over_and_the_next_one_rings(
    router: Router, floor: Floor, store: Store, now: Now
) -> None:
    await ready(floor, "anna", "boris")
    await floor.keep_operator(operator("boris", skills={"delivery": 2}))
    await floor.enter(request(node="n1"))
    [first] = await turn(router)
    await floor.move(first.id, Move.SHOWN)
    await floor.move(first.id, Move.RINGING)
    now.later(s=31)
    await turn(router)
    [second] = await turn(router)
    assert (first.operator, second.operator) == ("anna", "boris")
    assert {reason.code for reason in second.reasons} >= {"refused"}
    assert [order.kind for order in await orders(store)] == ["hang_up"]
    left = await floor.assignment(first.id)
    assert left is not None
    assert left.history[-1].why == "no_answer"


async def test_whose_phone_goes_unanswered_twice_is_set_to_pause(router: Router, floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    for name in ("r1", "r2"):
        await floor.enter(request(name))
        [made] = await turn(router)
        await floor.move(made.id, Move.REFUSED, "no_answer")
        await floor.leave(name, "message")
    presence = await floor.presence("anna")
    assert presence is not None
    assert (presence.status, presence.reason) == (Availability.PAUSE, "no_answer")


async def test_wrap_up_ends_by_itself(router: Router, floor: Floor, now: Now) -> None:
    await ready(floor, "anna", skills={"delivery": 3, "quick": 3})
    for skill, wrap_s in (("delivery", 30), ("quick", 0)):
        await floor.enter(request(skill, skill=skill))
        [made] = await turn(router)
        for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED, Move.WRAP_UP):
            await floor.move(made.id, move)
        if wrap_s:
            now.later(s=wrap_s - 1)
            assert len(await turn(router)) == 1
            now.later(s=1)
        assert await turn(router) == []
    presence = await floor.presence("anna")
    assert presence is not None
    assert presence.status is Availability.READY


async def test_a_chat_that_no_page_shows_goes_on(router: Router, floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    await floor.beat("anna")
    await floor.enter(request("c1", Medium.CHAT))
    [made] = await turn(router)
    now.later(s=1)
    assert [one.state for one in await turn(router)] == [State.OFFERED]
    now.later(s=24)
    await turn(router)
    left = await floor.assignment(made.id)
    assert left is not None
    assert (left.state, left.history[-1].why) == (State.REFUSED, "no_page")


async def test_the_operator_who_had_this_matter_has_it_again(router: Router, floor: Floor, now: Now) -> None:
    await ready(floor, "anna", "boris")
    await floor.keep_operator(operator("anna", skills={"delivery": 1}))
    await floor.enter(request("r1", matter="m1"))
    [made] = await floor.assignments() or [await floor.claim((await floor.waiting())[0], "anna")]
    assert made is not None
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED, Move.WRAP_UP, Move.DONE):
        await floor.move(made.id, move)
    again = await floor.enter(request("r2", matter="m1"))
    assert (again.preferred, again.preferred_until_ms) == ("anna", now.ms + 20_000)
    [made] = await turn(router)
    assert (made.operator, made.reasons[0].code) == ("anna", "preferred")


async def test_a_dead_node_keeps_the_places_of_its_calls(router: Router, floor: Floor, store: Store, now: Now) -> None:
    caretaker, nodes = Caretaker(floor), Nodes(store)
    await nodes.beat("n2")
    await ready(floor, "anna")
    await floor.enter(request("r1", node="n1", customer="c1"))
    await turn(router)
    await floor.enter(request("r2", node="n1", customer="c2"))
    await floor.enter(request("r3", node="n2"))
    await floor.enter(request("r4", node="n1", callback=Callback("+7")))
    await router.mirror.load(floor)
    await caretaker.round(router.mirror)
    assert len(await floor.waiting()) == 3
    now.later(s=5)
    await caretaker.round(router.mirror)
    assert [one.id for one in await floor.waiting()] == ["r3", "r4"]
    now.later(s=25)
    assert (await floor.enter(request("r5", node="n2", customer="c1"))).since_ms == NOON_MS


async def test_a_promised_call_is_made_by_a_node_that_lives(router: Router, floor: Floor, store: Store, now: Now) -> None:
    await Nodes(store).beat("n2")
    await ready(floor, "anna")
    await floor.enter(request("r1", node="n1", call="call-1", callback=Callback("+74951234567")))
    [made] = await turn(router)
    now.later(s=1)
    await turn(router)
    [order] = await orders(store, "n2")
    assert (order.kind, order.data["number"], order.data["uri"]) == ("call_back", "+74951234567", "sip:anna@127.0.0.1")
    asked = await floor.request("r1")
    assert asked is not None
    assert asked.node == "n2", "its talk is held, handed on and ended there"
    caretaker = Caretaker(floor)
    await router.mirror.load(floor)
    for _ in range(3):
        await caretaker.round(router.mirror)
        now.later(s=3)
    kept = await floor.assignment(made.id)
    assert kept is not None
    assert kept.state is State.SHOWN


async def test_nobody_is_dead_for_what_he_could_not_say_while_redis_was_away(router: Router, floor: Floor, now: Now) -> None:
    caretaker = Caretaker(floor)
    await floor.enter(request("r1", node="n1"))
    await router.mirror.load(floor)
    await caretaker.round(router.mirror)
    now.later(s=60)  # no round in all this time
    await caretaker.round(router.mirror)
    now.later(s=2)
    await caretaker.round(router.mirror)
    assert [one.id for one in await floor.waiting()] == ["r1"]
    now.later(s=2)
    await caretaker.round(router.mirror)
    assert await floor.waiting() == ()


async def test_chats_and_mails_of_an_operator_who_left_go_to_others(router: Router, floor: Floor, now: Now) -> None:
    caretaker = Caretaker(floor)
    await ready(floor, "anna")
    await floor.beat("anna")
    for name, medium in (("c", Medium.CHAT), ("m", Medium.MAIL)):
        await floor.enter(request(name, medium=medium))
    for made in await turn(router):
        for move in (Move.SHOWN, Move.CONNECTED):
            await floor.move(made.id, move)
    await router.mirror.load(floor)
    for _ in range(24):  # 72 s: a page that is heard of again within a minute keeps them
        now.later(s=3)
        if now.ms - NOON_MS == 45_000:
            await floor.beat("anna")
        await caretaker.round(router.mirror)
        assert await floor.waiting() == ()
    for _ in range(20):
        now.later(s=3)
        await caretaker.round(router.mirror)
    waiting = await floor.waiting()
    assert {one.id for one in waiting} == {"c", "m"}
    assert all(one.since_ms == NOON_MS and "anna" in one.refused for one in waiting), "in their old place, and not with him again"
    assert {one.history[-1].why for one in await floor.assignments("anna")} == {"left_desk"}


async def test_a_chat_that_nobody_takes_in_time_is_left(router: Router, floor: Floor, now: Now) -> None:
    caretaker = Caretaker(floor)
    for name, medium in (("c", Medium.CHAT), ("m", Medium.MAIL)):
        await floor.enter(request(name, medium=medium))
    await router.mirror.load(floor)
    for _ in range(round(floor.settings.timeout_s / 3) + 2):
        await caretaker.round(router.mirror)
        now.later(s=3)
    assert [one.id for one in await floor.waiting()] == ["m"]


async def test_a_queue_with_a_strange_name_stops_no_round(router: Router, floor: Floor) -> None:
    await ready(floor, "anna")
    await floor.enter(request("r1", skill="a:b"))
    await turn(router)
    await Caretaker(floor).round(router.mirror)
    assert "call:a:b:en" in {name for name, *_ in await floor.store.run("routing.floor/look", "queues")}


async def test_who_only_looks_on_rests(floor: Floor, monkeypatch: pytest.MonkeyPatch) -> None:
    other = Router(floor, plain)
    monkeypatch.setattr(other.mirror, "next_ms", lambda: 0)
    deciding = asyncio.create_task(other._decide())
    turns, before = 0, other._news.wait

    async def counted() -> bool:
        nonlocal turns
        turns += 1
        return await before()

    monkeypatch.setattr(other._news, "wait", counted)
    await asyncio.sleep(0.1)
    deciding.cancel()
    assert turns <= 2


async def test_estimates_come_from_what_happened(router: Router, floor: Floor, now: Now) -> None:
    caretaker = Caretaker(floor)
    await ready(floor, "anna")
    for n in range(5):
        await floor.enter(request(f"h{n}"))
        [made] = await turn(router)
        for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
            await floor.move(made.id, move)
        now.later(s=100 + n)
        await floor.move(made.id, Move.WRAP_UP)
        await floor.move(made.id, Move.DONE)
    for n in range(3):
        await floor.enter(request(f"w{n}"))
    [made] = await turn(router)
    await caretaker.round(router.mirror)
    places = [await floor.place(name) for name in ("w1", "w2")]
    assert [place.position for place in places] == [1, 2]
    assert places[0].estimate is not None
    assert places[1].estimate is not None
    assert places[0].estimate.low_s < 102 < places[0].estimate.high_s
    assert places[1].estimate.high_s > places[0].estimate.high_s
    await floor.set_status("anna", Availability.PAUSE)
    await router.mirror.load(floor)
    await caretaker.round(router.mirror)
    assert (await floor.place("w1")).estimate is None


async def test_one_touch_a_contact_with_its_reasons(router: Router, floor: Floor, store: Store, now: Now) -> None:
    memory = Memory(store, now)
    await ready(floor, "anna")
    who = Identity.from_address("p+74951234567")
    await floor.enter(request("r1", call="call-1", identity=who.address, language="ru"))
    [made] = await turn(router)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED, Move.WRAP_UP, Move.DONE):
        await floor.move(made.id, move)
    for _ in range(2):
        await Chronicle(floor, memory).catch_up()
    await store.command("DEL", "hotline:floor:told")
    await Chronicle(floor, memory).catch_up()
    [touch] = await memory.timeline.of(who)
    assert touch.text.startswith("Anna: навык «delivery» 3 из 3, единственный свободный")
    assert (touch.source, touch.ours, touch.data["operator"], touch.data["why"]) == ("routing", True, "anna", "handled")
    assert touch.data["texts"]["ru"] == touch.text
    assert touch.data["texts"]["en"].startswith("Anna: skill")


@pytest.mark.real
async def test_a_router_that_looked_on_is_there_when_the_other_ends(floor: Floor, now: Now) -> None:
    await ready(floor, "anna", "boris")
    async with asyncio.timeout(20), Router(floor, plain, name="two") as two:
        async with Router(floor, plain, name="one") as one:
            while one.leads is two.leads:
                await asyncio.sleep(0.01)
            await floor.enter(request("r1"))
            while not await floor.assignments():
                await asyncio.sleep(0.01)
            assert sorted((one.decided, two.decided)) == [0, 1]
        await floor.enter(request("r2"))
        while len(await floor.assignments()) < 2:
            await asyncio.sleep(0.01)


@pytest.mark.real
async def test_redis_away_for_a_moment_loses_nobody(server: RedisServer, floor: Floor, now: Now) -> None:
    """Long enough for every loop of the router to be refused; what happens meanwhile is a request that nobody could tell it of."""
    await ready(floor, "anna")
    hasty = Store(server.url, connect_ms=50, op_ms=50)
    router = Router(Floor(hasty, now, ROUTING), plain)
    async with asyncio.timeout(20), router:
        while not router.leads:
            await asyncio.sleep(0.01)
        server.pause()
        entering = asyncio.create_task(floor.enter(request("r1")))
        while not hasty.away:
            await asyncio.sleep(0.01)
        server.go_on()
        await entering
        while not await floor.assignments():
            await asyncio.sleep(0.01)
    assert len(await floor.assignments()) == 1
    assert hasty.counts["away"] > 0
    await hasty.close()
