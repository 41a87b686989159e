"""Doubts about a value: "is that right?", and what comes as an answer to it."""

from __future__ import annotations

from ivr.dialogue.asking import error, unclear
from ivr.dialogue.choices import take
from ivr.dialogue.events import Heard
from ivr.dialogue.filling import ask_doubt, enter, go_on, how_of, take_values
from ivr.dialogue.finding import WHOLE_ONLY, Found, Said, Value, find, one
from ivr.dialogue.turn import Turn
from ivr.understand import YES, Understanding, Verdict, normal
from ivr.understand.yes_no import yes_no
from ivr.values import Verdict as Found_


def doubted(turn: Turn, event: Heard, meant: Understanding) -> None:
    """The answer to "is that right?": yes (and more), no (and what is right), the value again, another, or a command."""
    state = turn.state
    slot, doubt = turn.flow.slots[state.doubts[0].slot], state.doubts[0]
    command = next((one for one in turn.flow.commands if one.id == meant.choice), None)
    if command and meant.kind is Verdict.MATCH:
        take(turn, command, how_of(event), meant.score)
        return
    said = Said.of(event.text, event.score, event.engine, state.language)
    answer = yes_no(normal(event.text, state.language), state.language) if said.belief else None
    finding = one(turn.flow, state, slot, event.text, said) if slot.kind not in (*WHOLE_ONLY, "yes_no") else None
    value = finding.value if finding and finding.verdict in (Found_.MATCH, Found_.CONFIRM) else None
    if value == doubt.value or (answer and answer.yes and value is None):
        agreed(turn, how_of(event), answer.rest if answer else "")
    elif value is not None and str(value) not in state.denied:
        turn.put(denied=(*state.denied, str(doubt.value)), doubts=state.doubts[1:])
        take_values(turn, find(turn.flow, turn.state, turn.here, said, asked=slot), event)
    elif answer and not answer.yes:
        refused(turn)
    else:
        _meanwhile(turn, event, said)


def _meanwhile(turn: Turn, event: Heard, said: Said) -> None:
    """No answer to the doubt, but perhaps one to what comes next: kept, and the doubt asked again."""
    doubts = turn.state.doubts
    further = [name for name in turn.here.takes if name not in {doubt.slot for doubt in doubts}]
    found = (
        find(turn.flow, turn.state, turn.here, said, asked=turn.flow.slots[further[0]], takes=further[1:]) if further else Found()
    )
    sure = tuple(value for value in found.values if value.slot in further and value.sure)
    if not sure:
        unclear(turn, event)
        return
    enter(turn, sure, event)
    ask_doubt(turn)


def agreed(turn: Turn, how: str, rest: str = "") -> None:
    """The doubted value is right. `rest`: what was said besides the yes."""
    doubt, *others = turn.state.doubts
    slot = turn.flow.slots[doubt.slot]
    corrects = (slot.id,) if slot.id in turn.state.slots else ()
    turn.put(doubts=tuple(others), confirming="", retelling=bool(corrects))
    sure = Value(slot.id, doubt.value, max(doubt.score, 0.9), True)
    enter(turn, (sure,), None, doubt.how)
    if rest:
        more = find(turn.flow, turn.state, turn.here, Said(rest, 1.0, turn.state.language))
        enter(turn, more.values, None, how)
        corrects = (*corrects, *more.corrects)
    if turn.state.doubts:
        ask_doubt(turn)
    else:
        go_on(turn, turn.state.step, Found((sure,), corrects=corrects))


def refused(turn: Turn) -> None:
    """The doubted value is wrong: it is not offered again, and the question comes anew."""
    doubt = turn.state.doubts[0]
    turn.put(denied=(*turn.state.denied, str(doubt.value), doubt.slot), doubts=())
    error(turn, "no_match")


def answered(turn: Turn, answer: str) -> None:
    if turn.state.doubts:
        agreed(turn, "key") if answer == YES else refused(turn)
    elif answer == YES:
        take(turn, turn.flow.choices(turn.here)[turn.state.confirming], "key", 1.0)
    else:
        turn.put(denied=(*turn.state.denied, turn.state.confirming))
        error(turn, "no_match")
