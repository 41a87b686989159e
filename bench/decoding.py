"""Whisper on all cores in a gateway's own process, without a pause: the worst that recognition can do to the sound of its calls."""

from __future__ import annotations

import asyncio
import os
import time
from typing import Any

from bench.utterances import ours, spoken
from voice.errors import Overloaded
from voice.models import find
from voice.recognizers.pool import Pool
from voice.recognizers.whisper import Whisper

UTTERANCES = 40


class Decoding:
    """Twice as many utterances at once as the pool has workers, at its own low priority."""

    def __init__(self) -> None:
        self.pool = Pool()
        self.done = self.refused = 0
        self._ear: Whisper | None = None
        self._begun = 0.0
        self._tasks: list[asyncio.Task[None]] = []

    async def load(self) -> None:
        """The model, on a worker, as the house loads it."""
        # The gateway may be pinned to a core for its sound; words are decoded on all of them. Threads inherit this one's cores.
        pinned = os.sched_getaffinity(0)
        os.sched_setaffinity(0, range(os.cpu_count() or 1))
        try:
            await self.pool.start()
        finally:
            os.sched_setaffinity(0, pinned)
        self._ear = await self.pool.run(self, lambda: Whisper("en", find("whisper", "en"), self.pool.workers))
        spoken(UTTERANCES)

    async def start(self) -> dict[str, Any]:
        self.done, self._begun = 0, time.monotonic()
        self._tasks = [asyncio.create_task(self._go_on(number)) for number in range(2 * self.pool.workers)]
        return {}

    async def stop(self) -> dict[str, Any]:
        """End it; gives utterances, seconds, and jobs that the pool refused."""
        for task in self._tasks:
            task.cancel()
        found = {"utterances": self.done, "seconds": time.monotonic() - self._begun, "refused": self.refused}
        await self.pool.close()
        return found

    async def _go_on(self, first: int) -> None:
        said, number = spoken(UTTERANCES), first
        ear = self._ear
        assert ear is not None
        while True:
            one = said[number % len(said)]
            try:
                await self.pool.run(one, lambda one=one: ours(ear, one))  # type: ignore[misc]
                self.done += 1
            except Overloaded:
                self.refused += 1
                await asyncio.sleep(0.1)
            number += 2 * self.pool.workers
