"""Whether words heard during a prompt are an interruption. The prompt stands still already; this decides how it goes on.

Reversible and word-gated: words that belong to the step cut the prompt; a cough, a noise or a back-channel ("uh-huh",
«угу») lets it go on from the same sample. Other words are not for this room to judge: the prompt keeps standing until the
dialogue has said what it makes of them.
"""

from __future__ import annotations

from enum import StrEnum

from voice.recognizers.closeness import plain
from voice.recognizers.protocol import Expectation, Kind


class Verdict(StrEnum):
    """CUT: the caller takes the turn. RESUME: no interruption. WAIT: too early to tell, or for the dialogue to say."""

    CUT = "cut"
    RESUME = "resume"
    WAIT = "wait"


# Said while listening, without taking the turn (Yngve 1970 called them back-channels).
BACK_CHANNEL = {
    "en": frozenset(
        "uh huh uhhuh mm mhm mmhm hmm hm aha ah oh okay ok yeah yes yep right sure see well um er please thanks all alright ya".split()
    ),
    "ru": frozenset(
        "угу ага да мм мгм хм гм ну так ясно понятно хорошо ладно э эм а о пожалуйста спасибо понял поняла конечно".split()
    ),
    "ko": frozenset("네 예 음 아 응".split()),
}


# A recogniser invents words for noises; what it believes less than this, and the step does not expect, was none.
BELIEVED = 0.4


def judge(expectation: Expectation, text: str, score: float = 1.0, *, final: bool) -> Verdict:
    """Is `text`, heard so far (`final`: in the whole turn, with its `score`), an interruption of this step's prompt?

    A phrase that the step expects cuts even where it is a back-channel elsewhere ("yes" to a yes-or-no question).
    Where nobody spoke, or only murmured, the prompt goes on; before the turn is over that is not yet known.
    """
    sentence = plain(text)
    said = sentence.replace("i see", "see").split()
    if not said:
        return Verdict.RESUME if final else Verdict.WAIT
    expected = {plain(phrase) for phrase in expectation.phrases}
    if sentence in expected:
        return Verdict.CUT
    if all(word in BACK_CHANNEL.get(expectation.language, frozenset()) for word in said):
        return Verdict.RESUME if final else Verdict.WAIT
    if any(f" {phrase} " in f" {sentence} " for phrase in expected):
        return Verdict.CUT
    if final:
        return Verdict.WAIT if score >= BELIEVED else Verdict.RESUME
    # Free speech in any words is an interruption; elsewhere a strange word of a partial may still become a known one.
    return Verdict.CUT if expectation.kind is Kind.FREE or len(said) >= 4 else Verdict.WAIT
