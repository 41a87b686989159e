"""Tasks come to their end, also one that does not hear the first time."""

from __future__ import annotations

import asyncio

from voice.errors import SipError
from voice.tasks import dismissed, ended


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


async def test_so_is_one_for_which_nobody_waits() -> None:
    cut = 0

    async def deaf_once() -> None:
        nonlocal cut
        while True:
            try:
                await asyncio.sleep(3600)
            except asyncio.CancelledError:
                cut += 1
                if cut == 2:
                    raise

    task = asyncio.create_task(deaf_once())
    await asyncio.sleep(0)
    dismissed(task, 0.01)
    assert not task.done()
    await asyncio.wait([task], timeout=5)
    assert task.cancelled()


async def test_what_one_that_had_failed_before_raised_is_not_told_either() -> None:
    async def fails() -> None:
        raise SipError("gone")

    task = asyncio.create_task(fails())
    await asyncio.sleep(0)
    await ended([task])  # conftest.py: an exception that nobody has asked for fails the test
    assert task.done()
