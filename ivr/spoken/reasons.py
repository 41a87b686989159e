"""Why a value was refused, in words for the caller."""

from __future__ import annotations

from ivr.spoken.words import spoken


def say_reason(reason: str, language: str) -> str:
    """A clause for an error prompt ("that is too short"), without a full stop; "" for a reason that has none.

    `reason` is an ivr.values.Reason, or its text.
    """
    return spoken(language).reasons.get(str(reason), "")
