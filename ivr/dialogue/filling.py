"""Filling slots: what is sure goes into the ledger, what is not is asked about, and the dialogue goes on from there."""

from __future__ import annotations

from ivr.dialogue import ledger
from ivr.dialogue.asking import listen, misunderstood
from ivr.dialogue.events import Heard
from ivr.dialogue.finding import Found, Value
from ivr.dialogue.state import Answer
from ivr.dialogue.turn import Turn, named
from ivr.dialogue.walk import before, go
from ivr.flow.graph import void, way_to
from ivr.flow.parts import Slot, StepKind


def take_values(turn: Turn, found: Found, event: Heard | None = None, how: str = "") -> None:
    """Enter what is sure, ask about what is not, and go on."""
    here = turn.here
    recording = event.recording if event else ""
    enter(turn, tuple(value for value in found.values if value.sure), event, how)
    doubts = [value for value in found.values if not value.sure and value.value is not None]
    turn.put(part="", keyed="", retelling=bool(found.corrects))
    if not found.values or (not doubts and not any(value.sure for value in found.values)):
        misunderstood(turn)
        return
    if doubts:
        pending = tuple(answer_of(turn, value, how or how_of(event), recording) for value in doubts)
        turn.put(doubts=pending)
        ask_doubt(turn)
        return
    go_on(turn, here.id, found)


def go_on(turn: Turn, name: str, found: Found) -> None:
    """Go on from this step: from where the earliest correction changes something, or past what is known now.

    A question that is still to come is not gone to for a correction's sake: what stands before it would be left out.
    """
    steps = list(turn.flow.steps.values())
    asked = [step.id for step in steps if step.kind is StepKind.ASK and step.slot in found.corrects]
    passed = [name for name in asked if name in turn.state.history]
    here = turn.flow.steps[name]
    if passed:
        go(turn, passed[0])
    elif here.kind is StepKind.CHOOSE and found.values[0].slot in here.takes:
        go(turn, way_to(turn.flow, here.id, found.values[0].slot) or name)
    else:
        go(turn, here.next if here.kind is StepKind.MESSAGE else name)


def enter(turn: Turn, values: tuple[Value, ...], event: Heard | None, how: str = "") -> None:
    """Write values into the ledger; the step that asked for one of them counts as answered (another one when it is come to)."""
    here = turn.here
    for value in values:
        if not value.sure:
            continue
        answer = answer_of(turn, value, how or how_of(event), event.recording if event else "")
        known = turn.state.slots.get(value.slot, value.value) != value.value
        if known:
            turn.put(history=before(turn, set(void(turn.flow, value.slot))))
        turn.state = ledger.corrected(turn.flow, turn.state, answer) if known else ledger.entered(turn.state, answer)
        if value.slot == here.slot and here.id not in turn.state.history:
            turn.put(history=(*turn.state.history, here.id))


def answer_of(turn: Turn, value: Value, how: str, recording: str) -> Answer:
    slot = turn.flow.slots[value.slot]
    return Answer(turn.here.id, value.slot, value.value, how, round(value.score, 3), kind=slot.kind, recording=recording)


def how_of(event: Heard | None) -> str:
    return "typed" if event is not None and event.engine == "typed" and not event.during else "speech"


def ask_doubt(turn: Turn) -> None:
    """Ask whether the first doubted value is right."""
    answer = turn.state.doubts[0]
    slot = turn.flow.slots[answer.slot]
    assert slot.question is not None
    turn.say(slot.question, turn.here, values={"value": _shown(turn, slot, answer.value)})
    turn.put(said=tuple(say.prompt_id for say in turn.says))
    listen(turn, confirming=slot.id)


def _shown(turn: Turn, slot: Slot, value: object) -> object:
    choice = next((one for one in slot.choices if one.id == value), None)
    return named(choice, turn.state.language) if choice else value
