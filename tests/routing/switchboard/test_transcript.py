"""What is said, line by line: who, what, how sure; keys that are nobody's to read are dots."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

import ivr
from ivr.channels.phone import Note
from ivr.flow import load
from ivr.machine import about, private_step
from ivr.script import FlowScript
from routing.switchboard.dispatch import Dispatch
from routing.switchboard.transcript import Transcript
from voice.clock import now_ns

FLOW = load(Path(ivr.__file__).parent / "flows" / "hotline.yaml")


class Kept:
    """A list and a stream."""

    def __init__(self) -> None:
        self.lines: list[dict[str, Any]] = []
        self.events: list[str] = []

    async def write(self, call: str, told: dict[str, Any]) -> None:
        self.lines.append(told)

    async def tell(self, kind: str, data: dict[str, Any]) -> None:
        self.events.append(kind)


async def told(*notes: tuple[Note, bool]) -> Kept:
    kept = Kept()
    transcript = Transcript("call", kept, kept, Dispatch("test"))  # type: ignore[arg-type]
    for note, private in notes:
        transcript.watch(note, "en", private)
    await transcript.dispatch.close(1)
    return kept


def test_lines_of_the_house_and_of_the_caller() -> None:
    house = Note("house", "How can I help?", now_ns() - 5_000_000_000, {"prompt": "hello", "language": "en"})
    caller = Note("caller", "my parcel", now_ns(), {"engine": "whisper", "score": 0.87})
    event = Note("event", "speech began", now_ns())
    kept = asyncio.run(told((house, False), (event, False), (caller, False)))
    assert [(line["n"], line["who"], line["text"]) for line in kept.lines] == [
        (0, "house", "How can I help?"),
        (1, "caller", "my parcel"),
    ]
    assert kept.lines[1]["at_ms"] - kept.lines[0]["at_ms"] in range(5000, 5200)
    assert (kept.lines[1]["engine"], kept.lines[1]["score"]) == ("whisper", 0.87)
    assert kept.events == ["transcript.line"] * 2


def test_a_clock_that_is_set_meanwhile_turns_no_lines_round(monkeypatch: pytest.MonkeyPatch) -> None:
    dates = count(1_800_000_000_000, -3_600_000)
    monkeypatch.setattr("routing.switchboard.transcript.epoch_ms", lambda: next(dates))
    at_ns = now_ns()
    said = [Note("house", text, at_ns + after_ns) for text, after_ns in (("Hello.", 0), ("I have", 0), ("found it.", 3_000_000))]
    kept = asyncio.run(told(*((note, False) for note in said)))
    first, *later = [line["at_ms"] for line in kept.lines]
    assert later == [first, first + 3]


def test_keys_of_a_private_slot_are_dots() -> None:
    kept = asyncio.run(told((Note("key", "4", now_ns(), {"source": "rfc4733"}), True), (Note("key", "1", now_ns()), False)))
    assert [(line["text"], line["keys"]) for line in kept.lines] == [("•", True), ("1", True)]


def test_which_steps_are_private_and_what_a_talk_is_about() -> None:
    state = FlowScript(FLOW).begin()
    private = {name for name in FLOW.steps if private_step(FLOW, replace(state, step=name))}
    assert FLOW.verify in private or not FLOW.verify
    assert not private_step(FLOW, replace(state, step="no such step"))
    asked = next(step for step in FLOW.steps.values() if step.about and not step.about.names)
    handed = replace(state, step=FLOW.person, history=(asked.id,))
    assert about(FLOW, handed, "en") == asked.about.texts["en"]  # type: ignore[union-attr]
    assert about(FLOW, replace(state, step=FLOW.person), "en") == ""
