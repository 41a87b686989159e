"""Threads that render, below the sound clock in priority: a loaded machine costs a later prompt, never a lost frame."""

from __future__ import annotations

import contextlib
import itertools
import os
import queue
import threading
from collections.abc import Callable
from concurrent.futures import Future
from typing import Any, TypeVar

from voice.errors import SpeechError

T = TypeVar("T")

_URGENT, _PATIENT, _STOP = 0, 1, 2


class Workers:
    """A few daemon threads and one queue, the urgent first.

    The standard library's executor is not used because it waits for its threads at exit: an engine that hangs would hang that.
    """

    def __init__(self, name: str, threads: int = 1, nice: int = 10) -> None:
        """nice: priority of these threads and of the processes they start (setpriority(2); on Linux it is counted per thread)."""
        self._queue: queue.PriorityQueue[tuple[int, int, Callable[[], None] | None]] = queue.PriorityQueue()
        self._order = itertools.count()
        self._nice = nice
        self._closed = False
        self._threads = [threading.Thread(target=self._work, name=f"{name}-{index}", daemon=True) for index in range(threads)]
        for thread in self._threads:
            thread.start()

    def submit(self, work: Callable[[], T], urgent: bool = True) -> Future[T]:
        """Have `work` done by a thread; what it returns or raises is the future's. Raises SpeechError after `close`."""
        if self._closed:
            raise SpeechError("speech has been shut down")
        future: Future[T] = Future()
        self._queue.put((_URGENT if urgent else _PATIENT, next(self._order), lambda: _do(work, future)))
        return future

    def close(self) -> None:
        """Take nothing more. What is queued and not cancelled is still done; then the threads end."""
        self._closed = True
        for _ in self._threads:
            self._queue.put((_STOP, next(self._order), None))

    def join(self, patience_s: float) -> None:
        """Wait for the end of each thread, for so long at most: native code must not be running when the interpreter goes."""
        for thread in self._threads:
            thread.join(patience_s)

    def _work(self) -> None:
        with contextlib.suppress(OSError):
            thread_id = threading.get_native_id()
            os.setpriority(os.PRIO_PROCESS, thread_id, min(19, os.getpriority(os.PRIO_PROCESS, thread_id) + self._nice))
        while (task := self._queue.get()[2]) is not None:
            task()


def _do(work: Callable[[], T], future: Future[Any]) -> None:
    if not future.set_running_or_notify_cancel():
        return
    try:
        future.set_result(work())
    except BaseException as error:  # whatever it was, it belongs to who asked
        future.set_exception(error)
