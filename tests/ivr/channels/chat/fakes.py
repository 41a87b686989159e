"""A chat without sockets and without Redis: a script of answers, a page of memory, a shelf, a window that notes what it shows."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.actions import (
    Action,
    Answer,
    Button,
    Context,
    Delivered,
    Event,
    Handover,
    Hangup,
    Heard,
    HungUp,
    Listen,
    Looked,
    LookUp,
    Phase,
    Picked,
    Record,
    Recorded,
    Say,
    SendLink,
    Started,
    State,
)
from ivr.channels.chat.desk import Desk, NobodyThere
from ivr.channels.chat.log import Log
from ivr.channels.chat.room import Here, Page, Parts
from ivr.deeds import Deeds, Proof
from ivr.memory.identity import Identity
from ivr.memory.matter import Matter
from ivr.memory.ticket import Ticket
from voice.errors import HotlineError
from voice.recognizers.protocol import Expectation, Kind

BUTTONS = (Button("day", "Which day?"), Button("bye", "That is all"), Button("hush", "Yes"))


def now_ms() -> int:
    return round(asyncio.get_running_loop().time() * 1000)


def ticks() -> int:
    return round(asyncio.get_running_loop().time() * 1e9)


def say(text: str) -> Say:
    return Say(text, "en", "s.text")


class Echo:
    """Answers "you said ..." with three buttons. "bye" ends, "person" hands over, "look" looks up, "hush" without a word, "link" sends one, "story" takes a message, "fault" fails."""

    def begin(self) -> State:
        return State("echo", 1)

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        state = replace(state, turns=state.turns + 1, phase=Phase.ASKING if state.phase is Phase.NEW else state.phase)
        listen = Listen(Expectation(Kind.FREE, "en"), 700, 7.0, BUTTONS)
        match event:
            case Started(context=context):
                return state, (say("welcome back" if context and context.matters else "hello"), listen)
            case Heard() if state.phase is Phase.WORKING:
                return state, ()
            case Heard(text="fault"):
                raise KeyError("a secret")
            case Heard(text="bye") | Picked("bye"):
                return replace(state, phase=Phase.ENDED, done=True), (say("goodbye"), Hangup())
            case Heard(text="person"):
                return replace(state, phase=Phase.ENDED), (say("one moment"), Handover("asked"))
            case Heard(text="look"):
                return replace(state, phase=Phase.WORKING), (say("looking"), LookUp("1", "slow", {}, 5.0))
            case Heard(text="hush") | Picked("hush"):
                return replace(state, phase=Phase.WORKING), (LookUp("4", "slow", {}, 5.0),)
            case Heard(text="link"):
                return replace(state, phase=Phase.WORKING), (
                    say("sending"),
                    SendLink("3", "sms", "", "https://x.example/4711", "en", 3.0),
                )
            case Delivered():
                return replace(state, phase=Phase.ASKING), (say("sent"), listen)
            case Heard(text="story"):
                return replace(state, phase=Phase.WORKING), (say("tell me"), Record("2", "story", 60.0))
            case Looked(result=result):
                return replace(state, phase=Phase.ASKING), (say(f"found {dict(result or {})}"), listen)
            case Recorded(text=text):
                return replace(state, phase=Phase.ASKING), (say(f"noted: {text}"), listen)
            case Heard(text=text) | Picked(text):
                line = Answer("s", "slot", text, "typed", 1.0, event.now_ms, "chat")
                return replace(state, ledger=(*state.ledger, line)), (say(f"you said {text}"), listen)
            case HungUp():
                return replace(state, phase=Phase.ENDED), ()
        return state, ()


@dataclass
class Remembered:
    """A page of memory. `touched`: source ids and texts; the same id twice is kept once, as the memory does."""

    context: Context | None = None
    matter_id: str = ""
    identity: Identity | None = None
    customer: str = ""
    matter: Matter | None = None
    channel: str = "chat"
    keep_s: float = 0.0
    touched: dict[str, tuple[str, bool]] = field(default_factory=dict)
    kept: list[State] = field(default_factory=list)
    gone_on: list[str] = field(default_factory=list)
    ahead: bool = False  # another channel has gone on with the matter

    async def who(self) -> Context | None:
        return self.context

    async def keep(self, state: State, handed: bool = False) -> tuple[Answer, ...]:
        await asyncio.sleep(self.keep_s)
        self.kept.append(state)
        self.matter_id = "m1" if state.ledger else self.matter_id
        return ()

    async def go_on(self, matter: str) -> None:
        self.gone_on.append(matter)
        self.matter_id = matter

    async def overtaken(self, state: State) -> bool:
        return self.ahead

    async def ticket(self) -> Ticket | None:
        return Ticket("481516", self.matter_id, now_ms() + 900_000) if self.matter_id else None

    async def touch(
        self, source: str, source_id: str, text: str, at_ms: int, *, ours: bool, kind: str = "message", **data: Any
    ) -> None:  # fmt: skip
        self.touched.setdefault(source_id, (text or str(data.get("smile", "")), ours))

    async def redeem(self, arguments: Mapping[str, Any]) -> Proof:
        return Proof()


@dataclass
class Board:
    """A shelf that may be away, or slow to read from."""

    away: bool = False
    slow_s: float = 0.0
    held: dict[str, str] = field(default_factory=dict)

    async def put(self, chat: Log) -> None:
        if self.away:
            raise HotlineError("away")
        self.held[chat.chat] = chat.pack()

    async def get(self, chat: str) -> Log | None:
        await asyncio.sleep(self.slow_s)
        if self.away:
            raise HotlineError("away")
        return Log.unpack(self.held[chat]) if chat in self.held else None


@dataclass(eq=False)
class Screen:
    """A window that notes what it was sent."""

    sent: list[Mapping[str, Any]] = field(default_factory=list)

    def send(self, data: Mapping[str, Any]) -> None:
        self.sent.append(data)

    def said(self) -> list[str]:
        return [f"{line['who']}: {line['text']}" for line in self.sent if line["type"] == "said"]

    def kinds(self) -> list[str]:
        return [str(line.get("note", line["type"])) for line in self.sent]


async def slow(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
    await asyncio.sleep(2.0)
    return {"day": "Monday"}


def parts(page: Remembered | None = None, board: Board | None = None, desk: Desk | None = None, phone: str = "") -> Parts:
    """All that a room needs. One page of memory for all chats, unless the test is about several."""
    held = page or Remembered()

    def pages(chat: str) -> Page:
        return held

    def deeds(page: Page, here: Here) -> Deeds:
        return Deeds({"slow": slow}, send_link=here.show_link, record=here.record)

    script: Callable[[], Echo] = Echo
    return Parts(script(), pages, deeds, board or Board(), desk or NobodyThere(), now_ms, ticks, phone)
