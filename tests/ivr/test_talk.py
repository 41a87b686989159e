"""A talk in virtual time: context on time or late, deeds beside the dialogue, checkpoints, drops, faults of everybody else."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

import ivr
from ivr.actions import (
    Action,
    Answer,
    Context,
    ContextCame,
    Event,
    Failed,
    Hangup,
    Heard,
    HungUp,
    Looked,
    LookUp,
    Phase,
    PromptsDone,
    Record,
    Recorded,
    Say,
    SendLink,
    Started,
    State,
    Verified,
    Verify,
)  # fmt: skip
from ivr.deeds import Deeds, Proof, Refused
from ivr.flow import load
from ivr.script import FlowScript
from ivr.talk import Act, Talk
from tests.virtual_time import run
from voice.errors import HotlineError

FLOW = Path(ivr.__file__).parent / "flows" / "hotline.yaml"


def now_s() -> float:
    return asyncio.get_running_loop().time()


def now_ms() -> int:
    return round(now_s() * 1000)


@dataclass
class Scripted:
    """A machine that gives, for each kind of event, the acts it was told to; its states count the turns."""

    acts: Mapping[type, tuple[Action, ...]] = field(default_factory=dict)
    seen: list[tuple[float, Event]] = field(default_factory=list)

    def begin(self) -> State:
        return State("test", 1)

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        if isinstance(event, Heard) and event.text == "fault":
            raise KeyError("a secret")
        self.seen.append((now_s(), event))
        ended = isinstance(event, HungUp) or any(isinstance(act, Hangup) for act in self.acts.get(type(event), ()))
        phase = Phase.ENDED if ended or state.phase is Phase.ENDED else Phase.ASKING
        state = replace(state, turns=state.turns + 1, phase=phase, speaking=False)
        if isinstance(event, Heard):
            state = replace(state, ledger=(*state.ledger, Answer("s", "slot", event.text, "typed", 1.0, event.now_ms)))
        return state, self.acts.get(type(event), ())

    def kinds(self) -> list[str]:
        return [type(event).__name__ for _, event in self.seen]


@dataclass
class Mouthpiece:
    """A channel that notes what it performs, and when."""

    name: str = "chat"
    written: bool = True
    done: list[tuple[float, Act]] = field(default_factory=list)
    before: Callable[[], None] = lambda: None

    async def perform(self, event: Event, acts: tuple[Act, ...]) -> None:
        self.before()
        self.done += [(now_s(), act) for act in acts]

    def texts(self) -> list[str]:
        return [act.text for _, act in self.done if isinstance(act, Say)]


@dataclass
class Pages:
    """A memory that takes its time, or is away."""

    context: Context | None = None
    who_s: float = 0.0
    keep_s: float = 0.0
    away: bool = False
    news: tuple[Answer, ...] = ()
    kept: list[State] = field(default_factory=list)

    async def who(self) -> Context | None:
        await asyncio.sleep(self.who_s)
        if self.away:
            raise HotlineError("away")
        return self.context

    async def keep(self, state: State, handed: bool = False) -> tuple[Answer, ...]:
        await asyncio.sleep(self.keep_s)
        if self.away:
            raise HotlineError("away")
        self.kept.append(state)
        news, self.news = self.news, ()
        return news


def say(text: str) -> Say:
    return Say(text, "en", "s.text")


def talk_of(
    acts: Mapping[type, tuple[Action, ...]] | None = None, pages: Pages | None = None, deeds: Deeds | None = None, **channel: Any
) -> tuple[Talk, Scripted, Mouthpiece, Pages]:
    script, mouth, pages = Scripted(acts or {}), Mouthpiece(**channel), pages or Pages()
    return Talk(script, mouth, pages, deeds or Deeds(), now_ms), script, mouth, pages


def virtual(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    """Run an async test in virtual time."""

    def played(**given: Any) -> None:
        run(test(**given))

    played.__name__, played.__doc__ = test.__name__, test.__doc__
    return played


@virtual
async def test_a_context_that_is_on_time_comes_with_the_greeting() -> None:
    talk, script, _, _ = talk_of(pages=Pages(Context("c1"), who_s=0.149))
    await talk.open("en")
    ((at, event),) = script.seen
    assert (round(at - 1000, 3), event) == (0.149, Started("en", "chat", Context("c1"), now_ms=1000149))
    await talk.close()


@virtual
async def test_a_late_context_never_delays_the_greeting_and_is_used_when_it_comes() -> None:
    talk, script, mouth, _ = talk_of(
        {Started: (say("hello"),), ContextCame: (say("hello again"),)}, Pages(Context("c1"), who_s=0.9)
    )
    await talk.open("ru")
    assert script.seen[0] == (pytest.approx(1000.150), Started("ru", "chat", None, now_ms=1000150))
    await asyncio.sleep(1)
    assert [(round(at - 1000, 3), act.text) for at, act in mouth.done if isinstance(act, Say)] == [
        (0.15, "hello"),
        (0.9, "hello again"),
    ]
    await talk.close()


@virtual
async def test_a_context_asked_for_while_it_rings_is_there_at_once() -> None:
    talk, script, _, _ = talk_of(pages=Pages(Context("c1"), who_s=0.9))
    talk.recall()
    await asyncio.sleep(2)
    await talk.open("en")
    assert script.seen[0][1] == Started("en", "chat", Context("c1"), now_ms=1002000)
    await talk.close()


@virtual
async def test_without_memory_the_greeting_is_plain_and_the_talk_goes_on() -> None:
    talk, script, mouth, pages = talk_of({Heard: (say("yes?"),)}, Pages(Context("c1"), away=True))
    await talk.open("en")
    await talk.take(Heard("hi"))
    assert script.kinds() == ["Started", "Heard", "PromptsDone"]
    assert mouth.texts() == ["yes?"]
    await talk.close()
    assert pages.kept == []


@virtual
async def test_a_context_later_than_patience_is_forgotten() -> None:
    talk, script, _, _ = talk_of(pages=Pages(Context("c1"), who_s=11))
    await talk.open("en")
    await asyncio.sleep(20)
    assert script.kinds() == ["Started"]
    await talk.close()


@virtual
async def test_a_written_reply_is_kept_before_it_is_said_and_read_at_once() -> None:
    talk, script, mouth, pages = talk_of({Heard: (say("yes?"),)}, Pages(keep_s=0.2))
    mouth.before = lambda: seen.append(len(pages.kept))
    seen: list[int] = []
    await talk.open("en")
    await talk.take(Heard("hi"))
    assert seen == [1, 2]
    assert script.kinds() == ["Started", "Heard", "PromptsDone"]
    assert pages.kept[-1].turns == 3
    await talk.close()


@virtual
async def test_a_slow_memory_delays_a_written_reply_by_its_limit_and_no_more() -> None:
    talk, _, mouth, pages = talk_of({Heard: (say("yes?"),)}, Pages(keep_s=5))
    await talk.open("en")
    begun = now_s()
    await talk.take(Heard("hi"))
    assert mouth.done[-1][0] - begun == pytest.approx(0.6)
    await asyncio.sleep(20)
    assert pages.kept[-1].slots == {"slot": "hi"}
    await talk.close()


@virtual
async def test_a_spoken_reply_never_waits_for_memory_and_overtaken_states_are_skipped() -> None:
    talk, _, mouth, pages = talk_of({Heard: (say("yes?"),)}, Pages(keep_s=0.9), name="phone", written=False)
    await talk.open("en")
    for word in ("one", "two", "three"):
        await talk.take(Heard(word))
    assert now_s() == 1000
    assert len(mouth.texts()) == 3
    await talk.close()
    assert [state.slots for state in pages.kept] == [{}, {"slot": "three"}]
    assert pages.kept[-1].phase is Phase.ENDED


@virtual
async def test_what_another_channel_answered_meanwhile_counts_from_the_next_turn_on() -> None:
    theirs = Answer("s", "slot", "Wednesday", "typed", 1.0, 5, "phone")
    talk, _, _, pages = talk_of()
    await talk.open("en")
    pages.news = (theirs,)
    await talk.take(Heard("Tuesday"))
    await talk.take(PromptsDone())
    assert talk.state.slots == {"slot": "Wednesday"}
    assert [line.value for line in talk.state.ledger] == ["Tuesday", "Wednesday"]
    await talk.close()


@virtual
async def test_a_look_up_goes_on_beside_the_talk_and_its_answer_is_said_after_it() -> None:
    async def orders(arguments: Mapping[str, Any]) -> Mapping[str, Any]:
        await asyncio.sleep(1)
        return {"order": arguments["number"]}

    act = LookUp("1", "orders", {"number": "4711"}, 2.0)
    talk, script, mouth, _ = talk_of(
        {Heard: (say("one moment"), act), Looked: (say("here it is"),)}, deeds=Deeds({"orders": orders})
    )
    await talk.open("en")
    await talk.take(Heard("4711"))
    assert mouth.texts() == ["one moment"]
    await asyncio.sleep(1.5)
    assert mouth.texts() == ["one moment", "here it is"]
    looked = next((at, event) for at, event in script.seen if isinstance(event, Looked))
    assert looked == (pytest.approx(1001), Looked("1", {"order": "4711"}, now_ms=1001000))
    await talk.close()


async def deaf_to_cancellation(_: Mapping[str, Any]) -> None:
    while True:
        try:
            await asyncio.sleep(1000)
            return
        except asyncio.CancelledError:
            continue


async def faulty(_: Any) -> None:
    raise KeyError("4711 of Ivan")


async def wrong(_: Any) -> Proof:
    raise Refused("wrong")


async def forgetful(_: Any) -> str:
    return "not a mapping"


async def good(_: Any) -> Proof:
    return Proof("proved", Context("c1"))


async def keep_sound(act: Record) -> Recorded:
    return Recorded(act.request, "file", "hello")


DEEDS = Deeds(
    {"deaf": deaf_to_cancellation, "faulty": faulty, "shape": forgetful}, {"good": good, "wrong": wrong}, None, faulty, keep_sound
)


@pytest.mark.parametrize(
    ("act", "event"),
    [
        (LookUp("1", "deaf", {}, 0.5), Looked("1", None, "deadline")),
        (LookUp("1", "nobody", {}, 0.5), Looked("1", None, "unknown")),
        (LookUp("1", "faulty", {}, 0.5), Looked("1", None, "fault")),
        (LookUp("1", "shape", {}, 0.5), Looked("1", None, "shape")),
        (Verify("2", "good", {}, 1), Verified("2", "proved", Context("c1"))),
        (Verify("2", "wrong", {}, 1), Failed("2", "wrong")),
        (SendLink("3", "email", "", "text", "en", 1), Failed("3", "unknown")),
        (Record("4", "story", 30), Recorded("4", "file", "hello")),
    ],
    ids=lambda value: str(getattr(value, "connector", getattr(value, "method", type(value).__name__))),
)
def test_every_act_is_answered_by_its_deadline(act: Any, event: Event, caplog: pytest.LogCaptureFixture) -> None:
    async def answered() -> tuple[Event, float]:
        begun = now_s()
        return await DEEDS.do(act), now_s() - begun

    got, took_s = run(answered())
    assert got == event
    assert took_s <= getattr(act, "deadline_s", 0)
    assert "Ivan" not in caplog.text


@virtual
async def test_a_fault_of_the_machine_is_logged_without_words_and_the_talk_goes_on() -> None:
    talk, _, mouth, _ = talk_of({Heard: (say("yes?"),)})
    await talk.open("en")
    await talk.take(Heard("fault"))
    await talk.take(Heard("hi"))
    assert mouth.texts() == ["yes?"]
    await talk.close()


@virtual
async def test_a_drop_in_the_middle_of_a_look_up_keeps_the_answers_and_says_nothing_more() -> None:
    act = LookUp("1", "deaf", {}, 30.0)
    talk, script, mouth, pages = talk_of({Heard: (say("one moment"), act), Looked: (say("never"),)}, deeds=DEEDS)
    await talk.open("en")
    await talk.take(Heard("4711"))
    state = await talk.close()
    await asyncio.sleep(60)
    assert state.phase is Phase.ENDED
    assert pages.kept[-1] == state
    assert state.slots == {"slot": "4711"}
    assert mouth.texts() == ["one moment"]
    assert script.kinds()[-1] == "HungUp"
    await talk.take(Heard("too late"))
    assert talk.state == state


@virtual
async def test_a_talk_is_over_when_the_dialogue_ends() -> None:
    talk, _, mouth, _ = talk_of({Heard: (say("bye"), Hangup())})
    await talk.open("en")
    assert not talk.over.is_set()
    await talk.take(Heard("bye"))
    assert talk.over.is_set()
    assert [type(act) for _, act in mouth.done] == [Say, Hangup]
    await talk.close()


@virtual
async def test_a_talk_that_was_restored_goes_on_without_a_word() -> None:
    talk, script, mouth, _ = talk_of({Heard: (say("yes?"),), Started: (say("hello"),)})
    await talk.open("en", State("test", 1, phase=Phase.ASKING, turns=7))
    await talk.take(Heard("hi"))
    assert (script.kinds(), mouth.texts(), talk.state.turns) == (["Heard", "PromptsDone"], ["yes?"], 9)
    await talk.close()


@pytest.mark.parametrize(
    ("language", "asked", "told"),
    [("en", "when are you open?", "8:00"), ("ru", "Когда вы работаете?", "с 8:00")],
)
def test_the_shipped_flow_runs_in_writing(language: str, asked: str, told: str) -> None:
    async def played() -> list[str]:
        mouth = Mouthpiece()
        talk = Talk(FlowScript(load(FLOW)), mouth, Pages(), Deeds(), now_ms)
        await talk.open(language)
        await talk.take(Heard(asked))
        await talk.close()
        return mouth.texts()

    assert any(told in text for text in run(played()))
