"""What a call keeps of its sound: a message that is left (`Record`), and the answers to questions in free words (`Listen.keep`).

    what is said, then a tone -> recording -> silence, "#", the longest time, or the caller hangs up -> Recorded

The words of a message are found stretch by stretch while it is spoken, so that they are there soon after its end.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field

from ivr.actions import Record, Recorded, State
from ivr.deeds import Refused
from voice import events as on
from voice.call import Call
from voice.clock import now_ns
from voice.errors import HotlineError, SoundUnkept
from voice.recognizers.ears import Ears
from voice.recording import Recording, tone
from voice.vault import Vault

log = logging.getLogger(__name__)
FIRST_S = 7.0  # so long without a word, and no message is left
SILENCE_S = 3.0  # so long after the last word, and it is at its end
STRETCH_MS = 900  # a silence between two stretches, each of which is turned into words by itself
WORDS_S = 6.0  # how long is waited for the words after the end; the sound is kept without them too
WORDS_GONE_S = 2.0  # the same where the caller has gone: the call's own end must not be late
ASK_S = 0.5
END = "#"


@dataclass(slots=True)
class Message:
    """One that is being left. gone: the caller has hung up. dropped: the dialogue went elsewhere."""

    language: str
    tone: int = 0
    begun: int = -1  # the sample at which he began to speak, while he does
    spoken: bool = False
    gone: bool = False
    dropped: bool = False
    words: list[asyncio.Task[str]] = field(default_factory=list)
    events: asyncio.Queue[on.Event | None] = field(default_factory=asyncio.Queue)


class Recorder:
    """Of one call. may_keep: whether answers may be kept as sound too, asked for each; a message is left on purpose."""

    def __init__(self, call: Call, ears: Ears, vault: Vault, may_keep: Callable[[], Awaitable[bool]]) -> None:
        self.call, self.ears, self.vault, self.may_keep = call, ears, vault, may_keep
        self._message: Message | None = None
        self._turns: dict[int, Recording] = {}
        self._made: list[str] = []

    # Messages

    @property
    def busy(self) -> bool:
        """A message is being left, or is about to be: what is heard belongs to it."""
        return self._message is not None

    async def record(self, act: Record) -> Recorded:
        """For `Deeds.record`. Raises Refused: "silence" where nobody spoke, "disk" where it could not be kept."""
        message = self._message = Message(act.language)
        self.call.deaf()
        recording: Recording | None = None
        try:
            if await self._beep(message):
                self.call.attend(STRETCH_MS)
                recording = Recording(self.call.line, self.vault, remember=True)
                recording.start(lambda: message.events.put_nowait(None))
                await self._speaks(message, recording, act.longest_s)
            if recording is None or message.dropped or not (message.spoken or recording.broken):
                raise Refused("silence")
            kept = await recording.finish()
            self._made.append(kept.id)
            if not message.gone:
                self.call.deaf()
            words = await _said(message.words, WORDS_GONE_S if message.gone else WORDS_S)
            return Recorded(act.request, kept.id, words, kept.length_ms)
        except SoundUnkept as error:
            log.error("call %d: %s", self.call.info.number, error)
            raise Refused("disk") from None
        finally:
            if self._message is message:
                self._message = None
            for task in message.words:
                task.cancel()
            if recording is not None:
                recording.stop()
                with contextlib.suppress(asyncio.CancelledError):
                    await recording.drop()

    def takes(self, event: on.Event) -> bool:
        """Whether this event of the call belongs to the message, and to nobody else."""
        message = self._message
        match event:
            case _ if message is None:
                return False
            case on.SpeechBegan() | on.SpeechEnded() | on.Digit(key="#"):
                message.events.put_nowait(event)
                return True
            case on.PromptFinished(prompt=prompt) | on.PromptCut(prompt=prompt) if prompt == message.tone:
                message.events.put_nowait(event)
                return True
            case on.Final() | on.HearingLost():
                return True
        return False

    def hung_up(self) -> None:
        """The caller has gone: what he has said is his message."""
        if self._message is not None:
            self._message.gone = True
            self._message.events.put_nowait(None)

    def give_up(self) -> None:
        """The dialogue has gone elsewhere (he wants a person)."""
        if self._message is not None:
            self._message.dropped = True
            self._message.events.put_nowait(None)
            self._message = None

    async def _beep(self, message: Message) -> bool:
        """Behind what is being said; False where nobody is there any more."""
        message.tone = self.call.play(tone(self.call.line.rate_hz), barge_keys=False)
        while (event := await message.events.get()) is not None:
            if isinstance(event, on.PromptFinished | on.PromptCut):
                return True
        return False

    async def _speaks(self, message: Message, recording: Recording, longest_s: float) -> None:
        """Until the message is at its end."""
        now = quiet = now_ns()
        last = now + round(longest_s * 1e9)
        while True:
            silent = quiet + round((SILENCE_S if message.spoken else FIRST_S) * 1e9)
            due = last if message.begun >= 0 else min(last, silent)
            event = None
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(max(0.0, (due - now_ns()) / 1e9)):
                    event = await message.events.get()
            match event:
                case on.SpeechBegan(begin_sample=begin):
                    message.begun = begin
                case on.SpeechEnded(begin_sample=begin, end_sample=end, ended_ns=ended, too_short=short):
                    message.begun, quiet = -1, ended
                    if not short and end > recording.begin:  # not the end of something said before
                        self._stretch(message, recording, begin, end)
                case _:  # "#", too long, silence, gone, or the disk is full
                    break
        recording.stop()
        if message.begun >= 0:
            self._stretch(message, recording, message.begun, self.call.line.position)

    def _stretch(self, message: Message, recording: Recording, begin: int, end: int) -> None:
        message.spoken = True
        samples, rate_hz = recording.heard(begin, end), self.call.line.rate_hz
        message.words.append(asyncio.create_task(self.ears.words(message.language, samples, rate_hz)))

    # Answers

    def began(self, begin: int) -> None:
        """The answer to a question in free words begins."""
        recording = self._turns[begin] = Recording(self.call.line, self.vault, begin)
        recording.start()

    async def ended(self, begin: int, end: int, worthless: bool) -> None:
        """It has ended; worthless: it was no answer."""
        recording = self._turns.get(begin)
        if recording is not None:
            recording.stop(end)
            if worthless:
                await self._turns.pop(begin).drop()

    async def kept(self, begin: int) -> str:
        """The id of the answer that began there, in the vault now; "" where it is not kept. Those before it were no answers."""
        recording = self._turns.pop(begin, None)
        for early in [one for one in self._turns if one < begin]:
            await self._turns.pop(early).drop()
        if recording is None:
            return ""
        try:
            async with asyncio.timeout(ASK_S):
                wanted = await self.may_keep()
        except (HotlineError, TimeoutError):
            wanted = False  # nobody can say so now; the words are kept anyway
        if not wanted:
            await recording.drop()
            return ""
        try:
            kept = await recording.finish()
        except SoundUnkept as error:
            log.error("call %d: %s", self.call.info.number, error)
            return ""
        self._made.append(kept.id)
        return kept.id

    async def close(self, state: State) -> None:
        """The call is over: what no answer names is forgotten."""
        self.give_up()
        for recording in self._turns.values():
            await recording.drop()
        self._turns.clear()
        named = {answer.recording for answer in (*state.ledger, *state.doubts)}
        if orphans := [name for name in self._made if name not in named]:
            await asyncio.to_thread(self.vault.forget, orphans)


async def _said(words: list[asyncio.Task[str]], patience_s: float) -> str:
    """As many of the words as are there in time."""
    if words:
        await asyncio.wait(words, timeout=patience_s)
    return " ".join(text for task in words if task.done() and not task.cancelled() and (text := task.result()))
