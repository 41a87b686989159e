"""From an utterance to a value: cut at corrections, each attempt read by the grammar of its kind, the last valid one taken."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, time
from types import MappingProxyType

from ivr.understand.judgement import ACCEPT, CONFIRM
from ivr.understand.words import is_nothing
from ivr.values import answers
from ivr.values import date as days
from ivr.values import digits as rows
from ivr.values.ask import Ask
from ivr.values.clauses import Clause, clauses
from ivr.values.date_words import gather
from ivr.values.email import email
from ivr.values.finding import ANY, Finding, Limits, Reason, SlotKind, Verdict, found, refused
from ivr.values.heard import Heard, heard
from ivr.values.money import money
from ivr.values.name import name
from ivr.values.number import number
from ivr.values.phone import amended as phone_amended
from ivr.values.phone import phone
from ivr.values.time import time_of_day

Grammar = Callable[[Heard, range, Ask], Finding]
USABLE = (Verdict.MATCH, Verdict.CONFIRM)

GRAMMARS: Mapping[SlotKind, Grammar] = MappingProxyType(
    {
        SlotKind.DIGITS: rows.digits,
        SlotKind.DATE: days.day,
        SlotKind.NUMBER: number,
        SlotKind.MONEY: money,
        SlotKind.TIME: time_of_day,
        SlotKind.PHONE: phone,
        SlotKind.EMAIL: email,
        SlotKind.NAME: name,
        SlotKind.YES_NO: answers.yes_no,
        SlotKind.TEXT: answers.text,
    }
)
UNSURE = (ACCEPT + CONFIRM) / 2
WHOLE = (SlotKind.YES_NO, SlotKind.TEXT)  # a "no" in them is no correction


def understand(
    kind: SlotKind, text: str, language: str, *, today: date, now: time | None = None, limits: Limits = ANY
) -> Finding:
    """The value of `kind` in `text` (as heard or typed). `today` and `now` are the caller's; `now` None where nobody knows.

    Never raises for any text. Under 2 ms. To go on after `incomplete`, give the former text and the new one together.
    """
    if is_nothing(text, language):
        return refused(kind, Reason.NOTHING)
    ask = Ask(kind, language, limits, today, now)
    said = heard(text)
    if kind in WHOLE:
        return GRAMMARS[kind](said, range(len(said.tokens)), ask)
    return _last_valid(said, clauses(said, ask.words), GRAMMARS[kind], ask)


def _last_valid(said: Heard, attempts: tuple[Clause, ...], grammar: Grammar, ask: Ask) -> Finding:
    """The last attempt that gives a value; what was taken back never does."""
    whole = range(len(said.tokens))
    if not attempts:
        return refused(ask.kind, Reason.NO_VALUE)
    if not attempts[-1].span and not attempts[-1].negated:
        # "4711, no, wait": the correction is still to come.
        before = _last_valid(said, attempts[:-1], grammar, ask)
        return replace(before, verdict=Verdict.INCOMPLETE, reason=Reason.WITHDRAWN) if before.verdict in USABLE else before
    findings = [(one, _hedged(grammar(said, one.span, ask), one)) for one in attempts]
    denied = {finding.normal for one, finding in findings if one.negated and finding.normal}
    best: Finding | None = None
    refusal: Finding | None = None
    for one, finding in findings:
        if one.negated:
            continue
        if best is not None and one.corrects and (mended := _mended(best, finding, said, one, ask)) is not None:
            best = mended
        elif finding.verdict in USABLE or (finding.verdict is Verdict.INCOMPLETE and best is None):
            best = finding
        elif finding.reason is not Reason.NO_VALUE or refusal is None:
            refusal = finding
            if best is not None and one.corrects and finding.reason is not Reason.NO_VALUE:
                # Something was said instead of the value, and it cannot be used: the old one is not to be taken without asking.
                best = doubted(best)
    if best is None and refusal is None:
        return _after_denial(said, attempts, findings, grammar, ask)
    if best is None or (refusal is not None and refusal.reason is not Reason.NO_VALUE and best is None):
        return refusal or refused(ask.kind)
    if best.normal in denied:
        return refused(ask.kind, Reason.WITHDRAWN, best.normal)
    return replace(best, rest=_rest(said, findings, ask)) if len(whole) else best


def _rest(said: Heard, findings: list[tuple[Clause, Finding]], ask: Ask) -> str:
    """What was said besides, over all attempts: where an attempt had a value, only what stood beside it."""
    return " ".join(filter(None, (finding.rest for one, finding in findings if not one.negated)))


def _hedged(finding: Finding, clause: Clause) -> Finding:
    """A bound where a value was asked for is asked back."""
    return finding if not clause.hedged or finding.verdict not in USABLE else doubted(finding)


def doubted(finding: Finding) -> Finding:
    """The same, to be asked back."""
    return replace(finding, verdict=Verdict.CONFIRM, score=min(finding.score, UNSURE), reason=Reason.UNSURE)


def _mended(before: Finding, new: Finding, said: Heard, clause: Clause, ask: Ask) -> Finding | None:
    """A correction that gives only the part that changes: the last digits, the day of the month."""
    if before.verdict not in USABLE:
        return None
    if ask.kind is SlotKind.DIGITS and isinstance(before.value, str) and new.normal and new.normal.isdigit():
        amended = rows.amended(before.value, new.normal, ask.limits)
        return found(ask.kind, amended, amended, UNSURE, reason=Reason.UNSURE) if amended else None
    if ask.kind is SlotKind.PHONE and isinstance(before.value, str) and new.normal.isdigit():
        amended = phone_amended(before.value, new.normal)
        return found(ask.kind, amended, amended, UNSURE, reason=Reason.UNSURE) if amended else None
    if ask.kind is SlotKind.DATE:
        return days.amended(before, gather(said, clause.span, ask), ask)
    return None


def _after_denial(
    said: Heard, attempts: tuple[Clause, ...], findings: list[tuple[Clause, Finding]], grammar: Grammar, ask: Ask
) -> Finding:
    """Only what it is not was said ("not 4711"), or both in one breath without a pause ("not 4711 4712")."""
    span, code = attempts[-1].span, findings[-1][1].normal
    if ask.kind is SlotKind.DIGITS and len(code) >= 2:
        for start in range(span.start + 1, span.stop):
            finding = grammar(said, range(start, span.stop), ask)
            if finding.verdict in USABLE and isinstance(finding.value, str) and len(finding.value) * 2 == len(code):
                return doubted(finding)
    return refused(ask.kind, Reason.WITHDRAWN if code else Reason.NO_VALUE, code, rest=said.text(span.start, span.stop))
