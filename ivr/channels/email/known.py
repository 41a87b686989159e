"""What is known of mails by their Message-IDs: whether one was filed, by whom it is being filed, and to which matter it belongs.

In `hotline:mail:<digest of the Message-ID>`, as JSON: begun and by while it is filed; then done, m (the matter), ours and offer.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.channels.email.review import digest_of
from ivr.memory.errors import MemoryAway
from ivr.memory.store import Store

KNOWN_MS = 40 * 86_400_000  # longer than any mailbox is looked back into
BEGUN_MS = 90_000  # how long one who works on a mail has it to himself
REFERENCES_LOOKED_AT = 12


@dataclass(frozen=True, slots=True)
class Thread:
    """What a mail answers. matter: "" for none. ours: the nearest is a mail of the house. offered: that asked whether to go on."""

    matter: str = ""
    ours: bool = False
    offered: bool = False


class Known:
    """Of one process. All methods raise MemoryAway."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms
        self._token = secrets.token_urlsafe(6)

    async def begin(self, digest: str) -> dict[str, Any]:
        """Take a mail for oneself; what is known of it. Raises MemoryAway also where somebody else has it now."""
        key, now = _key(digest), self._now_ms()
        mine = json.dumps({"begun": now, "by": self._token})
        if await self._store.command("SET", key, mine, "NX", "PX", KNOWN_MS) is not None:
            return {}
        text = await self._store.command("GET", key)
        known: dict[str, Any] = json.loads(text) if text else {}
        if "begun" not in known:
            return known
        own = known.get("by") == self._token
        if not own and now - int(known["begun"]) < BEGUN_MS:
            raise MemoryAway("somebody else is at this mail")
        await self._store.command("SET", key, mine, "PX", KNOWN_MS)
        await self._store.settled()  # what was put by then is written before one looks
        return {"crashed": known["begun"]}

    async def end(self, digest: str, matter: str, **marks: bool) -> None:
        """It is filed, in this matter."""
        known = {"done": 1, "m": matter, **{name: 1 for name, holds in marks.items() if holds}}
        await self._store.command("SET", _key(digest), json.dumps(known), "PX", KNOWN_MS)

    async def remember(self, message_id: str, matter: str, *, offer: bool = False) -> None:
        """A mail of ours: an answer to it belongs to this matter; should it come back, it is known.

        offer: it asks whether to go on with that matter.
        """
        await self.end(digest_of(message_id), matter, ours=True, offer=offer)

    async def thread(self, references: Sequence[str]) -> Thread:
        """What is known of the mails that one answers. references: their Message-IDs, the nearest last."""
        ids = list(reversed(references))[:REFERENCES_LOOKED_AT]
        found = await self._store.command("MGET", *(_key(digest_of(one)) for one in ids)) if ids else ()
        known = [json.loads(text) for text in found if text]
        if not known:
            return Thread()
        nearest = known[0]
        # An offer is answered by what comes right after it; who declined it has begun something else.
        matter = next((str(one["m"]) for one in known if one.get("m") and (one is nearest or "offer" not in one)), "")
        return Thread(matter, "ours" in nearest, "offer" in nearest)


def _key(digest: str) -> str:
    return f"hotline:mail:{digest}"
