"""Matters that broke off: which of them can be gone on with, in whatever version of the flow, and who it is that comes back."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivr.dialogue import ledger
from ivr.dialogue.events import Context
from ivr.dialogue.state import Confidence, Phase, StaleState, State
from ivr.dialogue.turn import Turn, rendered
from ivr.flow.knowledge import private_names
from ivr.flow.parts import Flow, Prompt, Step, StepKind

OFFERS_MAX = 5
HOUR_MS = 3_600_000


def unfinished(flow: Flow, stored: Mapping[str, Any], now_ms: int) -> State | None:
    """The state of a matter as this flow can go on with it; None where there is nothing, or no longer, to go on with."""
    try:
        state = State.from_dict(stored)
    except StaleState:
        return None
    if state.flow != flow.name or (state.done and not state.handed) or not state.step:
        return None
    if state.phase is Phase.OFFERING or (not _begun(flow, state) and state.offers):
        stored_in = (dict(one["state"]) for one in state.offers)
        return next((found for one in stored_in if (found := unfinished(flow, one, now_ms))), None)
    if now_ms and state.now_ms and now_ms - state.now_ms > flow.resume.lifetime_h * HOUR_MS:
        return None
    moved = migrated(flow, state)
    if moved.handed:
        # Who waited for a person waits on, at whatever step this version of the flow has for that.
        there = flow.steps[moved.step].kind is StepKind.HANDOVER
        return moved if there else replace(moved, step=flow.person)
    return moved if _begun(flow, moved) else None


def migrated(flow: Flow, state: State) -> State:
    """The state in this version of the flow. A step that is gone goes on at the one that `was` it, else at the start; slots stay."""
    kept = ledger.fitting(flow, state)
    names = {old: step.id for step in flow.steps.values() for old in step.was}
    step = kept.step if kept.step in flow.steps else names.get(kept.step, flow.start)
    history = tuple(name for one in kept.history if (name := names.get(one, one)) in flow.steps)
    after = kept.after if kept.after in flow.steps else ""
    return replace(kept, flow_version=flow.version, step=step, history=history, after=after)


def _begun(flow: Flow, state: State) -> bool:
    """Whether there is anything that one would have to say again."""
    step = flow.steps.get(state.step)
    inside = step is not None and (step.kind is StepKind.ASK or step.works)
    return inside or bool(state.doubts) or any(name in flow.slots for name in state.slots)


def acquaint(turn: Turn, context: Context) -> None:
    """Take note of who it is. What was known of somebody else is forgotten."""
    turn.state = ledger.without_facts(turn.state, "context")
    sure = context.confidence == Confidence.PROVED
    known = turn.flow.facts
    # What is private does not even come into a talk in which nobody has proved who he is.
    facts = {name: value for name, value in context.facts.items() if name in known and (sure or not known[name].private)}
    turn.state = ledger.with_facts(turn.state, facts, "context")
    ready = []
    for matter in context.matters[:OFFERS_MAX]:
        state = unfinished(turn.flow, matter.state, turn.state.now_ms)
        if state is not None:
            ready.append({"id": matter.id, "state": replace(state, offers=()).to_dict()})
    turn.put(customer=context.customer, confidence=Confidence(context.confidence), offers=tuple(ready))


def speak_his(turn: Turn, context: Context) -> None:
    """Where nobody has chosen a language, and nobody was understood in it, go on in the one that he is known to speak."""
    if turn.state.assumed and context.language in turn.flow.languages:
        turn.put(language=context.language)


def offered(turn: Turn) -> State | None:
    """The matter on offer."""
    return unfinished(turn.flow, turn.state.offers[0]["state"], turn.state.now_ms) if turn.state.offers else None


def about(flow: Flow, state: State, language: str) -> str:
    """What the talk is about, in a few words of this language, for a person who takes it over; "" where the flow does not say."""
    prompt = _about(flow, state)
    return rendered(flow, state, prompt, language) if prompt is not None and language in prompt.texts else ""


def _about(flow: Flow, state: State) -> Prompt | None:
    """What says so at this step, or at the last one before it that says anything."""
    steps = (flow.steps.get(name) for name in (state.step, *reversed(state.history)))
    return next((step.about for step in steps if step is not None and step.about), None)


def name_it(turn: Turn, old: State, prompt: Prompt, step: Step) -> bool:
    """Say this prompt with what the matter is about in it, in the caller's language; False where nothing says so, or nobody may be told."""
    prompt_about = _about(turn.flow, old)
    if prompt_about is None:
        return False
    secret = bool(private_names(turn.flow).intersection(prompt_about.names))
    if secret and turn.state.confidence is not Confidence.PROVED:
        return False
    seen = replace(old, confidence=turn.state.confidence, channel=turn.state.channel, now_ms=turn.state.now_ms)
    text = rendered(turn.flow, seen, prompt_about, turn.state.language)
    turn.say(prompt, step, values={"about": text}, private=secret)
    return True
