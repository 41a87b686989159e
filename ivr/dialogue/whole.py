"""Whether what was said so far is a whole answer, after which nobody goes on: a turn may end sooner then (end of turn per slot).

"four seven one one" is one where an order number has four digits, "four seven" is none; "tomorrow" is one unless the step
also takes the time of day; of a name, a number or a free sentence nobody knows.
"""

from __future__ import annotations

from collections.abc import Collection

from ivr.dialogue.answers import means
from ivr.dialogue.finding import Said, find
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.flow.parts import CHOICE, Slot, slot_of
from ivr.understand import NO, YES, Verdict, normal
from ivr.values import SlotKind
from ivr.values import Verdict as Found_
from ivr.values.vocabulary import idle


def whole(turn: Turn, text: str, score: float, engine: str) -> bool:
    """Whether these words answer the open question with nothing left to say. Changes nothing."""
    state = turn.state
    if state.phase not in (Phase.ASKING, Phase.CONFIRMING, Phase.OFFERING):
        return False
    meant, code = means(turn, text, score, engine), state.language
    if meant.kind is Verdict.MATCH and normal(text, code) in _phrases(turn, meant.choice):
        return True
    slot = slot_of(turn.flow, turn.here)
    if state.phase is not Phase.ASKING or slot is None:
        return meant.kind is Verdict.MATCH and meant.choice in (YES, NO)
    said = f"{state.part} {text}".strip()  # the first half of it may have been a turn of its own
    found = find(turn.flow, state, turn.here, Said.of(said, score, engine, code))
    value = next((one for one in found.values if one.slot == slot.id), None)
    if value is None or not value.sure or found.verdict is not Found_.MATCH or set(found.rest.split()) - idle(code):
        return False
    return _ends(turn, slot, value.value, {one.slot for one in found.values})


def _phrases(turn: Turn, choice: str) -> tuple[str, ...]:
    """Whole answers that mean this choice."""
    known = turn.flow.choices(turn.here).get(choice)
    return known.phrases.get(turn.state.language, ()) if known else ()


def _ends(turn: Turn, slot: Slot, value: object, told: Collection[str]) -> bool:
    """Whether a value of this slot has an end that can be heard. Who names a day goes on with the time of it."""
    if slot.kind == SlotKind.DIGITS:
        return len(str(value)) == slot.limits.length_max
    if slot.kind == SlotKind.DATE:
        return all(name in turn.state.slots or name in told for name in turn.here.takes)
    return slot.kind in (CHOICE, SlotKind.YES_NO)
