"""Going on where a talk broke off: at that very step, with everything kept, nothing asked or told a second time."""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue import answers
from ivr.dialogue.events import Heard
from ivr.dialogue.filling import ask_doubt
from ivr.dialogue.finding import Said, find
from ivr.dialogue.matters import name_it, offered
from ivr.dialogue.state import HANDED, Phase
from ivr.dialogue.turn import Turn
from ivr.dialogue.walk import go
from ivr.flow.parts import Prompt, slot_of
from ivr.understand import normal
from ivr.understand.yes_no import yes_no
from ivr.values import Verdict as Found_


def decline(turn: Turn) -> None:
    """No: the first question. What was not wanted is not offered again in this talk."""
    turn.put(offers=(), phase=Phase.ASKING, denied=(), retelling=True)
    go(turn, turn.state.step)


def take_up_at_once(turn: Turn, naming: Prompt | None) -> bool:
    """Go on with the newest matter without asking, and say with `naming` which one it is; False where there is none."""
    if offered(turn) is None:
        return False
    take_up(turn, naming=naming)
    return True


def take_up(turn: Turn, event: Heard | None = None, naming: Prompt | None = None) -> None:
    """Go on at the step where the matter stopped, with everything kept; `event` may hold the answer to it already.

    naming: said where it was not asked whether to go on, with what the matter is about.
    """
    old = offered(turn)
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
        assumed=new.assumed,
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
        carried=old.questions + new.carried,
        carried_repeated=old.repeated + new.carried_repeated,
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
        done=False,
        told=tuple(dict.fromkeys((*old.told, *new.told))),
    )
    if old.handed:
        # To the person again, at once, with all that is known; why is as it was.
        go(turn, old.step, old.ending.removeprefix(HANDED).removesuffix(")"))
        return
    if event is not None and _directly(turn, event):
        return
    if naming and name_it(turn, old, naming, turn.here):
        pass
    elif turn.flow.resume.going_on:
        turn.say(turn.flow.resume.going_on, turn.flow.steps[old.step])
    if doubts and doubts[0].slot not in turn.state.slots:
        turn.put(doubts=doubts)
        ask_doubt(turn)
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
    if not text or find(turn.flow, turn.state, step, said).verdict is not Found_.MATCH:
        return False
    answers.heard(turn, replace(event, text=text, during=""))
    return True
