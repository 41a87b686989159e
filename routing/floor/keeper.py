"""What the floor keeps of a customer: requests, stories, talks, who he is in contact records and events; a copy of it, and an end (ivr.memory.privacy.Keeper).

A contact record stays as a figure; whose it was is taken out of it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from ivr.memory.privacy import Subject
from ivr.memory.store import Store
from routing.floor.contacts import Contacts
from routing.floor.store import TALK, P
from routing.floor.story import rows

PAGE = 500


class FloorKeeper:
    """See the module. beside: how keys begin that somebody else keeps by an assignment (drafts, replies). All raise MemoryAway."""

    def __init__(self, store: Store, beside: Sequence[str] = ()) -> None:
        self._store, self._contacts, self._beside = store, Contacts(store), beside

    async def export(self, subject: Subject) -> list[Any]:
        """Contact by contact: its record, its story, what was said."""
        found = []
        for contact in await self._of(subject):
            record = await self._contacts.get(contact)
            lines, story = await rows(self._store, f"{TALK}{contact}"), await rows(self._store, f"{P}log:{contact}")
            found.append({"contact": contact, "record": record.values() if record else None, "story": story, "talk": lines})
        return found

    async def erase(self, subject: Subject) -> int:
        """Forget it; how many contacts and events that were."""
        ask, gone = self._store.command, 0
        for contact in await self._of(subject):
            request, customer, topic = await ask("HMGET", f"{P}c:{contact}", "request", "customer", "topic")
            story = await rows(self._store, f"{P}log:{contact}")
            given = {data["assignment"]["id"] for kind, _, data in story if kind == "assignment.changed"}
            notes = {f"{prefix}{one}" for prefix in (f"{P}a:", *self._beside) for one in given}
            gone += int(await ask("EXISTS", f"{P}c:{contact}"))
            await ask("HDEL", f"{P}c:{contact}", "customer", "topic")
            await ask(
                "UNLINK",
                f"{P}log:{contact}",
                f"{TALK}{contact}",
                f"{P}r:{request}",
                f"{P}last:{customer}:{topic}",
                *sorted(notes),
            )
        keys = [f"{P}of:{key}" for key in _keys(subject)] + [f"{P}k:{key}" for key in _keys(subject)]
        keys += [f"{P}{kind}:{matter}" for matter in subject.matters for kind in ("m", "w", "k:m")]
        if keys:
            await ask("UNLINK", *keys)
        return gone + await self._from_stream(subject)

    async def _of(self, subject: Subject) -> list[str]:
        keys = [f"{P}of:{key}" for key in _keys(subject)]
        by_matter = [await self._store.command("GET", f"{P}m:{matter}") for matter in subject.matters]
        found = await self._store.command("SUNION", *keys) if keys else []
        return sorted({*found, *(one for one in by_matter if one)})

    async def _from_stream(self, subject: Subject) -> int:
        """Events of the last hour or so that speak of him."""
        needles, last, gone = [json.dumps(needle, ensure_ascii=False)[1:-1] for needle in subject.needles], "-", 0
        while found := await self._store.command("XRANGE", f"{P}events", last, "+", "COUNT", PAGE):
            names = [name for name, fields in found if any(needle in fields["d"] for needle in needles)]
            if names:
                gone += int(await self._store.command("XDEL", f"{P}events", *names))
            last = f"({found[-1][0]}"
        return gone


def _keys(subject: Subject) -> list[str]:
    return [f"c:{name}" for name in subject.ids] + [f"i:{identity.address}" for identity in subject.identities]
