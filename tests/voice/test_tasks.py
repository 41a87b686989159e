"""Tasks come to their end, also one that does not hear the first time."""

from __future__ import annotations

import asyncio

from voice.errors import SipError
from voice.tasks import ended


async def test_a_task_that_took_the_wish_to_end_for_a_time_out_of_its_own_is_asked_again() -> None:

    async def deaf_once() -> None:
        try:
            await asyncio.sleep(3600)
        except asyncio.CancelledError:
            await asyncio.sleep(3600)

    async def fails() -> None:
        try:
            await asyncio.sleep(3600)
        finally:
            raise SipError("gone")

    tasks = [asyncio.create_task(job) for job in (deaf_once(), fails())]
    await asyncio.sleep(0)
    await ended(tasks, 0.0)
    assert [task.done() for task in tasks] == [True, True]
