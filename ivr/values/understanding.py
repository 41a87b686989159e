"""From an utterance to a value: cut at corrections, each attempt read by the grammar of its kind, the last valid one taken."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, time
from types import MappingProxyType

from ivr.understand.words import is_hesitation, is_nothing
from ivr.values import answers
from ivr.values.ask import Ask
from ivr.values.attempts import Grammar, last_valid
from ivr.values.clauses import clauses
from ivr.values.date import day
from ivr.values.digits import digits
from ivr.values.email import email
from ivr.values.finding import ANY, Finding, Limits, Reason, SlotKind, refused
from ivr.values.heard import heard
from ivr.values.money import money
from ivr.values.name import name
from ivr.values.number import number
from ivr.values.phone import phone
from ivr.values.time import time_of_day

_GRAMMARS: Mapping[SlotKind, Grammar] = MappingProxyType(
    {
        SlotKind.DIGITS: digits,
        SlotKind.NUMBER: number,
        SlotKind.MONEY: money,
        SlotKind.DATE: day,
        SlotKind.TIME: time_of_day,
        SlotKind.YES_NO: answers.yes_no,
        SlotKind.NAME: name,
        SlotKind.PHONE: phone,
        SlotKind.EMAIL: email,
        SlotKind.TEXT: answers.text,
    }
)
_WHOLE = (SlotKind.YES_NO, SlotKind.TEXT)  # a "no" in them is no correction


def understand(
    kind: SlotKind, text: str, language: str, *, today: date, now: time | None = None, limits: Limits = ANY
) -> Finding:
    """The value of `kind` in `text` (as heard or typed). `today` and `now` are the caller's; `now` None where nobody knows.

    Never raises for any text; ConfigError for a language that is not in ivr.languages. Under 2 ms. To go on after `incomplete`,
    give the value so far and the new text together.
    """
    if is_nothing(text, language):
        return refused(kind, Reason.NOTHING)
    ask, said = Ask(kind, language, limits, today, now), heard(text)
    if kind in _WHOLE:
        return _GRAMMARS[kind](said, range(len(said.tokens)), ask)
    if is_hesitation(text, language):  # "one moment" is no one
        return refused(kind)
    return last_valid(said, clauses(said, ask.words), _GRAMMARS[kind], ask)
