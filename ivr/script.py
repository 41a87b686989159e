"""A flow and the machine that runs it, as one thing to hand to a talk."""

from __future__ import annotations

from dataclasses import dataclass

from ivr import machine
from ivr.actions import Action, Event, State
from ivr.flow import Flow
from voice.recognizers.protocol import Completeness


@dataclass(frozen=True, slots=True)
class FlowScript:
    """See `ivr.talk.Script`. Pure: the same state and event always give the same."""

    flow: Flow

    def begin(self) -> State:
        return machine.begin(self.flow)

    def step(self, state: State, event: Event) -> tuple[State, tuple[Action, ...]]:
        return machine.step(self.flow, state, event)

    def completeness(self, state: State, text: str, score: float, engine: str) -> Completeness:
        return machine.completeness(self.flow, state, text, score, engine)
