"""Contact records, for reports: one a finished contact, whoever had it: a person, the house alone, nobody. No words of a talk are in them.

The floor writes its part in the script that ends a talk or a wait (group.lua); who knows more of the contact adds to it by its id.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from routing.floor.records import Reason, Record
from routing.floor.store import DAY_MS, P

if TYPE_CHECKING:
    from ivr.memory.store import Store

BATCH = 200
AGAIN_MS = 7 * DAY_MS  # within which the same customer with the same topic has come again (RESOLVED_MS in group.lua)
_SECONDS = {"waited": "waited_s", "talked": "talked_s", "held": "held_s", "wrap": "wrap_s"}
_RENAMED = {"since": "since_ms", "ended": "ended_ms", "again": "again_ms", "low": "low_s", "high": "high_s"}


_SHORT = {long: short for short, long in (_SECONDS | _RENAMED).items()}


@dataclass(frozen=True, slots=True)
class Contact(Record):
    """One finished contact. outcome: handled, gone, message, timeout, closed, callback (the queue's ends); contained or left (the house alone had it);
    handed: it had, and no request came of it.

    waited_s: until a person had it, or it left the queue. low_s, high_s: what it was told of that when it came (0, 0: nothing).
    turns, questions, repeated: of the talk with the house; `repeated` were asked twice. csat: 1 to 5, 0 for none. again_ms: when the same customer came
    with the same topic within seven days after it; repeat: it is such a one itself.
    """

    id: str
    medium: str = "call"
    skill: str = ""
    language: str = ""
    topic: str = ""
    customer: str = ""
    request: str = ""
    operator: str = ""
    since_ms: int = 0
    ended_ms: int = 0
    waited_s: float = 0.0
    talked_s: float = 0.0
    held_s: float = 0.0
    wrap_s: float = 0.0
    outcome: str = ""
    offers: int = 0
    refusals: int = 0
    transfers: int = 0
    connected: int = 0
    reasons: tuple[Reason, ...] = ()
    code: str = ""
    turns: int = 0
    questions: int = 0
    repeated: int = 0
    csat: int = 0
    again_ms: int = 0
    repeat: bool = False
    low_s: float = 0.0
    high_s: float = 0.0


def _read(name: str, fields: Mapping[str, str]) -> Contact:
    values: dict[str, Any] = {"id": name}
    for key, value in fields.items():
        if key in _SECONDS:
            values[_SECONDS[key]] = int(value) / 1000
        elif key == "reasons":
            values[key] = json.loads(value)
        else:
            values[_RENAMED.get(key, key)] = value
    return Contact.unpack(values)


class Contacts:
    """Contact records in and out. Who reads them gets MemoryAway where Redis is away; who adds to them does not: the journal takes it."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, contact: str, ended_ms: int = 0, story: str = "", **fields: str | float) -> None:
        """Add to a record; with `ended_ms` it is finished, and in the reports of that day. Fields as in Contact, times in seconds.

        `matter` and `identity` are ways to find it, and not in the record. story: a line of its story, as JSON [kind, at_ms, data].
        Raises JournalFull.
        """
        words: list[str | int | float] = []
        for name, value in fields.items():
            words += [_SHORT.get(name, name), round(1000 * float(value)) if _SHORT.get(name) in _SECONDS else value]
        await self._store.keep(f"contact:{contact}", "routing.floor/contact", contact, ended_ms, story, *words)

    async def get(self, contact: str) -> Contact | None:
        found = await self._store.command("HGETALL", f"{P}c:{contact}")
        return _read(contact, found) if found else None

    async def between(self, from_ms: int, to_ms: int) -> tuple[Contact, ...]:
        """Those that ended from the one time on, before the other, in the order in which they did. Costs by how many they are."""
        found: list[Contact] = []
        for day in range(from_ms // DAY_MS, (to_ms - 1) // DAY_MS + 1):
            names = await self._store.command("ZRANGEBYSCORE", f"{P}day:{day}", from_ms, f"({to_ms}")
            for first in range(0, len(names), BATCH):
                some = names[first : first + BATCH]
                rows = await self._store.run("routing.floor/look", "contacts", *some)
                found += [
                    _read(name, dict(zip(flat[::2], flat[1::2], strict=True)))
                    for name, flat in zip(some, rows, strict=True)
                    if flat
                ]
        return tuple(found)

    async def sweep(self, before_ms: int) -> int:
        """Forget the days that ended before a time; how many contacts that were."""
        gone, cursor = 0, "0"
        while True:
            cursor, keys = await self._store.command("SCAN", cursor, "MATCH", f"{P}day:*", "COUNT", BATCH)
            for key in keys:
                if (int(key.rpartition(":")[2]) + 1) * DAY_MS <= before_ms:
                    names = await self._store.command("ZRANGE", key, 0, -1)
                    for first in range(0, len(names), BATCH):
                        await self._store.command("UNLINK", *(f"{P}c:{name}" for name in names[first : first + BATCH]))
                    await self._store.command("DEL", key)
                    gone += len(names)
            if str(cursor) == "0":
                return gone
