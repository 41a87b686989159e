"""The desk put together: its routes on the web server, and what runs behind them. Made by the desk role's process."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from typing import Any

from aiohttp import web

from ivr.channels.chat.rooms import Rooms
from ivr.channels.chat.shelf import Shelf
from ivr.channels.email.office import Office
from ivr.flow import Flow
from ivr.memory.errors import MemoryAway, Unfit
from ivr.memory.memory import Memory
from routing.desk import files
from routing.desk.accounts import Accounts
from routing.desk.asking import Door
from routing.desk.bots import Bots
from routing.desk.chats import Chats
from routing.desk.dossier import Sources, dossier
from routing.desk.drafts import Drafts
from routing.desk.figures import Figures
from routing.desk.gate import Gate, Visitor
from routing.desk.hub import Hub, me
from routing.desk.labels import Labels
from routing.desk.letters import Letters
from routing.desk.mails import Mails
from routing.desk.overview import Overview
from routing.desk.passwords import Passwords
from routing.desk.sessions import Sessions
from routing.desk.settings import DeskSettings
from routing.desk.socket import DeskSocket
from routing.desk.staff import Staff
from routing.desk.tapes import Recordings, Tapes
from routing.desk.trail import Trail
from routing.desk.work import Work
from routing.floor.events import Events, Nodes
from routing.floor.reasons import readable
from routing.floor.records import Assignment, Availability, Request, new_id
from routing.floor.settings import RoutingSettings
from routing.floor.store import Floor
from routing.web import Web
from voice.clock import now_ns

LANGUAGES = ("en", "ru")
SERVICE_LEVEL_S = 20.0  # where a skill says nothing


class Front:
    """`add_routes`, `open`, then the web may start; `close` when it has ended.

    `chats` is the web's Desk, `mails.wanted` takes what the mailroom hands to people, `dossier` is for the router.
    """

    def __init__(
        self, floor: Floor, memory: Memory, flow: Flow, shelf: Shelf, settings: DeskSettings, routing: RoutingSettings, *,
        recordings: Recordings | None = None, passwords: Passwords | None = None, node: str = "",
    ) -> None:  # fmt: skip
        store = memory.store
        self.floor, self.memory, self.settings, self.routing = floor, memory, settings, routing
        self.node = node or f"desk-{new_id(memory.now_ms())}"  # of chats: the same again after a restart, where it is named
        self.events, self.nodes = Events(store, memory.now_ms), Nodes(store)
        self.passwords = passwords or Passwords()
        self.accounts, self.sessions = Accounts(store, self.passwords), Sessions(store, memory.now_ms)
        self.trail, self.drafts, letters = Trail(store, memory.now_ms), Drafts(store), Letters(store)
        self.sources = Sources(memory, Labels(flow), shelf, letters.get, self.drafts.text)
        self.work = Work(floor, self.nodes, memory, self.drafts, self.trail, settings, routing, self.dossier)
        self.chats = Chats(floor, self.events, self.nodes, self.work, self.drafts, self.node)
        self.bots = Bots(floor, self.nodes, self.work, self.trail, self.node)
        self.mails = Mails(floor, self.events, memory, self.work, self.drafts, letters)
        self.staff = Staff(floor, self.accounts, self.sessions, self.trail)
        self.overview = Overview(floor, self.nodes, memory, self.trail, self.dossier)
        self.tapes = Tapes(recordings, memory, self.trail)
        self.figures = Figures(floor, memory, self.trail, routing)
        self.hub = Hub(floor, self.events, floor.operator, self.why)
        self.hub.watchers += [self.work.noticed, self.chats.noticed, self.overview.noticed]
        self.socket: DeskSocket | None = None
        self._open = contextlib.AsyncExitStack()

    def add_routes(self, web_: Web) -> None:
        """Raises ConfigError where the page's libraries are missing."""
        gate = Gate(self.accounts, self.sessions, self.trail, self.floor.operator, web_.tls, web_.address, self._left)
        self.socket = DeskSocket(gate, self.hub, self.doors(), self.welcome, self.work.shown, self._beat, now_ns)
        web_.app.on_shutdown.append(self._farewell)
        web_.app.add_routes(files.routes())
        web_.app.add_routes(gate.routes())
        web_.app.router.add_get("/desk/socket", gate.answered(self.socket.handle))
        web_.app.add_routes(self.figures.routes(gate))
        web_.app.add_routes(self.tapes.routes(gate))

    def doors(self) -> Mapping[str, Door]:
        """Every ask there is; a name twice would be two meanings."""
        parts = (
            self.work.doors(),
            self.chats.doors(),
            self.bots.doors(),
            self.mails.doors(),
            self.staff.doors(),
            self.overview.doors(),
            self.figures.doors(),
            self.tapes.doors(),
        )
        whole: dict[str, Door] = {}
        for part in parts:
            assert not whole.keys() & part.keys()
            whole |= part
        return whole

    async def open(self, rooms: Rooms, office: Office | None = None) -> None:
        """Before the web is started. rooms: the chats of this process; office: how mail comes and goes."""
        await self.hub.start()
        self._open.push_async_callback(self.hub.close)
        if self.socket is not None:
            await self.socket.start()
            self._open.push_async_callback(self.socket.close)
        await self.chats.start(rooms)
        self._open.push_async_callback(self.chats.close)
        self.bots.start(rooms)
        self._open.push_async_callback(self.bots.close)
        self.mails.start(office.postman if office else None, office.mailroom.known.remember if office else None)
        self._open.push_async_callback(self.mails.close)

    async def close(self) -> None:
        """Every page is told to come again."""
        await self._open.aclose()
        self.passwords.close()

    async def dossier(self, request: Request) -> dict[str, Any]:
        """See routing.desk.dossier."""
        return await dossier(request, self.sources)

    async def welcome(self, visitor: Visitor) -> Mapping[str, Any]:
        """Everything of this person's own, as it is now."""
        person = visitor.person
        presence = await self.floor.presence(person.id)
        mine = await self.floor.assignments(person.id)
        return {
            "me": me(person),
            "now": self.memory.now_ms(),
            "presence": presence.values() if presence else None,
            "mine": list(await asyncio.gather(*(self._contact(one) for one in mine))),
            "drafts": await self.drafts.of(mine),
            "terms": self._terms(),
        }

    async def _contact(self, one: Assignment) -> Mapping[str, Any]:
        """One of his own with its dossier, put together anew: what was said since is in it."""
        request = await self.floor.request(one.request)
        if request is not None:
            await self.work.looked(one.operator, request, "open")
        return {"assignment": one.values(), "dossier": await self.dossier(request) if request else None, "why": self.why(one)}

    def why(self, assignment: Assignment) -> dict[str, list[str]]:
        """The reasons of a decision in words, by language."""
        zone, skills = self.routing.zone, self.routing.skills
        return {
            code: [
                readable(reason, code, zone, {skill.name: skill.label(code) for skill in skills}) for reason in assignment.reasons
            ]
            for code in LANGUAGES
        }

    def _terms(self) -> dict[str, Any]:
        """What the page goes by."""
        routing = self.routing
        return {
            "codes": [{"id": one.id, "en": one.en, "ru": one.ru} for one in self.settings.codes],
            "code_needed": self.settings.code_needed, "pauses": list(self.settings.pauses), "wrap_s": routing.wrap_s,
            "answer_s": SERVICE_LEVEL_S,
            "topics": self.sources.labels.topics(),
            "skills": {
                one.name: {
                    "label": dict(one.labels), "service_level_s": one.service_level_s, "codes": {id: dict(label) for id, label in one.codes.items()},
                    "wrap_s": one.wrap_s if one.wrap_s >= 0 else routing.wrap_s,
                }
                for one in routing.skills
            },
        }  # fmt: skip

    async def _beat(self, operator: str) -> bool:
        try:
            return (await self.floor.beat(operator)).status is Availability.READY
        except (MemoryAway, Unfit):
            return False

    async def _left(self, operator: str) -> None:
        """Logged out, and no other window is logged in: nothing more is given to him."""
        with contextlib.suppress(MemoryAway, Unfit):
            if not await self.sessions.count(operator):
                await self.floor.set_status(operator, Availability.OFFLINE)

    async def _farewell(self, app: web.Application) -> None:
        self.chats.closing()
        if self.socket is not None:
            await self.socket.close()
