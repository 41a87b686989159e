"""The gateway under measurement: the house's own exchange with a prompt in a loop ("line"), or the whole house ("house")."""

from __future__ import annotations

import asyncio
import gc
import json
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.burdens import hold
from bench.process import obey, reasons, say
from bench.rtp import RATE_HZ
from bench.stimuli import prompt
from voice.call import Call
from voice.events import Answered, PromptFinished
from voice.exchange import Exchange
from voice.recognizers.pool import Pool
from voice.speech.mouth import Clip
from voice.trunk import SipSettings, Transport

COUNTED = ("received", "lost", "discarded", "jitter_empty", "jitter_lost", "jitter_discarded", "sent")


def sip_settings(rtp_ports: tuple[int, int] = (20000, 25999)) -> SipSettings:
    # Some callers of the bench are quiet to the end.
    return SipSettings(port=0, transports=(Transport.UDP,), rtp_ports=rtp_ports, codecs=("pcmu",), max_calls=1000, lost_s=0.0)


async def counters(exchange: Exchange) -> dict[str, int]:
    """Sums over all calls that are up: the line's frames, and what RTCP and the jitter buffer counted."""
    sums = dict.fromkeys((*COUNTED, "frames", "empty", "overruns", "calls"), 0)
    loop = asyncio.get_running_loop()

    def read(leg: Any) -> dict[str, int]:
        stat = leg.getStreamStat(0)
        buffer, got = stat.jbuf, stat.rtcp.rxStat
        found = (got.pkt, got.loss, got.discard, buffer.empty, buffer.lost, buffer.discard, stat.rtcp.txStat.pkt)
        return dict(zip(COUNTED, map(int, found), strict=True))

    for number, call in list(exchange.calls.items()):
        future: asyncio.Future[dict[str, int]] = loop.create_future()

        def done(found: Any, error: Exception | None, future: asyncio.Future[dict[str, int]] = future) -> None:
            loop.call_soon_threadsafe(future.set_result, found or {})

        assert exchange.endpoint is not None
        exchange.endpoint.call(number, read, done)
        for name, value in (await future).items():
            sums[name] += value
        for name in ("frames", "empty", "overruns"):
            sums[name] += call.line.counters[name]  # type: ignore[literal-required]
        sums["calls"] += 1
    return sums


async def run_line(decodes: bool = False) -> None:
    """Answers at once, plays a prompt over and over, hears every frame; recognises nothing, unless it is told to decode."""
    sound = prompt()
    clip = Clip(sound, RATE_HZ, "", "bench/prompt", "bench prompt")
    begun = 0

    async def handler(call: Call) -> None:
        nonlocal begun
        begun += 1
        await call.answer()
        async for event in call:
            if isinstance(event, Answered):
                call.play(clip)
                call.play(clip)
            elif isinstance(event, PromptFinished):
                call.play(clip)

    async with Exchange(sip_settings(), Pool(), handler) as exchange:
        assert exchange.endpoint is not None
        orders: dict[str, Callable[[], Any]] = {
            "counters": lambda: counters(exchange),
            "calls": lambda: {"up": len(exchange.calls), "begun": begun},
            "collect": gc.collect,
            "hold": hold,
        }
        if decodes:
            from bench.decoding import Decoding

            decoding = Decoding()
            await decoding.load()
            orders |= {"decode": decoding.start, "rest": decoding.stop}
        await obey(exchange.endpoint.ports[Transport.UDP], orders)


async def run_house(flow: str, prompts: str, state: str) -> None:
    """The house as it answers the phone, with a flow of the bench's; tells what happens on its calls.

    state: a folder of its own for what it remembers, never the user's.
    """
    # The line alone needs nothing of the house: it is weighed without it.
    from ivr.channels.phone import Note
    from routing.app import House
    from routing.settings import Settings

    settings = Settings(sip=sip_settings((26000, 29999)), flow=flow, prompts=prompts, language="en", state=state)

    def watch(call: Call, note: Note) -> None:
        say(call=call.info.call_id, who=note.who, what=note.what, at_ns=note.at_ns, **note.detail)

    async with House(settings, watch) as house:
        assert house.exchange.endpoint is not None
        orders = {"counters": lambda: counters(house.exchange), "calls": lambda: {"up": len(house.exchange.calls)}}
        await obey(house.exchange.endpoint.ports[Transport.UDP], orders)


def main() -> None:
    options = json.loads(sys.argv[1])
    if options.get("kind") == "house":
        with reasons(), tempfile.TemporaryDirectory(prefix="hotline-bench-") as state:
            asyncio.run(run_house(str(Path(__file__).with_name("flow.yaml")), options.get("prompts", ""), state))
    else:
        with reasons():
            asyncio.run(run_line(bool(options.get("decodes"))))


if __name__ == "__main__":
    main()
