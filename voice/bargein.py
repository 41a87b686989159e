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
    """CUT: the caller takes the turn. RESUME: no interruption. WAIT: too early to tell, or for the dialogue to say, and TELL: for it
    to say, too, but hardly one, so that the prompt need not stand still for it."""

    CUT = "cut"
    RESUME = "resume"
    TELL = "tell"
    WAIT = "wait"


# A recogniser invents words for noises; what it believes less than this, and the step does not expect, was none.
BELIEVED = 0.4
# Over a prompt, so short a voice with words that are no answer to the step is a murmur misheard; murmurs around them do not count.
MURMUR_MS = 500
# And so long a one means us, whatever it said and however surely. In between nobody knows: the dialogue is told, and the prompt goes on.
INSISTS_MS = 850
# Whoever says more has said more than a murmur and a word misheard.
MURMURED_WORDS = 8


def judge(expectation: Expectation, text: str, score: float = 1.0, *, final: bool) -> Verdict:
    """Is `text`, heard so far (`final`: in the whole turn, with its `score`), an interruption of this step's prompt?

    A phrase that the step expects cuts even where it is a murmur elsewhere («а» asks back); to a yes-or-no question ("oh yeah,
    sure") it also does so in a row of them, while elsewhere it says nothing between other words («а на себе»). Where nobody spoke,
    or only murmured, the prompt goes on; before the turn is over that is not yet known.
    """
    sentence = undrawn(expectation.fold(plain(text)))
    if not sentence:
        return Verdict.RESUME if final else Verdict.WAIT
    expected = {expectation.fold(plain(phrase)) for phrase in expectation.phrases}
    telling = expected if expectation.kind is Kind.YES_NO else expected - expectation.murmurs
    answers = any(f" {phrase} " in f" {sentence} " for phrase in telling)
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


def strangeness(expectation: Expectation, text: str) -> float:
    """The share of what was said, by letters, that stands between murmurs: all of "hound them", two thirds of "okay, george", 0 to 1."""
    words = undrawn(expectation.fold(plain(text))).split()
    if not words or len(words) > MURMURED_WORDS:
        return 1.0
    sizes = range(len(words), 0, -1)
    first = next((size for size in sizes if made_of(" ".join(words[:size]), expectation.murmurs)), 0)
    last = next((size for size in sizes if made_of(" ".join(words[-size:]), expectation.murmurs)), 0)
    return len("".join(words[first : len(words) - last])) / len("".join(words))
