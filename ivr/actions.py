"""The values of a dialogue: events go into `machine.step`, actions come out in the order to do them, State is kept between.

The loop (phone, chat, mail) plays or writes every `Say`, then does what follows: `Listen` waits for the next event (keys and
speech may come while a Say is still playing, where it allows that); `LookUp`, `Verify`, `SendLink`, `CallBack` and `Record` work
and are answered by an event with the same `request`; `Handover` and `Hangup` end the dialogue. No actions at all means "go on
as you were": a paused prompt goes on from the same sample, the listening that is in force stays in force.
"""

from __future__ import annotations

from ivr.dialogue.acts import (
    Action,
    Button,
    CallBack,
    Handover,
    Hangup,
    Listen,
    LookUp,
    Record,
    Say,
    SendLink,
    Verify,
    Working,
)
from ivr.dialogue.events import (
    Context,
    ContextCame,
    Delivered,
    Event,
    Failed,
    Heard,
    HearingLost,
    HungUp,
    Key,
    Looked,
    Matter,
    NoInput,
    Picked,
    PromptsDone,
    Recorded,
    Started,
    Verified,
)
from ivr.dialogue.state import STATE_VERSION, Answer, Confidence, Fact, Phase, StaleState, State

__all__ = [
    "STATE_VERSION", "Action", "Answer", "Button", "CallBack", "Confidence", "Context", "ContextCame", "Delivered", "Event",
    "Fact", "Failed", "Handover", "Hangup", "Heard", "HearingLost", "HungUp", "Key", "Listen", "LookUp", "Looked", "Matter",
    "NoInput", "Phase", "Picked", "PromptsDone", "Record", "Recorded", "Say", "SendLink", "StaleState", "Started", "State",
    "Verified", "Verify", "Working",
]  # fmt: skip
