"""How much of an answer was said so far, so that a turn may end sooner or must be waited for longer (end of turn per slot).

"four seven one one" is whole where an order number has four digits, "four seven" is begun, and so is "it is"; "tomorrow" is whole
unless the step also takes the time of day, and open then; of a name, a number or a free sentence nobody knows: open.
"""

from __future__ import annotations

from collections.abc import Collection

from ivr.dialogue.answers import means
from ivr.dialogue.finding import WHOLE_ONLY, Said, find
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.flow.parts import CHOICE, Slot, slot_of
from ivr.understand import NO, YES, Verdict, is_hesitation, is_nothing, normal
from ivr.values import SlotKind
from ivr.values import Verdict as Found_
from ivr.values.vocabulary import idle
from voice.recognizers.protocol import Completeness


def completeness(turn: Turn, text: str, score: float, engine: str) -> Completeness:
    """What these words are of an answer to the open question. Changes nothing."""
    state, code = turn.state, turn.state.language
    if state.phase not in (Phase.ASKING, Phase.CONFIRMING, Phase.OFFERING):
        return Completeness.OPEN
    if is_nothing(text, code) or is_hesitation(text, code):
        return Completeness.BEGUN
    meant = means(turn, text, score, engine)
    if meant.kind is Verdict.MATCH and normal(text, code) in _phrases(turn, meant.choice):
        return Completeness.WHOLE
    slot = slot_of(turn.flow, turn.here)
    if state.phase is not Phase.ASKING or slot is None:
        if meant.kind is Verdict.MATCH and meant.choice in (YES, NO):
            return Completeness.WHOLE
        return Completeness.BEGUN if meant.kind is Verdict.NO_MATCH else Completeness.OPEN
    if slot.kind in WHOLE_ONLY:
        return Completeness.OPEN
    said = f"{state.part} {text}".strip()  # the first half of it may have been a turn of its own
    found = find(turn.flow, state, turn.here, Said.of(said, score, engine, code))
    value = next((one for one in found.values if one.slot == slot.id), None)
    if value is None:
        return Completeness.OPEN if found.values or meant.kind is not Verdict.NO_MATCH else Completeness.BEGUN
    if not value.sure or found.verdict is not Found_.MATCH or set(found.rest.split()) - idle(code):
        return Completeness.OPEN
    return Completeness.WHOLE if _ends(turn, slot, value.value, {one.slot for one in found.values}) else Completeness.OPEN


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
