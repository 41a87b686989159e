"""From turns of sound to words: one call's listener (endpointing, decoding ahead, barge-in).

The native side says when a turn begins, pauses, resumes and ends. The listener feeds the ears on worker threads while the
caller speaks, decodes ahead as soon as a silence begins, ends the turn early where the words are a whole answer already,
and lets a paused prompt go on where nothing was meant. Recognition never blocks the loop and never holds up a call: what
is late or refused becomes `HearingLost`, and the dialogue goes on by keys.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Protocol

from native.line import Line
from voice.bargein import BELIEVED, INSISTS_MS, MURMUR_MS, Verdict, judge, strangeness
from voice.clock import now_ns
from voice.errors import HotlineError, SpeechError
from voice.events import Event, Final, HearingLost, Partial
from voice.recognizers.closeness import plain
from voice.recognizers.ears import EarSet
from voice.recognizers.pool import Pool
from voice.recognizers.protocol import Completeness, Expectation, Glancing, Hypothesis, Kind, Recognizer, Utterance

log = logging.getLogger(__name__)

Seen = tuple[tuple[str, float], ...]  # texts that it may have been, and their shares
Judge = Callable[[str, float, str], Completeness]  # text, score, engine

# Silence that ends a turn, by what is being said: a yes is soon over, digits come in groups (measured in bench/turns.py).
END_SILENCE_MS = {
    Kind.YES_NO: 500,
    Kind.CHOICE: 600,
    Kind.FREE: 800,
    Kind.NUMBER: 800,
    Kind.DATE: 800,
    Kind.DIGITS: 1000,
    Kind.NAME: 1000,
}
# A turn whose words are a whole answer already needs no more silence than this.
COMPLETE_SILENCE_MS = 400
# Where nothing was an answer yet ("it is ...", "four seven ...", a voice without words), so much more of it is waited for.
BEGUN_STRETCH = 2.0
PRE_ROLL_MS = 240  # of every turn (native/turn)
# A look need not be sure, since the prompt can stand still again: so much of what it sees as likely is a murmur.
LIKELY = 0.3
# A turn that has lasted longer (its pre-roll included) is no back-channel, and is not looked at before it is decoded.
LOOKED_AT_MS = 1240
STREAM_PERIOD_S = 0.1
# A streaming ear has its words in the moment it is asked, and asking costs as much as half a second of sound. In short pauses the
# caller only draws breath, so it is asked when they have lasted so much longer: still in time for COMPLETE_SILENCE_MS.
BREATH_S = 0.16
COPY_PERIOD_S = 1.0


class Prompts(Protocol):
    """The listener's hold on what plays: end it, let it stand still, or let it go on from there."""

    @property
    def playing(self) -> bool: ...
    def stop(self) -> None: ...
    def stand_still(self) -> None: ...
    def go_on(self) -> None: ...


@dataclass(slots=True)
class Ear:
    """One engine's share of one turn. `fed` is the next sample to read."""

    recognizer: Recognizer
    expectation: Expectation
    fed: int
    utterance: Utterance | None = None
    partial: str = ""

    def take_all(self, line: Line) -> str:
        """Feed all there is (worker thread)."""
        return self.take(line, line.position)

    def take(self, line: Line, upto: int) -> str:
        """Feed what came in until `upto` (worker thread). Raises SpeechError where the sound is gone already."""
        if self.utterance is None:
            self.utterance = self.recognizer.open(line.rate_hz, self.expectation)
        if upto > self.fed:
            samples = line.read(self.fed, upto - self.fed)
            if samples is None:
                raise SpeechError("recognition is so late that the sound is gone")
            self.fed = upto
            self.partial = self.utterance.feed(samples)
        return self.partial

    def decide(self, line: Line, upto: int) -> Hypothesis:
        """Feed and decode (worker thread)."""
        self.take(line, upto)
        assert self.utterance is not None
        return self.utterance.result()


@dataclass(slots=True)
class Turn:
    """One turn of the caller: its ears, and what was decoded ahead (up to which sample of voice)."""

    begin: int
    expectation: Expectation
    ears: list[Ear]
    pump: asyncio.Task[None] | None = None
    ahead: asyncio.Task[Hypothesis | None] | None = None
    ahead_end: int = -1
    over_prompt: bool = False
    voiced: bool = False  # it had a pitch while a prompt stood still for it, and went on
    cut: bool = False
    look: asyncio.Task[None] | None = None  # at what was said so far
    seen: asyncio.Task[Seen] | None = None  # what was said up to `seen_end`, where the voice faltered
    seen_end: int = -1
    let_on: bool = False  # by a look: the prompt goes on, and may have to stand still again
    tasks: set[asyncio.Task[None]] = field(default_factory=set)


class Listener:
    """One call's listener.

    emit: puts an event into the call's mailbox. prompts: what plays to the caller. All methods run on the loop.
    """

    def __init__(self, line: Line, pool: Pool, emit: Callable[[Event], None], prompts: Prompts) -> None:
        self.line, self.pool, self.emit, self.prompts = line, pool, emit, prompts
        self.expectation: Expectation | None = None
        self.end_silence_ms = 0
        self._ears: EarSet | None = None
        self._judge: Judge | None = None
        self._turn: Turn | None = None
        self._endings: set[asyncio.Task[None]] = set()

    @property
    def busy(self) -> bool:
        """Somebody speaks, or what was said is still being decoded."""
        return self._turn is not None or bool(self._endings)

    def expect(self, ears: EarSet, expectation: Expectation, end_silence_ms: int = 0, complete: Judge | None = None) -> None:
        """What the next words may be. Counts for the turn that is being spoken too, where no ear has opened it yet.

        complete: judges words decoded in a silence; without it, a phrase that the step expects is a whole answer.
        """
        self.expectation, self._ears, self._judge = expectation, ears, complete
        self.end_silence_ms = end_silence_ms or END_SILENCE_MS[expectation.kind]
        self.line.tune(end_silence_ms=self.end_silence_ms, hearing=True)

    def attend(self, end_silence_ms: int) -> None:
        """Hear when somebody speaks, and no words: a message is recorded."""
        self.expectation = None
        self.forget()
        self.end_silence_ms = end_silence_ms
        self.line.tune(end_silence_ms=end_silence_ms, hearing=True)

    def deaf(self) -> None:
        """Listen no more; a turn that is being spoken is forgotten."""
        self.expectation = None
        self.line.tune(hearing=False)
        self.forget()

    def forget(self) -> None:
        """What is being said, or decoded, counts no more (the caller has answered by key)."""
        turn, self._turn = self._turn, None
        tasks = [*self._endings] + ([turn.pump, turn.ahead, turn.look, turn.seen, *turn.tasks] if turn is not None else [])
        for task in tasks:
            if task is not None:
                task.cancel()

    def began(self, begin: int) -> None:
        if self.expectation is None or self._ears is None:
            return
        found = [self._ears.final] + ([self._ears.streaming] if self._ears.streaming not in (None, self._ears.final) else [])
        ears = [Ear(recognizer, self.expectation, begin) for recognizer in found if recognizer is not None]
        self._turn = turn = Turn(begin, self.expectation, ears, over_prompt=self.prompts.playing)
        turn.pump = asyncio.create_task(self._pump(turn))

    def lasted(self, end: int, falters: bool = False) -> None:
        """A prompt stands still for this voice, and it goes on, or falters: look whether it is worth that."""
        turn = self._turn
        if turn is None:
            return
        turn.over_prompt = turn.voiced = True  # also one that began when the prompt was on its way
        if not falters:
            if turn.look is None or turn.look.done():  # a second look at the same word does not wait behind the first
                self._glance(turn, end, silent=False)
        elif self._worth_a_glance(turn, end):
            turn.seen, turn.seen_end = asyncio.create_task(self._see(turn)), end

    def _worth_a_glance(self, turn: Turn, end: int) -> bool:
        return not turn.cut and end - turn.begin <= LOOKED_AT_MS * self.line.rate_hz // 1000

    def _glance(self, turn: Turn, end: int, *, silent: bool) -> None:
        if self._worth_a_glance(turn, end):
            turn.look = asyncio.create_task(self._look(turn, end, silent))

    def paused(self, end: int, too_short: bool) -> None:
        """A silence began: decode now, so that the words are there when it is long enough."""
        turn = self._turn
        if turn is None:
            return
        if too_short:
            self.prompts.go_on()
            return
        if turn.over_prompt and not turn.let_on:
            self._glance(turn, end, silent=True)
        turn.ahead_end = end
        breath_s = BREATH_S if turn.ears[0].recognizer.streams and not turn.over_prompt else 0.0
        turn.ahead = asyncio.create_task(self._decide(turn, breath_s))
        later = asyncio.create_task(self._look_ahead(turn, turn.ahead))
        turn.tasks.add(later)
        later.add_done_callback(turn.tasks.discard)

    def resumed(self) -> None:
        """The voice came back: what was decoded ahead is void, and what still waits to be decoded need not be."""
        if self._turn is not None:
            for task in (self._turn.ahead, self._turn.look):
                if task is not None:
                    task.cancel()
            self._turn.let_on = False  # for a voice that comes back the line makes it stand still
            self._turn.ahead, self._turn.ahead_end = None, -1
            self.line.tune(end_silence_ms=self.end_silence_ms)

    def ended(self, begin: int, end: int, too_short: bool) -> None:
        turn, self._turn = self._turn, None
        if turn is None:
            self.prompts.go_on()  # what was said counts no more, and a prompt waits for nobody
            return
        if turn.pump is not None:
            turn.pump.cancel()
        self.line.tune(end_silence_ms=self.end_silence_ms)
        if too_short:
            self.prompts.go_on()
            return
        ending = asyncio.create_task(self._end(turn, begin, end))
        self._endings.add(ending)
        ending.add_done_callback(self._endings.discard)

    def close(self) -> None:
        """The call is over: nothing more is decoded or said."""
        self.expectation = None
        self.forget()

    async def _pump(self, turn: Turn) -> None:
        """Keep every ear fed while the caller speaks, well before the ring runs over."""
        streams = any(ear.recognizer.streams for ear in turn.ears)
        try:
            while True:
                await asyncio.sleep(STREAM_PERIOD_S if streams else COPY_PERIOD_S)
                if turn.ahead is not None:
                    continue  # a pause costs as much to decode as words: it is fed when the words are asked for, or the voice is back
                for ear in turn.ears:
                    text = await self.pool.run(ear, partial(ear.take_all, self.line))
                    if ear.recognizer.streams and text:
                        self._heard_so_far(turn, text, ear.recognizer.name)
        except HotlineError as error:
            self._lost(turn, error)

    def _heard_so_far(self, turn: Turn, text: str, engine: str) -> None:
        self.emit(Partial(at_ns=now_ns(), text=text, engine=engine))
        if not turn.cut and judge(turn.expectation, text, final=False) is Verdict.CUT:
            turn.cut = True
            self.prompts.stop()

    async def _decide(self, turn: Turn, after_s: float = 0.0) -> Hypothesis | None:
        ear = turn.ears[0]
        await asyncio.sleep(after_s)
        try:
            return await self.pool.run(ear, lambda: ear.decide(self.line, self.line.position))
        except HotlineError as error:
            self._lost(turn, error)
            return None

    async def _see(self, turn: Turn) -> Seen:
        """A glance at what was said so far; nothing where that cannot be: it is decoded all the same."""
        ear = turn.ears[0].recognizer
        sound = self.line.read(turn.begin, self.line.position - turn.begin)
        if sound is None or not isinstance(ear, Glancing):
            return ()
        try:
            return await self.pool.run(object(), partial(ear.glance, sound, self.line.rate_hz, turn.expectation))
        except HotlineError:
            return ()

    async def _look(self, turn: Turn, end: int, silent: bool) -> None:
        """A back-channel lets the prompt go on at once, not only when it has been decoded after its silence."""
        seen = turn.seen if silent and turn.seen is not None and turn.seen_end == end else asyncio.create_task(self._see(turn))
        texts = await seen
        if not texts or self._turn is not turn or turn.cut or (turn.ahead is not None and turn.ahead.done()):
            return
        if sum(share for text, share in texts if self._looks_like_a_murmur(turn, text, end, silent)) >= LIKELY:
            turn.let_on = True
            self.prompts.go_on()
        else:
            self._stand_still(turn)

    def _looks_like_a_murmur(self, turn: Turn, text: str, end: int, silent: bool) -> bool:
        if silent:
            return self._verdict(turn, Hypothesis(text, 1.0, ""), text, end) is Verdict.RESUME
        # Of a word that is still being spoken there is no more to be said than that it sounds like a murmur.
        return bool(text) and judge(turn.expectation, text, final=True) is Verdict.RESUME

    async def _look_ahead(self, turn: Turn, ahead: asyncio.Task[Hypothesis | None]) -> None:
        """What the words so far mean for the prompt that stands still, and for how long we wait for more."""
        found = await ahead
        if found is None or turn.ahead is not ahead or self._turn is not turn:
            return
        verdict = self._verdict(turn, found, found.text, turn.ahead_end)
        murmur = verdict is Verdict.RESUME and turn.over_prompt
        said = Completeness.OPEN if murmur else self._said(turn, found)
        if said is Completeness.WHOLE:
            self.line.tune(end_silence_ms=min(self.end_silence_ms, COMPLETE_SILENCE_MS))
        elif said is Completeness.BEGUN:
            self.line.tune(end_silence_ms=round(self.end_silence_ms * BEGUN_STRETCH))
        if verdict is Verdict.CUT or said is Completeness.WHOLE:
            turn.cut = True
            self.prompts.stop()
        elif verdict in (Verdict.RESUME, Verdict.TELL):
            self.prompts.go_on()
        else:
            self._stand_still(turn)

    async def _end(self, turn: Turn, begin: int, end: int) -> None:
        ahead = turn.ahead if turn.ahead_end == end else None
        found = await (ahead or self._decide(turn))
        if found is None:
            return
        text = found.text or next((ear.partial for ear in turn.ears if ear.partial), "")
        verdict = self._verdict(turn, found, text, end)
        if verdict is Verdict.CUT:
            self.prompts.stop()
        elif verdict is Verdict.RESUME and turn.over_prompt and not turn.cut:
            # A murmur or a noise while the house spoke is nothing that the dialogue has to answer.
            self.prompts.go_on()
            return
        elif verdict is not Verdict.TELL:
            self._stand_still(turn)
        final = Final(at_ns=now_ns(), text=text, score=found.score, engine=found.engine, begin_sample=begin, end_sample=end)
        self.emit(replace(final, insists=self._insists(turn, text, end)))

    def _stand_still(self, turn: Turn) -> None:
        """Take back what a look has let go on."""
        if turn.let_on:
            turn.let_on = False
            self.prompts.stand_still()

    def _verdict(self, turn: Turn, found: Hypothesis, text: str, end: int) -> Verdict:
        """Whether these words, up to sample `end`, take the turn."""
        verdict = judge(turn.expectation, text, final=True)
        if verdict is not Verdict.WAIT:
            return verdict
        if self._judge is None or turn.expectation.kind not in (Kind.CHOICE, Kind.YES_NO, Kind.FREE):
            return judge(turn.expectation, text, found.score, final=True)  # digits and names come in several turns
        if self._said(turn, found) not in (Completeness.BEGUN, Completeness.UNKNOWN):
            return verdict
        if self._insists(turn, text, end):
            return Verdict.WAIT
        if found.score < BELIEVED or (turn.over_prompt and self._strange_ms(turn, text, end) < MURMUR_MS):
            return Verdict.RESUME
        return Verdict.TELL if turn.over_prompt else verdict

    def _insists(self, turn: Turn, text: str, end: int) -> bool:
        return turn.over_prompt and turn.voiced and self._strange_ms(turn, text, end) >= INSISTS_MS

    def _strange_ms(self, turn: Turn, text: str, end: int) -> float:
        """How much of a voice that ended here said this and no murmur; pauses in it count."""
        return ((end - turn.begin) * 1000 / self.line.rate_hz - PRE_ROLL_MS) * strangeness(turn.expectation, text)

    def _said(self, turn: Turn, found: Hypothesis) -> Completeness:
        if turn.expectation is not self.expectation:
            return Completeness.OPEN  # the question has changed meanwhile
        if self._judge is not None:
            return self._judge(found.text, found.score, found.engine)
        return Completeness.WHOLE if complete(turn.expectation, found.text) else Completeness.OPEN

    def _lost(self, turn: Turn, error: HotlineError) -> None:
        log.warning("recognition is lost for a turn: %s", error.what)
        self.prompts.go_on()
        if self._turn is turn:
            self._turn = None
            if turn.pump is not None and turn.pump is not asyncio.current_task():
                turn.pump.cancel()
        self.emit(HearingLost(at_ns=now_ns(), why=error.what))


def complete(expectation: Expectation, text: str) -> bool:
    """Is this a phrase that the step expects, so that no more needs to be waited for?"""
    if expectation.kind not in (Kind.CHOICE, Kind.YES_NO):
        return False
    sentence = plain(text)
    return any(sentence == plain(phrase) for phrase in expectation.phrases)
