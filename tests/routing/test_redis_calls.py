"""Redis slow, stopped or killed while a call is up: the greeting is on time, the call goes on, and nothing that was said is lost."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import ExitStack, asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivr.memory.identity import phone
from ivr.memory.memory import Memory
from tests.peers.fault_proxy import FaultProxy
from tests.peers.house import Running, fact, house
from tests.peers.redis import RedisServer
from tests.routing.parcel_calls import (
    EVENING,
    NO_MORE,
    ORDER,
    RIGHT,
    TOPIC,
    YES,
    Act,
    day,
    day_of_delivery,
    drop_after,
    drop_at,
    in_memory,
    known,
    new_number,
    parcel_call,
    settings,
)

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]
SLOW_S = 1.0
KEPT = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def redis() -> Iterator[RedisServer]:
    with RedisServer(*KEPT) as server:
        yield server


async def calls(running: Running, port: int, number: str, *acts: Act) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """See `parcel_call`; the line to Redis goes on meanwhile."""
    return await asyncio.to_thread(parcel_call, running, port, number, *acts)


@asynccontextmanager
async def behind(proxy: FaultProxy, folder: Path) -> AsyncIterator[tuple[Running, int]]:
    """A house that reaches its Redis through a line that goes wrong as ordered."""
    with ExitStack() as stack:
        yield await asyncio.to_thread(stack.enter_context, house(folder, settings(folder, proxy.url, 25000)))


def test_a_redis_that_answers_after_a_second(redis: RedisServer, tmp_path: Path) -> None:
    number, stranger = new_number(), new_number()

    async def slow() -> None:
        async with FaultProxy(redis.socket, redis.folder / "proxy") as proxy, behind(proxy, tmp_path) as (running, port):
            told, first = await calls(running, port, number, TOPIC, ORDER, drop_at("day.text"))
            assert first["step"] == "day"
            usual_s = greeted_s(told)
            proxy.delay_s = SLOW_S
            # Once the plain greeting is over, what came meanwhile is offered; the yes is to that.
            told, second = await calls(running, port, number, {**YES, "at": "resume.text"}, drop_at("day.text"))
            assert second["said"][0] == "greeting.text"
            assert greeted_s(told) < usual_s + SLOW_S, "it waits for no answer of the memory"
            assert second["said"].index("resume.text") > second["said"].index("help.text"), "plain, and then what is known"
            assert second["said"][-2:] == ["resume.going_on", "day.text"]
            assert second["slots"]["order"] == "4711"
            _, third = await calls(running, port, stranger, drop_after(6000))
            assert third["said"] == ["greeting.text", "help.text"], "and nobody else is offered it"
            proxy.delay_s = 0

    asyncio.run(slow())


def greeted_s(told: list[dict[str, Any]]) -> float:
    """From the answer to the first sound of the house."""
    return float(fact(told, "house speaks")["at_ns"] - fact(told, "answered")["at_ns"]) / 1e9


@pytest.mark.parametrize("how", ["stopped", "killed"])
def test_a_redis_that_is_away_in_the_middle_of_a_call(how: str, redis: RedisServer, tmp_path: Path) -> None:
    number = new_number()

    async def through() -> None:
        with ExitStack() as stack:
            running, port = await asyncio.to_thread(stack.enter_context, house(tmp_path, settings(tmp_path, redis.url, 27000)))

            def away() -> None:
                running.until_said("status.text", 30)
                redis.pause() if how == "stopped" else redis.kill()

            def back() -> None:
                running.until_said("window.text", 60)
                redis.go_on() if how == "stopped" else redis.start()

            # Two answers are given meanwhile.
            _, first = await calls(running, port, number, TOPIC, {**ORDER, "at": away}, day(), drop_at(back))
            assert first["step"] == "window"
            assert first["said"] == ["greeting.text", "help.text", "status.text", "late.text", "day.text", "window.text"]
            matter = await until_kept(redis.url, number, "day")
            assert matter.slots == {"topic": "status", "order": "4711", "day": day_of_delivery()}
            _, second = await calls(running, port, number, YES, EVENING, RIGHT, NO_MORE)
            assert second["said"][:4] == ["greeting.text", "resume.text", "resume.going_on", "window.text"]
            assert "done.text" in second["said"]
            assert second["repeated"] == 0

    asyncio.run(through())
    assert known(redis.url, number).matters == ()


async def until_kept(url: str, number: str, slot: str) -> Any:
    """The matter, as soon as the journal has brought this answer."""

    async def kept(memory: Memory) -> Any:
        until = time.monotonic() + 30
        while time.monotonic() < until:
            found = await memory.who_at_last(phone(number))
            if found.matters and slot in found.matters[0].slots:
                return found.matters[0]
            await asyncio.sleep(0.1)
        raise AssertionError(f"{slot} was not kept")

    return await in_memory(url, kept)


def test_what_has_expired_or_is_somebody_elses_is_never_told(redis: RedisServer, tmp_path: Path) -> None:
    number, stranger = new_number(), new_number()

    async def expired(memory: Memory) -> None:
        (matter,) = (await memory.who(phone(number))).matters
        await memory.matters.checkpoint(replace(matter), lifetime_ms=1)

    async def told() -> None:
        with ExitStack() as stack:
            running, port = await asyncio.to_thread(stack.enter_context, house(tmp_path, settings(tmp_path, redis.url, 29000)))
            await calls(running, port, number, TOPIC, ORDER, drop_at("day.text"))
            since = len(running.lines)
            _, other = await calls(running, port, stranger, TOPIC, drop_at("status.text"))
            assert other["said"] == ["greeting.text", "help.text", "status.text"]
            assert not [line for line in running.lines[since:] if "four seven, one one" in str(line["what"])]
            assert other["slots"] == {"topic": "status"}
            await in_memory(redis.url, expired)
            since = len(running.lines)
            _, again = await calls(running, port, number, TOPIC, drop_at("status.text"))
            assert again["said"] == ["greeting.text", "help.text", "status.text"]
            assert again["slots"] == {"topic": "status"}
            assert not [line for line in running.lines[since:] if "four seven, one one" in str(line["what"])]

    asyncio.run(told())
