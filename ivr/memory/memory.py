"""The memory: the one face of all that is remembered, for every channel.

    memory = Memory(store, epoch_ms)
    known = await memory.who(phone("+7 495 123-45-67"))
    matter = memory.matters.begin("parcel", 3, [known.identity], "phone")
    matter = await memory.matters.checkpoint(replace(matter, step="day", state=state.to_dict()), answers)

Whatever it is asked, it answers or raises MemoryAway within `connect_ms` + `op_ms` of the store. Touches, checkpoints and consent
are never lost: while Redis is away they wait in the store's journal. Times are milliseconds since the epoch.
"""

from __future__ import annotations

from collections.abc import Callable

from ivr.memory import lookup
from ivr.memory.consent import Consents
from ivr.memory.customer import Customers
from ivr.memory.identity import Identity
from ivr.memory.lookup import TOUCHES, Who
from ivr.memory.matter import Matters
from ivr.memory.store import Store
from ivr.memory.ticket import Tickets
from ivr.memory.timeline import Timeline, Touch


class Memory:
    """One store, by noun: `customers`, `timeline`, `matters`, `tickets`, `consents`; and `who`, which asks for all at once."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        """now_ms: the time, milliseconds since the epoch."""
        self.store, self.now_ms = store, now_ms
        self.timeline = Timeline(store)
        self.customers = Customers(store, now_ms)
        self.matters = Matters(store, now_ms)
        self.tickets = Tickets(store, now_ms)
        self.consents = Consents(store, now_ms)
        store.wake()

    @property
    def away(self) -> bool:
        """Whether Redis is known to be away: for a banner; calls refuse at once by themselves."""
        return self.store.away

    async def who(self, identity: Identity, touches: int = TOUCHES) -> Who:
        """Customers with confidence, language, open matters and the last touches. One round trip. Raises MemoryAway."""
        return await lookup.who(self.store, identity, self.now_ms(), touches)

    async def touch(self, touch: Touch, language: str = "") -> bool | None:
        """Keep a touch, once: True new, False known, None in the journal. Raises JournalFull."""
        return await self.timeline.touch(touch, language)

    async def close(self) -> None:
        """Let go of the store and its journal."""
        await self.store.close()
        if self.store.journal is not None:
            await self.store.journal.close()
