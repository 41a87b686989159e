"""The states of an assignment, and every way from one to another. A pair that is not in the table raises WrongMove.

offered -> shown -> ringing -> connected <-> held -> wrap_up -> done        refused: before it is connected
"""

from __future__ import annotations

from enum import StrEnum

from routing.floor.errors import WrongMove


class State(StrEnum):
    OFFERED = "offered"  # claimed; the operator's page may not have painted it yet
    SHOWN = "shown"
    RINGING = "ringing"
    CONNECTED = "connected"
    HELD = "held"
    WRAP_UP = "wrap_up"
    DONE = "done"
    REFUSED = "refused"


class Move(StrEnum):
    """Named by where it leads, but for `unheld`."""

    SHOWN = "shown"
    RINGING = "ringing"
    CONNECTED = "connected"
    HELD = "held"
    UNHELD = "unheld"
    WRAP_UP = "wrap_up"
    DONE = "done"
    REFUSED = "refused"


# Chats and mails do not ring: they are connected when the operator takes them, on the page that shows them.
TABLE: dict[tuple[State, Move], State] = {
    (State.OFFERED, Move.SHOWN): State.SHOWN,
    (State.OFFERED, Move.REFUSED): State.REFUSED,
    (State.SHOWN, Move.RINGING): State.RINGING,
    (State.SHOWN, Move.CONNECTED): State.CONNECTED,
    (State.SHOWN, Move.REFUSED): State.REFUSED,
    (State.RINGING, Move.CONNECTED): State.CONNECTED,
    (State.RINGING, Move.REFUSED): State.REFUSED,
    (State.CONNECTED, Move.HELD): State.HELD,
    (State.CONNECTED, Move.WRAP_UP): State.WRAP_UP,
    (State.CONNECTED, Move.DONE): State.DONE,
    (State.HELD, Move.UNHELD): State.CONNECTED,
    (State.HELD, Move.WRAP_UP): State.WRAP_UP,
    (State.HELD, Move.DONE): State.DONE,
    (State.WRAP_UP, Move.DONE): State.DONE,
}
LIVE = frozenset({state for state, _ in TABLE})
TALKING = frozenset({State.CONNECTED, State.HELD})


def step(state: State, move: Move) -> State:
    """Where a move leads. Raises WrongMove."""
    try:
        return TABLE[state, move]
    except KeyError:
        raise WrongMove(state, move) from None


def froms(move: Move) -> tuple[State, ...]:
    """The states in which a move is possible; for the script that makes it, which knows no table."""
    return tuple(state for state, possible in TABLE if possible is move)


def target(move: Move) -> State:
    """Where a move leads: the same from wherever it is possible."""
    return next(to for (_, possible), to in TABLE.items() if possible is move)
