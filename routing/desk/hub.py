"""From the floor's stream to the windows of this process. What is somebody's own goes to his windows at once, every event once and in its
order; what everybody on the floor sees is gathered for a moment (news.py), and never goes before it.

The last events are held here, so that a page that lost its line for some seconds goes on exactly where it stopped; one that was
away for longer gets everything as it is now, and what happened since that was read.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import deque
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol

from ivr.deeds import place
from ivr.memory.errors import MemoryAway
from routing.desk.gate import Person, Visitor
from routing.desk.news import Audience, News, encoded, message
from routing.desk.roles import Action, actions, may
from routing.floor.errors import Missed
from routing.floor.events import Events
from routing.floor.records import Assignment, Event, Operator
from routing.floor.states import LIVE, State
from routing.floor.store import Floor
from voice.clock import now_ns
from voice.tasks import ended

log = logging.getLogger(__name__)
HELD_MOST = 5000
AGAIN_S = 0.5
DOSSIER_S = 0.1
GATHER_S = 0.05
SLICE = 4  # pages that get their news in one go: a pop waits for so many at most
REST = 9  # news rest for so many times as long as it took to tell them: they never take more than a tenth of the time
LINES = {"transcript.line", "chat.line", "call.fact", "chat.typing"}
OWN = LINES | {"assignment.changed", "presence.changed"}


class Page(Protocol):
    """One open window of somebody, as the hub sees it (window.Window)."""

    visitor: Visitor
    listening: set[str]
    depth: int
    behind: bool

    def send(self, data: Mapping[str, Any] | str) -> None: ...
    def news(self, text: str) -> None: ...
    def anew(self, text: str) -> None: ...
    def end(self, code: int, why: str) -> None: ...


@dataclass(frozen=True, slots=True)
class Held:
    """An event as it is told, and whose own it is: an operator's, or a contact's where it is a line. bare: an offer without its dossier.

    Text only: thousands of events as values would hold every pop while the collector walks through them.
    """

    id: str
    whose: str
    line: bool
    bare: bool
    text: str


class Hub:
    """`start`, `close`. watchers: called with every event, in its order, after the windows have it. at: the last event they have."""

    def __init__(
        self, floor: Floor, events: Events, person: Callable[[str], Awaitable[Operator | None]], why: Callable[[Assignment], Any]
    ) -> None:
        self.floor, self.events, self.person, self.why = floor, events, person, why
        self.news = News()
        self.mine: dict[str, dict[str, str]] = {}  # operator -> his live assignments -> their contacts
        self.at = ""
        self.watchers: list[Callable[[Event], Awaitable[None]]] = []
        self._of: dict[str, set[Page]] = {}
        self._held: deque[Held] = deque(maxlen=HELD_MOST)  # those that are sent one by one
        self._first = ""  # everything after this one is held
        self._unwatched: asyncio.Queue[Event] = asyncio.Queue()
        self._fresh = asyncio.Event()
        self._tasks: list[asyncio.Task[None]] = []

    async def start(self) -> None:
        """Begin behind the last event there is; where the memory is away, as soon as it is back."""
        with contextlib.suppress(MemoryAway):
            await self._anew()
        self._tasks = [
            asyncio.create_task(self._read(), name="events of the floor"),
            asyncio.create_task(self._tell(), name="news of the floor"),
            asyncio.create_task(self._watch(), name="watchers of the floor"),
        ]

    async def close(self) -> None:
        await ended(self._tasks)

    def since(self, after: str) -> list[Held] | None:
        """All events that are sent one by one after this one, in their order; None where that is not known (any more)."""
        wanted, known = number(after), number(self.at)
        if wanted is None or known is None or wanted > known or wanted < (number(self._first) or known):
            return None
        return [event for event in self._held if (number(event.id) or wanted) > wanted]

    def resumes(self, page: Page, after: str) -> bool:
        """Whether what it missed can be told event by event. Who was offered something while he had no window needs its dossier, too."""
        missed, name = self.since(after), page.visitor.person.id
        return missed is not None and not any(event.bare and event.whose == name for event in missed)

    def enter(self, page: Page, after: str) -> bool:
        """From now on this page sees what happens, beginning behind `after`. False: too long ago, nothing was done."""
        missed = self.since(after)
        if missed is None:
            return False
        for event in missed:
            if self._seen(page, event):
                page.send(event.text)
        self._of.setdefault(page.visitor.person.id, set()).add(page)
        return True

    def leave(self, page: Page) -> None:
        his = self._of.get(page.visitor.person.id, set())
        his.discard(page)
        if not his:
            self._of.pop(page.visitor.person.id, None)

    @property
    def pages(self) -> list[Page]:
        """All windows of this process."""
        return [page for his in self._of.values() for page in his]

    def of(self, operator: str) -> list[Page]:
        """The windows of somebody, in this process."""
        return list(self._of.get(operator, ()))

    def floor_of(self, page: Page) -> dict[str, Any]:
        """The floor as this page may see it, whole."""
        audience = audience_of(page)
        return self.news.whole(audience) if audience else {}

    # Inside

    async def _anew(self) -> None:
        at = self._first = await self.events.last()
        self._held.clear()
        await self.news.load(self.floor)
        mine: dict[str, dict[str, str]] = {}
        for one in await self.floor.assignments():
            if one.state in LIVE:
                mine.setdefault(one.operator, {})[one.id] = one.contact
        self.mine, self.at = mine, at

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
                    for page in self.pages:
                        page.end(1012, "missed")
            except MemoryAway:
                await asyncio.sleep(AGAIN_S)
            except Exception as error:
                log.error("the events of the floor cannot be read: %s", place(error))
                await asyncio.sleep(AGAIN_S)

    async def _take(self, event: Event) -> None:
        """To those whose own it is at once; what is news of the floor is noted for the next round."""
        if event.kind == "assignment.changed":
            self._keep(event.data.get("assignment", {}))
        held = await self._told(event) if event.kind in OWN else None
        self.at = event.id
        if held is not None:
            if len(self._held) == HELD_MOST:
                self._first = self._held[0].id
            self._held.append(held)
            for page in self.pages if held.line else self.of(held.whose):
                if self._seen(page, held):
                    page.send(held.text)
        if self.news.apply(event):
            self._fresh.set()
        if event.kind == "operator.changed":
            await self._renew(str((event.data.get("operator") or {}).get("id") or event.data.get("removed", "")))
        self._unwatched.put_nowait(event)

    async def _told(self, event: Event) -> Held:
        """As its pages read it; a pop where it is an offer to somebody who has a window here."""
        whose, assignment = whose_own(event), event.data.get("assignment") or {}
        offered = event.kind == "assignment.changed" and assignment.get("state") == State.OFFERED
        pops = offered and bool(self.of(whose))
        data = await self._pop(event.text, assignment) if pops else event.text
        return Held(event.id, whose, event.kind in LINES, offered and not pops, told(event, data))

    async def _pop(self, data: str, assignment: Mapping[str, Any]) -> str:
        """An offer with its dossier, which is text already, in one message."""
        dossier: str | None = None
        with contextlib.suppress(TimeoutError, MemoryAway):
            async with asyncio.timeout(DOSSIER_S):
                dossier = await self.floor.dossier(str(assignment.get("id")))
        why = encoded(self.why(Assignment.unpack(assignment)))
        return f'{data[:-1]},"why":{why},"dossier":{dossier or "null"}}}'

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
                continue
            page.visitor = Visitor(page.visitor.session, person)
            page.behind = True  # he may see more now, or less
            page.send({"type": "me", "me": me(person)})
            if not may(person.roles, Action.LISTEN):
                page.listening.clear()

    def _seen(self, page: Page, event: Held) -> bool:
        """Whether it is of this page's own."""
        name = page.visitor.person.id
        if event.line:
            return event.whose != "" and (event.whose in page.listening or event.whose in self.mine.get(name, {}).values())
        return event.whose == name

    async def _tell(self) -> None:
        """News, some pages at a time: what is somebody's own goes out in between."""
        while True:
            await self._fresh.wait()
            await asyncio.sleep(GATHER_S)
            self._fresh.clear()
            begun = now_ns()
            seeing = [(page, audience) for page in self.pages if (audience := audience_of(page))]
            texts = self.news.gathered(audience for _, audience in seeing)
            wholes: dict[Audience, str] = {}
            for count, (page, audience) in enumerate(seeing, 1):
                if page.behind:
                    if audience not in wholes:
                        wholes[audience] = message("floor", {"whole": True, **self.news.whole(audience)})
                    page.anew(wholes[audience])
                else:
                    page.news(texts[audience])
                if count % SLICE == 0:
                    await asyncio.sleep(0)
            await asyncio.sleep(REST * (now_ns() - begun) / 1e9)

    async def _watch(self) -> None:
        while True:
            event = await self._unwatched.get()
            for watcher in self.watchers:
                try:
                    await watcher(event)
                except Exception as error:
                    log.error("an event of the floor met a fault: %s", place(error))


def audience_of(page: Page) -> Audience | None:
    """With whom it sees the same of the floor; None where it sees nothing of it."""
    roles = page.visitor.person.roles
    wall = may(roles, Action.WALL)
    return Audience(wall, page.depth) if wall or may(roles, Action.FLOOR) else None


def whose_own(event: Event) -> str:
    """Whose assignment or presence it tells of; of a line, the contact."""
    data = event.data
    if event.kind in LINES:
        return str(data.get("call") or data.get("chat") or "")
    return str((data.get("assignment" if event.kind == "assignment.changed" else "presence") or {}).get("operator", ""))


def me(person: Person) -> dict[str, Any]:
    """Who one is, and what one may do: for one's own page."""
    return {
        "id": person.id, "name": person.name, "roles": list(person.roles), "may": actions(person.roles), "answer": getattr(person, "answer", "phone")
    }  # fmt: skip


def told(event: Event, data: str) -> str:
    """An event as its page reads it, around its data as they came."""
    return f'{{"type":"event","id":"{event.id}","kind":"{event.kind}","at":{event.at_ms},"data":{data}}}'


def number(name: str) -> tuple[int, int] | None:
    """An event's id as it is compared (a stream's: milliseconds, count); None for what is none."""
    time, _, count = name.partition("-")
    return (int(time), int(count)) if time.isdecimal() and count.isdecimal() else None
