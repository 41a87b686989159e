"""What the SIP thread and the loop tell each other about a leg: plain frozen values, nothing of the SIP library."""

from __future__ import annotations

import secrets
from dataclasses import dataclass, field

from voice.events import KeySource

Headers = tuple[tuple[str, str], ...]  # name and value, of a request (RFC 3261 section 7.3)


@dataclass(frozen=True, slots=True)
class LegInfo:
    """Who calls whom, copied when the call began. number: ours, unique in this process; id: ours, unique everywhere, by which all is kept.

    call_id: RFC 3261 section 8.1.1.4. The other side makes it up, so that it may come twice; it is a name to search by, nothing more.

    caller and called are URIs; they are personal data and never stand in a log.
    """

    number: int
    call_id: str
    caller: str
    called: str
    source: str
    trunk: str
    incoming: bool
    begun_ns: int
    id: str = field(default_factory=lambda: secrets.token_hex(10))


@dataclass(frozen=True, slots=True)
class LegProgress:
    """The other side has the call (100), rings (180) or sends sound before its answer (183)."""

    status: int
    at_ns: int


@dataclass(frozen=True, slots=True)
class LegUp:
    """200 OK and ACK are through."""

    at_ns: int


@dataclass(frozen=True, slots=True)
class LegMedia:
    """The sound's state after any offer and answer."""

    codec: str
    rate_hz: int
    sending: bool
    receiving: bool
    at_ns: int


@dataclass(frozen=True, slots=True)
class LegKey:
    """A key by RFC 4733 or SIP INFO."""

    key: str
    source: KeySource
    at_ns: int


@dataclass(frozen=True, slots=True)
class LegTransfer:
    """A NOTIFY on our REFER."""

    status: int
    final: bool
    at_ns: int


@dataclass(frozen=True, slots=True)
class LegStats:
    """What RTCP and the jitter buffer counted (RFC 3550 section 6.4.1): packets, and milliseconds."""

    received: int = 0
    lost: int = 0
    sent: int = 0
    jitter_ms: float = 0.0
    round_trip_ms: float = 0.0


@dataclass(frozen=True, slots=True)
class LegGone:
    """The call has ended, with the final status and reason."""

    status: int
    reason: str
    stats: LegStats
    at_ns: int


Fact = LegProgress | LegUp | LegMedia | LegKey | LegTransfer | LegGone
