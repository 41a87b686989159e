"""The states of a call and what moves it from one to the next. One table; an unknown pair is an error that names both."""

from __future__ import annotations

from enum import StrEnum

from voice.errors import CallGone, WrongState


class State(StrEnum):
    """Where a call is (dialog states of RFC 4235 section 3.7.1, as one caller's phone would name them)."""

    OFFERED = "offered"  # an INVITE came in; nothing answered yet
    RINGING = "ringing"  # we answered 180 or 183
    DIALLING = "dialling"  # we sent an INVITE
    ALERTING = "alerting"  # the other side answered 180 or 183
    UP = "up"  # 200 and ACK: both sides talk
    CLOSING = "closing"  # we hung up; the library is tearing down
    GONE = "gone"  # ended for good


class Move(StrEnum):
    """What can happen to a call's state."""

    RING = "ring"
    PROGRESS = "progress"
    CONFIRM = "confirm"
    HANG_UP = "hang up"
    END = "end"


TABLE: dict[tuple[State, Move], State] = {
    (State.OFFERED, Move.RING): State.RINGING,
    (State.OFFERED, Move.CONFIRM): State.UP,
    (State.RINGING, Move.RING): State.RINGING,
    (State.RINGING, Move.CONFIRM): State.UP,
    (State.DIALLING, Move.PROGRESS): State.ALERTING,
    (State.DIALLING, Move.CONFIRM): State.UP,
    (State.ALERTING, Move.PROGRESS): State.ALERTING,
    (State.ALERTING, Move.CONFIRM): State.UP,
    (State.UP, Move.CONFIRM): State.UP,
    # A hang-up that crosses an answer or another hang-up is no error: the call is closing already.
    (State.CLOSING, Move.RING): State.CLOSING,
    (State.CLOSING, Move.PROGRESS): State.CLOSING,
    (State.CLOSING, Move.CONFIRM): State.CLOSING,
    (State.CLOSING, Move.HANG_UP): State.CLOSING,
    (State.GONE, Move.HANG_UP): State.GONE,
    (State.GONE, Move.END): State.GONE,
}
TABLE |= {(state, Move.HANG_UP): State.CLOSING for state in State if state not in (State.CLOSING, State.GONE)}
TABLE |= {(state, Move.END): State.GONE for state in State}


def after(state: State, move: Move) -> State:
    """The next state. Raises CallGone for a call that has ended, WrongState for a pair that the table does not have."""
    try:
        return TABLE[state, move]
    except KeyError:
        if state is State.GONE:
            raise CallGone() from None
        raise WrongState(f"a call that is {state} cannot {move}") from None


def need(state: State, *allowed: State) -> None:
    """Raise CallGone or WrongState unless the call is in one of these states."""
    if state in allowed:
        return
    if state in (State.CLOSING, State.GONE):
        raise CallGone()
    raise WrongState(f"this needs a call that is {' or '.join(allowed)}; it is {state}")
