"""The floor in a real Redis: what is done once, what two cannot both have, what a place survives, what is told of it."""

from __future__ import annotations

import asyncio
import json

import pytest

from ivr.memory.errors import Unfit
from ivr.memory.store import Store
from routing.floor.errors import WrongMove
from routing.floor.events import Events, Nodes
from routing.floor.records import Assignment, Availability, Callback, Event, Medium, Order, Reason
from routing.floor.states import Move, State
from routing.floor.store import Claim, Floor
from tests.routing.floor.conftest import NOON_MS, Now
from tests.routing.floor.people import operator, ready, request


async def given(floor: Floor, name: str = "r1", who: str = "anna") -> Assignment:
    """A request that was claimed for somebody."""
    made = await floor.claim(await floor.enter(request(name)), who)
    assert made is not None
    return made


async def told(store: Store, floor: Floor) -> list[Event]:
    """Every event up to now."""
    events, found = Events(store, floor.now_ms), []
    last = await events.last()
    if last == "0-0":
        return []
    async for event in events.after("0-0"):
        found.append(event)
        if event.id == last:
            break
    return found


async def test_an_operator_is_kept_and_begins_offline(floor: Floor) -> None:
    anna = operator(languages={"en": 3, "ru": 1}, team="night")
    await floor.keep_operator(anna)
    assert await floor.operators() == (anna,)
    assert await floor.operator("anna") == anna
    presence = await floor.presence("anna")
    assert presence is not None
    assert (presence.status, presence.load[Medium.CALL]) == (Availability.OFFLINE, 0)


async def test_a_status_stays_when_an_operator_is_changed(floor: Floor) -> None:
    await ready(floor, "anna")
    await floor.keep_operator(operator(team="day"))
    presence = await floor.presence("anna")
    assert presence is not None
    assert presence.status is Availability.READY


async def test_nobody_unknown_has_a_status(floor: Floor) -> None:
    for change in (floor.set_status("nobody", Availability.READY), floor.beat("nobody")):
        with pytest.raises(Unfit, match="no such operator"):
            await change


async def test_who_enters_waits_once(floor: Floor, now: Now) -> None:
    first = await floor.enter(request())
    now.later(s=5)
    assert await floor.enter(request()) == first
    assert [one.id for one in await floor.waiting()] == ["r1"]
    assert first.since_ms == NOON_MS


async def test_priority_counts_as_time_and_who_waits_longer_is_never_overtaken(floor: Floor, now: Now) -> None:
    await floor.enter(request("plain"))
    now.later(s=29)
    await floor.enter(request("urgent", priority=1))
    now.later(s=2)
    await floor.enter(request("late", priority=1))
    assert [one.id for one in await floor.waiting()] == ["urgent", "plain", "late"]


async def test_two_cannot_have_the_same_request(floor: Floor) -> None:
    await ready(floor, "anna", "boris")
    one = await floor.enter(request())
    answers = await asyncio.gather(floor.claim(one, "anna"), floor.claim(one, "boris"))
    assert sorted(answer is None for answer in answers) == [False, True]
    assert len(await floor.assignments()) == 1


async def test_one_operator_has_one_call(floor: Floor) -> None:
    await ready(floor, "anna")
    one, two = await floor.enter(request("r1")), await floor.enter(request("r2"))
    answers = await floor.claim_all([Claim(one, "anna"), Claim(two, "anna")])
    assert isinstance(answers[0], Assignment)
    assert answers[1] == "busy"
    assert [waits.id for waits in await floor.waiting()] == ["r2"]


async def test_a_call_excludes_chats_and_chats_a_call_unless_capacity_says_so(floor: Floor) -> None:
    await ready(floor, "anna", "boris")
    await floor.keep_operator(operator("boris", beside_call={Medium.CHAT: 1}))
    chats = [await floor.enter(request(f"c{n}", Medium.CHAT)) for n in range(4)]
    calls = [await floor.enter(request(f"r{n}")) for n in range(2)]
    assert isinstance((await floor.claim_all([Claim(chats[0], "anna")]))[0], Assignment)
    assert await floor.claim_all([Claim(calls[0], "anna")]) == ["busy"]
    answers = await floor.claim_all([Claim(chats[1], "boris"), Claim(calls[0], "boris"), Claim(chats[2], "boris")])
    assert [isinstance(answer, Assignment) for answer in answers] == [True, True, False]


async def test_whose_status_changed_in_the_same_moment_gets_nothing(floor: Floor) -> None:
    await ready(floor, "anna")
    one = await floor.enter(request())
    await floor.set_status("anna", Availability.PAUSE, "lunch")
    assert await floor.claim_all([Claim(one, "anna")]) == ["away"]


async def test_a_claim_asked_twice_is_one(floor: Floor) -> None:
    await ready(floor, "anna")
    claim = Claim(await floor.enter(request()), "anna", id="a1")
    assert await floor.claim_all([claim]) == await floor.claim_all([claim])
    presence = await floor.presence("anna")
    assert presence is not None
    assert presence.load[Medium.CALL] == 1


async def test_a_call_goes_its_way(floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    one = await given(floor)
    for move in (Move.SHOWN, Move.RINGING):
        await floor.move(one.id, move)
    now.later(s=4)
    await floor.move(one.id, Move.CONNECTED)
    now.later(s=60)
    await floor.move(one.id, Move.HELD)
    now.later(s=10)
    await floor.move(one.id, Move.UNHELD)
    now.later(s=30)
    one = await floor.move(one.id, Move.WRAP_UP, "caller hung up")
    assert await floor.request("r1") is not None
    assert (await floor.presence("anna")).status is Availability.WRAP_UP  # type: ignore[union-attr]
    now.later(s=5)
    await floor.note(one.id, "solved", "will call back if not")
    now.later(s=2)
    one = await floor.move(one.id, Move.DONE)
    assert [step.state for step in one.history] == [
        "offered",
        "shown",
        "ringing",
        "connected",
        "held",
        "connected",
        "wrap_up",
        "done",
    ]
    assert (one.code, one.note) == ("solved", "will call back if not")
    presence = await floor.presence("anna")
    assert presence is not None
    assert (presence.status, presence.load[Medium.CALL], presence.idle_since_ms) == (Availability.READY, 0, now.ms)
    record = await floor.store.command("HGETALL", "hotline:floor:c:r1")
    assert {name: record[name] for name in ("outcome", "waited", "talked", "held", "wrap", "operator", "code")} == {
        "outcome": "handled", "waited": "4000", "talked": "90000", "held": "10000", "wrap": "7000", "operator": "anna", "code": "solved",
    }  # fmt: skip


async def test_a_move_that_is_not_in_the_table_is_refused_and_a_repeated_one_is_nothing(floor: Floor, store: Store) -> None:
    await ready(floor, "anna")
    one = await given(floor)
    with pytest.raises(WrongMove, match="offered cannot become connected"):
        await floor.move(one.id, Move.CONNECTED)
    shown = await floor.move(one.id, Move.SHOWN)
    before = len(await told(store, floor))
    assert await floor.move(one.id, Move.SHOWN) == shown
    assert len(await told(store, floor)) == before
    with pytest.raises(Unfit, match="no such assignment"):
        await floor.move("nothing", Move.SHOWN)


async def test_who_is_refused_is_back_in_his_place(floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    one = await given(floor)
    now.later(s=3)
    await floor.enter(request("r2"))
    await floor.move(one.id, Move.SHOWN)
    await floor.move(one.id, Move.RINGING)
    now.later(s=25)
    await floor.move(one.id, Move.REFUSED, "no_answer")
    waiting = await floor.waiting()
    assert [request.id for request in waiting] == ["r1", "r2"]
    assert (waiting[0].since_ms, waiting[0].refused) == (NOON_MS, {"anna": now.ms + 60_000})
    presence = await floor.presence("anna")
    assert presence is not None
    assert presence.load[Medium.CALL] == 0


async def test_a_caller_who_is_gone_while_it_rings_keeps_his_place(floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    one = await floor.claim(await floor.enter(request(customer="c1")), "anna")
    assert one is not None
    await floor.move(one.id, Move.SHOWN)
    await floor.move(one.id, Move.RINGING)
    assert await floor.leave("r1", "gone")
    left = await floor.assignment(one.id)
    assert left is not None
    assert (left.state, left.history[-1].why) == (State.REFUSED, "caller_gone")
    assert await floor.waiting() == ()
    now.later(s=100)
    assert (await floor.enter(request("r2", customer="c1"))).since_ms == NOON_MS


@pytest.mark.parametrize("by", ["customer", "identity", "matter"])
async def test_a_place_survives_a_drop_and_a_change_of_channel(floor: Floor, now: Now, by: str) -> None:
    await floor.enter(request("r1", **{by: "x"}))
    now.later(s=60)
    await floor.leave("r1", "gone")
    now.later(s=60)
    await floor.enter(request("other"))
    chat = await floor.enter(request("r2", Medium.CHAT, **{by: "x"}))
    assert chat.since_ms == NOON_MS
    assert [one.id for one in await floor.waiting()] == ["r2", "other"]


async def test_two_who_call_by_one_number_are_two(floor: Floor, now: Now) -> None:
    await floor.enter(request("r1", identity="p+1"))
    now.later(s=60)
    second = await floor.enter(request("r2", identity="p+1"))
    assert second.since_ms == now.ms


@pytest.mark.parametrize("why", ["message", "timeout", "closed", "callback"])
async def test_no_place_is_kept_of_one_who_was_served(floor: Floor, now: Now, why: str) -> None:
    await floor.enter(request("r1", customer="c1"))
    await floor.leave("r1", why)
    now.later(s=10)
    assert (await floor.enter(request("r2", customer="c1"))).since_ms == now.ms


async def test_who_leaves_for_no_known_reason_stays(floor: Floor) -> None:
    await floor.enter(request())
    with pytest.raises(Unfit, match="there are callback"):
        await floor.leave("r1", "bored")
    assert await floor.leave("nobody", "gone") is False


async def test_a_callback_keeps_its_place_without_a_call(floor: Floor, now: Now) -> None:
    await floor.enter(request("r1"))
    now.later(s=10)
    await floor.enter(request("r2"))
    changed = await floor.change("r1", callback=Callback("+74951234567"))
    assert changed is not None
    assert changed.callback == Callback("+74951234567")
    assert [one.id for one in await floor.waiting()] == ["r1", "r2"]


async def test_a_consulted_operator_takes_over(floor: Floor, now: Now) -> None:
    await ready(floor, "anna", "boris")
    one = await given(floor)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(one.id, move)
    two = await floor.hand(one.id, "boris", dossier={"matter": "m1"})
    assert isinstance(two, Assignment)
    assert await floor.dossier(two.id) == '{"matter":"m1"}'
    assert await floor.given(two.id) == (await floor.assignment(two.id), await floor.request("r1"))
    assert await floor.given("gone") is None
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(two.id, move)
    now.later(s=20)
    await floor.move(one.id, Move.WRAP_UP, "transferred")
    asked = await floor.request("r1")
    assert asked is not None
    assert (asked.state, asked.assignment) == ("with", two.id)
    await floor.move(two.id, Move.WRAP_UP)
    asked = await floor.request("r1")
    assert asked is not None
    assert asked.state == "over"
    record = await floor.store.command("HGETALL", "hotline:floor:c:r1")
    assert (record["transfers"], record["operator"]) == ("1", "boris")


async def test_a_consulted_operator_who_does_not_answer_leaves_the_talk_where_it_was(floor: Floor) -> None:
    await ready(floor, "anna", "boris")
    one = await given(floor)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(one.id, move)
    two = await floor.hand(one.id, "boris")
    assert isinstance(two, Assignment)
    await floor.move(two.id, Move.REFUSED, "no_answer")
    asked = await floor.request("r1")
    assert asked is not None
    assert (asked.state, asked.assignment) == ("with", one.id)
    assert await floor.waiting() == ()


@pytest.mark.parametrize("answers", [True, False])
async def test_who_is_handed_over_blindly_is_with_the_next_or_waits_in_his_old_place(
    floor: Floor, now: Now, answers: bool
) -> None:
    await ready(floor, "anna", "boris")
    one = await given(floor)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(one.id, move)
    two = await floor.hand(one.id, "boris")
    assert isinstance(two, Assignment)
    await floor.move(two.id, Move.SHOWN)
    now.later(s=9)
    await floor.move(one.id, Move.WRAP_UP, "transferred")
    await floor.move(two.id, Move.RINGING)
    await floor.move(two.id, Move.CONNECTED if answers else Move.REFUSED, "" if answers else "no_answer")
    asked = await floor.request("r1")
    assert asked is not None
    assert (asked.state, asked.assignment, asked.since_ms) == (("with", two.id) if answers else ("waiting", "")) + (NOON_MS,)


async def test_a_transfer_to_a_skill_waits_with_its_old_time(floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    one = await given(floor)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(one.id, move)
    now.later(s=60)
    await floor.requeue(one.id, skill="payment")
    [waits] = await floor.waiting()
    assert (waits.skill, waits.since_ms, list(waits.refused)) == ("payment", NOON_MS, ["anna"])
    await floor.move(one.id, Move.DONE)
    assert [request.id for request in await floor.waiting()] == ["r1"]


@pytest.mark.parametrize(
    ("why", "fields", "refused_s"), [("lost", {}, 60), ("customer_busy", {"callback": Callback("+7", NOON_MS + 60_000)}, 0)]
)
async def test_who_was_cut_off_waits_in_his_old_place_and_a_call_back_may_be_made_by_the_same(
    floor: Floor, now: Now, why: str, fields: dict[str, Callback], refused_s: int
) -> None:
    await ready(floor, "anna")
    one = await given(floor)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(one.id, move)
    now.later(s=5)
    left = await floor.requeue(one.id, why, **fields)
    assert await floor.requeue(one.id, why, **fields) == left
    [waits] = await floor.waiting()
    assert waits.refused == ({"anna": now.ms + 1000 * refused_s} if refused_s else {})
    assert (waits.since_ms, waits.callback) == (NOON_MS, fields.get("callback"))


async def test_every_change_is_told_in_its_order(floor: Floor, store: Store) -> None:
    await ready(floor, "anna")
    one = (await floor.claim_all([Claim(await floor.enter(request()), "anna", (Reason("longest_idle"),), {"who": "Мария"})]))[0]
    assert isinstance(one, Assignment)
    await floor.leave("r1", "gone")
    kinds = [event.kind for event in await told(store, floor)]
    assert kinds == [
        "operator.changed", "presence.changed", "request.waiting", "assignment.changed", "assignment.changed", "request.left",
    ]  # fmt: skip
    offered = (await told(store, floor))[3].data
    assert Assignment.unpack(offered["assignment"]) == one
    assert offered["presence"]["load"]["call"] == 1


async def test_the_story_of_a_contact_is_kept(floor: Floor, store: Store) -> None:
    await ready(floor, "anna")
    await given(floor)
    lines = [json.loads(line) for line in await store.command("LRANGE", "hotline:floor:log:r1", 0, -1)]
    assert [(kind, at) for kind, at, _ in lines] == [("request.waiting", NOON_MS), ("assignment.changed", NOON_MS)]


async def test_an_order_is_given_once(floor: Floor, store: Store) -> None:
    nodes = Nodes(store)
    order = Order("a1-ring", "ring", "call-1", {"uri": "sip:anna@127.0.0.1"}, NOON_MS + 5000)
    assert await nodes.order("node-1", order)
    assert not await nodes.order("node-1", order)
    async for found in nodes.orders("node-1", "0-0"):
        assert (found.id, found.kind, found.data, found.deadline_ms) == (order.id, "ring", order.data, order.deadline_ms)
        break


async def test_a_node_lives_while_it_says_so(store: Store) -> None:
    nodes = Nodes(store)
    await nodes.beat("one")
    assert await nodes.alive(["one", "two"]) == {"one"}
    assert await nodes.alive([]) == set()


async def test_who_has_something_in_hand_is_not_removed(floor: Floor) -> None:
    await ready(floor, "anna")
    one = await given(floor)
    with pytest.raises(Unfit, match="in hand"):
        await floor.remove_operator("anna")
    await floor.move(one.id, Move.REFUSED, "rejected")
    assert await floor.remove_operator("anna")
    assert not await floor.remove_operator("anna")
