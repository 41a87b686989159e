"""Where logs of chats are kept between two visits and over a restart: in Redis, one key a chat, forgotten by itself."""

from __future__ import annotations

import logging
from typing import Any, Protocol

from ivr.channels.chat.log import Log
from ivr.memory.identity import Kind
from ivr.memory.privacy import Subject
from ivr.memory.store import Store
from voice.errors import HotlineError

log = logging.getLogger(__name__)
KEPT_S = 30 * 86_400
KEY = "h"  # then the chat's id: beside the keys of ivr/memory, whose letters it shares


class Erased(HotlineError):
    """The log was erased while its chat went on: it is not put there again."""


class Shelf(Protocol):
    """Both raise HotlineError where the store is away."""

    async def put(self, chat: Log) -> None:
        """Keep this log as it is now. Raises Erased."""

    async def get(self, chat: str) -> Log | None:
        """The log of this id, or None."""


class RedisShelf:
    """The shelf in the memory's Redis. Also a keeper (ivr.memory.privacy): of the chats of whoever is to be erased."""

    def __init__(self, store: Store, kept_s: int = KEPT_S) -> None:
        self.store, self.kept_s = store, kept_s

    async def put(self, chat: Log) -> None:
        # A log that lay here and does not any more was erased: what was said before must not come back.
        once_more = ("XX",) if chat.kept else ()
        text = chat.pack().encode("utf-8", "replace")
        if await self.store.command("SET", KEY + chat.chat, text, "EX", self.kept_s, *once_more) is None:
            raise Erased("this chat was erased")
        chat.kept = True

    async def get(self, chat: str) -> Log | None:
        text = await self.store.command("GET", KEY + chat)
        if text is None:
            return None
        try:
            found = Log.unpack(text)
        except ValueError:
            log.error("a chat's log cannot be read; the visitor begins anew")
            return None
        found.kept = True
        return found

    async def export(self, subject: Subject) -> list[Any]:
        """What was said in his chats, line by line."""
        logs = [await self.get(chat) for chat in subject.of(Kind.CHAT)]
        return [{"chat": one.chat, "lines": [entry.packed() for entry in one.entries]} for one in logs if one is not None]

    async def erase(self, subject: Subject) -> int:
        """Forget his chats; one that goes on just now is kept no longer."""
        return sum([int(await self.store.command("DEL", KEY + chat)) for chat in subject.of(Kind.CHAT)])
