"""Chats that the assistant has at this moment: operators see which, and take one over; given back, the assistant goes on with it.

Each node tells of its own every two seconds, and what it tells is forgotten when it does not any more:

    hotline:desk:bots           set: nodes          hotline:desk:bots:<node>    JSON list of its chats, those who need somebody most first

Nobody's words stand in it: who takes a chat over sees them, and that is in the trail.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import Mapping
from typing import Any

from ivr.channels.chat.room import Room
from ivr.channels.chat.rooms import Rooms
from ivr.memory import identity
from ivr.memory.errors import MemoryAway
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.gate import Visitor
from routing.desk.roles import Action
from routing.desk.trail import Trail
from routing.desk.work import Work
from routing.floor.events import Nodes
from routing.floor.records import Medium, Order, Reason, Request, new_id
from routing.floor.ringing import ORDER_MS
from routing.floor.store import Claim, Floor
from voice.tasks import ended

NODES = "hotline:desk:bots"
TAKING = "hotline:desk:taking:"
EVERY_S, KEPT_MS = 2.0, 8_000
TAKING_MS = 10_000
TOLD_MOST, SHOWN_MOST = 100, 50
WHY = "taken"


def row(room: Room) -> dict[str, Any] | None:
    """What is told of a chat; None of one that the assistant does not have, or that nobody looks at.

    trouble: how often it did not understand, at this step.
    """
    talk = room.talk
    if talk is None or talk.over.is_set() or room.operator or room.awaited or not room.wall.windows or room.wall.erased:
        return None
    state = talk.state
    return {
        "chat": room.log.chat, "language": room.log.language.split("-")[0], "topic": str(state.slots.get("topic") or ""),
        "since": state.started_ms, "at": room.log.at_ms, "trouble": state.errors, "matter": room.page.matter_id,
        "customer": room.page.customer,
    }  # fmt: skip


def need(row: Mapping[str, Any]) -> tuple[int, int]:
    """By it they are sorted: who is not understood first, then who wrote last."""
    return -row["trouble"], -row["at"]


class Bots:
    """`start`, `close`. node: of this process."""

    def __init__(self, floor: Floor, nodes: Nodes, work: Work, trail: Trail, node: str) -> None:
        self.floor, self.nodes, self.work, self.trail, self.node = floor, nodes, work, trail, node
        self._rooms: Rooms | None = None
        self._teller: asyncio.Task[None] | None = None

    def start(self, rooms: Rooms) -> None:
        self._rooms = rooms
        self._teller = asyncio.create_task(self._tell(), name="chats of the assistant")

    async def close(self) -> None:
        await ended([self._teller])

    def doors(self) -> dict[str, Door]:
        return {"bots": Door(Action.WORK, self._bots), "bot.take": Door(Action.WORK, self._take)}

    async def tell(self) -> None:
        """Once. Raises MemoryAway."""
        assert self._rooms is not None
        rows = [one for room in list(self._rooms.rooms.values()) if (one := row(room)) is not None]
        rows.sort(key=need)
        store = self.floor.store
        await store.command("SET", f"{NODES}:{self.node}", json.dumps(rows[:TOLD_MOST]), "PX", KEPT_MS)
        await store.command("SADD", NODES, self.node)

    async def _tell(self) -> None:
        while True:
            with contextlib.suppress(MemoryAway):
                await self.tell()
            await asyncio.sleep(EVERY_S)

    async def _all(self) -> list[dict[str, Any]]:
        store = self.floor.store
        nodes = sorted(await store.command("SMEMBERS", NODES))
        found = await store.command("MGET", *(f"{NODES}:{node}" for node in nodes)) if nodes else []
        if silent := [node for node, text in zip(nodes, found, strict=True) if not text]:
            await store.command("SREM", NODES, *silent)
        return [one | {"node": node} for node, text in zip(nodes, found, strict=True) if text for one in json.loads(text)]

    async def _bots(self, visitor: Visitor, ask: Ask) -> Answer:
        rows = sorted(await self._all(), key=need)
        public = ("chat", "language", "topic", "since", "at", "trouble")
        return {"chats": [{name: one[name] for name in public} for one in rows[:SHOWN_MOST]], "count": len(rows)}

    async def _take(self, visitor: Visitor, ask: Ask) -> Answer:
        """His from now on: the assistant falls silent, all that was said and answered comes with it. Of two at once one has it."""
        chat, person = ask.name("chat"), visitor.person
        found = next((one for one in await self._all() if one["chat"] == chat), None)
        store = self.floor.store
        if found is None or not await store.command("SET", TAKING + chat, person.id, "NX", "PX", TAKING_MS):
            raise BadAsk("gone")
        now = self.floor.now_ms()
        await self.trail.note(person.id, "take", found["customer"] or found["matter"] or chat, "chat")
        request = await self.floor.enter(
            Request(
                new_id(now), Medium.CHAT, "", found["language"], matter=found["matter"], customer=found["customer"],
                identity=identity.chat(chat).address, topic=found["topic"], node=found["node"], call=chat, why=WHY, since_ms=now,
            )
        )  # fmt: skip
        reason = Reason("taken_over", {"operator": person.name})
        [given] = await self.floor.claim_all([Claim(request, person.id, (reason,), await self.work.dossier(request))])
        if isinstance(given, str):
            await self.floor.leave(request.id, "closed")
            await store.command("DEL", TAKING + chat)
            raise BadAsk(given if given in ("busy", "away") else "gone")
        for move in ("shown", "connected"):
            await self.floor.move(given.id, move)
        order = Order(f"{given.id}-join", "chat.join", chat, {"operator": person.id, "name": person.name}, now + ORDER_MS)
        await self.nodes.order(request.node, order)
        return {"assignment": given.id}
