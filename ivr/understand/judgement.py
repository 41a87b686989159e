"""What an utterance means at a step: understood, to be confirmed, or rejected.

closeness to a choice (0 to 1) x trust in the ear (0 to 1)  ->  0 ... CONFIRM ... ACCEPT ... 1
                                                          no_match | confirm | match
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum

from ivr.understand.closeness import Option, phrase_closeness, word_evidence
from ivr.understand.words import is_greeting, is_nothing, normal
from ivr.understand.yes_no import yes_no

ACCEPT = 0.75
CONFIRM = 0.6
MARGIN = 0.07  # two choices nearer to each other than this are not decided without asking
SURE = 0.97  # from here on a second candidate does not matter: it was said word for word
YES, NO = "yes", "no"

# Per engine: the score under which its words are not believed at all, and from which they are believed fully.
# Whisper: exp(mean log probability); single words that it heard right over mu-law came with 0.19 to 0.4, and what it invents is
# rejected by what it says, so the floor is its own (exp -2.6). Vosk: mean word confidence. PocketSphinx: not comparable, mild.
TRUST = {"whisper": (0.074, 0.4), "vosk": (0.3, 0.7), "pocketsphinx": (0.1, 0.5), "typed": (0.0, 0.0)}
TRUST_OTHERWISE = (0.2, 0.6)
DOUBT_COST = 0.25  # what an utterance loses that is only just believed


class Verdict(StrEnum):
    """What to do with what was heard."""

    MATCH = "match"
    CONFIRM = "confirm"
    NO_MATCH = "no_match"


@dataclass(frozen=True, slots=True)
class Understanding:
    """The verdict, the choice it is about ("" for none), how sure (0 to 1); `contrary`: a no was said before it."""

    kind: Verdict
    choice: str = ""
    score: float = 0.0
    contrary: bool = False


def trust(engine: str, score: float) -> float:
    """0 to 1: how far the words of this engine are believed at this score of its own."""
    floor, full = TRUST.get(engine.split("-")[0].split(":")[0].lower(), TRUST_OTHERWISE)
    if score >= full:
        return 1.0
    if score < floor:
        return 0.0
    return 1.0 - DOUBT_COST * (full - score) / (full - floor)


def judge(
    options: Sequence[Option], code: str, text: str, score: float = 1.0, engine: str = "typed", *, asks_yes_no: bool = False
) -> Understanding:
    """What `text` (as heard, with the engine's own `score`) means among `options`, in the language `code`.

    With `asks_yes_no` the choices "yes" and "no" are understood too, from the language's own words. Pure; about 1 ms with
    the hotline's 180 phrases and 150 topic words.
    """
    belief = trust(engine, score)
    if not belief or is_nothing(text, code) or is_greeting(text, code):
        return Understanding(Verdict.NO_MATCH)
    said = normal(text, code)
    topic = _topic(options, code, said, belief)
    answer = yes_no(said, code) if asks_yes_no else None
    if answer is None:
        return topic
    if answer.score < 1.0 and topic.kind is Verdict.MATCH:
        # "Yes, where is my parcel" goes to the parcel at once; "no, the parcel is fine" is worth a question.
        askable = any(option.confirmable for option in options if option.id == topic.choice)
        return topic if answer.yes or not askable else Understanding(Verdict.CONFIRM, topic.choice, topic.score, contrary=True)
    sure = answer.score * belief
    if sure < CONFIRM:
        return Understanding(Verdict.NO_MATCH, score=sure)
    return Understanding(Verdict.MATCH, YES if answer.yes else NO, sure)


def ranking(options: Sequence[Option], code: str, said: str, belief: float = 1.0) -> list[tuple[float, Option]]:
    """Every option with its closeness to these words (in their normal form), the nearest first."""
    evidence = word_evidence(said, options, code)
    return sorted(
        (
            (max(phrase_closeness(said, option, code), by_words) * belief, option)
            for option, by_words in zip(options, evidence, strict=True)
        ),
        key=lambda found: -found[0],
    )


def _topic(options: Sequence[Option], code: str, said: str, belief: float) -> Understanding:
    ranked = ranking(options, code, said, belief)
    if not ranked or ranked[0][0] < CONFIRM:
        return Understanding(Verdict.NO_MATCH, score=ranked[0][0] if ranked else 0.0)
    best, option = ranked[0]
    rival = ranked[1][0] if len(ranked) > 1 else 0.0
    if best >= ACCEPT and (best >= SURE * belief or best - rival >= MARGIN):
        return Understanding(Verdict.MATCH, option.id, best)
    return Understanding(
        Verdict.CONFIRM if option.confirmable else Verdict.NO_MATCH, option.id if option.confirmable else "", best
    )
