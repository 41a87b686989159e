"""The turns that policies are held against: what they cost, and that both languages say as much."""

from __future__ import annotations

from functools import partial

import pytest

from bench import turn_takers, turn_takers_ru
from bench.turns import Pause, Taken, judged, ours, silence
from voice.recognizers.protocol import Completeness

LAST = float("inf")
HALF = Pause(700, Completeness.BEGUN, 0.0)
END = Pause(LAST, Completeness.WHOLE, 1.0)
TURNS = [Taken((HALF, END), 20, 600), Taken((END,), 20, 600)]


def test_who_thinks_is_not_cut_in_on_and_a_whole_answer_is_not_waited_for() -> None:
    alone, mine = judged(partial(silence, 600), TURNS), judged(partial(ours, 1.0, 400, 2.0), TURNS)
    assert (alone.cut_ins, alone.dead_air_ms) == (0.5, 620)
    assert (mine.cut_ins, mine.dead_air_ms) == (0.0, 420)


@pytest.mark.parametrize("said", [Completeness.OPEN, Completeness.UNKNOWN])
def test_what_nobody_knows_gets_the_silence_of_its_step(said: Completeness) -> None:
    assert ours(1.5, 400, 2.0, TURNS[0], Pause(LAST, said, 0.0)) == 900


def test_callers_say_as_much_in_russian_in_as_many_pieces() -> None:
    for step, said in turn_takers.SAID.items():
        assert [text.count("|") for text in turn_takers_ru.SAID[step]] == [text.count("|") for text in said]
