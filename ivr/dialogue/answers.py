"""Answers that come to a question: words, keys and buttons, taken, doubted, corrected, or not understood."""

from __future__ import annotations

from dataclasses import replace

from ivr.dialogue import commands, ledger, moment
from ivr.dialogue.asking import BETWEEN_KEYS_S, SAME_TURN_S, error, listen, misunderstood, passed
from ivr.dialogue.events import Heard, Key, Picked
from ivr.dialogue.finding import Found, Said, Value, find, one
from ivr.dialogue.state import Answer, Phase
from ivr.dialogue.turn import Turn, named
from ivr.dialogue.walk import go
from ivr.flow.parts import CHOICE, Choice, Slot, StepKind, slot_of
from ivr.understand import NO, YES, Understanding, Verdict, is_back_channel, is_hesitation, is_nothing, judge, normal
from ivr.understand.expected import kind_of, options
from ivr.understand.yes_no import yes_no
from ivr.values import Finding, SlotKind, understand_keys
from ivr.values import Verdict as Value_
from voice.recognizers.protocol import Kind

ROW_KEYS = "0123456789*#"
WHOLE_ONLY = (SlotKind.TEXT, SlotKind.NAME, SlotKind.EMAIL)  # here a command is one only if nothing else is said


def means(turn: Turn, text: str, score: float, engine: str) -> Understanding:
    """What these words would mean among the choices, commands, yes and no that the present step understands."""
    here, state = turn.here, turn.state
    doubting = state.phase in (Phase.CONFIRMING, Phase.OFFERING)
    asks = doubting or kind_of(turn.flow, here) is Kind.YES_NO
    return judge(options(turn.flow, here.id, state.language), state.language, text, score, engine, asks_yes_no=asks)


def heard(turn: Turn, event: Heard) -> None:
    """Words while something is asked."""
    here, code, speaking = turn.here, turn.state.language, turn.state.speaking
    if speaking and not here.listening.barge_speech:
        return
    if is_nothing(event.text, code):
        passed(turn)
        return
    turn.put(hearing=True)
    meant = means(turn, event.text, event.score, event.engine)
    if speaking and _only_listening(turn, event, meant):
        passed(turn)
    elif turn.state.phase is Phase.CONFIRMING and turn.state.doubts:
        _doubted(turn, event, meant)
    elif slot_of(turn.flow, here) is not None or here.kind is StepKind.MESSAGE:
        _slot(turn, event, meant)
    else:
        _menu(turn, event, meant)


def _only_listening(turn: Turn, event: Heard, meant: Understanding) -> bool:
    """Whether this is the sound of a listener: no answer, or a yes while the house tells something and does not ask."""
    if meant.choice not in (YES, NO):
        return is_back_channel(event.text, turn.state.language)
    telling = {step.text.id for step in turn.flow.steps.values() if step.kind is StepKind.SAY and step.text}
    return any(prompt_id in telling for prompt_id in ((event.during,) if event.during else turn.state.playing))


# Menus and confirmations


def _menu(turn: Turn, event: Heard, meant: Understanding) -> None:
    here = turn.here
    said = Said.of(event.text, event.score, event.engine, turn.state.language)
    further = _beside(turn, said, meant)
    if further.corrects:
        _take(turn, further, event)
        return
    unclear = meant.kind is Verdict.NO_MATCH or (meant.kind is Verdict.CONFIRM and meant.choice in turn.state.denied)
    if unclear and further.values:
        _take(turn, further, event)
        return
    if unclear:
        _unclear(turn, event)
        return
    if turn.state.phase is Phase.CONFIRMING:
        _confirmed(turn, meant, event)
        return
    choice = turn.flow.choices(here)[meant.choice]
    _enter(turn, further.values, event)
    if meant.kind is Verdict.CONFIRM and choice.confirm is not None:
        _doubt_choice(turn, choice, meant, event)
    else:
        take(turn, choice, _how(event), meant.score)


def _beside(turn: Turn, said: Said, meant: Understanding) -> Found:
    """Slots in the same sentence, where the step takes some; after a "no" to what is known, what is right instead."""
    here, state = turn.here, turn.state
    if not here.takes and not any(name in turn.flow.slots for name in state.slots):
        return Found()
    if meant.kind is Verdict.MATCH and meant.choice not in (YES, NO) and not here.takes:
        return Found()
    found = find(turn.flow, state, here, said)
    if here.kind is StepKind.CONFIRM and meant.choice == NO and not found.values:
        answer = yes_no(normal(said.text, said.code), said.code)
        for name in here.takes if answer and answer.rest else ():
            found = find(turn.flow, state, here, replace(said, text=answer.rest if answer else ""), asked=turn.flow.slots[name])
            if found.corrects:
                return found
    return found


def _unclear(turn: Turn, event: Heard) -> None:
    """Over a prompt, strange words are somebody else's talk until they insist; after it, they are an answer."""
    if turn.state.speaking or is_hesitation(event.text, turn.state.language):
        passed(turn)
    else:
        misunderstood(turn)


def _doubt_choice(turn: Turn, choice: Choice, meant: Understanding, event: Heard) -> None:
    assert choice.confirm is not None
    if turn.may_say(choice.confirm):
        turn.count(choice.confirm)
        turn.say(choice.confirm, turn.here)
        listen(turn, confirming=choice.id)
    elif any(answer.value == choice.id for answer in turn.state.ledger):
        take(turn, choice, _how(event), meant.score)  # asked twice already: whoever said yes to it then means it now
    else:
        misunderstood(turn)


def _confirmed(turn: Turn, meant: Understanding, event: Heard) -> None:
    """The answer to "did you mean ...?": yes, no, or the right thing at once."""
    choices, confirming = turn.flow.choices(turn.here), turn.state.confirming
    if meant.choice == NO:
        turn.put(denied=(*turn.state.denied, confirming))
        error(turn, "no_match")
    elif meant.choice in (YES, confirming) and not meant.contrary:
        take(turn, choices[confirming], _how(event), max(meant.score, 0.75))
    else:
        take(turn, choices[meant.choice], _how(event), meant.score)


def take(turn: Turn, choice: Choice, how: str, score: float) -> None:
    """Do what was chosen."""
    here = turn.here
    if not choice.goto and choice in turn.flow.values(here):
        _take(turn, Found((Value(here.slot, choice.id, score, True),), Value_.MATCH), how=how)
        return
    if not choice.goto:
        commands.do(turn, choice)
        return
    owner = next((one for one in (here, *(turn.flow.steps[name] for name in here.also)) if choice in one.choices), None)
    if owner is not None:
        answer = Answer(owner.id, owner.slot or owner.id, choice.id, how, round(score, 3))
        turn.state = ledger.forgotten(ledger.entered(turn.state, answer), choice.forget, "set", here.id)
        turn.put(history=(*turn.state.history, here.id))
    go(turn, choice.goto)


# Slots


def _slot(turn: Turn, event: Heard, meant: Understanding) -> None:
    """Words for a slot, or a command."""
    here, state = turn.here, turn.state
    slot = slot_of(turn.flow, here) or turn.flow.slots[here.slot]
    command = next((one for one in turn.flow.commands if one.id == meant.choice), None)
    also = next((one for name in here.also for one in turn.flow.steps[name].choices if one.id == meant.choice), None)
    whole = normal(event.text, state.language) in (command.phrases.get(state.language, ()) if command else ())
    if command and meant.kind is Verdict.MATCH and (whole or slot.kind not in WHOLE_ONLY):
        take(turn, command, _how(event), meant.score)
        return
    text = f"{state.part} {event.text}".strip()
    found = find(turn.flow, state, here, Said.of(text, event.score, event.engine, state.language), asked=slot)
    if found.values:
        _take(turn, found, event)
    elif also is not None and meant.kind is Verdict.MATCH:
        take(turn, also, _how(event), meant.score)
    elif found.verdict is Value_.INCOMPLETE and not state.part and _how(event) == "speech":
        turn.put(part=text)
        listen(turn, no_input_s=SAME_TURN_S)
    else:
        turn.put(part="")
        _unclear(turn, event)


def _take(turn: Turn, found: Found, event: Heard | None = None, how: str = "") -> None:
    """Enter what is sure, ask about what is not, and go on."""
    here = turn.here
    recording = event.recording if event else ""
    _enter(turn, tuple(value for value in found.values if value.sure), event, how)
    doubts = [value for value in found.values if not value.sure and value.value is not None]
    turn.put(part="", keyed="", retelling=bool(found.corrects))
    if not found.values or (not doubts and not any(value.sure for value in found.values)):
        misunderstood(turn)
        return
    if doubts:
        pending = tuple(_answer(turn, value, how or _how(event), recording) for value in doubts)
        turn.put(doubts=pending)
        ask_doubt(turn)
        return
    _on(turn, here.id, found)


def _on(turn: Turn, name: str, found: Found) -> None:
    """Go on from this step: from where the earliest correction changes something, or past what is known now."""
    steps = list(turn.flow.steps.values())
    asked = [step for step in steps if step.kind is StepKind.ASK and step.slot in found.corrects]
    here = turn.flow.steps[name]
    if asked:
        go(turn, asked[0].id)
    elif here.kind is StepKind.CHOOSE:
        first = next((step for step in steps if step.kind is StepKind.ASK and step.slot == found.values[0].slot), None)
        go(turn, first.id if first else name)
    else:
        go(turn, here.next if here.kind is StepKind.MESSAGE else name)


def _enter(turn: Turn, values: tuple[Value, ...], event: Heard | None, how: str = "") -> None:
    """Write values into the ledger; the step counts as answered."""
    here = turn.here
    for value in values:
        if not value.sure:
            continue
        answer = _answer(turn, value, how or _how(event), event.recording if event else "")
        known = value.slot in turn.state.slots
        turn.state = ledger.corrected(turn.flow, turn.state, answer) if known else ledger.entered(turn.state, answer)
        asking = turn.flow.asking(value.slot)
        name = asking.id if asking else here.id
        if name not in turn.state.history:
            turn.put(history=(*turn.state.history, name))


def _answer(turn: Turn, value: Value, how: str, recording: str) -> Answer:
    slot = turn.flow.slots[value.slot]
    return Answer(turn.here.id, value.slot, value.value, how, round(value.score, 3), kind=slot.kind, recording=recording)


def _how(event: Heard | None) -> str:
    return "typed" if event is not None and event.engine == "typed" and not event.during else "speech"


# Doubts about a value


def ask_doubt(turn: Turn) -> None:
    """Ask whether the first doubted value is right."""
    answer = turn.state.doubts[0]
    slot = turn.flow.slots[answer.slot]
    assert slot.question is not None
    turn.say(slot.question, turn.here, values={"value": _shown(turn, slot, answer.value)})
    turn.put(said=tuple(say.prompt_id for say in turn.says))
    listen(turn, confirming=slot.id)


def _shown(turn: Turn, slot: Slot, value: object) -> object:
    choice = next((one for one in slot.choices if one.id == value), None)
    return named(choice, turn.state.language) if choice else value


def _doubted(turn: Turn, event: Heard, meant: Understanding) -> None:
    """The answer to "is that right?": yes (and more), no (and what is right), the value again, another, or a command."""
    state = turn.state
    slot, doubt = turn.flow.slots[state.doubts[0].slot], state.doubts[0]
    command = next((one for one in turn.flow.commands if one.id == meant.choice), None)
    if command and meant.kind is Verdict.MATCH:
        take(turn, command, _how(event), meant.score)
        return
    said = Said.of(event.text, event.score, event.engine, state.language)
    answer = yes_no(normal(event.text, state.language), state.language) if said.belief else None
    finding = one(turn.flow, state, slot, event.text, said) if slot.kind not in (*WHOLE_ONLY, "yes_no") else None
    value = finding.value if finding and finding.verdict in (Value_.MATCH, Value_.CONFIRM) else None
    if value == doubt.value or (answer and answer.yes and value is None):
        agreed(turn, _how(event), answer.rest if answer else "")
    elif value is not None and str(value) not in state.denied:
        turn.put(denied=(*state.denied, str(doubt.value)), doubts=state.doubts[1:])
        _take(turn, find(turn.flow, turn.state, turn.here, said, asked=slot), event)
    elif answer and not answer.yes:
        refused(turn)
    else:
        _unclear(turn, event)


def agreed(turn: Turn, how: str, rest: str = "") -> None:
    """The doubted value is right. `rest`: what was said besides the yes."""
    doubt, *others = turn.state.doubts
    slot = turn.flow.slots[doubt.slot]
    corrects = (slot.id,) if slot.id in turn.state.slots else ()
    turn.put(doubts=tuple(others), confirming="", retelling=bool(corrects))
    sure = Value(slot.id, doubt.value, max(doubt.score, 0.9), True)
    _enter(turn, (sure,), None, doubt.how)
    if rest:
        more = find(turn.flow, turn.state, turn.here, Said(rest, 1.0, turn.state.language))
        _enter(turn, more.values, None, how)
        corrects = (*corrects, *more.corrects)
    if turn.state.doubts:
        ask_doubt(turn)
    else:
        _on(turn, turn.state.step, Found((sure,), corrects=corrects))


def refused(turn: Turn) -> None:
    """The doubted value is wrong: it is not offered again, and the question comes anew."""
    doubt = turn.state.doubts[0]
    turn.put(denied=(*turn.state.denied, str(doubt.value), doubt.slot), doubts=())
    error(turn, "no_match")


# Keys and buttons


def keyed(turn: Turn, event: Key) -> None:
    """A key: an answer by itself, or one more of a row."""
    here, state = turn.here, turn.state
    if state.speaking and not here.listening.barge_keys:
        return
    if state.phase is Phase.CONFIRMING:
        answer = next((name for name, key in turn.flow.confirm_keys.items() if key == event.digit), "")
        if answer:
            _answered_doubt(turn, answer)
            return
    slot = slot_of(turn.flow, here)
    by_row = slot is not None and slot.kind not in (CHOICE, *WHOLE_ONLY) and state.phase is Phase.ASKING
    if slot is not None and by_row and event.digit in ROW_KEYS and (event.digit != "*" or state.keyed):
        _row(turn, slot, event.digit)
        return
    own = (*here.choices, *turn.flow.values(here), *turn.flow.commands)
    choice = next((one for one in own if one.key == event.digit), None)
    if choice is None:
        error(turn, "no_match", keyed=True)
    else:
        take(turn, choice, "key", 1.0)


def _answered_doubt(turn: Turn, answer: str) -> None:
    if turn.state.doubts:
        agreed(turn, "key") if answer == YES else refused(turn)
    elif answer == YES:
        take(turn, turn.flow.choices(turn.here)[turn.state.confirming], "key", 1.0)
    else:
        turn.put(denied=(*turn.state.denied, turn.state.confirming))
        error(turn, "no_match")


def _row(turn: Turn, slot: Slot, digit: str) -> None:
    """One more key of a value; * takes back what was keyed, # ends it, and so does the last digit of a fixed length."""
    if digit == "*" and slot.kind not in (SlotKind.NUMBER, SlotKind.MONEY, SlotKind.PHONE):
        turn.put(keyed="")
        listen(turn)
        return
    keys = turn.state.keyed + digit
    turn.put(keyed=keys)
    fixed = slot.kind == SlotKind.YES_NO or (
        slot.kind == SlotKind.DIGITS and slot.limits.length_min == slot.limits.length_max > 0
    )
    finding = _keys(turn, slot, keys)
    if digit == "#" or (fixed and finding.verdict is not Value_.INCOMPLETE):
        complete(turn)
    else:
        listen(turn, no_input_s=BETWEEN_KEYS_S)


def complete(turn: Turn) -> None:
    """The row of keys is all there is: a value, or an error."""
    slot = slot_of(turn.flow, turn.here)
    keys = turn.state.keyed
    turn.put(keyed="")
    finding = _keys(turn, slot, keys if keys.endswith("#") else keys + "#") if slot else None
    if slot is None or finding is None or finding.value is None or finding.verdict not in (Value_.MATCH, Value_.CONFIRM):
        error(turn, "no_match", keyed=True)
        return
    sure = slot.confirm != "always"
    _take(turn, Found((Value(slot.id, finding.value, finding.score, sure),), finding.verdict), how="key")


def _keys(turn: Turn, slot: Slot, keys: str) -> Finding:
    today, now = moment.today(turn.flow, turn.state), moment.now(turn.flow, turn.state)
    return understand_keys(SlotKind(slot.kind), keys, today=today, now=now, limits=slot.limits, language=turn.state.language)


def picked(turn: Turn, event: Picked) -> None:
    """A button, in writing."""
    here = turn.here
    if turn.state.phase is Phase.CONFIRMING and event.button in (YES, NO):
        _answered_doubt(turn, event.button)
        return
    slot = slot_of(turn.flow, here)
    if slot is not None and slot.kind == SlotKind.YES_NO and event.button in (YES, NO):
        _take(turn, Found((Value(slot.id, event.button == YES, 1.0, True),), Value_.MATCH), how="typed")
        return
    choice = turn.flow.choices(here).get(event.button)
    if choice is None:
        misunderstood(turn)
    else:
        take(turn, choice, "typed", 1.0)
