"""Ending tasks for certain: `asyncio.wait_for` before Python 3.12 may swallow a cancellation that meets what it waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.5
_ending: set[asyncio.Task[None]] = set()  # the loop keeps none of its tasks alive


async def ended(tasks: Iterable[asyncio.Task[Any] | None], again_s: float = AGAIN_S) -> None:
    """Cancel them, again where one goes on all the same, until every one has ended. What they raise is not told.

    again_s: longer for a task that keeps something at its end: the second time would cut that off.
    """
    known = [task for task in tasks if task is not None]
    left = {task for task in known if not task.done()}
    while left:
        for task in left:
            task.cancel()
        _, left = await asyncio.wait(left, timeout=again_s)
    for task in known:
        if not task.cancelled():
            task.exception()


def dismissed(task: asyncio.Task[Any], again_s: float = AGAIN_S) -> None:
    """The same of one, for who cannot wait for it."""
    ending = asyncio.create_task(ended([task], again_s), name=f"end of {task.get_name()}")
    _ending.add(ending)
    ending.add_done_callback(_ending.discard)
