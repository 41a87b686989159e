"""One talk in any channel: a flow and its State, the memory of it, and the deeds it wants done. No sound, no sockets, no clock.

    channel --take, put--> inbox --machine--> State --keeper--> memory
                             ^                  '----acts----> Channel.perform
                             |-- Looked, Verified, Recorded, ...  <- deeds
                             '-- ContextCame                      <- memory, when it was late

Events are taken one at a time, in the order in which they come; all acts leave by `Channel.perform`, in the same order, those of
a late answer too. Nothing here waits without a limit, and nothing that memory or a connector does ends a talk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Protocol

from ivr.actions import (
    Action,
    Context,
    ContextCame,
    Event,
    Handover,
    Hangup,
    HungUp,
    Listen,
    Phase,
    PromptsDone,
    Record,
    Say,
    SendLink,
    Started,
    State,
    Working,
)
from ivr.counts import Counts
from ivr.deeds import Deeds, abandon, place
from ivr.keeper import Keeper, Notebook
from voice.errors import HotlineError
from voice.recognizers.protocol import Completeness
from voice.tasks import ended

log = logging.getLogger(__name__)
Act = Say | Listen | Handover | Hangup
BEHIND = (Record, SendLink)  # seen or heard by the customer himself: they begin after what is said before them


class Script(Protocol):
    """A flow with the machine that runs it (ivr.machine): pure."""

    def begin(self) -> State: ...

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]: ...

    def completeness(self, state: State, text: str, score: float, engine: str) -> Completeness: ...


class Channel(Protocol):
    """Where the talk is. name: "phone", "chat", "email". written: what is said is read at once, and kept before it is said."""

    @property
    def name(self) -> str: ...

    @property
    def written(self) -> bool: ...

    async def perform(self, event: Event, acts: tuple[Act, ...]) -> None:
        """Do these in their order, in answer to `event` (the very object that was put in).

        None at all means "go on as you were". Must not await `Talk.take` (`Talk.put` is for that).
        """


@dataclass(frozen=True, slots=True)
class Patience:
    """How long is waited, in seconds, and then gone on without.

    context_s: for memory, before the greeting. late_s: for memory after it. keep_s: for a checkpoint before a written reply.
    close_s: for the last checkpoint. record_s: for the end of a message during which the customer went.
    """

    context_s: float = 0.150
    late_s: float = 10.0
    keep_s: float = 0.6
    close_s: float = 2.0
    record_s: float = 2.5


class Talk:
    """One talk from `open` to `close`. Everything it needs is handed in.

    now_ms: Unix time in milliseconds, for events that come without. `state` is where it stands; `over` is set when the dialogue
    has ended by itself or by `close`.
    """

    def __init__(
        self, script: Script, channel: Channel, notebook: Notebook, deeds: Deeds, now_ms: Callable[[], int], patience: Patience | None = None,
        counts: Counts | None = None,
    ) -> None:  # fmt: skip
        self.script, self.channel, self.notebook, self.deeds, self.now_ms = script, channel, notebook, deeds, now_ms
        self.patience, self.counts = patience or Patience(), counts
        self.state = script.begin()
        self.over = asyncio.Event()
        self._keeper = Keeper(notebook)
        self._inbox: asyncio.Queue[tuple[Event, asyncio.Future[None] | None]] = asyncio.Queue()
        self._context: asyncio.Task[Context | None] | None = None
        self._jobs: set[asyncio.Task[None]] = set()
        self._records: set[asyncio.Task[None]] = set()  # of the jobs, messages that are being recorded
        self._runner: asyncio.Task[None] | None = None
        self._closed = False

    def recall(self) -> None:
        """Begin to ask memory who it is, before the talk is open (while it rings)."""
        if self._context is None:
            self._context = asyncio.create_task(self._who(), name="who is it")

    async def open(self, language: str, state: State | None = None, assumed: bool = False) -> None:
        """Say the greeting: with what is known, where memory tells it in time, and without otherwise (`ContextCame` follows).

        assumed: nobody chose this language, so who is known to speak another one hears that.

        state: of this same talk, interrupted by nothing that the customer noticed (a restart): it goes on without a word.
        """
        self._runner = asyncio.create_task(self._run(), name=f"talk by {self.channel.name}")
        if state is not None:
            self.state = state
            return
        self.recall()
        assert self._context is not None
        done, _ = await asyncio.wait({self._context}, timeout=self.patience.context_s)
        await self.take(Started(language, self.channel.name, self._context.result() if done else None, assumed=assumed))
        if not done:
            self._start(self._late(self._context))

    async def take(self, event: Event) -> None:
        """One event of the channel; returns when all that follows from it was performed, and in writing kept."""
        if self._closed or self._runner is None:
            return
        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._inbox.put_nowait((event, done))
        await done

    def put(self, event: Event) -> None:
        """The same without waiting."""
        if not self._closed:
            self._inbox.put_nowait((event, None))

    def completeness(self, text: str, score: float, engine: str) -> Completeness:
        """How much of an answer was said so far, so that its turn may end sooner or later."""
        try:
            return self.script.completeness(self.state, text, score, engine)
        except Exception as error:
            # A fault of the flow shows when the words are taken; here it costs half a second at most.
            log.error("a talk by %s could not judge a turn: %s", self.channel.name, place(error))
            return Completeness.OPEN

    async def close(self) -> State:
        """The customer has gone, or the channel ends. What was answered is kept; nothing is performed any more."""
        if not self._closed and self._runner is not None:
            if self._records and not self.channel.written:
                await asyncio.wait(
                    self._records, timeout=self.patience.record_s
                )  # what he has said before he went is his message
            if self.state.phase is not Phase.ENDED:
                await self.take(HungUp())
            self._closed = True
            await ended([self._runner])
            for task in (*self._jobs, *((self._context,) if self._context else ())):
                abandon(task)
            while not self._inbox.empty():
                _, done = self._inbox.get_nowait()
                if done is not None and not done.done():
                    done.set_result(None)
            self._ended()
            if not await self._keeper.kept(self.patience.close_s):
                log.warning("the end of a talk by %s was not kept in time", self.channel.name)
        return self.state

    # Inside

    async def _run(self) -> None:
        while True:
            event, done = await self._inbox.get()
            try:
                await self._turn(event)
            except Exception as error:
                log.error("a talk by %s could not perform: %s", self.channel.name, place(error))
            finally:
                if done is not None and not done.done():
                    done.set_result(None)

    async def _turn(self, event: Event) -> None:
        before = self.state
        self.state = self._keeper.with_news(self.state)
        try:
            acts = self._step(event)
            if self.channel.written and any(isinstance(act, Say) for act in acts):
                acts = (*acts, *self._step(PromptsDone()))
        except Exception as error:
            # A fault of the program or of this flow: the customer goes on as he was.
            log.error("a talk by %s could not take %s: %s", self.channel.name, type(event).__name__, place(error))
            self.state, acts = before, ()
        for act in acts:
            if isinstance(act, Working) and not isinstance(act, BEHIND):
                self._start(self._do(act))
        changed = self.state != before and not isinstance(event, PromptsDone)
        if changed:
            self._keeper.put(self.state, any(isinstance(act, Handover) for act in acts))
        if changed and self.channel.written and not await self._keeper.kept(self.patience.keep_s):
            log.warning("a turn of a talk by %s was not kept in time", self.channel.name)
        if self.counts is not None:
            self.counts.turn(self.channel.name, before, self.state)
        if self.state.phase is Phase.ENDED:
            self._ended()
        if not isinstance(event, HungUp):
            await self.channel.perform(event, tuple(act for act in acts if not isinstance(act, Working)))
        for act in acts:
            if isinstance(act, BEHIND):
                task = self._start(self._do(act))
                if isinstance(act, Record):
                    self._records.add(task)
                    task.add_done_callback(self._records.discard)

    def _ended(self) -> None:
        if self.counts is not None and not self.over.is_set():
            self.counts.talk(self.channel.name, self.state)
        self.over.set()

    def _step(self, event: Event) -> tuple[Action, ...]:
        self.state, acts = self.script.step(self.state, event if event.now_ms else replace(event, now_ms=self.now_ms()))
        return acts

    def _start(self, job: Any) -> asyncio.Task[None]:
        task: asyncio.Task[None] = asyncio.create_task(job)
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)
        return task

    async def _do(self, act: Working) -> None:
        self.put(await self.deeds.do(act))

    async def _who(self) -> Context | None:
        try:
            return await self.notebook.who()
        except HotlineError as error:
            log.info("nobody is known: %s", type(error).__name__)
        except Exception as error:
            log.error("memory could not tell who it is: %s", place(error))
        return None

    async def _late(self, asked: asyncio.Task[Context | None]) -> None:
        done, _ = await asyncio.wait({asked}, timeout=self.patience.late_s)
        if not done:
            abandon(asked)
        elif (context := asked.result()) is not None:
            self.put(ContextCame(context))
