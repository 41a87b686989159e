"""A telephone station in a process of its own: an Exchange whose handler does what the called user's name says, and what tests order.

    with Station() as house, Station() as caller:
        number = caller.dial(house.uri("answer"))
        house.event("Answered")

Called users: answer or hotline (at once), ring (180 and wait), early (183 with sound and wait), talk (answer, play a tone, listen with
ears that need a second), busy (486), deaf (answers and ignores all events), fault (raises), any other: wait for orders.
"""

from __future__ import annotations

import asyncio
import contextlib
import gc
import json
import logging
import os
import random
import signal
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from tests.peers.listener import TONES, Listener
from tests.peers.tone import Tone, heard, level_of, one_by_one, tone

LEFT = ("calls", "library_calls", "tasks", "call_objects", "ports", "legs")  # what is 0 where no call is


class Station(Listener):
    """The tests' side. Keyword arguments are those of SipSettings, `trunk` those of its one Trunk."""

    def __init__(
        self,
        *,
        trunk: dict[str, Any] | None = None,
        environment: dict[str, str] | None = None,
        gc_threshold: int = 0,
        **settings: Any,
    ) -> None:
        first = random.randrange(20000, 48000, 2)
        settings = {"port": 0, "tls_port": 0, "rtp_ports": [first, first + 998], **settings}
        options = {"trunk": trunk or {}, "gc_threshold": gc_threshold, "settings": settings}
        super().__init__("tests.peers.station", options, environment)
        self.host = settings.get("host", "127.0.0.1")
        self.ports: dict[str, int] = self.started

    def uri(self, user: str = "answer", transport: str = "udp") -> str:
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"sip:{user}@{host}:{self.ports[transport]}" + ("" if transport == "udp" else f";transport={transport}")

    @property
    def udp(self) -> tuple[str, int]:
        return self.host, self.ports["udp"]

    def dial(self, uri: str, **more: Any) -> int:
        """Place a call; gives its number here."""
        number: int = self.ask("dial", uri=uri, **more)
        return number

    def settle(self, wait_s: float = 20) -> dict[str, int]:
        """Wait until no call is left, here or in the library; gives the counts."""
        until = time.monotonic() + wait_s
        while True:
            counts: dict[str, int] = self.ask("counts")
            if not any(counts[name] for name in LEFT) or time.monotonic() > until:
                return counts
            time.sleep(0.02)

    def begin_anew(self) -> None:
        """No call of a test that failed, and no word of one, is left to the next, or to its own second try."""
        self.ask("clear")
        self.settle()
        self.forget()

    def is_empty(self, wait_s: float = 20) -> bool:
        """Is nothing left of any call within this time: here, in the library, in memory?"""
        counts = self.settle(wait_s)
        return not any(counts[name] for name in LEFT)


class SlowEar:
    """A recogniser that needs a second for a word, on its worker thread."""

    name, language, streams = "slow", "en", False

    def open(self, rate_hz: int, expectation: Any) -> SlowEar:
        return self

    def feed(self, samples: Any) -> str:
        return ""

    def result(self) -> Any:
        from voice.recognizers.protocol import Hypothesis

        time.sleep(1.0)
        return Hypothesis("word", 0.9, self.name)


class Switchboard:
    """The process's side: one exchange, its calls, and the orders of the test."""

    def __init__(self, options: dict[str, Any], say: Callable[..., None]) -> None:
        from voice.call import Call
        from voice.exchange import Exchange
        from voice.recognizers.pool import Pool

        self.say = say
        self.calls: dict[int, Call] = {}
        self.followers: set[asyncio.Task[None]] = set()
        self.pool = Pool(workers=1)
        self.exchange = Exchange(settings_of(options), self.pool, self.handle)
        self.rate_hz = self.exchange.settings.rate_hz
        self.running = True
        if options["gc_threshold"]:
            gc.set_threshold(options["gc_threshold"])

    async def handle(self, call: Any) -> None:
        from voice.errors import CallGone

        self.calls[call.info.number] = call
        user = call.info.called.partition("sip:")[2].partition("@")[0]
        self.say(event="offered", call=call.info.number, user=user, source=call.info.source, call_id=call.info.call_id)
        try:
            with contextlib.suppress(CallGone):  # the caller was quicker
                await self.begin(call, user)
            await self.follow(call, user)
        finally:
            self.calls.pop(call.info.number, None)

    async def begin(self, call: Any, user: str) -> None:
        """What a call begins with, by the name that was called."""
        match user:
            case "answer" | "hotline" | "talk":
                await call.answer()
            case "ring":
                await call.ring()
            case "early":
                await call.ring(183)
                call.play(tone(600, 20, self.rate_hz))
            case "busy":
                await call.hang_up(486)
            case "deaf":
                await call.answer()
                await asyncio.Event().wait()
            case "fault":
                raise ZeroDivisionError("the handler's own mistake")

    async def follow(self, call: Any, user: str = "") -> None:
        """Tell the test what happens on a call, until it ends."""
        number = call.info.number
        self.calls[number] = call
        try:
            async for event in call:
                told = {field.name: getattr(event, field.name) for field in fields(event)}
                self.say(event=type(event).__name__, call=number, **told)
                if user == "talk" and type(event).__name__ == "Answered":
                    self.talk(call)
        finally:
            self.calls.pop(number, None)
            said = {name: getattr(call.stats, name) for name in ("received", "sent", "lost", "jitter_ms")}
            self.say(event="done", call=number, **said)

    def talk(self, call: Any) -> None:
        from voice.recognizers.ears import EarSet
        from voice.recognizers.protocol import Expectation, Kind

        call.play(tone(440, 20, self.rate_hz), barge_keys=True)
        call.listen(EarSet("en", SlowEar()), Expectation("en", Kind.CHOICE, ("word",)))  # type: ignore[arg-type]

    async def obey(self, order: dict[str, Any]) -> Any:
        name = order.pop("order")
        deed = getattr(self, f"do_{name}", None)
        if deed is not None:
            return await deed(**order)
        call = self.calls[order.pop("call")]
        deed = getattr(call, name)
        result = deed(*order.get("args", ()))
        if asyncio.iscoroutine(result):
            result = await result
        return result

    async def do_dial(self, uri: str, trunk: str = "local", headers: Sequence[Sequence[str]] = ()) -> int:
        call = await self.exchange.dial(uri, trunk, tuple((name, value) for name, value in headers))
        self.calls[call.info.number] = call
        task = asyncio.create_task(self.follow(call))
        self.followers.add(task)
        task.add_done_callback(self.followers.discard)
        return call.info.number

    async def do_bridge(self, call: int, other: int) -> None:
        await self.calls[call].bridge(self.calls[other])

    async def do_put_through(self, pairs: list[list[int]], among: list[int]) -> None:
        """Who hears whom among these calls."""
        await self.exchange.hear(
            [self.calls[one] for one in among], [(self.calls[one], self.calls[other]) for one, other in pairs]
        )

    async def do_play(self, call: int, hz: float, seconds: float = 5, barge_keys: bool = True) -> int:
        return self.calls[call].play(tone(hz, seconds, self.rate_hz), barge_keys=barge_keys)

    async def do_hear(self, call: int, ms: int) -> dict[str, float]:
        return heard(self.calls[call].line, ms)

    async def do_spectrum(self, call: int, tones: list[float], ms: int = 200) -> list[list[float]]:
        """Each of these tones, and its level in the last `ms` that came in [dBov]."""
        return [[hz, level_of(self.calls[call].line, hz, ms)] for hz in tones]

    async def do_heard(self, call: int) -> list[float]:
        """See `Listener.heard`."""
        return one_by_one(self.calls[call].line, TONES)

    async def do_sound(self, call: int) -> float:
        """How many seconds of sound have come in."""
        line = self.calls[call].line
        return line.position / line.rate_hz

    async def do_say(self, call: int, key: str, ms: int = 100) -> int:
        """The tones of a key, as sound."""
        from bench.tones import Press, pcm16

        press = Tone(pcm16(Press(key, ms, 100).sound(self.rate_hz)), self.rate_hz, f"key {key} {ms}")
        return self.calls[call].play(press, barge_keys=False)  # type: ignore[arg-type]

    async def do_state(self, call: int) -> str:
        return self.calls[call].state

    async def do_codecs(self, names: list[str]) -> None:
        """From now on offer and take these only."""
        import pjsua2

        from voice.trunk import CODECS

        done = asyncio.Event()

        def choose() -> None:
            for name, codec in CODECS.items():
                pjsua2.Endpoint.instance().codecSetPriority(codec, 200 if name in names else 0)
            loop.call_soon_threadsafe(done.set)

        loop = asyncio.get_running_loop()
        assert self.exchange.endpoint is not None
        self.exchange.endpoint.soon(choose)
        await done.wait()

    async def do_drain(self, on: bool) -> None:
        self.exchange.drain(on)

    async def do_door(self) -> dict[str, int]:
        assert self.exchange.endpoint is not None
        return self.exchange.endpoint.door.counters()

    async def do_last(self) -> int:
        """The number of the newest call."""
        return max(self.calls)

    async def do_clear(self) -> None:
        """End every call: a test that failed leaves nothing to the next one."""
        await asyncio.gather(*(call.hang_up() for call in list(self.exchange.calls.values())))

    async def do_counts(self) -> dict[str, int]:
        return {
            "calls": len(self.exchange.calls),
            "tasks": sum(task.get_name().startswith("call ") for task in asyncio.all_tasks()),
            **counts(),
        }

    async def do_libraries(self) -> dict[str, Any]:
        return libraries()

    async def do_quit(self) -> None:
        self.running = False

    async def run(self) -> None:
        await self.pool.start()
        await self.exchange.start()
        assert self.exchange.endpoint is not None
        loop, orders, stopped = asyncio.get_running_loop(), asyncio.StreamReader(), asyncio.Event()
        await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(orders), sys.stdin)
        loop.add_signal_handler(signal.SIGTERM, stopped.set)
        stopping = asyncio.create_task(stopped.wait())
        self.say(reply=self.exchange.endpoint.ports)
        while self.running:
            reading = asyncio.create_task(orders.readline())
            await asyncio.wait((stopping, reading), return_when=asyncio.FIRST_COMPLETED)
            if not reading.done() or not reading.result():
                reading.cancel()
                break
            await self.answer(json.loads(reading.result()))
        stopping.cancel()
        await self.exchange.close()
        await asyncio.gather(*self.followers)
        await self.pool.close()

    async def answer(self, order: dict[str, Any]) -> None:
        try:
            self.say(reply=await self.obey(order))
        except Exception as error:  # the test's own mistake, or what it wants to see
            self.say(error=str(error), kind=type(error).__name__)


def settings_of(options: dict[str, Any]) -> Any:
    """JSON knows no tuples, sets and enums."""
    from voice.trunk import SipSettings, Srtp, Transport, Trunk

    trunk, settings = {"name": "local", "srtp": "off", **options["trunk"]}, {"transports": ("udp", "tcp"), **options["settings"]}
    trunk |= {"srtp": Srtp(trunk["srtp"]), "allow": frozenset(trunk.get("allow", ()))}
    if "networks" in trunk:
        trunk["networks"] = tuple(trunk["networks"])
    settings |= {name: tuple(value) for name, value in settings.items() if isinstance(value, list)}
    settings["transports"] = tuple(map(Transport, settings["transports"]))
    return SipSettings(trunks=(Trunk(**trunk),), **settings)


def counts() -> dict[str, int]:
    """What is left in this process, after a collection."""
    from native.port import Port, library_calls, library_state
    from voice.call import Call
    from voice.sip.leg import Leg

    gc.collect()
    kinds = [type(thing) for thing in gc.get_objects()]
    return {
        "library_calls": library_calls(),
        "state": library_state(),
        "call_objects": kinds.count(Call),
        "ports": kinds.count(Port),
        "legs": kinds.count(Leg),
        "fds": len(list(Path("/proc/self/fd").iterdir())),
        "threads": len(list(Path("/proc/self/task").iterdir())),
        "rss_kb": int(Path("/proc/self/statm").read_text().split()[1]) * 4,
    }


def libraries() -> dict[str, Any]:
    """How the two ways into the SIP library see it, and what of it is loaded."""
    import pjsua2

    from native.port import library_state, library_version

    maps = Path("/proc/self/maps").read_text().split()
    return {
        "version": library_version(),
        "native": library_state(),
        "pjsua2": pjsua2.Endpoint.instance().libGetState(),
        "running": pjsua2.PJSUA_STATE_RUNNING,
        "loaded": sorted({path for path in maps if "/libpj" in path}),
    }


def main() -> None:
    # The library may write to descriptor 1: keep the way to the test apart.
    way = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    logging.basicConfig(level=logging.WARNING, format="%(levelname)s %(name)s: %(message)s")

    def say(**message: Any) -> None:
        print(json.dumps(message), file=way, flush=True)

    async def life() -> None:
        await Switchboard(json.loads(sys.argv[1]), say).run()

    from voice.errors import HotlineError

    try:
        asyncio.run(life())
    except HotlineError as error:
        say(error=str(error), kind=type(error).__name__)


if __name__ == "__main__":
    main()
