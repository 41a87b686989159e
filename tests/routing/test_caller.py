"""The scripted caller, on a call that is none: when he does what, and what he tells of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from types import SimpleNamespace
from typing import Any

import numpy as np

from routing.caller import Act, Caller
from voice import events as on
from voice.clock import now_ns


class FakeCall:
    """Gives the events that a test puts in, and notes when something is played."""

    def __init__(self) -> None:
        self.events: asyncio.Queue[on.Event] = asyncio.Queue()
        self.line = SimpleNamespace(tune=lambda **how: None)
        self.gone = asyncio.Event()
        self.played_ns: list[int] = []

    def play(self, clip: Any, *, barge_keys: bool) -> int:
        self.played_ns.append(now_ns())
        return len(self.played_ns)

    async def hang_up(self) -> None:
        self.gone.set()
        self.events.put_nowait(on.HungUp(at_ns=now_ns(), status=200, reason="", by_us=True))

    async def __aiter__(self) -> AsyncIterator[on.Event]:
        while True:
            yield await self.events.get()


class Rig:
    def __init__(self) -> None:
        self.call, self.cues = FakeCall(), asyncio.Semaphore(0)
        self.told: list[dict[str, Any]] = []

    def run(self, acts: Sequence[Act]) -> asyncio.Task[on.HungUp]:
        async def dial(uri: str, trunk: str) -> FakeCall:
            return self.call

        async def clip(text: str, language: str) -> Any:
            return SimpleNamespace(pcm=np.zeros(800, np.int16), rate_hz=8000)

        exchange, mouth = SimpleNamespace(dial=dial), SimpleNamespace(clip=clip)
        caller = Caller(exchange, mouth, "en", self.told.append, self.cues)  # type: ignore[arg-type]
        return asyncio.create_task(caller.run("sip:house", acts))

    async def house(self, *said: on.Event) -> None:
        """This happens, and the caller has taken notice."""
        for event in said:
            self.call.events.put_nowait(event)
        for _ in range(10):
            await asyncio.sleep(0)


ANSWERED = on.Answered(at_ns=0)
BEGINS = on.SpeechBegan(at_ns=1, begin_sample=0, begun_ns=1)
ENDS = on.SpeechEnded(at_ns=2, begin_sample=0, end_sample=1, ended_ns=2, silence_ms=900, too_short=False, too_long=False)


async def test_what_he_says_is_told_as_of_before_the_house_can_have_heard_it() -> None:
    rig = Rig()
    running = rig.run([Act("asks", say="Where is it?"), Act("goes", hang_up=True, wait="after")])
    await rig.house(BEGINS, ENDS)
    await running
    (says,) = [fact for fact in rig.told if fact["what"] == "says"]
    assert says["at_ns"] <= rig.call.played_ns[0]


async def test_words_for_a_cue_wait_for_the_end_of_what_is_said_then() -> None:
    rig = Rig()
    running = rig.run([Act("asks", say="Where is it?", wait="cue end"), Act("goes", hang_up=True, wait="after")])
    await rig.house(ANSWERED, BEGINS, ENDS)  # and silent for a while, before its question
    rig.cues.release()
    await rig.house()
    assert rig.call.played_ns == []
    await rig.house(BEGINS, ENDS)
    await running
    assert len(rig.call.played_ns) == 1


async def test_a_prompt_that_only_stood_still_has_not_ended() -> None:
    rig = Rig()
    running = rig.run([Act("agrees", say="Yes, please.", after_ms=150), Act("goes", hang_up=True, wait="after")])
    await rig.house(BEGINS, ENDS)
    await asyncio.sleep(0.01)
    await rig.house(BEGINS)
    await asyncio.sleep(0.2)
    assert rig.call.played_ns == []
    await rig.house(ENDS)
    await running
    assert len(rig.call.played_ns) == 1


async def test_a_cue_that_comes_before_the_answer_is_heeded_after_it() -> None:
    rig = Rig()
    rig.cues.release()
    running = rig.run([Act("asks", say="Where is it?", wait="cue"), Act("goes", hang_up=True, wait="after")])
    await rig.house()
    assert rig.call.played_ns == []
    await rig.house(ANSWERED)
    await running
    assert len(rig.call.played_ns) == 1
