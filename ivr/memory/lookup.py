"""Who is it, and what is known? One round trip, bounded whatever the store holds."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivr.memory import matter as matters
from ivr.memory.customer import Customer, percent, unpack
from ivr.memory.identity import STRONG, Identity
from ivr.memory.matter import Matter
from ivr.memory.timeline import Touch
from ivr.memory.timeline import unpack as unpack_touch

if TYPE_CHECKING:
    from ivr.memory.store import Store

TOUCHES = 10


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody whose identity this may be: how surely (0 to 1), by which proofs, since when."""

    customer: Customer
    confidence: float
    proofs: tuple[str, ...]
    since_ms: int


@dataclass(frozen=True, slots=True)
class Who:
    """What is known by one identity.

    candidates: surest first. matters: live ones (open, or handed to a person), last changed first. touches: oldest first, of this identity; with those of
    his other identities where there is one sure customer and no other. cut: there was more than is looked at here.
    """

    identity: Identity
    candidates: tuple[Candidate, ...] = ()
    matters: tuple[Matter, ...] = ()
    touches: tuple[Touch, ...] = field(default=(), repr=False)
    heard_language: str = ""
    cut: bool = False

    @property
    def customer(self) -> Customer | None:
        """The one customer that it surely is; None where nobody is sure, or two are (a family, an office)."""
        sure = [candidate for candidate in self.candidates if candidate.confidence >= STRONG]
        return sure[0].customer if len(sure) == 1 else None

    @property
    def offers(self) -> tuple[Candidate, ...]:
        """Whom it could be, where that must be asked."""
        return () if self.customer else self.candidates

    @property
    def language(self) -> str:
        """To greet in: the customer's own, else that of the last touch; empty where nobody knows."""
        return (self.customer.language if self.customer else "") or self.heard_language


@dataclass(frozen=True, slots=True)
class Case:
    """What whoever takes somebody over needs to know. who: by the identity he came with.

    thread: what was said about the matter by its other identities, the chat that a call goes on with by six digits. customer: who he had proved to be.
    """

    who: Who | None = None
    matter: Matter | None = None
    thread: tuple[Touch, ...] = field(default=(), repr=False)
    customer: Customer | None = None


async def who(store: Store, identity: Identity, now_ms: int, touches: int = TOUCHES) -> Who:
    """Customer, open matters, and the last touches, by an identity. Raises MemoryAway."""
    kin = identity.kin
    answer = await store.run("who", identity.address, kin.address if kin else "", now_ms, touches, percent(STRONG))
    return read(identity, answer, now_ms, touches)


async def case(store: Store, identity: Identity | None, matter: str, customer: str, now_ms: int, touches: int = TOUCHES) -> Case:
    """By an identity, a matter's and a customer's id, each of which may be unknown. One round trip. Raises MemoryAway."""
    kin = identity.kin if identity else None
    words = (identity.address if identity else "", kin.address if kin else "", now_ms, touches, percent(STRONG))
    known, about, said, proved = await store.run("case", *words, matter, customer)
    found = matters.unpack(about) if about else None
    lines = [unpack_touch(address, line) for address, entries in said for line in entries]
    return Case(
        read(identity, known, now_ms, touches) if identity else None,
        found.at(now_ms) if found else None,
        tuple(touch for touch in lines if touch.matter == matter),
        unpack(*proved) if proved and proved[1][0] else None,
    )


def read(identity: Identity, answer: Sequence[Any], now_ms: int, touches: int) -> Who:
    """What who.lua gave, as values."""
    language, found, timelines, opened, cut = answer
    candidates = tuple(_candidate(*one) for one in found)
    mine = set(candidates[0].customer.ids) if candidates else set()
    told = Who(identity, candidates)
    alone = told.customer is not None
    # A touch or a matter of somebody who had proved to be another customer is not told as this one's.
    lines = [unpack_touch(address, line) for address, entries in timelines for line in entries]
    lines = [touch for touch in lines if not (alone and touch.customer and touch.customer not in mine)]
    lines.sort(key=lambda touch: touch.at_ms)
    live = [matter for matter in map(matters.unpack, opened) if matter is not None and matter.at(now_ms).status in matters.LIVE]
    live = [matter for matter in live if not (alone and matter.customer and matter.customer not in mine)]
    live.sort(key=lambda matter: -matter.updated_ms)
    return Who(identity, candidates, tuple(live), tuple(lines[-touches:] if touches else ()), language, bool(cut))


def _candidate(root: str, sure: int, link: str, ids: Sequence[str], hashes: Sequence[Sequence[str]]) -> Candidate:
    _, proofs, since_ms = link.split(" ")
    return Candidate(unpack(ids, hashes), int(sure) / 100, tuple(proofs.split(",")), int(since_ms))
