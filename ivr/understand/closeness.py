"""How near an utterance is to a choice: by whole phrases, and by the weight of topic words found in it.

Two measures, the better one counts. Phrases: similarity of letters (rapidfuzz, indel distance). Words: every topic word that
is heard adds its weight, every content word that belongs to nobody takes a little away; E units of evidence are 1 - 2^-E.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

from rapidfuzz import fuzz

from ivr.languages import language
from ivr.understand.words import content, normal

WORD_ALIKE = 0.8  # two words this similar are one word misheard; under it different words meet ("hours", "house")
SHORT_WORD_LETTERS = 4  # words up to this length count only when they are equal
MISSPELT_COST = 1.5  # what one part of unlike letters takes from a phrase; among 130 phrases something is always 0.7 alike
PHRASE_INSIDE = 0.88  # a whole phrase found inside a longer utterance at this similarity counts as said
STRANGER_COST, STRANGERS_COST_MAX = 0.15, 0.9  # units of evidence lost for content words that belong to no topic
WORD_WEIGHT_MAX = 5.0


@dataclass(frozen=True, slots=True)
class Option:
    """One thing that can be understood at a step: whole `phrases`, and `words` (or short runs of words) with weights 0 to 5.

    Weight 3 is enough alone, 2 needs a confirmation, 1 needs company. `confirmable`: there is a question to ask when in doubt.
    """

    id: str
    phrases: tuple[str, ...] = ()
    words: tuple[tuple[str, float], ...] = ()
    confirmable: bool = False


@dataclass(frozen=True, slots=True)
class _Compiled:
    whole: tuple[str, ...]  # phrases, normal
    bare: tuple[str, ...]  # phrases, content words only
    inside: tuple[tuple[str, ...], ...]  # phrases of two content words of weight or more ("not" has none), as those words
    words: tuple[tuple[tuple[str, ...], float], ...]  # base forms of a topic word, or of a run of words


@lru_cache(maxsize=1024)
def _compiled(option: Option, code: str) -> _Compiled:
    base = language(code).base
    whole = tuple(dict.fromkeys(normal(phrase, code) for phrase in option.phrases))
    contents = tuple(dict.fromkeys(content(phrase, code) for phrase in whole))
    words = tuple((tuple(base(word) for word in normal(entry, code).split()), weight) for entry, weight in option.words)
    return _Compiled(
        whole=whole,
        bare=tuple(" ".join(words) for words in contents),
        inside=tuple(words for words in contents if sum(len(word) >= 3 for word in words) >= 2),
        words=tuple(entry for entry in words if entry[0]),
    )


def phrase_closeness(text: str, option: Option, code: str) -> float:
    """0 to 1: similarity of the normal `text` to the nearest whole phrase of `option`, or to one said inside it."""
    compiled = _compiled(option, code)
    if text in compiled.whole:
        return 1.0
    heard = content(text, code)
    bare = " ".join(heard)
    best = max(0.0, 1 - MISSPELT_COST * (1 - max(_nearest(text, compiled.whole), _nearest(bare, compiled.bare))))
    for phrase in compiled.inside:
        size, said = len(phrase), " ".join(phrase)
        short = {word for word in phrase if len(word) <= SHORT_WORD_LETTERS}
        for start in range(len(heard) - size + 1):
            window = heard[start : start + size]
            alike = fuzz.ratio(" ".join(window), said) / 100
            if alike >= PHRASE_INSIDE and short.issubset(window):
                # What stands around a phrase makes it a little less sure, never worthless.
                best = max(best, alike * (1 - 0.03 * min(6, len(heard) - size)))
    return best


def _nearest(text: str, phrases: tuple[str, ...]) -> float:
    if text in phrases:
        return 1.0
    if len(text) <= SHORT_WORD_LETTERS:
        return 0.0
    return max((fuzz.ratio(text, phrase) / 100 for phrase in phrases if len(phrase) > SHORT_WORD_LETTERS), default=0.0)


def word_evidence(text: str, options: Sequence[Option], code: str) -> list[float]:
    """For every option 0 to 1: how strongly the topic words in the normal `text` speak for it."""
    heard = _Heard(_unnegated(text.split(), code), code)
    claimed: set[int] = set()
    found: list[float] = []
    for option in options:
        units = 0.0
        for entry, weight in _compiled(option, code).words:
            alike, where = heard.spot(entry)
            units += weight * alike * alike
            claimed.update(where)
        found.append(units)
    idle = language(code).idle
    strangers = sum(word not in idle and index not in claimed for index, word in enumerate(heard.words))
    lost = min(STRANGERS_COST_MAX, STRANGER_COST * strangers)
    return [1.0 - float(2.0 ** -max(0.0, units - lost)) for units in found]


def _unnegated(words: list[str], code: str) -> list[str]:
    """Without the word that a negation takes back: "not a refund, a delivery" is about a delivery."""
    idle, contrasting = language(code).idle, language(code).contrasting
    kept: list[str] = []
    index = 0
    while index < len(words):
        if words[index] in contrasting and words[index + 2 : index + 3] == [contrasting[words[index]]]:
            index += 3
            continue
        said = next((n for n in language(code).negating if words[index : index + len(n.split())] == n.split()), "")
        if not said:
            kept.append(words[index])
            index += 1
            continue
        index += len(said.split())
        while index < len(words) and words[index] in idle:
            index += 1
        index += 1
    return kept


class _Heard:
    """The words of one utterance, ready to be searched for topic words."""

    __slots__ = ("bases", "words")

    def __init__(self, words: Sequence[str], code: str) -> None:
        self.words = words
        self.bases = [language(code).base(word) for word in words]

    def spot(self, entry: tuple[str, ...]) -> tuple[float, tuple[int, ...]]:
        """The best place of a topic word, or of a run of words with at most one stranger between: (alike 0 to 1, indices)."""
        best: tuple[float, tuple[int, ...]] = (0.0, ())
        for start in range(len(self.words)):
            alike, place, after = self._alike(entry[0], start)
            if alike <= best[0]:
                continue
            indices = place
            for word in entry[1:]:
                nexts = [self._alike(word, at) for at in (after, after + 1) if at < len(self.words)]
                step, place, after = max(nexts, key=lambda found: found[0], default=(0.0, (), after))
                alike, indices = min(alike, step), indices + place
            if alike > best[0]:
                best = (alike, indices)
        return best

    def _alike(self, wanted: str, at: int) -> tuple[float, tuple[int, ...], int]:
        """How like `wanted` the word at this place is, alone or joined with its neighbour ("re fund"); the place after it."""
        if self.bases[at] == wanted or self.words[at] == wanted:
            return 1.0, (at,), at + 1
        word = self.words[at]
        # A misheard word keeps its first sound more often than not; without that a river is a driver.
        if len(wanted) <= SHORT_WORD_LETTERS or word[0] != wanted[0]:
            return 0.0, (), at + 1
        if len(word) > SHORT_WORD_LETTERS:
            alone = max(fuzz.ratio(word, wanted), fuzz.ratio(self.bases[at], wanted)) / 100
            if alone >= WORD_ALIKE:
                return alone, (at,), at + 1
        if len(word) < len(wanted) and at + 1 < len(self.words):
            joined = fuzz.ratio(word + self.words[at + 1], wanted) / 100
            if joined >= PHRASE_INSIDE:
                return joined, (at, at + 1), at + 2
        return 0.0, (), at + 1
