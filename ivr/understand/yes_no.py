"""Yes and no in their many forms: the longest known beginning decides ("да нет, не надо" is a no), what follows only weakens it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from ivr.languages import language

LATE = 0.72  # yes or no said, but not at the beginning ("well then, no", "note that is all")
LATE_WORDS_MAX = 7  # in a longer sentence a yes at its end answers something else
TAIL_COST = 0.04  # a word after the answer takes this much


@dataclass(frozen=True, slots=True)
class YesNo:
    """Which of the two, how sure (0 to 1), and the words that followed the answer."""

    yes: bool
    score: float
    rest: str


@cache
def _answers(code: str) -> dict[str, bool]:
    spoken = language(code)
    return {**dict.fromkeys(spoken.yes, True), **dict.fromkeys(spoken.no, False)}


@cache
def _undecided(code: str) -> tuple[list[str], ...]:
    return tuple(phrase.split() for phrase in language(code).undecided)


def yes_no(text: str, code: str) -> YesNo | None:
    """The answer in a normal `text`, or None where there is none, or both ("no, wait, yes")."""
    answers, words = _answers(code), text.split()
    if text in answers:
        return YesNo(answers[text], 1.0, "")
    hesitating = language(code).hesitating
    while words and words[0] in hesitating and words[0] not in answers:
        words = words[1:]
    if any(words[: len(open_)] == open_ for open_ in _undecided(code)):
        return None
    first = _longest(words, 0, answers)
    if first is not None:
        yes, end = first
        rest = words[end:]
        ends = (_longest(rest, at, answers) for at in range(len(rest)))
        if any(found is not None and found == (not yes, len(rest)) for found in ends):
            return None
        while (more := _longest(rest, 0, answers)) is not None and more[0] == yes:
            rest = rest[more[1] :]
        return YesNo(yes, max(0.6, 1.0 - TAIL_COST * len(rest)), " ".join(rest))
    late = set()
    for at in range(1, len(words)):
        found = _longest(words, at, answers)
        if found is not None and (found[1] == len(words) or found[1] - at >= 2):
            late.add(found[0])
    return YesNo(late.pop(), LATE, "") if len(late) == 1 and len(words) <= LATE_WORDS_MAX else None


def _longest(words: list[str], start: int, answers: dict[str, bool]) -> tuple[bool, int] | None:
    """The longest answer that begins at `start`: (yes, index of the word after it)."""
    for end in range(min(len(words), start + 6), start, -1):
        said = " ".join(words[start:end])
        if said in answers:
            return answers[said], end
    return None
