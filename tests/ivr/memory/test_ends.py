"""Many calls end at once while Redis stands still, or the house itself is killed: every end is kept, once."""

from __future__ import annotations

import asyncio
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.memory.identity import Identity, phone
from ivr.memory.journal import Journal
from ivr.memory.matter import Answered
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from ivr.memory.timeline import Touch
from tests.ivr.memory.conftest import NOON_MS, Now
from tests.peers.redis import RedisServer, die_with_me

pytestmark = pytest.mark.real
ENDS = 500
STALL_S = 2.0
PROMISED = 40  # ends that a house has acknowledged before it is killed


@pytest.fixture
def victim() -> Iterator[RedisServer]:
    with RedisServer("--appendonly", "yes") as victim:
        yield victim


def caller(number: int) -> Identity:
    return phone(f"+7495{number:07d}")


async def end(memory: Memory, number: int) -> None:
    """What is written when a call is over: where its dialogue stood, what was answered, that it was."""
    matter = memory.matters.begin("parcel", 1, [caller(number)], "phone")
    await memory.matters.checkpoint(matter, [Answered("order", str(number), NOON_MS, "phone")])
    await memory.touch(Touch(caller(number), "call", "phone", f"call-{number}", NOON_MS, "", False, matter.id))


async def counted(memory: Memory, number: int) -> tuple[int, int, list[str]]:
    """Touches and matters of a caller, and the values of all ledgers."""
    found = await memory.who(caller(number))
    return len(found.touches), len(found.matters), [line.value for one in found.matters for line in one.ledger]


async def test_five_hundred_ends_while_redis_stands_still_are_kept_once_each(victim: RedisServer, tmp_path: Path) -> None:
    memory = Memory(Store(victim.url, await Journal.open(tmp_path / "journal")), Now())
    await memory.who(caller(0))
    victim.pause()
    ends = [asyncio.create_task(end(memory, number)) for number in range(ENDS)]
    await asyncio.sleep(STALL_S)
    victim.go_on()
    await asyncio.gather(*ends)
    async with asyncio.timeout(60):
        await memory.store.settled()
    assert memory.store.counts["journaled"] > 0
    assert memory.store.counts["outrun"] == 0
    for number in range(ENDS):
        assert await counted(memory, number) == (1, 1, [str(number)]), number
    await memory.close()


HOUSE = """
import asyncio, sys
from pathlib import Path
from ivr.memory.journal import Journal
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from tests.ivr.memory.conftest import Now
from tests.ivr.memory.test_ends import end

async def main() -> None:
    memory = Memory(Store(sys.argv[1], await Journal.open(Path(sys.argv[2]))), Now())

    async def one(number: int) -> None:
        await end(memory, number)
        print(number, flush=True)

    await asyncio.gather(*(one(number) for number in range(int(sys.argv[3]))))
    await memory.store.settled()

asyncio.run(main())
"""


@pytest.mark.parametrize("redis_is_back", [False, True])
async def test_what_a_killed_house_has_acknowledged_is_brought_by_the_next(
    victim: RedisServer, tmp_path: Path, redis_is_back: bool
) -> None:
    """Between journal and Redis, and in the middle of the play-back: acknowledged is kept, and nothing is doubled."""
    victim.pause()
    house = await asyncio.create_subprocess_exec(
        sys.executable, "-c", HOUSE, victim.url, str(tmp_path / "journal"), str(ENDS),
        stdout=subprocess.PIPE, preexec_fn=die_with_me, cwd=Path(__file__).parents[3],
    )  # fmt: skip
    assert house.stdout is not None
    said: list[int] = []
    async with asyncio.timeout(60):
        while len(said) < PROMISED:
            said.append(int(await house.stdout.readline()))
        if redis_is_back:
            victim.go_on()
            while int(victim.ask("DBSIZE")[1:]) < PROMISED:
                await asyncio.sleep(0.005)
        house.send_signal(signal.SIGKILL)
        said += [int(line) for line in (await house.stdout.read()).split(b"\n")[:-1]]
        await house.wait()
        victim.go_on()
        memory = Memory(Store(victim.url, await Journal.open(tmp_path / "journal")), Now())
        memory.store.wake()
        await memory.store.settled()
    for number in said:
        assert await counted(memory, number) == (1, 1, [str(number)]), number
    await memory.close()
