"""Two routers in two processes on one Redis, a floor under load, and kill -9 of the one that leads: nobody doubled, nobody lost, nobody left waiting."""

from __future__ import annotations

import asyncio
import random
import signal
import sys
from collections import Counter
from pathlib import Path

import pytest

from ivr.memory.store import Store
from routing.floor.events import Events, Nodes
from routing.floor.records import Assignment, Event, Medium, Request, new_id
from routing.floor.states import Move, State
from routing.floor.store import Floor
from tests.peers.redis import RedisServer
from tests.peers.router import TERMS
from tests.routing.floor.people import ready
from voice.clock import epoch_ms

ROOT = Path(__file__).parents[3]
OPERATORS, CALLERS = 12, 150
SKILLS = ("delivery", "bill", "other")


class Hall:
    """Callers who come at random, phones that answer, refuse or are hung up on; and a witness who reads every event."""

    def __init__(self, floor: Floor) -> None:
        self.floor, self.dice = floor, random.Random(5)
        self.asked: list[str] = []
        self.in_hand: Counter[str] = Counter()
        self.talking: dict[str, str] = {}
        self.talked: Counter[str] = Counter()
        self.left: Counter[str] = Counter()
        self.faults: list[str] = []
        self._jobs: set[asyncio.Task[None]] = set()

    async def come(self) -> None:
        for number in range(CALLERS):
            name = new_id(epoch_ms())
            self.asked.append(name)
            await self.floor.enter(
                Request(name, Medium.CALL, self.dice.choice(SKILLS), "en", priority=number % 3, node="n1", call=f"call-{name}")
            )
            await asyncio.sleep(self.dice.uniform(0, 0.03))

    async def witness(self, last: str) -> None:
        """Every event in its order: one call to one operator, one operator to one call, at any time."""
        live: dict[str, str] = {}
        async for event in Events(self.floor.store, epoch_ms).after(last):
            if event.kind == "request.left":
                self.left[event.data["id"]] += 1
            elif event.kind == "assignment.changed":
                self._changed(event, live)

    def _changed(self, event: Event, live: dict[str, str]) -> None:
        one = Assignment.unpack(event.data["assignment"])
        if event.data["presence"]["load"]["call"] > 1:
            self.faults.append(f"{one.operator} has more than one call")
        if one.state is State.OFFERED:
            if any(request == one.request for request in live.values()):
                self.faults.append(f"{one.request} was offered twice at once")
            live[one.id] = one.request
            job = asyncio.create_task(self.phone(one))
            self._jobs.add(job)
            job.add_done_callback(self._jobs.discard)
        elif one.state in (State.REFUSED, State.WRAP_UP, State.DONE):
            live.pop(one.id, None)

    async def phone(self, one: Assignment) -> None:
        """What the desk and the phone node do with an offer."""
        await asyncio.sleep(self.dice.uniform(0, 0.02))
        fate = self.dice.random()
        await self.floor.move(one.id, Move.SHOWN)
        await self.floor.move(one.id, Move.RINGING)
        if fate < 0.15:
            await self.floor.move(one.id, Move.REFUSED, "rejected")
            return
        if fate < 0.2:
            await self.floor.leave(one.request, "gone")
            return
        await self.floor.move(one.id, Move.CONNECTED)
        self.talked[one.request] += 1
        await asyncio.sleep(self.dice.uniform(0, 0.05))
        await self.floor.move(one.id, Move.WRAP_UP)


async def router(url: str, name: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        sys.executable, "-m", "tests.peers.router", url, name, stdout=asyncio.subprocess.PIPE, cwd=ROOT
    )


@pytest.mark.real
@pytest.mark.timeout(240)
async def test_the_one_that_leads_is_killed() -> None:
    with RedisServer("--appendonly", "yes") as server:
        # On a busy machine a connection and a write to the disk take their time; the callers and phones of a test wait for that.
        store = Store(server.url, connect_ms=20_000, op_ms=20_000)
        floor = Floor(store, epoch_ms, TERMS)
        nodes = Nodes(store)
        for number in range(OPERATORS):
            skills = {skill: 1 + (number + n) % 3 for n, skill in enumerate(SKILLS) if (number + n) % 4}
            await ready(floor, f"o{number}", skills=skills)
        first = await router(server.url, "first")
        assert first.stdout is not None
        assert await first.stdout.readline() == b"leads\n"
        second = await router(server.url, "second")
        hall = Hall(floor)
        beats = asyncio.create_task(beating(nodes))
        witness = asyncio.create_task(hall.witness(await Events(store, epoch_ms).last()))
        coming = asyncio.create_task(hall.come())
        try:
            while len(hall.asked) < CALLERS // 3:
                await asyncio.sleep(0.01)
            first.send_signal(signal.SIGKILL)
            assert second.stdout is not None
            async with asyncio.timeout(40):
                assert await second.stdout.readline() == b"leads\n"
            await coming
            async with asyncio.timeout(120):
                while sum(hall.left.values()) < CALLERS:
                    await asyncio.sleep(0.02)
                while await floor.assignments():
                    await asyncio.sleep(0.02)
        finally:
            for task in (beats, witness, coming):
                task.cancel()
            await asyncio.gather(beats, witness, coming, return_exceptions=True)
            for process in (first, second):
                if process.returncode is None:
                    process.kill()
                await process.wait()
        assert hall.faults == []
        assert set(hall.left) == set(hall.asked)
        assert set(hall.left.values()) == {1}
        assert set(hall.talked.values()) == {1}
        assert len(hall.talked) > CALLERS // 2
        assert await floor.waiting() == ()
        assert all(presence.load[Medium.CALL] == 0 for presence in await floor.presences())
        await store.close()


async def beating(nodes: Nodes) -> None:
    while True:
        await nodes.beat("n1")
        await asyncio.sleep(0.5)
