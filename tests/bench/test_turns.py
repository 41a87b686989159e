"""The turns that policies are held against: what they cost, and that both languages say as much."""

from __future__ import annotations

from functools import partial

import pytest

from bench import turn_takers, turn_takers_ru
from bench.turns import Pause, Taken, halved, judged, ours, settings, silence, swept, unequal
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


def test_a_setting_is_chosen_on_one_half_and_held_against_the_other() -> None:
    """Where every turn is the same, every half allows the same setting; where one in ten pauses for longer, some halves do not."""
    same = [Taken((HALF, END), 20, 600)] * 40
    mixed = [Taken((Pause(1500, Completeness.BEGUN, 0.0), END), 20, 600)] * 4 + [Taken((END,), 20, 600)] * 36
    alone = [partial(silence, limit) for limit in (400, 800, 1600)]
    assert {(one.cut_ins, one.dead_air_ms) for one in halved({"silence": swept(alone, same)}, 40)["silence"]} == {(0.0, 820)}
    assert {one.dead_air_ms for one in halved({"silence": swept(alone, mixed)}, 40)["silence"]} == {420, 1620}


def test_where_no_setting_is_rare_enough_the_rarest_is_taken() -> None:
    turns = [Taken((Pause(2000, Completeness.OPEN, 0.0), END), 20, 600), Taken((END,), 20, 600)] * 10
    found = halved({"silence": swept([partial(silence, limit) for limit in (400, 600)], turns)}, 20, 20)
    assert {one.dead_air_ms for one in found["silence"]} == {420}


def test_every_policy_has_settings_and_smart_turn_only_where_it_can_be_had() -> None:
    assert list(settings(True)) == ["silence", "ours", "smart"]
    assert list(settings(False)) == ["silence", "ours"]


def test_a_policy_that_cannot_be_rare_enough_is_told_in_a_sentence() -> None:
    sweeps = {"silence": swept([partial(silence, 600)], TURNS), "ours": swept([partial(ours, 1.0, 400, 2.0)], TURNS)}
    (told,) = unequal(sweeps)
    assert told.startswith("turns: silence cuts in on 50% of these turns at best, not on 5%")
    assert judged(partial(silence, 600), TURNS[:1]).dead_air_ms == LAST, "nobody was left to wait"
