"""The chat's WebSocket (RFC 6455): who may open one, how much may come through it, and when it is closed with which code.

1001 the house goes down, come again · 1003 not text · 1008 no hello, a flood, or nonsense · 1009 a frame that is too long ·
1013 come again later (RFC 6455 section 7.4 and its registry)
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from aiohttp import WSCloseCode, WSMsgType, web

from ivr.channels.chat.limits import Addresses, allowed
from ivr.channels.chat.message import BadMessage, Hello, Ping, read
from ivr.channels.chat.room import Room
from ivr.channels.chat.rooms import Full, Rooms
from ivr.channels.rate import Rate
from ivr.deeds import place

log = logging.getLogger(__name__)
PROTOCOL = "hotline.chat.1"
HELLO_S = 10.0
HEARTBEAT_S = 25.0
FAREWELL_S = 2.0
FULL_MS = 3000
FRAME_MOST = 16_384  # bytes: 2,000 characters of text, whatever they are, and what stands around them
FRAMES_MOST, FRAMES_PER_S = 60, 10.0
WRONG_MOST = 8  # messages that cannot be read, before the house stops listening
WAITING_MOST = 512  # entries that wait for a slow page


@dataclass(frozen=True, slots=True)
class Terms:
    """Who may come. origins: of the sites that embed the chat; the house's own pages always may."""

    origins: tuple[str, ...] = ()
    sockets_per_address: int = 20
    sockets: int = 4000


@dataclass(frozen=True, slots=True)
class Farewell:
    """The last thing that is sent: why the house closes the socket."""

    code: int
    why: bytes


class PageWindow:
    """One open page: what waits to be sent to it."""

    def __init__(self, abort: Callable[[], None]) -> None:
        self.waiting: asyncio.Queue[Mapping[str, Any] | Farewell] = asyncio.Queue(WAITING_MOST)
        self.abort = abort

    def send(self, data: Mapping[str, Any]) -> None:
        """See `ivr.channels.chat.room.Window`."""
        try:
            self.waiting.put_nowait(data)
        except asyncio.QueueFull:
            self.abort()  # a page that does not read: it gets the rest when it comes again

    async def end(self, code: int, why: bytes) -> None:
        """Close it, after what still waits."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(FAREWELL_S):
                await self.waiting.put(Farewell(code, why))
                await self.waiting.join()


class ChatSocket:
    """The handler of /chat. ticks: monotonic nanoseconds; address: of the one who asks, through proxies that are known."""

    def __init__(
        self, rooms: Rooms, terms: Terms, ticks: Callable[[], int], address: Callable[[web.Request], str] | None = None
    ) -> None:
        self.rooms, self.terms, self.ticks = rooms, terms, ticks
        self.address = address or (lambda request: request.remote or "")
        self.addresses = Addresses(terms.sockets_per_address, terms.sockets, ticks)
        self.open: set[web.WebSocketResponse] = set()

    async def handle(self, request: web.Request) -> web.StreamResponse:
        """One page from its upgrade to its end. 403, 429 and 426 come before the upgrade."""
        if not allowed(request.headers.get("Origin", ""), request.host, self.terms.origins):
            raise web.HTTPForbidden(text="This site may not open a chat here.\n")
        socket = web.WebSocketResponse(heartbeat=HEARTBEAT_S, max_msg_size=FRAME_MOST, protocols=(PROTOCOL,), compress=False)
        if not socket.can_prepare(request).ok:
            raise (
                web.HTTPUpgradeRequired(text="This is a WebSocket.\n")
                if hasattr(web, "HTTPUpgradeRequired")
                else web.HTTPBadRequest()
            )
        address = self.address(request)
        if not self.addresses.enter(address):
            raise web.HTTPTooManyRequests(text="Too many chats from one place.\n", headers={"Retry-After": "30"})
        try:
            await socket.prepare(request)
            self.open.add(socket)
            await self._serve(request, socket, address)
        finally:
            self.open.discard(socket)
            self.addresses.leave(address)
        return socket

    async def close(self) -> None:
        """The house goes down: every page is told to come again."""
        closing = (socket.close(code=WSCloseCode.GOING_AWAY) for socket in list(self.open))
        await asyncio.gather(*closing, return_exceptions=True)

    async def _serve(self, request: web.Request, socket: web.WebSocketResponse, address: str) -> None:
        try:
            async with asyncio.timeout(HELLO_S):
                hello = await self._hello(socket)
        except TimeoutError:
            await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no hello")
            return
        if hello is None:
            return
        try:
            room, token = await self.rooms.enter(hello, lambda: self.addresses.begins(address))
        except Full:
            await self._tell(socket, {"type": "slow", "retry_ms": FULL_MS})
            await socket.close(code=WSCloseCode.TRY_AGAIN_LATER)
            return
        window = PageWindow(lambda: transport.abort() if (transport := request.transport) else None)
        window.send(
            {
                "type": "welcome", "chat": room.log.chat, "first": room.log.first, "last": room.log.last,
                "language": room.log.language, "phone": room.parts.phone, **({"token": token} if token else {}),
            }
        )  # fmt: skip
        room.attach(window, 0 if token else min(hello.after, room.log.last))
        writer = asyncio.create_task(self._write(socket, window))
        try:
            await room.ready()
            await self._read(socket, room, window)
        finally:
            room.detach(window)
            writer.cancel()

    async def _hello(self, socket: web.WebSocketResponse) -> Hello | None:
        """The first message; None where it is none, and the socket is closed."""
        frame = await socket.receive()
        if frame.type is not WSMsgType.TEXT:
            if not socket.closed:
                await socket.close(code=WSCloseCode.UNSUPPORTED_DATA)
            return None
        try:
            hello = read(frame.data)
        except BadMessage as bad:
            await self._tell(socket, {"type": "refused", "why": bad.why})
            hello = Ping()
        if isinstance(hello, Hello):
            return hello
        await socket.close(code=WSCloseCode.POLICY_VIOLATION, message=b"no hello")
        return None

    async def _read(self, socket: web.WebSocketResponse, room: Room, window: PageWindow) -> None:
        frames, wrong = Rate(FRAMES_PER_S, FRAMES_MOST, self.ticks), 0
        async for frame in socket:
            if frame.type is not WSMsgType.TEXT:
                await window.end(WSCloseCode.UNSUPPORTED_DATA, b"text only")
                return
            if frames.wait_s(""):
                await window.end(WSCloseCode.POLICY_VIOLATION, b"too fast")
                return
            try:
                message = read(frame.data)
                if isinstance(message, Ping):
                    window.send({"type": "pong"})
                elif isinstance(message, Hello):
                    raise BadMessage("shape")
                else:
                    await room.take(message, window)
            except BadMessage as bad:
                wrong += 1
                window.send({"type": "refused", "why": bad.why, **({"id": bad.id} if bad.id else {})})
                if wrong > WRONG_MOST:
                    await window.end(WSCloseCode.POLICY_VIOLATION, b"nonsense")
                    return

    async def _write(self, socket: web.WebSocketResponse, window: PageWindow) -> None:
        """What the room shows, in its order."""
        try:
            while not socket.closed:
                data = await window.waiting.get()
                if isinstance(data, Farewell):
                    await socket.close(code=data.code, message=data.why)
                else:
                    await self._tell(socket, data)
                window.waiting.task_done()
        except (ConnectionError, RuntimeError) as error:
            log.debug("a page went while it was written to: %s", place(error))

    async def _tell(self, socket: web.WebSocketResponse, data: Mapping[str, Any]) -> None:
        await socket.send_str(json.dumps(data, ensure_ascii=False, separators=(",", ":")))
