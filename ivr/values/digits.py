"""A row of digits or signs: order numbers, cards, codes. Said in any grouping, leading zeros kept, checked by length and check digit."""

from __future__ import annotations

from collections.abc import Iterator

from ivr.understand.judgement import ACCEPT, CONFIRM
from ivr.values.ask import Ask
from ivr.values.check_digit import DIGITS, passes
from ivr.values.finding import Finding, Limits, Reason, found, incomplete, refused
from ivr.values.heard import Heard, Sort
from ivr.values.letters import spelled
from ivr.values.numerals import Numeral, Way, numerals
from ivr.values.vocabulary import Rank

_TENS, _HUNDREDS = frozenset({Rank.TENS}), frozenset({Rank.HUNDREDS})
MISHEARD = (Way(2), Way(1), Way(3))  # what recognisers mishear: the likeliest first
REGROUPED = tuple(
    Way(2, split) for split in (_TENS, _HUNDREDS, _TENS | _HUNDREDS, frozenset({Rank.REPEATED}))
)  # other numbers in the same words
_WEAK_COST, _GROUPING_COST, _DOUBT_COST, _APART_COST, _LONELY = 0.02, 0.3, 0.3, 0.15, 0.65
_ECHO_COST = 0.25  # such a number is asked about: the caller may have said one sign too many
_FITS = 0.5  # strangers matter only half as much around a number that has the one right length or a right check digit


def digits(heard: Heard, span: range, ask: Ask) -> Finding:
    """The digits in these tokens; several numbers in a row are one."""
    fallback: Finding | None = None
    for ways in (MISHEARD, REGROUPED):
        fitting: list[tuple[str, float, str]] = []
        for code, score, claimed in readings(heard, span, ask, ways):
            code, score = _once(code, score, ask.limits)
            rest, why = heard.rest(claimed, ask.idle, span), wrong(code, ask.limits)
            lonely = len(code) == 1 and bool(rest) and score < 1.0  # "three" in "I called three times"
            if not why:
                fitting.append((code, min(score, _LONELY) if lonely else score, rest))
            elif fallback is None and not lonely:
                short = why is Reason.TOO_SHORT and score >= ACCEPT
                fallback = incomplete(ask.kind, code, code, why, rest) if short else refused(ask.kind, why, code, rest)
        if fitting:
            return _best(fitting, ask)
    return fallback or refused(ask.kind, rest=heard.rest((), ask.idle, span))


def _best(fitting: list[tuple[str, float, str]], ask: Ask) -> Finding:
    """The surest of several readings; the others that are as long, too, make it a question."""
    fitting.sort(key=lambda one: -one[1])
    longest = max(len(code) for code, _, _ in fitting)
    fitting = [one for one in fitting if len(one[0]) * 2 >= longest]
    code, score, rest = fitting[0]
    others = tuple(dict.fromkeys(other for other, likely, _ in fitting[1:] if likely >= CONFIRM and other != code))
    return found(ask.kind, code, code, score, others=others, rest=rest)


def _once(code: str, score: float, limits: Limits) -> tuple[str, float]:
    """A number that was said twice ("4711, yes, 4711"), or to whose end an ear wrote more of the same, where only one is allowed."""
    if wrong(code, limits) is not Reason.TOO_LONG:
        return code, score
    half, head = code[: len(code) // 2], code[: limits.length_max]
    if len(half) >= 3 and code == half * 2 and not wrong(half, limits):
        return half, score - 0.05
    sure = score - _ECHO_COST >= CONFIRM  # other numbers in the same words come first
    return (head, score - _ECHO_COST) if sure and _echoes(code, len(head)) and not wrong(head, limits) else (code, score)


def _echoes(code: str, length: int) -> bool:
    """Whether all after `length` signs is the last one, or the last two to four, over and over (recognisers do so in silence)."""
    at = length
    while at < len(code):
        runs = [
            next((end for end in range(at, len(code)) if code[end] != code[end - size]), len(code)) - at
            for size in range(1, min(4, length) + 1)
        ]
        at += (run := max((run for size, run in enumerate(runs, 1) if run >= min(size, 2)), default=0))
        if not run:
            return False
    return True


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
        runs = _runs(heard, parts, ask)
        whole = [parts] if len(runs) > 1 else []
        for row in (*runs, *whole):
            code = "".join(signs for signs, _ in row)
            if not code or code in seen:
                continue
            if row is parts and len(runs) > 1 and any(one for one in seen if not wrong(one, ask.limits)):
                continue  # a part of it is a number, so that the whole is two
            seen.add(code)
            claimed = {at for _, one in row for at in range(one.first, one.last)}
            fits = fixed and not wrong(code, ask.limits)
            belief = ask.belief(heard, claimed, span)
            score = 1 - _FITS * (1 - belief) if fits else belief
            score -= _WEAK_COST * sum(one.weak for _, one in row) + _GROUPING_COST * bool(way.split)
            score -= _DOUBT_COST * any(one.doubtful for _, one in row) + _APART_COST * (row is parts and len(runs) > 1)
            yield code, max(0.0, score), claimed


def _runs(heard: Heard, parts: list[tuple[str, Numeral]], ask: Ask) -> list[list[tuple[str, Numeral]]]:
    """The parts, cut where words stand between them that have nothing to do with a number; the longest run first."""
    runs: list[list[tuple[str, Numeral]]] = []
    for part in parts:
        between = heard.tokens[runs[-1][-1][1].last : part[1].first] if runs else ()
        if runs and all(token.sort is Sort.SIGN or token.text in ask.idle for token in between):
            runs[-1].append(part)
        else:
            runs.append([part])
    return sorted(runs, key=lambda run: -sum(len(signs) for signs, _ in run))


def _begins_weak(heard: Heard, span: range, ask: Ask) -> bool:
    """Whether the first word of substance could be a misheard digit ("for seven one one")."""
    for at in span:
        atom = ask.words.numerals.get(heard.tokens[at].text)
        if atom is not None:
            return atom.weak
        if heard.tokens[at].text not in ask.idle:
            return False
    return False
