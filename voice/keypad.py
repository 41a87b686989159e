"""One key, once: RFC 4733, SIP INFO and in-band tones of the same press become a single digit."""

from __future__ import annotations

from dataclasses import dataclass, field

from voice.events import KeySource

# The slowest twin: an INFO that follows its RFC 4733 event over a retransmitting UDP path (RFC 3261 T1 is 500 ms).
WINDOW_NS = 600_000_000
KEYS = frozenset("0123456789*#ABCD")


@dataclass(slots=True)
class Press:
    key: str
    at_ns: int
    sources: set[KeySource]


@dataclass(slots=True)
class Keypad:
    """The keys of one call. Presses of one key by one source are always distinct; those by two sources are twins."""

    recent: list[Press] = field(default_factory=list)

    def press(self, key: str, source: KeySource, at_ns: int) -> bool:
        """True where this is a new press, False where another source has reported it already, or it is no key."""
        key = key.upper()
        if key not in KEYS:
            return False
        self.recent = [press for press in self.recent if at_ns - press.at_ns <= WINDOW_NS]
        for press in self.recent:
            if press.key == key and source not in press.sources:
                press.sources.add(source)
                return False
        self.recent.append(Press(key, at_ns, {source}))
        return True
