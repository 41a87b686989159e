"""The dialogue itself: `step(flow, state, event) -> (state, actions)`, pure; time comes in events, nothing is kept outside State.

    NEW --Started--> ASKING <-- yes, no --> CONFIRMING      (did you mean ...? is that right?)
     |                 ^ |                      |
     '--> OFFERING ----' '--> WORKING ----------'           (shall we go on? / a look-up, a proof, a message under way)
                              goodbye, operator, hung up --> ENDED

The table at the end says what every event does in every phase. Errors escalate: the prompts of `no_input` or `no_match` one
after another, then the keys, then a person. No error prompt is said more than ERROR_TIMES_MAX times in a talk.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import Any

from ivr.dialogue import answers, beginning, commands, keys, offering, results
from ivr.dialogue import completeness as answered
from ivr.dialogue.acts import Say
from ivr.dialogue.asking import SAID, explanation, listen, misunderstood
from ivr.dialogue.events import (
    Context,
    ContextCame,
    Delivered,
    Event,
    Failed,
    Heard,
    HearingLost,
    HungUp,
    Key,
    Looked,
    Matter,
    NoInput,
    Picked,
    PromptsDone,
    Recorded,
    Started,
    Verified,
)
from ivr.dialogue.matters import about, acquaint, unfinished
from ivr.dialogue.state import Phase, StaleState, State
from ivr.dialogue.turn import ERROR_TIMES_MAX, Result, Turn
from ivr.dialogue.walk import end, give_up
from ivr.flow.parts import Flow, slot_of
from voice.errors import HotlineError
from voice.recognizers.protocol import Completeness

__all__ = [
    "ERROR_TIMES_MAX",
    "Phase",
    "StaleState",
    "State",
    "UnknownPair",
    "about",
    "begin",
    "completeness",
    "outcome",
    "prompts",
    "resume",
    "step",
    "unfinished",
]

TOPIC = "topic"  # the slot that `outcome` reports


class UnknownPair(HotlineError):
    """No such event in this phase: a fault of the program, with both names in the text."""


def begin(flow: Flow) -> State:
    """The state before the talk; the first event is Started (a ContextCame may come before it)."""
    return State(flow=flow.name, flow_version=flow.version)


def step(flow: Flow, state: State, event: Event) -> Result:
    """What one event does. No actions means: go on as you were. Raises StaleState where the state is of another flow."""
    if (state.flow, state.flow_version) != (flow.name, flow.version) or (state.step and state.step not in flow.steps):
        raise StaleState(
            f"a state of flow {state.flow} {state.flow_version} at step {state.step!r} met flow {flow.name} {flow.version}"
        )
    handler = TABLE[state.phase].get(type(event))
    if handler is None:
        raise UnknownPair(f"no way to take {type(event).__name__} while {state.phase}")
    turn = Turn(flow, replace(state, now_ms=max(state.now_ms, event.now_ms)))
    handler(turn, event)
    while turn.lost:
        reason, turn.lost = turn.lost, ""
        give_up(turn, reason)
    return turn.result()


def resume(
    flow: Flow,
    old: State | Mapping[str, Any],
    channel: str,
    language: str,
    now_ms: int,
    *,
    matter: str = "",
    confidence: str = "hint",
) -> Result:
    """Begin a talk in `channel` that may go on with `old` (of any version of the flow): the greeting, and what the flow says.

    The same as `step(flow, begin(flow), Started(...))` with a context of this one matter. Never raises for what is in `old`.
    """
    stored = old.to_dict() if isinstance(old, State) else old
    context = Context(confidence=confidence, matters=(Matter(matter, stored),))
    return step(flow, begin(flow), Started(language, channel, context, now_ms=now_ms))


def completeness(flow: Flow, state: State, text: str, score: float = 1.0, engine: str = "typed") -> Completeness:
    """How much of an answer these words are, heard so far: a turn ends sooner or later by it. Changes nothing."""
    return answered.completeness(Turn(flow, state), text, score, engine)


def prompts(flow: Flow, languages: Iterable[str] = ()) -> tuple[Say, ...]:
    """Every text of the flow that is always the same, in these languages (all of the flow's by default), to render beforehand.

    What is said first comes first. Texts with values in them are rendered when they are said.
    """
    codes = tuple(languages) or flow.languages
    spoken = (prompt for prompt in flow.prompts() if not prompt.id.endswith((".label", ".about", ".message")))
    first = (*filter(None, [flow.steps[flow.start].text]), *spoken)
    every = [Say(one.texts[code], code, one.id) for one in first if not one.names for code in codes if code in one.texts]
    refusals = [
        Say(text, code, name) for why in sorted(SAID) for code in codes for name, text in [explanation(why, code)] if text
    ]
    return tuple(dict.fromkeys([*every, *(refusals if flow.slots else ())]))


def private_step(flow: Flow, state: State) -> bool:
    """Whether what is keyed now is nobody's to read: a private slot's value, or a proof of who it is."""
    step = flow.steps.get(state.step)
    slot = slot_of(flow, step) if step is not None else None
    return step is not None and (bool(slot and slot.private) or step.id == flow.verify)


def outcome(state: State) -> str:
    """One line for a summary: what was understood, and how it ended."""
    topics = list(dict.fromkeys(str(answer.value) for answer in state.ledger if answer.slot == TOPIC and answer.value))
    understood = (
        f"understood {'topic' if len(topics) == 1 else 'topics'} {', '.join(topics)}" if topics else "no topic understood"
    )
    return f"{understood}; {state.ending or 'not ended'}"


# Events that are the same in every phase of talking


def _silent(turn: Turn, event: NoInput) -> None:
    """Silence ends a row of keys, and the time that was asked for; otherwise nobody has answered."""
    if turn.state.keyed:
        keys.complete(turn)
    elif turn.state.patient:
        commands.repeat(turn)
    else:
        misunderstood(turn, "no_input")


def _played(turn: Turn, event: PromptsDone) -> None:
    turn.put(speaking=False)


def _deaf(turn: Turn, event: HearingLost) -> None:
    """Say that it goes on by keys, and which; once, until hearing comes back and is lost again."""
    lost = turn.flow.hearing_lost
    if not turn.state.hearing:
        return
    turn.put(hearing=False)
    if not turn.may_say(lost):
        turn.give_up("no_match")
        return
    here = turn.here
    turn.say(lost, here)
    if here.keys:
        turn.say(here.keys, here)
    turn.count(lost)
    offering = turn.state.phase is Phase.OFFERING
    doubts = turn.state.doubts and turn.state.phase is Phase.CONFIRMING
    listen(turn, phase=Phase.OFFERING if offering else None, confirming=turn.state.confirming if doubts else "")


def _deaf_before(turn: Turn, event: HearingLost) -> None:
    turn.put(hearing=False)


def _context_noted(turn: Turn, event: ContextCame) -> None:
    acquaint(turn, event.context)
    turn.put(offers=())


def _gone(turn: Turn, event: HungUp) -> None:
    end(turn, f"hung up at {turn.state.step or 'the start'}")


def _nothing(turn: Turn, event: Event) -> None:
    """No meaning in this phase: late answers, sounds after the end."""


_Handler = Callable[[Turn, Any], None]
_QUIET: Mapping[type, _Handler] = {
    event: _nothing
    for event in (
        Started, ContextCame, Heard, Key, Picked, NoInput, PromptsDone, HearingLost, Looked, Verified, Recorded, Delivered, Failed,
        HungUp,
    )
}  # fmt: skip
_TALKING: Mapping[type, _Handler] = {
    **_QUIET, ContextCame: beginning.context_came, Heard: answers.heard, Key: keys.keyed, Picked: keys.picked, NoInput: _silent,
    PromptsDone: _played, HearingLost: _deaf, HungUp: _gone,
}  # fmt: skip
TABLE: Mapping[Phase, Mapping[type, _Handler]] = {
    Phase.NEW: {**_QUIET, Started: beginning.started, ContextCame: beginning.context_before, HearingLost: _deaf_before, HungUp: _gone},
    Phase.ASKING: _TALKING,
    Phase.CONFIRMING: _TALKING,
    Phase.OFFERING: {
        **_TALKING, Heard: offering.heard, Key: offering.keyed, Picked: offering.picked, NoInput: offering.silent,
    },
    Phase.WORKING: {
        **_QUIET, ContextCame: _context_noted, Heard: results.heard, Key: results.keyed, NoInput: results.overdue,
        PromptsDone: _played, HearingLost: _deaf_before, Looked: results.looked, Verified: results.verified,
        Recorded: results.recorded, Delivered: results.delivered, Failed: results.failed, HungUp: _gone,
    },
    Phase.ENDED: _QUIET,
}  # fmt: skip
