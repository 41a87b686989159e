"""What one understanding needs beside the words: the kind of slot, its limits, the language, the day and the time."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, time

from ivr.values.finding import Limits, SlotKind
from ivr.values.heard import Heard, Sort
from ivr.values.vocabulary import Vocabulary, idle, vocabulary

STRANGER_COST = 0.06  # what a word takes that has nothing to do with the value
STRANGERS_COST_MAX = 0.5


@dataclass(frozen=True, slots=True)
class Ask:
    """One question for a value. today, now: of the caller's day; now is None where nobody knows."""

    kind: SlotKind
    language: str
    limits: Limits
    today: date
    now: time | None = None

    @property
    def words(self) -> Vocabulary:
        return vocabulary(self.language)

    @property
    def idle(self) -> frozenset[str]:
        return idle(self.language)

    def bounded(self, heard: Heard, claimed: Collection[int], span: Iterable[int]) -> bool:
        """Whether a word beside the value makes a bound of it ("after three")."""
        return any(heard.tokens[at].text in self.words.ranging for at in span if at not in claimed)

    def belief(self, heard: Heard, claimed: Iterable[int], span: Iterable[int], cost: float = STRANGER_COST) -> float:
        """1 less a little for every word that is neither part of the value nor idle."""
        strangers = set(span) - set(claimed)
        tokens = (heard.tokens[at] for at in strangers)
        return 1.0 - min(
            STRANGERS_COST_MAX, cost * sum(one.sort is not Sort.SIGN and one.text not in self.idle for one in tokens)
        )
