"""Asks about what goes on: how much of the queue one sees; a supervisor's look at somebody else's contact, and listening in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.memory.memory import Memory
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.gate import Visitor
from routing.desk.news import DEPTH, DEPTH_MOST
from routing.desk.roles import Action
from routing.desk.trail import Trail
from routing.floor.events import Nodes
from routing.floor.records import Assignment, Medium, Order, Request
from routing.floor.ringing import ORDER_MS
from routing.floor.states import TALKING
from routing.floor.store import Floor


class Overview:
    """Every look leaves a line in the trail, before it is taken."""

    def __init__(
        self, floor: Floor, nodes: Nodes, memory: Memory, trail: Trail, dossier: Callable[[Request], Awaitable[Mapping[str, Any]]]
    ) -> None:
        self.floor, self.nodes, self.memory, self.trail, self.dossier = floor, nodes, memory, trail, dossier

    def doors(self) -> Mapping[str, Door]:
        return {
            "queue": Door(Action.SELF, self._queue, depth=True),
            "look": Door(Action.LOOK, self._look),
            "listen": Door(Action.LISTEN, self._listen, listens=True),
            "listen_end": Door(Action.LISTEN, self._listen_end, listens=True),
        }

    async def _queue(self, visitor: Visitor, ask: Ask) -> Answer:
        """More of those who wait, for a page that is scrolled: the window sees so many from now on."""
        return {"depth": ask.number("depth", DEPTH, DEPTH_MOST, DEPTH)}

    async def _look(self, visitor: Visitor, ask: Ask) -> Answer:
        """Somebody else's contact, or one that waits: as its operator sees it. Every look leaves a line."""
        request = await self._request(ask)
        await self.trail.note(visitor.person.id, "look", request.customer or request.matter or request.id, request.medium)
        return {"dossier": await self.dossier(request), "listening": [request.contact]}

    async def _listen(self, visitor: Visitor, ask: Ask) -> Answer:
        """A call: the supervisor's phone rings, and hears both; nobody hears him. A chat: its lines come to this window."""
        request = await self._request(ask)
        mine = await self._assignment(request)
        await self.trail.note(visitor.person.id, "listen", request.customer or request.matter or request.id, request.medium)
        if request.medium is Medium.CALL and mine is not None and mine.state in TALKING:
            operator = await self.floor.operator(visitor.person.id)
            if operator is None or not operator.uri:
                raise BadAsk("no_phone")
            data = {"uri": operator.uri, "trunk": operator.trunk, "assignment": mine.id, "supervisor": operator.id}
            await self._order(request, f"{mine.id}-listen-{visitor.person.id}-{ask.id}", "listen", data)
        return {"dossier": await self.dossier(request), "listening": [request.contact]}

    async def _listen_end(self, visitor: Visitor, ask: Ask) -> Answer:
        request = await self._request(ask)
        if request.medium is Medium.CALL:
            data = {"supervisor": visitor.person.id}
            await self._order(request, f"{request.id}-listen_end-{visitor.person.id}-{ask.id}", "listen_end", data)
        return {"listening": []}

    async def _request(self, ask: Ask) -> Request:
        request = await self.floor.request(ask.name("request"))
        if request is None:
            raise BadAsk("gone")
        return request

    async def _assignment(self, request: Request) -> Assignment | None:
        return await self.floor.assignment(request.assignment) if request.assignment else None

    async def _order(self, request: Request, id: str, kind: str, data: Mapping[str, Any]) -> None:
        await self.nodes.order(request.node, Order(id, kind, request.call, data, self.memory.now_ms() + ORDER_MS))
