"""One chat: a talk in writing, its log, the windows that show it, and a person who may take it over.

A turn is whole or it was not: the visitor's message, what the house says to it and the state that follows are one writing of the
log, and only then does anybody see them. So a message that nobody saw come back may be sent again.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from math import ceil
from typing import Any, Protocol

from ivr.actions import Event, Handover, Hangup, Heard, Listen, Phase, Picked, Record, Recorded, Say, SendLink, StaleState, State
from ivr.channels.chat.desk import Desk
from ivr.channels.chat.limits import Pace
from ivr.channels.chat.log import HOUSE, OPERATOR, VISITOR, Log
from ivr.channels.chat.message import Message, Pressed, Rated, Types, Wants, Wrote
from ivr.channels.chat.shelf import Shelf
from ivr.channels.chat.wall import Wall, Window
from ivr.channels.errands import Page as Subject
from ivr.counts import Counts
from ivr.deeds import Deeds, Proof
from ivr.keeper import Notebook
from ivr.memory.ticket import Ticket
from ivr.talk import Act, Script, Talk
from voice.errors import HotlineError

log = logging.getLogger(__name__)
TOUCH_S = 2.0
HELD_S = 60.0  # every deed is done, or given up, before that


class Page(Notebook, Subject, Protocol):
    """What memory holds for one chat (ivr.notebook.MemoryNotebook)."""

    @property
    def matter_id(self) -> str: ...

    @property
    def customer(self) -> str: ...

    async def go_on(self, matter: str) -> None: ...

    async def overtaken(self, state: State) -> bool: ...

    async def ticket(self) -> Ticket | None: ...

    async def redeem(self, arguments: Mapping[str, Any]) -> Proof: ...

    async def consent(self, arguments: Mapping[str, Any]) -> Mapping[str, Any]: ...

    async def touch(
        self, source: str, source_id: str, text: str, at_ms: int, *, ours: bool, kind: str = ..., **data: Any
    ) -> None: ...


class Here(Protocol):
    """What a dialogue may do in the chat itself (a `Room`)."""

    async def record(self, act: Record) -> Recorded: ...

    async def show_link(self, act: SendLink) -> None: ...


@dataclass(frozen=True, slots=True)
class Parts:
    """What a room is made with. page: memory's for a chat's id; deeds: for a page, with what the room does itself.

    phone: the number that one may call instead, "" for none; ticket_key: pressed before a ticket's digits. idle_s: so long without a window or a word, a talk is left.
    """

    script: Script
    page: Callable[[str], Page]
    deeds: Callable[[Page, Here], Deeds]
    shelf: Shelf
    desk: Desk
    now_ms: Callable[[], int]
    ticks: Callable[[], int]
    phone: str = ""
    ticket_key: str = ""
    idle_s: float = 900.0
    counts: Counts | None = None


class Room:
    """Made by `Rooms`. `take` is for what the page sends; `join`, `say`, `leave` are for the desk."""

    name, written = "chat", True  # of the talk's channel

    def __init__(self, chat: Log, parts: Parts) -> None:
        self.parts = parts
        self.wall = Wall(chat, parts.shelf, parts.now_ms)
        self.page = parts.page(chat.chat)
        self.operator, self.awaited = "", False
        self.left_ms = parts.now_ms()
        self.talk: Talk | None = None
        self._pace = Pace(parts.ticks)
        self._turn = asyncio.Lock()
        self._mine: dict[int, dict[str, Any]] = {}
        self._working = False  # after what was performed last
        self._unheard: Event | None = None
        self._message: asyncio.Future[str] | None = None
        self._free = asyncio.Event()  # nothing is looked up, or what is written now is the message that is wanted
        self._jobs: set[asyncio.Task[None]] = set()

    # Windows

    @property
    def log(self) -> Log:
        """What was said."""
        return self.wall.log

    def attach(self, window: Window, after: int) -> None:
        """Show this chat here, from the entry behind `after` on."""
        self.wall.attach(window, after)

    def detach(self, window: Window) -> None:
        self.wall.windows.discard(window)
        self.left_ms = self.parts.now_ms()

    async def ready(self) -> None:
        """Go on where it stood, greet who is new, and let be what has ended."""
        async with self._turn:
            if self.talk is not None or (self.log.last and self.log.state is None):
                await self._catch_up()
                return
            if not await self._restored():
                await self._begin()

    # What the page sends

    async def take(self, message: Message, window: Window) -> None:
        """One message of the page, once; what comes of it goes to every window."""
        if isinstance(message, Types):
            if self.operator or self.awaited:
                await self.parts.desk.types(self, message.on)
            return
        if not isinstance(message, Wrote | Pressed | Wants | Rated):
            return
        async with self._turn:
            if (known := self.log.known(message.id)) is not None:
                window.send(known.packed())
            elif wait_s := self._pace.wait_s(message.id):
                window.send({"type": "slow", "id": message.id, "retry_ms": ceil(wait_s * 1000)})
            else:
                if isinstance(message, Wrote | Pressed):
                    await self._catch_up()
                if why := await self._taken(message):
                    window.send({"type": "refused", "id": message.id, "why": why})

    async def _catch_up(self) -> None:
        """Whoever has gone on by another channel meanwhile is asked whether to go on from there: no question stands that is answered."""
        if self.talk is None or not self._talking or self.talk.state.phase is Phase.WORKING:
            return
        try:
            overtaken = await self.page.overtaken(self.talk.state)
        except HotlineError as error:
            log.info("a chat goes on as it stood: %s", type(error).__name__)
        else:
            if overtaken:
                await self._begin()

    async def _taken(self, message: Wrote | Pressed | Wants | Rated) -> str:
        """Do what it says; gives why not, or ""."""
        match message:
            case Wrote(id=name, text=text):
                await self._heard(name, text)
            case Pressed(id=name, button=button):
                label = self.log.buttons.get(button)
                if label is None or not self._talking:
                    return "stale"
                if not await self._turned(Picked(button), {"id": name, "who": VISITOR, "text": label}):
                    return "stale"
            case Rated(id=name, smile=smile):
                self.log.rated = smile
                await self._publish("note", id=name, note="thanks")
                self._touch(name, "", kind="rating", smile=smile)
                await self.parts.desk.rated(self, smile)
            case Wants(id=name, what="ticket"):
                return await self._ticket(name)
            case Wants(id=name):
                if self._talking or self.operator:
                    return "stale"
                self.awaited = False
                await self._publish("note", id=name, note="again")
                await self._begin()
        return ""

    async def _heard(self, name: str, text: str) -> None:
        mine = {"id": name, "who": VISITOR, "text": text}
        if self.operator or self.awaited:
            await self._publish("said", **mine)
            await self.parts.desk.heard(self, text)
        else:
            if not self._talking:
                await self._begin()
            while not await self._turned(Heard(text), mine):
                # Something is looked up, and only "operator" is heard meanwhile: said again when that is done.
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(HELD_S):
                        await self._free.wait()
                if self._message is not None and not self._message.done():
                    await self._publish("said", **mine)
                    self._message.set_result(text)
                    return

    async def _turned(self, event: Event, mine: dict[str, Any]) -> bool:
        """The visitor's part of a turn becomes an entry together with the answer, in `perform`. False: not now."""
        assert self.talk is not None
        self._mine[id(event)] = mine
        self.wall.thinks(True)
        await self.talk.take(event)
        unsaid = self._mine.pop(id(event), None)
        if self._unheard is event:  # whatever the talk has come to since
            return False
        if unsaid is not None:
            self.wall.thinks(False)
            await self._publish("said", **unsaid)
        return True

    async def _ticket(self, name: str) -> str:
        try:
            ticket = await self.page.ticket()
        except HotlineError:
            ticket = None
        if ticket is None and not self.parts.phone:
            return "nothing"
        card = {"digits": ticket.spoken, "key": self.parts.ticket_key, "until": ticket.until_ms} if ticket else {}
        await self._publish("card", id=name, phone=self.parts.phone, **card)
        return ""

    # The talk

    @property
    def _talking(self) -> bool:
        return self.talk is not None and not self.talk.over.is_set()

    async def _begin(self, state: State | None = None) -> None:
        if self.talk is not None:
            await self.talk.close()
            self.page = self.parts.page(self.log.chat)
        self.talk = Talk(
            self.parts.script, self, self.page, self.parts.deeds(self.page, self), self.parts.now_ms,
            counts=self.parts.counts,
        )  # fmt: skip
        await self.talk.open(self.log.language, state)

    async def _restored(self) -> bool:
        """The talk of before a restart, where it is fresh and nothing was under way in it."""
        if self.log.state is None or self.parts.now_ms() - self.log.at_ms > self.parts.idle_s * 1000:
            return False
        try:
            state = State.from_dict(self.log.state)
        except StaleState:
            return False
        if state.phase in (Phase.ENDED, Phase.WORKING):
            return False
        if self.log.matter:
            try:
                await self.page.go_on(self.log.matter)
                if await self.page.overtaken(state):
                    self.page = self.parts.page(self.log.chat)
                    return False
            except HotlineError as error:
                log.warning("a chat goes on without its matter: %s", type(error).__name__)
        await self._begin(state)
        return True

    async def perform(self, event: Event, acts: tuple[Act, ...]) -> None:
        """See `ivr.talk.Channel`: what is said, as entries of the log, with the visitor's own message before it."""
        assert self.talk is not None
        state = self.talk.state
        working = state.phase is Phase.WORKING
        # A look-up may begin without a word, too: that is an answer. Only what comes during one is not heard.
        if working and self._working and not acts and id(event) in self._mine:
            self._unheard = event
            return
        self._working = working
        mine = self._mine.pop(id(event), None)
        listen = next((act for act in acts if isinstance(act, Listen)), None)
        if listen is not None or state.phase in (Phase.WORKING, Phase.ENDED):
            self.log.buttons = {button.id: button.label for button in (listen.buttons if listen else ())}
        lines: list[tuple[str, dict[str, Any]]] = [("said", mine)] if mine is not None else []
        for act in acts:
            match act:
                case Say(text=text, language=language, private=private):
                    lines.append(("said", {"who": HOUSE, "text": text, "lang": language, "private": private or None}))
                case Listen(buttons=buttons):
                    if buttons and lines and lines[-1][1].get("who") == HOUSE:
                        lines[-1][1]["buttons"] = [{"id": button.id, "label": button.label} for button in buttons]
                case Handover():
                    self.awaited = await self.parts.desk.wanted(self, act)
                    lines.append(("note", {"note": "handed" if self.awaited else "nobody"}))
                case Hangup():
                    lines.append(("note", {"note": "ended"}))
        await self._write(lines, None if state.phase is Phase.ENDED else state.to_dict())
        if state.phase is Phase.ENDED:
            await self.parts.desk.talked(self, state)
        self.wall.thinks(working)
        if working:
            self._free.clear()
        else:
            self._free.set()

    async def show_link(self, act: SendLink) -> None:
        """A link in writing, where he is already: a line of the chat."""
        await self.show(act.text, act.language)

    async def show(self, text: str, language: str, name: str = "") -> None:
        """A line of the house beside the talk; once for a name."""
        if not name or self.log.known(name) is None:
            await self._publish("said", id=name, who=HOUSE, text=text, lang=language)

    async def record(self, act: Record) -> Recorded:
        """A message in writing: the next thing that the visitor writes."""
        self._message = asyncio.get_running_loop().create_future()
        self._free.set()
        text = await self._message
        return Recorded(act.request, "", text)

    # The desk's side

    async def join(self, operator: str) -> None:
        """A person takes the chat over: the bot is silent until `leave`."""
        if self._talking and self.talk is not None:
            await self.talk.close()
        self._free.set()
        self.operator, self.awaited = operator, False
        await self._write([("note", {"note": "joined", "name": operator})], None)

    async def say(self, text: str, name: str = "") -> None:
        """The person who has joined writes. name: his page's own for it; once for a name."""
        if name and self.log.known(name) is not None:
            return
        self.wall.types(False, OPERATOR)
        await self._publish("said", id=name, who=OPERATOR, name=self.operator, text=text)

    def types(self, on: bool) -> None:
        """The person who has joined is typing, or has stopped."""
        self.wall.types(on, OPERATOR)

    def resume(self, operator: str) -> None:
        """The program was started anew while this person had the chat ("": while one was awaited): nobody notices, the bot is silent."""
        self.operator, self.awaited = operator, not operator

    async def wait_again(self) -> None:
        """The person has gone, and another one will come: the bot stays silent."""
        name, self.operator, self.awaited = self.operator, "", True
        await self._publish("note", note="passed", name=name)

    async def leave(self) -> None:
        """The person goes; what the visitor writes next is for the bot again."""
        name, self.operator, self.awaited = self.operator, "", False
        await self._publish("note", note="left", name=name)

    # Keeping and showing

    async def _publish(self, type: str, **body: Any) -> None:
        await self._write([(type, body)], self.log.state)

    async def _write(self, lines: list[tuple[str, dict[str, Any]]], state: Mapping[str, Any] | None) -> None:
        for entry in await self.wall.write(lines, state, self.page.matter_id):
            if entry.type == "said":
                more: dict[str, Any] = {"private": True} if entry.body.get("private") else {}
                self._touch(str(entry.seq), str(entry.body["text"]), ours=entry.body["who"] != VISITOR, **more)

    def _touch(self, source_id: str, text: str, *, ours: bool = False, kind: str = "message", **data: Any) -> None:
        async def kept() -> None:
            try:
                # Without a limit of its own: the store has its deadlines and then the journal, and between them it would be lost.
                name = f"{self.log.chat}:{source_id}"
                await self.page.touch("chat", name, text, self.parts.now_ms(), ours=ours, kind=kind, **data)
            except HotlineError as error:
                log.warning("a touch was not kept: %s", type(error).__name__)

        task = asyncio.create_task(kept())
        self._jobs.add(task)
        task.add_done_callback(self._jobs.discard)

    async def close(self) -> None:
        """Nobody looks any more. The log keeps where the talk stood; its matter is open for every channel."""
        self.wall.thinks(False)
        if self.talk is not None:
            if self._talking:
                await self.parts.desk.talked(self, self.talk.state)
            await self.talk.close()
        self._free.set()
        if self.operator or self.awaited:
            await self.parts.desk.left(self)
        if self._jobs:
            await asyncio.wait(self._jobs, timeout=TOUCH_S)
        # What is on the shelf already is not put there again: the visitor may be back, and further on.
        if self.wall.unkept:
            await self.wall.shelve()
