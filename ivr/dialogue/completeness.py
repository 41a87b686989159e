"""How much of an answer was said so far, so that a turn may end sooner or must be waited for longer (end of turn per slot).

"four seven one one" is whole where an order number has four digits, "four seven" is begun, and so is "it is"; "tomorrow" is whole
unless the step also takes the time of day, and open then; of a name, a number or a free sentence nobody knows: open. The rule behind
it: can a longer answer begin like this? Words that are none and begin none ("track Mike Parso") are unknown: they were misheard.
"""

from __future__ import annotations

from collections.abc import Collection

from ivr.dialogue.answers import means
from ivr.dialogue.finding import WHOLE_ONLY, Said, find
from ivr.dialogue.state import Phase
from ivr.dialogue.turn import Turn
from ivr.flow.parts import CHOICE, Slot, slot_of
from ivr.languages import language
from ivr.understand import NO, YES, Understanding, Verdict, is_delay, is_greeting, is_hanging, is_hesitation, is_nothing, normal
from ivr.values import SlotKind
from ivr.values import Verdict as Found_
from ivr.values.vocabulary import idle
from voice.recognizers.protocol import Completeness


def completeness(turn: Turn, text: str, score: float, engine: str) -> Completeness:
    """What these words are of an answer to the open question. Changes nothing."""
    state, code = turn.state, turn.state.language
    if state.phase not in (Phase.ASKING, Phase.CONFIRMING, Phase.OFFERING):
        return Completeness.OPEN
    if is_nothing(text, code) or is_hesitation(text, code) or is_delay(text, code) or is_greeting(text, code):
        return Completeness.BEGUN
    words, meant = normal(text, code), means(turn, text, score, engine)
    if meant.kind is Verdict.MATCH and words in _phrases(turn, meant.choice):
        return Completeness.OPEN if _begins_another(turn, words) else Completeness.WHOLE
    slot = slot_of(turn.flow, turn.here) if state.phase is Phase.ASKING else None
    hanging = is_hanging(words, code) and (slot is None or slot.kind != SlotKind.DIGITS)  # a "for" may be a four
    if slot is None:
        return Completeness.BEGUN if hanging else _choice(turn, words, meant)
    if slot.kind in WHOLE_ONLY:
        return Completeness.BEGUN if hanging else Completeness.OPEN
    said = f"{state.part} {text}".strip()  # the first half of it may have been a turn of its own
    found = find(turn.flow, state, turn.here, Said.of(said, score, engine, code))
    value = next((one for one in found.values if one.slot == slot.id), None)
    sure = value is not None and (value.sure or slot.kind == SlotKind.DIGITS)  # one to be asked about has as many digits
    alone = sure and found.verdict is Found_.MATCH and not set(found.rest.split()) - idle(code)
    if value and alone and not hanging and _ends(turn, slot, value.value, {one.slot for one in found.values}):
        return Completeness.WHOLE
    names = {word for name in slot.names.get(code, ()) for word in normal(name, code).split()}
    if found.verdict is Found_.INCOMPLETE or hanging or (not found.values and names.issuperset(words.split())):
        return Completeness.BEGUN
    return Completeness.OPEN if found.values else _unclear(turn, words, meant, idle(code) | names)


def _choice(turn: Turn, words: str, meant: Understanding) -> Completeness:
    """Of what has no value: a topic, or yes or no. A bare no is often gone on with by what it should be, where that is taken."""
    code = turn.state.language
    if meant.kind is not Verdict.MATCH or (meant.choice not in (YES, NO) and _begins_another(turn, words)):
        return _unclear(turn, words, meant, language(code).idle)
    correcting = set(language(code).correcting)
    corrects = words in correcting or correcting.issuperset(words.split())  # an ear may write a no twice
    if meant.choice == NO and corrects and (turn.here.takes or turn.state.doubts):
        return Completeness.BEGUN
    return Completeness.WHOLE if meant.choice in (YES, NO) else Completeness.OPEN


def _unclear(turn: Turn, words: str, meant: Understanding, small: frozenset[str]) -> Completeness:
    """Begun, where there are only small words or the beginning of a phrase of this step; what means nothing was misheard."""
    if _begins_another(turn, words) or (meant.kind is Verdict.NO_MATCH and small.issuperset(words.split())):
        return Completeness.BEGUN
    return Completeness.UNKNOWN if meant.kind is Verdict.NO_MATCH else Completeness.OPEN


def _begins_another(turn: Turn, words: str) -> bool:
    """Whether a phrase of this step begins with these words and says more than they do (a "please" is no more)."""
    code, begin = turn.state.language, words + " "
    small = language(code).idle
    return any(
        said.startswith(begin) and not small.issuperset(said.removeprefix(begin).split())
        for choice in turn.flow.choices(turn.here).values()
        for said in (normal(phrase, code) for phrase in choice.phrases.get(code, ()))
    )


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
