"""The two kinds that have no grammar of their own: yes or no (ivr.understand.yes_no), and free text."""

from __future__ import annotations

from ivr.understand.judgement import ACCEPT, CONFIRM
from ivr.understand.words import normal
from ivr.understand.yes_no import yes_no as answered
from ivr.values.ask import Ask
from ivr.values.finding import Finding, Reason, found, refused
from ivr.values.heard import Heard


def yes_no(heard: Heard, span: range, ask: Ask) -> Finding:
    """True or false; what was said after it is the rest. An answer that is believed at all is taken, as at a yes/no step."""
    answer = answered(normal(heard.source, ask.language), ask.language)
    if answer is None:
        return refused(ask.kind)
    score = max(answer.score, ACCEPT) if answer.score >= CONFIRM else answer.score
    return found(ask.kind, answer.yes, "yes" if answer.yes else "no", score, rest=answer.rest)


def text(heard: Heard, span: range, ask: Ask) -> Finding:
    """Everything that was said, with single spaces."""
    said = " ".join(heard.source.split())
    if len(said) < ask.limits.length_min:
        return refused(ask.kind, Reason.TOO_SHORT, said)
    if ask.limits.length_max and len(said) > ask.limits.length_max:
        return refused(ask.kind, Reason.TOO_LONG, said[: ask.limits.length_max])
    return found(ask.kind, said, said, 1.0)
