"""Finding the values of slots in one utterance: several at once, those that correct an earlier answer among them.

A slot that is called by its name ("the order is 4712") gets its value first; what is left of the words is for the slot that was
asked, and what is left of that for the others which the step takes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from ivr.dialogue import moment
from ivr.dialogue.state import State
from ivr.flow.parts import CHOICE, Flow, Slot, Step, slot_of
from ivr.languages import language
from ivr.understand import Verdict as Heard
from ivr.understand import judge, normal
from ivr.understand.closeness import Option
from ivr.understand.judgement import ACCEPT, CONFIRM, trust
from ivr.values import Finding, Reason, SlotKind, Verdict, understand

VALUE_ACCEPT = 0.82  # a value misheard is another value, not nonsense: it is asked about sooner than a choice
WHOLE_ONLY = (SlotKind.TEXT, SlotKind.NAME, SlotKind.EMAIL)  # for these a command is one only if nothing else is said


@dataclass(frozen=True, slots=True)
class Said:
    """Words of the caller, how far they are believed (0 to 1), and in which language they are."""

    text: str
    belief: float
    code: str

    @classmethod
    def of(cls, text: str, score: float, engine: str, code: str) -> Said:
        """Words as an ear of this kind gave them."""
        return cls(text, trust(engine, score), code)


@dataclass(frozen=True, slots=True)
class Value:
    """What a slot would get. sure: take it; otherwise it is to be asked about. others: further readings."""

    slot: str
    value: Any
    score: float
    sure: bool
    others: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """All that was found: `values` in the order of importance; `verdict` and `reason` of the slot that was asked.

    corrects: slots of `values` that were known with another value. rest: words that belong to nothing.
    """

    values: tuple[Value, ...] = ()
    verdict: Verdict = Verdict.NO_MATCH
    reason: Reason = Reason.NONE
    corrects: tuple[str, ...] = ()
    rest: str = ""


NOTHING = Found()


def find(flow: Flow, state: State, step: Step, said: Said, *, asked: Slot | None = None, takes: Sequence[str] = ()) -> Found:
    """Everything in these words that this step can use. Pure."""
    asked = asked or slot_of(flow, step)
    search = _Search(flow, state, said)
    for slot, words in _named(flow, state, step, said, asked):
        search.named(slot, words)
    others = [flow.slots[name] for name in takes or step.takes if asked is None or name != asked.id]
    # Words of named values first: "Friday evening" is a day without them.
    for slot in (one for one in others if one.kind == CHOICE):
        search.beside(slot)
    verdict, reason = search.asked(asked) if asked is not None else (Verdict.NO_MATCH, Reason.NONE)
    for slot in (one for one in others if one.kind != CHOICE):
        search.beside(slot)
    values = search.values
    if not values and verdict is Verdict.NO_MATCH:
        values = _unnamed(flow, state, said)
    changed = tuple(name for name in values if name in state.slots and state.slots[name] != values[name].value)
    return Found(tuple(values.values()), verdict, reason, changed, search.rest.strip())


class _Search:
    """Looks for one slot after another in what is left of the words."""

    def __init__(self, flow: Flow, state: State, said: Said) -> None:
        self.flow, self.state, self.said = flow, state, said
        self.rest = said.text
        self.values: dict[str, Value] = {}

    def named(self, slot: Slot, words: str) -> None:
        """A slot that was called by its name, with the words from there on; the name may be part of the value ("the day after")."""
        for text in (words, words.partition(" ")[2]):
            finding = one(self.flow, self.state, slot, text, self.said)
            if _usable(finding):
                self.values[slot.id] = _value(slot, finding, self.said, self.state)
                self.rest = self.rest.replace(words, "", 1)
                return

    def asked(self, slot: Slot) -> tuple[Verdict, Reason]:
        """The slot that the step asks for."""
        finding = one(self.flow, self.state, slot, self.rest, self.said)
        if _usable(finding):
            self.values[slot.id] = _value(slot, finding, self.said, self.state)
            self.rest = finding.rest
        return finding.verdict, finding.reason

    def beside(self, slot: Slot) -> None:
        """A further slot: only where it is sure, and new."""
        if slot.id in self.values or not self.rest:
            return
        finding = one(self.flow, self.state, slot, self.rest, self.said)
        known = self.state.slots.get(slot.id)
        if _usable(finding) and finding.score * self.said.belief >= ACCEPT and finding.value != known:
            self.values[slot.id] = _value(slot, finding, self.said, self.state)
            self.rest = finding.rest


def one(flow: Flow, state: State, slot: Slot, words: str, said: Said) -> Finding:
    """The value of one slot in these words."""
    if not said.belief:
        return Finding(SlotKind.TEXT, Verdict.NO_MATCH, reason=Reason.UNSURE)
    if slot.kind == CHOICE:
        return _choice(slot, words, said.code)
    today, now = moment.today(flow, state), moment.now(flow, state)
    finding = understand(SlotKind(slot.kind), words, said.code, today=today, now=now, limits=slot.limits)
    if finding.verdict is Verdict.INCOMPLETE and finding.reason is Reason.WITHDRAWN and finding.value is not None:
        # "4711, sorry": a correction that does not come. Asking shows whether one was meant.
        return replace(finding, verdict=Verdict.CONFIRM)
    return finding


def _choice(slot: Slot, words: str, code: str) -> Finding:
    """A value that the flow names; what is said not to be it ("not in the morning") is left out. `rest`: without its words."""
    said = f" {normal(words, code)} "
    phrases = {normal(phrase, code): choice.id for choice in slot.choices for phrase in choice.phrases.get(code, ())}
    longest = sorted(phrases, key=len, reverse=True)
    for negation in language(code).contrasting:
        for phrase in longest:
            said = said.replace(f" {negation} {phrase} ", " ")
    options = [Option(one.id, one.phrases.get(code, ()), one.words.get(code, ()), True) for one in slot.choices]
    meant = judge(options, code, said.strip())
    verdicts = {Heard.MATCH: Verdict.MATCH, Heard.CONFIRM: Verdict.CONFIRM, Heard.NO_MATCH: Verdict.NO_MATCH}
    spoken = next((phrase for phrase in longest if phrases[phrase] == meant.choice and f" {phrase} " in said), "")
    rest = said.replace(f" {spoken} ", " ", 1).strip() if spoken else words
    return Finding(SlotKind.TEXT, verdicts[meant.kind], meant.choice or None, meant.choice, meant.score, rest=rest)


def _usable(finding: Finding) -> bool:
    return finding.verdict in (Verdict.MATCH, Verdict.CONFIRM) and finding.value is not None


def _value(slot: Slot, finding: Finding, said: Said, state: State) -> Value:
    """With the ear's doubt, and the rule of the slot."""
    score = round(finding.score * said.belief, 3)
    value, others = finding.value, tuple(one for one in finding.others if str(one) not in state.denied)
    if str(value) in state.denied:
        # The caller has said no to it: the next reading, or nothing.
        value, others, score = (others[0] if others else None), others[1:], min(score, CONFIRM)
    sure = {"always": False, "never": score >= CONFIRM, "unsure": score >= VALUE_ACCEPT and finding.verdict is Verdict.MATCH}
    return Value(slot.id, value, score, sure[slot.confirm] and value is not None, others)


def _named(flow: Flow, state: State, step: Step, said: Said, asked: Slot | None) -> list[tuple[Slot, str]]:
    """Other slots that are called by their names, each with the words from its name to the next one's."""
    words = normal(said.text, said.code).split()
    found: list[tuple[int, int, Slot]] = []
    for slot in flow.slots.values():
        if slot is asked or flow.asking(slot.id) is None or not (slot.id in state.slots or slot.id in step.takes):
            continue
        for name in slot.names.get(said.code, ()):
            called = normal(name, said.code).split()
            at = next((at for at in range(len(words)) if words[at : at + len(called)] == called), None)
            if at is not None:
                found.append((at + len(called) - 1, at, slot))
                break
    found.sort(key=lambda one: one[0])
    ends = [at for _, at, _ in found[1:]] + [len(words)] if found else []
    source = said.text.split()
    whole = source if len(source) == len(words) else words  # as it was said, where that can be told
    return [(slot, " ".join(whole[last:end])) for (last, _, slot), end in zip(found, ends, strict=True) if end > last]


def _unnamed(flow: Flow, state: State, said: Said) -> dict[str, Value]:
    """A correction without a name ("no, not 4711, 4712"): of the latest answer whose kind it fits."""
    text = normal(said.text, said.code)
    spoken = language(said.code)
    starts = (*spoken.correcting, *spoken.contrasting)
    if not any(text == start or text.startswith(start + " ") for start in starts):
        return {}
    for name in reversed(state.history):
        slot = slot_of(flow, flow.steps[name]) if name in flow.steps else None
        if slot is None or slot.id not in state.slots or slot.kind in (SlotKind.TEXT, SlotKind.NAME, SlotKind.YES_NO):
            continue
        finding = one(flow, state, slot, said.text, said)
        if _usable(finding) and finding.value != state.slots[slot.id]:
            return {slot.id: _value(slot, finding, said, state)}
    return {}
