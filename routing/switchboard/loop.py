"""One thing at a time: what comes in is taken in its order. What takes long is a task; what comes of it comes in, too.

inbox.put_nowait(item)  ->  run  ->  take(item), until `over`  ->  close
"""

from __future__ import annotations

import asyncio
import logging
from abc import ABC, abstractmethod
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass
from typing import Any

from voice.errors import SipError
from voice.tasks import ended

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Due:
    """Something is to be done now, on the loop."""

    deed: Callable[[], Awaitable[None]]


class Loop(ABC):
    """Of one conversation. name: in the log. Set `over`, and the item that is being taken is the last one."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.inbox: asyncio.Queue[Any] = asyncio.Queue()
        self.over = False
        self._jobs: set[asyncio.Task[None]] = set()

    @abstractmethod
    async def take(self, item: Any) -> None:
        """What an item means; what it raises is logged, and the next one is taken."""

    @abstractmethod
    async def close(self) -> None:
        """It is over, and its tasks have ended: let go of the rest, and of what is still in the inbox."""

    async def run(self) -> None:
        """Until it is over; then nothing of it is left."""
        try:
            while not self.over:
                await self._taken(await self.inbox.get())
        finally:
            self.over = True
            await ended(self._jobs)
            await self.close()

    async def _taken(self, item: Any) -> None:
        try:
            await (item.deed() if isinstance(item, Due) else self.take(item))
        except SipError as error:
            log.info("%s: %s", self.name, error)  # somebody was quicker
        except Exception:
            log.exception("%s: something could not be done", self.name)

    def soon(self, deed: Callable[[], Awaitable[None]], after_s: float = 0.0) -> None:
        """Do this on the loop, now or later."""
        self.start(self._later(deed, after_s))

    def start(self, job: Coroutine[Any, Any, None]) -> None:
        """A task that ends with the loop."""
        if self.over:
            job.close()
            return
        task = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def _later(self, deed: Callable[[], Awaitable[None]], after_s: float) -> None:
        await asyncio.sleep(after_s)
        self.inbox.put_nowait(Due(deed))
