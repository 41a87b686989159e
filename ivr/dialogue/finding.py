"""Finding the values of slots in one utterance: several at once, those that correct an earlier answer among them.

A slot that is called by its name ("the order is 4712") gets its value first; what is left of the words is for the slot that was
asked, and what is left of that for the others which the step takes.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

from ivr.dialogue import moment
from ivr.dialogue.state import State
from ivr.flow.parts import CHOICE, Flow, Slot, Step, StepKind, slot_of
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
    values: dict[str, Value] = {}
    named = _named(flow, state, step, said)
    rest = said.text
    for slot, words in named:
        finding = one(flow, state, slot, words, said)
        if _usable(finding):
            values[slot.id] = _value(slot, finding, said, state)
            rest = rest.replace(words, "", 1) if asked is None or slot.id != asked.id else rest
    verdict, reason = Verdict.NO_MATCH, Reason.NONE
    if asked is not None and asked.id in values:
        verdict = Verdict.MATCH
    elif asked is not None:
        finding = one(flow, state, asked, rest, said)
        verdict, reason = finding.verdict, finding.reason
        if _usable(finding):
            values[asked.id] = _value(asked, finding, said, state)
            rest = finding.rest if asked.kind != CHOICE else rest
    for name in takes or step.takes:
        slot = flow.slots[name]
        if name in values or name in state.slots or not rest:
            continue
        finding = one(flow, state, slot, rest, said)
        if _usable(finding) and finding.score * said.belief >= ACCEPT:
            values[name] = _value(slot, finding, said, state)
            rest = finding.rest if slot.kind != CHOICE else rest
    if not values and verdict is Verdict.NO_MATCH:
        values = _unnamed(flow, state, said)
    changed = tuple(name for name in values if name in state.slots and state.slots[name] != values[name].value)
    return Found(tuple(values.values()), verdict, reason, changed, rest.strip())


def one(flow: Flow, state: State, slot: Slot, words: str, said: Said) -> Finding:
    """The value of one slot in these words."""
    if not said.belief:
        return Finding(SlotKind.TEXT, Verdict.NO_MATCH, reason=Reason.UNSURE)
    if slot.kind == CHOICE:
        return _choice(slot, words, said.code)
    return understand(
        SlotKind(slot.kind), words, said.code, today=moment.today(flow, state), now=moment.now(flow, state), limits=slot.limits
    )


def _choice(slot: Slot, words: str, code: str) -> Finding:
    """A value that the flow names."""
    options = [Option(one.id, one.phrases.get(code, ()), one.words.get(code, ()), True) for one in slot.choices]
    meant = judge(options, code, words)
    verdicts = {Heard.MATCH: Verdict.MATCH, Heard.CONFIRM: Verdict.CONFIRM, Heard.NO_MATCH: Verdict.NO_MATCH}
    return Finding(SlotKind.TEXT, verdicts[meant.kind], meant.choice or None, meant.choice, meant.score, rest=words)


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


def _named(flow: Flow, state: State, step: Step, said: Said) -> list[tuple[Slot, str]]:
    """Slots that are called by their names, each with the words from its name to the next one's."""
    text = normal(said.text, said.code)
    words = text.split()
    found: list[tuple[int, int, Slot]] = []
    for slot in flow.slots.values():
        if flow.asking(slot.id) is None or not (slot.id in state.slots or slot.id == step.slot or slot.id in step.takes):
            continue
        for name in slot.names.get(said.code, ()):
            called = normal(name, said.code).split()
            at = next((at for at in range(len(words)) if words[at : at + len(called)] == called), None)
            if at is not None and called:
                found.append((at, at + len(called), slot))
                break
    if not found:
        return []
    found.sort(key=lambda one: one[0])
    ends = [at for at, _, _ in found[1:]] + [len(words)]
    source = said.text if len(found) == 1 else ""
    return [(slot, _after(source, words, first, end)) for (_, first, slot), end in zip(found, ends, strict=True) if end > first]


def _after(source: str, words: list[str], first: int, end: int) -> str:
    """The words as they were said where that can be told, else in their normal form."""
    spoken = source.split()
    return " ".join(spoken[first:]) if len(spoken) == len(words) else " ".join(words[first:end])


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


def askable(flow: Flow, names: Iterable[str]) -> list[str]:
    """Those of these slots that a step asks for, in the order of the flow."""
    wanted = set(names)
    return [step.slot for step in flow.steps.values() if step.kind is StepKind.ASK and step.slot in wanted]
