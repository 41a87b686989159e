"""What a call keeps of its sound, in virtual time: when a message ends, what belongs to it, and that nothing is left over."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

import ivr.channels.recorder
from ivr.actions import Answer, Record, Recorded, State
from ivr.channels.recorder import FIRST_S, SILENCE_S, WORDS_GONE_S, WORDS_S, Recorder
from ivr.deeds import Refused
from tests.virtual_time import run
from voice import events as on
from voice.errors import HotlineError, SoundUnkept
from voice.recording import Kept
from voice.sip.facts import LegInfo

ACT = Record("7", "message", 30.0, "en")


def now_s() -> float:
    return asyncio.get_running_loop().time()


def now_ns() -> int:
    return round(now_s() * 1e9)


@dataclass
class Tape:
    """A recording that needs no disk."""

    begin: int = 0
    broken: bool = False
    remember: bool = False
    state: str = "runs"
    tell: Callable[[], None] = lambda: None

    def start(self, broken: Callable[[], None] = lambda: None) -> None:
        self.tell = broken

    def stop(self, end: int = -1) -> None:
        pass

    async def finish(self) -> Kept:
        if self.broken:
            raise SoundUnkept("no room")
        self.state = "kept"
        return Kept(f"sound-{self.begin}", 1500)

    async def drop(self) -> None:
        self.state = "dropped" if self.state == "runs" else self.state

    def heard(self, begin: int, end: int) -> np.ndarray:
        return np.arange(begin, end)


@dataclass
class Booth:
    """One call with a recorder; `says` and the like put events in, as the phone would."""

    words_s: float = 0.5
    may: bool | HotlineError = True
    tapes: list[Tape] = field(default_factory=list)
    did: list[str] = field(default_factory=list)
    forgotten: list[str] = field(default_factory=list)
    passed: list[on.Event] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.info = LegInfo(1, "id", "sip:a", "sip:b", "", "local", True, 0)
        self.line = type("Line", (), {"rate_hz": 8000, "position": 80_000})()
        self.recorder = Recorder(self, self, self, self.asked)  # type: ignore[arg-type]

    # As a call, as ears, as a vault

    def play(self, clip: Any, *, barge_keys: bool) -> int:
        self.did.append("tone")
        asyncio.get_running_loop().call_later(2.0, self.put, on.PromptFinished(at_ns=0, prompt=5))
        return 5

    def attend(self, end_silence_ms: int) -> None:
        self.did.append("attend")

    def deaf(self) -> None:
        self.did.append("deaf")

    async def words(self, language: str, samples: np.ndarray, rate_hz: int) -> str:
        await asyncio.sleep(self.words_s)
        return f"{samples[0]}-{samples[-1] + 1}"

    def forget(self, sounds: list[str]) -> int:
        self.forgotten += sounds
        return len(sounds)

    async def asked(self) -> bool:
        if isinstance(self.may, HotlineError):
            raise self.may
        return self.may

    # As the caller

    def put(self, event: on.Event) -> None:
        if not self.recorder.takes(event):
            self.passed.append(event)

    def says(self, at_s: float, begin: int, end: int = 0, short: bool = False) -> None:
        """From `at_s` on, for a second, which ends a stretch; without `end` he does not stop."""
        loop = asyncio.get_running_loop()
        loop.call_later(at_s, self.put, on.SpeechBegan(at_ns=0, begin_sample=begin, begun_ns=0))
        if end:
            ended = now_ns() + round((at_s + 1) * 1e9)
            facts: dict[str, Any] = {"begin_sample": begin, "end_sample": end, "ended_ns": ended, "silence_ms": 900}
            loop.call_later(at_s + 1.9, self.put, on.SpeechEnded(at_ns=0, too_short=short, too_long=False, **facts))

    def keys(self, at_s: float, key: str) -> None:
        asyncio.get_running_loop().call_later(at_s, self.put, on.Digit(at_ns=0, key=key, source=on.KeySource.RFC4733))


def left(booth: Booth, what: Callable[[Booth], None], monkeypatch: pytest.MonkeyPatch) -> tuple[Recorded | str, float]:
    """What becomes of a message, and how long it took; `what` is the caller's part."""

    def tape(line: Any, vault: Any, begin: int = -1, *, remember: bool = False) -> Tape:
        booth.tapes.append(Tape(line.position if begin < 0 else begin, remember=remember))
        return booth.tapes[-1]

    async def job() -> tuple[Recorded | str, float]:
        begun = now_s()
        what(booth)
        try:
            return await booth.recorder.record(ACT), now_s() - begun
        except Refused as refused:
            return refused.why, now_s() - begun

    monkeypatch.setattr(ivr.channels.recorder, "Recording", tape)
    monkeypatch.setattr(ivr.channels.recorder, "now_ns", now_ns)
    found: tuple[Recorded | str, float] = run(job())
    assert not booth.recorder.busy
    return found


def test_a_message_ends_with_silence_and_has_all_its_words(monkeypatch: pytest.MonkeyPatch) -> None:
    def caller(booth: Booth) -> None:
        booth.says(3, 81_000, 90_000)
        booth.says(5.5, 92_000, 99_000)

    booth = Booth()
    came, took_s = left(booth, caller, monkeypatch)
    assert came == Recorded("7", "sound-80000", "81000-90000 92000-99000", 1500)
    assert took_s == pytest.approx(6.5 + SILENCE_S)
    assert booth.did == ["deaf", "tone", "attend", "deaf"]
    assert booth.tapes[0].state == "kept"


def test_the_hash_key_ends_it_in_the_middle_of_a_word_and_no_word_is_lost(monkeypatch: pytest.MonkeyPatch) -> None:
    def caller(booth: Booth) -> None:
        booth.says(3, 81_000)
        booth.keys(4, "5")
        booth.keys(6, "#")
        booth.line.position = 88_000

    booth = Booth()
    came, took_s = left(booth, caller, monkeypatch)
    assert isinstance(came, Recorded)
    assert came.text == "81000-88000"
    assert took_s == pytest.approx(6.5)
    assert [event.key for event in booth.passed if isinstance(event, on.Digit)] == ["5"]


def test_the_longest_time_ends_whoever_goes_on_speaking(monkeypatch: pytest.MonkeyPatch) -> None:
    came, took_s = left(Booth(), lambda booth: booth.says(3, 70_000), monkeypatch)
    assert isinstance(came, Recorded)
    assert took_s == pytest.approx(2 + 30 + 0.5)


def test_silence_alone_is_no_message(monkeypatch: pytest.MonkeyPatch) -> None:
    booth = Booth()
    came, took_s = left(booth, lambda booth: booth.says(4, 81_000, 81_500, short=True), monkeypatch)
    assert came == "silence"
    assert took_s == pytest.approx(5 + FIRST_S)
    assert booth.tapes[0].state == "dropped"


def test_what_was_said_before_the_tone_is_no_part_of_it(monkeypatch: pytest.MonkeyPatch) -> None:
    def caller(booth: Booth) -> None:
        facts: dict[str, Any] = {"begin_sample": 70_000, "end_sample": 79_000, "ended_ns": now_ns(), "silence_ms": 900}
        ended = on.SpeechEnded(at_ns=0, too_short=False, too_long=False, **facts)
        asyncio.get_running_loop().call_later(2.5, booth.put, ended)

    assert left(Booth(), caller, monkeypatch)[0] == "silence"


def test_whoever_hangs_up_has_left_what_he_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def caller(booth: Booth) -> None:
        booth.says(3, 70_000)
        asyncio.get_running_loop().call_later(5, booth.recorder.hung_up)

    came, took_s = left(Booth(words_s=60), caller, monkeypatch)
    assert came == Recorded("7", "sound-80000", "", 1500)
    assert took_s == pytest.approx(5 + WORDS_GONE_S)


def test_words_that_are_late_hold_nobody_up_for_long(monkeypatch: pytest.MonkeyPatch) -> None:
    came, took_s = left(Booth(words_s=60), lambda booth: booth.says(3, 81_000, 90_000), monkeypatch)
    assert isinstance(came, Recorded)
    assert (came.recording, came.text) == ("sound-80000", "")
    assert took_s == pytest.approx(4 + SILENCE_S + WORDS_S)


def test_a_full_disk_is_told_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    def caller(booth: Booth) -> None:
        def full() -> None:
            booth.tapes[0].broken = True
            booth.tapes[0].tell()

        asyncio.get_running_loop().call_later(2.5, full)

    came, took_s = left(Booth(), caller, monkeypatch)
    assert came == "disk"
    assert took_s == pytest.approx(2.5)


@pytest.mark.parametrize("at_s", [1.0, 4.0])
def test_a_dialogue_that_goes_elsewhere_takes_no_message_along(monkeypatch: pytest.MonkeyPatch, at_s: float) -> None:
    def caller(booth: Booth) -> None:
        booth.says(3, 81_000)
        asyncio.get_running_loop().call_later(at_s, booth.recorder.give_up)

    booth = Booth()
    assert left(booth, caller, monkeypatch)[0] == "silence"
    assert all(tape.state == "dropped" for tape in booth.tapes)


@pytest.fixture
def booth(monkeypatch: pytest.MonkeyPatch) -> Booth:
    booth = Booth()

    def tape(line: Any, vault: Any, begin: int = -1, *, remember: bool = False) -> Tape:
        booth.tapes.append(Tape(begin))
        return booth.tapes[-1]

    monkeypatch.setattr(ivr.channels.recorder, "Recording", tape)
    return booth


def answered(booth: Booth, job: Callable[[Recorder], Awaitable[str]]) -> str:
    return str(run(job(booth.recorder)))


def test_an_answer_is_kept_from_its_first_sample(booth: Booth) -> None:
    async def job(recorder: Recorder) -> str:
        recorder.began(100)
        await recorder.ended(100, 900, worthless=False)
        recorder.began(1000)  # he goes on while the first is still decoded
        return await recorder.kept(100)

    assert answered(booth, job) == "sound-100"
    assert [tape.state for tape in booth.tapes] == ["kept", "runs"]


def test_a_cough_and_a_murmur_leave_nothing(booth: Booth) -> None:
    async def job(recorder: Recorder) -> str:
        recorder.began(100)
        await recorder.ended(100, 200, worthless=True)
        recorder.began(300)
        await recorder.ended(300, 400, worthless=False)  # and no words come of it
        recorder.began(500)
        return await recorder.kept(500) + await recorder.kept(700)

    assert answered(booth, job) == "sound-500"
    assert [tape.state for tape in booth.tapes] == ["dropped", "dropped", "kept"]


@pytest.mark.parametrize("may", [False, HotlineError("away")])
def test_whoever_forbade_it_is_kept_in_words_only(booth: Booth, may: bool | HotlineError) -> None:
    async def job(recorder: Recorder) -> str:
        recorder.began(100)
        return await recorder.kept(100)

    booth.may = may
    assert answered(booth, job) == ""
    assert booth.tapes[0].state == "dropped"


def test_a_disk_that_is_full_costs_the_sound_and_not_the_answer(booth: Booth) -> None:
    async def job(recorder: Recorder) -> str:
        recorder.began(100)
        booth.tapes[0].broken = True
        return await recorder.kept(100)

    assert answered(booth, job) == ""


async def test_what_no_answer_names_is_forgotten_with_the_call(booth: Booth) -> None:
    for begin in (100, 300):
        booth.recorder.began(begin)
        await booth.recorder.kept(begin)
    booth.recorder.began(500)
    await booth.recorder.close(State("test", 1, ledger=(Answer("s", "story", "it fell", "speech", 0.9, recording="sound-100"),)))
    assert booth.forgotten == ["sound-300"]
    assert booth.tapes[2].state == "dropped"
