"""What somebody has begun to write and not sent: kept with the assignment, so that a reload, or another window, shows it again."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.memory.store import Store

KEY = "hotline:desk:draft:"
KEPT_S = 7 * 86_400
FIELDS = ("text", "note", "code")  # a reply; a note of the wrap-up; its code


class Drafts:
    """By assignment. All raise MemoryAway."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, assignment: str, field: str, text: str) -> None:
        """An empty text is none."""
        key = KEY + assignment
        if not text:
            await self._store.command("HDEL", key, field)
            return
        await self._store.command("HSET", key, field, text)
        await self._store.command("EXPIRE", key, KEPT_S)

    async def of(self, assignments: Iterable[str]) -> dict[str, Mapping[str, str]]:
        """All there are of these."""
        found: dict[str, Mapping[str, str]] = {}
        for one in assignments:
            fields = await self._store.command("HMGET", KEY + one, *FIELDS)
            if kept := {name: text for name, text in zip(FIELDS, fields, strict=True) if text}:
                found[one] = kept
        return found

    async def drop(self, assignment: str, field: str = "") -> None:
        """Sent, or of no use any more."""
        await self._store.command(*(("HDEL", KEY + assignment, field) if field else ("DEL", KEY + assignment)))
