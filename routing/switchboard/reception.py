"""A caller who was handed over, in the queue: music, where he stands, what else he may do; until somebody talks to him, or he leaves.

    QUEUE --answered--> TALK --operator gone--> his mark, goodbye
      ^--nobody there--'
      |--1--> called back: the request stays where it is, and he may hang up
      |--2--> MESSAGE, recorded and put into his words, into his matter
      '--closed, too long--> OFFER: the same by key, or by itself as [routing] last_resort says

He never waits for an announcement: the operator's answer ends it at the next frame.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Protocol

from ivr.actions import Answer, Record, Recorded, State
from ivr.channels.reception import Handed
from ivr.deeds import Refused
from ivr.memory.identity import Identity, Kind
from ivr.memory.matter import Matter
from routing.floor.records import Callback, Medium, Place, Request, new_id
from routing.floor.settings import LastResort
from routing.switchboard.board import Board
from routing.switchboard.conversation import Conversation
from routing.switchboard.courtesy import Courtesy
from routing.switchboard.party import Ring, Role
from routing.switchboard.recordings import of_talk
from routing.switchboard.ringing import Missed
from routing.switchboard.texts import standing
from voice import events as on
from voice.errors import HotlineError

log = logging.getLogger(__name__)
ENTER_S = 10.0  # so long without the floor, and nobody will come
PROMISE_S = 5.0  # to write that he will be called; he is told so only then
OFFER_S = 10.0  # to choose, before it is chosen for him
MESSAGE_GONE_S = 4.0
CALLBACK, MESSAGE = "1", "2"
SLOT = "message"
LAST = "last resort"


class Page(Protocol):
    """Of the caller in the memory (ivr.notebook.MemoryNotebook)."""

    @property
    def identity(self) -> Identity | None: ...
    @property
    def customer(self) -> str: ...
    @property
    def matter_id(self) -> str: ...
    @property
    def matter(self) -> Matter | None: ...
    async def may_keep_sound(self) -> bool: ...
    async def keep(self, state: State, handed: bool = False) -> tuple[Answer, ...]: ...


class Register(Protocol):
    """Where a node looks its conversations up by contact."""

    def add(self, talk: Conversation) -> None: ...
    def remove(self, talk: Conversation) -> None: ...


class Phase(StrEnum):
    QUEUE = "queue"
    OFFER = "offer"
    MESSAGE = "message"
    TALK = "talk"
    LEAVING = "leaving"


@dataclass(slots=True)
class Promise:
    """A call that he asks for; before: where he stood as he did. kept: it is written."""

    before: Phase
    callback: Callback
    kept: bool = False


@dataclass(slots=True)
class Doing:
    """A message that is being left: its task, which outlives the call by some seconds."""

    task: asyncio.Task[None] | None = None
    state: State | None = None


class Reception(Courtesy):
    """Of one caller. summary: what it is about, by language, for the whisper. Implements ivr.channels.reception.Reception."""

    def __init__(
        self, board: Board, register: Register, page: Page, language: str, summary: Mapping[str, str], topic: str = ""
    ) -> None:
        super().__init__(board, language)
        self.register, self.page, self.summary, self.topic = register, page, summary, topic
        self.phase = Phase.QUEUE
        self.place = Place(0, 0)
        self._entered = False
        self._promise: Promise | None = None
        self._unpromised = False  # it was tried, and is not offered again
        self._last_tried = False
        self._turn = 0  # of waiting: an announcement of an earlier one is void
        self._message = Doing()

    async def receive(self, handed: Handed) -> State:
        """Until the call is over; the dialogue's state, with a message in it where one was left."""
        board, call, page = self.board, handed.call, self.page
        self.handed = handed
        identity = page.identity.address if page.identity else ""
        request = Request(
            new_id(board.now_ms()), Medium.CALL, handed.handover.skill, self.language, matter=page.matter_id, customer=page.customer,
            identity=identity, topic=self.topic, summary=self.summary, node=board.node, call=call.info.id,
            why=handed.handover.reason,
        )  # fmt: skip
        whose = of_talk(request.contact, board.rate_hz, board.node, self.language, page.customer, page.matter_id, identity)
        talk = self.talk = Conversation(board, call, self, request.id, request.contact, self.language, whose)
        talk.summary = self.summary
        talk.onhold.start()
        self.register.add(talk)
        try:
            talk.start(self.ask_forbidden(page.customer, self._forbids))
            talk.dispatch.post(lambda: self._enter(request))
            talk.soon(self._not_entered, ENTER_S)
            self._bear()
            await talk.run()
        finally:
            if self._message.task is not None:
                await asyncio.wait({self._message.task}, timeout=MESSAGE_GONE_S)
            self.register.remove(talk)
        return self._message.state or handed.state

    async def _forbids(self) -> bool:
        return not await self.page.may_keep_sound()

    # Into the queue

    async def _enter(self, request: Request) -> None:
        """Raises MemoryAway: then it is tried again."""
        await self.board.floor.enter(request)
        place = await self.board.floor.place(request.id)
        self._entered = True
        self.talk.soon(lambda: self._stands(place))

    async def _stands(self, place: Place) -> None:
        self.place = place
        if self.phase is not Phase.QUEUE:
            return
        if not place.open:
            self._offer("closed")
            return
        self._announce()

    async def _not_entered(self) -> None:
        if not self._entered and self.phase is Phase.QUEUE:
            self._offer("nobody")

    def _bear(self) -> None:
        """So long he waits this time; a talk between begins it anew."""
        turn = self._turn

        async def too_long() -> None:
            if self.phase is Phase.QUEUE and self._turn == turn:
                self._offer("timeout")

        self.talk.soon(too_long, self.board.routing.timeout_s)

    def _announce(self) -> None:
        """Where he stands, what will be recorded, what else he may do; again after a while."""
        turn = self._turn

        def still() -> bool:
            return self.phase is Phase.QUEUE and self._turn == turn

        words = [*filter(None, [standing(self.place, self.language)]), *self.notice(), *self._offers()]
        self.say(*words, *(() if self._offers() else ("wait",)), when=still)

        self.talk.soon(lambda: self._go_on(turn), self.board.settings.announce_s)

    async def _announce_again(self, turn: int) -> None:
        try:
            self.place = await self.board.floor.place(self.talk.request)
        except HotlineError:
            self.place = Place(0, 0)  # nobody can say so now
        if self.phase is Phase.QUEUE and self._turn == turn:
            self._announce()

    def _offers(self) -> list[str]:
        offers = ["callback"] if self._number() else []
        return [*offers, *(["message"] if self.handed.recorder is not None else [])]

    def _number(self) -> str:
        """The number we would call him back at, or "" where we may not."""
        who = None if self._unpromised else self.page.identity
        number = who.value.partition("@")[0] if who is not None and who.kind in (Kind.PHONE, Kind.SIP) else ""
        return number if self.board.settings.callback.allows(number) else ""

    # What he may do

    async def key(self, key: str) -> None:
        if self.phase not in (Phase.QUEUE, Phase.OFFER):
            return
        if key == CALLBACK and self._number():
            self._call_back()
        elif key == MESSAGE and self.handed.recorder is not None:
            self._leave_message()

    async def heard(self, event: on.Event) -> None:
        recorder = self.handed.recorder
        if self.phase is Phase.MESSAGE and recorder is not None and recorder.takes(event):
            return
        await super().heard(event)

    def _offer(self, why: str) -> None:
        """Nobody will come: what else there is."""
        self.phase = Phase.OFFER
        self._why = why
        self._turn += 1
        self.say(why, *self._offers(), then=self._choose, when=lambda: self.phase is Phase.OFFER)

    async def _choose(self) -> None:
        turn = self._turn

        async def by_itself() -> None:
            if self.phase is Phase.OFFER and self._turn == turn:
                self._last_resort()

        self.talk.soon(by_itself, OFFER_S if self._offers() else 0.0)

    def _last_resort(self) -> None:
        """A telephone of the last resort, where there is one; else, and if that is not answered, what [routing] says."""
        board = self.board
        if board.settings.last_uri and not self._last_tried:
            self._last_tried = True
            self.talk.onhold.start()
            trunk, said = board.trunk(board.settings.last_trunk), self.summary.get(self.language, "")
            self.talk.ringing.call(
                Ring(LAST, Role.FRONT, board.settings.last_uri, trunk, board.routing.ring_s, "", said, self.language)
            )
            return
        wanted = board.routing.last_resort
        if wanted is LastResort.CALLBACK and self._number():
            self._call_back()
        elif wanted is not LastResort.HANG_UP and self.handed.recorder is not None:
            self._leave_message()
        else:
            self._quit("closed" if self._why == "closed" else "timeout", "goodbye")

    def _quit(self, why: str, *words: str) -> None:
        """He waits no longer."""
        self.phase = Phase.LEAVING
        request = self.talk.request
        self.talk.dispatch.post(lambda: self.board.floor.leave(request, why))
        self.leave(*words)

    def _call_back(self) -> None:
        """Written before it is promised."""
        promise = self._promise = Promise(self.phase, Callback(self._number(), 0))
        self.phase = Phase.LEAVING
        self.talk.dispatch.post(lambda: self._write(promise))
        self.talk.soon(lambda: self._not_promised(promise), PROMISE_S)

    async def _write(self, promise: Promise) -> None:
        """Told through the dispatch, so that it is done too for one who presses the key and hangs up. Raises MemoryAway."""
        if promise is not self._promise:
            return  # it took too long, and he was told so
        changed = await self.board.floor.change(self.talk.request, callback=promise.callback)
        if promise is not self._promise:
            await self.board.floor.change(self.talk.request, callback=None)
        elif changed is None:
            self.talk.soon(lambda: self._not_promised(promise))
        else:
            promise.kept = True
            self.talk.fact("callback")
            self.talk.soon(lambda: self._promised(promise))

    async def _promised(self, promise: Promise) -> None:
        if self.talk.front is None:  # else somebody was quicker
            self.leave("kept" if promise.before is Phase.QUEUE else "wish")

    async def _not_promised(self, promise: Promise) -> None:
        """Back to where he was, without that offer."""
        if promise.kept or promise is not self._promise or self.phase is not Phase.LEAVING:
            return
        self._promise, self._unpromised, self.phase = None, True, promise.before
        self._turn += 1
        if self.phase is Phase.OFFER:
            self.say("unavailable", then=self._choose, when=lambda: self.phase is Phase.OFFER)
            return
        turn = self._turn
        self.say("unavailable", when=lambda: self.phase is Phase.QUEUE)
        self.talk.soon(lambda: self._go_on(turn), self.board.settings.announce_s)
        self._bear()

    async def _go_on(self, turn: int) -> None:
        if self.phase is Phase.QUEUE and self._turn == turn:
            self.talk.start(self._announce_again(turn))

    def _leave_message(self) -> None:
        self.phase = Phase.MESSAGE
        self._turn += 1
        self.talk.onhold.stop()
        self.say("say_message", then=self._record)

    async def _record(self) -> None:
        if self.phase is Phase.MESSAGE:
            self._message.task = asyncio.create_task(self._recording(), name="message")

    async def _recording(self) -> None:
        """It outlives the call: who hangs up has left his message all the same."""
        recorder, handed = self.handed.recorder, self.handed
        assert recorder is not None
        request = self.talk.request
        try:
            left = await recorder.record(Record(SLOT, SLOT, self.board.settings.message_s, self.language))
        except Refused:
            if self.talk.over:
                self.talk.dispatch.post(lambda: self.board.floor.leave(request, "gone"))
            self.talk.soon(self._no_message)
            return
        self._message.state = await self._kept(handed.state, left)
        self.talk.dispatch.post(lambda: self.board.floor.leave(request, "message"))

        async def thank() -> None:
            self.phase = Phase.LEAVING
            self.leave("message_kept")

        self.talk.soon(thank)

    async def _kept(self, state: State, left: Recorded) -> State:
        """The matter, with the message as an answer in it."""
        line = Answer(state.step, SLOT, left.text or SLOT, "speech", 1.0, self.board.now_ms(), "phone", "text", left.recording)
        after = replace(state, ledger=(*state.ledger, line))
        try:
            await self.page.keep(after, handed=True)
        except HotlineError as error:
            log.error("call %d: a message is in no matter: %s", self.talk.caller.info.number, type(error).__name__)
        return after

    async def _no_message(self) -> None:
        if self.phase is Phase.MESSAGE:
            self._quit("timeout", "message_lost", "goodbye")

    # See Host

    async def missed(self, missed: Missed) -> None:
        """The next one will be rung; he waits on and hears nothing of it. After the last resort there is no next one."""
        if missed.ring.key == LAST and self.phase is Phase.OFFER:
            self._last_resort()

    async def connected(self) -> None:
        if self.handed.recorder is not None:
            self.handed.recorder.give_up()
        front, request = self.talk.front, self.talk.request
        if front is not None and front.ring.key == LAST:
            self.talk.dispatch.post(lambda: self.board.floor.leave(request, "handled"))
        self.phase = Phase.TALK
        self._turn += 1
        await super().connected()

    async def requeued(self) -> None:
        self.phase = Phase.QUEUE
        self._turn += 1
        self.talk.onhold.start()
        turn = self._turn
        self.say("again", then=lambda: self._go_on(turn), when=lambda: self.phase is Phase.QUEUE)
        self._bear()

    async def gone(self) -> None:
        """He has hung up: his place is kept for a while, or he is called back, or his message is."""
        if self.handed.recorder is not None:
            self.handed.recorder.hung_up()
        silent = self.phase is Phase.MESSAGE and self._message.task is None
        if self.phase in (Phase.QUEUE, Phase.OFFER) or silent:
            request = self.talk.request
            self.talk.dispatch.post(lambda: self.board.floor.leave(request, "gone"))
