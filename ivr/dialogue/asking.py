"""Asking and listening: a question, what may answer it, and what is said when nobody answers or nobody understands."""

from __future__ import annotations

from collections.abc import Iterable

from ivr.dialogue.acts import Button, Listen
from ivr.dialogue.events import Heard
from ivr.dialogue.finding import WHOLE_ONLY
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn, label
from ivr.flow.parts import CHOICE, Choice, Prompt, Slot, Step, StepKind, slot_of
from ivr.languages import language
from ivr.spoken import say_reason
from ivr.understand import NO, YES, is_hesitation
from ivr.understand.expected import expectation
from ivr.values import Reason
from voice.recognizers.protocol import Kind

BETWEEN_KEYS_S = 3.0  # the next key comes within this, or the value is complete (as long as telephones wait)
# Why a value is refused, where that tells the caller more than that it is.
SAID = frozenset(Reason) - {
    Reason.NONE, Reason.NOTHING, Reason.NO_VALUE, Reason.WITHDRAWN, Reason.SEVERAL, Reason.UNSURE,
}  # fmt: skip
SAME_TURN_S = 4.0  # whoever has begun a value goes on within this
PATIENCE_S = 30.0  # "one moment": a letter is found in this, or the question has been forgotten


def ask(turn: Turn, step: Step) -> None:
    """Ask this step's question for the first time, or anew after something else."""
    slot = slot_of(turn.flow, step)
    known = slot is not None and (slot.id in turn.state.slots or slot.id in turn.state.remembered)
    asked = step.id in turn.state.asked
    turn.put(
        step=step.id,
        errors=0,
        denied=(),
        confirming="",
        doubts=(),
        keyed="",
        part="",
        retelling=False,
        questions=turn.state.questions + 1,
        repeated=turn.state.repeated + known,
        asked=turn.state.asked if asked else (*turn.state.asked, step.id),
    )
    question = step.again if step.again and asked else step.text
    if question:
        turn.say(question, step)
    if not turn.state.hearing and (keys := turn.keys(step)):
        turn.say(keys, step)
    turn.put(said=tuple(say.prompt_id for say in turn.says))
    listen(turn)


def listen(turn: Turn, *, confirming: str = "", no_input_s: float = 0.0, phase: Phase | None = None) -> None:
    """Wait at the present step. Whoever has been asked too often in one talk is given to a person."""
    if turn.state.turns >= turn.flow.turns_max:
        turn.give_up("too_long")
        return
    here = turn.here
    phase = phase or (Phase.CONFIRMING if confirming else Phase.ASKING)
    turn.put(phase=phase, confirming=confirming, ignored=0, patient=False, turns=turn.state.turns + 1)
    yes_no = phase is not Phase.ASKING
    slot = slot_of(turn.flow, here)
    turn.act = Listen(
        expectation(turn.flow, here.id, turn.state.language, yes_no),
        here.listening.end_silence_ms,
        no_input_s or here.listening.no_input_s,
        _buttons(turn, here, yes_no),
        keep=not yes_no and slot is not None and slot.kind == "text",
    )


def give_floor(turn: Turn) -> None:
    """Whoever wants to speak, or to hear no more of this, is listened to: what was asked still is."""
    listen(turn, confirming=turn.state.confirming, phase=turn.state.phase)


def give_time(turn: Turn) -> None:
    """Whoever asks for time gets it, without a word; after it the question is asked again."""
    listen(turn, confirming=turn.state.confirming, no_input_s=PATIENCE_S, phase=turn.state.phase)
    turn.put(patient=True)


def _buttons(turn: Turn, here: Step, yes_no: bool) -> tuple[Button, ...]:
    """What may be pressed instead of said."""
    code = turn.state.language
    asks = yes_no or (here.expects is Kind.YES_NO) or _kind(turn, here) == "yes_no"
    if asks:
        spoken = language(code)
        return tuple(
            Button(answer, words[0], turn.flow.confirm_keys.get(answer, ""))
            for answer, words in ((YES, spoken.yes), (NO, spoken.no))
        )
    choices: Iterable[Choice] = turn.flow.values(here) if _kind(turn, here) == CHOICE else here.choices
    return tuple(Button(choice.id, label(choice, code), choice.key) for choice in choices)


def _kind(turn: Turn, here: Step) -> str:
    slot = slot_of(turn.flow, here)
    return slot.kind if slot else ""


def error(turn: Turn, reason: str, *, keyed: bool = False, why: Reason = Reason.NONE) -> None:
    """The next error prompt of this step that may still be said; after the last one, a person. why: said before it."""
    here, state = turn.here, turn.state
    rungs = _rungs(turn, here.no_input if reason == "no_input" else here.no_match)
    ladder = [] if keyed or not state.hearing else list(rungs)[state.errors :]
    keys = turn.keys(here)
    if state.errors <= max(len(here.no_input), len(here.no_match), 1) and keys:
        ladder.append(keys)
    prompt = next((one for one in ladder if turn.may_say(one)), None)
    turn.put(errors=state.errors + 1, phase=Phase.ASKING, confirming="", doubts=(), keyed="", part="")
    if prompt is None:
        turn.give_up(reason)
        return
    if why in SAID:
        turn.explain(*explanation(why, state.language), here)
    turn.say(prompt, here)
    if prompt is keys:
        for offer, code in _offers(turn):
            turn.say(offer, here, language=code)
    turn.count(prompt)
    listen(turn)


def explanation(why: Reason, code: str) -> tuple[str, str]:
    """Why a value was refused: the id and the text of the prompt that says it."""
    clause = say_reason(why, code)
    return f"reason.{why.name.lower()}", f"{clause[:1].upper()}{clause[1:]}." if clause else ""


def in_row(slot: Slot | None) -> bool:
    """Whether the keys of this slot are collected, so that none of them is a command."""
    return slot is not None and slot.kind not in (CHOICE, *WHOLE_ONLY)


def _rungs(turn: Turn, given: tuple[Prompt, ...]) -> tuple[Prompt, ...]:
    """A confirm step needs no error prompts of its own: asking for yes or no does."""
    return given or ((turn.flow.confirm_again,) if turn.here.kind is StepKind.CONFIRM else ())


def _offers(turn: Turn) -> list[tuple[Prompt, str]]:
    """Whoever gets as far as the keys may simply speak another language: say so in that language, where its key is free."""
    if in_row(slot_of(turn.flow, turn.here)):
        return []
    codes = [code for code in turn.flow.languages if code != turn.state.language]
    offers = [(command.offer, code) for command in turn.flow.commands if command.offer for code in codes]
    return [(offer, code) for offer, code in offers if turn.sayable(offer, code)]


def misunderstood(turn: Turn, reason: str = "no_match", why: Reason = Reason.NONE) -> None:
    """No match or no input: while confirming, ask for yes or no once; then, and otherwise, the ladder of the step."""
    again, state = turn.flow.confirm_again, turn.state
    if state.phase is Phase.CONFIRMING and state.confirming not in state.denied and turn.may_say(again):
        turn.count(again)
        turn.put(denied=(*state.denied, state.confirming))
        turn.say(again, turn.here)
        listen(turn, confirming=state.confirming)
        return
    error(turn, reason, why=why)


IGNORED_MAX = 2  # sounds in a row that are let pass; the next one is answered


def passed(turn: Turn) -> None:
    """Let a sound pass; the one after IGNORED_MAX of them is answered."""
    if turn.state.ignored >= IGNORED_MAX:
        misunderstood(turn)
    else:
        turn.put(ignored=turn.state.ignored + 1)


def unclear(turn: Turn, event: Heard, why: Reason = Reason.NONE) -> None:
    """Over a prompt, a few strange words are a listener's; many are meant for us, and over what is said to them somebody else's talk,
    until they come again and again. After a prompt, any are an answer."""
    aside = turn.state.speaking and (turn.state.errors > 0 or not event.insists)
    if why in SAID:
        misunderstood(turn, why=why)
    elif aside or is_hesitation(event.text, turn.state.language):
        passed(turn)
    else:
        misunderstood(turn)
