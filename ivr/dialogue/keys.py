"""Answers without words: keys, one by one or in a row (RFC 4733 section 3.2), and the buttons of a written channel."""

from __future__ import annotations

from ivr.dialogue import moment
from ivr.dialogue.asking import BETWEEN_KEYS_S, error, in_row, listen, misunderstood
from ivr.dialogue.choices import take
from ivr.dialogue.doubts import answered
from ivr.dialogue.events import Key, Picked
from ivr.dialogue.filling import take_values
from ivr.dialogue.finding import Found, Value
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.flow.parts import Slot, slot_of
from ivr.understand import NO, YES
from ivr.values import Finding, Reason, SlotKind, understand_keys
from ivr.values import Verdict as Found_

ROW_KEYS = "0123456789*#"


def keyed(turn: Turn, event: Key) -> None:
    """A key: an answer by itself, or one more of a row."""
    here, state = turn.here, turn.state
    if state.speaking and not here.listening.barge_keys:
        return
    if state.phase is Phase.CONFIRMING:
        answer = next((name for name, key in turn.flow.confirm_keys.items() if key == event.digit), "")
        if answer:
            answered(turn, answer)
            return
    slot = slot_of(turn.flow, here)
    by_row = in_row(slot) and state.phase is Phase.ASKING
    if slot is not None and by_row and event.digit in ROW_KEYS and (event.digit != "*" or state.keyed):
        _row(turn, slot, event.digit)
        return
    own = (*here.choices, *turn.flow.values(here), *turn.flow.commands)
    choice = next((one for one in own if one.key == event.digit), None)
    if choice is None:
        error(turn, "no_match", keyed=True)
    else:
        take(turn, choice, "key", 1.0)


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
    if digit == "#" or (fixed and finding.verdict is not Found_.INCOMPLETE):
        complete(turn)
    else:
        listen(turn, no_input_s=BETWEEN_KEYS_S)


def complete(turn: Turn) -> None:
    """The row of keys is all there is: a value, or an error."""
    slot = slot_of(turn.flow, turn.here)
    keys = turn.state.keyed
    turn.put(keyed="")
    finding = _keys(turn, slot, keys if keys.endswith("#") else keys + "#") if slot else None
    if slot is None or finding is None or finding.value is None or finding.verdict not in (Found_.MATCH, Found_.CONFIRM):
        error(turn, "no_match", keyed=True, why=finding.reason if finding else Reason.NONE)
        return
    sure = slot.confirm != "always"
    take_values(turn, Found((Value(slot.id, finding.value, finding.score, sure),), finding.verdict), how="key")


def _keys(turn: Turn, slot: Slot, keys: str) -> Finding:
    today, now = moment.today(turn.flow, turn.state), moment.now(turn.flow, turn.state)
    return understand_keys(SlotKind(slot.kind), keys, today=today, now=now, limits=slot.limits, language=turn.state.language)


def picked(turn: Turn, event: Picked) -> None:
    """A button, in writing."""
    here = turn.here
    if turn.state.phase is Phase.CONFIRMING and event.button in (YES, NO):
        answered(turn, event.button)
        return
    slot = slot_of(turn.flow, here)
    if slot is not None and slot.kind == SlotKind.YES_NO and event.button in (YES, NO):
        take_values(turn, Found((Value(slot.id, event.button == YES, 1.0, True),), Found_.MATCH), how="typed")
        return
    choice = turn.flow.choices(here).get(event.button)
    if choice is None:
        misunderstood(turn)
    else:
        take(turn, choice, "typed", 1.0)
