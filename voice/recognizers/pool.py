"""Worker threads for recognition: one a core, on a lower scheduling priority than sound, with a bounded backlog.

Jobs of one owner (an utterance) run in order and never two at once; different owners run side by side. Where the oldest
waiting job is too old, or too many wait, a new one is refused: a caller is better served by keys than by late words.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import os
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, TypeVar

from voice.clock import Clock, SystemClock
from voice.errors import Overloaded

T = TypeVar("T")
log = logging.getLogger(__name__)

NICENESS = 10  # setpriority(2), below sound: sound gets nine times the share of a worker where both want the core
MOST_WAITING = 2000


@dataclass(slots=True, eq=False)
class Job:
    """One piece of work, and the future of the one who waits for it."""

    call: Callable[[], Any]
    future: asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop
    since_ns: int


@dataclass(slots=True, eq=False)
class Lane:
    """The jobs of one owner; holds the owner, so that its id stays its own."""

    owner: object
    jobs: deque[Job] = field(default_factory=deque)


@dataclass(slots=True)
class Counters:
    """What the pool has done since it began; waits in nanoseconds from asking to beginning."""

    done: int = 0
    failed: int = 0
    refused: int = 0
    dropped: int = 0
    longest_wait_ns: int = 0


class Pool:
    """`workers`: threads (cores). `backlog_s`: age of the oldest waiting job at which new ones are refused."""

    def __init__(
        self, workers: int | None = None, backlog_s: float = 2.0, most_waiting: int = MOST_WAITING, clock: Clock | None = None
    ) -> None:
        self.workers = workers or os.cpu_count() or 1
        self.counters = Counters()
        self._backlog_ns, self._most_waiting = int(backlog_s * 1e9), most_waiting
        self._clock = clock or SystemClock()
        self._lanes: dict[int, Lane] = {}
        self._ready: deque[Lane] = deque()  # lanes with work that no thread is busy with, oldest first
        self._waiting: dict[Job, None] = {}  # in order of asking
        self._changed = threading.Condition()
        self._threads: list[threading.Thread] = []
        self._open = False

    @property
    def backlog(self) -> int:
        """Jobs that wait for a worker."""
        return len(self._waiting)

    async def start(self) -> None:
        """Start the threads; starting twice does nothing."""
        if self._open:
            return
        self._open = True
        self._threads = [threading.Thread(target=self._work, name=f"ear-{number}", daemon=True) for number in range(self.workers)]
        for thread in self._threads:
            thread.start()

    async def close(self) -> None:
        """Refuse what waits, let what runs come to its end, and join the threads."""
        with self._changed:
            self._open = False
            waiting = list(self._waiting)
            self._waiting.clear()
            self._ready.clear()
            self._lanes.clear()
            self._changed.notify_all()
        for job in waiting:
            self._answer(job, None, Overloaded("recognition has been shut down"))
        for thread in self._threads:
            await asyncio.to_thread(thread.join)
        self._threads = []

    async def run(self, owner: object, job: Callable[[], T]) -> T:
        """Run `job` on a worker after all earlier jobs of this owner; what it raises is raised here.

        Raises Overloaded where recognition is too far behind or the pool is closed. A caller that is cancelled before its
        job began takes the job along.
        """
        loop = asyncio.get_running_loop()
        posted = Job(job, loop.create_future(), loop, self._clock.now_ns())
        with self._changed:
            if not self._open:
                raise Overloaded("recognition is not running")
            oldest = next(iter(self._waiting), None)
            if len(self._waiting) >= self._most_waiting or (oldest and posted.since_ns - oldest.since_ns > self._backlog_ns):
                self.counters.refused += 1
                raise Overloaded(
                    f"recognition is behind: {len(self._waiting)} jobs wait", "Fewer calls, more cores, or a lighter engine"
                )
            self._waiting[posted] = None
            lane = self._lanes.get(id(owner))
            if lane is None:
                lane = self._lanes[id(owner)] = Lane(owner)
                self._ready.append(lane)
            lane.jobs.append(posted)
            self._changed.notify()
        result: T = await posted.future
        return result

    def _work(self) -> None:
        """One worker's life."""
        try:
            # On Linux a thread has a priority of its own; below the process's, wherever that one stands.
            thread = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread, min(19, os.getpriority(os.PRIO_PROCESS, thread) + NICENESS))
        except (OSError, AttributeError) as error:
            log.warning("a recognition worker keeps its normal priority: %s", error)
        while True:
            with self._changed:
                while self._open and not self._ready:
                    self._changed.wait()
                if not self._open:
                    return
                lane = self._ready.popleft()
                job = lane.jobs.popleft()
                self._waiting.pop(job, None)
                self.counters.longest_wait_ns = max(self.counters.longest_wait_ns, self._clock.now_ns() - job.since_ns)
            self._do(job)
            with self._changed:
                if not lane.jobs:
                    self._lanes.pop(id(lane.owner), None)
                elif self._open:
                    self._ready.append(lane)
                    self._changed.notify()
            del job, lane

    def _do(self, job: Job) -> None:
        if job.future.cancelled():
            self.counters.dropped += 1
            return
        try:
            result = job.call()
        except BaseException as error:  # whatever an engine raises belongs to the one who asked
            self.counters.failed += 1
            self._answer(job, None, error if isinstance(error, Exception) else RuntimeError(repr(error)))
        else:
            self.counters.done += 1
            self._answer(job, result, None)

    @staticmethod
    def _answer(job: Job, result: Any, error: Exception | None) -> None:
        def settle() -> None:
            if not job.future.done():
                if error is None:
                    job.future.set_result(result)
                else:
                    job.future.set_exception(error)

        with contextlib.suppress(RuntimeError):  # the loop has ended: nobody waits any more
            job.loop.call_soon_threadsafe(settle)
