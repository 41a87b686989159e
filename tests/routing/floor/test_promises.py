"""A promised call: what it outlives, and what ends it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any
from unittest.mock import AsyncMock

from ivr.memory.store import Store
from routing.floor.events import Events, Nodes
from routing.floor.records import Callback, Order
from routing.floor.states import Move, State
from routing.floor.store import Floor
from routing.switchboard.node import Switchboard
from routing.switchboard.settings import SwitchboardSettings
from tests.routing.floor.conftest import NOON_MS, Now
from tests.routing.floor.people import ready, request


async def test_a_promised_call_outlives_the_hang_up_of_one_whose_operator_was_being_rung(floor: Floor, now: Now) -> None:
    await ready(floor, "anna")
    one = await floor.claim(await floor.enter(request("r1")), "anna")
    assert one is not None
    await floor.move(one.id, Move.SHOWN)
    await floor.move(one.id, Move.RINGING)
    await floor.change("r1", callback=Callback("+79990000000"))
    now.later(s=5)
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


async def test_a_call_that_a_node_cannot_place_stands_and_its_operator_is_not_asked_again_at_once(
    floor: Floor, store: Store
) -> None:
    await ready(floor, "anna")
    one = await floor.claim(await floor.enter(request("r1", node="n1", callback=Callback("+79990000000"))), "anna")
    assert one is not None
    nodes, events = Nodes(store), Events(store, floor.now_ms)
    board: Any = SimpleNamespace(
        node="n1", now_ms=floor.now_ms, floor=floor, events=events, settings=SwitchboardSettings(),
        recordings=SimpleNamespace(sweep=AsyncMock(return_value=0)), hear=None,
    )  # fmt: skip
    switchboard = Switchboard(board, nodes)
    try:
        await switchboard.start()
        await nodes.order("n1", Order("o1", "call_back", "c1", {"assignment": one.id}))  # of which request, it does not say
        async with asyncio.timeout(20):
            while (after := await floor.assignment(one.id)) is None or after.state is not State.REFUSED:
                await asyncio.sleep(0.01)
    finally:
        await switchboard.close()
    assert after.history[-1].why == "late"
    [waiting] = await floor.waiting()
    assert list(waiting.refused) == ["anna"]
