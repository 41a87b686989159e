"""Commands that are understood everywhere and go nowhere: repeat, slower, other language, back, start over."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from ivr.dialogue import ledger
from ivr.dialogue.asking import listen
from ivr.dialogue.filling import ask_doubt
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.dialogue.walk import go
from ivr.flow.parts import Choice, slot_of


def do(turn: Turn, command: Choice) -> None:
    """Do a command; one that the house does not know repeats."""
    _COMMANDS.get(command.id, repeat)(turn)


def repeat(turn: Turn) -> None:
    """Say the last question again, and what was told before it; while something is doubted, the doubt."""
    confirming = turn.state.confirming
    choice = turn.flow.choices(turn.here).get(confirming) if confirming and not turn.state.doubts else None
    if choice is not None and choice.confirm is not None and turn.may_say(choice.confirm):
        turn.count(choice.confirm)
        turn.say(choice.confirm, turn.here)
        listen(turn, confirming=confirming)
        return
    again(turn)


def again(turn: Turn) -> None:
    """What was said last, in the present language and at the present pace."""
    doubts = turn.state.doubts
    if doubts:
        ask_doubt(turn)
        return
    turn.put(errors=0, confirming="", denied=(), keyed="", part="")
    for name in turn.state.said:
        if (prompt := turn.flow.prompt(name)) is not None:
            turn.say(prompt, turn.here)
    listen(turn, phase=Phase.ASKING)


def slower(turn: Turn) -> None:
    """Speak slowly from now on."""
    turn.put(slow=True)
    again(turn)


def other_language(turn: Turn) -> None:
    """The next language of the flow, from now on."""
    at = turn.flow.languages.index(turn.state.language)
    turn.put(language=turn.flow.languages[(at + 1) % len(turn.flow.languages)], assumed=False)
    again(turn)


def back(turn: Turn) -> None:
    """The question before this one, to be answered anew."""
    history = [name for name in turn.state.history if name in turn.flow.steps and name != turn.state.step]
    if not history:
        again(turn)
        return
    name = history[-1]
    step = turn.flow.steps[name]
    slot = slot_of(turn.flow, step)
    turn.put(history=tuple(history[:-1]), retelling=True)
    if slot is not None:
        turn.state = ledger.forgotten(
            turn.state, [slot.id, *(one.id for one in turn.flow.slots.values() if slot.id in one.depends)], "back"
        )
    go(turn, name)


def start_over(turn: Turn) -> None:
    """From the beginning, with nothing kept but who it is; the greeting is not said again."""
    turn.state = ledger.without_facts(ledger.forgotten(turn.state, list(turn.state.slots), "start over"), "lookup", "set")
    turn.put(history=(), asked=(), offers=(), matter="", retelling=True, doubts=(), after="")
    go(turn, turn.flow.start)


_COMMANDS: Mapping[str, Callable[[Turn], None]] = {
    "repeat": repeat,
    "slower": slower,
    "language": other_language,
    "back": back,
    "start_over": start_over,
}
