"""What the time of a slow trial went into: the house's own notes, between what the caller did and what he heard."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from bench.goals import figure_text

SHOWN = 3  # of each figure, the slowest first
# How the house's notes (ivr/channels/phone.py) are called here. A caller's words are his own and stay out of the results.
NAMES = {"caller": "understood", "key": "key heard", "house": "prompt queued"}


@dataclass(frozen=True, slots=True)
class Trial:
    """One trial. ms: its figure; what: which it was; stages: (ms since what the caller did, what happened), in order."""

    ms: float
    what: str
    stages: tuple[tuple[float, str], ...] = ()


def between(begun: tuple[int, str], ended: tuple[int, str], notes: Iterable[Mapping[str, Any]]) -> tuple[tuple[float, str], ...]:
    """The stages from the caller's moment to what he heard (both in ns of CLOCK_MONOTONIC, with a name), both included."""
    inside = sorted((note["at_ns"], _name(note)) for note in notes if begun[0] <= note["at_ns"] <= ended[0])
    first: dict[str, int] = {}  # a prompt of two sentences is queued twice
    for at_ns, name in inside:
        first.setdefault(name, at_ns)
    every = (begun, *((at_ns, name) for name, at_ns in first.items()), ended)
    return tuple((round((at_ns - begun[0]) / 1e6, 1), name) for at_ns, name in every)


def slowest(trials: Sequence[Trial], most: int = SHOWN) -> list[dict[str, Any]]:
    """The slowest, as `build/bench.json` keeps them: ms, what, and stages as [ms, name]."""
    found = sorted(trials, key=lambda trial: -trial.ms)[:most]
    return [{"ms": round(one.ms, 1), "what": one.what, "stages": [list(stage) for stage in one.stages]} for one in found]


def told(trial: Mapping[str, Any]) -> str:
    """One line of text: each stage with the milliseconds at which it was reached."""
    stages = " | ".join(f"{figure_text(at)} {name}" for at, name in trial["stages"])
    return f"{figure_text(trial['ms'])} ms ({trial['what']})" + (f": {stages}" if stages else "")


def _name(note: Mapping[str, Any]) -> str:
    if note["what"] == "speech ended":
        return f"silence of {note['silence_ms']:.0f} ms over"
    return NAMES.get(note["who"], str(note["what"]))
