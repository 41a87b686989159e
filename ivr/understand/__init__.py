"""From words as heard to what is meant."""

from __future__ import annotations

from ivr.understand.closeness import WORD_WEIGHT_MAX, Option
from ivr.understand.judgement import NO, YES, Understanding, Verdict, judge, ranking
from ivr.understand.words import is_back_channel, is_claim, is_delay, is_greeting, is_hanging, is_hesitation, is_nothing, normal

__all__ = [
    "NO",
    "WORD_WEIGHT_MAX",
    "YES",
    "Option",
    "Understanding",
    "Verdict",
    "is_back_channel",
    "is_claim",
    "is_delay",
    "is_greeting",
    "is_hanging",
    "is_hesitation",
    "is_nothing",
    "judge",
    "normal",
    "ranking",
]
