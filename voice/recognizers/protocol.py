"""What every ear is asked, and what it answers. Engines are blocking and run on worker threads only.

A `Recognizer` belongs to one language and one engine and is shared by all calls; `open` gives one `Utterance` per turn.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]


class Kind(StrEnum):
    """What sort of answer a step waits for; decides silences, prompts and what a recogniser may write.

    DICTATION is none: nobody waits for it, and people read it. So figures are figures, and the search may take its time.
    """

    CHOICE = "choice"
    YES_NO = "yes_no"
    DIGITS = "digits"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    FREE = "free"
    DICTATION = "dictation"


class Completeness(StrEnum):
    """How much of an answer was said: all of it, nothing yet but what one begins with, words that are none here, or nobody knows."""

    WHOLE = "whole"
    BEGUN = "begun"
    UNKNOWN = "unknown"
    OPEN = "open"


@dataclass(frozen=True, slots=True)
class Expectation:
    """What the present step of the dialogue expects to hear.

    language: BCP 47 primary subtag ("en", "ru"). phrases: whole answers that this step understands, global commands
    among them, lower case, without punctuation. kind: what sort of answer. hint: example sentences, for engines that
    take a prompt or build a language model from examples. murmurs: what is said while listening, without taking the turn,
    written as `fold` leaves them: it makes spellings of one phrase the same ("thats true", "that is true").
    around: words that are said with a number of nothing but digits ("my order number is"); empty where none is asked for.
    digits: how many it has at least.
    values: words and runs of words that values are made of which are taken here (days, times, choices); small: words that say nothing.
    """

    language: str
    kind: Kind = Kind.FREE
    phrases: tuple[str, ...] = ()
    hint: str = ""
    murmurs: frozenset[str] = frozenset()
    fold: Callable[[str], str] = str
    around: frozenset[str] = frozenset()
    digits: int = 0
    values: tuple[str, ...] = ()
    small: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Hypothesis:
    """Words and how sure: `score` 0 to 1; `no_speech` 0 to 1 is the engine's belief that nobody spoke."""

    text: str
    score: float
    engine: str
    no_speech: float = 0.0


@runtime_checkable
class Utterance(Protocol):
    """One turn of one caller. All calls come from one worker at a time, in order."""

    def feed(self, samples: Samples) -> str:
        """Take the next samples (mono, the rate given at `open`); give the words so far, "" where the engine does not stream."""

    def result(self) -> Hypothesis:
        """Decode all that was fed. May be called more than once: feeding after it goes on (that is decoding ahead)."""


@runtime_checkable
class Glancing(Protocol):
    """An engine that can also say quickly, and less surely, what a voice has said so far."""

    def glance(self, samples: Samples, rate_hz: int, expectation: Expectation) -> tuple[tuple[str, float], ...]:
        """What the first words of a turn that goes on may be (mono, from its begin), the likeliest first, and the share of each: 1 together."""


@runtime_checkable
class Recognizer(Protocol):
    """One engine with one model for one language."""

    name: str
    language: str
    streams: bool

    def open(self, rate_hz: int, expectation: Expectation) -> Utterance:
        """Begin a turn. Raises SpeechError where the expectation cannot be met (say, no word of it in the dictionary)."""
