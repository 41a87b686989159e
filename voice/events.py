"""What happens on a call, as asyncio sees it: `async for event in call`.

Every event carries `at_ns`, CLOCK_MONOTONIC nanoseconds of when it happened (not of when it was read).
Positions called `*_sample` count samples of the call's own sound since its media began, at the bridge's rate.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class KeySource(StrEnum):
    """How a key came: RFC 4733 telephone-event, SIP INFO, or as two tones in the sound."""

    RFC4733 = "rfc4733"
    INFO = "info"
    INBAND = "inband"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """Base of all call events."""

    at_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Ringing(Event):
    """The other side has our call (100), rings (180), or sends sound before its answer (183)."""

    status: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered(Event):
    """200 OK is acknowledged: the call is up in both directions."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MediaChanged(Event):
    """Sound (re)started, was put on hold by the other side, or stopped."""

    codec: str
    rate_hz: int
    sending: bool
    receiving: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechBegan(Event):
    """Somebody speaks; `begin_sample` includes the pre-roll. begun_ns: when that sample came in."""

    begin_sample: int
    begun_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechPaused(Event):
    """Silence began inside a turn: the moment to decode ahead. Speech may go on (no event for that, see `SpeechResumed`).

    ended_ns: when the last sample of the voice came in.
    """

    end_sample: int
    ended_ns: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechResumed(Event):
    """The silence was only a pause; what was decoded ahead is void."""

    sample: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SpeechEnded(Event):
    """The turn is over: the end silence in force has passed since `end_sample`, or the turn was too long."""

    begin_sample: int
    end_sample: int
    ended_ns: int
    silence_ms: int
    too_short: bool
    too_long: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial(Event):
    """Words heard so far; may change. The only event that a full queue may drop."""

    text: str
    engine: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Final(Event):
    """What was said in one turn; `text` is empty where no words were found.

    insists: it was spoken over a prompt, and for too long to be a listener's murmur.
    """

    text: str
    score: float
    engine: str
    begin_sample: int
    end_sample: int
    insists: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HearingLost(Event):
    """Recognition is not to be had now (overload, engine gone): go on by keys and say so."""

    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Overrun(Event):
    """A recogniser came too late: this much of the caller's sound was overwritten before it was read."""

    first_sample: int
    samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Digit(Event):
    """One key, once, however many ways it came in: 0-9 * # A-D (RFC 4733 section 3.2)."""

    key: str
    source: KeySource


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptPaused(Event):
    """The caller began to speak: the prompt stands still at this sample of its own."""

    prompt: int
    played_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptResumed(Event):
    """It was no interruption: the prompt goes on from the same sample."""

    prompt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptFinished(Event):
    """The last sample of the prompt was sent."""

    prompt: int


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptCut(Event):
    """The prompt was ended after `played_samples` of its own."""

    prompt: int
    played_samples: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferResult(Event):
    """The other side reports on our REFER (RFC 3515 section 2.4.5)."""

    status: int
    final: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class HungUp(Event):
    """The call has ended; always the last event."""

    status: int
    reason: str
    by_us: bool
