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


def common(words: list[str]) -> bool:
    """Whether the dictionary knows these words and none of them as a name, surname or patronymic."""
    names, known = False, False
    for word in words:
        parses = _morph.parse(word.lower())
        names |= any(tag in one.tag for one in parses for tag in ("Name", "Surn", "Patr"))
        known |= bool(_morph.word_is_known(word.lower()))
    return known and not names
