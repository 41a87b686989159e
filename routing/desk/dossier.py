"""The dossier: everything that an operator's screen shows of one request, in one message, as plain JSON values.

All questions to the memory are asked at once, under one deadline; what is not there in time is left out, and the dossier says so
(`plain`). What it holds was said and written by strangers: text, and nothing but text, wherever it is shown.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self, TypeVar

from ivr.channels.chat.shelf import Shelf
from ivr.memory.customer import Customer
from ivr.memory.errors import NotAnIdentity
from ivr.memory.identity import STRONG, Identity
from ivr.memory.lookup import Case, Who
from ivr.memory.matter import Matter
from ivr.memory.memory import Memory
from ivr.memory.timeline import NOTE, Touch
from routing.desk.labels import Labels
from routing.floor.records import Medium, Request
from routing.floor.story import call_facts, talk_lines

log = logging.getLogger(__name__)
DEADLINE_S = 0.100
TOUCHES, NOTES = 40, 10
TEXT_MOST, TALK_MOST = 2000, 400
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Sources:
    """Where a dossier comes from. letter: a mail by its digest, as routing.desk.mails keeps it; draft: what is begun of its answer."""

    memory: Memory
    labels: Labels
    shelf: Shelf
    letter: Callable[[str], Awaitable[Mapping[str, Any] | None]]
    draft: Callable[[str], Awaitable[str]]
    deadline_s: float = DEADLINE_S


async def dossier(request: Request, sources: Sources) -> dict[str, Any]:
    """Of one request; never raises, never later than `deadline_s`."""
    identity = _identity(request.identity)
    known = identity or request.matter or request.customer
    async with Asked(sources.deadline_s) as asked:
        case = asked(sources.memory.case(identity, request.matter, request.customer, TOUCHES)) if known else None
        talk = asked(_talk(request, sources)) if request.call else None
    return _whole(request, asked.late, sources.labels, _of(case) or Case(), _of(talk) or {})


class Asked:
    """Several questions at once, under one deadline; one that failed or is late has no answer. late: whether there is such a one."""

    def __init__(self, deadline_s: float) -> None:
        self.deadline_s, self.late = deadline_s, False
        self._tasks: list[asyncio.Task[Any]] = []

    def __call__(self, job: Coroutine[Any, Any, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(job)
        self._tasks.append(task)
        return task

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._tasks:
            await asyncio.wait(self._tasks, timeout=self.deadline_s)
        for task in self._tasks:
            if not task.done():
                task.cancel()
                self.late = True
            elif task.exception() is not None:
                log.info("a dossier is plain: %s", type(task.exception()).__name__)
                self.late = True


def _of(task: asyncio.Task[T] | None) -> T | None:
    return task.result() if task is not None and task.done() and not task.cancelled() and task.exception() is None else None


def _whole(request: Request, plain: bool, labels: Labels, case: Case, talk: Mapping[str, Any]) -> dict[str, Any]:
    who, matter = case.who, case.matter
    touches = _once((*(who.touches if who else ()), *case.thread))
    return {
        "request": public(request) | {"summary": dict(request.summary), "identity": shown(request.identity), "customer": request.customer},
        "plain": plain,
        "customer": _customer(who, case.customer),
        "matter": _matter(matter or _newest(who, request), labels),
        "matters": [_brief(one, labels) for one in (who.matters if who else ()) if one.id != request.matter],
        "touches": [_touch(one) for one in touches if one.kind != NOTE][-TOUCHES:],
        "notes": [_touch(one) for one in touches if one.kind == NOTE][-NOTES:],
        "talk": dict(talk),
    }  # fmt: skip


def _once(touches: Iterable[Touch]) -> list[Touch]:
    """Each by its source and id, in the order of time."""
    return sorted({(one.source, one.source_id): one for one in touches}.values(), key=lambda one: one.at_ms)


def public(request: Request) -> dict[str, Any]:
    """What everybody on the floor may see of a request: nothing by which somebody is known."""
    return {
        "id": request.id, "medium": str(request.medium), "skill": request.skill, "language": request.language,
        "priority": request.priority, "vip": request.vip, "since_ms": request.since_ms, "preferred": request.preferred,
        "topic": request.topic, "why": request.why, "call": request.call, "state": request.state, "node": request.node,
        "matter": request.matter, "callback": request.callback is not None,
    }  # fmt: skip


def shown(address: str) -> dict[str, str]:
    """An identity for the screen: its kind and its value."""
    identity = _identity(address)
    return {"kind": identity.kind.name.lower(), "value": identity.value} if identity else {}


def _identity(address: str) -> Identity | None:
    try:
        return Identity.from_address(address) if address else None
    except NotAnIdentity:
        return None


def _newest(who: Who | None, request: Request) -> Matter | None:
    """Without a matter of its own: the one that was changed last."""
    return who.matters[0] if who and who.matters and not request.matter else None


async def _talk(request: Request, sources: Sources) -> dict[str, Any]:
    """What was said in this contact up to now; facts: what the phone told of a call."""
    match request.medium:
        case Medium.CHAT:
            chat = await sources.shelf.get(request.call)
            return {"lines": [entry.packed() for entry in chat.entries], "language": chat.language} if chat else {}
        case Medium.MAIL:
            letter = await sources.letter(request.call)
            return {"letter": dict(letter), "draft": await sources.draft(request.call)} if letter else {}
    store = sources.memory.store
    lines, facts = await asyncio.gather(talk_lines(store, request.call, TALK_MOST), call_facts(store, request.call))
    return {"lines": lines, "facts": facts}


def _customer(who: Who | None, known: Customer | None) -> dict[str, Any]:
    """Who it is, and how sure that is: 0 to 100 percent, with the proofs; others that it may be."""
    candidates = who.candidates if who else ()
    sure = known or (who.customer if who else None)
    if sure is None:
        return {"candidates": [_candidate(one) for one in candidates]} if candidates else {}
    match = next((one for one in candidates if one.customer.id in sure.ids or sure.id in one.customer.ids), None)
    return {
        "id": sure.id, "name": sure.name, "language": sure.language,
        "facts": {name: value for name, value in sure.facts.items() if name not in ("name", "language")},
        "percent": round(100 * match.confidence) if match else None, "proofs": list(match.proofs) if match else [],
        "strong": match is not None and match.confidence >= STRONG, "proved": known is not None and match is None,
        "identities": [
            {"kind": one.kind.name.lower(), "value": one.value, "percent": round(100 * percent)}
            for one, percent in sorted(sure.identities.items(), key=lambda item: -item[1])
        ],
        "consents": [
            {"channel": word.channel, "purpose": str(word.purpose), "allowed": word.allowed, "at": word.at_ms, "by": word.by}
            for word in sorted(sure.words, key=lambda word: -word.at_ms)
        ],
        "since": sure.created_ms, "candidates": [_candidate(one) for one in candidates if one is not match],
    }  # fmt: skip


def _candidate(one: Any) -> dict[str, Any]:
    return {
        "id": one.customer.id, "name": one.customer.name, "percent": round(100 * one.confidence), "proofs": list(one.proofs),
    }  # fmt: skip


def _brief(matter: Matter, labels: Labels) -> dict[str, Any]:
    return {
        "id": matter.id, "topic": labels.topic(matter), "status": str(matter.status), "channel": matter.channel,
        "created": matter.created_ms, "updated": matter.updated_ms, "step": labels.stands(matter),
    }  # fmt: skip


def _matter(matter: Matter | None, labels: Labels) -> dict[str, Any]:
    """A matter with its ledger: what was asked already, whatever the channel, so that nobody asks again.

    earlier: the dialogue has done with it, as with the order that was booked just now; whoever takes over may still need it.
    """
    if matter is None:
        return {}
    ledger: dict[str, dict[str, Any]] = {}
    for line in matter.ledger:
        if line.late or labels.confirms(line.slot):
            continue
        if line.value is None:
            if line.slot in ledger:
                ledger[line.slot]["earlier"] = True
            continue
        ledger.pop(line.slot, None)
        ledger[line.slot] = {
            "slot": line.slot, "label": labels.slot(line.slot), "value": labels.value(line.slot, line.value, line.step),
            "at": line.at_ms, "channel": line.channel, "by": line.by, "sure": round(100 * line.sure), "earlier": False,
        }  # fmt: skip
    facts = matter.state.get("facts")
    return _brief(matter, labels) | {
        "ledger": list(ledger.values()),
        "facts": _facts(facts if isinstance(facts, Sequence) else (), labels),
        "expires": matter.expires_ms,
    }


def _facts(facts: Sequence[Any], labels: Labels) -> list[dict[str, Any]]:
    """What connectors told: {name, value, when_ms, origin} of the dialogue's state."""
    return [
        {"name": str(one.get("name", "")), "label": labels.slot(str(one.get("name", ""))), "value": labels.value(str(one.get("name", "")), one.get("value")),
         "at": one.get("when_ms", 0), "origin": one.get("origin", "")}
        for one in facts if isinstance(one, Mapping) and one.get("origin") != "context" and one.get("value") not in (None, "")
    ]  # fmt: skip


def _touch(touch: Touch) -> dict[str, Any]:
    return {
        "at": touch.at_ms, "kind": touch.kind, "source": touch.source, "id": touch.source_id, "text": touch.text[:TEXT_MOST],
        "ours": touch.ours, "matter": touch.matter, "data": dict(touch.data), "by": touch.identity.kind.name.lower(),
    }  # fmt: skip
