"""The gate: what may be spoken or written to somebody of whom the house is only so sure. Pure; asked before every fact.

A weak identity changes the greeting's tone, the language and the routing, and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterable
from enum import IntEnum

from ivr.memory.identity import Confidence, Proof


class Privacy(IntEnum):
    """How private a fact is. A flow says it of its slots and texts; what says nothing is PRIVATE."""

    PUBLIC = 0  # opening hours; "there is something we did not finish"
    PERSONAL = 1  # a name, what he himself said in this matter, which order it is about
    PRIVATE = 2  # an address, a balance, what is in the order, anything from another matter


_NEEDS = {Privacy.PUBLIC: Confidence.NOBODY, Privacy.PERSONAL: Confidence.CLAIMED, Privacy.PRIVATE: Confidence.PROVED}


def may_speak(fact: Privacy, confidence: Confidence) -> bool:
    """May a fact of this privacy be told to somebody known this surely?"""
    return confidence >= _NEEDS[fact]


def shown(proofs: Iterable[Proof]) -> Confidence:
    """How sure the house is by what was shown in this very contact. Two hints are a hint: whoever fakes one fakes both."""
    return max((proof.shows for proof in proofs), default=Confidence.NOBODY)
