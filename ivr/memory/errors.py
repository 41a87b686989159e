"""What the memory raises. Texts never hold an identity, a name or words of a talk.

HotlineError
+-- MemoryAway         Redis cannot be asked now: away, slow, full, loading; nothing was promised, go on without
|   +-- Crowded        it is there, and too many of this process ask it at once
|   +-- JournalFull    and the local journal can take no more either
+-- Outrun             another channel changed this matter first; carries it as it is now
+-- NotAnIdentity      this is no phone number, mail address or id
+-- Unfit              what was asked makes no sense here: an unknown customer, a merge with itself
+-- StoreUnfit         (a ConfigError) the store must not be used: written by a newer version, or it would evict what it keeps
    +-- Rejected       one command is not allowed, or not understood; others are
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from voice.errors import ConfigError, HotlineError

if TYPE_CHECKING:
    from ivr.memory.matter import Matter


class MemoryAway(HotlineError):
    """Redis cannot be asked now. Whoever waits for it goes on without; it is asked again by itself."""


class Crowded(MemoryAway):
    """No place among those who ask Redis became free in time. Redis is not away for that."""


class JournalFull(MemoryAway):
    """Redis is away, and the journal that stands in for it is at its bound."""


class NotAnIdentity(HotlineError):
    """What was given names nobody: no phone number, no mail address, no id."""


class Unfit(HotlineError):
    """What was asked does not fit what is in the store."""


class StoreUnfit(ConfigError):
    """The store must not be used as it is; `remedy` says what to change."""


class Rejected(StoreUnfit):
    """The store is fit, and refuses this command for good."""


class Outrun(HotlineError):
    """Another channel changed the matter first: `matter` is how it stands now, the answers given here are in its ledger."""

    def __init__(self, matter: Matter) -> None:
        super().__init__("another channel went on with this matter first")
        self.matter = matter
