"""The ledger of answers: entered, forgotten, corrected, carried into another version of the flow. Nothing is ever erased."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace
from typing import Any

from ivr.dialogue.state import Answer, Fact, State
from ivr.flow.graph import void
from ivr.flow.parts import CHOICE, Flow

BY_CUSTOMER = ("correction", "back", "start over")  # why a slot was forgotten


def entered(state: State, *answers: Answer) -> State:
    """With these answers in it, stamped with the time and the channel."""
    stamped = (replace(answer, when_ms=state.now_ms, channel=state.channel) for answer in answers)
    return replace(state, ledger=(*state.ledger, *stamped))


def forgotten(state: State, slots: Iterable[str], why: str, step: str = "") -> State:
    """Without these slots, as far as they were known."""
    known = state.slots
    gone = [Answer(step or state.step, slot, None, why, 1.0) for slot in dict.fromkeys(slots) if slot in known]
    return entered(state, *gone)


def corrected(flow: Flow, state: State, answer: Answer) -> State:
    """With another value for a slot that was known; what depends on it is asked anew, what was looked up by it is looked up anew."""
    if state.slots.get(answer.slot) == answer.value:
        return state
    gone = void(flow, answer.slot)
    facts = tuple(fact for fact in state.facts if fact.name not in gone or fact.origin == "context")
    return entered(forgotten(replace(state, facts=facts), sorted(gone & flow.slots.keys()), "correction"), answer)


def with_facts(state: State, facts: Mapping[str, Any], origin: str) -> State:
    """With these facts; of each name the last one stays."""
    kept = [fact for fact in state.facts if fact.name not in facts]
    new = [Fact(name, value, origin, state.now_ms) for name, value in facts.items()]
    return replace(state, facts=(*kept, *new))


def without_facts(state: State, *origins: str) -> State:
    """Without the facts of these origins."""
    return replace(state, facts=tuple(fact for fact in state.facts if fact.origin not in origins))


def fitting(flow: Flow, state: State) -> State:
    """Only what still has a meaning in this flow: slots of the same kind (under their new names), facts that it declares."""
    renamed = {old: slot.id for slot in flow.slots.values() for old in slot.was}
    menus = {step.slot or step.id for step in flow.steps.values() if step.choices}
    kept = []
    for answer in state.ledger:
        name = renamed.get(answer.slot, answer.slot)
        if _means(flow, name, answer) or (name in menus and name not in flow.slots):
            kept.append(replace(answer, slot=name))
    facts = tuple(fact for fact in state.facts if fact.name in flow.facts or fact.name == "failure")
    doubts = tuple(answer for answer in state.doubts if _means(flow, answer.slot, answer))
    return replace(state, ledger=tuple(kept), facts=facts, doubts=doubts)


def _means(flow: Flow, name: str, answer: Answer) -> bool:
    slot = flow.slots.get(name)
    if slot is None:
        return False
    if answer.value is None:
        return True
    if slot.kind == CHOICE:
        return answer.value in {choice.id for choice in slot.choices}
    return answer.kind == slot.kind
