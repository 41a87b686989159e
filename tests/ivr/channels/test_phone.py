"""The loop that drives a call, with a call that plays a script in virtual time, the real flow and the real machine."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import pytest

import ivr
import ivr.channels.phone
from ivr.actions import Handover, State
from ivr.channels.phone import Note, Phone
from ivr.channels.reception import Handed
from ivr.connectors.orders import look_up as find
from ivr.deeds import Deeds
from ivr.flow import Flow, load
from ivr.languages import language
from ivr.script import FlowScript
from ivr.talk import Talk
from tests.virtual_time import run
from voice import events as on
from voice.errors import SpeechError
from voice.mailbox import Mailbox
from voice.recognizers.ears import EarSet
from voice.sip.facts import LegInfo

FLOW = Path(ivr.__file__).parent / "flows" / "hotline.yaml"


def now_ns() -> int:
    return round(asyncio.get_running_loop().time() * 1e9)


@dataclass
class Spoken:
    text: str
    length_s: float
    pcm: Any = field(default_factory=lambda: np.ones(1, np.int16))


class FakeMouth:
    """Says everything in two seconds; fails on request."""

    broken = False

    async def clips(
        self, text: str, language: str, rate_hz: int, prompt_id: str | None, private: bool, slow: bool
    ) -> AsyncIterator[Spoken]:
        if self.broken:
            raise SpeechError("no voice")
        yield Spoken(text, 2.0)


class Forgetful:
    """A memory that knows nobody and keeps nothing."""

    async def who(self) -> None:
        return None

    async def keep(self, state: Any) -> tuple[()]:
        return ()


class FakeRecorder:
    """Keeps every answer that it is told of."""

    busy = False

    def __init__(self) -> None:
        self.did: list[str] = []

    def takes(self, event: on.Event) -> bool:
        return False

    def began(self, begin: int) -> None:
        self.did.append(f"began {begin}")

    async def ended(self, begin: int, end: int, worthless: bool) -> None:
        self.did.append(f"ended {begin}")

    async def kept(self, begin: int) -> str:
        self.did.append(f"kept {begin}")
        return f"sound-{begin}"

    def give_up(self) -> None:
        pass

    def hung_up(self) -> None:
        self.did.append("hung up")

    async def close(self, state: Any) -> None:
        self.did.append("closed")


class FakeEars:
    def __init__(self, deaf: bool = False) -> None:
        self.deaf = deaf

    def for_language(self, language: str) -> EarSet:
        return EarSet(language, None if self.deaf else object(), missing=("no model",))  # type: ignore[arg-type]


class FakeCall:
    """A call whose prompts take their time; the test puts events in at its own times."""

    def __init__(self) -> None:
        self.mailbox = Mailbox()
        self.info = LegInfo(1, "id", "sip:a", "sip:b", "", "local", True, now_ns())
        self.line = type("Line", (), {"rate_hz": 8000})()
        self.said: list[str] = []
        self.heard_with: list[Any] = []
        self.hung_up = False
        self.being_spoken_to = False
        self._queue: list[tuple[int, asyncio.TimerHandle]] = []
        self._free_s = 0.0

    async def answer(self) -> None:
        self.mailbox.put(on.Answered(at_ns=now_ns()))

    async def hang_up(self, status: int = 0) -> None:
        if not self.hung_up:
            self.hung_up = True
            self.mailbox.put(on.HungUp(at_ns=now_ns(), status=200, reason="", by_us=True))

    async def next(self, timeout_s: float | None = None) -> on.Event | None:
        try:
            async with asyncio.timeout(timeout_s):
                return await self.mailbox.get()
        except TimeoutError:
            return None

    def play(self, clip: Spoken, *, barge_speech: bool, barge_keys: bool) -> int:
        self.said.append(clip.text)
        prompt = len(self.said)
        loop = asyncio.get_running_loop()
        self._free_s = max(self._free_s, loop.time()) + clip.length_s
        handle = loop.call_at(self._free_s, self._finish, prompt)
        self._queue.append((prompt, handle))
        return prompt

    def _finish(self, prompt: int) -> None:
        self._queue = [item for item in self._queue if item[0] != prompt]
        self.mailbox.put(on.PromptFinished(at_ns=now_ns(), prompt=prompt))

    def stop(self) -> None:
        for prompt, handle in self._queue:
            handle.cancel()
            self.mailbox.put(on.PromptCut(at_ns=now_ns(), prompt=prompt, played_samples=1))
        self._queue.clear()
        self._free_s = 0.0

    def listen(self, ears: EarSet, expectation: Any, end_silence_ms: int, whole: Any = None) -> None:
        self.heard_with.append(expectation)

    def deaf(self) -> None:
        pass

    def go_on(self) -> None:
        pass

    def age_s(self) -> float:
        return (now_ns() - self.info.begun_ns) / 1e9


@pytest.fixture(scope="module")
def flow() -> Flow:
    return load(FLOW)


@pytest.fixture(autouse=True)
def virtual_clock(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(ivr.channels.phone, "now_ns", now_ns)


def talk(
    flow: Flow,
    script: list[tuple[float, str]],
    *,
    deaf: bool = False,
    broken: bool = False,
    deeds: Deeds | None = None,
    reception: Any = None,
) -> tuple[Phone, FakeCall, list[Note]]:
    """Play a script of (second, words, or "#5" for a key, or "!" for hanging up) and run to the end."""
    notes: list[Note] = []

    async def job() -> tuple[Phone, FakeCall]:
        call, mouth = FakeCall(), FakeMouth()
        mouth.broken = broken
        talk = lambda phone: Talk(FlowScript(flow), phone, Forgetful(), deeds or Deeds(), lambda: now_ns() // 1_000_000)  # noqa: E731
        session = Phone(call, talk, mouth, FakeEars(deaf), "en", notes.append, None, reception)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        for second, what in script:
            if what == "!":
                event: on.Event = on.HungUp(at_ns=0, status=200, reason="", by_us=False)
            elif what.startswith("#"):
                event = on.Digit(at_ns=0, key=what[1:], source=on.KeySource.RFC4733)
            else:
                event = on.Final(at_ns=0, text=what, score=0.9, engine="whisper", begin_sample=0, end_sample=0)
            loop.call_later(second, call.mailbox.put, event)
        await session.run()
        return session, call

    session, call = run(job())
    return session, call, notes


def test_a_question_is_answered_and_the_call_ends_with_goodbye(flow: Flow) -> None:
    _, call, notes = talk(flow, [(5, "i want a refund"), (12, "no thank you")])
    assert any("five days" in text for text in call.said)
    assert call.hung_up
    assert "Thank you for calling" in call.said[-1]
    assert [note.what for note in notes if note.who == "caller"] == ["i want a refund", "no thank you"]


def test_keys_alone_do_as_well(flow: Flow) -> None:
    _, call, notes = talk(flow, [(5, "#4"), (12, "#2")], deaf=True)
    assert any("eight in the morning" in text for text in call.said)
    assert call.hung_up
    assert call.heard_with == []
    assert any("no ear" in note.what for note in notes)


def test_silence_is_asked_about_more_and_more_simply_and_ends_with_a_person(flow: Flow) -> None:
    _, call, _ = talk(flow, [])
    assert call.hung_up
    assert "operator" in call.said[-1].lower()
    asked = [text for text in call.said if text != "How can I help you?"]
    assert len(asked) == len(set(asked)), "nobody hears the same error prompt again and again"


def test_the_caller_may_hang_up_in_the_middle_of_a_prompt(flow: Flow) -> None:
    _, call, _ = talk(flow, [(1, "!")])
    assert not call.hung_up
    assert len(call.said) == 2


def test_without_a_voice_the_call_still_ends(flow: Flow) -> None:
    _, call, _ = talk(flow, [], broken=True)
    assert call.said == []
    assert call.hung_up


def test_words_in_a_prompt_stop_it_at_once(flow: Flow) -> None:
    _, call, notes = talk(flow, [(1, "operator")])
    assert "operator" in call.said[-1].lower()
    assert any(note.what == "prompt cut" for note in notes)


def test_who_asks_for_time_is_told_no_more_until_it_is_over(flow: Flow) -> None:
    *_, notes = talk(flow, [(1, "wait a minute"), (35, "!")])
    assert any(note.what == "prompt cut" for note in notes)
    asked = [note.at_ns / 1e9 for note in notes if note.detail.get("prompt") == "help.text" and note.who == "house"]
    assert asked[1] - asked[0] == pytest.approx(31, abs=0.1)


def test_half_an_answer_ends_the_prompt_over_which_it_was_said(flow: Flow) -> None:
    *_, notes = talk(flow, [(5, "#2"), (6, "four seven"), (60, "!")])
    assert any(note.what == "prompt cut" and note.detail["prompt"] == "status.text" for note in notes)


def test_the_answer_to_a_question_in_free_words_is_kept_as_sound_too() -> None:
    recorder = FakeRecorder()

    async def job() -> Any:
        call = FakeCall()
        flow = load(Path(__file__).parents[1] / "flows" / "story.yaml")
        talk = lambda phone: Talk(FlowScript(flow), phone, Forgetful(), Deeds(), lambda: now_ns() // 1_000_000)  # noqa: E731
        phone = Phone(call, talk, FakeMouth(), FakeEars(), "en", recorder=recorder)  # type: ignore[arg-type]
        loop = asyncio.get_running_loop()
        facts: Any = {"begin_sample": 800, "end_sample": 9000}
        loop.call_later(4, call.mailbox.put, on.SpeechBegan(at_ns=0, begin_sample=800, begun_ns=0))
        ended = on.SpeechEnded(at_ns=0, ended_ns=0, silence_ms=700, too_short=False, too_long=False, **facts)
        loop.call_later(6, call.mailbox.put, ended)
        final = on.Final(at_ns=0, text="the cup fell down", score=0.9, engine="whisper", **facts)
        loop.call_later(7, call.mailbox.put, final)
        return await phone.run()

    (answer,) = run(job()).ledger
    assert (answer.slot, answer.value, answer.recording) == ("story", "the cup fell down", "sound-800")
    assert recorder.did == ["began 800", "ended 800", "kept 800", "hung up", "closed"]


def test_a_look_up_that_takes_longer_than_a_callers_silence_may_last_is_waited_for(tmp_path: Path) -> None:
    source = FLOW.read_text(encoding="utf-8").replace("deadline_s: 2.5", "deadline_s: 9")
    file = tmp_path / "flow.yaml"
    file.write_text(source, encoding="utf-8")

    async def slow(arguments: Any) -> Any:
        await asyncio.sleep(8)
        return find(arguments)

    keys: list[tuple[float, str]] = [(5, "#2"), *((10 + digit / 4, f"#{key}") for digit, key in enumerate("4711")), (25, "!")]
    session, call, _ = talk(load(file), keys, deeds=Deeds({"orders": slow}))
    assert "Which day shall we bring it?" in call.said
    assert not any("cannot look that up" in text for text in call.said)
    assert session.talk.state.step == "day"


class Receiving:
    """Whoever looks after callers: remembers who came, and hangs up after a minute."""

    def __init__(self) -> None:
        self.came: list[Handed] = []
        self.said_before = 0

    async def __call__(self, state: State, handover: Handover) -> Receiving:
        return self

    async def receive(self, handed: Handed) -> State:
        self.came.append(handed)
        self.said_before = len(handed.call.said)  # type: ignore[attr-defined]
        await asyncio.sleep(60)
        await handed.call.hang_up()
        return replace(handed.state, ending="somebody came")


def test_a_caller_who_wants_a_person_is_handed_over_once_the_last_words_are_through(flow: Flow) -> None:
    receiving = Receiving()
    session, call, notes = talk(flow, [(1, "operator")], reception=receiving)
    [handed] = receiving.came
    assert handed.handover.reason == "asked"
    assert handed.state.handed
    assert receiving.said_before == len(call.said), "nothing is said by the dialogue afterwards"
    assert "operator" in call.said[-1].lower()
    assert any(note.what == "handed over: asked" for note in notes)
    assert session.talk.over.is_set()


def test_one_who_hangs_up_during_the_last_words_is_not_handed_over(flow: Flow) -> None:
    receiving = Receiving()
    talk(flow, [(1, "operator"), (2, "!")], reception=receiving)
    assert not receiving.came


def test_where_nobody_works_that_is_said_and_the_call_ends(flow: Flow) -> None:
    async def nobody(state: State, handover: Handover) -> None:
        return None

    _, call, _ = talk(flow, [(1, "operator")], reception=nobody)
    assert call.said[-1] == language("en").texts["nobody"]
    assert call.hung_up


def test_a_last_word_that_cannot_be_spoken_hands_over_all_the_same(flow: Flow) -> None:
    receiving = Receiving()
    talk(flow, [(1, "operator")], broken=True, reception=receiving)
    assert receiving.came
