"""The phone as a channel of a talk: what happens on the call becomes events, what the dialogue wants becomes sound.

Every wait has an end: the answer, each rendering of a prompt, the caller's silence, the whole call. Whatever fails, the
caller hears the next thing that still works: without ears the flow goes on by keys, without a voice the call ends politely.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ivr import actions as do
from ivr.channels.reception import Handed, Reception
from ivr.channels.recorder import Recorder
from ivr.languages import language
from ivr.talk import Act, Talk
from voice import events as on
from voice.call import Call
from voice.clock import now_ns
from voice.errors import HotlineError
from voice.recognizers.ears import Ears
from voice.speech.mouth import Mouth
from voice.tasks import ended

log = logging.getLogger(__name__)
ANSWER_WAIT_S = 32.0  # RFC 3261 section 17.2.1, timer H: the ACK comes within 64 T1 or never
CALL_LIMIT_S = 1800.0
EVENT_WAIT_S = 60.0
# What the caller does himself; the answer to it takes the place of what still plays, also where it is only to listen on (half a number,
# "one moment"). All else follows it.
CALLERS = (do.Heard, do.Key, do.Picked, do.NoInput)


@dataclass(frozen=True, slots=True)
class Note:
    """One thing worth showing on a timeline: who ("house", "caller", "key", "event"), what, when, and what was measured."""

    who: str
    what: str
    at_ns: int
    detail: dict[str, object] = field(default_factory=dict)


def unseen(note: Note) -> None:
    """Nobody watches."""


class Phone:
    """One call from answer to end. `run` gives the dialogue's last state.

    talk: makes the talk of this channel. watch: told what happens, as it happens. recorder: keeps sound, where anybody does.
    reception: gives who takes the call over when a person is wanted, or None where nobody works here; without it, the call ends then.
    """

    name = "phone"
    written = False

    def __init__(
        self,
        call: Call,
        talk: Callable[[Phone], Talk],
        mouth: Mouth,
        ears: Ears,
        language: str,
        watch: Callable[[Note], None] = unseen,
        recorder: Recorder | None = None,
        reception: Callable[[do.State, do.Handover], Awaitable[Reception | None]] | None = None,
    ) -> None:
        self.call, self.mouth, self.ears, self.language, self.watch = call, mouth, ears, language, watch
        self.recorder, self.reception = recorder, reception
        self.talk = talk(self)
        self._prompts: dict[int, do.Say] = {}
        self._listen: do.Listen | None = None
        self._last: do.Handover | do.Hangup | None = None  # done once the prompts are through
        self._quiet_since_ns = 0
        self._during = ""
        self._deaf = False
        self._over = asyncio.Event()  # the dialogue has said its last word

    async def run(self) -> do.State:
        """Answer, talk, end. Never raises for what a caller does."""
        self.talk.recall()
        after: do.State | None = None
        try:
            await self.call.answer()
            if await self._answered():
                await self.talk.open(self.language, assumed=True)
                await self._converse()
                after = await self._hand_over()
        finally:
            try:
                state = after or await self.talk.close()
            finally:
                if self.recorder is not None:
                    await self.recorder.close(after or self.talk.state)
        return state

    async def _hand_over(self) -> do.State | None:
        """Where the dialogue wants a person: to whoever looks after the caller then. None where it does not, or nobody works here."""
        handover = self._last
        if not isinstance(handover, do.Handover) or self.reception is None or not self._over.is_set():
            return None
        self.call.deaf()
        state = await self.talk.close()
        reception = await self.reception(state, handover)
        if reception is not None:
            return await reception.receive(Handed(self.call, handover, state, self.recorder))
        self._last = do.Hangup()
        self._over.clear()
        code = state.language or self.language
        await self._say(do.Say(language(code).texts["nobody"], code, "handover.nobody"))
        if not self._prompts:
            await self.call.hang_up()
        await self._converse()
        return state

    async def _converse(self) -> None:
        """Until the caller has hung up, or the dialogue is over and hands him on."""
        over = asyncio.ensure_future(self._over.wait())
        try:
            while not over.done():
                coming = asyncio.ensure_future(self.call.next(self._patience_s()))
                await asyncio.wait({coming, over}, return_when=asyncio.FIRST_COMPLETED)
                if not coming.done():
                    await ended([coming])
                if not coming.cancelled() and await self._met(coming.result()):
                    return
        finally:
            over.cancel()

    async def _met(self, event: on.Event | None) -> bool:
        """One event, or None where none came in time; True where it was the last."""
        if isinstance(event, on.HungUp):
            self.watch(Note("event", "hung up", event.at_ns, {"by_us": event.by_us, "status": event.status}))
            if self.recorder is not None:
                self.recorder.hung_up()
            self._over.clear()
            return True
        if event is not None:
            await self._on(event)
        elif self._quiet_too_long():
            # Once: the answer to it starts the waiting anew.
            self._quiet_since_ns = now_ns()
            self.talk.put(do.NoInput())
        elif self.call.age_s() > CALL_LIMIT_S:
            self.watch(Note("event", "the call was longer than any may be", now_ns()))
            await self.call.hang_up()
        return False

    async def perform(self, event: do.Event, acts: tuple[Act, ...]) -> None:
        """The talk's acts in answer to `event`, in their order; none at all lets a prompt that stands still go on."""
        if not acts:
            self.call.go_on()
            return
        if self.recorder is not None:
            self.recorder.give_up()
        if isinstance(event, CALLERS):
            self.call.stop()
        for act in acts:
            match act:
                case do.Say():
                    await self._say(act)
                case do.Listen():
                    self._hear(act)
                case do.Handover() | do.Hangup():
                    if isinstance(act, do.Handover):
                        self.watch(Note("event", f"handed over: {act.reason}", now_ns()))
                    self._last = act
        if self._last is not None and not self._prompts:
            await self._end()

    async def _end(self) -> None:
        """The last word is said: the end of the call, or of our part in it."""
        if isinstance(self._last, do.Handover) and self.reception is not None:
            self._over.set()
        else:
            await self.call.hang_up()

    async def _answered(self) -> bool:
        """Wait for the ACK: nothing is said before it."""
        while (event := await self.call.next(ANSWER_WAIT_S)) is not None:
            if isinstance(event, on.Answered):
                took_ms = (event.at_ns - self.call.info.begun_ns) / 1e6
                self.watch(Note("event", "answered", event.at_ns, {"answered_ms": took_ms}))
                return True
            if isinstance(event, on.HungUp):
                return False
        await self.call.hang_up(408)
        return False

    async def _on(self, event: on.Event) -> None:
        if self.recorder is not None and self.recorder.takes(event):
            return
        match event:
            case on.Final(text=text, score=score, engine=engine, at_ns=at, begin_sample=begin, insists=insists):
                self.watch(Note("caller", text, at, {"engine": engine, "score": round(score, 2)}))
                during, recording = self._during, await self.recorder.kept(begin) if self.recorder is not None else ""
                self._put(do.Heard(text, score, engine, during, recording, insists))
            case on.Digit(key=key, at_ns=at, source=source):
                self.watch(Note("key", key, at, {"source": source.value}))
                self._put(do.Key(key))
            case on.HearingLost(why=why, at_ns=at):
                self.watch(Note("event", f"hearing lost: {why}", at))
                self._put(do.HearingLost())
            case on.SpeechBegan(at_ns=at, begin_sample=begin):
                self._during = next((say.prompt_id for say in self._prompts.values()), "")
                if self.recorder is not None and self._listen is not None and self._listen.keep:
                    self.recorder.began(begin)
                self.watch(Note("event", "speech began", at))
            case on.SpeechEnded(
                at_ns=at, silence_ms=silence, ended_ns=ended, too_short=short, begin_sample=begin, end_sample=end
            ):
                self._quiet_since_ns = at
                if self.recorder is not None:
                    await self.recorder.ended(begin, end, short)
                self.watch(Note("event", "speech ended", at, {"silence_ms": silence, "ended_ns": ended, "too_short": short}))
            case on.PromptPaused(prompt=prompt, at_ns=at):
                self.watch(Note("event", "prompt pauses", at, {"prompt": self._name(prompt)}))
            case on.PromptResumed(prompt=prompt, at_ns=at):
                self.watch(Note("event", "prompt goes on", at, {"prompt": self._name(prompt)}))
            case on.PromptFinished(prompt=prompt, at_ns=at) | on.PromptCut(prompt=prompt, at_ns=at):
                say = self._prompts.pop(prompt, None)
                self._quiet_since_ns = at
                if isinstance(event, on.PromptCut) and event.played_samples and say is not None:
                    self.watch(Note("event", "prompt cut", at, {"prompt": say.prompt_id}))
                if not self._prompts:
                    await self._through()

    def _put(self, event: do.Event) -> None:
        if self._last is None:
            self.talk.put(event)

    async def _through(self) -> None:
        """Every prompt is through: what was waiting for that may happen."""
        if self._last is not None:
            await self._end()
        else:
            self.talk.put(do.PromptsDone())

    async def _say(self, say: do.Say) -> None:
        prompt_id = None if say.varies else say.prompt_id
        try:
            async for clip in self.mouth.clips(say.text, say.language, self.call.line.rate_hz, prompt_id, say.private, say.slow):
                prompt = self.call.play(clip, barge_speech=say.barge_speech and not self._deaf, barge_keys=say.barge_keys)
                self._prompts[prompt] = say
        except HotlineError as error:
            log.error("call %d: prompt %s could not be spoken: %s", self.call.info.number, say.prompt_id, error.what)
            return
        self._quiet_since_ns = now_ns()
        self.watch(Note("house", say.text, now_ns(), {"prompt": say.prompt_id, "language": say.language}))

    def _hear(self, listen: do.Listen) -> None:
        self._listen = listen
        self._quiet_since_ns = now_ns()
        ears = self.ears.for_language(listen.expectation.language)
        if not ears.deaf:
            self._deaf = False
            self.call.listen(ears, listen.expectation, listen.end_silence_ms, self.talk.completeness)
        elif not self._deaf:
            self._deaf = True
            self.call.deaf()
            self.watch(Note("event", f"no ear for {listen.expectation.language}: {' '.join(ears.missing)}", now_ns()))
            self.talk.put(do.HearingLost())

    def _waits_for_caller(self) -> bool:
        """It is the caller's turn, and he is silent."""
        if self.recorder is not None and self.recorder.busy:
            return False
        if self.talk.state.phase is do.Phase.WORKING:
            return False  # he waits for us: for a look-up that has a deadline of its own
        return self._listen is not None and self._last is None and not self._prompts and not self.call.being_spoken_to

    def _quiet_too_long(self) -> bool:
        if self._listen is None or not self._waits_for_caller():
            return False
        return now_ns() - self._quiet_since_ns >= self._listen.no_input_s * 1e9

    def _patience_s(self) -> float:
        """How long to wait for the next event of the call."""
        if self._listen is None or not self._waits_for_caller():
            return EVENT_WAIT_S
        return max(0.01, self._listen.no_input_s - (now_ns() - self._quiet_since_ns) / 1e9)

    def _name(self, prompt: int) -> str:
        say = self._prompts.get(prompt)
        return say.prompt_id if say else ""
