"""Every form of a Russian word, from pymorphy3's dictionary (OpenCorpora)."""

from __future__ import annotations

from collections.abc import Iterable

from pymorphy3 import MorphAnalyzer  # type: ignore[import-untyped]

_morph = MorphAnalyzer(lang="ru")


def forms(word: str, tags: Iterable[str] = ("NUMR", "Anum", "NOUN")) -> dict[str, str]:
    """Every form of a dictionary word -> its grammemes, ё as е; only of a reading with one of these tags."""
    for parse in _morph.parse(word):
        if parse.normal_form.replace("ё", "е") == word and any(tag in parse.tag for tag in tags) and "Fixd" not in parse.tag:
            return {form.word.replace("ё", "е"): str(form.tag) for form in reversed(parse.lexeme)}
    return {word: ""}
