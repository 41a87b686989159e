"""Worker threads: order, fairness, backlog, and what happens to those who wait."""

from __future__ import annotations

import asyncio
import os
import threading
from collections.abc import AsyncIterator, Callable

import pytest

from voice.errors import Overloaded, SpeechError
from voice.recognizers.pool import NICENESS, Pool


class Watch:
    """A clock that a test sets."""

    def __init__(self) -> None:
        self.at_ns = 0

    def now_ns(self) -> int:
        return self.at_ns


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = Pool(workers=2, clock=Watch())
    await pool.start()
    yield pool
    await pool.close()


async def busy(pool: Pool, count: int) -> tuple[threading.Event, list[asyncio.Task[bool]]]:
    """Keep `count` workers busy until the event is set."""
    until, began = threading.Event(), threading.Semaphore(0)

    def hold() -> bool:
        began.release()
        return until.wait(10)

    tasks = [asyncio.create_task(pool.run(object(), hold)) for _ in range(count)]
    for _ in range(count):
        await asyncio.to_thread(began.acquire, timeout=10)
    return until, tasks


async def test_jobs_of_one_owner_are_done_in_order_and_one_at_a_time(pool: Pool) -> None:
    owner, running, seen, done = object(), set[int](), list[int](), list[int]()

    def job(number: int) -> Callable[[], int]:
        def work() -> int:
            running.add(number)
            seen.append(len(running))
            done.append(number)
            running.discard(number)
            return number

        return work

    assert await asyncio.gather(*(pool.run(owner, job(number)) for number in range(50))) == list(range(50))
    assert done == list(range(50))
    assert max(seen) == 1


async def test_owners_run_side_by_side(pool: Pool) -> None:
    meeting = threading.Barrier(2, timeout=10)
    assert sorted(await asyncio.gather(*(pool.run(object(), meeting.wait) for _ in range(2)))) == [0, 1]


async def test_what_a_job_raises_is_raised_to_its_asker(pool: Pool) -> None:
    def fail() -> None:
        raise SpeechError("no words")

    with pytest.raises(SpeechError, match="no words"):
        await pool.run(self := object(), fail)
    assert await pool.run(self, lambda: 7) == 7
    assert (pool.counters.failed, pool.counters.done) == (1, 1)


async def test_workers_have_a_lower_priority(pool: Pool) -> None:
    def niceness() -> int:
        return os.getpriority(os.PRIO_PROCESS, threading.get_native_id())

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    assert await pool.run(object(), niceness) == min(19, before + NICENESS)
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before


async def test_too_many_waiting_jobs_are_refused() -> None:
    pool = Pool(workers=1, most_waiting=2)
    await pool.start()
    until, holding = await busy(pool, 1)
    waiting = [asyncio.create_task(pool.run(object(), lambda: True)) for _ in range(2)]
    await asyncio.sleep(0)
    assert pool.backlog == 2
    with pytest.raises(Overloaded, match="2 jobs wait"):
        await pool.run(object(), lambda: True)
    until.set()
    assert await asyncio.gather(*holding, *waiting) == [True] * 3
    assert (pool.backlog, pool.counters.refused) == (0, 1)
    await pool.close()


async def test_jobs_are_refused_while_the_oldest_waits_too_long() -> None:
    watch = Watch()
    pool = Pool(workers=1, backlog_s=2, clock=watch)
    await pool.start()
    until, holding = await busy(pool, 1)
    waiting = asyncio.create_task(pool.run(object(), lambda: True))
    await asyncio.sleep(0)
    watch.at_ns = 2_000_000_001
    with pytest.raises(Overloaded):
        await pool.run(object(), lambda: True)
    until.set()
    assert await asyncio.gather(*holding, waiting) == [True, True]
    assert await pool.run(object(), lambda: "again") == "again"
    assert pool.counters.longest_wait_ns == 2_000_000_001
    await pool.close()


async def test_who_is_cancelled_takes_the_job_along() -> None:
    pool, done = Pool(workers=1), []
    await pool.start()
    until, holding = await busy(pool, 1)
    given_up = asyncio.create_task(pool.run(object(), lambda: done.append("late")))
    await asyncio.sleep(0)
    given_up.cancel()
    await asyncio.sleep(0)
    until.set()
    await asyncio.gather(*holding)
    await pool.run(object(), lambda: done.append("next"))
    assert done == ["next"]
    assert pool.counters.dropped == 1
    await pool.close()


async def test_closing_refuses_what_waits_and_ends_what_runs() -> None:
    pool = Pool(workers=1)
    await pool.start()
    until, holding = await busy(pool, 1)
    waiting = asyncio.create_task(pool.run(object(), lambda: True))
    await asyncio.sleep(0)
    closing = asyncio.create_task(pool.close())
    with pytest.raises(Overloaded):
        await waiting
    until.set()
    await closing
    assert await holding[0] is True
    with pytest.raises(Overloaded):
        await pool.run(object(), lambda: True)
    assert not [thread for thread in threading.enumerate() if thread.name.startswith("ear-")]
