"""Words of two choices that no recogniser and no caller could tell apart."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Protocol, TypeVar

from ivr.understand.words import normal


class Worded(Protocol):
    """Anything with phrases and words per language that leads somewhere."""

    @property
    def id(self) -> str: ...
    @property
    def goto(self) -> str: ...
    @property
    def phrases(self) -> Mapping[str, tuple[str, ...]]: ...
    @property
    def words(self) -> Mapping[str, tuple[tuple[str, float], ...]]: ...


W = TypeVar("W", bound=Worded)

ENOUGH_ALONE = 2.0  # a topic word of this weight is heard as its topic even without company


def collisions(choices: Sequence[W], code: str) -> Iterator[tuple[W, W, str]]:
    """(first choice, second choice, the words) for every phrase or strong topic word that stands for both in this language."""
    meant: dict[str, W] = {}
    for choice in choices:
        strong = (word for word, weight in choice.words.get(code, ()) if weight >= ENOUGH_ALONE)
        for said in dict.fromkeys(normal(phrase, code) for phrase in (*choice.phrases.get(code, ()), *strong)):
            other = meant.setdefault(said, choice)
            if other is not choice and (other.id != choice.id) and (not choice.goto or other.goto != choice.goto):
                yield other, choice, said
