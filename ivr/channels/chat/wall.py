"""A chat as it is shown: each entry is numbered, kept, and then seen in every window that is open, in this order."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from ivr.channels.chat.log import HOUSE, Entry, Log
from ivr.channels.chat.shelf import Erased, Shelf
from voice.errors import HotlineError

log = logging.getLogger(__name__)
DOTS_AFTER_S = 0.35  # a reply that is sooner there needs no dots
SHELF_S = 0.5


class Window(Protocol):
    """One page that shows the chat."""

    def send(self, data: Mapping[str, Any]) -> None:
        """Show this, soon; never waits."""


class Wall:
    """The log of one chat, its shelf and its windows. unkept: the shelf was away at the last writing. erased: kept no longer.

    mirrors: windows of others than the visitor; they keep no chat open.
    """

    def __init__(self, chat: Log, shelf: Shelf, now_ms: Callable[[], int]) -> None:
        self.log, self.shelf, self.now_ms = chat, shelf, now_ms
        self.windows: set[Window] = set()
        self.mirrors: set[Window] = set()
        self.unkept = self.erased = False
        self._one = asyncio.Lock()
        self._soon: asyncio.TimerHandle | None = None
        self._dots = False

    def attach(self, window: Window, after: int) -> None:
        """One more window; it begins with the entry behind `after`."""
        for entry in self.log.after(after):
            window.send(entry.packed())
        if self._dots:
            window.send({"type": "typing", "who": HOUSE, "on": True})
        self.windows.add(window)

    async def write(
        self, lines: Sequence[tuple[str, Mapping[str, Any]]], state: Mapping[str, Any] | None, matter: str
    ) -> list[Entry]:  # fmt: skip
        """New entries and the state that they lead to, as one writing. Gives them, numbered."""
        async with self._one:
            now = self.now_ms()
            self.log.state, self.log.matter = state, matter
            entries = [self.log.add(type, now, **body) for type, body in lines]
            await self.shelve()
            for entry in entries:
                self._show(entry.packed())
        return entries

    async def shelve(self) -> None:
        """Put the log on its shelf; where that is away, later (`Rooms` tries again)."""
        if self.erased:
            return
        try:
            async with asyncio.timeout(SHELF_S):
                await self.shelf.put(self.log)
            self.unkept = False
        except Erased:
            self.erased, self.unkept = True, False
            log.info("a chat was erased while it went on; it is not kept any more")
        except (HotlineError, TimeoutError) as error:
            if not self.unkept:
                log.warning("a chat's log is not kept for now: %s", type(error).__name__)
            self.unkept = True

    def thinks(self, on: bool) -> None:
        """Dots for a reply that is not there soon."""
        if self._soon is not None:
            self._soon.cancel()
        self._soon = asyncio.get_running_loop().call_later(DOTS_AFTER_S, self._dot, True) if on else None
        if not on:
            self._dot(False)

    def types(self, on: bool, who: str) -> None:
        """Somebody is typing, or has stopped."""
        self._show({"type": "typing", "who": who, "on": on})

    def _dot(self, on: bool) -> None:
        if on != self._dots:
            self._dots = on
            self.types(on, HOUSE)

    def _show(self, data: Mapping[str, Any]) -> None:
        for window in (*self.windows, *self.mirrors):
            window.send(data)
