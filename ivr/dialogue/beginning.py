"""The beginning of a talk: the greeting, and what is known of who it is, in time or late.

Started(context) --> greeting --> the first question, or the one whether to go on (ivr/dialogue/offering.py)
ContextCame      --> the same, where nothing was answered yet
"""

from __future__ import annotations

from ivr.dialogue.events import ContextCame, Started
from ivr.dialogue.matters import acquaint, speak_his, unfinished
from ivr.dialogue.offering import offer
from ivr.dialogue.resuming import take_up_at_once
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.dialogue.walk import go
from ivr.flow.parts import StepKind
from ivr.languages import primary


def started(turn: Turn, event: Started) -> None:
    """Greet; then the first question, or the one whether to go on where the last talk stopped."""
    code = primary(event.language)
    turn.put(
        language=code if code in turn.flow.languages else turn.flow.languages[0],
        assumed=event.assumed,
        channel=event.channel,
        started_ms=turn.state.now_ms,
    )
    if event.context is not None:
        acquaint(turn, event.context)
        speak_his(turn, event.context)
    mode = event.resume or turn.flow.resume.mode
    if not turn.state.offers or mode == "restart":
        _remember(turn)
        go(turn, turn.flow.start)
        return
    _greet(turn)
    if mode == "continue":
        take_up_at_once(turn, turn.flow.resume.named)
    else:
        offer(turn)


def _remember(turn: Turn) -> None:
    """A flow that always begins anew may ask what was told before; that is counted."""
    known = [unfinished(turn.flow, one["state"], turn.state.now_ms) for one in turn.state.offers]
    names = dict.fromkeys(name for state in known if state for name in state.slots if name in turn.flow.slots)
    turn.put(remembered=tuple(names), offers=())


def _greet(turn: Turn) -> None:
    """Say what comes before the first question; that question's step is where one is meanwhile."""
    here = turn.flow.steps[turn.flow.start]
    passed = {here.id}
    while here.kind is StepKind.SAY and here.next not in passed:
        if here.text:
            turn.tell(here.text, here)
        here = turn.flow.steps[here.next]
        passed.add(here.id)
    turn.put(step=here.id)


def context_came(turn: Turn, event: ContextCame) -> None:
    """Late: offered where nothing was answered yet; otherwise only noted."""
    acquaint(turn, event.context)
    fresh = turn.state.phase is Phase.ASKING and not turn.state.ledger and not turn.state.errors and not turn.state.doubts
    if turn.state.offers and turn.flow.resume.mode == "restart":
        _remember(turn)
    elif turn.state.offers and fresh:
        turn.put(said=())
        speak_his(turn, event.context)
        if turn.flow.resume.mode == "ask":
            offer(turn)
        else:
            take_up_at_once(turn, turn.flow.resume.named)
    elif turn.state.phase not in (Phase.NEW, Phase.OFFERING):
        turn.put(offers=())


def context_before(turn: Turn, event: ContextCame) -> None:
    """Before the channel is open."""
    acquaint(turn, event.context)
