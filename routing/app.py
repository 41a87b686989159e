"""The whole house: the only place where concrete parts are made and put together."""

from __future__ import annotations

import asyncio
import contextlib
import gc
import logging
import os
import re
from collections.abc import AsyncIterator, Callable, Iterator
from functools import partial
from importlib import resources
from pathlib import Path

from ivr.actions import Context, Handover, State
from ivr.channels.email.postman import Postman
from ivr.channels.errands import Errands
from ivr.channels.phone import Note, Phone
from ivr.channels.reception import Reception
from ivr.channels.recorder import Recorder
from ivr.channels.webhooks import Webhooks
from ivr.connectors import connectors, own
from ivr.counts import ending_of
from ivr.deeds import Deeds
from ivr.flow import Flow, load
from ivr.machine import about, outcome, private_step, prompts
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import Identity, caller
from ivr.memory.memory import Memory, remembering
from ivr.notebook import MemoryNotebook
from ivr.script import FlowScript
from ivr.talk import Talk
from routing.desk.labels import Labels
from routing.floor import ending
from routing.floor.contacts import Contacts
from routing.floor.ending import Talked
from routing.floor.events import Events, Nodes
from routing.floor.store import Floor
from routing.keepers import keepers, recordings, sounds
from routing.places import state_of, vault_of
from routing.settings import Settings
from routing.switchboard import texts as spoken
from routing.switchboard.board import Board
from routing.switchboard.node import Switchboard, node_name
from routing.switchboard.transcript import Talks
from voice.call import Call
from voice.clock import epoch_ms, now_ns
from voice.exchange import Exchange
from voice.music import music
from voice.recognizers.ears import Ears
from voice.recognizers.pool import Pool
from voice.speech.mouth import Mouth

log = logging.getLogger(__name__)
Progress = Callable[[str, int, int], None]
URI = re.compile(r"sips?:(?:(?P<user>[^@>;]*)@)?(?P<host>\[[^\]]*\]|[^;:>]+)", re.IGNORECASE)  # RFC 3261 section 19.1.1


def silent(what: str, done: int, of: int) -> None:
    """Nobody watches the start."""


def flow_file(settings: Settings) -> Path:
    """The flow that the settings name, or the one that comes along."""
    return Path(settings.flow).expanduser() if settings.flow else Path(str(resources.files("ivr"))) / "flows" / "hotline.yaml"


@contextlib.asynccontextmanager
async def memory_of(settings: Settings) -> AsyncIterator[Memory]:
    """The memory that the settings and HOTLINE_REDIS name, or a private one; it knows everybody who keeps something of a customer."""
    async with remembering(os.environ.get("HOTLINE_REDIS") or settings.redis, state_of(settings)) as memory:
        memory.privacy.keepers |= keepers(memory, settings)
        memory.matters.kept_ms = memory.sweeper.kept_ms = settings.retention.ms("matters")
        yield memory


@contextlib.contextmanager
def loaded_for_good() -> Iterator[None]:
    """What is there now stays: flows, words, models, pages. A collection that walks through all of it holds every call and pop meanwhile."""
    gc.collect()
    gc.freeze()
    try:
        yield
    finally:
        gc.unfreeze()


class TimedNotebook(MemoryNotebook):
    """A caller's page in the memory that tells how long it took to find. looked(milliseconds, known)."""

    def __init__(self, memory: Memory, who: Identity | None, looked: Callable[[float, bool], None], lifetime_ms: int) -> None:
        super().__init__(memory, who, "phone", lifetime_ms=lifetime_ms, patient=True)
        self.looked, self.lookup_ms = looked, -1.0

    async def who(self) -> Context | None:
        begun = now_ns()
        found = await super().who()
        self.lookup_ms = (now_ns() - begun) / 1e6
        self.looked(self.lookup_ms, found is not None and bool(found.customer or found.matters))
        return found


def talked(call: Call, page: TimedNotebook, begun_ms: int) -> Talked:
    """A call that ended, for reports and its story."""
    who = page.identity.address if page.identity else ""
    return Talked(call.info.id, "call", begun_ms, epoch_ms(), who, page.customer, page.matter_id, page.lookup_ms)


class House:
    """One phone node. `async with House(settings) as house`: takes calls inside the block.

    watch: told what happens on every call (Note); progress: told how the start gets on (what, done, of).
    """

    def __init__(
        self, settings: Settings, watch: Callable[[Call, Note], None] | None = None, progress: Progress = silent
    ) -> None:
        self.settings, self.watch, self.progress = settings, watch, progress
        self.flow: Flow = load(flow_file(settings))
        self.look_ups = connectors(self.flow)
        self.pool = Pool()
        self.ears = Ears(self.pool, settings.hearing)
        self.mouth = Mouth(prompts=settings.prompts or None)
        self.vault = vault_of(settings)
        self.exchange = Exchange(settings.sip, self.pool, self._on_call)
        self.outcomes: dict[int, str] = {}
        self.states: dict[int, State] = {}
        self.memory: Memory | None = None
        self.webhooks: Webhooks | None = None
        self.errands: Errands | None = None
        self.switchboard: Switchboard | None = None
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> House:
        try:
            await self.start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Everything that a first call would wait for is done before it: memory, models, prompts, then the phone."""
        self.progress("memory", 0, 1)
        self.memory = await self._open.enter_async_context(memory_of(self.settings))
        self.memory.counts.start("phone")
        self.webhooks = Webhooks(self.memory.store, self.settings.webhooks.targets, epoch_ms)  # the desk's process delivers
        self.memory.matters.watchers.append(self.webhooks.matter)
        postman = Postman(self.memory, self.settings.mail, epoch_ms)  # puts in; the desk's process sends
        self.errands = Errands(self.memory, self.webhooks, postman, epoch_ms, self.settings.region, self.flow.timezone)
        rounds = asyncio.create_task(sounds(self.memory, self.settings).rounds(), name="rounds of the sound")
        self._open.callback(rounds.cancel)
        if not self.memory.store.breaker.failed:  # the store has told that it is away, else, and asks again by itself
            self.progress("memory", 1, 1)
        await self.pool.start()
        self.progress("recognisers", 0, 1)
        await self.ears.load(self.flow.languages)
        self.progress("recognisers", 1, 1)
        texts = [(say.text, say.language) for say in prompts(self.flow)]
        texts += [text for code in self.flow.languages for text in spoken.fixed(code)]
        rate = self.settings.sip.rate_hz
        await self.mouth.warm(texts, progress=lambda done, of: self.progress("prompts", done, of), rate_hz=rate)
        self.progress("SIP", 0, 1)
        self.switchboard = self._switchboard(self.memory)
        await self.exchange.start()
        await self.switchboard.start()
        self._open.enter_context(loaded_for_good())
        self.progress("SIP", 1, 1)

    async def close(self) -> None:
        """Hang up, stop, let go; every wait inside has a deadline."""
        await self.exchange.close()
        if self.switchboard is not None:
            await self.switchboard.close()
        await self.pool.close()
        await self.mouth.close()
        await self._open.aclose()

    async def drain(self, patience_s: float) -> None:
        """Take no new calls and let the others finish, for so long at most."""
        self.exchange.drain()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(patience_s):
                for call in list(self.exchange.calls.values()):
                    await call.gone.wait()

    def _switchboard(self, memory: Memory) -> Switchboard:
        """This node's side of the floor."""
        settings, store = self.settings, memory.store
        board = Board(
            node=node_name(), exchange=self.exchange, mouth=self.mouth, memory=memory, floor=Floor(store, epoch_ms, settings.routing),
            events=Events(store, epoch_ms), contacts=Contacts(store), recordings=recordings(memory, settings), routing=settings.routing,
            settings=settings.switchboard, talks=Talks(store, settings.retention.ms("calls")), now_ms=epoch_ms,
            music=music(settings.sip.rate_hz, settings.switchboard.music), hear=self.ears.in_peace if settings.routing.written else None,
        )  # fmt: skip
        return Switchboard(board, Nodes(store))

    async def _on_call(self, call: Call) -> None:
        assert self.switchboard is not None
        transcript = self.switchboard.transcript(call.info)

        def note(what: Note) -> None:
            state = phone.talk.state
            transcript.watch(what, state.language, private_step(self.flow, state))
            if self.watch is not None:
                self.watch(call, what)

        def looked(took_ms: float, known: bool) -> None:
            counts.looked(took_ms / 1000)
            note(Note("event", "the memory knows him" if known else "the memory knows nobody", now_ns(), {"lookup_ms": took_ms}))

        assert self.memory is not None
        counts = self.memory.counts
        notebook = self.notebook(call, looked)
        recorder = Recorder(call, self.ears, self.vault, notebook.may_keep_sound)
        assert self.errands is not None
        link, back = partial(self.errands.send_link, page=notebook), partial(self.errands.call_back, page=notebook)
        look_ups = own(self.flow, self.look_ups, {"consent": notebook.consent})
        deeds = Deeds(look_ups, {"ticket": notebook.redeem}, link, back, recorder.record)

        def talk(phone: Phone) -> Talk:
            return Talk(FlowScript(self.flow), phone, notebook, deeds, epoch_ms, counts=counts)

        async def reception(state: State, handover: Handover) -> Reception | None:
            assert self.switchboard is not None
            if not await self.switchboard.staffed():
                return None
            return self._reception(self.switchboard, notebook, state)

        phone = Phone(call, talk, self.mouth, self.ears, self.settings.language, note, recorder, reception)
        begun_ms = epoch_ms()
        try:
            state = await phone.run()
        finally:
            self.switchboard.settle(transcript.dispatch)
        counts.add("calls", ending_of(state))
        self.outcomes[call.info.number] = outcome(state)
        self.states[call.info.number] = state
        while len(self.outcomes) > 1000:
            del self.states[next(iter(self.outcomes))], self.outcomes[next(iter(self.outcomes))]
        try:
            await notebook.touch(
                "phone", call.info.id, outcome(state), begun_ms, ours=False, kind="call", texts=Labels(self.flow).ended(state)
            )
            await ending.keep(Contacts(self.memory.store), talked(call, notebook, begun_ms), state)
            await self._tell(call, notebook, state, begun_ms)
        except MemoryAway as error:  # the journal is full
            log.error("call %d: how it ended is not kept: %s", call.info.number, error.what)

    async def _tell(self, call: Call, notebook: MemoryNotebook, state: State, begun_ms: int) -> None:
        """Webhooks: the call has ended, and how."""
        if self.webhooks is not None:
            data = {
                "call": call.info.id, "outcome": outcome(state), "ending": state.ending, "done": state.done, "language": state.language,
                "matter": notebook.matter_id, "customer": notebook.customer, "begun_ms": begun_ms, "ended_ms": epoch_ms(),
            }  # fmt: skip
            await self.webhooks.tell("call.ended", call.info.id, notebook.customer or notebook.matter_id, data)

    def _reception(self, switchboard: Switchboard, notebook: MemoryNotebook, state: State) -> Reception:
        """Who looks after a caller that the dialogue has handed over."""
        language = state.language or self.settings.language
        topic = str(state.slots.get("topic") or "")
        named = Labels(self.flow).topics().get(topic, {})
        said = {code: found for code in self.flow.languages if (found := about(self.flow, state, code) or named.get(code, ""))}
        return switchboard.reception(notebook, language, said, topic)

    def notebook(self, call: Call, looked: Callable[[float, bool], None]) -> TimedNotebook:
        """The memory's page for whoever calls; a number is a hint, not a proof."""
        assert self.memory is not None
        found = URI.search(call.info.caller)
        who = caller(found["user"] or "", found["host"], self.settings.region) if found else None
        return TimedNotebook(self.memory, who, looked, round(self.flow.resume.lifetime_h * 3_600_000))
