"""Whether words heard during a prompt are an interruption. The prompt stands still already; this decides how it goes on.

Reversible and word-gated: words that belong to the step cut the prompt; a cough, a noise or a back-channel ("uh-huh",
«угу») lets it go on from the same sample. Other words are not for this room to judge: the prompt keeps standing until the
dialogue has said what it makes of them.
"""

from __future__ import annotations

from enum import StrEnum

from voice.recognizers.closeness import made_of, plain, undrawn
from voice.recognizers.protocol import Expectation, Kind


class Verdict(StrEnum):
    """CUT: the caller takes the turn. RESUME: no interruption. WAIT: too early to tell, or for the dialogue to say."""

    CUT = "cut"
    RESUME = "resume"
    WAIT = "wait"


# A recogniser invents words for noises; what it believes less than this, and the step does not expect, was none.
BELIEVED = 0.4


def judge(expectation: Expectation, text: str, score: float = 1.0, *, final: bool) -> Verdict:
    """Is `text`, heard so far (`final`: in the whole turn, with its `score`), an interruption of this step's prompt?

    A phrase that the step expects cuts even where it is a murmur elsewhere; to a yes-or-no question ("oh yeah, sure") it also
    does so in a row of them. Where nobody spoke, or only murmured, the prompt goes on; before the turn is over that is not yet known.
    """
    sentence = undrawn(expectation.fold(plain(text)))
    if not sentence:
        return Verdict.RESUME if final else Verdict.WAIT
    expected = {expectation.fold(plain(phrase)) for phrase in expectation.phrases}
    answers = any(f" {phrase} " in f" {sentence} " for phrase in expected)
    if sentence in expected or (answers and expectation.kind is Kind.YES_NO):
        return Verdict.CUT
    if made_of(sentence, expectation.murmurs):
        return Verdict.RESUME if final else Verdict.WAIT
    if answers:
        return Verdict.CUT
    if final:
        return Verdict.WAIT if score >= BELIEVED else Verdict.RESUME
    # Free speech in any words is an interruption; elsewhere a strange word of a partial may still become a known one.
    return Verdict.CUT if expectation.kind is Kind.FREE or len(sentence.split()) >= 4 else Verdict.WAIT
