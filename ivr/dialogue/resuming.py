"""Going on where a talk broke off: which matter, whether it may be named, what is kept, and at which step.

Started(context) --> greeting, "we stopped at ..., shall we go on?"  (OFFERING)
    yes, or at once the answer to the open question --> that very step, everything kept
    no, "start over" --> the first question          "another matter" --> the next one
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ivr.dialogue import answers, commands, ledger
from ivr.dialogue.asking import listen
from ivr.dialogue.events import Context, ContextCame, Heard, Key, Matter, Picked, Started
from ivr.dialogue.finding import Said, find
from ivr.dialogue.state import Confidence, Phase, StaleState, State
from ivr.dialogue.turn import Turn, rendered
from ivr.dialogue.walk import go
from ivr.flow.knowledge import private_names
from ivr.flow.parts import Flow, Prompt, Step, StepKind, slot_of
from ivr.languages import language, primary
from ivr.understand import NO, YES, Understanding, Verdict, is_nothing, judge, normal
from ivr.understand.closeness import Option
from ivr.understand.expected import options
from ivr.understand.yes_no import yes_no
from ivr.values import Verdict as Value_

OFFERS_MAX = 5
HOUR_MS = 3_600_000


# What can be taken up


def unfinished(flow: Flow, stored: Mapping[str, Any], now_ms: int) -> State | None:
    """The state of a matter as this flow can go on with it; None where there is nothing, or no longer, to go on with."""
    try:
        state = State.from_dict(stored)
    except StaleState:
        return None
    if state.flow != flow.name or state.done or not state.step:
        return None
    if state.phase is Phase.OFFERING or (not _begun(flow, state) and state.offers):
        stored_in = (dict(one["state"]) for one in state.offers)
        return next((found for one in stored_in if (found := unfinished(flow, one, now_ms))), None)
    if now_ms and state.now_ms and now_ms - state.now_ms > flow.resume.lifetime_h * HOUR_MS:
        return None
    moved = migrated(flow, state)
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
    facts = {name: value for name, value in context.facts.items() if name in turn.flow.facts}
    turn.state = ledger.with_facts(turn.state, facts, "context")
    offers: list[dict[str, Any]] = [{"id": matter.id, "state": dict(matter.state)} for matter in context.matters[:OFFERS_MAX]]
    ready = tuple(one for one in offers if unfinished(turn.flow, one["state"], turn.state.now_ms) is not None)
    turn.put(customer=context.customer, confidence=Confidence(context.confidence), offers=ready)


# The beginning of a talk


def started(turn: Turn, event: Started) -> None:
    """Greet; then the first question, or the one whether to go on where the last talk stopped."""
    code = primary(event.language)
    turn.put(
        language=code if code in turn.flow.languages else turn.flow.languages[0],
        channel=event.channel,
        started_ms=turn.state.now_ms,
    )
    if event.context is not None:
        acquaint(turn, event.context)
    mode = turn.flow.resume.mode
    if not turn.state.offers or mode == "restart":
        _remember(turn)
        go(turn, turn.flow.start)
        return
    _greet(turn)
    if mode == "continue":
        take_up(turn)
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
    if turn.state.offers and fresh and turn.flow.resume.mode != "restart":
        turn.put(said=())
        if turn.flow.resume.mode == "ask":
            offer(turn)
        else:
            take_up(turn)
    elif turn.state.phase not in (Phase.NEW, Phase.OFFERING):
        turn.put(offers=())


def context_before(turn: Turn, event: ContextCame) -> None:
    """Before the channel is open."""
    acquaint(turn, event.context)


# The offer


def _offered(turn: Turn) -> State | None:
    """The matter on offer."""
    return unfinished(turn.flow, turn.state.offers[0]["state"], turn.state.now_ms) if turn.state.offers else None


def offer(turn: Turn) -> None:
    """Name the newest matter, as far as it may be named, and ask whether to go on with it."""
    old = _offered(turn)
    if old is None:
        decline(turn)
        return
    resume, about = turn.flow.resume, _about(turn, old)
    assert resume.text
    assert resume.plain
    turn.put(errors=0, denied=(), questions=turn.state.questions + 1)
    if about:
        turn.say(resume.text, turn.here, values={"about": about})
    else:
        turn.say(resume.plain, turn.here)
    turn.put(said=tuple(say.prompt_id for say in turn.says))
    listen(turn, phase=Phase.OFFERING)


def _about(turn: Turn, old: State) -> str:
    """What the matter is about, in the caller's language; "" where nothing says so, or nobody may be told."""
    step = turn.flow.steps[old.step]
    prompt = step.about or next((one.about for name in reversed(old.history) if (one := turn.flow.steps[name]).about), None)
    secret = private_names(turn.flow)
    if prompt is None or (secret.intersection(prompt.names) and turn.state.confidence is not Confidence.PROVED):
        return ""
    seen = replace(old, confidence=turn.state.confidence, channel=turn.state.channel, now_ms=turn.state.now_ms)
    return rendered(turn.flow, seen, prompt, turn.state.language)


def heard(turn: Turn, event: Heard) -> None:
    """The answer to the offer: yes, no, another one; or at once the answer to the open question, or something new."""
    code, here = turn.state.language, turn.here
    if turn.state.speaking and not here.listening.barge_speech:
        return
    if is_nothing(event.text, code):
        _unanswered(turn, loud=False)
        return
    turn.put(hearing=True)
    spoken = language(code)
    another = Option("another", spoken.commands.get("another", ()), ())
    if normal(event.text, code) in another.phrases:
        next_one(turn)
        return
    meant = judge((*options(turn.flow, here.id, code), another), code, event.text, event.score, event.engine, asks_yes_no=True)
    if _answers_it(turn, event, meant):
        take_up(turn, event)
    elif meant.kind is not Verdict.MATCH:
        _unanswered(turn, loud=True)
    elif meant.choice == NO:
        decline(turn)
    elif meant.choice == another.id:
        next_one(turn)
    else:
        _something_else(turn, meant, event)


def _answers_it(turn: Turn, event: Heard, meant: Understanding) -> bool:
    """Yes; or words that answer the question at which it stopped ("on Friday")."""
    if meant.choice == YES and meant.kind is Verdict.MATCH:
        return True
    old = _offered(turn)
    if old is None or meant.kind is Verdict.MATCH:
        return False
    step = turn.flow.steps[old.step]
    if slot_of(turn.flow, step) is None:
        return False
    said = Said.of(event.text, event.score, event.engine, turn.state.language)
    return find(turn.flow, replace(old, now_ms=turn.state.now_ms), step, said).verdict is Value_.MATCH


def _something_else(turn: Turn, meant: Understanding, event: Heard) -> None:
    """A command, or another topic: the matter rests."""
    choice = turn.flow.choices(turn.here)[meant.choice]
    if choice.id in ("repeat", "slower", "language"):
        _same_again(turn, choice.id)
        return
    if choice.id == "start_over":
        decline(turn)
        return
    turn.put(phase=Phase.ASKING, offers=())
    answers.take(turn, choice, "speech", meant.score)


def _same_again(turn: Turn, command: str) -> None:
    if command == "slower":
        turn.put(slow=True)
    if command == "language":
        at = turn.flow.languages.index(turn.state.language)
        turn.put(language=turn.flow.languages[(at + 1) % len(turn.flow.languages)])
    questions = turn.state.questions
    offer(turn)
    turn.put(questions=questions)


def keyed(turn: Turn, event: Key) -> None:
    """Yes and no by their keys; one key begins anew."""
    if turn.state.speaking and not turn.here.listening.barge_keys:
        return
    answer = next((name for name, key in turn.flow.confirm_keys.items() if key == event.digit), "")
    command = next((one for one in turn.flow.commands if one.key == event.digit), None)
    if answer:
        take_up(turn) if answer == YES else decline(turn)
    elif command is None:
        _unanswered(turn, loud=True)
    else:
        _something_else(turn, Understanding(Verdict.MATCH, command.id, 1.0), Heard(""))


def picked(turn: Turn, event: Picked) -> None:
    """The buttons yes and no."""
    if event.button in (YES, NO):
        take_up(turn) if event.button == YES else decline(turn)
    elif event.button in turn.flow.choices(turn.here):
        _something_else(turn, Understanding(Verdict.MATCH, event.button, 1.0), Heard(""))
    else:
        _unanswered(turn, loud=True)


def silent(turn: Turn, event: object) -> None:
    """Nobody says whether to go on."""
    _unanswered(turn, loud=True)


def _unanswered(turn: Turn, *, loud: bool) -> None:
    """Ask for yes or no as long as that may be said; then begin anew. A sound over the prompt is let pass."""
    again = turn.flow.confirm_again
    if (turn.state.speaking or not loud) and turn.state.ignored < 2:
        turn.put(ignored=turn.state.ignored + 1)
    elif turn.may_say(again):
        turn.count(again)
        turn.say(again, turn.here)
        listen(turn, phase=Phase.OFFERING)
    else:
        decline(turn)


def next_one(turn: Turn) -> None:
    """The matter before this one; after the last, the first question."""
    turn.put(offers=turn.state.offers[1:])
    offer(turn)


def decline(turn: Turn) -> None:
    """No: the first question. What was not wanted is not offered again in this talk."""
    turn.put(offers=(), phase=Phase.ASKING, denied=(), retelling=True)
    go(turn, turn.state.step)


# Taking it up


def take_up_at_once(turn: Turn) -> bool:
    """Go on with the newest matter without asking; False where there is none."""
    if _offered(turn) is None:
        return False
    take_up(turn)
    return True


def take_up(turn: Turn, event: Heard | None = None) -> None:
    """Go on at the step where the matter stopped, with everything kept; `event` may hold the answer to it already."""
    old = _offered(turn)
    if old is None:
        decline(turn)
        return
    new, matter = turn.state, turn.state.offers[0]
    own = tuple(fact for fact in old.facts if fact.origin != "context")
    doubts = old.doubts
    turn.state = replace(
        old,
        phase=Phase.ASKING,
        channel=new.channel,
        language=new.language,
        customer=new.customer,
        confidence=new.confidence,
        matter=str(matter["id"]),
        started_ms=new.started_ms,
        now_ms=new.now_ms,
        facts=(*own, *new.facts),
        speaking=False,
        hearing=new.hearing,
        slow=new.slow,
        errors=0,
        ignored=0,
        turns=new.turns,
        requests=0,
        questions=old.questions + new.questions,
        repeated=old.repeated + new.repeated,
        request="",
        confirming="",
        keyed="",
        part="",
        said=(),
        playing=(),
        asked=(),
        denied=(),
        heard=new.heard,
        offers=(),
        doubts=(),
        retelling=True,
        ending="",
        told=tuple(dict.fromkeys((*old.told, *new.told))),
    )
    if event is not None and _directly(turn, event):
        return
    if turn.flow.resume.going_on:
        turn.say(turn.flow.resume.going_on, turn.flow.steps[old.step])
    if doubts and doubts[0].slot not in turn.state.slots:
        turn.put(doubts=doubts)
        answers.ask_doubt(turn)
    else:
        go(turn, old.step)


def _directly(turn: Turn, event: Heard) -> bool:
    """Take the answer out of "yes, on Friday" or "on Friday" at once."""
    step = turn.here
    if slot_of(turn.flow, step) is None:
        return False
    answer = yes_no(normal(event.text, turn.state.language), turn.state.language)
    text = answer.rest if answer is not None and answer.yes else event.text
    said = Said.of(text, event.score, event.engine, turn.state.language)
    if not text or find(turn.flow, turn.state, step, said).verdict is not Value_.MATCH:
        return False
    answers.heard(turn, replace(event, text=text, during=""))
    return True


def suspended(state: State) -> dict[str, Any]:
    """A state as a matter keeps it: without the other matters it knew of."""
    return replace(state, offers=state.offers if state.phase is Phase.OFFERING else ()).to_dict()


__all__ = ["Matter", "Prompt", "Step", "acquaint", "commands", "started", "suspended", "unfinished"]
