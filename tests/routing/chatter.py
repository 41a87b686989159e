"""A visitor made of a bare WebSocket: says what it is told, breaks off without a word, comes again with what it has."""

from __future__ import annotations

import asyncio
import contextlib
import json
from typing import Any

import aiohttp

from ivr.channels.chat.socket import PROTOCOL


class Chatter:
    """One visitor over several sockets. `entries`: all that carried a number; `other`: all that did not."""

    def __init__(self, url: str, session: aiohttp.ClientSession, language: str = "en") -> None:
        self.url, self.session, self.language = url, session, language
        self.chat = self.token = ""
        self.entries: list[dict[str, Any]] = []
        self.other: list[dict[str, Any]] = []
        self.socket: aiohttp.ClientWebSocketResponse | None = None
        self.doubled = 0
        self.code: int | None = None  # with which the house closed

    @property
    def last(self) -> int:
        return int(self.entries[-1]["seq"]) if self.entries else 0

    async def come(self) -> None:
        """Open a socket and say who it is."""
        self.socket = await self.session.ws_connect(self.url + "/chat", origin=self.url, protocols=(PROTOCOL,))
        await self.send({"type": "hello", "chat": self.chat, "token": self.token, "after": self.last, "language": self.language})
        welcome = await self.receive()
        assert welcome["type"] == "welcome", welcome
        self.chat, self.token = welcome["chat"], welcome.get("token", self.token)

    async def send(self, message: dict[str, Any]) -> None:
        assert self.socket is not None
        await self.socket.send_str(json.dumps(message))

    async def say(self, text: str, name: str) -> None:
        await self.send({"type": "say", "id": name, "text": text})

    async def receive(self, timeout_s: float = 20.0) -> dict[str, Any]:
        """The next message. Raises ConnectionError where the socket has ended."""
        assert self.socket is not None
        frame = await self.socket.receive(timeout_s)
        if frame.type is aiohttp.WSMsgType.CLOSE:
            self.code = int(frame.data)
        if frame.type is not aiohttp.WSMsgType.TEXT:
            raise ConnectionError(str(self.socket.close_code))
        data: dict[str, Any] = json.loads(frame.data)
        if "seq" not in data:
            self.other.append(data)
        elif data["seq"] == self.last + 1:
            self.entries.append(data)
        else:
            assert data["seq"] <= self.last, "an entry is missing"
            self.doubled += 1
        return data

    async def until(self, part: str, timeout_s: float = 20.0) -> dict[str, Any]:
        """Read until an entry holds these words."""
        async with asyncio.timeout(timeout_s):
            while True:
                if found := next((entry for entry in self.entries if part in entry.get("text", "")), None):
                    return found
                await self.receive()

    async def back(self, name: str, timeout_s: float = 20.0) -> None:
        """Read until the message of this name has come back."""
        async with asyncio.timeout(timeout_s):
            while not any(entry.get("id") == name for entry in self.entries):
                await self.receive()

    async def noted(self, note: str, timeout_s: float = 20.0) -> None:
        """Read until this note has come."""
        async with asyncio.timeout(timeout_s):
            while not any(entry.get("note") == note for entry in self.entries):
                await self.receive()

    async def ended(self) -> int | None:
        """Read until the socket has ended; with which code."""
        with contextlib.suppress(ConnectionError):
            while True:
                await self.receive()
        return self.code

    def cut(self) -> None:
        """The line is dead at once, whatever is under way."""
        assert self.socket is not None
        connection = self.socket._response.connection
        assert connection is not None
        assert connection.transport is not None
        connection.transport.abort()

    def mine(self) -> list[str]:
        """What this visitor has said, as the chat has it."""
        return [entry["text"] for entry in self.entries if entry.get("who") == "visitor"]
