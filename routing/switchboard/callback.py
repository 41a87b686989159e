"""Calling back who was promised it: the operator first, who hears whom it is about; then the customer; then they talk.

A number is called only where a rule of the settings allows it and the customer has not forbidden it. Where he does not answer, he
is called again later, a few times at most. An operator who hangs up while the customer's phone rings takes the call back.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Mapping
from functools import partial
from typing import Any, TypeVar

from ivr.memory.consent import Purpose
from ivr.memory.errors import MemoryAway
from routing.floor.records import Callback, Order, Request
from routing.floor.states import Move, State
from routing.switchboard import legs
from routing.switchboard.board import Board
from routing.switchboard.conversation import Conversation
from routing.switchboard.courtesy import Courtesy
from routing.switchboard.dispatch import Dispatch
from routing.switchboard.party import Ring, Role
from routing.switchboard.reception import Register
from routing.switchboard.recordings import of_talk
from routing.switchboard.ringing import Missed, Reached, Ringing
from routing.switchboard.texts import spoken_in, text
from voice import events as on
from voice.call import Call
from voice.errors import HotlineError
from voice.tasks import ended

T = TypeVar("T")
log = logging.getLogger(__name__)
BEFORE = frozenset({State.OFFERED, State.SHOWN, State.RINGING})
TRIES = "hotline:floor:tries:"
TRIES_KEPT_MS = 7 * 86_400_000
GIVEN_UP_S = 2.0  # the BYE or CANCEL of a leg that is given up


class CallingBack(Courtesy):
    """One order of it. `run` until it is over; `give_up` takes it back, as long as they do not talk."""

    def __init__(self, board: Board, register: Register, request: Request, order: Order, dispatch: Dispatch) -> None:
        super().__init__(board, request.language)
        self.register, self.request, self.order, self.dispatch = register, request, order, dispatch
        self.assignment = str(order.data["assignment"])
        self.number = request.callback.number if request.callback else ""
        self._given_up = asyncio.Event()
        self._waits = False  # for somebody else, after he talked to one
        self._turn = 0  # of waiting: the patience of an earlier one is void

    def give_up(self) -> None:
        """The operator's page, or the router, does not want it any more."""
        self._given_up.set()

    async def wanted(self) -> bool:
        """Whether the order still holds: not taken back, not too late, not done by another. Raises MemoryAway."""
        if self._given_up.is_set() or 0 < self.order.deadline_ms < self.board.now_ms():
            return False
        assignment = await self.board.floor.assignment(self.assignment)
        return assignment is not None and assignment.state in BEFORE

    async def run(self) -> None:
        """Never raises for what people and networks do."""
        if not await self._allowed():
            self.fact("refused", self.assignment, order="call_back")
            self.dispatch.post(lambda: self.board.floor.leave(self.request.id, "callback"))
            return
        came: asyncio.Queue[Reached | Missed] = asyncio.Queue()
        ringing = Ringing(self.board, 0, self.language, self.fact, self._move, came.put_nowait)
        try:
            ringing.call(self._operator())
            reached = await self._unless(self._given_up.wait(), came.get())
        finally:
            await ringing.close()
        if not isinstance(reached, Reached):
            why, status = (reached.why, reached.status) if isinstance(reached, Missed) else ("rejected", 0)
            self.fact(why, self.assignment, status)
            self._move(self.assignment, Move.REFUSED, why)
            return
        try:
            self._move(self.assignment, Move.CONNECTED)
            await self._customer(reached)
        finally:
            await legs.hang_up(reached.call)

    async def _customer(self, operator: Reached) -> None:
        """The operator listens: call the customer, unless he hangs up meanwhile."""
        settings = self.board.settings.callback
        self.fact("dialling", self.assignment)
        uri = settings.uri.format(number=self.number)
        dialling = legs.ring(self.board.exchange, uri, settings.trunk, settings.ring_s, lambda _: None)
        rung = await self._unless(self._left(operator.call), dialling)
        if rung is None:
            self.fact("rejected", self.assignment)
            self.dispatch.post(lambda: self.board.floor.requeue(self.assignment, "rejected"))
        elif rung.call is None:
            await self._not_there(operator.call, rung.why, rung.status)
        else:
            try:
                await self._talk(operator, rung.call)
            finally:
                await legs.hang_up(rung.call)

    async def _left(self, operator: Call) -> None:
        """Until the operator hangs up, or his page does."""
        await self._unless(self._given_up.wait(), _hung_up(operator))

    async def _unless(self, before: Awaitable[Any], wanted: Awaitable[T]) -> T | None:
        """What is wanted, or None where the other comes before it."""
        job, other = asyncio.ensure_future(wanted), asyncio.ensure_future(before)
        try:
            await asyncio.wait({job, other}, return_when=asyncio.FIRST_COMPLETED)
            return job.result() if job.done() else None
        finally:
            await ended([job, other], again_s=GIVEN_UP_S)

    async def _talk(self, operator: Reached, customer: Call) -> None:
        request = self.request
        owners = (request.customer, request.matter, request.identity)
        whose = of_talk(request.contact, self.board.rate_hz, self.board.node, self.language, *owners)
        talk = self.talk = Conversation(self.board, customer, self, request.id, request.contact, self.language, whose)
        talk.summary = request.summary
        # The promise is kept: from here on he is a caller like others, on this node.
        talk.dispatch.post(lambda: self.board.floor.change(request.id, callback=None, node=self.board.node))
        talk.start(self.ask_forbidden(request.customer, self._forbids))
        talk.reached(operator.ring, operator.call)
        self.register.add(talk)
        try:
            await talk.run()
        finally:
            self.register.remove(talk)

    async def _not_there(self, operator: Call, why: str, status: int) -> None:
        """The customer could not be reached: the operator hears so, and it is tried again later, or not."""
        self.fact(f"customer_{why}", self.assignment, status)
        self.dispatch.post(lambda: self._again(f"customer_{why}"))
        language = spoken_in(self.language)
        try:
            clip = await self.board.mouth.clip(text("callback_failed", self.language), language, self.board.rate_hz)
            await legs.through(operator, operator.play(clip))
        except HotlineError as error:
            log.info("a call back came to nothing, and that could not be said: %s", error.what)

    async def _again(self, why: str) -> None:
        """Raises MemoryAway: then it is asked once more."""
        board, settings, request = self.board, self.board.settings.callback, self.request
        store, key = board.floor.store, f"{TRIES}{request.id}"
        # One member a try: asked twice, it counts once.
        await store.command("SADD", key, self.order.id)
        await store.command("PEXPIRE", key, TRIES_KEPT_MS)
        if int(await store.command("SCARD", key)) >= settings.tries:
            await board.floor.leave(request.id, "callback")
            return
        later = Callback(self.number, board.now_ms() + round(settings.again_s * 1000))
        await board.floor.requeue(self.assignment, why, callback=later)

    async def _allowed(self) -> bool:
        """Whether this number may be called, and he wants it. While Redis is away nobody can say so."""
        if not self.board.settings.callback.allows(self.number):
            return False
        try:
            customer = self.request.customer
            return not customer or not await self.board.memory.consents.forbids(customer, "phone", Purpose.SERVICE)
        except MemoryAway:
            return False

    async def _forbids(self) -> bool:
        return await self.board.memory.consents.forbids(self.request.customer, "phone", Purpose.RECORDING)

    def _operator(self) -> Ring:
        board, data = self.board, self.order.data
        language = str(data.get("language") or self.language)
        whisper = str(data.get("whisper") or self.request.summary.get(language, ""))
        headers = legs.answering(board.address) if data.get("auto_answer") else ()
        said = text("whisper_callback", language, whisper)
        return Ring(
            self.assignment, Role.FRONT, str(data["uri"]), board.trunk(str(data.get("trunk", ""))), board.routing.ring_s, self.assignment,
            said, language, headers,
        )  # fmt: skip

    def fact(self, fact: str, assignment: str = "", status: int = 0, **more: Any) -> None:
        """As a conversation tells it."""
        told: Mapping[str, Any] = {
            "node": self.board.node, "call": self.request.contact, "request": self.request.id, "assignment": assignment, "fact": fact,
            "status": status, "at_ms": self.board.now_ms(), **more,
        }  # fmt: skip
        self.dispatch.post(lambda: self.board.events.tell("call.fact", dict(told), self.request.contact))

    def _move(self, assignment: str, move: Move, why: str = "") -> None:
        self.dispatch.post(lambda: self.board.floor.move(assignment, move, why))

    # See Host

    async def missed(self, missed: Missed) -> None:
        """Nobody is rung for him but whom a transfer names."""

    async def connected(self) -> None:
        self._waits = False
        await super().connected()

    async def requeued(self) -> None:
        """He waits again: with music, and for as long as everybody."""
        self._waits = True
        self._turn += 1
        self.talk.onhold.start()
        self.say("again")
        self.talk.soon(partial(self._too_long, self._turn), self.board.routing.timeout_s)

    async def _too_long(self, turn: int) -> None:
        if self._waits and self._turn == turn:
            self._waits = False
            self.talk.dispatch.post(lambda: self.board.floor.leave(self.request.id, "timeout"))
            self.leave("timeout", "goodbye")

    async def gone(self) -> None:
        """The talk is over, and the floor has heard so; or he waited, and his place is kept for a while."""
        if self._waits:
            self.dispatch.post(lambda: self.board.floor.leave(self.request.id, "gone"))


async def _hung_up(call: Call) -> None:
    """Until this side hangs up."""
    while not isinstance(await call.next(), on.HungUp):
        pass
