"""A call as asyncio sees it: `async for event in call`, and the things one can do with a call.

    async for event in call:
        match event:
            case Answered(): call.play(await mouth.clip("Hello", "en"))
            case Final(text=text): ...

What belongs to the SIP thread is awaited; sound (play, stop, listen) takes effect at the next frame and returns at once.
"""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import weakref
from collections.abc import AsyncIterator, Callable
from typing import TYPE_CHECKING, TypeVar

from native.bell import Kind as Bell
from native.playlist import Pcm
from native.port import Port
from voice.callstate import Move, State, after, need
from voice.clock import now_ns
from voice.errors import CallGone, SpeechError
from voice.events import (
    Answered,
    Digit,
    Event,
    HungUp,
    KeySource,
    MediaChanged,
    Overrun,
    PromptCut,
    PromptFinished,
    PromptPaused,
    PromptResumed,
    Ringing,
    SpeechBegan,
    SpeechEnded,
    SpeechPaused,
    SpeechResumed,
    TransferResult,
)
from voice.keypad import Keypad
from voice.listening import Judge, Listener
from voice.mailbox import Mailbox
from voice.recognizers.ears import EarSet
from voice.recognizers.pool import Pool
from voice.recognizers.protocol import Expectation
from voice.sip.facts import Fact, LegGone, LegInfo, LegKey, LegMedia, LegProgress, LegStats, LegTransfer, LegUp

if TYPE_CHECKING:
    from voice.sip.endpoint import Endpoint
    from voice.sip.leg import Leg
    from voice.speech.mouth import Clip

T = TypeVar("T")


class Call:
    """One leg. Made by the exchange; lives on the loop.

    info: who calls whom. state: see callstate. stats: packet counters, filled when the call ends.
    """

    def __init__(self, info: LegInfo, port: Port, endpoint: Endpoint, pool: Pool, pcm: Callable[[Clip], Pcm]) -> None:
        self.info = info
        self.line = port
        self.state = State.OFFERED if info.incoming else State.DIALLING
        self.stats = LegStats()
        self.mailbox = Mailbox()
        self.gone = asyncio.Event()
        self._endpoint, self._pcm = endpoint, pcm
        self._prompts = itertools.count(1)
        self._playing: dict[int, bool] = {}  # prompt -> does a key stop it
        self._standing = False
        self._by_us = False
        self._keypad = Keypad()
        # No cycle: a call's native memory is let go with its last user, not at some later collection.
        self._listener = Listener(port, pool, self.mailbox.put, weakref.proxy(self))

    async def next(self, timeout_s: float | None = None) -> Event | None:
        """The next event, or None where none came in time."""
        try:
            async with asyncio.timeout(timeout_s):
                return await self.mailbox.get()
        except TimeoutError:
            return None

    async def __aiter__(self) -> AsyncIterator[Event]:
        """Events in order, ending with HungUp."""
        while True:
            event = await self.mailbox.get()
            yield event
            if isinstance(event, HungUp):
                return

    # What one can do.

    async def ring(self, status: int = 180) -> None:
        """Tell the caller that it rings (180), or that sound comes before the answer (183)."""
        self.state = after(self.state, Move.RING)
        await self._do(lambda leg: leg.respond(status))

    async def answer(self) -> None:
        """200 OK; `Answered` follows when the caller has acknowledged it."""
        need(self.state, State.OFFERED, State.RINGING)
        await self._do(lambda leg: leg.respond(200))

    async def hang_up(self, status: int = 0) -> None:
        """End the call: BYE, CANCEL or, before the answer, `status` (603 where none is given). Twice is harmless."""
        if self.state in (State.CLOSING, State.GONE):
            return
        unanswered = self.state in (State.OFFERED, State.RINGING)
        self.state = after(self.state, Move.HANG_UP)
        self._by_us = True
        self._listener.close()
        with contextlib.suppress(CallGone):
            await self._do(lambda leg: leg.hang_up(status or (603 if unanswered else 0)))

    async def hold(self) -> None:
        """Put the other side on hold (RFC 3264 section 8.4)."""
        need(self.state, State.UP)
        await self._do(lambda leg: leg.hold())

    async def unhold(self) -> None:
        """Take the other side off hold."""
        need(self.state, State.UP)
        await self._do(lambda leg: leg.unhold())

    async def bridge(self, other: Call) -> None:
        """Let this caller and another hear each other. Ends with either call, or with `part`."""
        need(self.state, State.UP)
        await self._do(lambda leg: self._endpoint.bridge(leg, other.info.number))

    async def part(self) -> None:
        """Nobody hears this caller any more, and he hears nobody but the house."""
        await self._do(lambda leg: self._endpoint.matrix.part(leg.number))

    async def received(self) -> int:
        """RTP packets that came in so far: 0 where the other side has answered and sends nothing."""
        need(self.state, State.UP)
        return await self._do(lambda leg: leg.received())

    async def transfer(self, target: str) -> None:
        """Ask the other side to call `target` instead (REFER, RFC 3515); TransferResult events tell how it goes."""
        need(self.state, State.UP)
        await self._do(lambda leg: leg.refer(target))

    async def send_keys(self, keys: str) -> None:
        """Send keys by RFC 4733, or by INFO where the other side knows no telephone-event."""
        need(self.state, State.UP)
        await self._do(lambda leg: leg.send_keys(keys))

    def play(self, clip: Clip, *, barge_speech: bool = False, barge_keys: bool = True) -> int:
        """Play behind what plays already; gives the prompt's number. Raises SpeechError where 64 prompts wait."""
        prompt = next(self._prompts)
        hears = barge_speech and self._listener.expectation is not None
        if not self.line.play(self._pcm(clip), prompt, pause_on_speech=hears, stop_on_key=barge_keys):
            raise SpeechError("too many prompts are waiting to be played")
        self._playing[prompt] = barge_keys
        return prompt

    def stop(self) -> None:
        """End all prompts, softly, at the next frame."""
        self._standing = False
        if self._playing:
            self.line.stop()

    def stand_still(self) -> None:
        """A prompt that sounds waits where it is, until `go_on` or `stop`."""
        if self._playing and not self._standing:
            self.line.pause()

    def go_on(self) -> None:
        """A prompt that stands still goes on from the same sample: it was no interruption."""
        if self._standing:
            self._standing = False
            self.line.resume()

    def listen(
        self,
        ears: EarSet,
        expectation: Expectation,
        end_silence_ms: int = 0,
        complete: Judge | None = None,
    ) -> None:
        """Hear words from now on: `Partial` and `Final` follow. end_silence_ms 0 takes the one for this kind of answer.

        complete: how much of an answer words are that were decoded in a silence; the turn ends sooner or later by it.
        """
        self._listener.expect(ears, expectation, end_silence_ms, complete)

    def attend(self, end_silence_ms: int) -> None:
        """Tell when the caller speaks (`SpeechBegan`, `SpeechEnded`), and hear no words from now on."""
        self._listener.attend(end_silence_ms)

    def deaf(self) -> None:
        """Hear no words from now on (keys always come)."""
        self._listener.deaf()

    @property
    def playing(self) -> bool:
        return bool(self._playing)

    @property
    def being_spoken_to(self) -> bool:
        """The caller is in the middle of a turn, or its words are being decoded."""
        return self._listener.busy

    # What happens; called by the exchange, on the loop.

    def on_fact(self, fact: Fact) -> None:
        match fact:
            case LegProgress(status=status, at_ns=at):
                if status > 100:
                    self.state = after(self.state, Move.PROGRESS)
                self.mailbox.put(Ringing(at_ns=at, status=status))
            case LegUp(at_ns=at):
                if self.state not in (State.UP, State.CLOSING):
                    self.mailbox.put(Answered(at_ns=at))
                self.state = after(self.state, Move.CONFIRM)
            case LegMedia(codec=codec, rate_hz=rate, sending=sending, receiving=receiving, at_ns=at):
                self.mailbox.put(MediaChanged(at_ns=at, codec=codec, rate_hz=rate, sending=sending, receiving=receiving))
            case LegKey(key=key, source=source, at_ns=at):
                self._key(key, source, at)
            case LegTransfer(status=status, final=final, at_ns=at):
                self.mailbox.put(TransferResult(at_ns=at, status=status, final=final))
            case LegGone(status=status, reason=reason, stats=stats, at_ns=at):
                self.state = after(self.state, Move.END)
                self.stats = stats
                self._listener.close()
                self.mailbox.put(HungUp(at_ns=at, status=status, reason=reason, by_us=self._by_us))
                self.gone.set()

    def on_sound(self, kind: int, sample: int, value: int, detail: int, at_ns: int, position: int) -> None:
        """An event of the native side (native.bell.Kind)."""
        came_in_ns = at_ns - (position - sample) * 1_000_000_000 // self.line.rate_hz
        match kind:
            case Bell.SPEECH_BEGAN:
                self.mailbox.put(SpeechBegan(at_ns=at_ns, begin_sample=sample, begun_ns=came_in_ns))
                self._listener.began(sample)
            case Bell.SPEECH_PAUSED:
                self.mailbox.put(SpeechPaused(at_ns=at_ns, end_sample=sample, ended_ns=came_in_ns))
                self._listener.paused(sample, bool(detail))
            case Bell.SPEECH_RESUMED:
                self.mailbox.put(SpeechResumed(at_ns=at_ns, sample=sample))
                self._listener.resumed()
            case Bell.SPEECH_ENDED:
                short, long = bool(detail & 1), bool(detail & 2)
                self.mailbox.put(
                    SpeechEnded(
                        at_ns=at_ns,
                        begin_sample=value,
                        end_sample=sample,
                        ended_ns=came_in_ns,
                        silence_ms=(position - sample) * 1000 // self.line.rate_hz,
                        too_short=short,
                        too_long=long,
                    )
                )
                self._listener.ended(value, sample, short)
            case Bell.OVERRUN:
                self.mailbox.put(Overrun(at_ns=at_ns, first_sample=sample, samples=value))
            case Bell.KEY:
                self._key(chr(detail), KeySource.INBAND, at_ns)
            case Bell.PROMPT_PAUSED:
                self._standing = True
                self.mailbox.put(PromptPaused(at_ns=at_ns, prompt=value, played_samples=sample))
            case Bell.PROMPT_RESUMED:
                self._standing = False
                self.mailbox.put(PromptResumed(at_ns=at_ns, prompt=value))
            case Bell.PROMPT_FINISHED | Bell.PROMPT_CUT:
                self._playing.pop(value, None)
                self.line.reap()
                ended = PromptFinished(at_ns=at_ns, prompt=value)
                self.mailbox.put(
                    ended if kind == Bell.PROMPT_FINISHED else PromptCut(at_ns=at_ns, prompt=value, played_samples=sample)
                )
            case Bell.SPEECH_LASTED:
                self._listener.lasted(sample, bool(detail))

    def _key(self, key: str, source: KeySource, at_ns: int) -> None:
        if self._keypad.press(key, source, at_ns):
            self._listener.forget()
            if any(self._playing.values()):
                self.stop()
            self.mailbox.put(Digit(at_ns=at_ns, key=key, source=source))

    async def _do(self, order: Callable[[Leg], T]) -> T:
        """Have the SIP thread do something with this leg."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()

        def settle(result: T | None, error: Exception | None) -> None:
            if not future.done():
                if error is None:
                    future.set_result(result)  # type: ignore[arg-type]
                else:
                    future.set_exception(error)

        self._endpoint.call(self.info.number, order, lambda result, error: loop.call_soon_threadsafe(settle, result, error))
        return await future

    def age_s(self) -> float:
        """Seconds since the call began."""
        return (now_ns() - self.info.begun_ns) / 1e9
