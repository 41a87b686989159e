"""What is to be sent to one open page: what is for this person goes first, news of the floor when nothing of that is left."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Callable, Mapping
from typing import Any

from routing.desk.gate import Visitor
from routing.desk.news import DEPTH, encoded

WAITING_MOST = 4000
NEWS_MOST = 20  # messages; a page that is so far behind gets the floor whole instead


class Window:
    """listening: contacts that a supervisor listens to here. depth: so many of the queue are seen. behind: news were left out."""

    def __init__(self, visitor: Visitor, abort: Callable[[], None]) -> None:
        self.visitor = visitor
        self.listening: set[str] = set()
        self.depth = DEPTH
        self.behind = False
        self._own: deque[str | tuple[int, str]] = deque()
        self._news: deque[str] = deque()
        self._there = asyncio.Event()
        self._abort = abort

    def send(self, data: Mapping[str, Any] | str) -> None:
        """For this person: an answer, his own event. A message, or its text."""
        self._put(data if isinstance(data, str) else encoded(data))

    def end(self, code: int, why: str) -> None:
        """Close it, after what was sent."""
        self._put((code, why))

    def news(self, text: str) -> None:
        """Of the floor; where the page does not keep up, `behind` is set, and it is whole again by `anew`."""
        if len(self._news) >= NEWS_MOST:
            self._news.clear()
            self.behind = True
        if not self.behind:
            self._news.append(text)
            self._there.set()

    def anew(self, text: str) -> None:
        """The floor whole, instead of what was left out."""
        self.behind = False
        self._news.append(text)
        self._there.set()

    def abort(self) -> None:
        """Cut the line: the page comes again, and gets the rest then."""
        self._abort()

    async def next(self) -> str | tuple[int, str]:
        """What goes out now: a text, or the code and the reason of the end."""
        while not self._own and not self._news:
            self._there.clear()
            await self._there.wait()
        return self._own.popleft() if self._own else self._news.popleft()

    def _put(self, what: str | tuple[int, str]) -> None:
        if len(self._own) >= WAITING_MOST:
            self._abort()
            return
        self._own.append(what)
        self._there.set()
