"""A dialogue as data: steps, slots, texts and choices per language, read from YAML 1.1 with the place of every node kept.

`load` gives a Flow or raises FlowError with every mistake in the file at once; `check` gives the list alone.
The fields of the file are documented in ivr/flows/hotline.yaml, which uses all of them; ivr/flow/schema.py writes them as a
JSON Schema for editors.
"""

from __future__ import annotations

from pathlib import Path

from ivr.flow.page import Mistake, Place
from ivr.flow.parts import Choice, Flow, Known, Listening, Prompt, Resume, Slot, Step, StepKind, slot_of
from ivr.flow.reader import FlowPage
from ivr.languages import language
from voice.errors import ConfigError

__all__ = [
    "Choice", "Flow", "FlowError", "Known", "Listening", "Mistake", "Place", "Prompt", "Resume", "Slot", "Step", "StepKind",
    "check", "load", "slot_of",
]  # fmt: skip


class FlowError(ConfigError):
    """The flow file cannot be used; `mistakes` lists everything that is wrong with it, in the order of the file."""

    def __init__(self, file: str, mistakes: tuple[Mistake, ...]) -> None:
        count = f"{len(mistakes)} mistakes" if len(mistakes) != 1 else "1 mistake"
        super().__init__(f"{count} in the flow {file}:\n" + "\n".join(map(str, mistakes)))
        self.mistakes = mistakes


def load(path: str | Path) -> Flow:
    """The flow in this YAML file. Raises FlowError with all of its mistakes."""
    page = FlowPage(str(path))
    flow = page.flow()
    if page.mistakes or flow is None:
        raise FlowError(
            page.file, tuple(sorted(set(page.mistakes), key=lambda one: (one.place.line, one.place.column, one.what)))
        )
    for code in flow.languages:
        language(code).base(code)  # dictionaries are read now, not in the first call
    return flow


def check(path: str | Path) -> list[Mistake]:
    """Every mistake in this file, in its order; an empty list where there is none."""
    try:
        load(path)
    except FlowError as error:
        return list(error.mistakes)
    return []
