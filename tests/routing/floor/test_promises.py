"""A promised call: what it outlives, and what ends it."""

from __future__ import annotations

from routing.floor.records import Callback
from routing.floor.states import Move, State
from routing.floor.store import Floor
from tests.routing.floor.conftest import NOON_MS, Now
from tests.routing.floor.people import ready, request


async def test_a_promised_call_outlives_the_hang_up_of_one_whose_operator_was_being_rung(floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    one = await floor.claim(await floor.enter(request("r1")), "anna")
    assert one is not None
    await floor.move(one.id, Move.SHOWN)
    await floor.move(one.id, Move.RINGING)
    await floor.change("r1", callback=Callback("+79990000000"))
    now.later(5)
    await floor.move(one.id, Move.REFUSED, "caller_gone")
    [waiting] = await floor.waiting()
    assert (waiting.id, waiting.since_ms, waiting.callback) == ("r1", NOON_MS, Callback("+79990000000"))
    assert waiting.refused == {}, "anna may call him at once"
    assert await floor.claim(waiting, "anna") is not None


async def test_a_promise_that_has_failed_for_good_leaves_whoever_has_it_in_hand(floor: Floor) -> None:
    await ready(floor, "anna")
    one = await floor.claim(await floor.enter(request("r1")), "anna")
    assert one is not None
    await floor.change("r1", callback=Callback("+79990000000"))
    assert await floor.leave("r1", "callback")
    left = await floor.assignment(one.id)
    assert left is not None
    assert left.state is State.REFUSED
    assert await floor.waiting() == ()
