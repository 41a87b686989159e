"""Whether words heard during a prompt are an interruption. The prompt stands still already; this decides how it goes on.

Reversible and word-gated: words that belong to the step cut the prompt; a cough, a noise or a back-channel ("uh-huh",
«угу») lets it go on from the same sample.
"""

from __future__ import annotations

from enum import StrEnum

from voice.recognizers.protocol import Expectation, Kind


class Verdict(StrEnum):
    """CUT: the caller takes the turn. RESUME: no interruption. WAIT: too early to tell."""

    CUT = "cut"
    RESUME = "resume"
    WAIT = "wait"


# Said while listening, without taking the turn (Yngve 1970 called them back-channels).
BACK_CHANNEL = {
    "en": frozenset("uh huh uhhuh mm mhm mmhm hmm hm aha ah oh okay ok yeah yes yep right sure i see well um er".split()),
    "ru": frozenset("угу ага да мм мгм хм гм ну так ясно понятно хорошо ладно э эм а о".split()),
    "ko": frozenset("네 예 음 아 응".split()),
}


def words(text: str) -> list[str]:
    """Lower-case words without punctuation; ё is written as е."""
    return "".join(c if c.isalnum() else " " for c in text.lower().replace("ё", "е")).split()


def judge(expectation: Expectation, text: str, final: bool) -> Verdict:
    """Is `text`, heard so far (`final`: in the whole turn), an interruption of this step's prompt?

    A phrase that the step expects cuts even where it is a back-channel elsewhere ("yes" to a yes-or-no question).
    Where nobody spoke, or only murmured, the prompt goes on; before the turn is over that is not yet known.
    """
    said = words(text)
    if not said:
        return Verdict.RESUME if final else Verdict.WAIT
    sentence = " ".join(said)
    expected = {" ".join(words(phrase)) for phrase in expectation.phrases}
    if sentence in expected:
        return Verdict.CUT
    if all(word in BACK_CHANNEL.get(expectation.language, frozenset()) for word in said):
        return Verdict.RESUME if final else Verdict.WAIT
    if any(f" {phrase} " in f" {sentence} " for phrase in expected):
        return Verdict.CUT
    # Free speech in any words is an interruption; elsewhere one strange word of a partial may still become a known one.
    if final or expectation.kind is Kind.FREE or len(said) >= 3:
        return Verdict.CUT
    return Verdict.WAIT
