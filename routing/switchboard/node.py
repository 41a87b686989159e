"""A phone node on the floor: it says that it lives, does what it is told, and knows which caller is whose."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections import OrderedDict
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any

from ivr.memory.errors import MemoryAway
from routing.floor.errors import Missed as Trimmed
from routing.floor.events import Nodes
from routing.floor.records import Order
from routing.floor.states import Move, State
from routing.switchboard import orders, transfer
from routing.switchboard.board import Board
from routing.switchboard.callback import CallingBack
from routing.switchboard.conversation import Conversation
from routing.switchboard.dispatch import Dispatch
from routing.switchboard.reception import Page, Reception
from routing.switchboard.scribe import Scribe
from routing.switchboard.taping import sweeping
from routing.switchboard.transcript import Transcript
from routing.switchboard.wishes import wishes
from voice.errors import HotlineError
from voice.sip.facts import LegInfo
from voice.tasks import ended

log = logging.getLogger(__name__)
BEAT_S = 2.0
SEEN = 5000  # orders remembered, so that none is done twice
STAFF_S = 0.3  # to find out whether anybody works here at all
SETTLE_S = 600.0
CLOSE_S = 3.0
FREE_S = 10.0
DEEDS: Mapping[str, orders.Deed] = {**orders.DEEDS, **transfer.DEEDS}


def node_name() -> str:
    """A name that no other process has, nor this one after a restart: its callers are gone then, and the floor sees that."""
    return f"phone-{secrets.token_hex(4)}"


class Switchboard:
    """`start` once the exchange takes calls; `close` once its calls have ended."""

    def __init__(self, board: Board, nodes: Nodes) -> None:
        self.board, self.nodes = board, nodes
        self.talks: dict[str, Conversation] = {}
        self._seen: OrderedDict[str, None] = OrderedDict()
        self._tasks: set[asyncio.Task[None]] = set()
        self._settling: set[asyncio.Task[None]] = set()
        self._calling: dict[str, CallingBack] = {}  # by assignment
        self._dispatch: Dispatch | None = None

    async def start(self) -> None:
        """On the floor from now on."""
        self._dispatch = Dispatch("dispatch of the node")
        board = self.board
        for job in (self._beat(), self._obey(), self._watch(), sweeping(board.recordings), wishes(board)):
            self._run(job)
        if board.hear is not None:
            self._run(Scribe(board.talks, board.recordings, board.hear, board.node, board.now_ms).run())
        with contextlib.suppress(MemoryAway):
            await self.nodes.beat(self.board.node)

    async def close(self) -> None:
        """Nothing is told any more; what waits to be told has some seconds."""
        await ended(self._tasks)
        if self._dispatch is not None:
            await self._dispatch.close(CLOSE_S)
        if self._settling:
            await asyncio.wait(self._settling, timeout=CLOSE_S)
        await ended(self._settling)

    def reception(self, page: Page, language: str, summary: Mapping[str, str], topic: str = "") -> Reception:
        """For a caller who was handed over."""
        return Reception(self.board, self, page, language, summary, topic)

    def transcript(self, call: LegInfo) -> Transcript:
        """Of a call that begins; `settle` its dispatch when it has ended."""
        dispatch = Dispatch("transcript")
        dispatch.post(lambda: self.board.talks.named(call.call_id, call.id))
        return Transcript(call.id, self.board.talks, self.board.events, dispatch)

    async def staffed(self) -> bool:
        """Whether anybody works here at all. While nobody can say so, somebody may."""
        try:
            async with asyncio.timeout(STAFF_S):
                return any(operator.active for operator in await self.board.floor.operators())
        except (MemoryAway, TimeoutError):
            return True

    # Register

    def add(self, talk: Conversation) -> None:
        self.talks[talk.contact] = talk
        talk.obey = partial(orders.obey, DEEDS)

    def remove(self, talk: Conversation) -> None:
        if self.talks.get(talk.contact) is talk:
            del self.talks[talk.contact]
        self.settle(talk.dispatch)

    def settle(self, dispatch: Dispatch) -> None:
        """Let it come to its end, however long Redis is away."""
        task = asyncio.create_task(dispatch.close(SETTLE_S), name="settling")
        self._settling.add(task)
        task.add_done_callback(self._settling.discard)

    # Inside

    def _run(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(job, name="switchboard")
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _beat(self) -> None:
        while True:
            with contextlib.suppress(HotlineError):
                await self.nodes.beat(self.board.node)
            await asyncio.sleep(BEAT_S)

    async def _obey(self) -> None:
        async for order in self.nodes.orders(self.board.node, "0-0"):
            if order.id in self._seen:
                continue
            self._seen[order.id] = None
            while len(self._seen) > SEEN:
                self._seen.popitem(last=False)
            try:
                self._take(order)
            except Exception:
                log.exception("an order (%s) could not be taken", order.kind)

    def _take(self, order: Order) -> None:
        assignment = str(order.data.get("assignment", ""))
        if order.kind == "call_back":
            self._run(self._call_back(order))
        elif (talk := self._talk(order.contact, assignment, str(order.data.get("request", "")))) is not None:
            talk.inbox.put_nowait(order)
        elif order.kind == "hang_up" and assignment in self._calling:
            self._calling[assignment].give_up()
        else:
            self._nobody(order)

    def _talk(self, contact: str, assignment: str, request: str) -> Conversation | None:
        """By the call, or, where we called, by whom we called or who talks there."""
        if contact in self.talks:
            return self.talks[contact]
        for talk in self.talks.values():
            if talk.request == request or (assignment and any(party.assignment == assignment for party in talk.parties)):
                return talk
        return None

    def _nobody(self, order: Order) -> None:
        """The caller has gone meanwhile."""
        assert self._dispatch is not None
        assignment, board = str(order.data.get("assignment", "")), self.board
        told = {
            "node": board.node, "call": order.contact, "request": "", "assignment": assignment, "fact": "refused", "status": 481,
            "at_ms": board.now_ms(), "order": order.kind, "id": order.id,
        }  # fmt: skip
        self._dispatch.post(lambda: board.events.tell("call.fact", told, order.contact))
        if order.kind in ("ring", "call_back") and assignment:
            # A promised call stands; for whom it could not be placed is not asked again at once, and has missed nothing.
            why = "caller_gone" if order.kind == "ring" else "late"
            self._dispatch.post(lambda: board.floor.move(assignment, Move.REFUSED, why))
        if to := str(order.data.get("to") or ""):  # a colleague's page shows a transfer that does not come
            self._dispatch.post(lambda: board.floor.move(to, Move.REFUSED, "caller_gone"))

    async def _call_back(self, order: Order) -> None:
        dispatch = Dispatch("dispatch of a call back")
        try:
            request = await self.board.floor.request(str(order.data["request"]))
            if request is None or request.callback is None:
                self._nobody(order)
                return
            calling = CallingBack(self.board, self, request, order, dispatch)
            self._calling[calling.assignment] = calling
            if await self._free(request.contact, order) and await calling.wanted():
                await calling.run()
            else:
                self._nobody(order)
        except (HotlineError, KeyError):
            self._nobody(order)
        finally:
            self._calling.pop(str(order.data.get("assignment", "")), None)
            self.settle(dispatch)

    async def _free(self, contact: str, order: Order) -> bool:
        """Wait for the line of one who is just hearing that he will be called; False where that takes until nobody wants the order any more."""
        left_s = (order.deadline_ms - self.board.now_ms()) / 1000 if order.deadline_ms else FREE_S
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(left_s):
                while contact in self.talks:
                    await self.talks[contact].caller.gone.wait()
                    await asyncio.sleep(0.05)
                return True
        return False

    async def _watch(self) -> None:
        """A caller whom his operator's page has sent back to wait (transfer to a skill)."""
        while True:
            try:
                async for event in self.board.events.after(await self.board.events.last()):
                    if event.kind == "request.waiting":
                        self._waits(str(event.data["request"]["id"]))
            except (MemoryAway, Trimmed):
                await asyncio.sleep(1.0)

    def _waits(self, request: str) -> None:
        for talk in self.talks.values():
            if talk.request == request:
                talk.dispatch.post(partial(self._sent_back, talk))

    async def _sent_back(self, talk: Conversation) -> None:
        """Raises MemoryAway: then it is asked again."""
        front = talk.front
        if front is None or not front.assignment:
            return
        assignment = await self.board.floor.assignment(front.assignment)

        async def let_go() -> None:
            if talk.front is front:
                await talk.sent_back()

        if assignment is not None and assignment.state in (State.WRAP_UP, State.DONE):
            talk.soon(let_go)
