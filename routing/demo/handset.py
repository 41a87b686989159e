"""An operator's telephone with a synthetic voice: a SIP endpoint in a process of its own, that rings, answers, and says what it is told.

    python -m routing.demo.handset en 1.1        (what `hotline demo` runs)

The number is by how much the voice is deeper and slower than the engine's own: two people with one engine can be told apart, and an
ear understands each of them (espeak-ng in Russian it does not).

The first line of the standard input is a JSON list of all that may have to be said; each further line one of these sentences. What
happens goes to standard output, one JSON object a line, stamped with CLOCK_MONOTONIC.
"""

from __future__ import annotations

import asyncio
import json
import signal
import sys
from dataclasses import replace

from routing.caller import Tell, tell_json
from voice import events as on
from voice.call import Call
from voice.clock import now_ns
from voice.exchange import Exchange
from voice.recognizers.pool import Pool
from voice.speech.cache import read_only
from voice.speech.mastering import resampled
from voice.speech.mouth import Clip, Mouth
from voice.trunk import SipSettings, Transport

RING_S = 1.0  # a hand on its way to the receiver
SILENCE_MS = 500  # the other side has finished its sentence
RTP_PORTS = (18000, 18999)


class Handset:
    """One telephone; the newest call is the one that it speaks on."""

    def __init__(self, language: str, depth: float, tell: Tell) -> None:
        self.language, self.depth, self.tell = language, depth, tell
        self.mouth = Mouth(prefer={"en": "flite"})
        self.clips: dict[str, Clip] = {}
        self.call: Call | None = None

    async def run(self) -> None:
        """Until the standard input ends."""
        lines = asyncio.StreamReader()
        await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
        settings = SipSettings(port=0, transports=(Transport.UDP,), rtp_ports=RTP_PORTS, user_agent="handset")
        try:
            texts = json.loads(await lines.readline())
            self.clips = {text: await self._spoken(text, settings.rate_hz) for text in texts}
            async with Exchange(settings, Pool(), self.answer) as exchange:
                assert exchange.endpoint is not None
                self.tell({"what": "up", "port": exchange.endpoint.ports[Transport.UDP], "at_ns": now_ns()})
                while line := await lines.readline():
                    self.say(json.loads(line))
        finally:
            await self.mouth.close()

    def say(self, text: str) -> None:
        """Say it on the call that is up."""
        if self.call is not None:
            clip = self.clips[text]
            self.call.play(clip, barge_keys=False)
            self.tell({"what": "says", "text": text, "at_ns": now_ns()})

    async def _spoken(self, text: str, rate_hz: int) -> Clip:
        clip = await self.mouth.clip(text, self.language, rate_hz)
        pcm = read_only(resampled(clip.pcm, rate_hz, round(rate_hz * self.depth)))
        return replace(clip, pcm=pcm, key=f"{clip.key} {self.depth}")

    async def answer(self, call: Call) -> None:
        """One call, from its ringing to its end."""
        self.tell({"what": "rings", "at_ns": now_ns()})
        await call.ring()
        await asyncio.sleep(RING_S)
        call.line.tune(pre_roll_ms=0, end_silence_ms=SILENCE_MS, shortest_ms=0, longest_ms=60_000, inband=False)
        await call.answer()
        self.call = call
        async for event in call:
            match event:
                case on.Answered(at_ns=at):
                    self.tell({"what": "picks up", "at_ns": at})
                case on.SpeechBegan(begun_ns=at):
                    self.tell({"what": "hears", "at_ns": at})
                case on.PromptFinished(at_ns=at):
                    self.tell({"what": "said", "at_ns": at})
                case on.HungUp(at_ns=at):
                    self.tell({"what": "hung up", "at_ns": at})
        self.call = None


def main() -> None:
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C is the demo's to hear; it ends by closing our input
    language, depth = sys.argv[1:3]
    asyncio.run(Handset(language, float(depth), tell_json).run())


if __name__ == "__main__":
    main()
