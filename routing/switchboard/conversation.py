"""One caller and whoever talks to him: legs come and go, the sound follows, and the floor is told. All in one loop, one thing at a time.

    caller's events, legs' events, orders, what ringing came to  ->  inbox  ->  take

Nothing in the loop waits for a phone: ringing and rendering are tasks that put what came of them into the inbox, and the floor is
told through a Dispatch. What the caller hears while nobody talks to him, and what becomes of him, is the Host's.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.memory.errors import Unfit
from routing.floor.records import Order
from routing.floor.states import Move
from routing.switchboard import legs
from routing.switchboard.board import Board
from routing.switchboard.dispatch import Dispatch
from routing.switchboard.loop import Due, Loop
from routing.switchboard.onhold import OnHold
from routing.switchboard.party import Party, Ring, Role, hearing
from routing.switchboard.recordings import Recorded
from routing.switchboard.ringing import Missed, Reached, Ringing
from routing.switchboard.taping import Taping
from voice import events as on
from voice.call import Call
from voice.callstate import State


@dataclass(frozen=True, slots=True)
class Said:
    """A party's event."""

    party: Party
    event: on.Event


class Host(Protocol):
    """What the caller is to us while he does not talk to anybody: somebody in the queue, or whom we called."""

    async def missed(self, missed: Missed) -> None:
        """Somebody who was to talk to him could not be reached."""

    async def connected(self) -> None:
        """He talks to somebody."""

    async def alone(self) -> None:
        """Nobody talks to him any more."""

    async def requeued(self) -> None:
        """He waits again, for somebody else."""

    async def heard(self, event: on.Event) -> None:
        """An event of his line that is nobody else's."""

    async def gone(self) -> None:
        """He has hung up."""


class Conversation(Loop):
    """See the module. caller: the one this is about. request: its id on the floor. contact: how stories and reports name it."""

    def __init__(
        self, board: Board, caller: Call, host: Host, request: str, contact: str, language: str, whose: Recorded
    ) -> None:
        super().__init__(f"call {caller.info.number}")
        self.board, self.caller, self.host = board, caller, host
        self.request, self.contact, self.language, self.whose = request, contact, language, whose
        self.summary: Mapping[str, str] = {}  # what it is about, by language
        self.dispatch = Dispatch(f"dispatch of call {caller.info.number}")
        self.onhold = OnHold(caller, board.music)
        self.taping = Taping(board.routing.recording, board.recordings, self.dispatch, board.now_ms, self._taped)
        self.front: Party | None = None
        self.second: Party | None = None
        self.listeners: dict[str, Party] = {}
        self.held = self.consulting = False
        self.referred: asyncio.Future[int] | None = None  # what the other side says to a REFER
        self.obey: Callable[[Conversation, Order], Awaitable[None]] | None = None
        self._left: Party | None = None  # has gone while another, who is to take over, still rings
        self.ringing = Ringing(board, caller.info.number, language, self.fact, self.move, self.inbox.put_nowait)

    # The loop

    async def run(self) -> None:
        """Until it is over; then nothing of it is left: no leg, no task."""
        self.start(self._pump_caller())
        await super().run()

    async def take(self, item: Any) -> None:
        match item:
            case Reached(ring=ring, call=call):
                self.ringing.ended(ring)
                await self._let_in(ring, call)
            case Missed():
                self.ringing.ended(item.ring)
                await self.missed(item)
            case Said(party=party, event=event):
                await self._party(party, event)
            case Order() if self.obey is not None:
                await self.obey(self, item)
            case on.HungUp(by_us=by_us):
                await self._caller_gone("house" if by_us else "caller")
            case on.TransferResult(status=status, final=True) if self.referred is not None and not self.referred.done():
                self.referred.set_result(status)
            case on.Event():
                self.onhold.on(item)
                await self.host.heard(item)

    async def _pump_caller(self) -> None:
        async for event in self.caller:
            self.inbox.put_nowait(event)

    async def _pump(self, party: Party) -> None:
        async for event in party.call:
            self.inbox.put_nowait(Said(party, event))

    async def close(self) -> None:
        self.onhold.stop()
        await self.ringing.close()
        while not self.inbox.empty():
            if isinstance(late := self.inbox.get_nowait(), Reached):
                await late.call.hang_up()
        for party in self.parties:
            await self._release(party)
        await self.taping.close()

    # Whom the floor is told

    def fact(self, fact: str, assignment: str = "", status: int = 0, **more: Any) -> None:
        """Something happened."""
        told = {
            "node": self.board.node, "call": self.contact, "request": self.request, "assignment": assignment, "fact": fact,
            "status": status, "at_ms": self.board.now_ms(), **more,
        }  # fmt: skip
        self.dispatch.post(lambda: self.board.events.tell("call.fact", told, self.contact))

    def move(self, assignment: str, move: Move, why: str = "") -> None:
        """An assignment goes on."""
        if assignment:
            self.dispatch.post(lambda: self.board.floor.move(assignment, move, why))

    def _taped(self, what: str) -> None:
        self.fact("recording", self.front.assignment if self.front else "", what=what)

    # Who is there

    @property
    def parties(self) -> list[Party]:
        return [one for one in (self.front, self.second, *self.listeners.values()) if one is not None]

    def reached(self, ring: Ring, call: Call) -> None:
        """Somebody is there already: put him through when the loop begins."""
        self.inbox.put_nowait(Reached(ring, call))

    async def _let_in(self, ring: Ring, call: Call) -> None:
        """He has answered and knows what it is about: put him through."""
        party = Party(call, ring, ring.role)
        taken = ring.role is Role.FRONT and self.front is not None
        if taken or self.over or call.state is not State.UP:
            await call.hang_up()
            await self.missed(Missed(ring, "busy" if taken else "rejected"))
            return
        party.pump = asyncio.create_task(self._pump(party), name=f"leg {call.info.number}")
        if self.board.settings.lost_s:
            self.start(self._heartbeat(party))
        match ring.role:
            case Role.FRONT:
                self.front, self.held, self.consulting = party, False, False
                self.fact("bridged", ring.assignment)
                await self.host.connected()
                self.taping.begin(self.caller, self.whose)
                if self.board.settings.mute_s:
                    self.soon(lambda: self._mute(party), self.board.settings.mute_s)
            case Role.SECOND:
                self.second = party
                self.consulting = not ring.blind
                self.fact("consulting" if self.consulting else "bridged", ring.assignment)
            case Role.LISTENER:
                self.listeners[ring.key] = party
                self.fact("listening", supervisor=ring.key)
        self.move(ring.assignment, Move.CONNECTED)
        await self.rewire()
        if ring.role is Role.SECOND and (ring.blind or self.front is None):
            await self.hand_over()

    async def missed(self, missed: Missed) -> None:
        """Somebody cannot be reached, or will not: the talk is as it was before he was rung, or the caller waits again."""
        ring = missed.ring
        self.fact(missed.why, ring.assignment, missed.status)
        self.move(ring.assignment, Move.REFUSED, missed.why)
        if ring.role is Role.FRONT:
            await self.host.missed(missed)
        if ring.role is Role.SECOND:
            self.fact("transfer_failed", self.front.assignment if self.front else "", missed.status, why=missed.why)
            left, self._left = self._left, None
            await self.unhold()
            if left is not None:
                await self._wait_again(left.assignment, "transfer_failed")

    async def hold(self) -> bool:
        """The caller hears music; False where nobody talks to him."""
        if self.front is None or self.held:
            return False
        self.held = True
        await self.rewire()
        self.fact("held", self.front.assignment)
        self.move(self.front.assignment, Move.HELD)
        return True

    async def unhold(self) -> bool:
        """The caller is back; False where he was not away."""
        if self.front is None or not self.held:
            return False
        self.held = self.consulting = False
        await self.rewire()
        self.fact("unheld", self.front.assignment)
        self.move(self.front.assignment, Move.UNHELD)
        return True

    async def rewire(self) -> None:
        """Let everybody hear whom he is to hear now, music included."""
        listeners = [party.call for party in self.listeners.values()]
        front, second = (party.call if party else None for party in (self.front, self.second))
        pairs = hearing(self.caller, front, second, listeners, held=self.held, consulting=self.consulting)
        everybody = [self.caller, *(party.call for party in self.parties)]
        talking = any(listener is self.caller for _, listener in pairs) and not (self.front is not None and self.front.held)
        if talking:
            self.onhold.stop()
        await self.board.exchange.hear(everybody, pairs)
        if not talking and (self.front is not None or self.second is not None):
            self.onhold.start()
        await self.taping.between({one.info.number: one.line for one, other in pairs if other is self.caller})

    async def hand_over(self) -> None:
        """The second takes the caller; the first is free."""
        if self.second is None:
            return
        first, self.front = self.front or self._left, self.second
        self.front.role = Role.FRONT
        self.second, self._left, self.held, self.consulting = None, None, False, False
        if first is not None:
            await self._release(first)
            self.move(first.assignment, Move.WRAP_UP, "transferred")
            self.fact("transferred", first.assignment)
        await self.rewire()
        await self.host.connected()

    async def let_go(self, party: Party, why: str = "hung_up") -> None:
        """Somebody has left, or is sent away."""
        was_front, was_second = party is self.front, party is self.second
        await self._release(party)
        if party.role is Role.LISTENER:
            return
        self.fact("hung_up", party.assignment, who="operator")
        if was_front and self.ringing.any(Role.SECOND):
            # Who rings will have the caller, or the queue: until then this talk is not at its end.
            self._left = party
            self.onhold.start()
            await self.rewire()
            return
        if was_front and self.second is not None:
            # He hung up on both: the one whom he consulted has the caller now.
            self._left = party
            await self.hand_over()
            return
        self.move(party.assignment, Move.WRAP_UP, why)
        await self.rewire()
        if was_front:
            await self.host.alone()
        elif was_second:
            await self.unhold()

    async def requeue(self, why: str) -> None:
        """Whoever has the caller does not talk to him: he waits again, with his old time."""
        front = self.front
        if front is None:
            return
        self.fact(why, front.assignment)
        await self._release(front)
        await self.rewire()
        await self._wait_again(front.assignment, why)

    async def sent_back(self) -> None:
        """His operator's page has put the caller back into a queue: the floor knows it already."""
        if self.front is not None:
            await self._release(self.front)
            await self.rewire()
            await self.host.requeued()

    async def _wait_again(self, assignment: str, why: str) -> None:
        if assignment:
            self.dispatch.post(lambda: self._requeue(assignment, why))
        await self.host.requeued()

    async def _caller_gone(self, who: str) -> None:
        """The caller's line has ended: whoever talks or is rung need not any more. who: ended it."""
        self.over = True
        waited = who == "caller" and not (self.front or self._left)
        self.fact("caller_gone" if waited else "hung_up", self.front.assignment if self.front else "", who=who)
        for ring in self.ringing.rings:
            self.fact("caller_gone", ring.assignment)
            self.move(ring.assignment, Move.REFUSED, "caller_gone")
        for party in (*self.parties, *((self._left,) if self._left else ())):
            self.move(party.assignment, Move.WRAP_UP, who)
        await self.host.gone()

    async def _requeue(self, assignment: str, why: str) -> None:
        try:
            await self.board.floor.requeue(assignment, why)
        except Unfit:
            await self.board.floor.move(assignment, Move.WRAP_UP, why)

    async def _release(self, party: Party) -> None:
        if party is self.front:
            self.front = None
        elif party is self.second:
            self.second = None
        else:
            self.listeners = {key: one for key, one in self.listeners.items() if one is not party}
        if party.pump is not None:
            party.pump.cancel()
        await party.call.hang_up()

    async def _party(self, party: Party, event: on.Event) -> None:
        if party not in self.parties:
            return
        match event:
            case on.HungUp():
                await self.let_go(party)
            case on.SpeechBegan():
                party.spoke = True
            case on.MediaChanged(sending=sending) if party.role is Role.FRONT and party.held == sending:
                # His own telephone's hold key: the caller hears music, not nothing.
                party.held = not sending
                await self.rewire()

    async def _heartbeat(self, party: Party) -> None:
        if await legs.lost(party.call, self.board.settings.lost_s, lambda: party.held):
            self.inbox.put_nowait(Due(lambda: self._lost(party)))

    async def _lost(self, party: Party) -> None:
        if party is self.front and self.second is None and not self.ringing.any(Role.SECOND):
            await self.requeue("lost")
        elif party in self.parties:
            self.fact("lost", party.assignment)
            await self.let_go(party)

    async def _mute(self, party: Party) -> None:
        """He was put through and has not said a word: nobody is there."""
        if party is self.front and not party.spoke and not self.held:
            await self.requeue("silent")
