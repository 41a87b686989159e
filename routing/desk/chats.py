"""Chats at the desk: the bot gives one to a person, the person joins, writes, and gives it back.

A room lives in the process where its visitor's page is connected; the operator's page may be on another. So what the operator does
is an order into the stream of the room's node, and what stands in the room's log is told to the floor, entry by entry.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Mapping
from typing import Any

from ivr.actions import Handover, State
from ivr.channels.chat.log import VISITOR
from ivr.channels.chat.room import Room
from ivr.channels.chat.rooms import Rooms
from ivr.deeds import place
from ivr.memory import identity
from ivr.memory.errors import MemoryAway
from routing.desk.asking import Ask, BadAsk, Door
from routing.desk.drafts import Drafts
from routing.desk.gate import Visitor
from routing.desk.roles import Action
from routing.desk.work import Work
from routing.floor import ending
from routing.floor.contacts import Contacts
from routing.floor.ending import Talked
from routing.floor.events import Events, Nodes
from routing.floor.records import Event, Medium, Order, Request, new_id
from routing.floor.ringing import ORDER_MS
from routing.floor.states import TALKING
from routing.floor.store import Floor
from voice.errors import HotlineError
from voice.tasks import dismissed, ended

log = logging.getLogger(__name__)
TEXT_MOST = 2000
AGAIN_S = 0.5
CSAT = {"good": 5, "fair": 3, "bad": 1}


class Mirror:
    """A window of a chat that is not its visitor's: what it is shown goes to the floor, in its order."""

    def __init__(self, events: Events, chat: str) -> None:
        self.chat = chat
        self._events = events
        self._lines: asyncio.Queue[dict[str, Any]] = asyncio.Queue()
        self._writer = asyncio.create_task(self._write(), name="a chat is told")

    def send(self, data: Mapping[str, Any]) -> None:
        """See ivr.channels.chat.wall.Window."""
        if data.get("who") == "operator" and data.get("type") == "typing":
            return
        self._lines.put_nowait({"chat": self.chat, **data})

    def close(self) -> None:
        dismissed(self._writer)

    async def _write(self) -> None:
        while True:
            line = await self._lines.get()
            kind = "chat.typing" if line.get("type") == "typing" else "chat.line"
            while True:
                try:
                    await self._events.tell(kind, line)
                    break
                except MemoryAway:
                    if kind == "chat.typing":
                        break  # of no use later
                    await asyncio.sleep(AGAIN_S)
                except HotlineError as error:
                    # The log of the chat has it: whoever loads the chat anew sees it.
                    log.warning("a line of a chat was not told: %s", type(error).__name__)
                    break


class Chats:
    """The desk as a chat sees it (ivr.channels.chat.desk.Desk), and as an operator writes in it. node: of this process."""

    def __init__(self, floor: Floor, events: Events, nodes: Nodes, work: Work, drafts: Drafts, node: str) -> None:
        self.floor, self.events, self.nodes, self.work, self.drafts, self.node = floor, events, nodes, work, drafts, node
        self.rooms: Rooms | None = None
        self._open: dict[str, tuple[Room, str, Mirror]] = {}  # chat -> room, request, mirror
        self._job: asyncio.Task[None] | None = None
        self._closing = self._resumed = False

    async def start(self, rooms: Rooms) -> None:
        """rooms: of this process. Before visitors come: what people had when this node was closed is theirs from the first word on."""
        self.rooms = rooms
        with contextlib.suppress(HotlineError):
            await self._resume()
        self._job = asyncio.create_task(self._orders(), name="orders about chats")

    def closing(self) -> None:
        """The web closes its rooms: that ends nothing. Who opens this node again finds chats as they stand."""
        self._closing = True

    async def close(self) -> None:
        self._closing = True
        await ended([self._job])
        for _, _, mirror in self._open.values():
            mirror.close()

    # The chat's side

    async def wanted(self, room: Room, why: Handover) -> bool:
        """True where somebody will come: the floor is there, it is open, and anybody works who could take it."""
        try:
            request = await self.floor.enter(self._request(room, why))
            if not await self._anybody(request):
                await self.floor.leave(request.id, "closed")
                return False
        except HotlineError as error:
            log.warning("a chat finds nobody: %s", type(error).__name__)
            return False
        self._mirror(room, request.id)
        return True

    async def heard(self, room: Room, text: str) -> None:
        """The mirror tells what he wrote; here only that a chat that came back after a restart has one again."""
        if room.log.chat not in self._open:
            with contextlib.suppress(HotlineError):
                found = [one for one in await self._mine() if one.call == room.log.chat]
                if found:
                    self._mirror(room, found[0].id)

    async def types(self, room: Room, on: bool) -> None:
        with contextlib.suppress(HotlineError):
            await self.events.tell("chat.typing", {"chat": room.log.chat, "type": "typing", "who": "visitor", "on": on})

    async def left(self, room: Room) -> None:
        """The visitor has gone, and stayed away; or the house is closed, which ends nothing."""
        if self._closing:
            return
        _, request, _ = self._open.get(room.log.chat, (None, "", None))
        self._unmirror(room.log.chat)
        if request:
            with contextlib.suppress(HotlineError):
                await self.floor.leave(request, "gone")

    async def talked(self, room: Room, state: State) -> None:
        """For the reports: what the house has settled alone is a contact, too; what it hands over is one with what becomes of that."""
        words = (entry for entry in room.log.entries if entry.body.get("who") == VISITOR)
        if self._closing or not any(entry.at_ms >= state.started_ms for entry in words):
            return  # whoever comes back goes on; who only looked has not talked
        chat, page = room.log.chat, room.page
        contact = chat if state.handed else f"{chat}.{state.started_ms}"
        now = self.floor.now_ms()
        talked = Talked(contact, "chat", state.started_ms, now, identity.chat(chat).address, page.customer, page.matter_id)
        with contextlib.suppress(HotlineError):
            await ending.keep(Contacts(self.floor.store), talked, state)

    async def rated(self, room: Room, smile: str) -> None:
        """Into the record of the contact, where a person had it (CSAT)."""
        contacts = Contacts(self.floor.store)
        with contextlib.suppress(HotlineError):
            if await contacts.get(room.log.chat) is not None:
                await contacts.keep(room.log.chat, csat=CSAT.get(smile, 3))

    # The operator's side

    def doors(self) -> Mapping[str, Door]:
        return {
            "chat.say": Door(Action.WORK, self._say),
            "chat.typing": Door(Action.WORK, self._typing),
            "chat.back": Door(Action.WORK, self._back),
        }

    async def _say(self, visitor: Visitor, ask: Ask) -> None:
        request = await self._his(visitor, ask)
        text = ask.text("text", TEXT_MOST, needed=True)
        await self._order(request, f"{request.id}-say-{ask.id}", "chat.say", text=text, id=ask.id)
        await self.drafts.drop(ask.name("assignment"), "text")

    async def _typing(self, visitor: Visitor, ask: Ask) -> None:
        request = await self._his(visitor, ask)
        await self._order(request, f"{request.id}-typing-{ask.id}", "chat.typing", on=ask.flag("on"))

    async def _back(self, visitor: Visitor, ask: Ask) -> None:
        """To the bot: the visitor's next message is for it again, and the operator wraps up."""
        request = await self._his(visitor, ask)
        await self._order(request, f"{request.id}-back-{ask.id}", "chat.leave")
        await self.floor.move(ask.name("assignment"), "wrap_up", "given back")

    async def _his(self, visitor: Visitor, ask: Ask) -> Request:
        mine, request = await self.work.own(visitor, ask.name("assignment"))
        if mine.medium is not Medium.CHAT or mine.state not in TALKING:
            raise BadAsk("gone")
        return request

    async def _order(self, request: Request, id: str, kind: str, /, **data: Any) -> None:
        await self.nodes.order(request.node, Order(id, kind, request.call, data, self.floor.now_ms() + ORDER_MS))

    # Inside

    def _request(self, room: Room, why: Handover) -> Request:
        page = room.page
        topic = str(why.known.get("topic", ""))
        return Request(
            new_id(self.floor.now_ms()), Medium.CHAT, why.skill, room.log.language.split("-")[0], matter=page.matter_id,
            customer=page.customer, identity=identity.chat(room.log.chat).address, topic=topic,
            node=self.node, call=room.log.chat, why=why.reason, since_ms=self.floor.now_ms(),
        )  # fmt: skip

    async def _anybody(self, request: Request) -> bool:
        """Whether one who has the skill is there, be he busy or on a break: whoever is at work comes back."""
        there = {one.operator for one in await self.floor.presences() if one.status != "offline"}
        return any(
            one.id in there and one.active and (not request.skill or request.skill in one.skills)
            and one.capacity.get(Medium.CHAT, 0) > 0 for one in await self.floor.operators()
        )  # fmt: skip

    def _mirror(self, room: Room, request: str) -> None:
        self._unmirror(room.log.chat)
        mirror = Mirror(self.events, room.log.chat)
        room.wall.mirrors.add(mirror)
        self._open[room.log.chat] = (room, request, mirror)

    def _unmirror(self, chat: str) -> None:
        if (found := self._open.pop(chat, None)) is not None:
            room, _, mirror = found
            room.wall.mirrors.discard(mirror)
            mirror.close()

    async def _mine(self) -> list[Request]:
        both = (*await self.floor.waiting(), *await self.floor.with_people())
        return [one for one in both if one.node == self.node and one.medium is Medium.CHAT]

    async def _resume(self) -> None:
        """What people had, or were to have, when this node was closed."""
        assert self.rooms is not None
        for request in await self._mine():
            room = await self.rooms.awake(request.call)
            if room is None or room.operator:
                continue
            given = await self.floor.assignment(request.assignment) if request.assignment else None
            person = await self.floor.operator(given.operator) if given is not None and given.state in TALKING else None
            room.resume(person.name if person is not None else "")
            self._mirror(room, request.id)
        self._resumed = True

    async def _orders(self) -> None:
        while not self._resumed:
            await asyncio.sleep(AGAIN_S)
            with contextlib.suppress(HotlineError):
                await self._resume()
        # From the first that is kept: what is late is passed over, what was done is known by its name.
        async for order in self.nodes.orders(self.node, "0-0"):
            await self._obey(order)

    async def _obey(self, order: Order) -> None:
        """Once, again where the memory was away, and not at all when it is too late."""
        while not order.deadline_ms or self.floor.now_ms() <= order.deadline_ms:
            try:
                await self._do(order)
                return
            except MemoryAway:
                await asyncio.sleep(AGAIN_S)
            except Exception as error:
                log.error("an order about a chat (%s) met a fault: %s", order.kind, place(error))
                return

    async def _do(self, order: Order) -> None:
        room = await self.rooms.awake(order.contact) if self.rooms is not None else None
        if room is None:
            return
        match order.kind:
            case "chat.join":
                await self._joined(room)
                if room.operator != (name := str(order.data.get("name", ""))):
                    await room.join(name)
            case "chat.say" if room.operator:
                await room.say(str(order.data.get("text", "")), str(order.data.get("id", "")))
            case "chat.typing" if room.operator:
                room.types(order.data.get("on") is True)
            case "chat.leave" | "chat.end":
                if room.operator:
                    await room.leave()
                self._unmirror(order.contact)

    async def _joined(self, room: Room) -> None:
        """Whose it is now; one that was taken over just as the assistant gave it to the queue waits there no longer."""
        chat = room.log.chat
        its = [one for one in await self._mine() if one.call == chat]
        taken = next((one for one in its if one.state != "waiting"), its[0] if its else None)
        if chat not in self._open or (taken is not None and self._open[chat][1] != taken.id):
            self._mirror(room, taken.id if taken is not None else "")
        for one in its:
            if one is not taken:
                await self.floor.leave(one.id, "handled")

    async def noticed(self, event: Event) -> None:
        """For `Hub.watchers`. Nobody came in time, or the house closed: the bot has the chat again. Its operator has gone: somebody else comes."""
        match event.kind:
            case "request.left" if event.data.get("why") in ("timeout", "closed"):
                room = self._room_of(str(event.data.get("id")))
                if room is not None:
                    if not room.operator and room.awaited:
                        await room.leave()
                    self._unmirror(room.log.chat)
            case "request.waiting":
                room = self._room_of(str(event.data["request"]["id"]))
                if room is not None and room.operator:
                    await room.wait_again()

    def _room_of(self, request: str) -> Room | None:
        return next((room for room, its, _ in self._open.values() if its == request), None)
