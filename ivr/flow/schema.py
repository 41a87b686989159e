"""The flow language as a JSON Schema (draft 2020-12), for editors: completion, descriptions, and a first check while typing.

Written from the tables that the reader itself goes by, so the two cannot differ in what they know. What only the whole flow shows
(links, words that collide, steps without exit) is `ivr.flow.check`'s affair.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from ivr.flow.fields import CHANNELS, EVERYWHERE, EXPECTED, FIELDS, VERIFIED
from ivr.flow.parts import StepKind
from ivr.flow.reader import OPTIONAL, REQUIRED
from ivr.flow.slots import CONFIRMING, FACT_KINDS, KINDS, LIMIT_KEYS, MODES, RESUMING, SLOT_KEYS, WEEKDAYS
from ivr.flow.words import KEYS, WAYS
from ivr.languages import known
from ivr.understand import WORD_WEIGHT_MAX

Schema = dict[str, Any]
DIALECT = "https://json-schema.org/draft/2020-12/schema"
TEXT: Schema = {"type": "string", "minLength": 1}
SCALAR: Schema = {"type": ["string", "number", "boolean"]}  # YAML reads 4 and true where a text is meant
NAME: Schema = {**SCALAR, "description": "The id of a step."}
NAMES: Schema = {"anyOf": [SCALAR, {"type": "array", "items": SCALAR}]}
WRITTEN: Schema = {**SCALAR, "description": 'What chat and mail get instead; "" for nothing.'}
NUMBER: Schema = {"type": "number"}
SWITCH: Schema = {"type": "boolean"}
EXPRESSION: Schema = {
    **SCALAR,
    "description": "A condition or value: slots, facts, numbers, 'texts', == != < <= > >= in, and or not, + - * /, known(name).",
}


def one_of(names: Iterable[str], description: str = "") -> Schema:
    """One of these words."""
    return {"enum": list(map(str, names))} | ({"description": description} if description else {})


def mapping(properties: dict[str, Schema], required: Iterable[str] = ()) -> Schema:
    """An object with these fields and no others."""
    return {"type": "object", "properties": properties, "required": list(required), "additionalProperties": False}


def per_language(value: Schema, description: str = "") -> Schema:
    """A value for each language."""
    found: Schema = {
        "type": "object",
        "properties": {code: value for code in known()},
        "additionalProperties": False,
        "minProperties": 1,
    }
    return found | ({"description": description} if description else {})


def ref(name: str, description: str = "") -> Schema:
    return {"$ref": f"#/$defs/{name}"} | ({"description": description} if description else {})


PROMPT = "prompt"
_FIELDS: dict[str, Schema] = {
    "id": {**SCALAR, "description": "The name of this step, for links."},
    "needs": one_of([VERIFIED], "Only who has proved who he is comes to this step."),
    "was": {**NAMES, "description": "Names of this step in older versions of the flow."},
    "listening": ref("listening"),
    "text": ref(PROMPT, "What is said; a question where something is asked."),
    "again": ref(PROMPT, "The question, where it was asked before in this talk."),
    "keys": ref(PROMPT, "Which key does what; said after errors, and when hearing is lost."),
    "about": ref(PROMPT, 'What this step is about: "We stopped at ...".'),
    "message": ref(PROMPT, "What is sent."),
    "no_input": {"type": "array", "items": ref(PROMPT), "description": "Said when nobody answers, one after another."},
    "no_match": {"type": "array", "items": ref(PROMPT), "description": "Said when nobody understands, one after another."},
    "examples": per_language({"type": "array", "items": SCALAR}, "Sentences that callers say here; for the ear."),
    "next": {**NAME, "description": "The step after this one."},
    "yes": NAME,
    "no": NAME,
    "otherwise": {**NAME, "description": "Where it goes when nothing fits, or nobody was understood."},
    "missing": {**NAME, "description": "Where it goes when there is no such thing."},
    "fallback": {**NAME, "description": "Where it goes when the work fails or is late."},
    "slot": {**SCALAR, "description": "The slot that the answer fills."},
    "takes": {**NAMES, "description": "Further slots that are taken from the same sentence."},
    "also": {**NAMES, "description": "Menus whose choices are understood here too."},
    "expects": one_of(EXPECTED),
    "choices": {"type": "array", "items": ref("choice")},
    "connector": {**SCALAR, "description": "The connector that is asked."},
    "arguments": {"type": "object", "additionalProperties": EXPRESSION},
    "results": {"type": "object", "additionalProperties": SCALAR, "description": "Slot or fact: where it stands in the answer (parcel.day)."},
    "values": {"type": "object", "additionalProperties": EXPRESSION, "description": "Slot or fact: its new value."},
    "forget": {**NAMES, "description": "Slots that are asked anew from here on."},
    "cases": {"type": "array", "items": mapping({"if": EXPRESSION, "goto": NAME}, ("if", "goto"))},
    "deadline_s": NUMBER,
    "longest_s": NUMBER,
    "reason": SCALAR,
    "skill": {**SCALAR, "description": "What the person who takes over must know."},
    "method": {**SCALAR, "description": "How it is proved: ticket, ..."},
    "channel": one_of(CHANNELS),
    "number": EXPRESSION,
    "at": EXPRESSION,
    "to": EXPRESSION,
}  # fmt: skip
_CHOICE: dict[str, Schema] = {
    "id": SCALAR,
    "goto": NAME,
    "key": {"enum": [*KEYS, *range(10)]},
    "phrases": per_language({"type": "array", "items": SCALAR}, "Whole answers, as callers say them."),
    "words": per_language(
        {"type": "object", "additionalProperties": {"type": "number", "minimum": 0, "maximum": WORD_WEIGHT_MAX}}
    ),
    "confirm": ref(PROMPT, "Asked when it is not quite clear that this was meant."),
    "offer": ref(PROMPT, "Said in its own language to those who speak the other one."),
    "forget": NAMES,
    "label": ref(PROMPT, "What a chat writes on its button."),
}
_LIMITS: dict[str, Schema] = {
    **dict.fromkeys(LIMIT_KEYS, SCALAR),
    "currencies": NAMES,
    **dict.fromkeys(("whole", "past", "future", "month_first"), SWITCH),
    **{key: {"type": "integer", "minimum": 0} for key in ("days_ahead_max", "minutes_step")},
}


def schema() -> Schema:
    """The whole of it."""
    return {
        "$schema": DIALECT,
        "title": "A dialogue of the hotline",
        **mapping(_top(), REQUIRED),
        "$defs": {
            PROMPT: per_language(
                {"anyOf": [SCALAR, mapping({"spoken": SCALAR, "written": WRITTEN}, WAYS)]},
                "A text in every language of the flow; slots and facts stand in it in double braces.",
            ),
            "listening": mapping({
                "end_silence_ms": {"type": "integer", "minimum": 200, "maximum": 5000},
                "no_input_s": {"type": "number", "minimum": 1, "maximum": 60},
                "barge_in": mapping({"speech": SWITCH, "keys": SWITCH}),
            }),
            "choice": mapping(_CHOICE, ("id",)),
            "command": mapping({name: field for name, field in _CHOICE.items() if name != "id"}),
            "slot": mapping({**_slot(), **_LIMITS}, ("kind",)),
            **{f"step_{kind}": _step(kind) for kind in FIELDS},
        },
    }  # fmt: skip


def _top() -> dict[str, Schema]:
    top: dict[str, Schema] = {
        "flow": SCALAR,
        "version": {"type": "integer", "minimum": 1},
        "languages": {"type": "array", "items": one_of(known()), "minItems": 1},
        "start": NAME,
        "person": {**NAME, "description": "Where everybody comes who could not be helped."},
        "verify": {**NAME, "description": "Where it is proved who it is."},
        "turns_max": {"type": "integer", "minimum": 5, "maximum": 1000},
        "timezone": {**TEXT, "description": "IANA name, as Europe/Berlin."},
        "hours": mapping(dict.fromkeys(("every_day", *WEEKDAYS), TEXT)),
        "listening": ref("listening"),
        "confirming": mapping({"again": ref(PROMPT), "keys": mapping({"yes": _CHOICE["key"], "no": _CHOICE["key"]}, ("yes", "no"))}, ("again", "keys")),
        "hearing_lost": ref(PROMPT),
        "resume": mapping({
            "mode": one_of(MODES), "lifetime_h": NUMBER, **dict.fromkeys(RESUMING, ref(PROMPT)),
        }),
        "slots": {"type": "object", "additionalProperties": ref("slot")},
        "facts": {"type": "object", "additionalProperties": mapping({"kind": one_of(FACT_KINDS), "private": SWITCH, "values": NAMES}, ("kind",))},
        "connectors": {"type": "object", "additionalProperties": mapping({"python": TEXT, "http": TEXT})},
        "commands": {"type": "object", "additionalProperties": ref("command")},
        "steps": {"type": "array", "items": {"oneOf": [ref(f"step_{kind}") for kind in FIELDS]}},
    }  # fmt: skip
    assert set(top) == {*REQUIRED, *OPTIONAL}
    return top


def _slot() -> dict[str, Schema]:
    fields: dict[str, Schema] = {
        "kind": one_of(KINDS),
        "names": per_language({"type": "array", "items": SCALAR}, 'How callers call it: "the order is 4712".'),
        "private": {**SWITCH, "description": "Spoken only by steps that need a proof of who it is."},
        "confirm": one_of(CONFIRMING),
        "question": ref(PROMPT, "Asked when in doubt; {{ value }} is what was understood."),
        "choices": {"type": "array", "items": ref("choice")},
        "depends": {**NAMES, "description": "Slots whose correction makes this one void."},
        "was": NAMES,
    }
    assert set(fields) == set(SLOT_KEYS)
    return fields


def _step(kind: str) -> Schema:
    required, optional = FIELDS[kind]
    names = (*EVERYWHERE, *required, *optional)
    fields = {name: {"const": str(kind)} if name == "kind" else _FIELDS[name] for name in names}
    if kind == StepKind.CHOOSE:
        fields["kind"] = {"enum": [str(kind), str(StepKind.ASK)]}
    return mapping(fields, ("id", "kind", *required))
