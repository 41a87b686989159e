"""The desk's WebSocket (RFC 6455, subprotocol "hotline.desk.1"): one window of one operator, JSON both ways.

From the page                                          From the house
{"type": "hello", "after"}          within 10 s        {"type": "welcome", "at", ...the floor as it is now}
{"type": "ask", "id", "what", ...}                     {"type": "answer", "id", "ok", "why"?, ...}
{"type": "shown", "assignment"}     it is painted      {"type": "event", "id", "kind", "at", "data"}
{"type": "beat", "active"}          every 4 s          {"type": "beat", "away", "at"}    away: the memory is
                                                       {"type": "floor", ...}    what has changed there, gathered (news.py)
                                                       {"type": "me", "me"}      what one may do has changed

`after` is the last event that the page has, by the id of an event, or by `at`: where the house still holds what came later, of one's
own only that is sent ("resumed"); the floor comes as it is.
Close codes: 4401 the session is over, 1008 a rule was broken, 1009 a frame too long, 1012 load anew, 1013 too many windows.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections import Counter
from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from aiohttp import WSMsgType, web

from ivr.channels.chat.limits import allowed
from ivr.channels.rate import Rate
from ivr.deeds import place
from ivr.memory.errors import MemoryAway, Unfit
from routing.desk.asking import Ask, BadAsk, Door, ask, read
from routing.desk.gate import Gate, Refused, Visitor
from routing.desk.hub import Hub
from routing.desk.roles import Action, may
from routing.desk.window import Window
from routing.floor.errors import WrongMove
from voice.errors import ConfigError, HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
PROTOCOL = "hotline.desk.1"
HELLO_S, HEARTBEAT_S, CHECK_S, FAREWELL_S = 10.0, 15.0, 1.0, 1.0
FRAME_MOST = 65_536
FRAMES_PER_S, FRAMES_MOST, WRONG_MOST = 20.0, 60, 10
WINDOWS_MOST = 8  # of one operator
OVER = 4401


Shown = Callable[[Visitor, str], Awaitable[None]]
Welcome = Callable[[Visitor], Awaitable[Mapping[str, Any]]]


class DeskSocket:
    """The handler of /desk/socket. doors: every ask there is. welcome: the floor as one person sees it. shown: a pop is painted.

    beat: a page of this operator is alive; whether he is ready.
    """

    def __init__(
        self, gate: Gate, hub: Hub, doors: Mapping[str, Door], welcome: Welcome, shown: Shown, beat: Callable[[str], Awaitable[bool]],
        ticks: Callable[[], int],
    ) -> None:  # fmt: skip
        self.gate, self.hub, self.doors, self.welcome, self.shown, self.beat, self.ticks = (
            gate, hub, doors, welcome, shown, beat, ticks,
        )  # fmt: skip
        self.windows: dict[Window, web.WebSocketResponse] = {}
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        self._watch = asyncio.create_task(self._sessions(), name="sessions of the desk")

    async def close(self) -> None:
        """The house goes down: every page is told to come again."""
        await ended([self._watch])
        await asyncio.gather(*(one.close(code=1001) for one in list(self.windows.values())), return_exceptions=True)

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One page from its upgrade to its end. Who may not is told so before the upgrade."""
        if not allowed(request.headers.get("Origin", ""), request.host, ()) or request.query_string:
            raise Refused(403, "origin")
        visitor = await self.gate.visitor(request, Action.SELF)
        if Counter(window.visitor.person.id for window in self.windows)[visitor.person.id] >= WINDOWS_MOST:
            raise Refused(429, "windows")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=FRAME_MOST, protocols=(PROTOCOL,), compress=False)
        if not socket.can_prepare(request).ok:
            raise Refused(426, "socket")
        window = Window(visitor, lambda: transport.abort() if (transport := request.transport) else None)
        self.windows[window] = socket
        try:
            await socket.prepare(request)
            await self._serve(socket, window)
        finally:
            self.hub.leave(window)
            self.windows.pop(window, None)
        return socket

    # Inside

    async def _serve(self, socket: web.WebSocketResponse, window: Window) -> None:
        try:
            async with asyncio.timeout(HELLO_S):
                frame = await socket.receive()
            hello = read(frame.data) if frame.type is WSMsgType.TEXT else {}
        except (TimeoutError, BadAsk):
            hello = {}
        if hello.get("type") != "hello" or not isinstance(hello.get("after", ""), str):
            await socket.close(code=1008, message=b"no hello")
            return
        writer = asyncio.create_task(self._write(socket, window))
        jobs: set[asyncio.Task[None]] = set()
        try:
            await self._enter(window, str(hello.get("after", "")))
            await self.beat(window.visitor.person.id)
            await self._read(socket, window, jobs)
        except MemoryAway:
            window.end(1013, "away")
            await asyncio.wait([writer], timeout=FAREWELL_S)
        finally:
            writer.cancel()
            for job in jobs:
                job.cancel()

    async def _enter(self, window: Window, after: str) -> None:
        """The page goes on where it stopped, or gets everything as it is now and what happens from then on."""
        if self.hub.resumes(window, after):
            window.send({"type": "welcome", "resumed": True, "at": after, **self.hub.floor_of(window)})
            self.hub.enter(window, after)
            return
        while True:
            if not (at := self.hub.at):
                raise MemoryAway("the floor is not known yet")
            own = await self.welcome(window.visitor)
            window.send({"type": "welcome", "at": at, **own, **self.hub.floor_of(window)})
            if self.hub.enter(window, at):
                return

    async def _read(self, socket: web.WebSocketResponse, window: Window, jobs: set[asyncio.Task[None]]) -> None:
        frames, wrong = Rate(FRAMES_PER_S, FRAMES_MOST, self.ticks), 0
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT or frames.wait_s(""):
                window.end(1008, "too fast" if frame.type is WSMsgType.TEXT else "text only")
                continue
            try:
                data = read(frame.data)
                match data["type"]:
                    case "beat":
                        await self._beat(window, data.get("active") is True)
                    case "shown" if isinstance(data.get("assignment"), str):
                        await self._quietly(self.shown(window.visitor, data["assignment"]))
                    case "ask":
                        one = ask(data)
                        # Each by itself: a report that is counted does not hold up a call that is answered.
                        job = asyncio.create_task(self._answer(window, one))
                        jobs.add(job)
                        job.add_done_callback(jobs.discard)
                    case _:
                        raise BadAsk("unknown")
            except BadAsk as bad:
                wrong += 1
                window.send({"type": "answer", "id": "", "ok": False, "why": bad.why})
                if wrong > WRONG_MOST:
                    window.end(1008, "nonsense")

    async def _beat(self, window: Window, active: bool) -> None:
        """Who is ready, or has somebody in hand, is at work though he touches nothing; the router sets an absent one to pause."""
        name = window.visitor.person.id
        with contextlib.suppress(MemoryAway):
            ready = await self.beat(name)
            if active or ready or self.hub.mine.get(name):
                await self.gate.sessions.touch(window.visitor.session)
        window.send({"type": "beat", "away": self.hub.floor.store.away, "at": self.hub.at})

    async def _answer(self, window: Window, one: Ask) -> None:
        door = self.doors.get(one.what)
        answer: dict[str, Any] = {}
        try:
            if door is None:
                raise BadAsk("unknown")
            if not may(window.visitor.person.roles, door.action):
                raise BadAsk("role")
            answer = await door.do(window.visitor, one) or {}
            if door.listens:
                window.listening = {str(contact) for contact in answer.pop("listening", window.listening)}
            if door.depth:
                window.depth = answer.pop("depth")
                answer |= {"queue": self.hub.floor_of(window).get("queue")}
            answer = {"ok": True, **answer}
        except BadAsk as bad:
            answer = {"ok": False, "why": bad.why, "detail": bad.detail}
        except WrongMove:
            answer = {"ok": False, "why": "stale"}
        except Unfit as unfit:
            answer = {"ok": False, "why": "unfit", "detail": unfit.what}
        except ConfigError as wrong:
            answer = {"ok": False, "why": "unfit", "detail": wrong.what}
        except (MemoryAway, TimeoutError):
            answer = {"ok": False, "why": "away"}
        except HotlineError as error:
            answer = {"ok": False, "why": "unfit", "detail": error.what}
        except Exception as error:
            log.error("an ask of the desk (%s) met a fault: %s", one.what[:40], place(error))
            answer = {"ok": False, "why": "fault"}
        window.send({"type": "answer", "id": one.id, **answer})

    async def _quietly(self, job: Awaitable[None]) -> None:
        try:
            await job
        except (HotlineError, BadAsk) as error:
            log.info("a pop was shown too late: %s", type(error).__name__)

    async def _write(self, socket: web.WebSocketResponse, window: Window) -> None:
        try:
            while not socket.closed:
                what = await window.next()
                if isinstance(what, tuple):
                    await socket.close(code=what[0], message=what[1].encode())
                    return
                await socket.send_str(what)
        except (ConnectionError, RuntimeError) as error:
            log.debug("a page went while it was written to: %s", place(error))

    async def _sessions(self) -> None:
        """A session that was ended, here or anywhere, closes its windows within two seconds."""
        while True:
            await asyncio.sleep(CHECK_S)
            windows = list(self.windows)
            with contextlib.suppress(MemoryAway):
                alive = await self.gate.sessions.alive([window.visitor.session for window in windows])
                for window in windows:
                    if window.visitor.session.name not in alive:
                        window.end(OVER, "over")
