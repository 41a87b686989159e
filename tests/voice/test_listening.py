"""The listener with a real line and ears that say what the test tells them: decoding ahead, barge-in, late recognition."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import pytest

from native.bell import Bell
from native.line import Line
from voice.errors import Overloaded
from voice.events import Event, Final, HearingLost, Partial
from voice.listening import BEGUN_STRETCH, COMPLETE_SILENCE_MS, Listener, complete
from voice.recognizers.ears import EarSet
from voice.recognizers.protocol import Completeness, Expectation, Hypothesis, Kind, Samples

MENU = Expectation("en", Kind.CHOICE, ("delivery", "operator"), murmurs=frozenset({"yes", "okay", "uh huh", "please", "right"}))


@dataclass
class FakeEar:
    """Hears `text`, whatever is fed; streams `partial`."""

    text: str = "delivery"
    partial: str = ""
    name: str = "fake"
    language: str = "en"
    streams: bool = False
    fed: list[int] = field(default_factory=list)
    decoded: int = 0
    score: float = 0.9

    def open(self, rate_hz: int, expectation: Expectation) -> "FakeEar":
        return self

    def feed(self, samples: Samples) -> str:
        self.fed.append(len(samples))
        return self.partial

    def result(self) -> Hypothesis:
        self.decoded += 1
        return Hypothesis(self.text, self.score, self.name)


class Inline:
    """A pool that works at once, or refuses."""

    refuses = False

    async def run(self, owner: object, job: Callable[[], Any]) -> Any:
        if self.refuses:
            raise Overloaded("too much is waiting")
        return job()


@dataclass
class Scene:
    ear: FakeEar
    pool: Inline = field(default_factory=Inline)
    said: list[Event] = field(default_factory=list)
    did: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.line = Line(Bell(), 1)
        self.playing = True
        self.listener = Listener(self.line, self.pool, self.said.append, self)  # type: ignore[arg-type]
        self.listener.expect(EarSet("en", self.ear), MENU)

    def stop(self) -> None:
        self.did.append("cut")

    def stand_still(self) -> None:
        self.did.append("stand still")

    def go_on(self) -> None:
        self.did.append("go on")

    async def settle(self) -> None:
        for _ in range(6):
            await asyncio.sleep(0)

    async def speak(self, ms: int = 400, voiced: bool = False) -> int:
        """The turn begins, sound comes in (for which a prompt stands still: `voiced`), a silence begins; gives the end of the voice."""
        self.line.put_all(np.zeros(ms * 8, np.int16))
        self.listener.began(0)
        end = self.line.position
        if voiced:
            self.listener.lasted(end)
        self.line.put_all(np.zeros(960, np.int16))
        self.listener.paused(end, too_short=False)
        await self.settle()
        return end


async def test_words_are_decoded_ahead_and_not_again_at_the_end() -> None:
    scene = Scene(FakeEar())
    end = await scene.speak()
    assert scene.ear.decoded == 1
    assert scene.said == []
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert scene.ear.decoded == 1
    assert [(e.text, e.end_sample) for e in scene.said if isinstance(e, Final)] == [("delivery", end)]


async def test_what_was_decoded_ahead_is_void_when_the_caller_goes_on() -> None:
    scene = Scene(FakeEar())
    await scene.speak()
    scene.listener.resumed()
    scene.line.put_all(np.zeros(3200, np.int16))
    scene.ear.text = "delivery tomorrow"
    scene.listener.ended(0, scene.line.position, too_short=False)
    await scene.settle()
    assert [e.text for e in scene.said if isinstance(e, Final)] == ["delivery tomorrow"]
    assert sum(scene.ear.fed) == scene.line.position


async def test_a_decode_that_waits_is_dropped_when_the_caller_goes_on() -> None:
    scene, waiting = Scene(FakeEar()), asyncio.Event()

    class Busy(Inline):
        async def run(self, owner: object, job: Callable[[], Any]) -> Any:
            await waiting.wait()
            return job()

    scene.listener.pool = Busy()  # type: ignore[assignment]
    await scene.speak()
    scene.listener.resumed()
    waiting.set()
    await scene.settle()
    assert scene.ear.decoded == 0


async def test_a_cough_lets_the_prompt_go_on_at_once_and_is_no_words() -> None:
    scene = Scene(FakeEar())
    scene.listener.began(0)
    scene.listener.paused(800, too_short=True)
    assert scene.did == ["go on"]
    scene.listener.ended(0, 800, too_short=True)
    await scene.settle()
    assert scene.said == []
    assert scene.ear.decoded == 0


async def test_a_back_channel_lets_the_prompt_go_on_before_the_turn_is_over() -> None:
    scene = Scene(FakeEar("uh huh"))
    end = await scene.speak()
    assert scene.did == ["go on"]
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert scene.said == [], "nobody answers a murmur"


async def test_the_same_murmur_is_an_answer_where_no_prompt_plays() -> None:
    scene = Scene(FakeEar("uh huh"))
    scene.playing = False
    end = await scene.speak()
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert [e.text for e in scene.said if isinstance(e, Final)] == ["uh huh"]


async def test_strange_words_leave_the_prompt_standing_for_the_dialogue_to_judge() -> None:
    scene = Scene(FakeEar("purple elephants"))
    end = await scene.speak()
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert scene.did == []
    assert [e.text for e in scene.said if isinstance(e, Final)] == ["purple elephants"]


async def test_a_key_makes_what_is_being_said_void() -> None:
    scene = Scene(FakeEar("delivery"))
    end = await scene.speak()
    scene.listener.ended(0, end, too_short=False)
    scene.listener.forget()
    await scene.settle()
    assert scene.said == []
    assert not scene.listener.busy


async def test_words_of_the_step_cut_the_prompt() -> None:
    scene = Scene(FakeEar("delivery"))
    await scene.speak()
    assert scene.did == ["cut"]


async def test_a_streaming_partial_cuts_before_the_silence(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("voice.listening.STREAM_PERIOD_S", 0.0)
    scene = Scene(FakeEar(partial="operator", streams=True))
    scene.line.put_all(np.zeros(1600, np.int16))
    scene.listener.began(0)
    for _ in range(20):
        await asyncio.sleep(0)
    assert scene.did == ["cut"]
    assert isinstance(scene.said[0], Partial)
    scene.listener.close()


async def test_late_recognition_is_told_and_the_prompt_goes_on() -> None:
    scene = Scene(FakeEar())
    scene.pool.refuses = True
    end = await scene.speak()
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert [type(e) for e in scene.said] == [HearingLost]
    assert "go on" in scene.did


async def test_no_words_in_an_answer_are_an_empty_final() -> None:
    scene = Scene(FakeEar(""))
    scene.playing = False
    end = await scene.speak()
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert [e.text for e in scene.said if isinstance(e, Final)] == [""]


async def test_sound_that_is_gone_already_is_hearing_lost() -> None:
    scene = Scene(FakeEar())
    scene.listener.began(0)
    scene.line.put_all(np.zeros(8000 * 12, np.int16))
    scene.listener.ended(0, scene.line.position, too_short=False)
    await scene.settle()
    assert [type(e) for e in scene.said] == [HearingLost]


async def test_a_deaf_listener_hears_nothing() -> None:
    scene = Scene(FakeEar())
    scene.listener.deaf()
    end = await scene.speak()
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    assert scene.said == []
    assert not scene.listener.busy


async def over_the_prompt(
    text: str,
    ms: int,
    said: Completeness,
    kind: Kind = Kind.CHOICE,
    score: float = 0.9,
    voiced: bool = True,
    murmurs: frozenset[str] = frozenset(),
) -> Scene:
    """Words of this length (pre-roll included) while the house speaks, and what the dialogue makes of them."""
    scene = Scene(FakeEar(text, score=score))
    expected = Expectation("en", kind, ("delivery",), murmurs=murmurs)
    scene.listener.expect(EarSet("en", scene.ear), expected, 600, lambda *_: said)
    end = await scene.speak(ms, voiced)
    scene.listener.ended(0, end, too_short=False)
    await scene.settle()
    return scene


@pytest.mark.parametrize(
    ("ms", "said", "kind", "score", "told", "goes_on"),
    [
        (600, Completeness.BEGUN, Kind.CHOICE, 0.9, False, True),  # a murmur misheard
        (900, Completeness.BEGUN, Kind.CHOICE, 0.9, True, True),  # for the dialogue to count, not to wait for
        (900, Completeness.BEGUN, Kind.CHOICE, 0.3, False, True),
        (
            600,
            Completeness.UNKNOWN,
            Kind.CHOICE,
            0.9,
            False,
            True,
        ),  # words misheard, or a noise: no more than what begins an answer
        (900, Completeness.UNKNOWN, Kind.CHOICE, 0.3, False, True),
        (600, Completeness.OPEN, Kind.CHOICE, 0.3, True, False),  # hardly believed, and something for the dialogue all the same
        (600, Completeness.BEGUN, Kind.DIGITS, 0.9, True, False),  # the first of several groups
        (1200, Completeness.UNKNOWN, Kind.CHOICE, 0.3, True, False),  # whoever speaks for so long means us
    ],
)
async def test_what_is_no_answer_takes_no_turn_from_a_prompt(
    ms: int, said: Completeness, kind: Kind, score: float, told: bool, goes_on: bool
) -> None:
    scene = await over_the_prompt("elephants", ms, said, kind, score)
    assert [(e.text, e.insists) for e in scene.said if isinstance(e, Final)] == ([("elephants", ms > 1000)] if told else [])
    assert ("go on" in scene.did) is goes_on


@pytest.mark.parametrize(("text", "voiced"), [("", True), ("elephants", False)])
async def test_a_long_noise_is_nobody_who_insists(text: str, voiced: bool) -> None:
    scene = await over_the_prompt(text, 1800, Completeness.UNKNOWN, score=0.3, voiced=voiced)
    assert scene.said == []
    assert "go on" in scene.did


async def test_murmurs_around_a_word_misheard_make_nobody_insist() -> None:
    scene = await over_the_prompt("okay george", 1200, Completeness.UNKNOWN, murmurs=frozenset({"okay"}))
    assert [e.insists for e in scene.said if isinstance(e, Final)] == [False]
    assert "go on" in scene.did


async def test_a_prompt_waits_for_no_turn_that_counts_no_more() -> None:
    scene = Scene(FakeEar())
    scene.listener.began(0)
    scene.listener.forget()
    scene.listener.ended(0, 800, too_short=False)
    assert scene.did == ["go on"]


@dataclass
class Tuned:
    """A line that writes down for how long it is to wait."""

    line: Line
    tuned: list[int | None] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.position, self.rate_hz, self.read = 1600, self.line.rate_hz, self.line.read

    def tune(self, **settings: int) -> None:
        self.tuned.append(settings.get("end_silence_ms"))


def judged(scene: Scene, kind: Kind, said: dict[str, Completeness]) -> list[int | None]:
    """Words in a turn at a step that waits 1,000 ms, judged so: the silences that are asked of the line from now on."""
    scene.line.put_all(np.zeros(1600, np.int16))
    line = scene.listener.line = Tuned(scene.line)  # type: ignore[assignment]
    scene.listener.expect(EarSet("en", scene.ear), Expectation("en", kind), 1000, lambda text, score, engine: said[text])
    line.tuned.clear()
    return line.tuned


async def test_the_dialogue_says_when_digits_are_whole() -> None:
    scene = Scene(FakeEar("four seven"))
    tuned = judged(scene, Kind.DIGITS, {"four seven": Completeness.BEGUN, "four seven one one": Completeness.WHOLE})
    scene.listener.began(0)
    scene.listener.paused(800, too_short=False)
    await scene.settle()
    assert tuned == [1000 * BEGUN_STRETCH]
    scene.ear.text = "four seven one one"
    scene.listener.resumed()
    scene.listener.paused(1600, too_short=False)
    await scene.settle()
    assert tuned[1:] == [1000, COMPLETE_SILENCE_MS]
    assert scene.did == ["cut"]


@pytest.mark.parametrize(
    ("words", "said", "playing", "waited"),
    [
        ("um", Completeness.BEGUN, False, [1000 * BEGUN_STRETCH]),  # who thinks aloud is waited for
        ("um", Completeness.BEGUN, True, []),  # over a prompt it is a murmur
        ("", Completeness.BEGUN, False, [1000 * BEGUN_STRETCH]),  # a voice without words
        ("elephants", Completeness.UNKNOWN, False, []),  # more of what was misheard does not help
        ("elephants", Completeness.OPEN, False, []),
    ],
)
async def test_how_long_is_waited_for_more(words: str, said: Completeness, playing: bool, waited: list[int]) -> None:
    scene = Scene(FakeEar(words))
    scene.playing = playing
    tuned = judged(scene, Kind.FREE, {words: said})
    scene.listener.began(0)
    scene.listener.paused(800, too_short=False)
    await scene.settle()
    assert tuned == waited


def test_a_whole_answer_is_complete_and_a_free_one_never_is() -> None:
    assert complete(MENU, "Delivery!")
    assert not complete(MENU, "delivery to")
    assert not complete(Expectation("en", Kind.FREE, ("delivery",)), "delivery")
    assert COMPLETE_SILENCE_MS < 500
