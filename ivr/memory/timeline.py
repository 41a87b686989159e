"""A touch: one contact by one channel, in the timeline of the identity it came by.

A timeline belongs to an identity and to nothing else, so merging customers never moves a touch. It is a Redis list of JSON arrays
in the order of time, not a Redis stream: a stream reserves 4 KiB for its first few entries (measured: 4,728 bytes against 448),
and what XDEL takes out of one stays readable in memory and on disk until its whole block is gone.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivr.memory.errors import Unfit
from ivr.memory.identity import Identity

if TYPE_CHECKING:
    from ivr.memory.store import Store

TEXT_MOST = 16_384  # characters; what is longer is kept elsewhere and named in `data`
DATA_MOST = 4_096
CALL, MESSAGE, MAIL, VISIT, MAILING, NOTE = "call", "message", "mail", "visit", "mailing", "note"
_KIND = re.compile(r"[a-z][a-z0-9_]{0,23}")


@dataclass(frozen=True, slots=True)
class Touch:
    """One contact. `source` and `source_id` together name it for ever: the same twice is one touch.

    kind: call, message, mail, visit, mailing, note, or what another source calls it. at_ms: since the epoch. ours: from the
    house to the customer. text: what it was about, in words, cut at TEXT_MOST. customer: who he had proved to be, where he had.
    data: small plain facts (JSON).
    """

    identity: Identity
    kind: str
    source: str
    source_id: str
    at_ms: int
    text: str = field(default="", repr=False)
    ours: bool = False
    matter: str = ""
    customer: str = ""
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)

    def __post_init__(self) -> None:
        if not _KIND.fullmatch(self.kind):
            raise Unfit("a kind of touch is a short lower-case word")
        if not self.source or not self.source_id or len(self.source) > 64 or len(self.source_id) > 998:
            raise Unfit("a touch needs its source and the source's own id")
        if not 0 <= self.at_ms < 10**14:
            raise Unfit("a touch needs its time in milliseconds since the epoch")


def pack(touch: Touch) -> str:
    """A touch as the store keeps it: the time first, the empty end left out. Raises Unfit where `data` is too much."""
    data = dict(touch.data) or 0
    line: list[Any] = [touch.at_ms, touch.kind, touch.source, touch.source_id, touch.text[:TEXT_MOST]]
    line += [int(touch.ours), touch.matter, touch.customer, data]
    while line[-1] in ("", 0) and len(line) > 4:
        line.pop()
    if data and len(json.dumps(data)) > DATA_MOST:
        raise Unfit("too many facts for one touch")
    return json.dumps(line, ensure_ascii=False, separators=(",", ":"))


def unpack(address: str, line: str) -> Touch:
    """The touch of a stored line."""
    got: list[Any] = json.loads(line)
    at_ms, kind, source, source_id, text, ours, matter, customer, data = got + ["", 0, "", "", 0][len(got) - 4 :]
    return Touch(Identity.from_address(address), kind, source, source_id, at_ms, text, bool(ours), matter, customer, data or {})


class Timeline:
    """Touches in and out."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def touch(self, touch: Touch, language: str = "") -> bool | None:
        """Keep a touch; True where it is new, False where it was there, None where it waits in the journal.

        language: as it was spoken or written in, for the next greeting. Raises JournalFull, Unfit.
        """
        address, kin = touch.identity.address, touch.identity.kin
        args = (address, kin.address if kin else "", touch.source, touch.source_id, touch.at_ms, pack(touch), language)
        written = await self._store.keep(f"t{address}", "touch", *args)
        return None if written is None else bool(written)

    async def of(self, identity: Identity, first: int = 0, last: int = -1) -> tuple[Touch, ...]:
        """The touches of one identity by index, oldest first; negative ones count from the newest. Raises MemoryAway."""
        lines = await self._store.command("LRANGE", f"t{identity.address}", first, last)
        return tuple(unpack(identity.address, line) for line in lines)
