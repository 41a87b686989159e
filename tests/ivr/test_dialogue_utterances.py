"""The tables of utterances in the flow's context: at each step of the parcel story, what becomes of what is said."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest

from ivr.actions import Heard, LookUp, State
from tests.ivr.parcels import DONE, Talk

HERE = Path(__file__).parent
WAYS: dict[str, tuple[str, ...]] = {
    "help": (),
    "status": ("where is my parcel",),
    "day": ("where is my parcel", "4711"),
    "window": ("where is my parcel", "4711", "friday"),
    "recap": ("where is my parcel", "4711", "friday", "morning"),
    "change": ("where is my parcel", "4711", "friday", "morning", "no"),
    "keep_day": ("where is my parcel", "1234"),
    "colleague": ("where is my parcel", "9999"),
    "code": ("i have a code",),
}


@cache
def at(step: str, language: str) -> State:
    """A talk that waits at this step, without look-ups under way."""
    talk = Talk()
    for words in WAYS[step]:
        talk.done(Heard(words))
    talk.take(DONE)
    assert talk.state.step == step
    from dataclasses import replace

    return replace(talk.state, language=language)


def table(language: str) -> list[tuple[str, str, str]]:
    lines = (HERE / f"dialogue_{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def became(step: str, words: str, language: str) -> tuple[str, ...]:
    """Everything that can be said of what happened."""
    before = at(step, language)
    talk = Talk(idle=True)
    talk.state = before
    talk.take(Heard(words))
    after = talk.state
    while any(isinstance(act, LookUp) for act in talk.acts) and after.step != "book":
        talk.idle = False
        from tests.ivr.parcels import answered

        talk.take(*answered(talk.acts))
        after = talk.state
    changed = {
        name: value
        for name, value in after.slots.items()
        if before.slots.get(name) != value and name in ("order", "day", "window", "code")
    }
    doubted = {f"?{doubt.slot}": doubt.value for doubt in after.doubts}
    values = " ".join(f"{name}={value}" for name, value in (changed | doubted).items())
    understood = after.errors == 0 and (after.step != step or values or after.history != before.history)
    return tuple(filter(None, (values, after.step if not values and understood else "", "" if understood else "-")))


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_utterance_becomes_what_the_table_says(language: str) -> None:
    wrong = []
    for step, words, expected in table(language):
        got = became(step, words, language)
        if " ".join(sorted(expected.split())) not in {" ".join(sorted(one.split())) for one in got}:
            wrong.append(f"{step}: {words!r} is {got}, not {expected}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_tables_are_large_and_reject_enough(language: str) -> None:
    rows = table(language)
    assert len(rows) == len({row[:2] for row in rows})
    assert len(rows) >= 140
    assert sum(expected == "-" for _, _, expected in rows) >= 40
