"""Words that come to a question: whose they are (a slot's, a menu's, a doubt's), and whether they are an answer at all."""

from __future__ import annotations

from ivr.dialogue.asking import SAME_TURN_S, give_floor, give_time, listen, passed, unclear
from ivr.dialogue.choices import menu, take
from ivr.dialogue.doubts import doubted
from ivr.dialogue.events import Heard
from ivr.dialogue.filling import how_of, take_values
from ivr.dialogue.finding import WHOLE_ONLY, Said, find
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.flow.parts import StepKind, slot_of
from ivr.understand import (
    NO,
    YES,
    Understanding,
    Verdict,
    is_back_channel,
    is_claim,
    is_delay,
    is_greeting,
    is_nothing,
    judge,
    normal,
)
from ivr.understand.expected import kind_of, options
from ivr.values import Verdict as Found_
from voice.recognizers.protocol import Kind


def means(turn: Turn, text: str, score: float, engine: str) -> Understanding:
    """What these words would mean among the choices, commands, yes and no that the present step understands."""
    here, state = turn.here, turn.state
    doubting = state.phase in (Phase.CONFIRMING, Phase.OFFERING)
    asks = doubting or kind_of(turn.flow, here) is Kind.YES_NO
    return judge(options(turn.flow, here.id, state.language), state.language, text, score, engine, asks_yes_no=asks)


def another_language(turn: Turn, event: Heard) -> str:
    """In writing: the language of the flow in which this is a choice or a command, where it is nothing in the present one; "" for none.

    Yes and no are not enough: whoever writes in Russian writes "ok" all the same. The ear is set to one language: on the phone there is a key.
    """
    here, flow, present = turn.here, turn.flow, turn.state.language
    slot = slot_of(flow, here)
    if not turn.written or here.kind is StepKind.MESSAGE or (slot is not None and slot.kind in WHOLE_ONLY):
        return ""
    if means(turn, event.text, event.score, event.engine).kind is not Verdict.NO_MATCH:
        return ""
    for code in flow.languages:
        if code != present:
            meant = judge(options(flow, here.id, code), code, event.text, event.score, event.engine)
            if meant.kind is Verdict.MATCH and meant.choice not in (YES, NO):
                return code
    return ""


def heard(turn: Turn, event: Heard) -> None:
    """Words while something is asked."""
    if other := another_language(turn, event):
        turn.put(language=other, assumed=False)
    here, code, speaking = turn.here, turn.state.language, turn.state.speaking
    if speaking and not here.listening.barge_speech:
        return
    if is_nothing(event.text, code):
        passed(turn)
        return
    turn.put(hearing=True)
    if greeted(turn, event.text):
        return
    meant = means(turn, event.text, event.score, event.engine)
    if meant.kind is Verdict.MATCH:
        turn.put(assumed=False)  # he speaks it
    if meant.kind is Verdict.NO_MATCH and is_delay(event.text, code):
        give_time(turn)
    elif speaking and meant.kind is Verdict.NO_MATCH and is_claim(event.text, code):
        give_floor(turn)
    elif speaking and _only_listening(turn, event, meant):
        passed(turn)
    elif turn.state.phase is Phase.CONFIRMING and turn.state.doubts:
        doubted(turn, event, meant)
    elif slot_of(turn.flow, here) is not None or here.kind is StepKind.MESSAGE:
        _slot(turn, event, meant)
    else:
        menu(turn, event, meant)


def greeted(turn: Turn, text: str) -> bool:
    """Whoever only greets, or asks whether anybody is there, hears the question again: no error, but not for ever."""
    question, state = turn.here.text, turn.state
    if state.speaking or state.phase is not Phase.ASKING or question is None or not is_greeting(text, state.language):
        return False
    if not turn.may_say(question):
        return False
    turn.count(question)
    turn.say(question, turn.here)
    listen(turn)
    return True


def _only_listening(turn: Turn, event: Heard, meant: Understanding) -> bool:
    """Whether this is the sound of a listener: no answer, or a yes while the house tells something and does not ask."""
    if meant.choice not in (YES, NO):
        return is_back_channel(event.text, turn.state.language)
    telling = {step.text.id for step in turn.flow.steps.values() if step.kind is StepKind.SAY and step.text}
    return any(prompt_id in telling for prompt_id in ((event.during,) if event.during else turn.state.playing))


def _slot(turn: Turn, event: Heard, meant: Understanding) -> None:
    """Words for a slot, or a command."""
    here, state = turn.here, turn.state
    slot = slot_of(turn.flow, here) or turn.flow.slots[here.slot]
    command = next((one for one in turn.flow.commands if one.id == meant.choice), None)
    also = next((one for name in here.also for one in turn.flow.steps[name].choices if one.id == meant.choice), None)
    whole = normal(event.text, state.language) in (command.phrases.get(state.language, ()) if command else ())
    if command and meant.kind is Verdict.MATCH and (whole or slot.kind not in WHOLE_ONLY):
        take(turn, command, how_of(event), meant.score)
        return
    text = f"{state.part} {event.text}".strip()
    found = find(turn.flow, state, here, Said.of(text, event.score, event.engine, state.language), asked=slot)
    if found.values:
        turn.put(assumed=False)
        take_values(turn, found, event)
    elif also is not None and meant.kind is Verdict.MATCH:
        take(turn, also, how_of(event), meant.score)
    elif found.verdict is Found_.INCOMPLETE and not state.part and how_of(event) == "speech":
        turn.put(part=text)
        listen(turn, no_input_s=SAME_TURN_S)
    else:
        turn.put(part="")
        unclear(turn, event, found.reason)
