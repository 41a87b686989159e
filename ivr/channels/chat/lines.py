"""Lines for a chat that come from elsewhere: a call puts a link in, and it stands in the chat where the customer left it.

The phone's process and the desk's know each other through Redis only: what is put in waits in an outbox, one lane a chat, until the
desk's process shows it; once, whatever breaks off in between, for an entry of a chat has a name.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

from ivr.channels.courier import Again, Courier, Never
from ivr.channels.outbox import Item, Outbox
from ivr.memory.store import Store
from voice.errors import HotlineError


class Shows(Protocol):
    """Where chats are (`Rooms`)."""

    async def show(self, chat: str, name: str, text: str, language: str) -> bool: ...


def lines_box(store: Store, now_ms: Callable[[], int]) -> Outbox:
    """Where lines wait."""
    return Outbox(store, "chat", now_ms)


def showing(box: Outbox, rooms: Shows) -> Courier:
    """Who brings them into the chats of this process."""

    async def shown(item: Item) -> Again | Never | None:
        try:
            known = await rooms.show(item.lane, item.id, str(item.body["text"]), str(item.body["language"]))
        except HotlineError:
            return Again("the shelf is away")
        return None if known else Never("there is no such chat any more")

    return Courier(box, shown, hands=1)
