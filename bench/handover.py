"""From the router's decision to the operator's screen: when everything that is known of a caller lies parsed in the operator's page.

    python -m bench.handover [--desks 200] [--rate 50] [--handovers 3000]

The real desk role (bench/desk_node.py) on a real Redis with customers who have a history; here, in another process, the pages (WebSockets
without a browser) and a phone node without phones, which enters callers, and takes the orders to ring. Beside it, bare PINGs by the house's client.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import random
import shutil
import tempfile
import time
from collections.abc import Coroutine, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from bench.desk_node import SKILL, name_of
from bench.harness import Measurement, Report, first_reason, of_trials, percentile
from bench.people import OPEN_EACH, customer_of, fill, phone_of
from bench.process import Gateway
from bench.program import asked, command, needed
from ivr.memory.server import PrivateRedis
from ivr.memory.store import Store
from routing.desk.gate import PLAIN
from routing.desk.socket import PROTOCOL
from routing.floor.events import Nodes
from routing.floor.records import Availability, Medium, Request, new_id
from routing.floor.store import TALK, Floor
from voice.clock import epoch_ms

DESKS, RATE, HANDOVERS, CUSTOMERS = 200, 50.0, 3000, 2000
NODE = "bench-phone"
BEAT_S = 5.0
OPEN_S = 5.0  # the pages open within so long
TALK_S = 1.0  # so long one has a caller
PATIENCE_S = 10.0
WARM = 50
# What everybody is told of the floor. 200 browsers read it each by itself; one process would read it 200 times while a pop waits.
NEWS = '{"type":"floor"'
BUSY_MS, BUSY_P99_MS = 1.0, 10.0
LINES = (
    ("house", "Good morning, this is the parcel service. What can I do for you?"),
    ("caller", "where is my parcel"),
    ("house", "What is your order number?"),
    ("caller", "four seven one one"),
    ("house", "It was handed to the courier yesterday."),
    ("caller", "i want to speak to a person"),
)


@dataclass
class Seen:
    """CLOCK_MONOTONIC nanoseconds by the id of the assignment: the pop parsed, the order to ring read. request: whose it is.

    all: set when as many as are expected have popped and rung.
    """

    expected: int
    popped: dict[str, int] = field(default_factory=dict)
    rung: dict[str, int] = field(default_factory=dict)
    request: dict[str, str] = field(default_factory=dict)
    plain: int = 0
    news: int = 0
    sizes: list[int] = field(default_factory=list)
    all: asyncio.Event = field(default_factory=asyncio.Event)

    def pop(self, assignment: str, request: str, at_ns: int) -> None:
        self.popped[assignment], self.request[assignment] = at_ns, request
        self._count()

    def ring(self, assignment: str, at_ns: int) -> None:
        self.rung[assignment] = at_ns
        self._count()

    def _count(self) -> None:
        if min(len(self.popped), len(self.rung)) >= self.expected:
            self.all.set()

    def took_ms(self, decided: dict[str, int]) -> list[float]:
        """Of every pop, in the order in which they came: from the decision to the parsed message."""
        return [(at - decided[self.request[one]]) / 1e6 for one, at in self.popped.items() if self.request[one] in decided]

    def rung_too_soon(self) -> int:
        """How many phones were told to ring before their page had the pop, or without one."""
        return sum(at < self.popped.get(one, at + 1) for one, at in self.rung.items())


class Pages:
    """So many operators' windows. `async with`: open and fed inside the block."""

    def __init__(self, url: str, secrets: Sequence[str], seen: Seen) -> None:
        self.url, self.secrets, self.seen = url, secrets, seen
        self.again = 0
        self._tasks: list[asyncio.Task[None]] = []
        self._client: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Pages:
        self._client = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar())
        opened = [asyncio.Event() for _ in self.secrets]
        self._tasks = [asyncio.create_task(self._page(*pair)) for pair in zip(self.secrets, opened, strict=True)]
        try:
            async with asyncio.timeout(60):
                await asyncio.gather(*(each.wait() for each in opened))
        except TimeoutError:
            await self.__aexit__()
            raise RuntimeError("the desk did not welcome all pages within a minute") from None
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        assert self._client is not None
        await self._client.close()

    async def _page(self, secret: str, opened: asyncio.Event) -> None:
        """Open, and open again when it was closed, as a browser's page does; not all in the same moment."""
        await asyncio.sleep(random.uniform(0, OPEN_S))
        while True:
            with contextlib.suppress(aiohttp.ClientError, ConnectionError):
                await self._window(secret, opened)
            self.again += 1
            await asyncio.sleep(random.uniform(0.5, 1.5))

    async def _window(self, secret: str, opened: asyncio.Event) -> None:
        assert self._client is not None
        head = {"Origin": self.url, "Cookie": f"{PLAIN}={secret}"}
        async with self._client.ws_connect(f"{self.url}/desk/socket", headers=head, protocols=(PROTOCOL,)) as socket:
            await socket.send_json({"type": "hello"})
            beats = asyncio.create_task(self._beat(socket))
            try:
                async for frame in socket:
                    if frame.type is aiohttp.WSMsgType.TEXT:
                        await self._take(socket, frame.data, opened)
            finally:
                beats.cancel()

    async def _beat(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        await asyncio.sleep(random.uniform(0, BEAT_S))
        while True:
            await socket.send_json({"type": "beat", "active": True})
            await asyncio.sleep(BEAT_S)

    async def _take(self, socket: aiohttp.ClientWebSocketResponse, text: str, opened: asyncio.Event) -> None:
        if text.startswith(NEWS):
            self.seen.news += len(text)
            return
        message = json.loads(text)
        if message["type"] == "welcome":
            opened.set()
        if message.get("kind") != "assignment.changed":
            return
        assignment = message["data"]["assignment"]
        if assignment["state"] != "offered" or assignment["id"] in self.seen.popped:
            return
        at = time.monotonic_ns()
        await socket.send_json({"type": "shown", "assignment": assignment["id"]})
        self.seen.pop(assignment["id"], assignment["request"], at)
        self.seen.plain += whole(message["data"].get("dossier")) is False
        self.seen.sizes.append(len(text))


def whole(dossier: dict[str, Any] | None) -> bool:
    """Everything is there: history, matter with its answers, and what was said."""
    return bool(
        dossier
        and not dossier.get("plain")
        and dossier.get("request")
        and dossier.get("talk")
        and dossier.get("matter")
        and dossier.get("touches")
    )


class Phones:
    """A phone node without phones: callers enter here, operators' phones ring here and are answered at once. `async with`: it is at work."""

    def __init__(self, store: Store, seen: Seen) -> None:
        self.store, self.seen = store, seen
        self.floor, self.nodes = Floor(store, epoch_ms), Nodes(store)
        self.dice = random.Random(5)
        self._tasks: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Phones:
        self._begin(self.orders())
        self._begin(self.beat())
        return self

    async def __aexit__(self, *_: object) -> None:
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _begin(self, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def enter(self) -> None:
        """A caller with a history and an open matter wants a person."""
        number = OPEN_EACH * self.dice.randrange(CUSTOMERS // OPEN_EACH)
        now = epoch_ms()
        name = new_id(now)
        call = f"call-{name}"
        lines = [
            json.dumps({"call": call, "n": n, "who": who, "text": text, "at_ms": now}) for n, (who, text) in enumerate(LINES)
        ]
        await self.store.command("RPUSH", TALK + call, *lines)
        summary = {"en": "Parcel 4711 has not come", "ru": "Посылка 4711 не пришла"}
        request = Request(
            name, Medium.CALL, SKILL, "en", since_ms=now, identity=phone_of(number), customer=customer_of(number),
            matter=f"m{number:011x}", topic="parcel", summary=summary, node=NODE, call=call, why="asked",
        )  # fmt: skip
        await self.floor.enter(request)

    async def orders(self) -> None:
        """What the node is told, until cancelled."""
        async for order in self.nodes.orders(NODE, "0-0"):
            if order.kind != "ring":
                continue
            one = str(order.data["assignment"])
            self.seen.ring(one, time.monotonic_ns())
            self._begin(self._talk(one))

    async def beat(self) -> None:
        while True:
            await self.nodes.beat(NODE)
            await asyncio.sleep(2.0)

    async def _talk(self, assignment: str) -> None:
        await self.floor.move(assignment, "ringing")
        await self.floor.move(assignment, "connected")
        await asyncio.sleep(TALK_S)
        await self.floor.move(assignment, "done")


async def bare(store: Store, until: asyncio.Event) -> list[float]:
    """Round trips of PING by the house's client, ten a second, while it goes on."""
    took = []
    while not until.is_set():
        begun = time.perf_counter_ns()
        await store.command("PING")
        took.append((time.perf_counter_ns() - begun) / 1e6)
        await asyncio.sleep(0.1)
    return took


async def run(report: Report, redis: str, desks: int, rate: float, handovers: int) -> None:
    """Everything up, then so many callers at this rate."""
    store = Store(redis, op_ms=10_000)
    seen = Seen(handovers + WARM)
    with Gateway("bench.desk_node", {"redis": redis, "desks": desks}) as node:
        ask = node.ask
        phones = Phones(store, seen)
        url = f"http://{node.address[0]}:{node.address[1]}"
        async with Pages(url, await asyncio.to_thread(ask, "secrets"), seen) as pages, phones:
            for number in range(desks):
                await phones.floor.set_status(name_of(number), Availability.READY)
            report.say(f"handover: {desks} pages are open")
            over = asyncio.Event()
            beside = asyncio.create_task(bare(store, over))
            begun, cpu, own = time.monotonic(), node.cpu_s(), time.process_time()
            await place(phones, rate, handovers + WARM)
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(PATIENCE_S):
                    await seen.all.wait()
            over.set()
            bare_ms = await beside
            lasted = (time.monotonic() - begun) / 100
            busy = {
                "desk_core_%": round((node.cpu_s() - cpu) / lasted),
                "bench_core_%": round((time.process_time() - own) / lasted),
            }
            decided = await asyncio.to_thread(ask, "decided")
            await asyncio.sleep(TALK_S + 0.5)
            again = pages.again
    await store.close()
    size = {"desks": desks, "rate": rate, "asked": handovers + WARM, "pages_opened_again": again, **busy}
    add(report, seen, decided, bare_ms, size)


async def place(phones: Phones, rate: float, callers: int) -> None:
    """Callers at their times, whatever becomes of the others."""
    begun = time.monotonic()
    async with asyncio.TaskGroup() as group:
        for number in range(callers):
            await asyncio.sleep(max(0.0, begun + number / rate - time.monotonic()))
            group.create_task(phones.enter())


def add(report: Report, seen: Seen, decided: dict[str, int], bare_ms: list[float], size: dict[str, float]) -> None:
    """The figures."""
    took = seen.took_ms(decided)[WARM:]
    if not took:
        raise RuntimeError("no caller came to an operator's page")
    p50, p99 = percentile(bare_ms, 0.5), percentile(bare_ms, 0.99)
    control = {"ping_p50_ms": round(p50, 3), "ping_p99_ms": round(p99, 3)}
    missing = int(size["asked"]) - len(seen.popped)
    why = first_reason(
        [
            f"a bare PING takes {p50:.1f} ms at the median (at most {BUSY_MS:g}): the machine is busy" if p50 > BUSY_MS else "",
            f"one bare PING in a hundred takes {p99:.1f} ms (at most {BUSY_P99_MS:g}): the machine is busy"
            if p99 > BUSY_P99_MS
            else "",
        ]
    )
    failed = f"{missing} callers came to no page within {PATIENCE_S:g} s of the last one" if missing > 0 else ""
    detail = {
        **size,
        "popped": len(seen.popped),
        "missing": missing,
        "not_whole": seen.plain,
        "pop_bytes": round(percentile([float(size) for size in seen.sizes], 0.5)),
        "news_kB": round(seen.news / 1000 / size["desks"]),
        "over_ping": round(percentile(took, 0.5) / p50, 1),
    }
    shown: dict[str, Any] = {"control": control, "refused": why, "failed": failed, "detail": detail}
    report.add(
        of_trials("handover.p50", "ms p50", [took], 0.5, peer="PING", ratio=round(p50 / percentile(took, 0.5), 3), **shown)
    )
    report.add(of_trials("handover.p99", "ms p99", [took], 0.99, **{**shown, "detail": {}}))
    late = {"rung": len(seen.rung), "without_pop": len(seen.rung.keys() - seen.popped.keys()), "missing": missing}
    report.add(Measurement("handover.rung_before_pop", float(seen.rung_too_soon()), "of all", detail=late))


def measure(report: Report, handovers: int = HANDOVERS, desks: int = DESKS, rate: float = RATE) -> None:
    """On a private Redis, which is thrown away."""

    async def whole_run(folder: Path) -> None:
        async with PrivateRedis(folder) as url:
            await asyncio.to_thread(fill, folder / "redis.sock", CUSTOMERS)
            await run(report, url, desks, rate, handovers)

    needed("redis-server", "redis-server")
    folder = Path(tempfile.mkdtemp(prefix="hotline-bench-"))
    try:
        asyncio.run(whole_run(folder))
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def main(arguments: Sequence[str] | None = None) -> int:
    given, report = asked(
        __doc__, arguments, desks=(DESKS, "operators' pages"), rate=(RATE, "callers a second"), handovers=(HANDOVERS, "callers")
    )
    measure(report, given.handovers, given.desks, given.rate)
    return report.finish()


if __name__ == "__main__":
    command(main)
