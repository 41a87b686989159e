"""What the floor raises beside MemoryAway and Unfit (ivr.memory.errors). Texts never hold a name, a number or words of a talk.

HotlineError
+-- Unfit         what was asked does not fit the floor: an unknown operator, a record that is none
|   +-- WrongMove an assignment cannot do this in its state; carries both
+-- Missed        events were trimmed before they were read: load everything anew
"""

from __future__ import annotations

from ivr.memory.errors import Unfit
from voice.errors import HotlineError


class WrongMove(Unfit):
    """`move` is not possible in `state`."""

    def __init__(self, state: str, move: str) -> None:
        super().__init__(f"an assignment that is {state} cannot become {move}")
        self.state, self.move = state, move


class Missed(HotlineError):
    """What was asked for is older than what the stream still has."""
