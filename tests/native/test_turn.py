"""Turns: the native detector against its plain twin, and the cases one would ask about."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from native.turn import Turn
from tests.reference import turn as reference

FRAME = 160


def run(pattern: str, **settings: int) -> list[tuple[str, int]]:
    """Marks with the frame after which they were set; '#' is a voiced frame of 20 ms, '!' one that is sure, '.' an unvoiced one."""
    turn = Turn()
    turn.set(**settings)
    return [(mark, n) for n, c in enumerate(pattern) for mark in turn.feed(c != ".", FRAME, c == "!")[0]]


@given(st.text("#!.", max_size=400), st.integers(1, 4), st.integers(0, 3), st.integers(20, 400), st.integers(20, 900))
def test_native_and_plain_agree(pattern: str, onset: int, more: int, pause_ms: int, end_ms: int) -> None:
    ours = Turn()
    ours.set(onset_frames=onset, onset_window=onset + more, pause_ms=pause_ms, end_silence_ms=end_ms, longest_ms=3000)
    plain = reference.Turn(onset, onset + more, pause=pause_ms * 8, end_silence=end_ms * 8, longest=24000)
    for c in pattern:
        marks, begin, end = ours.feed(c != ".", FRAME, c == "!")
        assert sorted(marks) == sorted(plain.feed(c != ".", FRAME, c == "!"))
        if marks:
            assert (begin, end) == (plain.begin, plain.end)


def test_a_click_is_no_turn() -> None:
    assert run("...#....#......") == []


def test_a_frame_that_is_surely_a_voice_begins_a_turn_alone() -> None:
    assert run("...!") == [("began", 3)]


def test_a_turn_begins_pauses_resumes_and_ends() -> None:
    marks = run("...####" + "." * 8 + "###" + "." * 40, end_silence_ms=700, pause_ms=120)
    assert marks == [("began", 4), ("paused", 12), ("resumed", 16), ("paused", 23), ("ended", 52)]


def test_pre_roll_reaches_back_but_not_before_the_beginning() -> None:
    turn = Turn()
    turn.set(pre_roll_ms=40)
    for c in "....##":
        marks, begin, _ = turn.feed(c == "#", FRAME)
    assert marks == ["began"]
    assert begin == 4 * FRAME - 320
    early = Turn()
    early.feed(True, FRAME)
    assert early.feed(True, FRAME)[:2] == (["began"], 0)


def test_end_silence_may_change_while_the_caller_speaks() -> None:
    turn = Turn()
    turn.set(end_silence_ms=1000)
    for c in "####" + "." * 20:
        assert "ended" not in turn.feed(c == "#", FRAME)[0]
    turn.set(end_silence_ms=400)
    assert turn.feed(False, FRAME)[0] == ["ended"]


def test_an_endless_turn_is_ended_by_force() -> None:
    assert run("#" * 60, longest_ms=1000, pre_roll_ms=0)[-2:][0] == ("ended", 49)


def test_a_wrong_setting_changes_nothing() -> None:
    turn = Turn()
    with pytest.raises(ValueError, match="onset_frames"):
        turn.set(end_silence_ms=100, onset_frames=9, onset_window=3)
    for c in "###" + "." * 30:
        assert "ended" not in turn.feed(c == "#", FRAME)[0]
