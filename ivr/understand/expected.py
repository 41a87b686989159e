"""What a step of a flow expects, in the two forms in which it is needed: options for the judge, an Expectation for the ear."""

from __future__ import annotations

import unicodedata
from dataclasses import replace
from functools import lru_cache

from ivr.flow.parts import Flow, Slot, Step, slot_of
from ivr.languages import back_channel, language
from ivr.understand.closeness import Option
from ivr.understand.words import normal
from ivr.values.check_digit import DIGITS
from ivr.values.vocabulary import idle, sayings
from voice.recognizers.closeness import plain
from voice.recognizers.protocol import Expectation, Kind

SENTENCES_IN_HINT = 8  # Whisper's prompt holds 224 tokens; eight sentences are about half of it in Russian


@lru_cache(maxsize=512)
def options(flow: Flow, step_id: str, code: str) -> tuple[Option, ...]:
    """Everything that is understood at this step in the language `code`, global commands among it; yes and no are not."""
    choices = flow.choices(flow.steps[step_id]).values()
    return tuple(
        Option(choice.id, choice.phrases.get(code, ()), choice.words.get(code, ()), choice.confirm is not None)
        for choice in choices
        if choice.phrases.get(code) or choice.words.get(code)
    )


# What sort of answer the ear waits for, by the kind of the slot.
_KINDS = {
    "choice": Kind.CHOICE, "digits": Kind.DIGITS, "phone": Kind.DIGITS, "number": Kind.NUMBER, "money": Kind.NUMBER,
    "date": Kind.DATE, "time": Kind.DATE, "yes_no": Kind.YES_NO, "name": Kind.NAME, "email": Kind.NAME, "text": Kind.FREE,
}  # fmt: skip


def kind_of(flow: Flow, step: Step) -> Kind:
    """What sort of answer this step waits for."""
    slot = slot_of(flow, step)
    return _KINDS[slot.kind] if slot else step.expects


@lru_cache(maxsize=512)
def expectation(flow: Flow, step_id: str, code: str, confirming: bool = False) -> Expectation:
    """What the ear is told at this step: whole phrases, yes and no where they are asked, and a few example sentences."""
    step = flow.steps[step_id]
    kind = Kind.YES_NO if confirming else kind_of(flow, step)
    spoken, here = language(code), options(flow, step_id, code)
    phrases = [phrase for option in here for phrase in option.phrases]
    if kind is Kind.YES_NO:
        phrases = [*spoken.yes, *spoken.no, *phrases]
        sentences = [spoken.yes[0], spoken.no[0]]
    else:
        sentences = [*step.examples.get(code, ()), *(next((p for p in option.phrases if " " in p), "") for option in here)]
    # Over a prompt they are no murmurs: who asks for time, or to be heard, is not told more meanwhile.
    phrases += sorted(spoken.delaying | spoken.claiming)
    phrases = [phrase for phrase in dict.fromkeys(phrases) if _script(phrase) == _script(spoken.yes[0])]
    hint = ". ".join(list(filter(None, sentences))[:SENTENCES_IN_HINT])
    # Who greets in the middle of a prompt has something to say, or asks whether anybody is there.
    told = Expectation(
        code,
        kind,
        tuple(phrases),
        hint,
        back_channel(code) - spoken.greetings,
        spoken.fold,
        values=_values(flow, step, code),
        small=_small(code),
    )
    slot = slot_of(flow, step)
    if slot is None or slot.kind != "digits" or kind is not Kind.DIGITS or slot.limits.alphabet != DIGITS:
        return told
    return replace(told, around=_around(slot, code), digits=slot.limits.length_min or 1)


def _values(flow: Flow, step: Step, code: str) -> tuple[str, ...]:
    """What the values are made of that are said to this step: days, times, choices of a slot."""
    slot = slot_of(flow, step)
    taken = [*([slot] if slot else []), *(flow.slots[name] for name in step.takes)]
    chosen = (plain(phrase) for one in taken for choice in one.choices for phrase in choice.phrases.get(code, ()))
    return tuple(dict.fromkeys([*chosen, *(plain(word) for one in taken for word in sayings(one.kind, code))]))


@lru_cache(maxsize=16)
def _small(code: str) -> frozenset[str]:
    """Words that are said with any answer, and mean nothing by themselves."""
    correcting = (word for phrase in language(code).correcting for word in phrase.split())
    return idle(code).union(correcting, language(code).hanging)


def _around(slot: Slot, code: str) -> frozenset[str]:
    """Words that are said with the number of this slot: what it is called, and what one says before any."""
    called = (normal(name, code) for name in slot.names.get(code, ()))
    return language(code).numbering.union(*(name.split() for name in called))


def _script(phrase: str) -> str:
    """LATIN, CYRILLIC, ...: no ear writes another script than its language's, and a grammar must not hold one."""
    return unicodedata.name(phrase[0], "").split(" ")[0]
