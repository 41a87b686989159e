"""Several attempts at one value: corrections ("no, 4712"), alternatives ("Friday or Saturday"), bounds ("not before Friday")."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise

from ivr.understand.judgement import ACCEPT, CONFIRM
from ivr.values import date as days
from ivr.values import digits as rows
from ivr.values import phone as phones
from ivr.values.ask import Ask
from ivr.values.clauses import Clause
from ivr.values.date_words import gather
from ivr.values.finding import Finding, Reason, SlotKind, Verdict, found, refused
from ivr.values.heard import Heard

Grammar = Callable[[Heard, range, Ask], Finding]
USABLE = (Verdict.MATCH, Verdict.CONFIRM)
UNSURE = (ACCEPT + CONFIRM) / 2
_ALTERNATIVES = (SlotKind.DIGITS, SlotKind.NUMBER, SlotKind.MONEY, SlotKind.DATE, SlotKind.TIME, SlotKind.PHONE)


def last_valid(said: Heard, attempts: tuple[Clause, ...], grammar: Grammar, ask: Ask) -> Finding:
    """The last attempt that gives a value; what was taken back never does."""
    if not attempts:
        return refused(ask.kind)
    if not attempts[-1].span and not attempts[-1].negated:
        # "4711, no, wait": the correction is still to come.
        before = last_valid(said, attempts[:-1], grammar, ask)
        return replace(before, verdict=Verdict.INCOMPLETE, reason=Reason.WITHDRAWN) if before.verdict in USABLE else before
    findings = [(one, _attempt(said, one, grammar, ask)) for one in attempts]
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
            if best is not None and best.value is not None and one.corrects and finding.reason is not Reason.NO_VALUE:
                # Something was said instead of the value, and it cannot be used: the old one is not to be taken without asking.
                best = doubted(best)
    if best is None:
        return refusal or _after_denial(said, attempts[-1].span, findings[-1][1].normal, grammar, ask)
    if best.normal in denied:
        return refused(ask.kind, Reason.WITHDRAWN, best.normal)
    return replace(best, rest=" ".join(filter(None, (finding.rest for one, finding in findings if not one.negated))))


def doubted(finding: Finding) -> Finding:
    """The same, to be asked back."""
    return replace(finding, verdict=Verdict.CONFIRM, score=min(finding.score, UNSURE), reason=finding.reason or Reason.UNSURE)


def _attempt(said: Heard, clause: Clause, grammar: Grammar, ask: Ask) -> Finding:
    """One clause: its alternatives, or the one value in it. A bound where a value was asked for is asked back."""
    finding = _either(said, clause.span, grammar, ask) or grammar(said, clause.span, ask)
    return doubted(finding) if clause.hedged and finding.verdict in USABLE else finding


def _either(said: Heard, span: range, grammar: Grammar, ask: Ask) -> Finding | None:
    """ "Friday or Saturday": the first of them, with the others; None where there are no two values."""
    cuts = [at for at in span if said.tokens[at].text in ask.words.alternating]
    if not cuts or ask.kind not in _ALTERNATIVES:
        return None
    edges = [span.start - 1, *cuts, span.stop]
    parts = [range(left + 1, right) for left, right in pairwise(edges) if left + 1 < right]
    usable = [finding for part in parts if (finding := grammar(said, part, ask)).verdict in USABLE]
    others = [value for finding in usable for value in (finding.value, *finding.others) if value != usable[0].value]
    if len(usable) < 2 or not others:
        return None
    distinct = tuple(value for at, value in enumerate(others) if value not in others[:at])
    return found(ask.kind, usable[0].value, usable[0].normal, usable[0].score, others=distinct)


def _mended(before: Finding, new: Finding, said: Heard, clause: Clause, ask: Ask) -> Finding | None:
    """A correction that gives only the part that changes: the last digits, the day of the month."""
    if before.verdict not in USABLE:
        return None
    if ask.kind is SlotKind.DATE:
        return days.amended(before, gather(said, clause.span, ask), ask)
    if ask.kind not in (SlotKind.DIGITS, SlotKind.PHONE) or not isinstance(before.value, str) or not new.normal.isdigit():
        return None
    if ask.kind is SlotKind.PHONE:
        anew = phones.amended(before.value, new.normal)
    else:
        anew = rows.amended(before.value, new.normal, ask.limits)
    return found(ask.kind, anew, anew, UNSURE, reason=Reason.UNSURE) if anew else None


def _after_denial(said: Heard, span: range, code: str, grammar: Grammar, ask: Ask) -> Finding:
    """Only what it is not was said ("not 4711"), or both in one breath without a pause ("not 4711 4712")."""
    if ask.kind is SlotKind.DIGITS and len(code) >= 2:
        for start in range(span.start + 1, span.stop):
            finding = grammar(said, range(start, span.stop), ask)
            if finding.verdict in USABLE and isinstance(finding.value, str) and len(finding.value) * 2 == len(code):
                return doubted(finding)
    return refused(ask.kind, Reason.WITHDRAWN if code else Reason.NO_VALUE, code, rest=said.text(span.start, span.stop))
