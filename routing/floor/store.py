"""The floor in Redis: every change is one Lua script, which tells of it in the same breath (events.py reads what it tells).

    floor = Floor(store, epoch_ms)
    request = await floor.enter(Request(new_id(now), Medium.CALL, "delivery", "en"))
    [given] = await floor.claim_all([Claim(request.id, "anna", reasons)])
    await floor.move(given.id, Move.SHOWN)

All raise MemoryAway within the store's deadline; what changes something may be asked twice and is done once.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from ivr.memory.errors import Unfit
from ivr.memory.script import Argument
from routing.floor import states
from routing.floor.errors import WrongMove
from routing.floor.estimate import Figures, estimate
from routing.floor.records import (
    STALE_MS,
    Assignment,
    Availability,
    Medium,
    Operator,
    Place,
    Presence,
    Reason,
    Request,
    Step,
    new_id,
)
from routing.floor.settings import RoutingSettings
from routing.floor.states import Move, State

if TYPE_CHECKING:
    from ivr.memory.store import Store

P = "hotline:floor:"
TALK = f"{P}talk:"  # and a contact: what was said in it, line by line
DAY_MS = 86_400_000
MADE_MOST = 64  # dossiers that are held for a page of this process; it reads one a few milliseconds after it was made
WAIT_MOST_MS = DAY_MS  # a place is not held for longer, whoever waits
TRANSFERRED, TRANSFERRED_S = "transferred", 3600.0
ENCODER = json.JSONEncoder(ensure_ascii=False, separators=(",", ":"))
ENDINGS = frozenset({"gone", "callback", "message", "timeout", "handled", "closed"})


@dataclass(frozen=True, slots=True)
class Claim:
    """A request for an operator, and why. id: of the assignment that it becomes. dossier: what his page will show first, JSON values."""

    request: Request
    operator: str
    reasons: tuple[Reason, ...] = ()
    dossier: Mapping[str, Any] | None = field(default=None, repr=False)
    id: str = ""


class Floor:
    """Operators, requests, assignments: in and out. Reading events and orders: `events`; contact records: `reports`."""

    def __init__(self, store: Store, now_ms: Callable[[], int], settings: RoutingSettings | None = None) -> None:
        self.store, self.now_ms, self.settings = store, now_ms, settings or RoutingSettings()
        self._made: dict[str, str] = {}  # dossiers that this process has just put together, by assignment

    async def _run(self, name: str, *args: Argument) -> Any:
        return await self.store.run(f"routing.floor/{name}", *args)

    # Operators

    async def operators(self) -> tuple[Operator, ...]:
        """By id."""
        found = await self.store.command("HVALS", f"{P}operators")
        return tuple(sorted(map(Operator.unpack, found), key=lambda one: one.id))

    async def operator(self, name: str) -> Operator | None:
        found = await self.store.command("HGET", f"{P}operators", name)
        return Operator.unpack(found) if found else None

    async def keep_operator(self, operator: Operator) -> None:
        """Make or change one; he stays as he stands (a new one is offline)."""
        capacity, beside = operator.capacity, operator.beside_call
        counts = [capacity.get(medium, 0) for medium in Medium] + [beside.get(m, 0) for m in (Medium.CHAT, Medium.MAIL)]
        await self._run("operator", operator.id, self.now_ms(), operator.pack(), int(operator.active), *counts)

    async def remove_operator(self, name: str) -> bool:
        """False where there is none. Raises Unfit where he has something in hand."""
        answer = await self._run("operator", name, self.now_ms(), "")
        if answer == "busy":
            raise Unfit("this operator has something in hand; set him inactive, or wait")
        return bool(answer)

    async def presences(self) -> tuple[Presence, ...]:
        return tuple(map(Presence.unpack, await self._run("look", "presences")))

    async def presence(self, name: str) -> Presence | None:
        found = await self._run("look", "presences", name)
        return Presence.unpack(found[0]) if found else None

    async def set_status(self, name: str, status: Availability, reason: str = "") -> Presence:
        """Raises Unfit for an unknown operator. Who turns ready is the last of the idle ones."""
        return self._known(await self._run("status", name, self.now_ms(), Availability(status).value, reason))

    async def beat(self, name: str) -> Presence:
        """His page is alive; every 5 s or so. Raises Unfit for an unknown operator."""
        return self._known(await self._run("status", name, self.now_ms(), "", STALE_MS))

    def _known(self, found: str | None) -> Presence:
        if not found:
            raise Unfit("there is no such operator")
        return Presence.unpack(found)

    # Requests

    async def enter(self, request: Request) -> Request:
        """Somebody begins to wait; once by its id. Where a place is kept for him (customer, identity, matter), he has its time back.

        Without a preferred operator, it is the last one who worked on this matter, for preferred_s.
        """
        now = self.now_ms()
        if request.matter and not request.preferred:
            known = await self.store.command("GET", f"{P}w:{request.matter}")
            request = replace(
                request, preferred=known or "", preferred_until_ms=now + round(1000 * self.settings.preferred_s) if known else 0
            )
        keys = [
            f"{kind}:{value}"
            for kind, value in (("c", request.customer), ("i", request.identity), ("m", request.matter))
            if value
        ]
        answer = await self._run(
            "enter", request.id, now, _open(request), request.medium.value, request.skill, request.language, self.settings.boost_ms(request),
            request.since_ms or now, request.contact, request.customer, request.topic, WAIT_MOST_MS, request.matter, *keys,
        )  # fmt: skip
        return Request.unpack(answer)

    async def leave(self, request_id: str, why: str) -> bool:
        """Somebody waits no longer; False where this is known to nobody. why: one of ENDINGS; "gone" keeps his place for a while.

        If an operator has him already, this ends that: not yet connected, it is refused (caller_gone); connected, it is wrapped up.
        """
        if why not in ENDINGS:
            raise Unfit(f"nobody leaves the queue as {why!r}; there are {', '.join(sorted(ENDINGS))}")
        answer = await self._run("leave", request_id, self.now_ms(), why, self._keep_ms())
        if answer[0] == "with":
            state = State(answer[2])
            if state in states.TALKING:
                await self.move(answer[1], Move.WRAP_UP, why)
            elif (state, Move.REFUSED) in states.TABLE:
                await self._move(answer[1], Move.REFUSED, "caller_gone", leaves=True)
        return bool(answer[0] != "unknown")

    async def change(self, request_id: str, **fields: Any) -> Request | None:
        """Tell a request anew (callback, summary, topic, skill, ...), where it stands; None where it is over."""
        before = await self.request(request_id)
        if before is None:
            return None
        after = replace(before, **fields)
        answer = await self._run(
            "change", request_id, self.now_ms(), _open(after), after.skill, after.language, self.settings.boost_ms(after), after.customer, after.topic
        )  # fmt: skip
        return Request.unpack(answer) if answer else None

    async def request(self, request_id: str) -> Request | None:
        found = await self._run("look", "requests", request_id)
        return Request.unpack(found[0]) if found else None

    async def place(self, request_id: str) -> Place:
        """Where it stands in its queue, and for how long yet. What is told first is kept: reports hold it against what came true."""
        found, now = await self._run("look", "place", request_id), self.now_ms()
        if not found:
            return Place(0, 0)
        ahead, figures, known, skill = int(found[0]), Figures.unpack(found[1]) if found[1] else None, found[2], found[3]
        guess = estimate(ahead, figures, now)
        if guess is not None and not known:
            await self.store.command("HSET", f"{P}r:{request_id}", "low", guess.low_s, "high", guess.high_s)
        return Place(ahead + 1, ahead, guess, self.settings.hours_of(skill).is_open(now))

    async def waiting(self) -> tuple[Request, ...]:
        """In the order in which they are served, other things being equal."""
        return tuple(map(Request.unpack, await self._run("look", "waiting")))

    async def with_people(self) -> tuple[Request, ...]:
        """Those that are offered to an operator, or with one."""
        return tuple(map(Request.unpack, await self._run("look", "with")))

    # Assignments

    async def claim(self, request: Request, operator: str, reasons: Sequence[Reason] = ()) -> Assignment | None:
        """One pair; None where somebody was quicker."""
        answer = (await self.claim_all([Claim(request, operator, tuple(reasons))]))[0]
        return answer if isinstance(answer, Assignment) else None

    async def claim_all(self, claims: Iterable[Claim]) -> list[Assignment | str]:
        """Several pairs in one round trip, each for itself: the assignment, or why it is none: "gone", "busy", "away", "unknown"."""
        now, made = self.now_ms(), list[Assignment]()
        words: list[Argument] = []
        for claim in claims:
            one = Assignment(
                claim.id or new_id(now), claim.request.id, claim.operator, claim.request.medium, since_ms=now, offered_ms=now, reasons=claim.reasons,
                history=(Step(State.OFFERED, now),), contact=claim.request.contact, skill=claim.request.skill,
            )  # fmt: skip
            made.append(one)
            words += [one.request, one.operator, one.id, _open(one), self._dossier(one.id, claim.dossier), DAY_MS]
        if not made:
            return []
        answers = await self._run("claim", now, *words)
        for one, answer in zip(made, answers, strict=True):
            if answer != 1:
                self._made.pop(one.id, None)
        return [one if answer == 1 else str(answer) for one, answer in zip(made, answers, strict=True)]

    async def hand(
        self, parent: str, operator: str, reasons: Sequence[Reason] = (), dossier: Mapping[str, Any] | None = None
    ) -> Assignment | str:
        """A talk is offered to one more operator too (consult, transfer): a second assignment of the same request, or why not."""
        now, before = self.now_ms(), await self.assignment(parent)
        if before is None:
            return "unknown"
        one = replace(
            before, id=new_id(now), operator=operator, state=State.OFFERED, since_ms=now, offered_ms=now, reasons=tuple(reasons),
            history=(Step(State.OFFERED, now),), parent=parent, code="", note="",
        )  # fmt: skip
        answer = await self._run("hand", now, parent, operator, one.id, _open(one), self._dossier(one.id, dossier), DAY_MS)
        if answer == 1:
            return one
        self._made.pop(one.id, None)
        return str(answer)

    async def requeue(self, assignment_id: str, why: str = TRANSFERRED, **fields: Any) -> Assignment:
        """A talk goes back to wait (transfer to a skill, a phone that is lost): its operator wraps up, the caller keeps his time.

        Who transferred him is not asked again for an hour, who was cut off for a while; a call back that failed may be his again. Raises WrongMove, Unfit.
        """
        one = await self.assignment(assignment_id)
        request = await self.request(one.request) if one else None
        if request is None:
            raise Unfit("there is no such assignment")
        after = replace(request, preferred="", preferred_until_ms=0, **fields)
        refused_s = TRANSFERRED_S if why == TRANSFERRED else 0.0 if after.callback else self.settings.refused_s
        answer = await self._run(
            "requeue", assignment_id, self.now_ms(), _open(after), after.skill, after.language, self.settings.boost_ms(after), why,
            round(1000 * refused_s),
        )  # fmt: skip
        return self._moved(answer, Move.WRAP_UP)

    async def move(self, assignment_id: str, move: Move | str, why: str = "") -> Assignment:
        """By the table of states; where it is there already, nothing happens. Raises WrongMove, Unfit.

        `refused` puts the request back in its place (unless why is "caller_gone": then it leaves, if no callback was promised);
        `wrap_up` and `done` end the talk.
        """
        return await self._move(assignment_id, Move(move), why)

    async def _move(self, assignment_id: str, wanted: Move, why: str, *, leaves: bool = False) -> Assignment:
        """leaves: the request does so for good, a promise or not."""
        answer = await self._run(
            "move", assignment_id, states.target(wanted).value, self.now_ms(), why, round(1000 * self.settings.refused_s), self._keep_ms(),
            self.settings.away_after, max(1, round(DAY_MS * self.settings.preferred_days)), int(leaves), *states.froms(wanted),
        )  # fmt: skip
        return self._moved(answer, wanted)

    async def note(self, assignment_id: str, code: str = "", note: str = "") -> Assignment:
        """What the operator says of it, before, in or after wrap-up. Raises Unfit."""
        answer = await self._run("note", assignment_id, self.now_ms(), code, note)
        return self._moved(["ok", answer] if answer else ["unknown"], Move.DONE)

    async def assignment(self, assignment_id: str) -> Assignment | None:
        found = await self._run("look", "assignments", assignment_id)
        return Assignment.unpack(found[0]) if found else None

    async def given(self, assignment_id: str) -> tuple[Assignment, Request] | None:
        """An assignment with its request, in one round trip; None where either is not there."""
        found = await self._run("look", "given", assignment_id)
        return (Assignment.unpack(found[0]), Request.unpack(found[1])) if len(found) == 2 else None

    async def assignments(self, operator: str = "") -> tuple[Assignment, ...]:
        """Live ones, of an operator or of all, oldest first."""
        found = map(Assignment.unpack, await self._run("look", "live", *([operator] if operator else [])))
        return tuple(sorted(found, key=lambda one: one.id))

    async def dossier(self, assignment_id: str) -> str | None:
        """What was put together for the operator's page, as JSON; there as long as the assignment is live.

        The first who asks for one that was made in this process gets it as it was made, without asking Redis.
        """
        made = self._made.pop(assignment_id, None)
        return made or await self.store.command("GET", f"{P}d:{assignment_id}")

    def _dossier(self, assignment_id: str, dossier: Mapping[str, Any] | None) -> str:
        """As JSON, and as Redis will give it: half a surrogate pair is no UTF-8. Before the claim, whose event may be here before its answer."""
        if not dossier:
            return ""
        text = ENCODER.encode(dossier).encode(errors="replace").decode()
        if len(self._made) >= MADE_MOST:
            del self._made[next(iter(self._made))]
        self._made[assignment_id] = text
        return text

    def _moved(self, answer: Sequence[Any], move: Move) -> Assignment:
        match answer[0]:
            case "unknown":
                raise Unfit("there is no such assignment")
            case "wrong":
                raise WrongMove(answer[1], move)
        return Assignment.unpack(answer[1])

    def _keep_ms(self) -> int:
        return round(1000 * self.settings.keep_place_s)


# What a script writes itself, and so is not in the JSON that it is given.
_REQUEST = {"since_ms", "refused", "state", "assignment"}
_ASSIGNMENT = {"state", "since_ms", "history", "code", "note"}


def _open(record: Request | Assignment) -> str:
    """A record as JSON without its end, to which the script adds what it alone knows."""
    return record.pack(without=_REQUEST if isinstance(record, Request) else _ASSIGNMENT)[:-1]
