"""The desk role under measurement in a process of its own: router, caretaker, desk and web server, put together as `hotline up` does.

It notes, of every request, when the router began to give it to somebody: the moment at which it asks for its dossier.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from bench.process import obey, reasons
from bench.stimuli import flow
from ivr.channels.chat.shelf import RedisShelf
from ivr.memory.memory import remembering
from routing.app import loaded_for_good
from routing.desk.front import Front
from routing.desk.settings import DeskSettings
from routing.floor.caretaker import Caretaker
from routing.floor.chronicle import Chronicle
from routing.floor.records import Operator, Request
from routing.floor.router import Router
from routing.floor.settings import RoutingSettings, Skill
from routing.floor.store import Floor
from routing.web import Web
from routing.web_settings import WebSettings
from voice.clock import epoch_ms

SKILL = "delivery"
ROUTING = RoutingSettings(skills=(Skill(SKILL, {"en": "Delivery", "ru": "Доставка"}),))


def name_of(number: int) -> str:
    return f"op{number:04}"


async def hire(front: Front, desks: int) -> list[str]:
    """So many operators; gives the secret of a session of each. Logging in is not measured."""
    secrets = []
    for number in range(desks):
        name = name_of(number)
        person = Operator(
            name, f"Operator {number}", {SKILL: 1 + number % 3}, {"en": 3, "ru": 2}, uri=f"sip:{number}@pbx.example"
        )
        await front.floor.keep_operator(person)
        secrets.append(await front.sessions.begin(name))
    return secrets


async def run(redis: str, desks: int) -> None:
    decided: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="hotline-bench-") as folder:
        async with remembering(redis, Path(folder)) as memory:
            floor = Floor(memory.store, epoch_ms, ROUTING)
            front = Front(floor, memory, flow(), RedisShelf(memory.store), DeskSettings(), ROUTING)
            web = Web(WebSettings(port=0, sockets_per_address=10 * desks), memory, flow(), front.chats)
            front.add_routes(web)

            async def dossier(request: Request) -> Mapping[str, Any]:
                decided[request.id] = time.monotonic_ns()
                return await front.dossier(request)

            secrets = await hire(front, desks)
            async with web:
                await front.open(web.rooms)
                try:
                    async with Router(floor, dossier, caretaker=Caretaker(floor), chronicle=Chronicle(floor, memory)):
                        port = int(web.url.rpartition(":")[2])
                        with loaded_for_good():
                            await obey(port, {"secrets": lambda: secrets, "decided": lambda: decided})
                finally:
                    await front.close()


if __name__ == "__main__":
    options = json.loads(sys.argv[1])
    with reasons():
        asyncio.run(run(options["redis"], options["desks"]))
