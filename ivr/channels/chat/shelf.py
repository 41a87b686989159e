"""Where logs of chats are kept between two visits and over a restart: in Redis, one key a chat, forgotten by itself."""

from __future__ import annotations

import logging
from typing import Protocol

from ivr.channels.chat.log import Log
from ivr.memory.store import Store

log = logging.getLogger(__name__)
KEPT_S = 30 * 86_400
KEY = "h"  # then the chat's id: beside the keys of ivr/memory, whose letters it shares


class Shelf(Protocol):
    """Both raise HotlineError where the store is away."""

    async def put(self, chat: Log) -> None:
        """Keep this log as it is now."""

    async def get(self, chat: str) -> Log | None:
        """The log of this id, or None."""


class RedisShelf:
    """The shelf in the memory's Redis."""

    def __init__(self, store: Store, kept_s: int = KEPT_S) -> None:
        self.store, self.kept_s = store, kept_s

    async def put(self, chat: Log) -> None:
        await self.store.command("SET", KEY + chat.chat, chat.pack().encode("utf-8", "replace"), "EX", self.kept_s)

    async def get(self, chat: str) -> Log | None:
        text = await self.store.command("GET", KEY + chat)
        if text is None:
            return None
        try:
            return Log.unpack(text)
        except ValueError:
            log.error("a chat's log cannot be read; the visitor begins anew")
            return None
