"""How close a text is to what a step expects to hear: edit similarity of whole phrases (Levenshtein's indel distance)."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable

from rapidfuzz import fuzz, process

_DRAWN_OUT = re.compile(r"([^\W\d_])\1{2,}")


def plain(text: str) -> str:
    """Lower case, words and single spaces only; ё is е. The form in which texts are compared."""
    spaced = "".join(sign if sign.isalnum() else "" if sign in "'’" else " " for sign in text.lower().replace("ё", "е"))
    return " ".join(spaced.split())


def undrawn(text: str) -> str:
    """Each letter that is drawn out said once ("nooo", "mmm", «дааа»)."""
    return _DRAWN_OUT.sub(r"\1", text)


def closeness(text: str, phrases: Iterable[str]) -> tuple[str, float]:
    """The nearest phrase and how near it is, 0 to 1; ("", 0.0) where there is no text or no phrase.

    0.6 divides well: Whisper's text of 60 menu phrases over mu-law (45 English, 15 Russian) lay above it, that of 40 sentences
    which were not in the menu below.
    """
    said = plain(text)
    offered = list(phrases)
    found = process.extractOne(said, [plain(phrase) for phrase in offered], scorer=fuzz.ratio) if said else None
    return (offered[found[2]], found[1] / 100) if found else ("", 0.0)


def made_of(text: str, phrases: Collection[str]) -> bool:
    """Whether `text` is a row of `phrases` (of at most four words each) and nothing else."""
    words = text.split()
    reach = {0}
    for end in range(1, len(words) + 1):
        if any(start in reach and " ".join(words[start:end]) in phrases for start in range(max(0, end - 4), end)):
            reach.add(end)
    return bool(words) and len(words) in reach
