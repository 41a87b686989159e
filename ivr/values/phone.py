"""Telephone numbers: digits in any grouping, made E.164 by the rules of their country (ITU-T E.164; Google's phonenumbers metadata)."""

from __future__ import annotations

import phonenumbers
from phonenumbers import NumberParseException, PhoneNumber, PhoneNumberFormat, ValidationResult

from ivr.values.ask import Ask
from ivr.values.digits import MISHEARD, REGROUPED, readings
from ivr.values.finding import Finding, Reason, Verdict, found, incomplete, refused
from ivr.values.heard import Heard
from ivr.values.numerals import Way

_POSSIBLE, _WITHOUT_PLUS = 0.65, 0.7
DIGITS_MIN = 5  # fewer are not the beginning of a number but something else


def phone(heard: Heard, span: range, ask: Ask) -> Finding:
    """The number in these tokens. One that the country's plan does not know yet is asked back."""
    finding = _found(heard, span, ask, MISHEARD)
    if finding.reason in (Reason.NONE, Reason.TOO_SHORT):
        return finding
    # Groups of digits that belong together otherwise: "nine hundred, one two three" is 900 123.
    regrouped = _found(heard, span, ask, REGROUPED)
    return regrouped if regrouped.verdict is Verdict.CONFIRM and regrouped.reason is Reason.UNSURE else finding


def _found(heard: Heard, span: range, ask: Ask, ways: tuple[Way, ...]) -> Finding:
    fallback: Finding | None = None
    fitting: list[tuple[str, float, Reason, str]] = []
    for code, score, claimed in readings(heard, span, ask, ways):
        first = min(claimed)
        plus = first > span.start and heard.tokens[first - 1].text in ("+", *ask.words.plus)
        claimed = claimed | ({first - 1} if plus else set())
        rest = heard.rest(claimed, ask.idle, span)
        number, certainty, reason = resolve(code, plus, ask.limits.region)
        if number is not None:
            fitting.append((e164(number), min(score, certainty) if certainty < 1 else score, reason, rest))
        elif fallback is None:
            short = reason is Reason.TOO_SHORT and len(code) >= DIGITS_MIN
            normal = "+" * plus + code
            fallback = incomplete(ask.kind, normal, normal, reason, rest) if short else refused(ask.kind, reason, normal, rest)
    if not fitting:
        return fallback or refused(ask.kind, rest=heard.rest((), ask.idle, span))
    # The same digits heard in two ways make one valid number more often than two.
    fitting.sort(key=lambda one: one[2] is not Reason.NONE)
    value, score, reason, rest = fitting[0]
    others = tuple(dict.fromkeys(other for other, _, odd, _ in fitting[1:] if other != value and odd is reason))
    return found(ask.kind, value, value, score, reason=reason, others=others, rest=rest)


def resolve(code: str, plus: bool, region: str) -> tuple[PhoneNumber | None, float, Reason]:
    """The number that these digits are from `region` ("" for none), how sure, and what is odd about it or why there is none."""
    plus = plus or code.startswith("00")
    code = code.removeprefix("00") if code.startswith("00") else code
    ways = [("+" + code, None, 1.0)] if plus else [*([(code, region, 1.0)] if region else []), ("+" + code, None, _WITHOUT_PLUS)]
    reason = Reason.NO_SUCH_PHONE
    possible: PhoneNumber | None = None
    for text, where, certainty in ways:
        try:
            number = phonenumbers.parse(text, where)
        except NumberParseException as error:
            if error.error_type == NumberParseException.TOO_LONG:
                reason = Reason.TOO_LONG
            short = error.error_type in (NumberParseException.TOO_SHORT_NSN, NumberParseException.TOO_SHORT_AFTER_IDD)
            reason = Reason.TOO_SHORT if short else reason
            continue
        if phonenumbers.is_valid_number(number):
            return number, certainty, Reason.NONE
        match phonenumbers.is_possible_number_with_reason(number):
            case ValidationResult.IS_POSSIBLE:
                possible = possible if possible is not None or certainty < 1 else number
            case ValidationResult.TOO_SHORT | ValidationResult.IS_POSSIBLE_LOCAL_ONLY if certainty == 1:
                reason = Reason.TOO_SHORT
            case ValidationResult.TOO_LONG if certainty == 1:
                reason = Reason.TOO_LONG
    return (possible, _POSSIBLE, Reason.NO_SUCH_PHONE) if possible is not None else (None, 0.0, reason)


def amended(number: str, tail: str) -> str:
    """`number` (E.164) with its end said anew, or "" where that is no valid number."""
    anew = number[: len(number) - len(tail)] + tail
    return anew if 0 < len(tail) <= 7 and resolve(anew[1:], True, "")[1] == 1.0 else ""


def e164(number: PhoneNumber) -> str:
    """+ and at most fifteen digits."""
    return str(phonenumbers.format_number(number, PhoneNumberFormat.E164))
