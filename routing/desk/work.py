"""What an operator does with what was given to him: answer, hold, transfer, keys, hang up, note, wrap up. Always his own only.

What needs the phone node is an order into its stream, once by the id that the page gave it; the node's facts come back as events.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any

from ivr.memory.errors import NotAnIdentity, Outrun
from ivr.memory.identity import Identity, phone
from ivr.memory.matter import LIVE as OPEN
from ivr.memory.matter import Matter, Status
from ivr.memory.memory import Memory
from ivr.memory.timeline import NOTE, Touch
from routing.desk.asking import Answer, Ask, BadAsk, Door
from routing.desk.drafts import FIELDS, TEXT, Drafts, of_mail
from routing.desk.gate import Visitor
from routing.desk.roles import Action
from routing.desk.settings import DeskSettings
from routing.desk.trail import Trail
from routing.floor.errors import WrongMove
from routing.floor.events import Nodes
from routing.floor.records import Assignment, Availability, Event, Medium, Operator, Order, Reason, Request
from routing.floor.ringing import ORDER_MS, send
from routing.floor.settings import RoutingSettings
from routing.floor.states import TALKING, State
from routing.floor.store import Claim, Floor

KEYS = re.compile(r"[0-9*#A-D]{1,32}")
ADDRESS = re.compile(r"(sips?:)?[A-Za-z0-9+*#._~!$&'()=;%-]{1,64}(@[A-Za-z0-9.:\[\]-]{1,128})?")
TELEPHONE = re.compile(r"(tel:)?\+[0-9 ().-]{3,40}|tel:.*")
NOTE_MOST = 4000
PAINTED_S = 1.5
PLAIN = ("hold", "unhold", "transfer_attended", "consult_end", "conference", "record_pause", "record_go_on")


def address(text: str) -> str:
    """Where a call may go, as it is dialled: a number as a tel URI (RFC 3966) in E.164, an address as it is. Raises BadAsk."""
    if TELEPHONE.fullmatch(text):
        try:
            return f"tel:{phone(text.removeprefix('tel:')).value}"
        except NotAnIdentity:
            raise BadAsk("number") from None
    if not ADDRESS.fullmatch(text):
        raise BadAsk("shape", "uri")
    return text


class Work:
    """The asks of an operator about his contacts."""

    def __init__(
        self, floor: Floor, nodes: Nodes, memory: Memory, drafts: Drafts, trail: Trail, settings: DeskSettings,
        routing: RoutingSettings, dossier: Callable[[Request], Awaitable[Mapping[str, Any]]],
    ) -> None:  # fmt: skip
        self.floor, self.nodes, self.memory, self.drafts = floor, nodes, memory, drafts
        self.trail, self.settings, self.routing, self.dossier = trail, settings, routing, dossier
        self._awaited: dict[str, asyncio.Event] = {}

    def doors(self) -> Mapping[str, Door]:
        """By name; each needs Action.WORK."""
        mine = {
            "answer": self._answer, "decline": self._decline, "take": self._take, "keys": self._keys, "hang_up": self._hang_up,
            "transfer": self._transfer, "consult": self._consult, "wrap_up": self._wrap_up, "note": self._note, "draft": self._draft,
            **dict.fromkeys(PLAIN, self._plain),
        }  # fmt: skip
        return {**{name: Door(Action.WORK, do) for name, do in mine.items()}, "status": Door(Action.SELF, self._status)}

    async def shown(self, visitor: Visitor, assignment: str) -> None:
        """His page has painted the pop: from now on it may ring. Raises WrongMove where that is no news."""
        mine, request = await self.own(visitor, assignment)
        looked = self.looked(visitor.person.id, request, "pop")
        if mine.state is not State.OFFERED:
            await looked
            return
        # At once: the caller waits for the ring. The look is in the trail whatever becomes of the others.
        moved, operator, _ = await asyncio.gather(self.floor.move(mine.id, "shown"), self.floor.operator(mine.operator), looked)
        self.memory.counts.popped(max(0, self.memory.now_ms() - mine.offered_ms) / 1000)
        if moved.medium is Medium.CALL and not moved.parent and operator is not None and operator.answer == "phone":
            await self._ring(moved, request, operator)

    async def own(self, visitor: Visitor, assignment: str) -> tuple[Assignment, Request]:
        """An assignment of this very operator, with its request. Raises BadAsk for every other: nobody learns which there are."""
        given = await self.floor.given(assignment)
        if given is None or given[0].operator != visitor.person.id:
            raise BadAsk("gone")
        return given

    # Taking

    async def _answer(self, visitor: Visitor, ask: Ask) -> None:
        mine, request = await self.own(visitor, ask.name("assignment"))
        if mine.state in TALKING:
            return  # another window of his was quicker
        if mine.medium is Medium.CALL:
            operator = await self.floor.operator(mine.operator)
            if operator is None or mine.state not in (State.OFFERED, State.SHOWN, State.RINGING):
                raise BadAsk("gone")
            if operator.answer != "desk":
                raise BadAsk("phone")  # his phone rings: it is answered there
            if mine.state is State.OFFERED:
                await self.floor.move(mine.id, "shown")
            await self._ring(mine, request, operator)
            return
        if mine.state is State.OFFERED:
            await self.floor.move(mine.id, "shown")
        await self.floor.move(mine.id, "connected")
        if mine.medium is Medium.CHAT:
            await self._order(request, f"{mine.id}-join", "chat.join", operator=mine.operator, name=visitor.person.name)

    async def _decline(self, visitor: Visitor, ask: Ask) -> None:
        mine, request = await self.own(visitor, ask.name("assignment"))
        if mine.medium is Medium.CALL:
            await self._order(request, f"{mine.id}-decline", "hang_up", who="operator", assignment=mine.id)
        await self.floor.move(mine.id, "refused", ask.one_of("why", "rejected", "busy", default="rejected"))

    async def _take(self, visitor: Visitor, ask: Ask) -> Answer:
        """Out of the list, by his own choice."""
        reason = Reason("picked", {"operator": visitor.person.name})
        request = await self.floor.request(ask.name("request"))
        if request is None:
            raise BadAsk("gone")
        [given] = await self.floor.claim_all([Claim(request, visitor.person.id, (reason,), await self.dossier(request))])
        if isinstance(given, str):
            raise BadAsk(given if given in ("busy", "away") else "gone")
        return {"assignment": given.id}

    async def _ring(self, mine: Assignment, request: Request, operator: Operator) -> None:
        if not await send(self.floor, self.nodes, mine, request, operator):
            await self.floor.move(mine.id, "refused", "unreachable")
            raise BadAsk("unreachable")

    # Talking

    async def _plain(self, visitor: Visitor, ask: Ask) -> None:
        mine, request = await self._talk(visitor, ask)
        await self._order(request, f"{mine.id}-{ask.what}-{ask.id}", ask.what, assignment=mine.id)

    async def _keys(self, visitor: Visitor, ask: Ask) -> None:
        digits = ask.text("digits", 32, needed=True)
        if not KEYS.fullmatch(digits):
            raise BadAsk("shape", "digits")
        mine, request = await self._talk(visitor, ask)
        await self._order(request, f"{mine.id}-keys-{ask.id}", "keys", assignment=mine.id, digits=digits)

    async def _hang_up(self, visitor: Visitor, ask: Ask) -> None:
        mine, request = await self._talk(visitor, ask)
        await self._order(request, f"{mine.id}-hang_up-{ask.id}", "hang_up", assignment=mine.id, who="caller")

    async def _transfer(self, visitor: Visitor, ask: Ask) -> Answer | None:
        """Blind: to a colleague, to an address that a rule allows (the node judges), or back into a queue by skill."""
        mine, request = await self._talk(visitor, ask)
        if skill := ask.name("skill", needed=False):
            if not await self._served(skill):
                raise BadAsk("shape", "skill")
            await self.floor.requeue(mine.id, skill=skill)
            return None
        return await self._hand(mine, request, ask, "transfer_blind", visitor.person.name)

    async def _served(self, skill: str) -> bool:
        """Whether there is such a skill: a caller is not parked where nobody comes."""
        if any(one.name == skill for one in self.floor.settings.skills):
            return True
        return any(skill in operator.skills for operator in await self.floor.operators())

    async def _consult(self, visitor: Visitor, ask: Ask) -> Answer:
        mine, request = await self._talk(visitor, ask)
        return await self._hand(mine, request, ask, "consult", visitor.person.name)

    async def _hand(self, mine: Assignment, request: Request, ask: Ask, kind: str, by: str) -> Answer:
        colleague = ask.name("operator", needed=False)
        if colleague:
            operator = await self.floor.operator(colleague)
            if operator is None or not operator.uri:
                raise BadAsk("unreachable")
            reason = Reason("consult" if kind == "consult" else "transfer", {"operator": by})
            second = await self.floor.hand(mine.id, colleague, (reason,), await self.dossier(request))
            if isinstance(second, str):
                raise BadAsk("busy" if second in ("busy", "away") else "gone")
            await self._painted(second.id)
            more = {"uri": operator.uri, "trunk": operator.trunk, "to": second.id}
        else:
            uri = address(ask.text("uri", 200, needed=True))
            if not self.routing.may_transfer(uri) and not await self._phone_of_one(uri):
                raise BadAsk("no_rule")
            more = {"uri": uri}
        await self._order(request, f"{mine.id}-{kind}-{ask.id}", kind, assignment=mine.id, **more)
        return {"to": more.get("to", "")}

    async def _phone_of_one(self, uri: str) -> bool:
        """Whether an operator's phone is there."""
        return any(one.active and one.uri.strip().casefold() == uri.casefold() for one in await self.floor.operators())

    async def _painted(self, assignment: str) -> None:
        """The colleague's page shows it before his phone rings; where he has none, the router says so soon."""
        shown = self._awaited.setdefault(assignment, asyncio.Event())
        try:
            second = await self.floor.assignment(assignment)
            if second is not None and second.state is State.OFFERED:
                async with asyncio.timeout(PAINTED_S):
                    await shown.wait()
        except TimeoutError:
            pass
        finally:
            self._awaited.pop(assignment, None)

    async def _talk(self, visitor: Visitor, ask: Ask) -> tuple[Assignment, Request]:
        mine, request = await self.own(visitor, ask.name("assignment"))
        if mine.state not in TALKING or mine.medium is not Medium.CALL:
            raise WrongMove(mine.state, ask.what)
        return mine, request

    async def _order(self, request: Request, id: str, kind: str, /, **data: Any) -> None:
        if not request.node:
            raise BadAsk("unreachable")
        await self.nodes.order(request.node, Order(id, kind, request.call, data, self.memory.now_ms() + ORDER_MS))

    # Writing

    async def _draft(self, visitor: Visitor, ask: Ask) -> None:
        mine, _ = await self.own(visitor, ask.name("assignment"))
        field = ask.one_of("field", *FIELDS)
        if field == TEXT and of_mail(mine) and mine.state not in TALKING:
            raise BadAsk("gone")  # a colleague may be writing it
        await self.drafts.keep(mine, field, ask.text("text"))

    async def _note(self, visitor: Visitor, ask: Ask) -> None:
        """Into the customer's timeline, for whoever works with him next."""
        mine, request = await self.own(visitor, ask.name("assignment"))
        text = ask.text("text", NOTE_MOST, needed=True)
        await self._write_note(visitor.person.id, visitor.person.name, request, f"{mine.id}-{ask.id}", text)

    async def _write_note(self, operator: str, called: str, request: Request, name: str, text: str, **data: Any) -> None:
        if not request.identity:
            return
        touch = Touch(
            Identity.from_address(request.identity), NOTE, "desk", name, self.memory.now_ms(), text, True, request.matter,
            request.customer, {"operator": operator, "name": called, **data},
        )  # fmt: skip
        await self.memory.touch(touch)
        await self.trail.noted(operator, "note", request.customer or request.matter)

    async def _wrap_up(self, visitor: Visitor, ask: Ask) -> None:
        """The end of it: what it was, a note, and whether the matter is closed. Nothing of it is lost where the page goes."""
        mine, request = await self.own(visitor, ask.name("assignment"))
        code, note = ask.name("code", needed=False), ask.text("note", NOTE_MOST)
        if code and code not in self.codes(request.skill):
            raise BadAsk("shape", "code")
        if self.settings.code_needed and not code:
            raise BadAsk("code")
        closing = ask.one_of("matter", "close", "open", default="open") == "close"
        if mine.state in TALKING and mine.medium is not Medium.CALL:
            if mine.medium is Medium.CHAT:
                leaving = "chat.end" if closing else "chat.leave"
                await self._order(request, f"{mine.id}-{leaving}", leaving)
        elif mine.state is not State.WRAP_UP:
            raise WrongMove(mine.state, "wrap_up")
        await self.floor.note(mine.id, code, note)
        if note:
            await self._write_note(visitor.person.id, visitor.person.name, request, mine.id, note, code=code)
        if closing and request.matter:
            await self._close(request.matter)
        await self.drafts.drop(mine.id)
        if of_mail(mine) and request.assignment == mine.id:
            await self.drafts.drop(mine.contact)
        await self.floor.move(mine.id, "done", code)

    async def noticed(self, event: Event) -> None:
        """For `Hub.watchers`: a wrap-up whose time was over before its operator pressed Done keeps what he had written by then."""
        found = event.data.get("assignment") if event.kind == "assignment.changed" else None
        if found and found.get("state") != State.OFFERED and (awaited := self._awaited.get(str(found.get("id")))) is not None:
            awaited.set()
        if not found or found.get("state") != State.DONE:
            return
        mine = Assignment.unpack(found)
        draft = (await self.drafts.of([mine])).get(mine.id, {})
        request = await self.floor.request(mine.request) if draft else None
        if request is None:
            return
        code, note = draft.get("code", mine.code), draft.get("note", "")
        if code or note:
            await self.floor.note(mine.id, code, note or mine.note)
        if note:
            operator = await self.floor.operator(mine.operator)
            await self._write_note(mine.operator, operator.name if operator else mine.operator, request, mine.id, note, code=code)
        await self.drafts.drop(mine.id)

    async def _close(self, name: str) -> None:
        matter: Matter | None = await self.memory.matters.load(name)
        for _ in range(3):
            if matter is None or matter.status not in OPEN:
                return
            try:
                await self.memory.matters.checkpoint(replace(matter, status=Status.CLOSED))
                return
            except Outrun as outrun:
                matter = outrun.matter

    def codes(self, skill: str) -> set[str]:
        """What a contact of this skill may be filed under: the skill's own codes, and the house's."""
        own = next((one.codes for one in self.routing.skills if one.name == skill), {})
        return set(own) | {one.id for one in self.settings.codes}

    # Himself

    async def _status(self, visitor: Visitor, ask: Ask) -> None:
        """Ready, pause with a reason, offline. In the moment of an offer: whichever the store had first; both stay right."""
        status = ask.one_of("status", Availability.READY, Availability.PAUSE, Availability.OFFLINE)
        reason = ask.text("reason", 40) if status == Availability.PAUSE else ""
        if status == Availability.READY and "operator" not in visitor.person.roles:
            raise BadAsk("role")
        await self.floor.set_status(visitor.person.id, Availability(status), reason)

    async def looked(self, operator: str, request: Request, how: str) -> None:
        """He sees the customer."""
        await self.trail.noted(operator, "look", request.customer or request.matter or request.id, how)
