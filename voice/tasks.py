"""Ending tasks for certain: `asyncio.wait_for` before Python 3.12 may swallow a cancellation that meets what it waited for."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from typing import Any

AGAIN_S = 0.5


async def ended(tasks: Iterable[asyncio.Task[Any] | None], again_s: float = AGAIN_S) -> None:
    """Cancel them, again where one goes on all the same, until every one has ended. What they raise is not told.

    again_s: longer for a task that keeps something at its end: the second time would cut that off.
    """
    left = {task for task in tasks if task is not None and not task.done()}
    while left:
        for task in left:
            task.cancel()
        done, left = await asyncio.wait(left, timeout=again_s)
        for task in done:
            if not task.cancelled():
                task.exception()
