"""Filling slots: what is sure goes into the ledger, what is not is asked about, and the dialogue goes on from there."""

from __future__ import annotations

from functools import lru_cache

from ivr.dialogue import ledger
from ivr.dialogue.asking import listen, misunderstood
from ivr.dialogue.events import Heard
from ivr.dialogue.finding import Found, Value
from ivr.dialogue.state import Answer
from ivr.dialogue.turn import Turn, named
from ivr.dialogue.walk import go
from ivr.flow.parts import Flow, Slot, Step, StepKind


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
    """Go on from this step: from where the earliest correction changes something, or past what is known now."""
    steps = list(turn.flow.steps.values())
    asked = [step for step in steps if step.kind is StepKind.ASK and step.slot in found.corrects]
    here = turn.flow.steps[name]
    if asked:
        go(turn, asked[0].id)
    elif here.kind is StepKind.CHOOSE:
        go(turn, _way_to(turn, here, found.values[0].slot) or name)
    else:
        go(turn, here.next if here.kind is StepKind.MESSAGE else name)


def _way_to(turn: Turn, here: Step, slot: str) -> str:
    """Where a menu leads to the question that a value answers: what is asked before it must be asked, too."""
    ways = (choice.goto for choice in turn.flow.choices(here).values() if choice.goto)
    asking = turn.flow.asking(slot)
    return next((way for way in ways if leads_to(turn.flow, way, slot)), asking.id if asking else "")


@lru_cache(maxsize=256)
def leads_to(flow: Flow, start: str, slot: str) -> bool:
    """Whether this slot is asked for on the way from `start` to the next menu: a number said beside another topic is none of it."""
    seen: set[str] = set()
    waiting = [start]
    while waiting:
        name = waiting.pop()
        if name in seen or name not in flow.steps:
            continue
        seen.add(name)
        step = flow.steps[name]
        if step.kind is StepKind.ASK and step.slot == slot:
            return True
        waiting += () if step.kind is StepKind.CHOOSE else step.targets()
    return False


def enter(turn: Turn, values: tuple[Value, ...], event: Heard | None, how: str = "") -> None:
    """Write values into the ledger; the step counts as answered."""
    here = turn.here
    for value in values:
        if not value.sure:
            continue
        answer = answer_of(turn, value, how or how_of(event), event.recording if event else "")
        known = value.slot in turn.state.slots
        turn.state = ledger.corrected(turn.flow, turn.state, answer) if known else ledger.entered(turn.state, answer)
        asking = turn.flow.asking(value.slot)
        name = asking.id if asking else here.id
        if name not in turn.state.history:
            turn.put(history=(*turn.state.history, name))


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
