"""From the floor's stream to the windows of this process: every event once, in its order, to those who may see it.

The last events are held here, so that a page that lost its line for some seconds goes on exactly where it stopped; one that was
away for longer gets the floor as it is now, and what happened since that was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Any, Protocol

from ivr.channels.tasks import ended
from ivr.deeds import place
from ivr.memory.errors import MemoryAway
from routing.desk.gate import Visitor
from routing.desk.roles import Action, may
from routing.floor.errors import Missed
from routing.floor.events import Events
from routing.floor.records import Assignment, Event, Operator
from routing.floor.states import LIVE, State
from routing.floor.store import Floor

log = logging.getLogger(__name__)
HELD_MOST = 5000
AGAIN_S = 0.5
DOSSIER_S = 0.1
LINES = {"transcript.line", "chat.line", "call.fact", "chat.typing"}
REQUESTS = {"request.waiting", "request.changed", "request.left"}


class Page(Protocol):
    """One open window of somebody, as the hub sees it."""

    visitor: Visitor
    listening: set[str]

    def send(self, data: Mapping[str, Any]) -> None:
        """Show this soon; never waits."""

    def end(self, code: int, why: str) -> None:
        """Close it."""


class Hub:
    """`start`, `close`. watchers: called with every event before the windows see it."""

    def __init__(
        self, floor: Floor, events: Events, person: Callable[[str], Awaitable[Operator | None]], why: Callable[[Assignment], Any]
    ) -> None:
        self.floor, self.events, self.person, self.why = floor, events, person, why
        self.pages: set[Page] = set()
        self.mine: dict[str, dict[str, str]] = {}  # operator -> his live assignments -> their contacts
        self.at = ""
        self.watchers: list[Callable[[Event], Awaitable[None]]] = []
        self._held: deque[Event] = deque(maxlen=HELD_MOST)
        self._first = ""  # everything after this one is held
        self._reader: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Begin behind the last event there is; where the memory is away, as soon as it is back."""
        with contextlib.suppress(MemoryAway):
            await self._anew()
        self._reader = asyncio.create_task(self._read(), name="events of the floor")

    async def close(self) -> None:
        await ended([self._reader])

    def since(self, after: str) -> list[Event] | None:
        """All events after this one, in their order; None where that is not known any more."""
        if after == self._first:
            return list(self._held)
        at = next((n for n, event in enumerate(self._held) if event.id == after), None)
        return None if at is None else list(self._held)[at + 1 :]

    def resumes(self, page: Page, after: str) -> bool:
        """Whether what it missed can be told event by event. Who was offered something while he had no window needs its dossier, too."""
        missed, name = self.since(after), page.visitor.person.id
        offers = [
            event.data["assignment"]
            for event in missed or ()
            if event.kind == "assignment.changed" and "dossier" not in event.data
        ]
        return missed is not None and not any(one["operator"] == name and one["state"] == State.OFFERED for one in offers)

    def enter(self, page: Page, after: str) -> bool:
        """From now on this page sees what happens, beginning behind `after`. False: too long ago, nothing was done."""
        missed = self.since(after)
        if missed is None:
            return False
        for event in missed:
            self._show(page, event)
        self.pages.add(page)
        return True

    def leave(self, page: Page) -> None:
        self.pages.discard(page)

    def of(self, operator: str) -> list[Page]:
        """The windows of somebody, in this process."""
        return [page for page in self.pages if page.visitor.person.id == operator]

    # Inside

    async def _anew(self) -> None:
        self.at = self._first = await self.events.last()
        self._held.clear()
        mine: dict[str, dict[str, str]] = {}
        for one in await self.floor.assignments():
            if one.state in LIVE:
                mine.setdefault(one.operator, {})[one.id] = one.contact
        self.mine = mine

    async def _read(self) -> None:
        while True:
            try:
                if not self.at:
                    await self._anew()
                async for event in self.events.after(self.at):
                    await self._take(event)
            except Missed:
                # This process was held up for very long: every page loads the floor anew.
                with contextlib.suppress(MemoryAway):
                    await self._anew()
                    for page in list(self.pages):
                        page.end(1012, "missed")
            except MemoryAway:
                await asyncio.sleep(AGAIN_S)
            except Exception as error:
                log.error("the events of the floor cannot be read: %s", place(error))
                await asyncio.sleep(AGAIN_S)

    async def _take(self, event: Event) -> None:
        self.at = event.id
        if len(self._held) == HELD_MOST:
            self._first = self._held[0].id
        if event.kind == "assignment.changed":
            self._keep(event.data.get("assignment", {}))
            event = await self._whole(event)
        self._held.append(event)
        if event.kind == "operator.changed":
            await self._renew(str((event.data.get("operator") or {}).get("id") or event.data.get("removed", "")))
        for watcher in self.watchers:
            try:
                await watcher(event)
            except Exception as error:
                log.error("an event of the floor met a fault: %s", place(error))
        for page in list(self.pages):
            self._show(page, event)

    async def _whole(self, event: Event) -> Event:
        """An offer to somebody who has a window here goes to it with its dossier, as one message: the pop."""
        assignment = event.data.get("assignment", {})
        if assignment.get("state") != State.OFFERED or not self.of(str(assignment.get("operator"))):
            return event
        dossier: Mapping[str, Any] | None = None
        with contextlib.suppress(TimeoutError, MemoryAway):
            async with asyncio.timeout(DOSSIER_S):
                dossier = await self.floor.dossier(str(assignment.get("id")))
        return replace(event, data={**event.data, "dossier": dossier, "why": self.why(Assignment.unpack(assignment))})

    def _keep(self, assignment: Mapping[str, Any]) -> None:
        his = self.mine.setdefault(str(assignment.get("operator")), {})
        if assignment.get("state") in LIVE:
            his[str(assignment.get("id"))] = str(assignment.get("contact") or "")
        else:
            his.pop(str(assignment.get("id")), None)

    async def _renew(self, operator: str) -> None:
        """His roles and skills as they are now; one who is not active any more is out."""
        pages = self.of(operator)
        person = await self.person(operator) if pages else None
        for page in pages:
            if person is None or not person.active:
                page.end(4401, "over")
            else:
                page.visitor = Visitor(page.visitor.session, person)
                if not may(person.roles, Action.LISTEN):
                    page.listening.clear()

    def _show(self, page: Page, event: Event) -> None:
        data = self._seen(page, event)
        if data is not None:
            page.send({"type": "event", "id": event.id, "kind": event.kind, "at": event.at_ms, "data": data})

    def _seen(self, page: Page, event: Event) -> Mapping[str, Any] | None:
        """What this page may see of it; None for nothing."""
        person = page.visitor.person
        floor = may(person.roles, Action.FLOOR)
        data = event.data
        if event.kind in REQUESTS:
            return bare(data) if floor else None
        if event.kind == "presence.changed":
            own = data.get("presence", data).get("operator") == person.id
            return data if floor or own or may(person.roles, Action.WALL) else None
        if event.kind == "operator.changed":
            return (
                {**data, "operator": known(data.get("operator") or {})} if floor or may(person.roles, Action.OPERATORS) else None
            )
        if event.kind == "assignment.changed":
            if data.get("assignment", {}).get("operator") == person.id:
                return data
            return {"assignment": dim(data["assignment"])} if may(person.roles, Action.WALL) else None
        if event.kind in LINES:
            contact = str(data.get("call") or data.get("chat") or "")
            return data if contact and (contact in self.mine.get(person.id, {}).values() or contact in page.listening) else None
        return None


PRIVATE = {"identity", "customer", "summary", "callback", "refused"}


def bare(data: Mapping[str, Any]) -> dict[str, Any]:
    """A request as everybody on the floor may see it."""
    request = data.get("request")
    if not isinstance(request, Mapping):
        return {name: value for name, value in data.items() if name not in PRIVATE and name != "dossier"}
    kept = {name: value for name, value in request.items() if name not in PRIVATE}
    return {**bare({name: value for name, value in data.items() if name != "request"}), "request": kept}


def dim(assignment: Mapping[str, Any]) -> dict[str, Any]:
    """Somebody else's assignment: who has what, and not what was written about it."""
    return {name: value for name, value in assignment.items() if name not in ("note", "history", "reasons")}


def known(operator: Mapping[str, Any]) -> dict[str, Any]:
    """A colleague: no address of his phone."""
    return {name: value for name, value in operator.items() if name not in ("uri", "trunk")}
