"""What takes a call over when the dialogue wants a person for it. The phone knows no more of the floor than this."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from ivr.actions import Handover, State
from ivr.channels.recorder import Recorder
from voice.call import Call


@dataclass(frozen=True, slots=True)
class Handed:
    """A call that was handed over: why and to whom (`handover`), where its dialogue stood, and who keeps its sound."""

    call: Call
    handover: Handover
    state: State
    recorder: Recorder | None = None


class Reception(Protocol):
    """Somebody may come, or not. Made for each call."""

    async def receive(self, handed: Handed) -> State:
        """Look after the caller until the call is over; gives the dialogue's state, with what was added to it (a message)."""
