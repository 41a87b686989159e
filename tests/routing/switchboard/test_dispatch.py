"""What the floor is told, in order, however long Redis is away: in virtual time."""

from __future__ import annotations

import asyncio

import pytest

from ivr.memory.errors import MemoryAway, Unfit
from routing.switchboard.dispatch import Dispatch
from tests.virtual_time import run


def test_what_finds_redis_away_is_told_when_it_is_back_and_nothing_overtakes_it() -> None:
    told: list[str] = []
    away = 5

    async def first() -> None:
        nonlocal away
        if away:
            away -= 1
            raise MemoryAway("away")
        told.append("first")

    async def other() -> None:
        told.append("other")

    async def job() -> None:
        dispatch = Dispatch("test")
        dispatch.post(first)
        dispatch.post(other)
        assert not await dispatch.settled(1.0)
        await dispatch.close(60.0)

    run(job())
    assert told == ["first", "other"]


def test_what_the_floor_does_not_take_holds_nothing_up(caplog: pytest.LogCaptureFixture) -> None:
    told: list[str] = []

    async def wrong() -> None:
        raise Unfit("there is no such assignment")

    async def fault() -> None:
        raise ZeroDivisionError

    async def other() -> None:
        told.append("other")

    async def job() -> None:
        dispatch = Dispatch("test")
        for one in (wrong, fault, other):
            dispatch.post(one)
        assert await dispatch.settled(1.0)
        await dispatch.close(1.0)

    run(job())
    assert told == ["other"]
    assert "does not take it" in caplog.text


def test_after_so_long_it_is_given_up_and_said(caplog: pytest.LogCaptureFixture) -> None:
    async def away() -> None:
        raise MemoryAway("away")

    async def job() -> None:
        dispatch = Dispatch("test")
        dispatch.post(away)
        await dispatch.close(30.0)
        await asyncio.sleep(0)

    run(job())
    assert "were not told" in caplog.text
