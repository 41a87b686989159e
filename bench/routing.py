"""How many routings a second a core makes, claim and event included, with 1,000 operators and 10,000 who wait; and whether that depends on how many wait.

    python -m bench.routing [--operators 1000] [--waiting 10000] [--rounds 5]

The house's own router, one process, on a private append-only Redis. In every step some callers come and as many operators have become free (as if their calls
had ended); timed is what the router does: it hears of the callers, decides, claims (BATCH pairs in one script) and hears of what it claimed. In between, the
same client asks the same Redis for EVALSHA of a script that does nothing, one after the other: that is the peer. CPU is that of the router's process.
"""

from __future__ import annotations

import asyncio
import random
import shutil
import statistics
import tempfile
import time
from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.harness import Measurement, Ratios, Report, of_runs, percentile
from bench.program import asked, command, needed
from ivr.memory.server import PrivateRedis
from ivr.memory.store import Store
from routing.floor.events import Events
from routing.floor.match import Pair, decide
from routing.floor.mirror import Mirror
from routing.floor.records import Assignment, Availability, Event, Medium, Operator, Request, new_id
from routing.floor.router import BATCH
from routing.floor.settings import RoutingSettings
from routing.floor.states import Move
from routing.floor.store import Claim, Floor

OPERATORS, WAITING, SKILLS, ROUNDS = 1000, 10_000, 20, 5
STEPS = 30  # of BATCH decisions, a round
SINGLES = 300
FEW = 100
BARE = 1500
NOON_MS = 1_800_000_000_000
BUSY_MS = 1.0
EVENTS_A_CALL = 5  # shown, ringing, connected, done; and that the request has left


@dataclass
class Times:
    """Of one round: decisions, seconds of the wall and of the CPU that they took, and EVALSHAs a second beside them."""

    made: int = 0
    wall_s: float = 0.0
    cpu_s: float = 0.0
    bare_hz: float = 0.0
    events: int = 0
    events_s: float = 0.0

    @property
    def us(self) -> float:
        """CPU of a decision."""
        return self.cpu_s / self.made * 1e6


@dataclass
class Hall:
    """A floor full of people, and the router's view of it. now_ms: moves on with every caller."""

    floor: Floor
    events: Events
    mirror: Mirror
    dice: random.Random
    stream: AsyncIterator[Event] | None = None
    busy: dict[str, Assignment] = field(default_factory=dict)
    now_ms: int = NOON_MS

    def caller(self) -> Request:
        self.now_ms += 1
        skill, language = f"skill{self.dice.randrange(SKILLS)}", self.dice.choice(("en", "ru"))
        name, vip = new_id(self.now_ms), self.dice.random() < 0.05
        return Request(
            name, Medium.CALL, skill, language, self.dice.randrange(10), vip, self.now_ms, node="node", call=f"call-{name}"
        )

    async def come(self, count: int) -> None:
        """So many callers, as phone nodes would enter them."""
        await asyncio.gather(*(self.floor.enter(self.caller()) for _ in range(count)))

    async def end(self, count: int) -> int:
        """So many calls go their way and end, as phone nodes would say it. How many events that were."""
        names = list(self.busy)[:count]
        for name in names:
            del self.busy[name]
            for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED, Move.DONE):
                await self.floor.move(name, move)
        return EVENTS_A_CALL * len(names)

    async def hear(self, count: int) -> None:
        """The next events, so many of which there must be: into the mirror."""
        assert self.stream is not None
        for _ in range(count):
            self.mirror.apply(await anext(self.stream))

    async def claim(self, most: int) -> list[Pair]:
        """One decision of so many pairs at most."""
        pairs = decide(self.mirror.board, self.now_ms, most)
        answers = await self.floor.claim_all([Claim(pair.request, pair.operator, pair.reasons) for pair in pairs])
        for answer in answers:
            if not isinstance(answer, Assignment):
                raise RuntimeError(f"a claim failed although nobody else claims: {answer}")
            self.busy[answer.id] = answer
            self.mirror.put_assignment(answer)
        return pairs


def operator(number: int, dice: random.Random) -> Operator:
    """One who knows two to five skills and one or two languages, each at some level."""
    skills = {f"skill{n}": dice.randint(1, 3) for n in dice.sample(range(SKILLS), dice.randint(2, 5))}
    languages = {one: dice.randint(1, 3) for one in dice.sample(("en", "ru"), dice.randint(1, 2))}
    return Operator(f"op{number:04}", f"Operator {number}", skills, languages, uri=f"sip:{number}@pbx.example")


async def hall(store: Store, operators: int, waiting: int) -> Hall:
    """So many operators, all of them busy, and so many who wait."""
    await store.command("FLUSHDB")
    dice = random.Random(1)
    floor = Floor(store, lambda: made.now_ms, RoutingSettings(zone="UTC"))
    made = Hall(floor, Events(store, floor.now_ms), Mirror(floor.settings), dice)
    for number in range(operators):
        one = operator(number, dice)
        await floor.keep_operator(one)
        await floor.set_status(one.id, Availability.READY)
    for _ in range(0, waiting + operators, 100):
        await made.come(min(100, waiting + operators))
    await made.mirror.load(floor)
    while await made.claim(BATCH):
        pass
    made.stream = made.events.after(await made.events.last())
    await made.mirror.load(floor)
    await made.claim(BATCH)  # a board that was just loaded is looked at whole
    return made


async def round_of(made: Hall, steps: int) -> Times:
    """Steps of BATCH decisions each, with as many callers who come and operators who are free again."""
    found = Times()
    for _ in range(steps):
        count = await made.end(BATCH)
        cpu = time.process_time()
        await made.hear(count)
        found.events, found.events_s = found.events + count, found.events_s + time.process_time() - cpu
        await made.come(BATCH)
        wall, cpu = time.perf_counter(), time.process_time()
        await made.hear(BATCH)
        pairs = await made.claim(BATCH)
        await made.hear(len(pairs))
        found.made += len(pairs)
        found.wall_s += time.perf_counter() - wall
        found.cpu_s += time.process_time() - cpu
    return found


async def bare(store: Store) -> tuple[float, list[float]]:
    """EVALSHA of a script that does nothing: a second, and milliseconds of each."""
    sha = await store.command("SCRIPT", "LOAD", "return 1")
    took, begun = [], time.perf_counter()
    for _ in range(BARE):
        at = time.perf_counter()
        await store.command("EVALSHA", sha, 0)
        took.append((time.perf_counter() - at) * 1000)
    return BARE / (time.perf_counter() - begun), took


async def one_by_one(made: Hall, count: int) -> list[float]:
    """Milliseconds from an operator who is free, and known to be, to the claim that Redis has made: one pair in a script."""
    took = []
    for _ in range(count):
        await made.hear(await made.end(1))
        begun = time.perf_counter()
        pairs = await made.claim(1)
        took += [(time.perf_counter() - begun) * 1000] * len(pairs)
        await made.come(1)
        await made.hear(1 + len(pairs))
    return took


async def rounds_of(made: Hall, rounds: int) -> tuple[list[Times], list[float]]:
    """So many rounds, bare EVALSHAs before and after each; gives milliseconds of those, too."""
    found, bare_ms = list[Times](), list[float]()
    for _ in range(rounds):
        before, _ms = await bare(made.floor.store)
        times = await round_of(made, STEPS)
        after, ms = await bare(made.floor.store)
        bare_ms += ms
        times.bare_hz = (before + after) / 2
        found.append(times)
    return found, bare_ms


async def run(report: Report, folder: Path, operators: int, waiting: int, rounds: int) -> None:
    """Few who wait before the many and after them, so that a machine that grew slower meanwhile is in both."""
    async with PrivateRedis(folder) as url:
        store = Store(url, op_ms=10_000)
        report.say(f"{operators} operators, {FEW} waiting")
        few, _ = await rounds_of(await hall(store, operators, FEW), rounds)
        report.say(f"{operators} operators, {waiting} waiting")
        made = await hall(store, operators, waiting)
        many, bare_ms = await rounds_of(made, rounds)
        single = await one_by_one(made, SINGLES)
        _, beside_ms = await bare(store)
        report.say(f"{operators} operators, {FEW} waiting again")
        again, _ = await rounds_of(await hall(store, operators, FEW), rounds)
        await store.close()
    few_us = [(before.us + after.us) / 2 for before, after in zip(few, again, strict=True)]
    add(report, many, few_us, single, bare_ms, beside_ms, {"operators": operators, "waiting": waiting})


def add(
    report: Report, many: list[Times], few_us: list[float], single: list[float], bare_ms: list[float], beside_ms: list[float],
    size: dict[str, int],
) -> None:  # fmt: skip
    """The figures of all rounds. beside_ms: bare EVALSHAs right after the single claims."""
    median_ms = percentile(bare_ms, 0.5)
    refused = f"a bare EVALSHA takes {median_ms:.2f} ms here: the machine is busy" if median_ms > BUSY_MS else ""
    slow_ms = percentile(beside_ms, 0.99)
    late = f"one bare EVALSHA in a hundred takes {slow_ms:.2f} ms here: the machine is busy" if slow_ms > BUSY_MS else ""
    control = {"evalsha_hz": round(statistics.median(times.bare_hz for times in many)), "evalsha_p50_ms": round(median_ms, 3)}
    rates = [times.made / times.wall_s for times in many]
    ratios = Ratios.of(rates, [times.bare_hz for times in many])
    per_cpu = [times.made / times.cpu_s for times in many]
    followed = sum(times.events_s for times in many) / max(1, sum(times.events for times in many)) * 1e6
    detail = {**size, "pairs_in_a_script": BATCH, "wall_hz": round(statistics.median(rates)), "decisions": sum(times.made for times in many), "other_event_us": round(followed)}  # fmt: skip
    report.add(of_runs("routing.decisions", "a CPU second", per_cpu, control=control, detail=detail, refused=refused))
    shown: dict[str, Any] = {"control": control, "refused": refused}
    report.add(of_runs("routing.over_evalsha", "x", ratios.pairs, peer="EVALSHA", ratio=ratios.median, detail=size, **shown))
    growth = Ratios.of([times.us for times in many], few_us)
    each = {
        "few": FEW,
        "few_us": round(statistics.median(few_us), 1),
        "many_us": round(statistics.median(times.us for times in many), 1),
    }
    report.add(of_runs("routing.growth", "x", growth.pairs, detail={**size, **each}))
    shares = {f"p{round(100 * share)}_ms": round(percentile(single, share), 3) for share in (0.5, 0.95, 0.99)}
    report.add(
        Measurement(
            "routing.single",
            percentile(single, 0.99),
            "ms p99",
            control={**control, "evalsha_p99_ms": round(slow_ms, 3)},
            detail={**shares, "decisions": len(single)},
            refused=refused or late,
        )
    )


def measure(report: Report, rounds: int = ROUNDS, operators: int = OPERATORS, waiting: int = WAITING) -> None:
    needed("redis-server", "redis-server")
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    try:
        asyncio.run(run(report, folder, operators, waiting, rounds))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, operators=(OPERATORS, "operators"), waiting=(WAITING, "callers who wait"), rounds=(ROUNDS, "rounds")
    )
    measure(report, given.rounds, given.operators, given.waiting)
    return report.finish()


if __name__ == "__main__":
    command(main)
