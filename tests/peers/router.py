"""A router in a process of its own, as a desk node has one: `python -m tests.peers.router REDIS_URL NAME`. Says "leads" when it does."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from typing import Any

from ivr.memory.store import Store
from routing.floor.caretaker import Caretaker
from routing.floor.records import Request
from routing.floor.router import Router
from routing.floor.settings import RoutingSettings
from routing.floor.store import Floor
from tests.peers.redis import die_with_me
from voice.clock import epoch_ms

TERMS = RoutingSettings(wrap_s=0, refused_s=0.05, away_after=0)


async def dossier(request: Request) -> Mapping[str, Any]:
    return {"of": request.id}


async def main(url: str, name: str) -> None:
    floor = Floor(Store(url, op_ms=2000), epoch_ms, TERMS)
    async with Router(floor, dossier, caretaker=Caretaker(floor), name=name) as router:
        told = False
        while True:
            if router.leads and not told:
                told = True
                sys.stdout.write("leads\n")
                sys.stdout.flush()
            await asyncio.sleep(0.02)


if __name__ == "__main__":
    die_with_me()
    asyncio.run(main(*sys.argv[1:3]))
