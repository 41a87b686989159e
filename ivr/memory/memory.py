"""The memory: the one face of all that is remembered, for every channel.

    memory = Memory(store, epoch_ms)
    known = await memory.who(phone("+7 495 123-45-67"))
    matter = memory.matters.begin("parcel", 3, [known.identity], "phone")
    matter = await memory.matters.checkpoint(replace(matter, step="day", state=state.to_dict()), answers)

Whatever it is asked, it answers or raises MemoryAway within `connect_ms` + `op_ms` of the store. Touches, checkpoints and consent
are never lost: while Redis is away they wait in the store's journal. Times are milliseconds since the epoch.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path

from ivr.counts import Counts
from ivr.memory import lookup
from ivr.memory.callbacks import CallBacks
from ivr.memory.consent import Consents
from ivr.memory.customer import Customers
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import Identity
from ivr.memory.journal import Journal
from ivr.memory.lookup import TOUCHES, Case, Who
from ivr.memory.matter import Matters
from ivr.memory.privacy import Privacy
from ivr.memory.retention import Sweeper
from ivr.memory.server import PrivateRedis, state_folder
from ivr.memory.store import OP_MS, Store
from ivr.memory.ticket import Tickets
from ivr.memory.timeline import Timeline, Touch
from voice.clock import epoch_ms

LATE_MS = 3000.0  # a Redis that takes longer is as good as none, even for what is used when it comes
AGAIN_S = 0.25


class Memory:
    """One store, by noun: `customers`, `timeline`, `matters`, `tickets`, `consents`, `callbacks`, `privacy`, `sweeper`; and `who`, which asks for all at once."""

    def __init__(self, store: Store, now_ms: Callable[[], int], late: Store | None = None) -> None:
        """now_ms: the time, milliseconds since the epoch. late: the same Redis with more patience, for who is asked about in vain."""
        self.store, self.now_ms, self.late = store, now_ms, late or store
        self.timeline = Timeline(store)
        self.customers = Customers(store, now_ms)
        self.matters = Matters(store, now_ms)
        self.tickets = Tickets(store, now_ms)
        self.consents = Consents(store, now_ms)
        self.callbacks = CallBacks(store, now_ms)
        self.privacy = Privacy(store, now_ms)
        self.sweeper = Sweeper(store)
        self.counts = Counts(store, now_ms)
        store.wake()

    @property
    def away(self) -> bool:
        """Whether Redis is known to be away: for a banner; calls refuse at once by themselves."""
        return self.store.away

    async def who(self, identity: Identity, touches: int = TOUCHES) -> Who:
        """Customers with confidence, language, open matters and the last touches. One round trip. Raises MemoryAway."""
        return await lookup.who(self.store, identity, self.now_ms(), touches)

    async def case(self, identity: Identity | None, matter: str, customer: str, touches: int = TOUCHES) -> Case:
        """Who somebody is, what he is about, and who he had proved to be. One round trip. Raises MemoryAway."""
        return await lookup.case(self.store, identity, matter, customer, self.now_ms(), touches)

    async def who_at_last(self, identity: Identity, touches: int = TOUCHES) -> Who:
        """The same, however long it takes, from a Redis that is slow or away: whoever asks sets the limit by cancelling. Raises StoreUnfit."""
        store = self.store
        while True:
            try:
                return await lookup.who(store, identity, self.now_ms(), touches)
            except MemoryAway:
                store = self.late
            await asyncio.sleep(AGAIN_S)

    async def touch(self, touch: Touch, language: str = "") -> bool | None:
        """Keep a touch, once: True new, False known, None in the journal. Raises JournalFull."""
        return await self.timeline.touch(touch, language)

    async def close(self) -> None:
        """Let go of the store and its journal."""
        await self.counts.close()
        await self.store.close()
        if self.late is not self.store:
            await self.late.close()
        if self.store.journal is not None:
            await self.store.journal.close()


@asynccontextmanager
async def remembering(
    url: str = "", folder: Path | None = None, now_ms: Callable[[], int] = epoch_ms, op_ms: float = OP_MS
) -> AsyncIterator[Memory]:
    """A memory on the Redis of `url` (HOTLINE_REDIS), or on a private one where none is named; with a journal in `folder`.

    folder: of what outlives the program, state_folder() if not given. op_ms: for one operation. Raises ConfigError. A named Redis that is away is no
    error: it is asked again. One that is there and unfit is: StoreUnfit.
    """
    place = folder or state_folder()
    async with AsyncExitStack() as stack:
        named = url or await stack.enter_async_context(PrivateRedis(place / "redis"))
        store = Store(named, await Journal.open(place / "journal.sqlite"), op_ms=op_ms)
        late = Store(named, connect_ms=LATE_MS, op_ms=LATE_MS)
        memory = Memory(store, now_ms, late)
        stack.push_async_callback(memory.close)
        with suppress(MemoryAway):
            await store.command("PING")
            await late.command("PING")  # a connection that lies ready: to make one takes several answers
        yield memory
