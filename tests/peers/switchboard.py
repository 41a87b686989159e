"""A phone node of the floor in a process of its own, whose callers are handed over as soon as they are answered; the rest is real:
SIP and sound, the floor in Redis, the vault. The tests' side gives the orders that a router and the pages would give.

What is said is a tone, so that who hears what can be measured: WHISPER, WORDS (announcements), MUSIC. Each text is told as an event.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import random
import time
import wave
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from tests.peers.process import PeerError, Process
from tests.peers.tone import tone
from tests.routing.switchboard.fakes import MUSIC, RATE, Mouth, Recorder, full

NUMBER = "+79990001122"
BUSY_MS = 1000.0  # for an operation of Redis: a machine that runs tests is slow, not broken


class Node(Process):
    """The tests' side. routing, switchboard: as in the settings' sections; callback: as [switchboard.callback]."""

    def __init__(
        self, redis: str, folder: Path, *, routing: dict[str, Any] | None = None, switchboard: dict[str, Any] | None = None,
        callback: dict[str, Any] | None = None, recorder: bool = False, limit: int = 0,
    ) -> None:  # fmt: skip
        first = random.randrange(20000, 48000, 2)
        with wave.open(str(folder / "music.wav"), "wb") as file:
            file.setnchannels(1)
            file.setsampwidth(2)
            file.setframerate(RATE)
            file.writeframes(tone(MUSIC, 5, RATE).pcm.astype("<i2").tobytes())
        options = {
            "redis": redis, "folder": str(folder), "routing": routing or {}, "recorder": recorder, "limit": limit, "callback": callback or {},
            "switchboard": {"music": str(folder / "music.wav"), **(switchboard or {})}, "rtp_ports": [first, first + 998],
        }  # fmt: skip
        super().__init__("tests.peers.switchboard", options)
        self.port: int = self.started["udp"]

    @property
    def uri(self) -> str:
        return f"sip:hotline@127.0.0.1:{self.port}"

    def operator(self, name: str, uri: str, **more: Any) -> None:
        """Somebody who is ready."""
        self.ask("operator", name=name, uri=uri, **more)

    def claimed(self, name: str) -> str:
        """The one who waits is given to this operator, his page has shown it; his phone is called. Gives the assignment."""
        assignment: str = self.ask("claim", name=name)
        return assignment

    def settled(self) -> None:
        """Return when Redis is there again for the node."""
        until = time.monotonic() + 20
        while True:
            with contextlib.suppress(PeerError):
                self.ask("requests")
                return
            assert time.monotonic() < until, "Redis does not come back"
            time.sleep(0.1)

    def give(self, kind: str, assignment: str, **data: Any) -> None:
        """An order about this assignment."""
        self.ask("give", kind=kind, assignment=assignment, data=data)

    def fact(self, fact: str, wait_s: float = 20, **fields: Any) -> dict[str, Any]:
        return self.event("fact", wait_s=wait_s, fact=fact, **fields)

    def state(self, assignment: str, state: str, wait_s: float = 20) -> dict[str, Any]:
        """Wait until the assignment is in this state."""
        until = time.monotonic() + wait_s
        found: dict[str, Any] = {"state": "unknown", "history": ()}
        while found["state"] != state:
            assert time.monotonic() < until, f"the assignment is {found['state']}, not {state}: {found['history']}"
            try:
                found = self.ask("assignment", id=assignment)
            except PeerError as error:
                if error.kind != "MemoryAway":
                    raise
            time.sleep(0.02)
        return found

    def is_empty(self, wait_s: float = 20) -> bool:
        """Is nothing left of any call: no leg, no conversation, no task of either?"""
        until = time.monotonic() + wait_s
        while any(self.ask("counts").values()):
            if time.monotonic() > until:
                raise AssertionError(f"left: {self.ask('counts')}, held by {self.ask('holders')}")
            time.sleep(0.05)
        return True


class Side:
    """The process's side."""

    def __init__(self, options: dict[str, Any], say: Any) -> None:
        self.options, self.say = options, say
        self.running = True
        self.states: list[Any] = []

    async def run(self) -> None:
        from ivr.memory.memory import remembering

        async with remembering(self.options["redis"], Path(self.options["folder"]), op_ms=BUSY_MS) as memory:
            await self.serve(memory)

    async def serve(self, memory: Any) -> None:
        from ivr.memory.sounds import Sounds
        from routing.floor.contacts import Contacts
        from routing.floor.events import Events, Nodes
        from routing.floor.settings import LastResort, Recording, RoutingSettings
        from routing.floor.store import Floor
        from routing.switchboard.board import Board
        from routing.switchboard.node import Switchboard, node_name
        from routing.switchboard.recordings import Recordings
        from routing.switchboard.settings import CallbackSettings, SwitchboardSettings
        from routing.switchboard.transcript import Talks
        from voice.clock import epoch_ms
        from voice.exchange import Exchange
        from voice.music import music
        from voice.recognizers.pool import Pool
        from voice.trunk import SipSettings, Transport
        from voice.vault import Vault

        options = self.options
        wanted = dict(options["routing"])
        wanted |= {name: tuple(wanted[name]) for name in ("hours",) if name in wanted}
        for name, kind in (("recording", Recording), ("last_resort", LastResort)):
            if name in wanted:
                wanted[name] = kind(wanted[name])
        if "transfer_to" in wanted:
            wanted["transfer_to"] = tuple(wanted["transfer_to"])
        routing = RoutingSettings(**wanted)
        callback = options["callback"]
        back = CallbackSettings(**{**callback, "numbers": tuple(callback.get("numbers", ()))}) if callback else CallbackSettings()
        own = SwitchboardSettings(
            **{**options["switchboard"], "refer": tuple(options["switchboard"].get("refer", ()))}, callback=back
        )
        self.memory, store = memory, memory.store
        vault = Vault(Path(options["folder"]) / "sound")
        if options["limit"]:
            full(vault, options["limit"])
        recordings = Recordings(store, vault, Sounds(store, vault, epoch_ms), epoch_ms, 10**12)
        pool = Pool(workers=1)
        # A network of one's own: what nobody answers is given up after 6.4 s.
        sip = SipSettings(port=0, transports=(Transport.UDP,), rtp_ports=tuple(options["rtp_ports"]), t1_ms=100)
        self.exchange = Exchange(sip, pool, self.handle)
        self.nodes, self.floor, self.events = Nodes(store), Floor(store, epoch_ms, routing), Events(store, epoch_ms)
        board = Board(
            node_name(), self.exchange, Mouth(self.say), memory, self.floor, self.events, Contacts(store), recordings, routing, own,
            Talks(store, 10**8), epoch_ms, music(RATE, own.music),
        )  # type: ignore[arg-type]  # fmt: skip
        self.board, self.switchboard = board, Switchboard(board, self.nodes)
        await pool.start()
        await self.exchange.start()
        await self.switchboard.start()
        assert self.exchange.endpoint is not None
        last = await self.events.last()
        telling = asyncio.create_task(self.tell(last))
        self.say(reply=self.exchange.endpoint.ports)
        async for order in orders():
            await self.answer(order)
            if not self.running:
                break
        telling.cancel()
        await self.exchange.close()
        await self.switchboard.close()
        await pool.close()

    async def tell(self, last: str) -> None:
        async for event in self.events.after(last):
            if event.kind == "call.fact":
                self.say(event="fact", **event.data)
            elif event.kind in ("assignment.changed", "request.left", "request.changed"):
                self.say(event=event.kind, **event.data)

    async def handle(self, call: Any) -> None:
        """Answered, and handed over at once."""
        from ivr.actions import Handover, State
        from ivr.channels.reception import Handed
        from ivr.memory.identity import caller
        from ivr.notebook import MemoryNotebook
        from routing.app import URI
        from voice import events as on

        found = URI.search(call.info.caller)
        page = MemoryNotebook(self.memory, caller(found["user"], found["host"], "RU") if found else None, "phone")
        await page.who()
        await call.answer()
        while not isinstance(await call.next(5), on.Answered):
            pass
        reception = self.switchboard.reception(page, "en", {"en": "It is about a parcel."}, "parcel")
        recorder = Recorder() if self.options["recorder"] else None
        handed = Handed(call, Handover("asked", "delivery"), State("flow", 1), recorder)  # type: ignore[arg-type]
        self.contact = call.info.id
        state = await reception.receive(handed)
        self.say(event="ended", answers=[answer.recording for answer in state.ledger])

    async def answer(self, order: dict[str, Any]) -> None:
        name = order.pop("order")
        try:
            self.say(reply=await getattr(self, f"do_{name}")(**order))
        except Exception as error:
            self.say(error=str(error), kind=type(error).__name__)

    async def do_operator(self, name: str, uri: str, **more: Any) -> None:
        from routing.floor.records import Availability, Operator, Role

        if "roles" in more:
            more["roles"] = tuple(map(Role, more["roles"]))
        await self.floor.keep_operator(Operator(name, name, {"delivery": 3}, {"en": 3}, uri=uri, **more))
        await self.floor.set_status(name, Availability.READY)
        await self.floor.beat(name)

    async def do_claim(self, name: str) -> str:
        """As the router does it: claimed, shown, and the order to ring."""
        from routing.floor.states import Move, State

        async with asyncio.timeout(20):
            while not (waiting := await self.floor.waiting()):
                await asyncio.sleep(0.02)
        for before in await self.floor.assignments(name):
            if before.state is State.WRAP_UP:
                await self.floor.move(before.id, Move.DONE)
        given = await self.floor.claim(waiting[0], name)
        assert given is not None
        await self.floor.move(given.id, Move.SHOWN)
        await self.do_ring(given.id)
        return given.id

    async def do_ring(self, assignment: str, again: str = "") -> None:
        from routing.floor.records import Order

        mine = await self.floor.assignment(assignment)
        request = await self.floor.request(mine.request)
        operator = await self.floor.operator(mine.operator)
        kind = "ring" if request.callback is None else "call_back"
        data = {"assignment": mine.id, "request": request.id, "uri": operator.uri, "trunk": "local", "whisper": request.summary.get("en", ""),
                "language": "en", "auto_answer": operator.answer == "desk"}  # fmt: skip
        await self.nodes.order(self.board.node, Order(f"{mine.id}-ring{again}", kind, request.call, data))

    async def do_hand(self, assignment: str, name: str) -> str:
        from routing.floor.states import Move

        second = await self.floor.hand(assignment, name)
        assert not isinstance(second, str), second
        await self.floor.move(second.id, Move.SHOWN)
        return second.id

    async def do_requeue(self, assignment: str, skill: str) -> None:
        await self.floor.requeue(assignment, skill=skill)

    async def do_give(self, kind: str, assignment: str, data: dict[str, Any]) -> None:
        from routing.floor.records import Order, new_id

        mine = await self.floor.assignment(assignment)
        request = await self.floor.request(mine.request)
        order = Order(new_id(self.board.now_ms()), kind, request.call, {"assignment": assignment, **data})
        await self.nodes.order(self.board.node, order)

    async def do_assignment(self, id: str) -> dict[str, Any]:
        return (await self.floor.assignment(id)).values()

    async def do_requests(self) -> list[dict[str, Any]]:
        return [one.values() for one in await self.floor.waiting()]

    async def do_request(self, id: str) -> Any:
        found = await self.floor.request(id)
        return found.values() if found else None

    async def do_talked(self) -> str:
        """The contact of the last call."""
        return self.contact

    async def do_contact(self, id: str) -> Any:
        found = await self.board.contacts.get(id)
        return found.values() if found else None

    async def do_recording(self, contact: str) -> Any:
        """The decrypted WAV, kept beside; its name."""
        recorded = await self.board.recordings.of(contact)
        if recorded is None:
            return None
        place = Path(self.options["folder"]) / f"{random.randrange(10**9)}.wav"
        place.write_bytes(b"".join(self.board.recordings.chunks(recorded)))
        return str(place)

    async def do_forbid(self, number: str) -> None:
        """A customer of this number, who wants no recording."""
        from ivr.memory.consent import Purpose
        from ivr.memory.identity import phone

        customer = await self.memory.customers.meet(phone(number, "RU"))
        await self.memory.consents.say(customer, "phone", Purpose.RECORDING, False, "test")

    async def do_counts(self) -> dict[str, int]:
        from native.port import library_calls
        from voice.call import Call
        from voice.sip.leg import Leg

        gc.collect()
        kinds = [type(thing) for thing in gc.get_objects()]
        names = ("call ", "caller of", "leg ", "ringing", "recording")
        return {
            "calls": len(self.exchange.calls),
            "library": library_calls(),
            "talks": len(self.switchboard.talks),
            "tasks": sum(task.get_name().startswith(names) for task in asyncio.all_tasks()),
            "legs": kinds.count(Leg),
            "call_objects": kinds.count(Call),
            "links": len(self.exchange.endpoint.matrix),  # type: ignore[union-attr]
        }

    async def do_wish(self, number: str) -> None:
        """Somebody wants to be called back, as soon as possible."""
        from ivr.memory.identity import phone
        from routing.switchboard.wishes import enter_due

        await self.memory.callbacks.wish(phone(number, "RU"), language="en")
        assert await enter_due(self.board) == 1

    async def do_holders(self) -> list[str]:
        """Who still holds a call that has ended."""
        from voice.call import Call

        found = []
        for call in [thing for thing in gc.get_objects() if type(thing) is Call]:
            for holder in gc.get_referrers(call):
                above = [f"{type(one).__name__} {str(one)[:150]}" for one in gc.get_referrers(holder)][:4]
                found.append(f"{call.info.incoming} {type(holder).__name__} {str(holder)[:200]} <- {above}")
        return found

    async def do_quit(self) -> None:
        self.running = False


async def orders() -> AsyncIterator[dict[str, Any]]:
    """Lines of standard input."""
    import sys

    loop, lines = asyncio.get_running_loop(), asyncio.StreamReader()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    while line := await lines.readline():
        yield json.loads(line)


def main() -> None:
    import logging
    import os
    import sys

    way = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    def say(**message: Any) -> None:
        print(json.dumps(message, default=str), file=way, flush=True)

    asyncio.run(Side(json.loads(sys.argv[1]), say).run())


if __name__ == "__main__":
    main()
