"""A row of digits or signs: order numbers, cards, codes. Said in any grouping, leading zeros kept, checked by length and check digit."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.understand.judgement import ACCEPT, CONFIRM
from ivr.values.ask import Ask
from ivr.values.check_digit import DIGITS, passes
from ivr.values.finding import Finding, Limits, Reason, found, incomplete, refused
from ivr.values.heard import Heard
from ivr.values.letters import spelled
from ivr.values.numerals import Way, numerals
from ivr.values.vocabulary import Rank

_TENS, _HUNDREDS = frozenset({Rank.TENS}), frozenset({Rank.HUNDREDS})
MISHEARD = (Way(2), Way(1), Way(3))  # what recognisers mishear: the likeliest first
REGROUPED = tuple(
    Way(2, split) for split in (_TENS, _HUNDREDS, _TENS | _HUNDREDS, frozenset({Rank.REPEATED}))
)  # other numbers in the same words
_WEAK_COST, _GROUPING_COST, _DOUBT_COST = 0.02, 0.3, 0.3
_FITS = 0.5  # strangers matter only half as much around a number that has the one right length or a right check digit


def digits(heard: Heard, span: range, ask: Ask) -> Finding:
    """The digits in these tokens; several numbers in a row are one."""
    fallback: Finding | None = None
    for ways in (MISHEARD, REGROUPED):
        fitting: list[tuple[str, float, str]] = []
        for code, score, claimed in readings(heard, span, ask, ways):
            rest, why = heard.rest(claimed, ask.idle, span), wrong(code, ask.limits)
            if not why:
                fitting.append((code, score, rest))
            elif fallback is None:
                short = why is Reason.TOO_SHORT and score >= ACCEPT
                fallback = incomplete(ask.kind, code, code, why, rest) if short else refused(ask.kind, why, code, rest)
        if fitting:
            fitting.sort(key=lambda one: -one[1])
            code, score, rest = fitting[0]
            others = tuple(other for other, likely, _ in fitting[1:] if likely >= CONFIRM)
            return found(ask.kind, code, code, score, others=others, rest=rest)
    return fallback or refused(ask.kind, rest=heard.rest((), ask.idle, span))


def wrong(code: str, limits: Limits) -> Reason:
    """Why this is no value within the limits; NONE where it is one."""
    if len(code) < (limits.length_min or 1):
        return Reason.TOO_SHORT
    if limits.length_max and len(code) > limits.length_max:
        return Reason.TOO_LONG
    return Reason.NONE if passes(code, limits.check, limits.alphabet) else Reason.CHECK_DIGIT


def amended(code: str, tail: str, limits: Limits) -> str:
    """`code` with its end said anew ("4711, no, 12" is 4712), or "" where that is no value either."""
    new = code[: len(code) - len(tail)] + tail
    return new if 0 < len(tail) < len(code) and not wrong(new, limits) else ""


def readings(heard: Heard, span: range, ask: Ask, ways: tuple[Way, ...]) -> Iterator[tuple[str, float, set[int]]]:
    """(signs, score, tokens) of every different way to read these words, the plainest first."""
    seen: set[str] = set()
    fixed = ask.limits.length_min > 3 or bool(ask.limits.check)
    for way in ways:
        if way.homophones == 3 and not _begins_weak(heard, span, ask):
            continue
        if ask.limits.alphabet == DIGITS:
            numbers = [one for one in numerals(heard, ask.words, span, way) if not one.ordinal]
            parts = [(one.digits, one) for one in numbers]
        else:
            parts = list(spelled(heard, ask, span, way))
        code = "".join(signs for signs, _ in parts)
        if not code or code in seen:
            continue
        seen.add(code)
        claimed = {at for _, one in parts for at in range(one.first, one.last)}
        fits = fixed and not wrong(code, ask.limits)
        score = ask.belief(heard, claimed, span) if not fits else 1 - _FITS * (1 - ask.belief(heard, claimed, span))
        score -= _WEAK_COST * sum(one.weak for _, one in parts) + _GROUPING_COST * bool(way.split)
        score -= _DOUBT_COST * any(one.doubtful for _, one in parts)
        yield code, score, claimed


def _begins_weak(heard: Heard, span: range, ask: Ask) -> bool:
    """Whether the first word of substance could be a misheard digit ("for seven one one")."""
    for at in span:
        atom = ask.words.numerals.get(heard.tokens[at].text)
        if atom is not None:
            return atom.weak
        if heard.tokens[at].text not in ask.idle:
            return False
    return False
