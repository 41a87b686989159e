"""Walking through the steps of a flow: say and decide on the way, until something is asked, worked on, or the dialogue ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from ivr.dialogue import ledger, moment
from ivr.dialogue.acts import CallBack, Handover, Hangup, LookUp, Record, SendLink, Verify
from ivr.dialogue.asking import ask, listen
from ivr.dialogue.state import HANDED, Answer, Confidence, Phase
from ivr.dialogue.turn import Turn, rendered
from ivr.flow.expression import evaluate, true
from ivr.flow.parts import Step, StepKind, slot_of

STEPS_MAX = 200  # on one way, without anybody being asked; more is a loop of conditions
REQUESTS_MAX = 60  # look-ups and messages in one talk; more is a loop of them


def go(turn: Turn, name: str, reason: str = "") -> None:
    """Go to a step, and on from there as far as it goes by itself."""
    _mention_deafness(turn)
    for _ in range(STEPS_MAX):
        here = turn.flow.steps[name]
        if here.verified and turn.state.confidence is not Confidence.PROVED and turn.flow.verify:
            turn.put(after=here.id)
            here = turn.flow.steps[turn.flow.verify]
        further = _WALKS[here.kind](turn, here, reason)
        if not further:
            return
        name = further
    _last(turn, turn.flow.steps[turn.flow.person], "loop")


def give_up(turn: Turn, reason: str) -> None:
    """To the person, or whatever the step has instead."""
    here = turn.flow.steps.get(turn.state.step)
    instead = here.otherwise if here and here.asks and reason != "too_long" else ""
    go(turn, instead or turn.flow.person, reason)


def _mention_deafness(turn: Turn) -> None:
    lost = turn.flow.hearing_lost
    if not turn.state.hearing and not dict(turn.state.heard).get(lost.id):
        turn.say(lost)
        turn.count(lost)


def _say(turn: Turn, here: Step, reason: str) -> str:
    if here.text:
        turn.tell(here.text, here)
    return here.next


def _ask(turn: Turn, here: Step, reason: str) -> str:
    """A slot that is known is not asked for; its question counts as answered."""
    slot = slot_of(turn.flow, here)
    if slot is not None and slot.id in turn.state.slots:
        if here.id not in turn.state.history:
            turn.put(history=(*turn.state.history, here.id))
        return here.next
    ask(turn, here)
    return ""


def _set(turn: Turn, here: Step, reason: str) -> str:
    known = moment.known(turn.flow, turn.state)
    turn.put(step=here.id)
    for name, expression in here.values.items():
        value = evaluate(expression, known)
        if name in turn.flow.slots:
            _fill(turn, name, value, "set")
        else:
            turn.state = ledger.with_facts(turn.state, {name: value}, "set")
    turn.state = ledger.forgotten(turn.state, here.forget, "set", here.id)
    if here.forget:
        turn.put(history=before(turn, set(here.forget)))
    return here.next


def before(turn: Turn, gone: set[str]) -> tuple[str, ...]:
    """The questions that "back" may still return to: those before the first one that what is forgotten was told at."""
    told_at = {answer.step for answer in turn.state.ledger if answer.slot in gone and answer.value is not None}
    for at, name in enumerate(turn.state.history):
        if turn.flow.steps[name].slot in gone:
            return turn.state.history[:at]
        if name in told_at:  # beside its own answer
            return turn.state.history[: at + 1]
    return turn.state.history


def _fill(turn: Turn, name: str, value: Any, how: str) -> None:
    """A slot gets a value that nobody said."""
    if value is None:
        turn.state = ledger.forgotten(turn.state, [name], how)
    elif turn.state.slots.get(name) != value:
        turn.state = ledger.entered(turn.state, Answer(turn.state.step, name, value, how, 1.0, kind=turn.flow.slots[name].kind))


def _branch(turn: Turn, here: Step, reason: str) -> str:
    known = moment.known(turn.flow, turn.state)
    return next((case.goto for case in here.cases if true(case.test, known)), here.otherwise)


def _last(turn: Turn, here: Step, reason: str) -> str:
    if here.text:
        turn.say(here.text)
    asked = turn.flow.steps.get(turn.state.step)
    turn.put(step=here.id, errors=0, denied=(), retelling=False)
    if here.kind is StepKind.HANDOVER:
        if asked is not None and asked.about:
            # What it was about when a person was wanted: so it is named to whoever redials.
            turn.put(history=(*turn.state.history, asked.id))
        reason = reason or here.reason or "asked"
        turn.act = Handover(reason, here.skill, {name: value for name, value in turn.state.known.items() if name != "failure"})
        end(turn, f"{HANDED}{reason})")
    else:
        turn.act = Hangup()
        end(turn, f"ended at {here.id}")
    turn.put(done=True)
    return ""


def end(turn: Turn, ending: str) -> None:
    """The dialogue is over, whatever comes."""
    turn.put(phase=Phase.ENDED, speaking=False, confirming="", request="", ending=ending)


# Steps that work


def _work(turn: Turn, here: Step, reason: str) -> str:
    """Begin what the step does; its event comes. Too many in one talk are a loop."""
    if turn.state.requests >= REQUESTS_MAX:
        return turn.flow.person
    if here.kind is StepKind.MESSAGE:
        if here.slot in turn.state.slots:
            return here.next
        if turn.state.channel != "phone":
            ask(turn, here)
            return ""
    if here.text:
        turn.tell(here.text, here)
    known = moment.known(turn.flow, turn.state)
    turn.put(
        step=here.id, phase=Phase.WORKING, requests=turn.state.requests + 1, request=str(turn.state.requests + 1), confirming="",
        errors=0, ignored=0, keyed="", part="", doubts=(), said=tuple(say.prompt_id for say in turn.says),
    )  # fmt: skip
    arguments = {name: evaluate(expression, known) for name, expression in here.arguments.items()}
    turn.act = _ACTS[here.kind](turn, here, turn.state.request, arguments)
    return ""


def _look_up(turn: Turn, here: Step, request: str, arguments: Mapping[str, Any]) -> LookUp:
    return LookUp(request, here.connector, arguments, here.deadline_s)


def _verify(turn: Turn, here: Step, request: str, arguments: Mapping[str, Any]) -> Verify:
    return Verify(request, here.method, arguments, here.deadline_s)


def _send_link(turn: Turn, here: Step, request: str, arguments: Mapping[str, Any]) -> SendLink:
    text = rendered(turn.flow, turn.state, here.message, turn.state.language, written=True) if here.message else ""
    return SendLink(request, here.channel, str(arguments.get("to") or ""), text, turn.state.language, here.deadline_s)


def _call_back(turn: Turn, here: Step, request: str, arguments: Mapping[str, Any]) -> CallBack:
    number, when = str(arguments.get("number") or ""), str(arguments.get("at") or "")
    return CallBack(request, number, when, here.reason, here.deadline_s, turn.state.language)


def _record(turn: Turn, here: Step, request: str, arguments: Mapping[str, Any]) -> Record:
    return Record(request, here.slot, here.longest_s, turn.state.language)


_ACTS: Mapping[StepKind, Callable[[Turn, Step, str, Mapping[str, Any]], LookUp | Verify | SendLink | CallBack | Record]] = {
    StepKind.LOOK_UP: _look_up, StepKind.VERIFY: _verify, StepKind.SEND_LINK: _send_link, StepKind.CALL_BACK: _call_back,
    StepKind.MESSAGE: _record,
}  # fmt: skip
_WALKS: Mapping[StepKind, Callable[[Turn, Step, str], str]] = {
    StepKind.SAY: _say, StepKind.ASK: _ask, StepKind.CHOOSE: _ask, StepKind.CONFIRM: _ask, StepKind.SET: _set,
    StepKind.BRANCH: _branch, StepKind.HANDOVER: _last, StepKind.END: _last, **dict.fromkeys(_ACTS, _work),
}  # fmt: skip

__all__ = ["end", "give_up", "go", "listen"]
