"""What somebody has begun to write and not sent: kept with the assignment, so that a reload, or another window, shows it again.

The answer to a mail lies with the mail: whoever has it next, where its operator has left, finds it begun.

    hotline:desk:draft:<assignment, or a mail's digest>    text, note, code
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from routing.floor.records import Assignment, Medium
from routing.floor.states import TALKING

if TYPE_CHECKING:
    from ivr.memory.store import Store

KEY = "hotline:desk:draft:"
KEPT_S = 7 * 86_400
TEXT = "text"
FIELDS = (TEXT, "note", "code")  # a reply; a note of the wrap-up; its code


def of_mail(mine: Assignment) -> bool:
    """Whether the answer that is written here is a mail's."""
    return mine.medium is Medium.MAIL


class Drafts:
    """All raise MemoryAway."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, mine: Assignment, field: str, text: str) -> None:
        """An empty text is none."""
        await self.write(mine.contact if field == TEXT and of_mail(mine) else mine.id, field, text)

    async def write(self, name: str, field: str, text: str) -> None:
        """name: of the assignment or mail."""
        key = KEY + name
        if not text:
            await self._store.command("HDEL", key, field)
            return
        await self._store.command("HSET", key, field, text)
        await self._store.command("EXPIRE", key, KEPT_S)

    async def of(self, assignments: Iterable[Assignment]) -> dict[str, Mapping[str, str]]:
        """All there are of these, by assignment; the answer to a mail as long as it is this operator's to write."""
        found: dict[str, Mapping[str, str]] = {}
        for one in assignments:
            fields = await self._store.command("HMGET", KEY + one.id, *FIELDS)
            kept = {name: text for name, text in zip(FIELDS, fields, strict=True) if text}
            if of_mail(one) and one.state in TALKING and (text := await self.text(one.contact)):
                kept[TEXT] = text
            if kept:
                found[one.id] = kept
        return found

    async def text(self, mail: str) -> str:
        """The answer to a mail as far as somebody has written it."""
        return str(await self._store.command("HGET", KEY + mail, TEXT) or "")

    async def drop(self, name: str, field: str = "") -> None:
        """Sent, or of no use any more. name: of the assignment or mail."""
        await self._store.command(*(("HDEL", KEY + name, field) if field else ("DEL", KEY + name)))
