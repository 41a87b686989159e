"""Asks about what goes on: how much of the queue one sees; a supervisor's look at somebody else's contact, and listening in."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.memory.memory import Memory
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.gate import Visitor
from routing.desk.news import DEPTH, DEPTH_MOST
from routing.desk.roles import Action, may
from routing.desk.trail import Trail
from routing.floor.events import Nodes
from routing.floor.records import Assignment, Event, Medium, Order, Request
from routing.floor.ringing import ORDER_MS
from routing.floor.states import TALKING
from routing.floor.store import Floor

HEARD, HEARD_MS = "hotline:desk:heard:", 86_400_000  # set of a supervisor: requests that his phone was called for


class Overview:
    """Every look leaves a line in the trail, before it is taken."""

    def __init__(
        self, floor: Floor, nodes: Nodes, memory: Memory, trail: Trail, dossier: Callable[[Request], Awaitable[Mapping[str, Any]]]
    ) -> None:
        self.floor, self.nodes, self.memory, self.trail, self.dossier = floor, nodes, memory, trail, dossier

    def doors(self) -> Mapping[str, Door]:
        return {
            "queue": Door(Action.SELF, self._queue, depth=True),
            "look": Door(Action.LOOK, self._look, listens=True),
            "listen": Door(Action.LISTEN, self._listen, listens=True),
            "listen_end": Door(Action.LISTEN, self._listen_end, listens=True),
        }

    async def _queue(self, visitor: Visitor, ask: Ask) -> Answer:
        """More of those who wait, for a page that is scrolled: the window sees so many from now on."""
        return {"depth": ask.number("depth", DEPTH, DEPTH_MOST, DEPTH)}

    async def _look(self, visitor: Visitor, ask: Ask) -> Answer:
        """Somebody else's contact, or one that waits: as its operator sees it. Every look leaves a line.

        again: a page that lost its line goes on with what it looked at.
        """
        request = await self._request(ask)
        how = "again" if ask.flag("again") else str(request.medium)
        await self.trail.note(visitor.person.id, "look", request.customer or request.matter or request.id, how)
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
            heard = HEARD + operator.id
            await self.memory.store.command("SADD", heard, request.id)
            await self.memory.store.command("PEXPIRE", heard, HEARD_MS)
            await self._order(request, f"{mine.id}-listen-{visitor.person.id}-{ask.id}", "listen", data)
        return {"dossier": await self.dossier(request), "listening": [request.contact]}

    async def _listen_end(self, visitor: Visitor, ask: Ask) -> Answer:
        request = await self._request(ask)
        if request.medium is Medium.CALL:
            await self.memory.store.command("SREM", HEARD + visitor.person.id, request.id)
            await self._end(request, visitor.person.id, ask.id)
        return {"listening": []}

    async def noticed(self, event: Event) -> None:
        """For `Hub.watchers`: who may listen no more hears no more, by phone either, whichever desk changed him."""
        if event.kind != "operator.changed":
            return
        operator = event.data.get("operator") or {}
        name = str(operator.get("id") or event.data.get("removed", ""))
        if operator.get("active") and may(operator.get("roles", ()), Action.LISTEN):
            return
        for heard in await self.memory.store.command("SMEMBERS", HEARD + name):
            request = await self.floor.request(heard)
            if request is not None:
                await self._end(request, name, event.id)
        await self.memory.store.command("DEL", HEARD + name)

    async def _end(self, request: Request, supervisor: str, name: str) -> None:
        await self._order(request, f"{request.id}-listen_end-{supervisor}-{name}", "listen_end", {"supervisor": supervisor})

    async def _request(self, ask: Ask) -> Request:
        request = await self.floor.request(ask.name("request"))
        if request is None:
            raise BadAsk("gone")
        return request

    async def _assignment(self, request: Request) -> Assignment | None:
        return await self.floor.assignment(request.assignment) if request.assignment else None

    async def _order(self, request: Request, id: str, kind: str, data: Mapping[str, Any]) -> None:
        await self.nodes.order(request.node, Order(id, kind, request.call, data, self.memory.now_ms() + ORDER_MS))
