"""A look at a voice over a prompt while it lasts: what sounds like a murmur lets the prompt go on, what comes after it does not."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
import pytest

from tests.voice.test_listening import MENU, FakeEar, Inline, Scene
from voice.recognizers.ears import EarSet
from voice.recognizers.protocol import Completeness, Expectation, Kind, Samples


@dataclass
class Quick(FakeEar):
    """Glances, too: at `first`, or at what it `may` be."""

    first: str = "okay"
    may: tuple[tuple[str, float], ...] = ()
    glances: int = 0

    def glance(self, samples: Samples, rate_hz: int, expectation: Expectation) -> tuple[tuple[str, float], ...]:
        self.glances += 1
        return self.may or ((self.first, 1.0),)


class First(Inline):
    """One that is busy after its first job, until `free`."""

    def __init__(self) -> None:
        self.free = asyncio.Event()
        self.jobs = 0

    async def run(self, owner: object, job: Callable[[], Any]) -> Any:
        self.jobs += 1
        if self.jobs > 1:
            await self.free.wait()
        return job()


async def looked_at(ear: FakeEar, expectation: Expectation = MENU, *, ms: int = 500, silent: bool = False) -> Scene:
    """A voice of this length (pre-roll included) over a prompt that is looked at while it goes on, or as soon as it is silent."""
    scene = Scene(ear, First())
    scene.listener.expect(EarSet("en", ear), expectation, 600, lambda *_: Completeness.BEGUN)
    scene.listener.began(0)
    scene.line.put_all(np.zeros(ms * 8, np.int16))
    if silent:
        scene.listener.paused(scene.line.position, too_short=False)
    else:
        scene.listener.lasted(scene.line.position)
    await scene.settle()
    return scene


@pytest.mark.parametrize(
    ("first", "silent", "ms", "goes_on"),
    [
        ("okay", False, 500, True),
        ("oper", False, 500, False),  # half a word may become any
        ("", False, 500, False),
        ("you had", True, 500, True),  # short, and no answer: a murmur misheard
        ("delivery", True, 500, False),
        ("you had", True, 900, False),
        ("okay", True, 900, True),
        ("okay", False, 1300, False),
    ],
)
async def test_a_look_lets_the_prompt_go_on_for_what_sounds_like_a_murmur(
    first: str, silent: bool, ms: int, goes_on: bool
) -> None:
    scene = await looked_at(Quick(first=first), ms=ms, silent=silent)
    assert scene.did == (["go on"] if goes_on else [])
    assert scene.ear.decoded == 0


async def test_a_look_lets_no_prompt_go_on_over_an_answer_that_is_a_murmur_elsewhere() -> None:
    scene = await looked_at(Quick(first="yes"), Expectation("en", Kind.YES_NO, ("yes", "no")))
    assert scene.did == []


async def test_a_prompt_that_a_look_let_go_on_stands_still_for_what_came_after_the_murmur() -> None:
    scene = await looked_at(ear := Quick("okay elephants"))
    ear.first = "okay ele"
    scene.pool.free.set()  # type: ignore[attr-defined]
    scene.listener.lasted(scene.line.position)
    await scene.settle()
    assert scene.did == ["go on", "stand still"]


@pytest.mark.parametrize(("murmur", "goes_on"), [(0.35, True), (0.2, False)])
async def test_what_may_well_be_a_murmur_lets_the_prompt_go_on(murmur: float, goes_on: bool) -> None:
    scene = await looked_at(Quick(may=(("you guys", 0.6 - murmur), ("okay", murmur), ("you", 0.4))))
    assert scene.did == (["go on"] if goes_on else [])


@pytest.mark.parametrize(("later_ms", "glances"), [(0, 1), (200, 2)])
async def test_where_the_voice_faltered_is_looked_at_before_the_pause_is_one(later_ms: int, glances: int) -> None:
    scene = Scene(ear := Quick("okay"))
    scene.listener.began(0)
    scene.line.put_all(np.zeros(4000, np.int16))
    scene.listener.lasted(3520, falters=True)
    await scene.settle()
    assert scene.did == [], "it may go on"
    scene.line.put_all(np.zeros(8 * later_ms + 480, np.int16))
    scene.listener.paused(3520 + 8 * later_ms, too_short=False)
    await scene.settle()
    assert ear.glances == glances
    assert set(scene.did) == {"go on"}


async def test_what_is_decoded_counts_more_than_a_look() -> None:
    scene = await looked_at(Quick("elephants"))
    scene.line.put_all(np.zeros(5600, np.int16))
    scene.pool.free.set()  # type: ignore[attr-defined]
    scene.listener.paused(scene.line.position, too_short=False)
    await scene.settle()
    assert scene.did == ["go on", "stand still"]


async def test_a_murmur_that_began_just_before_the_prompt_is_one_over_it() -> None:
    scene = Scene(Quick("please", first="please"))
    scene.playing = False
    scene.listener.began(0)
    scene.line.put_all(np.zeros(4000, np.int16))
    scene.listener.lasted(scene.line.position)
    await scene.settle()
    scene.listener.ended(0, scene.line.position, too_short=False)
    await scene.settle()
    assert scene.said == []
    assert scene.did == ["go on", "go on"]


async def test_an_ear_that_cannot_glance_is_not_asked_to() -> None:
    scene = await looked_at(FakeEar("okay"))
    assert scene.did == []
    assert scene.ear.fed == []
