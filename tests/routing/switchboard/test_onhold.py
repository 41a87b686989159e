"""Music and words in their turn, with a call that only keeps its playlist."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np

from routing.switchboard.onhold import OnHold
from voice import events as on
from voice.speech.mouth import Clip


def clip(name: str) -> Clip:
    return Clip(np.ones(1, np.int16), 8000, name, "test", name)


@dataclass
class Playing:
    """A call: what it was asked to play, and what still is to come."""

    queue: list[tuple[int, str]] = field(default_factory=list)
    played: list[str] = field(default_factory=list)

    def play(self, clip: Clip, *, barge_speech: bool = False, barge_keys: bool = True) -> int:
        self.played.append(clip.key)
        self.queue.append((len(self.played), clip.key))
        return len(self.played)

    def stop(self) -> None:
        self.queue.clear()

    def next(self, hold: OnHold) -> str:
        """The first prompt is through."""
        prompt, name = self.queue.pop(0)
        hold.on(on.PromptFinished(at_ns=0, prompt=prompt))
        return name


def held() -> tuple[Playing, OnHold]:
    call = Playing()
    return call, OnHold(call, [clip("one"), clip("two"), clip("three")])  # type: ignore[arg-type]


def test_phrases_follow_one_another_for_ever() -> None:
    call, hold = held()
    hold.start()
    assert [call.next(hold) for _ in range(7)] == ["one", "two", "three", "one", "two", "three", "one"]
    assert len(call.queue) == 2, "one plays, one waits"


def test_words_take_the_musics_place_and_it_goes_on_behind_them() -> None:
    call, hold = held()
    hold.start()
    hold.say([clip("words")])
    assert [call.next(hold) for _ in range(3)] == ["words", "three", "one"]
    assert hold.playing
    assert not hold.speaking


def test_an_answer_ends_everything_at_once() -> None:
    call, hold = held()
    hold.start()
    hold.say([clip("words")])
    hold.stop()
    assert not call.queue
    hold.on(on.PromptCut(at_ns=0, prompt=3, played_samples=10))
    assert not call.queue, "what was cut late starts no music"


def test_a_key_that_cuts_the_words_brings_the_music_back() -> None:
    call, hold = held()
    hold.start()
    [prompt] = hold.say([clip("words")])
    cut = [number for number, _ in call.queue]
    call.queue.clear()
    for number in cut:
        hold.on(on.PromptCut(at_ns=0, prompt=number, played_samples=1))
    assert prompt in cut
    assert [name for _, name in call.queue] == ["two", "three"]
