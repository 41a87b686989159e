"""Questions about a flow as a graph: whether a way leads to the question of a slot, and what a correction makes void."""

from __future__ import annotations

from functools import lru_cache

from ivr.flow.parts import Flow, StepKind


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


def way_to(flow: Flow, menu: str, slot: str) -> str:
    """Where a menu leads to the question that a value answers: what is asked before it must be asked, too. "" for nowhere."""
    ways = (choice.goto for choice in flow.choices(flow.steps[menu]).values() if choice.goto)
    asking = flow.asking(slot)
    return next((way for way in ways if leads_to(flow, way, slot)), asking.id if asking else "")


@lru_cache(maxsize=256)
def void(flow: Flow, slot: str) -> frozenset[str]:
    """Slots and facts that mean nothing any more when this slot gets another value: what depends on it, what was looked up by it."""
    gone = {slot}
    while True:
        more = {one.id for one in flow.slots.values() if gone & set(one.depends)}
        for step in flow.steps.values():
            if step.kind is StepKind.LOOK_UP and any(gone & set(one.names) for one in step.arguments.values()):
                more |= step.results.keys() & flow.facts.keys()
            if step.kind is StepKind.SET:
                more |= {name for name, one in step.values.items() if name in flow.facts and gone & set(one.names)}
        if more <= gone:
            return frozenset(gone - {slot})
        gone |= more
