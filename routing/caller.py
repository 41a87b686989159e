"""A caller with a synthetic voice: a second SIP endpoint in a process of its own, that speaks, keys, interrupts and measures.

    python -m routing.caller sip:hotline@127.0.0.1:5060 en +74951234567     (what `hotline demo` runs; the acts on standard input,
                                                                             in one line; each further line is a cue)
    hotline call sip:hotline@127.0.0.1:5060 --say "where is my parcel"

What it says about itself goes to standard output, one JSON object a line, stamped with CLOCK_MONOTONIC (the same clock in
every process of one machine). Times are as heard: of the samples that this side sent into its bridge and got out of it.
"""

from __future__ import annotations

import asyncio
import json
import re
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from voice import events as on
from voice.call import Call
from voice.clock import now_ns
from voice.errors import ConfigError, HotlineError
from voice.exchange import Exchange
from voice.recognizers.pool import Pool
from voice.speech.mastering import TAIL_MS
from voice.speech.mouth import Clip, Mouth
from voice.trunk import SipSettings, Transport, Trunk

Tell = Callable[[dict[str, object]], None]
HOUSE_SILENCE_MS = 900  # the house has finished its sentence when it has been silent for this long
STEP_LIMIT_S = 45.0
URI = re.compile(r"sips?:([^\s@<>]+@)?([^\s@<>:;\[\]]+|\[[0-9A-Fa-f:.]+\])(:\d{1,5})?([;?]\S*)?", re.IGNORECASE)
KEY_S = 0.24  # from one key of a row to the next, as the SIP library sends them


@dataclass(frozen=True, slots=True)
class Act:
    """One thing that the caller does.

    wait: until the house has finished, and has been silent for `after_ms` more ("end"), until it has spoken for `after_ms` ("during"), for `after_ms`, whatever it does
    ("after"), for a cue of whoever directs him, and `after_ms` more ("cue"), or for a cue, and until the house has finished what
    it says then ("cue end"). Then `say`, `press` or `hang_up`.
    why: one word for the timeline and the summary.
    """

    why: str
    say: str = ""
    press: str = ""
    hang_up: bool = False
    wait: str = "end"
    after_ms: int = 0


def checked(uri: str, press: str, language: str, number: str, languages: Sequence[str]) -> None:
    """What somebody asks for by hand, before anything is dialled. Raises ConfigError with what would do."""
    if not URI.fullmatch(uri):
        raise ConfigError(f"{uri!r} is no SIP URI", "Write it as sip:NAME@HOST:PORT, for example sip:hotline@127.0.0.1:5060.")
    if strange := sorted(set(press) - set("0123456789*#ABCD")):
        raise ConfigError(f"no telephone has the key {strange[0]!r}", "--press takes 0 to 9, * and #, also several: 4711#.")
    if language not in languages:
        raise ConfigError(f"no voice here speaks {language!r}", f"--language is one of {', '.join(languages)}.")
    if number and not re.fullmatch(r"\+?\d{2,15}", number):
        raise ConfigError(f"{number!r} is no telephone number", "--from is digits, with a plus before the country: +74951234567.")


def tell_json(fact: dict[str, object]) -> None:
    print(json.dumps(fact, ensure_ascii=False), flush=True)


class Words:
    """Tells the same facts to a person, in seconds since the call was dialled."""

    def __init__(self, say: Callable[[str], None]) -> None:
        self.say = say
        self.zero_ns: int | None = None

    def __call__(self, fact: dict[str, object]) -> None:
        at_ns = int(str(fact["at_ns"]))
        self.zero_ns = at_ns if self.zero_ns is None else self.zero_ns
        match fact:
            case {"what": "says", "text": text}:
                words = f"we say “{text}”"
            case {"what": "presses", "keys": keys}:
                words = f"we press {keys}"
            case {"what": "hung up", "status": 408}:
                words = "nobody answered (408 Request Timeout): is a hotline up there?"
            case {"what": "hung up", "status": status, "by_us": by_us}:
                words = f"{'we' if by_us else 'they'} hung up ({status})"
            case {"what": "gave up", "why": why}:
                words = f"gave up: {why}"
            case {"what": "said"}:
                return
            case _:
                words = str(fact["what"])
        self.say(f"{(at_ns - self.zero_ns) / 1e9:8.2f} s  {words}")


class Caller:
    """Plays a script on one call. `run` gives how the call ended."""

    def __init__(
        self, exchange: Exchange, mouth: Mouth, language: str, tell: Tell, cues: asyncio.Semaphore | None = None
    ) -> None:
        self.exchange, self.mouth, self.language, self.tell = exchange, mouth, language, tell
        self.cues = cues or asyncio.Semaphore(0)
        self._call: Call | None = None
        self._answered = asyncio.Event()
        self._speaking = asyncio.Event()
        self._finished = asyncio.Event()
        self._began_ns = 0

    async def run(self, uri: str, acts: Sequence[Act]) -> on.HungUp:
        """Call, do what the script says, and wait for the house to hang up (or do so at the end of patience)."""
        clips = {act.say: await self.mouth.clip(act.say, self.language) for act in acts if act.say}
        begun = now_ns()
        call = self._call = await self.exchange.dial(uri, "local")
        call.line.tune(pre_roll_ms=0, end_silence_ms=HOUSE_SILENCE_MS, shortest_ms=0, longest_ms=60_000, inband=False)
        self.tell({"what": "dialled", "at_ns": begun})
        watching = asyncio.create_task(self._watch(call, begun))
        playing = asyncio.create_task(self._play(call, acts, clips))
        try:
            return await watching
        finally:
            playing.cancel()

    async def _watch(self, call: Call, begun: int) -> on.HungUp:
        async for event in call:
            match event:
                case on.Answered(at_ns=at):
                    self._answered.set()
                    self.tell({"what": "answered", "at_ns": at, "answered_ms": (at - begun) / 1e6})
                case on.SpeechBegan(begun_ns=at):
                    self._began_ns = at
                    self._finished.clear()
                    self._speaking.set()
                    self.tell({"what": "house speaks", "at_ns": at})
                case on.SpeechEnded(ended_ns=at):
                    self._speaking.clear()
                    self._finished.set()
                    self.tell({"what": "house silent", "at_ns": at})
                case on.PromptFinished(prompt=prompt, at_ns=at):
                    self.tell({"what": "said", "prompt": prompt, "at_ns": at - TAIL_MS * 1_000_000})
                case on.HungUp(status=status, by_us=by_us, at_ns=at):
                    self.tell({"what": "hung up", "status": status, "by_us": by_us, "at_ns": at})
                    return event
        raise HotlineError("the call ended without a word")

    async def _play(self, call: Call, acts: Sequence[Act], clips: dict[str, Clip]) -> None:
        try:
            for act in acts:
                async with asyncio.timeout(STEP_LIMIT_S):
                    await self._wait(act)
                # Told as of before it is done: what the house makes of it is never told as of before that.
                at_ns = now_ns()
                if act.say:
                    clip = clips[act.say]
                    prompt = call.play(clip, barge_keys=False)
                    length_ms = len(clip.pcm) * 1000 / clip.rate_hz - TAIL_MS  # the silence behind is nothing that he says
                    self.tell(
                        {
                            "what": "says",
                            "why": act.why,
                            "text": act.say,
                            "prompt": prompt,
                            "length_ms": length_ms,
                            "at_ns": at_ns,
                        }
                    )
                if act.press:
                    await call.send_keys(act.press)
                    self.tell({"what": "presses", "why": act.why, "keys": act.press, "at_ns": at_ns})
                    # The library sends them one after another; the answer is to the last one.
                    await asyncio.sleep(KEY_S * (len(act.press) - 1))
                if act.hang_up:
                    self.tell({"what": "drops", "why": act.why, "at_ns": now_ns()})
                    await call.hang_up()
                    return
                # What the house says next is the answer to this.
                self._finished.clear()
                self._speaking.clear()
            async with asyncio.timeout(STEP_LIMIT_S):
                await call.gone.wait()
        except TimeoutError:
            self.tell({"what": "gave up", "why": "the house did not do what the script waits for", "at_ns": now_ns()})
        except HotlineError as error:
            self.tell({"what": "gave up", "why": str(error), "at_ns": now_ns()})
        await call.hang_up()

    async def _wait(self, act: Act) -> None:
        if act.wait.startswith("cue"):
            await self.cues.acquire()
            await self._answered.wait()  # who directs may hear of the house's answer sooner
        if act.wait == "cue end":
            self._finished.clear()  # a silence before the cue is no end
        if act.wait.endswith("end"):
            await self._silence(act.after_ms)
            return
        if act.wait in ("cue", "after"):
            await asyncio.sleep(act.after_ms / 1000)
            return
        await self._speaking.wait()
        await asyncio.sleep(max(0.0, act.after_ms / 1000 - (now_ns() - self._began_ns) / 1e9))

    async def _silence(self, more_ms: int) -> None:
        """The house has finished; a prompt that only stood still goes on within `more_ms`."""
        while True:
            await self._finished.wait()
            try:
                async with asyncio.timeout(more_ms / 1000):
                    await self._speaking.wait()
            except TimeoutError:
                return


async def call(
    uri: str,
    acts: Sequence[Act],
    language: str,
    tell: Tell = tell_json,
    number: str = "",
    rtp_ports: tuple[int, int] = (16000, 17999),
    cues: asyncio.Semaphore | None = None,
) -> bool:
    """One scripted call from a fresh endpoint; True where the house ended it as the script expects. number: whose it is said to be.

    cues: released once for each act that waits for one.
    """
    transports = (Transport.TCP,) if ";transport=tcp" in uri.lower() else (Transport.UDP,)
    settings = SipSettings(
        port=0, transports=transports, rtp_ports=rtp_ports, user_agent="caller", trunks=(Trunk("local", user=number),)
    )
    mouth = Mouth(prefer={"en": "flite"})

    async def refuse(call: Call) -> None:
        await call.hang_up(486)

    try:
        async with Exchange(settings, Pool(), refuse) as exchange:
            ended = await Caller(exchange, mouth, language, tell, cues).run(uri, acts)
            return not ended.by_us and ended.status == 200
    finally:
        await mouth.close()


async def directed(uri: str, language: str, number: str) -> bool:
    """The call of `main`: its acts in the first line of the standard input, a cue in each further one."""
    lines, cues = asyncio.StreamReader(), asyncio.Semaphore(0)
    await asyncio.get_running_loop().connect_read_pipe(lambda: asyncio.StreamReaderProtocol(lines), sys.stdin)
    acts = [Act(**act) for act in json.loads(await lines.readline())]

    async def listen() -> None:
        while await lines.readline():
            cues.release()

    listening = asyncio.create_task(listen())
    try:
        return await call(uri, acts, language, number=number, cues=cues)
    finally:
        listening.cancel()


def main() -> None:
    """python -m routing.caller URI LANGUAGE [NUMBER]: the acts come as a JSON list in the first line of standard input."""
    uri, language, number = (*sys.argv[1:4], "")[:3]
    try:
        done = asyncio.run(directed(uri, language, number))
    except HotlineError as error:
        tell_json({"what": "gave up", "why": str(error), "at_ns": now_ns()})
        done = False
    sys.exit(0 if done else 1)


if __name__ == "__main__":
    main()
