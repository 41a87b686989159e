"""A desk role in this process, whole and real but for the phone: web server, floor, desk, on a Redis of the tests' own.

`Phone` stands for a phone node: it takes orders out of its stream, does what they say at once, and tells facts.
"""

from __future__ import annotations

import asyncio
import json
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from ivr.channels.chat.shelf import RedisShelf
from ivr.memory.memory import Memory, remembering
from routing.desk.front import Front
from routing.desk.gate import HEADER
from routing.desk.settings import DeskSettings
from routing.floor.errors import WrongMove
from routing.floor.records import Assignment, Availability, Medium, Operator, Order, Reason, Request, Role, new_id
from routing.floor.settings import RoutingSettings, Skill
from routing.floor.store import TALK, Claim, Floor
from routing.web import Web
from routing.web_settings import WebSettings
from tests.routing.desk.people import WORDS, quick
from tests.routing.house import PHONE, flow
from voice.clock import epoch_ms
from voice.tasks import ended

NODE = "phone-1"
ROUTING = RoutingSettings(
    skills=(
        Skill("delivery", {"en": "Delivery", "ru": "Доставка"}, service_level_s=30),
        Skill("returns", {"en": "Returns", "ru": "Возврат"}),
    )
)
REASONS = (Reason("skill", {"skill": "delivery", "level": 3, "of": 3}), Reason("longest_idle", {"of": 4, "idle_s": 260}))


@dataclass
class House:
    """What a test has in hand."""

    web: Web
    front: Front
    floor: Floor
    memory: Memory

    @property
    def url(self) -> str:
        return self.web.url

    async def hire(self, name: str, *roles: str, answer: str = "phone", ready: bool = False, **more: Any) -> Operator:
        """Somebody with a password, WORDS."""
        skills, languages = {"delivery": 3, "returns": 1}, {"en": 3, "ru": 2}
        person = Operator(
            name, more.pop("called", name.capitalize()), skills, languages, uri=f"sip:{name}@pbx.example", answer=answer,
            roles=tuple(Role(role) for role in roles or ("operator",)), **more,
        )  # fmt: skip
        await self.floor.keep_operator(person)
        await self.front.accounts.set(name, WORDS)
        if ready:
            await self.floor.set_status(name, Availability.READY)
        return person

    async def caller(self, **more: Any) -> Request:
        """Somebody waits."""
        now = epoch_ms()
        whole = {
            "medium": Medium.CALL, "skill": "delivery", "language": "en", "since_ms": now - 42_000, "topic": "parcel", "node": NODE,
            "call": f"call-{new_id(now)}", "why": "asked", "identity": "p+74951234567",
            "summary": {"en": "Parcel 4711 has not come", "ru": "Посылка 4711 не пришла"}, **more,
        }  # fmt: skip
        whole["medium"] = Medium(whole["medium"])
        return await self.floor.enter(Request(new_id(now), **whole))

    async def give(self, request: Request, operator: str) -> Assignment:
        """What the router does: claim, with the dossier."""
        [given] = await self.floor.claim_all([Claim(request, operator, REASONS, await self.front.dossier(request))])
        assert isinstance(given, Assignment), given
        return given

    async def dossier(self, assignment: str) -> Any:
        """What stands on the page of whoever was given it."""
        return json.loads(await self.floor.dossier(assignment) or "null")

    async def login(self, session: aiohttp.ClientSession, name: str, password: str = WORDS) -> int:
        """By HTTP; the status."""
        head = {"Origin": self.url, HEADER: "1"}
        async with session.post(f"{self.url}/desk/login", json={"name": name, "password": password}, headers=head) as answer:
            return answer.status


@asynccontextmanager
async def house(
    redis: str, port: int = 0, settings: DeskSettings | None = None, node: str = "", **web: Any
) -> AsyncIterator[House]:
    """The desk role, open."""
    with tempfile.TemporaryDirectory(prefix="desk-") as folder:
        async with remembering(redis, Path(folder), op_ms=2000) as memory:
            floor = Floor(memory.store, epoch_ms)
            front = Front(
                floor, memory, flow(), RedisShelf(memory.store), settings or DeskSettings(), ROUTING, passwords=quick(), node=node
            )
            server = Web(WebSettings(port=port, phone=PHONE, **web), memory, flow(), front.chats)
            front.add_routes(server)
            await front.open(server.rooms)
            try:
                async with server:
                    yield House(server, front, floor, memory)
            finally:
                await front.close()


@dataclass
class Phone:
    """A phone node without phones."""

    house: House
    orders: list[Order] = field(default_factory=list)
    answers: bool = True
    silent: bool = False
    after: str = "0-0"
    _job: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Phone:
        self._job = asyncio.create_task(self._run())
        return self

    async def __aexit__(self, *_: object) -> None:
        await ended([self._job])

    def kinds(self) -> list[str]:
        return [order.kind for order in self.orders]

    async def say(self, call: str, who: str, text: str, n: int) -> None:
        """One line of the talk, as the phone node writes it."""
        line = {"call": call, "n": n, "who": who, "text": text, "at_ms": epoch_ms()}
        await self.house.memory.store.command("RPUSH", TALK + call, json.dumps(line, ensure_ascii=False))
        await self.house.front.events.tell("transcript.line", line)

    async def fact(self, order: Order, fact: str) -> None:
        await self.told(order.contact, fact, assignment=order.data.get("assignment", ""))

    async def told(self, call: str, fact: str, **more: object) -> None:
        """A fact of a call, as a phone node tells it."""
        data = {"node": NODE, "call": call, "assignment": "", "fact": fact, "at_ms": epoch_ms(), **more}
        await self.house.front.events.tell("call.fact", data, call)

    async def _run(self) -> None:
        async for order in self.house.front.nodes.orders(NODE, self.after):
            self.orders.append(order)
            if not self.silent:
                await self._do(order)

    async def _do(self, order: Order) -> None:
        floor, mine = self.house.floor, str(order.data.get("assignment", ""))
        match order.kind:
            case "ring":
                try:
                    await floor.move(mine, "ringing")
                except WrongMove:  # the caller has gone meanwhile
                    return
                await self.fact(order, "ringing")
                if self.answers:
                    await floor.move(mine, "connected")
                    await self.fact(order, "bridged")
            case "hold":
                await floor.move(mine, "held")
                await self.fact(order, "held")
            case "unhold":
                await floor.move(mine, "unheld")
                await self.fact(order, "unheld")
            case "hang_up" if order.data.get("who") == "caller":
                await floor.move(mine, "wrap_up")
                await self.fact(order, "hung_up")
            case "consult":
                if to := str(order.data.get("to", "")):
                    await floor.move(to, "ringing")
                    await floor.move(to, "connected")
                await self.fact(order, "consulting")
            case "transfer_attended" | "transfer_blind":
                await floor.move(mine, "wrap_up", "transferred")
                await self.fact(order, "transferred")
            case _:
                await self.fact(order, order.kind)
