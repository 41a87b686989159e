"""What happens on the floor, read as it happens; and orders to phone nodes, with what these say of themselves.

Reading goes on by itself when Redis was away in between. Whoever resumes from an id that was trimmed meanwhile gets Missed.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, Any

from ivr.memory.errors import MemoryAway
from routing.floor.errors import Missed
from routing.floor.records import Event, Order
from routing.floor.store import P

if TYPE_CHECKING:
    from ivr.memory.store import Store

AGAIN_S = 0.25
BEAT_MS = 6_000  # a phone node that was not heard of for so long is dead
ORDER_KEPT_MS = 600_000
HOUR_MS = 3_600_000


class Events:
    """The one stream of events, `hotline:floor:events`."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms

    async def tell(self, kind: str, data: dict[str, Any], contact: str = "") -> None:
        """An event of one's own; one of a contact stands in its story too. Raises MemoryAway."""
        await self._store.run("routing.floor/tell", kind, self._now_ms(), json.dumps(data, ensure_ascii=False), contact)

    async def last(self) -> str:
        """The id of the last event: load the floor after asking for it, then follow from it."""
        found = await self._store.command("XREVRANGE", f"{P}events", "+", "-", "COUNT", 1)
        return str(found[0][0]) if found else "0-0"

    async def after(self, last: str, dossiers: bool = False) -> AsyncIterator[Event]:
        """Every event after an id, for ever. dossiers: an offered assignment comes with its dossier. Raises Missed."""
        if last != "0-0":
            first = await self._patiently("XRANGE", f"{P}events", "-", "+", "COUNT", 1)
            if not first or _number(first[0][0]) > _number(last):
                raise Missed("these events are no longer there")
        while True:
            try:
                found = await self._store.follow(f"{P}events", last)
            except MemoryAway:
                await asyncio.sleep(AGAIN_S)
                continue
            for name, fields in found:
                data = json.loads(fields["d"])
                if dossiers and fields["k"] == "assignment.changed" and data["assignment"]["state"] == "offered":
                    text = await self._patiently("GET", f"{P}d:{data['assignment']['id']}")
                    data["dossier"] = json.loads(text) if text else None
                yield Event(name, fields["k"], int(fields["t"]), data, fields["d"])
                last = name

    async def trim(self, now_ms: int, kept_ms: int = HOUR_MS) -> None:
        """Forget what nobody resumes from any more: it speaks of people. What the chronicle has not told yet stays. Raises MemoryAway."""
        told = await self._store.command("GET", f"{P}told")
        before = now_ms - kept_ms if not told else min(now_ms - kept_ms, _number(told)[0])
        await self._store.command("XTRIM", f"{P}events", "MINID", "=", before)

    async def _patiently(self, *words: str | int) -> Any:
        while True:
            try:
                return await self._store.command(*words)
            except MemoryAway:
                await asyncio.sleep(AGAIN_S)


class Nodes:
    """Phone nodes: what they are told to do, and whether they live."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def order(self, node: str, order: Order) -> bool:
        """Tell a node to do something; False where it was told already. Raises MemoryAway."""
        words = (
            node,
            order.id,
            order.kind,
            order.contact,
            json.dumps(dict(order.data), ensure_ascii=False),
            order.deadline_ms,
            ORDER_KEPT_MS,
        )
        return bool(await self._store.run("routing.floor/order", *words))

    async def orders(self, node: str, after: str = "$") -> AsyncIterator[Order]:
        """What a node is told, for ever; from the id of the last one it did (`Order.stream`), by default from now on."""
        stream, last = f"{P}orders:{node}", after
        while True:
            try:
                if last == "$":
                    newest = await self._store.command("XREVRANGE", stream, "+", "-", "COUNT", 1)
                    last = str(newest[0][0]) if newest else "0-0"
                found = await self._store.follow(stream, last)
            except MemoryAway:
                await asyncio.sleep(AGAIN_S)
                continue
            for name, fields in found:
                last = name
                yield Order(fields["id"], fields["k"], fields["c"], json.loads(fields["d"]), int(fields["u"]), name)

    async def beat(self, node: str) -> None:
        """A node lives; every 2 s or so. Raises MemoryAway."""
        await self._store.command("SET", f"{P}node:{node}", 1, "PX", BEAT_MS)
        await self._store.command("SADD", f"{P}nodes", node)

    async def alive(self, nodes: list[str]) -> set[str]:
        """Those of them that live. Raises MemoryAway."""
        if not nodes:
            return set()
        found = await self._store.command("MGET", *(f"{P}node:{node}" for node in nodes))
        return {node for node, there in zip(nodes, found, strict=True) if there}

    async def living(self) -> list[str]:
        """All phone nodes that live, in a fixed order. Raises MemoryAway."""
        known = sorted(await self._store.command("SMEMBERS", f"{P}nodes"))
        living = await self.alive(known)
        if gone := [node for node in known if node not in living]:
            await self._store.command("SREM", f"{P}nodes", *gone)
        return [node for node in known if node in living]


def _number(name: str) -> tuple[int, int]:
    """A stream's id as it is compared."""
    time, _, count = name.partition("-")
    return int(time), int(count or 0)
