"""The trail of the desk: who looked at whom and who changed what, ids only; one Redis stream, read by auditors, changed by nobody."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

from ivr.memory.errors import MemoryAway

if TYPE_CHECKING:
    from ivr.memory.store import Store

log = logging.getLogger(__name__)
KEY = "hotline:desk:trail"
MOST = 500_000


class Trail:
    """`note` and `read`."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms
        self._told: dict[tuple[str, str, str], int] = {}

    async def note(self, who: str, what: str, whose: str = "", how: str = "") -> None:
        """One line. who: an operator's id; what: "login", "look", ...; whose: an id. Raises MemoryAway: then it is not done."""
        fields = ("at", self._now_ms(), "who", who, "what", what, "whose", whose, "how", how)
        await self._store.command("XADD", KEY, "MAXLEN", "~", MOST, "*", *fields)

    async def noted(self, who: str, what: str, whose: str = "", how: str = "", for_ms: int = 0) -> None:
        """The same where what it tells of is over already, and is not undone for want of a line. for_ms: so long it is no news."""
        if for_ms:
            now = self._now_ms()
            self._told = {line: until for line, until in self._told.items() if until > now}
            if (who, what, whose) in self._told:
                return
            self._told[who, what, whose] = now + for_ms
        try:
            await self.note(who, what, whose, how)
        except MemoryAway:
            log.error("the trail misses a line (%s): the memory is away", what)

    async def read(self, before: str = "+", count: int = 200, who: str = "", what: str = "") -> list[Mapping[str, Any]]:
        """Lines, the newest first, older than the line `before`. Raises MemoryAway."""
        end = "+" if before == "+" else f"({before}"
        lines: list[Mapping[str, Any]] = []
        for _ in range(20):
            found = await self._store.command("XREVRANGE", KEY, end, "-", "COUNT", 500)
            for name, fields in found:
                line = {"id": name, **fields, "at": int(fields["at"])}
                if (not who or line["who"] == who) and (not what or line["what"] == what):
                    lines.append(line)
                    if len(lines) >= count:
                        return lines
            if len(found) < 500:
                break
            end = f"({found[-1][0]}"
        return lines
