"""The texts of a flow: which names stand in one, what is wrong with it, and how it is said or written. ivr/spoken has the filters.

In writing, what is spelled out for the ear ("four seven, one one") stands in figures (4711).
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from ivr.spoken import TextError, variables
from ivr.spoken import render as speak

_TAG = re.compile(r"\{\{.*?\}\}|\{%.*?%\}|\{#.*?#\}", re.DOTALL)

__all__ = ["TextError", "names", "plain", "render"]


def plain(template: str) -> bool:
    """Whether nothing stands in it that could vary."""
    return "{" not in template


@lru_cache(maxsize=4096)
def names(template: str, language: str, place: str = "text") -> tuple[str, ...]:
    """The slots and facts in it, in alphabetical order. Raises TextError where the template is wrong."""
    return () if plain(template) else tuple(sorted(variables(template, language, place=place)))


def render(template: str, language: str, values: Mapping[str, Any], today: date, *, written: bool = False) -> str:
    """The text with these values in it. Never raises: a sentence with a gap is better than none in the middle of a call."""
    if plain(template):
        return template
    known = {name: value for name, value in values.items() if value is not None}
    try:
        return speak(template, language, known, today, written=written)
    except TextError:
        return _bare(template, language, known, today, written)


def _bare(template: str, language: str, known: Mapping[str, Any], today: date, written: bool) -> str:
    """Tag by tag, without those that cannot be said."""

    def one(tag: re.Match[str]) -> str:
        try:
            return speak(tag[0], language, known, today, written=written) if tag[0].startswith("{{") else ""
        except TextError:
            return ""

    return " ".join(_TAG.sub(one, template).split())
