"""What the floor must learn of one call, in order, and nothing of it lost: a talk never waits for Redis, and Redis is told when it is back."""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable

from ivr.memory.errors import MemoryAway
from voice.errors import HotlineError
from voice.tasks import ended

log = logging.getLogger(__name__)
AGAIN_S = 0.5
Job = Callable[[], Awaitable[object]]


class Dispatch:
    """Of one call. Jobs are done one after another; one that finds Redis away is tried again until it is there."""

    def __init__(self, name: str) -> None:
        self._jobs: asyncio.Queue[Job | None] = asyncio.Queue()
        self._runner = asyncio.create_task(self._run(), name=name)

    def post(self, job: Job) -> None:
        """Do this in its turn."""
        self._jobs.put_nowait(job)

    async def settled(self, within_s: float) -> bool:
        """Wait until all that was posted is done, for so long at most."""
        done = asyncio.Event()

        async def mark() -> None:
            done.set()

        self.post(mark)
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(within_s):
                await done.wait()
        return done.is_set()

    async def close(self, within_s: float) -> None:
        """Nothing more is posted. What is not done by then is given up, and said so."""
        self._jobs.put_nowait(None)
        done, _ = await asyncio.wait({self._runner}, timeout=within_s)
        if not done:
            await ended([self._runner])
            log.error("%d things about a call were not told to the floor: Redis is away", self._jobs.qsize())

    async def _run(self) -> None:
        while (job := await self._jobs.get()) is not None:
            while True:
                try:
                    await job()
                except MemoryAway:
                    await asyncio.sleep(AGAIN_S)
                    continue
                except HotlineError as error:
                    log.warning("the floor does not take it: %s", error)
                except Exception:
                    log.exception("the floor could not be told")
                break
