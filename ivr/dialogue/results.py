"""What comes back from work: look-ups, proofs, messages, recordings; and what the caller does while it is under way."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.dialogue import ledger
from ivr.dialogue.answers import means
from ivr.dialogue.events import Delivered, Failed, Heard, Key, Looked, NoInput, Recorded, Verified
from ivr.dialogue.matters import acquaint, speak_his
from ivr.dialogue.resuming import take_up_at_once
from ivr.dialogue.state import Answer, Confidence
from ivr.dialogue.turn import Turn
from ivr.dialogue.walk import go
from ivr.flow.parts import StepKind
from ivr.understand import Verdict

FAILURE = "failure"  # the fact that says why work came to nothing


def _mine(turn: Turn, request: str) -> bool:
    """Whether this answers what is under way; late and foreign answers do nothing."""
    return bool(request) and request == turn.state.request


def looked(turn: Turn, event: Looked) -> None:
    """The connector's answer: results into slots and facts, and on."""
    if not _mine(turn, event.request):
        return
    here = turn.here
    if event.error:
        _failed(turn, event.error)
    elif event.result is None:
        turn.state = ledger.with_facts(turn.state, {FAILURE: "missing"}, "lookup")
        _further(turn, here.missing or here.fallback)
    else:
        facts = {name: _dug(event.result, path) for name, path in here.results.items()}
        turn.state = ledger.with_facts(turn.state, {name: facts[name] for name in facts if name in turn.flow.facts}, "lookup")
        for name in facts.keys() & turn.flow.slots.keys():
            if facts[name] is not None and name not in turn.state.slots:
                answer = Answer(here.id, name, facts[name], "lookup", 1.0, kind=turn.flow.slots[name].kind)
                turn.state = ledger.entered(turn.state, answer)
        turn.state = ledger.with_facts(turn.state, {FAILURE: ""}, "lookup")
        _further(turn, here.next)


def _dug(result: Mapping[str, Any], path: str) -> Any:
    """ "parcel.day" in nested mappings; None where it leads nowhere, or to something that JSON would not keep."""
    found: Any = result
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found if isinstance(found, str | int | float | bool | dict | list) else None


def verified(turn: Turn, event: Verified) -> None:
    """It is proved who it is, as far as the event says; a matter that comes with the proof is taken up at once, also where the proof is
    good for the matter and not for the person."""
    if not _mine(turn, event.request):
        return
    here, after = turn.here, turn.state.after
    if event.context is not None:
        acquaint(turn, event.context)
        speak_his(turn, event.context)
    turn.put(confidence=Confidence(event.confidence), after="", request="")
    if event.context is not None and event.context.matters and take_up_at_once(turn, turn.flow.resume.proved):
        return
    if turn.state.confidence is not Confidence.PROVED:
        turn.put(offers=())
        _failed(turn, "weak")
        return
    turn.put(offers=())
    go(turn, after or here.next)


def delivered(turn: Turn, event: Delivered) -> None:
    """The message is on its way, the call is noted."""
    if _mine(turn, event.request):
        _further(turn, turn.here.next)


def recorded(turn: Turn, event: Recorded) -> None:
    """The message is kept."""
    if not _mine(turn, event.request):
        return
    here = turn.here
    said = event.text or event.recording or "-"
    answer = Answer(here.id, here.slot, said, "speech", 1.0, kind="text", recording=event.recording)
    turn.state = ledger.entered(turn.state, answer)
    _further(turn, here.next)


def failed(turn: Turn, event: Failed) -> None:
    """Whatever was under way came to nothing."""
    if _mine(turn, event.request):
        _failed(turn, event.why or "failed")


def _failed(turn: Turn, why: str) -> None:
    turn.state = ledger.with_facts(turn.state, {FAILURE: why}, "lookup")
    turn.put(after="" if turn.here.kind is StepKind.VERIFY else turn.state.after)
    _further(turn, turn.here.fallback)


def _further(turn: Turn, name: str) -> None:
    turn.put(request="")
    go(turn, name)


# The caller, meanwhile


def heard(turn: Turn, event: Heard) -> None:
    """Only the way to another step is open while something is worked on: "operator", "goodbye"."""
    meant = means(turn, event.text, event.score, event.engine)
    command = next((one for one in turn.flow.commands if one.id == meant.choice and one.goto), None)
    if command is not None and meant.kind is Verdict.MATCH:
        turn.put(request="")
        go(turn, command.goto)


def keyed(turn: Turn, event: Key) -> None:
    """The keys of those commands."""
    command = next((one for one in turn.flow.commands if one.key == event.digit and one.goto), None)
    if command is not None:
        turn.put(request="")
        go(turn, command.goto)


def overdue(turn: Turn, event: NoInput) -> None:
    """Whoever drives the dialogue has waited long enough."""
    _failed(turn, "deadline")
