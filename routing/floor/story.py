"""The whole story of a contact, out of the store alone: who it was and how sure, what was said and understood, who was offered it and why, times.

told = await Stories(memory, settings).of("last")       # or a call's id, its Call-ID, a chat id, a matter's id, a contact's
for line in told.lines: ...
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.memory.errors import NotAnIdentity
from ivr.memory.identity import Identity
from ivr.memory.lookup import Who
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from routing.floor.contacts import Contact, Contacts
from routing.floor.records import Assignment, Reason, Request
from routing.floor.settings import RoutingSettings
from routing.floor.states import State
from routing.floor.store import TALK, Floor, P

FACTS_MOST = 200


async def rows(store: Store, key: str, most: int = 0) -> list[Any]:
    """The values of a list, the last so many, or all. Raises MemoryAway."""
    return [json.loads(row) for row in await store.command("LRANGE", key, -most, -1)]


async def talk_lines(store: Store, contact: str, most: int = 0) -> list[dict[str, Any]]:
    """What was said in a contact, each line once, in the order in which it was said: some are written later. Raises MemoryAway."""
    found = {line["n"]: line for line in await rows(store, f"{TALK}{contact}", most)}
    return sorted(found.values(), key=lambda line: int(line["at_ms"]))


async def call_facts(store: Store, contact: str) -> list[Mapping[str, Any]]:
    """What the phone told of a call, in its order: recorded, held, somebody asked. Raises MemoryAway."""
    return [data for kind, _, data in await rows(store, f"{P}log:{contact}", FACTS_MOST) if kind == "call.fact"]


def by_call_id(call_id: str) -> str:
    """The key under which the call with this Call-ID stands. What a stranger made up, however long it is, is no key of ours: its hash is."""
    return f"{P}sip:{hashlib.sha256(call_id.encode()).hexdigest()[:40]}"


@dataclass(frozen=True, slots=True)
class Line:
    """One thing that happened. what: known, house, caller, operator, understood, waits, offered, refused, moved, left, fact. detail: its figures, plain JSON values."""

    at_ms: int
    what: str
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)


@dataclass(frozen=True, slots=True)
class Story:
    """Of one contact, in the order of time."""

    contact: str
    record: Contact | None = None
    lines: tuple[Line, ...] = ()
    names: Mapping[str, str] = field(default_factory=dict)

    def values(self) -> dict[str, Any]:
        """As plain JSON values."""
        lines = [{"at_ms": line.at_ms, "what": line.what, **line.detail} for line in self.lines]
        return {"contact": self.contact, "record": self.record.values() if self.record else None, "lines": lines}


class Stories:
    """Stories out of the store. All raise MemoryAway."""

    def __init__(self, memory: Memory, settings: RoutingSettings) -> None:
        self.memory, self.settings = memory, settings
        self.floor = Floor(memory.store, memory.now_ms, settings)
        self.contacts = Contacts(memory.store)

    async def of(self, name: str) -> Story | None:
        """By a contact's id (call, chat), a Call-ID, a matter's id, a request's, or "last"; None for one of which nothing is known."""
        contact = await self._contact(name)
        if not contact:
            return None
        store = self.memory.store
        log, talk = await rows(store, f"{P}log:{contact}"), await talk_lines(store, contact)
        names = {operator.id: operator.name for operator in await self.floor.operators()}
        who = await self._who(log)
        lines = [*_said(talk), *_events(log)]
        if who is not None:
            lines.append(_known(who, log, min((line.at_ms for line in lines), default=0)))
        # Python sorts stably: what happened in one millisecond stays as it was written, the identity first.
        order = {"known": 0}
        lines.sort(key=lambda line: (line.at_ms, order.get(line.what, 1)))
        return Story(contact, await self.contacts.get(contact), tuple(lines), names)

    async def _contact(self, name: str) -> str:
        ask = self.memory.store.command
        if name == "last":
            return await ask("GET", f"{P}latest") or ""
        if await self._known_of(name):
            return name
        if (called := await ask("GET", by_call_id(name))) and await self._known_of(called):
            return str(called)
        return await ask("GET", f"{P}m:{name}") or await ask("HGET", f"{P}r:{name}", "contact") or ""

    async def _known_of(self, contact: str) -> bool:
        return bool(await self.memory.store.command("EXISTS", f"{P}log:{contact}", f"{P}c:{contact}", f"{TALK}{contact}"))

    async def _who(self, log: list[Any]) -> Who | None:
        address = next((found for _, _, data in log if (found := _address(data))), "")
        try:
            return await self.memory.who(Identity.from_address(address), touches=0) if address else None
        except NotAnIdentity:
            return None


def _address(data: Mapping[str, Any]) -> str:
    return str(data.get("identity") or (data.get("request") or {}).get("identity") or "")


def _known(who: Who, log: list[Any], at_ms: int) -> Line:
    """Who it is, as the memory knows him now, and how sure the call itself was."""
    ended: Mapping[str, Any] = next((data for kind, _, data in log if kind == "talk.ended"), {})
    found = [
        {"customer": one.customer.id, "name": one.customer.name, "confidence": one.confidence, "proofs": list(one.proofs)} for one in who.candidates
    ]  # fmt: skip
    begun_ms = int(ended.get("begun_ms") or at_ms)
    detail = {
        "identity": str(who.identity),
        "candidates": found,
        "confidence": ended.get("confidence", ""),
        "lookup_ms": ended.get("lookup_ms", -1),
    }
    return Line(begun_ms, "known", detail)


def _said(talk: list[Any]) -> Iterator[Line]:
    """What was said, line by line, with what the ears were worth."""
    for line in talk:
        detail = {name: line[name] for name in ("text", "score", "engine", "language", "keys") if name in line}
        yield Line(int(line["at_ms"]), str(line["who"]), detail)


def _events(log: list[Any]) -> Iterator[Line]:
    known: set[tuple[str, int]] = set()
    for kind, at_ms, data in log:
        match kind:
            case "request.waiting":
                request = Request.unpack(data["request"])
                yield Line(at_ms, "waits", {"skill": request.skill, "language": request.language, "priority": request.priority, "vip": request.vip, "why": request.why, "waited_s": (at_ms - request.since_ms) / 1000})  # fmt: skip
            case "assignment.changed":
                yield from _assigned(Assignment.unpack(data["assignment"]), known)
            case "request.left":
                yield Line(at_ms, "left", {"why": data["why"]})
            case "talk.ended":
                yield from (
                    Line(int(one["at_ms"] or at_ms), "understood", {k: v for k, v in one.items() if k != "at_ms"})
                    for one in data["understood"]
                )
                yield Line(at_ms, "ended", {"ending": data["ending"], "outcome": data["outcome"]})
            case "call.fact":
                yield Line(at_ms, "fact", {"fact": data.get("fact", ""), "status": data.get("status", 0)})


def _assigned(one: Assignment, known: set[tuple[str, int]]) -> Iterator[Line]:
    """The steps of an assignment that were not told yet: every event has its whole history."""
    for number, step in enumerate(one.history):
        if (one.id, number) in known:
            continue
        known.add((one.id, number))
        if step.state is State.OFFERED:
            yield Line(
                step.at_ms,
                "offered",
                {"operator": one.operator, "reasons": [reason.values() for reason in one.reasons], "parent": bool(one.parent)},
            )
        elif step.state is State.REFUSED:
            yield Line(step.at_ms, "refused", {"operator": one.operator, "why": step.why})
        else:
            yield Line(step.at_ms, "moved", {"operator": one.operator, "state": step.state.value, "why": step.why})


def reasons_of(line: Line) -> tuple[Reason, ...]:
    """Of an offer."""
    return tuple(Reason.unpack(reason) for reason in line.detail.get("reasons", ()))
