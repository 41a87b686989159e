"""Where clips are rendered: off the event loop, each once, within a deadline, and kept.

A voice that is late goes on by itself and what comes of it is kept; until it is back nobody else waits for it.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from concurrent.futures import Future, wait
from dataclasses import dataclass
from typing import TypeVar

from voice.errors import HotlineError, SpeechError
from voice.speech.cache import SpeechCache
from voice.speech.engine import Engine
from voice.speech.mastering import mastered
from voice.speech.protocol import Samples, Voice
from voice.speech.workers import Workers
from voice.tasks import ended

T = TypeVar("T")

_PARTING_S = 1.0  # for an engine to end what it is at, when the house shuts
_LOADING_S = 20.0  # for one that is being loaded: a program that ends meanwhile is aborted by its libraries


@dataclass(frozen=True, slots=True)
class Take:
    """One thing to be rendered. shortest_ms: a rendering under this has lost words. on_disk: may it outlive the process?
    urgent: does a caller wait for it? stretch: how many times as long as usual it is to be."""

    key: str
    voice: Voice
    what: str
    rate_hz: int
    shortest_ms: int = 0
    on_disk: bool = True
    urgent: bool = True
    stretch: float = 1.0


class Studio:
    """Used from one event loop. Every voice has a worker of its own, so that one that hangs stops no other."""

    def __init__(self, cache: SpeechCache, deadline_s: float, nice: int) -> None:
        """deadline_s: of one rendering, waiting for its turn included. nice: of the rendering threads (setpriority(2))."""
        self.cache = cache
        self._deadline_s = deadline_s
        self._nice = nice
        self._disk = Workers("speech-disk", nice=nice)
        self._workers: dict[str, Workers] = {}
        self._running: dict[str, asyncio.Task[Samples]] = {}
        self._late: dict[str, Future[Samples]] = {}
        self._loading: dict[str, Future[None]] = {}

    async def take(self, take: Take) -> Samples:
        """From the cache, or rendered, or by joining whoever has it rendered already.

        The samples are read-only. Raises HotlineError where the voice fails.
        """
        if (pcm := self.cache.recall(take.key)) is not None:
            return pcm
        task = self._running.get(take.key)
        if task is None:
            task = self._running[take.key] = asyncio.create_task(self._found_or_made(take))
            task.add_done_callback(lambda done: self._finished(take.key, done))
        return await asyncio.shield(task)  # one caller who hangs up does not take it from the others

    def wake(self, voice: Engine) -> None:
        """Have a voice loaded in the background, so that the first text that is in no cache does not wait for it."""
        # Should it fail, the next rendering says so.
        under_way = self._loading.get(voice.name)
        if under_way is None or under_way.done():
            with contextlib.suppress(SpeechError):
                self._loading[voice.name] = self._workers_of(voice).submit(voice.load, urgent=False)

    async def off_loop(self, work: Callable[[], T]) -> T:
        """Something short that looks at a disk."""
        return await asyncio.wrap_future(self._disk.submit(work))

    async def close(self) -> None:
        """Let go of the threads; what is being rendered is given up."""
        await ended(list(self._running.values()))
        loading = [future for future in self._loading.values() if not future.cancel()]
        await asyncio.to_thread(wait, loading, _LOADING_S)
        everyone = [*self._workers.values(), self._disk]
        for workers in everyone:
            workers.close()
        for workers in everyone:
            await asyncio.to_thread(workers.join, min(_PARTING_S, self._deadline_s))

    async def _found_or_made(self, take: Take) -> Samples:
        if (pcm := await self.off_loop(lambda: self.cache.load(take.key, take.rate_hz))) is not None:
            return pcm
        name = take.voice.name
        if name in self._late and not self._late[name].done():
            raise SpeechError("it has not come back from an earlier text")
        if (pcm := self.cache.recall(take.key)) is not None:
            return pcm  # it came late, while one looked at the disk
        future = self._workers_of(take.voice).submit(
            lambda: self.cache.keep(take.key, _rendered(take), take.rate_hz, take.on_disk), take.urgent
        )
        try:
            async with asyncio.timeout(self._deadline_s):
                return await asyncio.wrap_future(future)
        except TimeoutError:
            if not future.cancel():  # it was not merely waiting for its turn
                self._late[name] = future
            raise SpeechError(f"it was not ready within {self._deadline_s:g} s") from None

    def _workers_of(self, voice: Voice) -> Workers:
        if voice.name not in self._workers:
            self._workers[voice.name] = Workers(f"speech-{voice.name}", nice=self._nice)
        return self._workers[voice.name]

    def _finished(self, key: str, task: asyncio.Task[Samples]) -> None:
        self._running.pop(key, None)
        if not task.cancelled():
            task.exception()  # it is whoever's that asked; nobody may be left


def _rendered(take: Take) -> Samples:
    """One rendering, mastered. Raises HotlineError whatever went wrong inside the engine."""
    try:
        pcm = mastered(take.voice.render(take.what, take.rate_hz, take.stretch), take.rate_hz)
    except HotlineError:
        raise
    except Exception as error:
        raise SpeechError(f"it failed ({type(error).__name__})") from error
    if len(pcm) * 1000 < take.shortest_ms * take.rate_hz:
        raise SpeechError("it left out part of a text")
    return pcm
