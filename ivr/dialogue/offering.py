"""Offering to go on: "we stopped at ..., shall we go on?", and what is answered to that.

yes, or at once the answer to the open question --> taken up (ivr/dialogue/resuming.py); who waited for a person: handed over
no, "start over" --> the first question          "another matter" --> the next one
"""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue import choices
from ivr.dialogue.answers import another_language
from ivr.dialogue.asking import IGNORED_MAX, give_floor, give_time, listen
from ivr.dialogue.events import Heard, Key, Picked
from ivr.dialogue.finding import Said, find
from ivr.dialogue.matters import name_it, offered
from ivr.dialogue.resuming import decline, take_up
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.flow.parts import slot_of
from ivr.languages import language
from ivr.understand import NO, YES, Understanding, Verdict, is_claim, is_delay, is_nothing, judge, normal
from ivr.understand.closeness import Option
from ivr.understand.expected import options
from ivr.values import Verdict as Found_


def offer(turn: Turn) -> None:
    """Name the newest matter, as far as it may be named, and ask whether to go on with it."""
    old = offered(turn)
    if old is None:
        decline(turn)
        return
    resume = turn.flow.resume
    named, plain = (resume.waiting, resume.waiting_plain) if old.handed else (resume.text, resume.plain)
    assert named
    assert plain
    turn.put(errors=0, denied=(), questions=turn.state.questions + 1)
    if not name_it(turn, old, named, turn.here):
        turn.say(plain, turn.here)
    turn.put(said=tuple(say.prompt_id for say in turn.says))
    listen(turn, phase=Phase.OFFERING)


def heard(turn: Turn, event: Heard) -> None:
    """The answer to the offer: yes, no, another one; or at once the answer to the open question, or something new."""
    if other := another_language(turn, event):
        turn.put(language=other, assumed=False)
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
    elif meant.kind is Verdict.NO_MATCH and is_delay(event.text, code):
        give_time(turn)
    elif turn.state.speaking and meant.kind is Verdict.NO_MATCH and is_claim(event.text, code):
        give_floor(turn)
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
    old = offered(turn)
    if old is None or meant.kind is Verdict.MATCH:
        return False
    step = turn.flow.steps[old.step]
    if slot_of(turn.flow, step) is None:
        return False
    said = Said.of(event.text, event.score, event.engine, turn.state.language)
    return find(turn.flow, replace(old, now_ms=turn.state.now_ms), step, said).verdict is Found_.MATCH


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
    choices.take(turn, choice, "speech", meant.score)


def _same_again(turn: Turn, command: str) -> None:
    if command == "slower":
        turn.put(slow=True)
    if command == "language":
        at = turn.flow.languages.index(turn.state.language)
        turn.put(language=turn.flow.languages[(at + 1) % len(turn.flow.languages)], assumed=False)
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
    if turn.state.patient:
        _same_again(turn, "repeat")
    else:
        _unanswered(turn, loud=True)


def _unanswered(turn: Turn, *, loud: bool) -> None:
    """Ask for yes or no as long as that may be said; then begin anew. A sound over the prompt is let pass."""
    again = turn.flow.confirm_again
    if (turn.state.speaking or not loud) and turn.state.ignored < IGNORED_MAX:
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
