"""What a look-up of a caller costs, what a checkpoint of a talk costs, and what the store takes.

    python -m bench lookup                        10,000 customers with some 100,000 touches
    python -m bench.lookup --customers 1000000    a million, with ten million touches: some minutes, 7 GB

Look-ups and bare round trips (PING through the same client, the same connection) take turns, while somebody else writes as 300
calls would: 100 touches and 100 checkpoints a second. The figure is the 99th percentile of the one over the median of the other;
so it is with the checkpoints that are written meanwhile.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import random
import shutil
import tempfile
import time
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from bench.harness import Measurement, Report, percentile
from bench.people import NOON_MS, addresses, fill, touches_of
from bench.program import asked, command, needed
from ivr.memory.identity import Identity
from ivr.memory.journal import Journal
from ivr.memory.matter import Answered
from ivr.memory.memory import Memory
from ivr.memory.server import PrivateRedis
from ivr.memory.store import Store
from ivr.memory.timeline import MESSAGE, Touch

CUSTOMERS = 10_000
MILLION = 1_000_000
LOOKUPS = 20_000
WRITES_HZ = 100
WARM = 500
ANSWER = Answered("order", "4711", NOON_MS, "phone", 0.9, "speech", "status")
BUSY_MS = 1.0  # a bare round trip that takes longer at the median says that the machine is at something else
BUSY_OVER_MS = 1.0  # and so does the hundredth that takes so much longer still, with nothing of ours in it


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds of each look-up and of the bare round trip beside it, and what the look-ups found."""

    who_ms: list[float]
    bare_ms: list[float]
    touches: int
    matters: int


async def timed(ask: Callable[[], Awaitable[object]]) -> tuple[float, object]:
    begun = time.perf_counter_ns()
    found = await ask()
    return (time.perf_counter_ns() - begun) / 1e6, found


async def take_turns(memory: Memory, customers: int, lookups: int) -> Times:
    """Look-ups by the addresses of customers at random, each after a PING."""
    dice = random.Random(1)
    who_ms, bare_ms, touches, matters = [], [], 0, 0
    for turn in range(lookups + WARM):
        identity = Identity.from_address(dice.choice(addresses(dice.randrange(customers))))
        bare, _ = await timed(lambda: memory.store.command("PING"))
        took, known = await timed(lambda identity=identity: memory.who(identity))  # type: ignore[misc]
        if turn >= WARM:
            who_ms.append(took)
            bare_ms.append(bare)
            touches += len(known.touches)  # type: ignore[attr-defined]
            matters += len(known.matters)  # type: ignore[attr-defined]
    return Times(who_ms, bare_ms, touches, matters)


async def write(memory: Memory, customers: int, checkpoints_ms: list[float]) -> None:
    """As calls do: a touch and a checkpoint, WRITES_HZ times a second, until cancelled. checkpoints_ms: is told how long each took."""
    dice, number, begun = random.Random(2), 0, time.perf_counter()
    while True:
        identity = Identity.from_address(addresses(dice.randrange(customers))[0])
        await memory.touch(Touch(identity, MESSAGE, "bench", f"w{number}", NOON_MS, "one more word"))
        matter = memory.matters.begin("parcel", 3, [identity], "phone", lifetime_ms=1)
        matter = replace(matter, state={"step": "x" * 500})
        took, _ = await timed(lambda matter=matter: memory.matters.checkpoint(matter, [ANSWER]))  # type: ignore[misc]
        checkpoints_ms.append(took)
        number += 1
        await asyncio.sleep(max(0.0, begun + number / WRITES_HZ - time.perf_counter()))


async def together(memory: Memory, customers: int, each: int, at_once: int) -> list[float]:
    """Milliseconds of look-ups when so many calls begin in the same moment, again and again."""
    dice, took = random.Random(3), []
    for _ in range(each):
        callers = [Identity.from_address(addresses(dice.randrange(customers))[0]) for _ in range(at_once)]
        found = await asyncio.gather(*(timed(lambda who=who: memory.who(who)) for who in callers))  # type: ignore[misc]
        took += [ms for ms, _ in found]
    return took


async def figures(memory: Memory, report: Report, customers: int, touches: int, lookups: int) -> None:
    used = float((await memory.store.command("INFO", "memory"))["used_memory"])
    report.say(f"{customers} customers, {touches} touches: {used / 1e9:.2f} GB")
    checkpoints_ms: list[float] = []
    writer = asyncio.create_task(write(memory, customers, checkpoints_ms))
    times = await take_turns(memory, customers, lookups)
    writer.cancel()
    with contextlib.suppress(asyncio.CancelledError):
        await writer
    burst = await together(memory, customers, 40, 50)
    bare = percentile(times.bare_ms, 0.5)
    over = percentile(times.who_ms, 0.99) - bare
    detail = {
        f"who_p{round(1000 * share) / 10:g}_ms": round(percentile(times.who_ms, share), 3) for share in (0.5, 0.9, 0.99, 0.999)
    }
    detail |= {
        "who_worst_ms": round(max(times.who_ms), 3), "fifty_at_once_p99_ms": round(percentile(burst, 0.99), 3), "customers": customers, "touches": touches,
        "touches_told": round(times.touches / lookups, 2), "matters_told": round(times.matters / lookups, 2),
    }  # fmt: skip
    control = {f"bare_p{round(100 * share)}_ms": round(percentile(times.bare_ms, share), 3) for share in (0.5, 0.99)}
    bare_over = percentile(times.bare_ms, 0.99) - bare
    if bare > BUSY_MS or bare_over > BUSY_OVER_MS:
        refused = f"a bare round trip takes {bare:.2f} ms, one in a hundred {bare_over:.2f} ms more: the machine is busy"
    else:
        refused = ""
    report.say(f"kept back in the journal meanwhile: {memory.store.counts['journaled']}")
    report.add(Measurement("lookup.p99", over, "ms", control=control, detail=detail, refused=refused))
    kept = {
        f"p{round(100 * share)}_ms": round(percentile(checkpoints_ms, share), 3) for share in (0.5, 0.9, 0.99)
    } | {"checkpoints": len(checkpoints_ms), "customers": customers}  # fmt: skip
    report.add(
        Measurement(
            "lookup.checkpoint", percentile(checkpoints_ms, 0.99) - bare, "ms", control=control,
            detail=kept, refused=refused,
        )
    )  # fmt: skip
    size = {
        "used_bytes": int(used),
        "bytes_a_customer": round(used / customers),
        "bytes_a_touch": round(used / touches),
        "customers": customers,
    }
    report.add(Measurement("lookup.store", used / 1e9 * MILLION / customers, "GB a million customers", detail=size))


async def filled(memory: Memory, report: Report, socket: Path, customers: int) -> int:
    """See to it that the store has its customers; gives the number of touches."""
    ask = memory.store.command
    if await ask("DBSIZE") <= 1:
        # What is loaded goes to the file in one piece afterwards, as after any rewrite.
        await ask("CONFIG", "SET", "appendonly", "no")
        report.say(f"writing {customers} customers")
        begun = time.perf_counter()
        await asyncio.to_thread(fill, socket, customers)
        report.say(f"written in {time.perf_counter() - begun:.0f} s")
        await ask("CONFIG", "SET", "appendonly", "yes")
        while (await ask("INFO", "persistence"))["aof_rewrite_in_progress"]:  # noqa: ASYNC110  # another process
            await asyncio.sleep(0.2)
        # Gigabytes on their way to the disk would hold up every fsync of the next minute.
        await asyncio.to_thread(os.sync)
    return sum(map(touches_of, range(customers)))


async def run(report: Report, folder: Path, customers: int, lookups: int) -> None:
    async with PrivateRedis(folder) as url:
        memory = Memory(Store(url, await Journal.open(folder / "journal")), lambda: NOON_MS)
        await figures(memory, report, customers, await filled(memory, report, folder / "redis.sock", customers), lookups)
        await memory.close()


def measure(report: Report, customers: int = CUSTOMERS, lookups: int = LOOKUPS, kept: Path | None = None) -> None:
    """Fill a private Redis, look up, and throw it away; or use the one that is `kept` in a folder, and leave it there."""
    needed("redis-server", "redis-server")
    folder = kept or Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    try:
        asyncio.run(run(report, folder, customers, lookups))
    finally:
        if kept is None:
            shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, customers=(CUSTOMERS, "customers in the store"), lookups=(LOOKUPS, "look-ups"),
        kept=(Path, "a folder whose store is used, or made, and not thrown away"),
    )  # fmt: skip
    measure(report, given.customers, given.lookups, given.kept)
    return report.finish()


if __name__ == "__main__":
    command(main)
