"""The states of a call: every pair of state and move has one meaning, and what is not meant is named."""

from __future__ import annotations

import pytest

from voice.callstate import TABLE, Move, State, after, need
from voice.errors import CallGone, WrongState


def walk(state: State, *moves: Move) -> State:
    for move in moves:
        state = after(state, move)
    return state


@pytest.mark.parametrize(
    ("start", "moves", "end"),
    [
        (State.OFFERED, [Move.RING, Move.RING, Move.CONFIRM], State.UP),
        (State.OFFERED, [Move.CONFIRM, Move.HANG_UP, Move.END], State.GONE),
        (State.OFFERED, [Move.END], State.GONE),
        (State.DIALLING, [Move.PROGRESS, Move.PROGRESS, Move.CONFIRM], State.UP),
        (State.DIALLING, [Move.CONFIRM], State.UP),
        (State.DIALLING, [Move.HANG_UP, Move.PROGRESS, Move.CONFIRM, Move.END], State.GONE),
        (State.RINGING, [Move.HANG_UP, Move.RING, Move.HANG_UP, Move.END, Move.HANG_UP, Move.END], State.GONE),
    ],
)
def test_a_call_goes_its_way(start: State, moves: list[Move], end: State) -> None:
    assert walk(start, *moves) is end


@pytest.mark.parametrize("state", State)
def test_every_call_can_be_hung_up_and_can_end(state: State) -> None:
    assert after(state, Move.HANG_UP) in (State.CLOSING, State.GONE)
    assert after(state, Move.END) is State.GONE


@pytest.mark.parametrize("state", State)
@pytest.mark.parametrize("move", Move)
def test_a_pair_that_means_nothing_is_named(state: State, move: Move) -> None:
    if (state, move) in TABLE:
        assert after(state, move) in State
    elif state is State.GONE:
        with pytest.raises(CallGone) as gone:
            after(state, move)
        assert gone.value.status == 481
    else:
        with pytest.raises(WrongState, match=f"{state} cannot {move}") as wrong:
            after(state, move)
        assert wrong.value.status == 491


def test_nothing_leads_out_of_gone() -> None:
    assert {after for (state, _), after in TABLE.items() if state is State.GONE} == {State.GONE}
    assert {after for (state, _), after in TABLE.items() if state is State.CLOSING} == {State.CLOSING, State.GONE}


@pytest.mark.parametrize("state", State)
def test_what_a_deed_needs(state: State) -> None:
    need(state, state)
    others = [other for other in (State.OFFERED, State.UP) if other is not state]
    if state in (State.CLOSING, State.GONE):
        with pytest.raises(CallGone):
            need(state, *others)
    else:
        with pytest.raises(WrongState, match=f"it is {state}"):
            need(state, *others)
