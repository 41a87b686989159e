"""The fields of every kind of step: which it needs, which it may have. The reader, the checks and the schema go by this table."""

from __future__ import annotations

from collections.abc import Mapping

from ivr.flow.parts import StepKind

EVERYWHERE = ("id", "kind", "needs", "was", "listening")
_ASKING = ("again", "keys", "examples", "also", "otherwise", "about")
_WORKING = ("text", "deadline_s", "about")

# Per kind: the fields it needs, and those it may have besides EVERYWHERE.
FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    StepKind.SAY: (("text", "next"), ()),
    StepKind.ASK: (("text", "slot", "next", "no_input", "no_match"), ("takes", *_ASKING)),
    StepKind.CHOOSE: (("text", "keys", "choices", "no_input", "no_match"), ("expects", "slot", "takes", *_ASKING)),
    StepKind.CONFIRM: (("text", "yes", "no"), ("takes", "slot", "no_input", "no_match", *_ASKING)),
    StepKind.LOOK_UP: (("connector", "results", "next", "fallback"), ("arguments", "missing", *_WORKING)),
    StepKind.SET: (("next",), ("values", "forget")),
    StepKind.BRANCH: (("cases", "otherwise"), ()),
    StepKind.CALL_BACK: (("next", "fallback"), ("number", "at", "reason", *_WORKING)),
    StepKind.MESSAGE: (("text", "slot", "next", "fallback"), ("longest_s", "about")),
    StepKind.SEND_LINK: (("message", "next", "fallback"), ("channel", "to", *_WORKING)),
    StepKind.VERIFY: (("method", "next", "fallback"), ("arguments", *_WORKING)),
    StepKind.HANDOVER: (("text",), ("reason", "skill")),
    StepKind.END: (("text",), ()),
}
EXPECTED = ("choice", "yes_no")  # what a menu may expect
VERIFIED = "verified"  # what a step may need
CHANNELS = ("phone", "chat", "email", "sms")
