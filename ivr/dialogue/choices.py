"""Choices: a menu, a confirmation, a command; said, doubted, taken."""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue import commands, ledger
from ivr.dialogue.asking import error, listen, misunderstood, unclear
from ivr.dialogue.events import Heard
from ivr.dialogue.filling import enter, how_of, take_values
from ivr.dialogue.finding import Found, Said, Value, find
from ivr.dialogue.state import Answer, Phase
from ivr.dialogue.turn import Turn
from ivr.dialogue.walk import before, go
from ivr.flow.graph import leads_to
from ivr.flow.parts import Choice, StepKind
from ivr.understand import NO, YES, Understanding, Verdict, normal
from ivr.understand.yes_no import yes_no
from ivr.values import Verdict as Found_


def menu(turn: Turn, event: Heard, meant: Understanding) -> None:
    here = turn.here
    said = Said.of(event.text, event.score, event.engine, turn.state.language)
    further = _beside(turn, said, meant)
    if further.corrects:
        take_values(turn, further, event)
        return
    strange = meant.kind is Verdict.NO_MATCH or (meant.kind is Verdict.CONFIRM and meant.choice in turn.state.denied)
    if strange and further.values:
        take_values(turn, further, event)
        return
    if strange:
        unclear(turn, event)
        return
    if turn.state.phase is Phase.CONFIRMING:
        _confirmed(turn, meant, event)
        return
    choice = turn.flow.choices(here)[meant.choice]
    enter(turn, tuple(value for value in further.values if leads_to(turn.flow, choice.goto, value.slot)), event)
    if meant.kind is Verdict.CONFIRM and choice.confirm is not None:
        _doubt_choice(turn, choice, meant, event)
    else:
        take(turn, choice, how_of(event), meant.score)


def _beside(turn: Turn, said: Said, meant: Understanding) -> Found:
    """Slots in the same sentence, where the step takes some; after a "no" to what is known, what is right instead."""
    here, state = turn.here, turn.state
    if not here.takes and not any(name in turn.flow.slots for name in state.slots):
        return Found()
    if meant.kind is Verdict.MATCH and meant.choice not in (YES, NO) and not here.takes:
        return Found()
    found = find(turn.flow, state, here, said)
    if here.kind is StepKind.CONFIRM and meant.choice == NO and not found.values:
        answer = yes_no(normal(said.text, said.code), said.code)
        for name in here.takes if answer and answer.rest else ():
            found = find(turn.flow, state, here, replace(said, text=answer.rest if answer else ""), asked=turn.flow.slots[name])
            if found.corrects:
                return found
    return found


def _doubt_choice(turn: Turn, choice: Choice, meant: Understanding, event: Heard) -> None:
    assert choice.confirm is not None
    if turn.may_say(choice.confirm):
        turn.count(choice.confirm)
        turn.say(choice.confirm, turn.here)
        listen(turn, confirming=choice.id)
    elif any(answer.value == choice.id for answer in turn.state.ledger):
        take(turn, choice, how_of(event), meant.score)  # asked twice already: whoever said yes to it then means it now
    else:
        misunderstood(turn)


def _confirmed(turn: Turn, meant: Understanding, event: Heard) -> None:
    """The answer to "did you mean ...?": yes, no, or the right thing at once."""
    choices, confirming = turn.flow.choices(turn.here), turn.state.confirming
    if meant.choice == NO:
        turn.put(denied=(*turn.state.denied, confirming))
        error(turn, "no_match")
    elif meant.choice in (YES, confirming) and not meant.contrary:
        take(turn, choices[confirming], how_of(event), max(meant.score, 0.75))
    else:
        take(turn, choices[meant.choice], how_of(event), meant.score)


def take(turn: Turn, choice: Choice, how: str, score: float) -> None:
    """Do what was chosen."""
    here = turn.here
    if not choice.goto and choice in turn.flow.values(here):
        take_values(turn, Found((Value(here.slot, choice.id, score, True),), Found_.MATCH), how=how)
        return
    if not choice.goto:
        commands.do(turn, choice)
        return
    owner = next((one for one in (here, *(turn.flow.steps[name] for name in here.also)) if choice in one.choices), None)
    if owner is not None:
        answer = Answer(owner.id, owner.slot or owner.id, choice.id, how, round(score, 3))
        kept = before(turn, set(choice.forget))
        # Whoever unlearns what led here cannot come back to here.
        kept = (*kept, here.id) if kept == turn.state.history else kept
        turn.state = ledger.forgotten(ledger.entered(turn.state, answer), choice.forget, "set", here.id)
        turn.put(history=kept)
    go(turn, choice.goto)
