"""What is to be said, made ready: characters nobody can say taken out, long texts cut where a speaker would breathe.

The first piece is kept short, so that it is being heard while the next is rendered.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass

FIRST_CHARS = 80
LATER_CHARS = 160
SHORTEST_CHARS = 12  # a breath shorter than this is not worth a cut
SENTENCE_PAUSE_MS = 260
CLAUSE_PAUSE_MS = 130

STRESS = "\N{COMBINING ACUTE ACCENT}"  # after a vowel it tells where a Russian word is stressed

_SYMBOLS = frozenset("№°+=<>~^×÷±|")
_PLAIN = str.maketrans(dict.fromkeys('"«»“”„‹›') | {"‘": "'", "’": "'", "–": "-", "—": "-", "―": "-", "−": "-", "…": "."})
_ENDS, _CLAUSES = ".!?。！？", ",:;、，；"
_SENTENCE_END = re.compile(rf"(?<=[.!?])[)'\]]*\s+|(?<=[{_ENDS[3:]}])\s*")
_CLAUSE_END = re.compile(r"[,:;]\s+|[、，；]\s*|\s+-\s+")
_ABBREVIATION = re.compile(r"(?:^|[\s(])(?:\w|mr|mrs|ms|dr|st|no|ул|кв|стр|им|тел|руб|коп|просп|пр|корп)\.$", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Piece:
    """One breath: its text, and the silence before the next piece (0 after the last)."""

    text: str
    pause_ms: int = 0


def tidy(text: str) -> str:
    """One line of plain text (NFC): dashes made simple; quotes, pictures, control and unpaired surrogate characters out."""
    composed = unicodedata.normalize("NFC", text).translate(_PLAIN)
    return " ".join("".join(character if _sayable(character) else " " for character in composed).split())


def _sayable(character: str) -> bool:
    category = unicodedata.category(character)
    return category[0] in "LMNP" or category == "Sc" or character in _SYMBOLS


def unstressed(text: str) -> str:
    """Without stress marks, for engines that know none."""
    return text.replace(STRESS, "")


def spoken_characters(text: str) -> int:
    """Letters and digits; 0 means there is nothing to say."""
    return sum(character.isalnum() for character in text)


def pieces(text: str) -> tuple[Piece, ...]:
    """Cut at sentence ends; a sentence that is too long at its commas, and only where it has none between words."""
    cut = [part for part in _breaths(_sentences(tidy(text))) if spoken_characters(part)]
    return tuple(Piece(part, _pause_ms(part)) for part in cut[:-1]) + tuple(Piece(part) for part in cut[-1:])


def _pause_ms(part: str) -> int:
    if part.rstrip(")'] ")[-1:] in _ENDS:
        return SENTENCE_PAUSE_MS
    return CLAUSE_PAUSE_MS if part[-1] in _CLAUSES else 0


def _sentences(text: str) -> Iterator[str]:
    begin = 0
    for end in _SENTENCE_END.finditer(text):
        sentence = text[begin : end.end()].strip()
        if not _ABBREVIATION.search(sentence):
            yield sentence
            begin = end.end()
    yield text[begin:].strip()


def _breaths(sentences: Iterator[str]) -> Iterator[str]:
    room = FIRST_CHARS
    for sentence in sentences:
        while len(sentence) > room:
            at = _breath(sentence, room)
            yield sentence[:at].strip()
            sentence, room = sentence[at:].strip(), LATER_CHARS
        yield sentence
        room = LATER_CHARS if sentence else room


def _breath(sentence: str, room: int) -> int:
    """Where to cut a sentence longer than `room`: its last clause end that fits, else its last blank, else right there."""
    clauses = [end.end() for end in _CLAUSE_END.finditer(sentence, SHORTEST_CHARS, room + 1) if end.end() < len(sentence)]
    if clauses:
        return clauses[-1]
    blank = sentence.rfind(" ", SHORTEST_CHARS, room + 1)
    return blank if blank > 0 else room
