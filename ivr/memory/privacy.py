"""What the law calls a subject's rights: a copy of everything, and being forgotten (GDPR articles 15, 17 and 20; 152-FZ articles 14 and 21).

Forgetting reaches Redis, its file on the disk (which is written anew) and the journal of this node. It does not reach back-ups.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from ivr.memory import matter as matters
from ivr.memory.audit import line
from ivr.memory.customer import Customer, Customers, percent
from ivr.memory.errors import Unfit
from ivr.memory.identity import STRONG, Identity, Kind
from ivr.memory.timeline import Timeline
from voice.errors import HotlineError

if TYPE_CHECKING:
    from ivr.memory.store import Store

PAGE = 500
SETTLED_S = 10.0
REWRITE_S = 60.0
REWRITE_POLL_S = 0.02


@dataclass(frozen=True, slots=True)
class Subject:
    """Somebody as the memory knows him. ids: of the customer, all that were merged. identities: surely his and nobody else's, the
    chats in which his matters were talked about included. matters: ids of his. touches: how many there are of his, `left`: identities
    that others share, or that are not surely his.
    """

    ids: tuple[str, ...]
    identities: tuple[Identity, ...]
    matters: tuple[str, ...]
    touches: int = 0
    left: tuple[Identity, ...] = ()

    @property
    def needles(self) -> tuple[str, ...]:
        """By which a text is known to be about him: ids, matters, and the values of his identities."""
        return (*self.ids, *self.matters, *(identity.value for identity in self.identities))

    def of(self, kind: Kind) -> tuple[str, ...]:
        """The values of his identities of one kind."""
        return tuple(identity.value for identity in self.identities if identity.kind is kind)


class Keeper(Protocol):
    """Whoever keeps more of a customer than the memory does: logs of chats, mail on its way out, recordings."""

    async def export(self, subject: Subject) -> Any:
        """What it keeps of him, as plain JSON values."""

    async def erase(self, subject: Subject) -> int:
        """Forget it; how many things that were. Doing so twice is no error."""


@dataclass(frozen=True, slots=True)
class Erased:
    """What was forgotten, and by which identities something was left: others share them, or they were not surely his.

    others: how many things each keeper forgot, by its name. cleaned: Redis's file was written anew, so that nothing of him is left on its disk either. False where that did not end in
    time, or the file is somebody else's business (no append-only file): then look after it.
    """

    touches: int
    matters: int
    identities: tuple[Identity, ...]
    left: tuple[Identity, ...]
    cleaned: bool
    others: Mapping[str, int] = field(default_factory=dict)


class Privacy:
    """A copy, and an end. `keepers`: everybody else, by name, who is to be asked too."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self.keepers: dict[str, Keeper] = {}
        self._store, self._now_ms = store, now_ms
        self._customers, self._timeline = Customers(store, now_ms), Timeline(store)

    async def export(self, customer: str) -> dict[str, Any]:
        """Everything that is kept of a customer, as plain JSON values. Raises Unfit, MemoryAway."""
        whole = await self._whole(customer)
        subject = await self.subject(customer)
        timelines: dict[str, list[Any]] = {}
        about: dict[str, Any] = {}
        for identity in dict.fromkeys((*subject.identities, *whole.identities)):
            mine = identity in subject.identities
            timelines[identity.address] = [
                _plain(touch) async for touch in self._all(identity) if (touch.customer in whole.ids if touch.customer else mine)
            ]
            names = await self._store.command("ZRANGE", f"o{identity.address}", 0, -1)
            for found in await self._store.run("matter", *names) if names else []:
                matter = matters.unpack(found)
                if matter and (matter.customer in whole.ids if matter.customer else mine):
                    about[matter.id] = _plain(matter)
        return {
            "customer": list(whole.ids),
            "created_ms": whole.created_ms,
            "facts": dict(whole.facts),
            "identities": {identity.address: sure for identity, sure in whole.identities.items()},
            "consent": [_plain(word) for word in whole.words],
            "audit": [_plain(told) for told in await self._customers.audit(customer)],
            "touches": timelines,
            "matters": list(about.values()),
            **{name: await keeper.export(subject) for name, keeper in self.keepers.items()},
        }

    async def erase(self, customer: str, by: str, clean: bool = True) -> Erased:
        """Forget a customer, all that was merged into him included. Export first: there is no way back. Raises Unfit, MemoryAway.

        clean: write Redis's file anew and wait for it (a gigabyte takes some 20 s); for many at once, `write_anew` after the last.
        by: who asked for it; stays in the house's own list of erasures, which names nobody who was erased.
        """
        # What was put by while Redis was away is written before one looks, and not after.
        self._store.wake()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(SETTLED_S):
                await self._store.settled()
        subject = await self.subject(customer)
        # First whatever is found by the memory alone: it must not be gone before.
        others = {name: await keeper.erase(subject) for name, keeper in self.keepers.items()}
        told = line(self._now_ms(), "erase", by)
        ids, gone, _, touches, erased = await self._take("erase", customer, told)
        if self._store.journal is not None:
            await self._store.journal.forget([*gone, *ids, *erased])
        cleaned = clean and await self.write_anew()
        return Erased(touches, len(erased), tuple(map(Identity.from_address, gone)), subject.left, cleaned, others)

    async def subject(self, customer: str) -> Subject:
        """What an erasure would take. Raises Unfit, MemoryAway."""
        whole = await self._whole(customer)
        ids, gone, left, touches, about = await self._take("look", customer, "")
        still = [identity for identity in map(Identity.from_address, left) if identity in whole.identities]
        return Subject(tuple(ids), tuple(map(Identity.from_address, gone)), tuple(about), touches, tuple(still))

    async def _take(self, verb: str, customer: str, told: str) -> Any:
        former = {told.detail["identity"] for told in await self._customers.audit(customer) if "identity" in told.detail}
        return await self._store.run("erase", customer, percent(STRONG), verb, told, *sorted(former))

    async def write_anew(self) -> bool:
        """What was appended to Redis's file in former days is in it until it is written anew: do that, and wait for it; was it done?"""
        asked = False
        with contextlib.suppress(HotlineError, TimeoutError):
            async with asyncio.timeout(REWRITE_S):
                while True:
                    state = await self._store.command("INFO", "persistence")
                    if not state["aof_enabled"]:
                        return False
                    busy = state["aof_rewrite_in_progress"] or state["aof_rewrite_scheduled"]
                    if not busy and asked:
                        return bool(state["aof_last_bgrewrite_status"] == "ok")
                    if not busy:
                        # One that began before him would have him in it.
                        await self._store.command("BGREWRITEAOF")
                        asked = True
                    await asyncio.sleep(REWRITE_POLL_S)
        return False

    async def erasures(self) -> list[Any]:
        """The house's own list: when somebody was forgotten, and by whom."""
        return [json.loads(told) for told in await self._store.command("LRANGE", "U", 0, -1)]

    async def _whole(self, customer: str) -> Customer:
        whole = await self._customers.get(customer)
        if whole is None:
            raise Unfit("there is no such customer")
        return whole

    async def _all(self, identity: Identity) -> Any:
        """A timeline page by page, so that no answer is large."""
        first = 0
        while page := await self._timeline.of(identity, first, first + PAGE - 1):
            for touch in page:
                yield touch
            first += PAGE


def _plain(value: Any) -> Any:
    """A value of ours as JSON has it."""
    if isinstance(value, Identity):
        return value.address
    if dataclasses.is_dataclass(value):
        return {each.name: _plain(getattr(value, each.name)) for each in dataclasses.fields(value)}
    if isinstance(value, tuple | list):
        return [_plain(one) for one in value]
    return dict(value) if isinstance(value, dict) else value
