"""The demo's picture: every part is in it, what was said and done, and the table; no font is fetched from elsewhere."""

from __future__ import annotations

import html
import re
from typing import Any

from routing.demo.picture import picture, told
from routing.demo.story import Line

FOUND: dict[str, Any] = {
    "turns": [], "answered_ms": 12.0, "outcome": "ended", "resumed_at": ["day", "window"], "repeated_questions": 0, "questions": 7,
    "understood": True,
}  # fmt: skip


def shown(svg: str) -> str:
    return html.unescape(re.sub("<[^>]+>", "", svg)).replace("\xa0", " ")


def test_every_part_and_the_table_are_in_it() -> None:
    parts = [
        ("In the chat", [Line(1, "visitor", "My order has not come."), Line(2, "chat", "[a card] # 481 516")]),
        (
            "By phone",
            [
                Line(3, "peer", "dialled"),
                Line(4, "event", "speech ended", {"silence_ms": 700, "too_short": False}),
                Line(5, "event", "the memory knows him", {"lookup_ms": 1.5}),
                Line(6, "heard", "tomorow", {"engine": "whisper", "score": 0.5}),
                Line(7, "house", "Which day shall we bring it?", {"prompt": "day.text"}),
                Line(8, "peer", "drops", {"why": ""}),
            ],
        ),
        (
            "A person",
            [
                Line(9, "desk", "pops up at Anna: 4711 (chat)", {"after_ms": 132}),
                Line(10, "floor", "Anna’s telephone rings"),
                Line(11, "operator", "says", {"text": "This is Anna.", "name": "Anna"}),
            ],
        ),
    ]
    svg = picture(parts, FOUND, "en")
    assert "@font-face" not in svg
    seen = shown(svg)
    for words in ("In the chat", "By phone", "My order has not come.", "481 516", "(132 ms after the decision)", "telephone rings",
                  "Anna: “This is Anna.”", "the memory knows him", "Which day", "the line drops",
                  "went on at day, then at window", "0 of 7 questions asked twice"):  # fmt: skip
        assert words in seen
    assert "tomorow" not in seen
    assert "speech ended" not in seen


def test_how_it_was_heard_is_left_out() -> None:
    assert told(Line(1, "house", "Hello."))
    assert told(Line(1, "peer", "says", {"text": "Hello."}))
    assert not told(Line(1, "heard", "hello"))
    assert not told(Line(1, "event", "speech ended"))
