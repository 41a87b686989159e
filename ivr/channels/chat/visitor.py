"""A visitor without a browser: speaks the chat's protocol as the widget does. For the demo and for tests."""

from __future__ import annotations

import asyncio
import json
import secrets
from collections.abc import Callable
from types import TracebackType
from typing import Any

import aiohttp

from ivr.channels.chat.socket import PROTOCOL
from voice.errors import HotlineError

Entry = dict[str, Any]


class Visitor:
    """One open chat. `async with Visitor(url, language, seen) as visitor`; `seen` is told every entry as it comes."""

    def __init__(self, url: str, language: str, seen: Callable[[Entry], None] = lambda entry: None) -> None:
        self.url, self.language, self.seen = url, language, seen
        self.entries: list[Entry] = []
        self._news = asyncio.Event()
        self._session: aiohttp.ClientSession | None = None
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Visitor:
        self._session = aiohttp.ClientSession()
        self._socket = await self._session.ws_connect(self.url + "/chat", protocols=(PROTOCOL,), origin=self.url)
        self._reader = asyncio.create_task(self._read())
        await self.send({"type": "hello", "language": self.language})
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        if self._reader is not None:
            self._reader.cancel()
        if self._socket is not None:
            await self._socket.close()
        if self._session is not None:
            await self._session.close()

    async def say(self, text: str) -> None:
        """Write one message."""
        await self.send({"type": "say", "id": secrets.token_hex(8), "text": text})

    async def ticket(self, timeout_s: float = 10.0) -> str:
        """Ask for the six digits with which a call goes on here. Raises HotlineError where there are none."""
        before = len(self.entries)
        await self.send({"type": "ticket", "id": secrets.token_hex(8)})
        entry = await self.until(lambda entry: "digits" in entry, timeout_s, before)
        return "".join(digit for digit in str(entry["digits"]) if digit.isdigit())

    async def until(self, wanted: Callable[[Entry], bool], timeout_s: float = 10.0, since: int = 0) -> Entry:
        """The first entry from number `since` on that is wanted."""
        try:
            async with asyncio.timeout(timeout_s):
                while True:
                    self._news.clear()
                    for entry in self.entries[since:]:
                        if wanted(entry):
                            return entry
                    await self._news.wait()
        except TimeoutError:
            raise HotlineError(f"the chat did not answer within {timeout_s:.0f} s") from None

    async def send(self, message: Entry) -> None:
        """Send one message of the protocol."""
        assert self._socket is not None
        await self._socket.send_str(json.dumps(message))

    def came(self, entry: Entry) -> None:
        """One message of the house."""
        self.entries.append(entry)
        self.seen(entry)
        self._news.set()

    async def _read(self) -> None:
        assert self._socket is not None
        async for frame in self._socket:
            if frame.type is aiohttp.WSMsgType.TEXT:
                self.came(json.loads(frame.data))
