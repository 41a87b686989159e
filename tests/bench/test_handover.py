"""What is made of the moments that the pages and the phones have seen."""

from __future__ import annotations

import asyncio
import gc
from types import SimpleNamespace

import pytest

from bench.handover import Phones, Seen, whole
from ivr.memory.errors import MemoryAway


def seen() -> Seen:
    found = Seen(2)
    found.pop("a1", "r1", 7_000_000)
    found.ring("a1", 9_000_000)
    found.pop("a2", "r2", 30_000_000)
    return found


def test_a_handover_takes_from_its_own_decision_to_its_own_pop() -> None:
    assert seen().took_ms({"r1": 3_000_000, "r2": 20_000_000}) == [4.0, 10.0]


def test_what_nobody_decided_is_not_counted() -> None:
    assert seen().took_ms({"r2": 20_000_000}) == [10.0]


def test_a_phone_that_rings_first_or_without_a_page_is_told() -> None:
    found = seen()
    assert found.rung_too_soon() == 0
    found.ring("a2", 29_000_000)
    found.ring("a3", 40_000_000)
    assert found.rung_too_soon() == 2


def test_all_have_come_when_the_last_one_has_rung() -> None:
    found = seen()
    assert not found.all.is_set()
    found.ring("a2", 31_000_000)
    assert found.all.is_set()


def test_a_dossier_is_whole_with_history_matter_and_talk() -> None:
    whole_one = {"request": {"id": "r"}, "talk": {"lines": []}, "matter": {"id": "m"}, "touches": [1]}
    assert whole(whole_one)
    assert not whole(None)
    assert not whole({**whole_one, "plain": True})
    assert not whole({**whole_one, "matter": {}})


async def test_whoever_stops_it_reads_no_trace_of_the_talks_that_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[object] = []
    asyncio.get_running_loop().set_exception_handler(lambda _, context: told.append(context))

    async def going(self: Phones) -> None:
        await asyncio.Event().wait()

    async def talk(self: Phones) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            raise MemoryAway("Redis is away")

    monkeypatch.setattr(Phones, "orders", going)
    monkeypatch.setattr(Phones, "beat", going)
    async with Phones(SimpleNamespace(), Seen(1)) as phones:  # type: ignore[arg-type]
        phones._begin(talk(phones))
        await asyncio.sleep(0)
        assert len(phones._tasks) == 3
    await asyncio.sleep(0)
    gc.collect()
    assert (phones._tasks, told) == (set(), [])
