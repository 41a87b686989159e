"""What happened on a call and is not read yet: a bounded queue that may lose partials and nothing else."""

from __future__ import annotations

import asyncio
from collections import deque

from voice.events import Event, Partial


class Mailbox:
    """Events of one call, in order, for one reader. `lost_partials` counts what a slow reader missed."""

    def __init__(self, room: int = 256) -> None:
        self.room = room
        self.lost_partials = 0
        self._events: deque[Event] = deque()
        self._waiter: asyncio.Future[None] | None = None

    def __len__(self) -> int:
        return len(self._events)

    def put(self, event: Event) -> None:
        """Never blocks. A full box drops its oldest Partial; where it holds none, it grows rather than lose a word or a key."""
        if len(self._events) >= self.room:
            old = next((e for e in self._events if isinstance(e, Partial)), event if isinstance(event, Partial) else None)
            if old is not None:
                self.lost_partials += 1
                if old is event:
                    return
                self._events.remove(old)
        self._events.append(event)
        if self._waiter is not None and not self._waiter.done():
            self._waiter.set_result(None)

    async def get(self) -> Event:
        """The oldest event; waits for one."""
        while not self._events:
            self._waiter = asyncio.get_running_loop().create_future()
            try:
                await self._waiter
            finally:
                self._waiter = None
        return self._events.popleft()
