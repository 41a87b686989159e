"""The router: what waits goes to who is free, at once; what is not answered in time goes on to the next. Part of the desk role.

There may be several. One holds the lease and decides, the others look on and are there within LEASE_MS. Nothing hangs on the lease: every claim and every
move is judged by Redis, so two that decide at once, or one that dies in the middle, lose nothing and double nothing.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import secrets
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from typing import Any

from ivr.memory.errors import MemoryAway, Unfit
from routing.floor.caretaker import Caretaker
from routing.floor.chronicle import Chronicle
from routing.floor.errors import Missed, WrongMove
from routing.floor.events import Events, Nodes
from routing.floor.match import Pair, decide
from routing.floor.mirror import Mirror
from routing.floor.records import Assignment, Medium, Order, Request
from routing.floor.ringing import ORDER_MS, send
from routing.floor.settings import RoutingSettings
from routing.floor.states import State
from routing.floor.store import Claim, Floor
from voice.tasks import ended

log = logging.getLogger(__name__)
BATCH = 32  # pairs in one script: some 2 ms of Redis at most
DOSSIER_S = 0.150
LEASE_MS, RENEW_S = 1500, 0.4
AGAIN_S = 0.25
IDLE_S = 1.0  # the loop looks at the time so often, whatever happens
Dossier = Callable[[Request], Awaitable[Mapping[str, Any]]]


class Router:
    """`async with Router(...)`: routes inside the block. dossier: what the operator's page shows first of a request."""

    def __init__(
        self, floor: Floor, dossier: Dossier, *, caretaker: Caretaker | None = None, chronicle: Chronicle | None = None, name: str = ""
    ) -> None:  # fmt: skip
        self.floor, self.dossier = floor, dossier
        self.events, self.nodes = Events(floor.store, floor.now_ms), Nodes(floor.store)
        self.caretaker, self.chronicle = caretaker, chronicle
        self.name = name or secrets.token_urlsafe(6)
        self.mirror = Mirror(floor.settings)
        self.leads = False
        self.decided = 0
        self._news = asyncio.Event()
        self._stale = False
        self._tasks: list[asyncio.Task[None]] = []
        self._jobs: set[asyncio.Task[None]] = set()

    @property
    def settings(self) -> RoutingSettings:
        return self.floor.settings

    async def __aenter__(self) -> Router:
        self._tasks = [
            asyncio.create_task(self._living(self._lease), name="router lease"),
            asyncio.create_task(self._living(self._follow), name="router events"),
            asyncio.create_task(self._living(self._decide), name="router decisions"),
        ]
        if self.caretaker is not None:
            self._tasks.append(asyncio.create_task(self._living(self._care), name="router care"))
        if self.chronicle is not None:
            self._tasks.append(asyncio.create_task(self._living(self._chronicle), name="router chronicle"))
        return self

    async def __aexit__(self, *_: object) -> None:
        await ended(self._tasks)
        # What was begun is short, and better done than left half done.
        await self.settled()
        if self.leads:
            with contextlib.suppress(MemoryAway):
                await self.floor.store.run("routing.floor/lease", self.name, 0)

    async def _living(self, work: Callable[[], Coroutine[Any, Any, None]]) -> None:
        """One of the loops, begun anew whatever ends it: a floor without a router answers nobody."""
        while True:
            try:
                await work()
            except MemoryAway:
                pass
            except Exception:
                log.exception("the router stumbled in %s; it goes on", work.__name__.strip("_"))
                self._stale = True
            await asyncio.sleep(AGAIN_S)

    # The loops

    async def _lease(self) -> None:
        while True:
            try:
                leads = bool(await self.floor.store.run("routing.floor/lease", self.name, LEASE_MS))
            except MemoryAway:
                leads = False
            if leads != self.leads:
                self.leads = leads
                log.info("this router %s", "leads" if leads else "looks on")
                self._news.set()
            await asyncio.sleep(RENEW_S)

    async def _follow(self) -> None:
        """The mirror: loaded, then event by event; loaded anew where events were missed."""
        last = await self.events.last()
        await self._load()
        self._news.set()
        with contextlib.suppress(Missed):
            async for event in self.events.after(last):
                self.mirror.apply(event)
                self._news.set()

    async def _load(self) -> None:
        """The mirror anew. Raises MemoryAway; it is stale then."""
        try:
            await self.mirror.load(self.floor)
        except BaseException:
            self._stale = True
            raise

    async def _decide(self) -> None:
        while True:
            now, then = self.floor.now_ms(), self.mirror.next_ms()
            # Who looks on has nothing to be in time for; what is due lies in the past for him.
            patience_s = IDLE_S if then is None or not self.leads else min(IDLE_S, max(0.0, (then - now) / 1000))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(patience_s):
                    await self._news.wait()
            self._news.clear()
            if self._stale:
                self._stale = False
                self._news.set()
                await self._load()
            if self.leads:
                self.turn()

    async def _care(self) -> None:
        assert self.caretaker is not None
        async for _ in self._leading(self.caretaker.every_s):
            await self.caretaker.round(self.mirror)
            self._news.set()

    async def _chronicle(self) -> None:
        assert self.chronicle is not None
        async for _ in self._leading(RENEW_S):
            await self.chronicle.catch_up()

    async def _leading(self, every_s: float) -> AsyncIterator[None]:
        while True:
            if self.leads:
                yield
            await asyncio.sleep(every_s)

    # What is to be done now

    def turn(self) -> None:
        """Begin everything that can be decided at this moment. Nothing waits for anything else: a slow dossier holds up its own batch."""
        while pairs := decide(self.mirror.board, self.floor.now_ms(), BATCH):
            self._begin(self._claim(pairs))
        for assignment in self.mirror.overdue(self.floor.now_ms()):
            self._begin(self._overdue(assignment))

    async def settled(self) -> None:
        """Return when everything that was begun is done."""
        while self._jobs:
            await asyncio.wait(self._jobs)

    def _begin(self, job: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._done(job), name="router job")
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _done(self, job: Coroutine[Any, Any, None]) -> None:
        """A job that fails leaves the board with what was not done: it is loaded anew then, as soon as Redis is there."""
        try:
            await job
            return
        except MemoryAway:
            pass
        except Exception:
            log.exception("the router stumbled; it looks at the floor anew")
        self._stale = True
        self._news.set()

    async def _claim(self, pairs: list[Pair]) -> None:
        dossiers = await asyncio.gather(*(self._dossier(pair.request) for pair in pairs))
        claims = [
            Claim(pair.request, pair.operator, pair.reasons, dossier) for pair, dossier in zip(pairs, dossiers, strict=True)
        ]
        for pair in pairs:
            self.mirror.people[pair.request.id] = pair.request
        for pair, answer in zip(pairs, await self.floor.claim_all(claims), strict=True):
            if isinstance(answer, Assignment):
                self.decided += 1
                self.mirror.put_assignment(answer)
            else:
                # Somebody was quicker, or the operator is not what the board thought.
                await self._look_again(pair)

    async def _look_again(self, pair: Pair) -> None:
        now = self.floor.now_ms()
        presence = await self.floor.presence(pair.operator)
        if presence is not None:
            self.mirror.board.put_presence(presence, now)
        request = await self.floor.request(pair.request.id)
        if request is None:
            self.mirror.people.pop(pair.request.id, None)
        else:
            self.mirror.put_request(request, now)

    async def _dossier(self, request: Request) -> Mapping[str, Any]:
        """Never late: an operator with half a screen is better than a caller who waits for it."""
        try:
            async with asyncio.timeout(DOSSIER_S):
                return await self.dossier(request)
        except TimeoutError:
            log.warning("a dossier was late; the page shows the request alone")
        except MemoryAway:
            pass
        except Exception:
            log.exception("a dossier failed; the page shows the request alone")
        return {"request": request.values(), "plain": True}

    async def _overdue(self, assignment: Assignment) -> None:
        """Its time in this state is over: without a page it rings all the same; unanswered it goes to the next; wrapped up it is done."""
        try:
            if assignment.state is State.WRAP_UP:
                await self.floor.move(assignment.id, "done", "time")
            elif assignment.state is not State.OFFERED:
                await self._unanswered(assignment, "no_answer")
            elif assignment.medium is not Medium.CALL:
                # Without a page nobody reads it; the page that was there a moment ago may be slow, though.
                await self._unless_shown(assignment)
            else:
                await self._ring(assignment)
        except (WrongMove, Unfit):
            pass  # it went on in this very moment

    async def _unless_shown(self, assignment: Assignment) -> None:
        if self.floor.now_ms() - assignment.offered_ms >= 1000 * self.settings.ring_s:
            await self.floor.move(assignment.id, "refused", "no_page")
        else:
            self.mirror.later(assignment.id, assignment.offered_ms + round(1000 * self.settings.ring_s))

    async def _ring(self, assignment: Assignment) -> None:
        request = self.mirror.people.get(assignment.request) or await self.floor.request(assignment.request)
        operator = self.mirror.operator(assignment.operator)
        await self.floor.move(assignment.id, "shown", "no_page")
        # A second assignment rings by the order that asked for it.
        if request is None or operator is None or assignment.parent:
            return
        if not await send(self.floor, self.nodes, assignment, request, operator):
            await self.floor.move(assignment.id, "refused", "unreachable")

    async def _unanswered(self, assignment: Assignment, why: str) -> None:
        request = self.mirror.people.get(assignment.request)
        await self.floor.move(assignment.id, "refused", why)
        if request is not None and assignment.medium is Medium.CALL:
            now = self.floor.now_ms()
            data = {"who": "operator", "assignment": assignment.id}
            await self.nodes.order(request.node, Order(f"{assignment.id}-late", "hang_up", request.call, data, now + ORDER_MS))
