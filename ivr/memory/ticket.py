"""A ticket: six digits that bind a call to a matter ("phone and key 481 516"), single use, some minutes to live.

Guessing: a million numbers, five wrong tries a caller and then a lock, and a brake over the whole house, because a caller's number
costs nothing to change. With 100 tickets alive and HOUSE_TRIES spent, a guesser has hit one with a chance of 2 in 100 a window.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import TYPE_CHECKING

from ivr.memory.errors import Unfit
from ivr.memory.identity import Confidence, Identity

if TYPE_CHECKING:
    from ivr.memory.store import Store

DIGITS = 6
LIFE_MS = 15 * 60_000
TRIES = 5
LOCK_MS = 15 * 60_000
HOUSE_TRIES = 200  # wrong ones, from all callers together, within LOCK_MS
ISSUED_MOST = 5  # to one identity within ISSUED_MS
ISSUED_MS = 60 * 60_000
DRAWN = 16
NOBODY = "-"  # everybody who withholds his number shares one count of tries


@dataclass(frozen=True, slots=True)
class Ticket:
    """A ticket as it is given out. Its digits are a secret: shown to him who gets it, and to no log."""

    digits: str = field(repr=False)
    matter: str
    until_ms: int

    @property
    def spoken(self) -> str:
        """In two groups, as people read it: "481 516"."""
        return f"{self.digits[:3]} {self.digits[3:]}"


@dataclass(frozen=True, slots=True)
class Issued:
    """What came of asking for a ticket: a ticket, or when to ask again."""

    ticket: Ticket | None
    again_ms: int = 0


@dataclass(frozen=True, slots=True)
class Redeemed:
    """A right ticket: the matter, who it was given to, and how surely he was known there. For the matter itself it is proof; for the
    customer no more than that (ivr.notebook.MemoryNotebook.redeem)."""

    matter: str
    identity: Identity
    customer: str
    confidence: Confidence


@dataclass(frozen=True, slots=True)
class Refused:
    """A wrong ticket. tries_left: before the lock. until_ms: of the lock, or 0. house: everybody is locked out, not he alone."""

    tries_left: int
    until_ms: int = 0
    house: bool = False


def draw() -> str:
    """Six digits that nobody would try first: not all the same, not a run (123456, 987654)."""
    while True:
        digits = f"{secrets.randbelow(10**DIGITS):0{DIGITS}d}"
        if len({(int(after) - int(before)) % 10 for before, after in pairwise(digits)}) > 1:
            return digits


class Tickets:
    """Tickets out and in."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms

    async def issue(
        self, matter: str, identity: Identity, confidence: Confidence = Confidence.CLAIMED, customer: str = ""
    ) -> Issued:
        """A ticket for a matter, given to `identity`, of whom the house is as sure as `confidence`. A former one of the matter ends.

        Raises MemoryAway; Unfit where no free number was drawn.
        """
        now = self._now_ms()
        drawn = [draw() for _ in range(DRAWN)]
        answer = await self._store.run(
            "issue", identity.address, matter, customer, int(confidence), now, LIFE_MS, ISSUED_MOST, ISSUED_MS, *drawn
        )
        if answer[0] == "none":
            raise Unfit("too many tickets are out")
        if answer[0] == "rate":
            return Issued(None, int(answer[1]))
        return Issued(Ticket(answer[1], matter, now + LIFE_MS))

    async def redeem(self, digits: str, by: Identity | None) -> Redeemed | Refused:
        """Try a ticket, once it is complete. by: who keys it, None where the number is withheld. Raises MemoryAway."""
        tried = "".join(sign for sign in digits if sign in "0123456789")
        address = by.address if by else NOBODY
        answer = await self._store.run(
            "redeem", tried[: DIGITS + 1], address, self._now_ms(), TRIES, LOCK_MS, secrets.token_urlsafe(9), HOUSE_TRIES
        )
        match answer:
            case ["ok", matter, given, customer, confidence]:
                return Redeemed(matter, Identity.from_address(given), customer, Confidence(int(confidence)))
            case ["wrong", left]:
                return Refused(int(left))
            case [verdict, until]:
                return Refused(0, int(until), verdict == "braked")
        raise Unfit("the store answered what nobody asked")
