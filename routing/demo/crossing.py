"""The demo's first part: one matter through three channels' worth of trouble. A chat, a call, a dropped line, a redial.

A visitor writes that his order has not come and leaves at the question for the new day, with six digits. He phones and keys
them: the hotline names the order before its first question, which is that very one. The line drops at the next one; the redial goes on there.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from routing.caller import Act
from routing.demo.story import Line

WENT_ON = ("resume.going_on", "resume.proved")  # what is said before the question at which a talk goes on


@dataclass(frozen=True, slots=True)
class Words:
    """What the customer says, per language: in the chat, in the call, after the redial."""

    chat: tuple[str, ...]
    go_on: str
    day: str
    window: str
    right: str


WORDS = {
    "en": Words(
        ("My order has not come.", "4711"),
        "Yes, please.",
        "Tomorrow.",
        "In the evening.",
        "Yes, that is right.",
    ),
    "ru": Words(("Мой заказ не пришёл.", "4711"), "Да, пожалуйста.", "Завтра.", "Вечером.", "Да, всё верно."),
}


def first_call(words: Words, ticket: str) -> list[Act]:
    """He keys the six digits, names the day, and the line drops at the next question."""
    return [
        Act("ticket", press="#" + ticket),
        Act("day", say=words.day),
        Act("the line drops", hang_up=True, wait="during", after_ms=700),
    ]


def second_call(words: Words) -> list[Act]:
    """He calls again, is asked where they stopped, and finishes; what he wants then is another's part (routing.demo.cast)."""
    return [
        Act("goes on", say=words.go_on),
        Act("window", say=words.window),
        Act("right", say=words.right),
    ]


def crossed(lines: Sequence[Line], questions: int, repeated: int) -> dict[str, Any]:
    """What the three parts come to: where each call went on, how long the memory took, and questions asked twice.

    resumed_at: the step at which each of the two calls went on. named: what the first one said before its first question.
    """
    said = [line for line in lines if line.who == "house"]
    resumed = []
    for here, then in itertools.pairwise(said):
        if str(here.detail.get("prompt", "")).startswith(WENT_ON):
            resumed.append(str(then.detail.get("prompt", "")).partition(".")[0])
    named = next((line.what for line in said if str(line.detail.get("prompt", "")).startswith("resume.proved")), "")
    looked = [float(line.detail["lookup_ms"]) for line in lines if "lookup_ms" in line.detail]
    booked = any(str(line.detail.get("prompt", "")).startswith("done.") for line in said)
    return {
        "resumed_at": resumed,
        "named": named,
        "questions": questions,
        "repeated_questions": repeated,
        "context_lookup_ms": [round(took, 2) for took in looked],
        "booked": booked,
        "continued": resumed == ["day", "window"] and repeated == 0 and bool(named) and booked,
    }
