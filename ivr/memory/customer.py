"""A customer: a set of identities, each with a confidence, and what is known of him. Merged and un-merged, never silently.

A merge is one edge between two customers. No identity, fact or touch moves, so taking it back restores both as they were; what
was learnt in between stays with whom it was merged into.
"""

from __future__ import annotations

import json
import re
import secrets
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ivr.memory.audit import Audit, line
from ivr.memory.consent import Word, words_of
from ivr.memory.errors import Unfit
from ivr.memory.identity import STRONG, Identity, Proof, weigh

if TYPE_CHECKING:
    from ivr.memory.store import Store

BORN_OF = 0.9  # a customer made for an identity is its owner, until something says otherwise
FACT_MOST = 2_048
_FACT = re.compile(r"[a-z][a-z0-9_]{1,31}")
_SHORT = {"name": "n", "language": "l"}  # on every customer: one letter in the store
_LONG = {letter: name for name, letter in _SHORT.items()}


@dataclass(frozen=True, slots=True)
class Customer:
    """Who somebody is, as one person whatever was merged.

    id: of the one that all others were merged into. ids: all of them, that one first. identities: with the confidence that they
    are his, 0 to 1. words: what he allowed and forbade.
    """

    id: str
    ids: tuple[str, ...]
    created_ms: int
    facts: Mapping[str, str] = field(default_factory=dict, repr=False)
    identities: Mapping[Identity, float] = field(default_factory=dict, repr=False)
    words: tuple[Word, ...] = ()

    @property
    def name(self) -> str:
        return self.facts.get("name", "")

    @property
    def language(self) -> str:
        return self.facts.get("language", "")


def unpack(ids: Sequence[str], hashes: Sequence[Sequence[str]]) -> Customer:
    """The one customer of a group, root first. A fact that several know is the root's, then that of the first merged."""
    facts: dict[str, str] = {}
    identities: dict[Identity, float] = {}
    born = 0
    for flat in hashes:
        for name, value in zip(flat[::2], flat[1::2], strict=True):
            match name[0], name[1:]:
                case "b", "":
                    born = min(born, int(value)) if born else int(value)
                case "@", address:
                    who = Identity.from_address(address)
                    identities[who] = max(identities.get(who, 0.0), int(value) / 100)
                case ">" | "<" | "+", _:
                    pass
                case _:
                    facts.setdefault(_LONG.get(name, name), value)
    return Customer(ids[0], tuple(ids), born, facts, identities, words_of(hashes))


def percent(confidence: float) -> int:
    """Confidence 0 to 1 as the store keeps it. Raises Unfit."""
    if not 0 <= confidence <= 1:
        raise Unfit("a confidence is a number from 0 to 1")
    return round(100 * confidence)


def _fields(facts: Mapping[str, str]) -> list[str]:
    """Facts as fields and values. Raises Unfit for a name that is none."""
    flat: list[str] = []
    for name, value in facts.items():
        if not _FACT.fullmatch(name) or len(value) > FACT_MOST:
            raise Unfit("a fact has a short lower-case name and a value of reasonable length")
        flat += [_SHORT.get(name, name), value]
    return flat


class Customers:
    """Customers in and out. `by` is who does it, for the audit: "dialogue", "crm", an operator. All raise MemoryAway."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms

    async def meet(self, identity: Identity, by: str = "dialogue", **facts: str) -> str | None:
        """The id of the one customer whose identity this surely is, made where there is none; None where several share it.

        facts (name, language, ...) are kept only of one who is made. Raises Unfit.
        """
        now, name = self._now_ms(), secrets.token_urlsafe(8)[:10]
        made = line(now, "made", by, identity=identity.address)
        link = f"{percent(BORN_OF)} first {now}"
        answer = await self._store.run(
            "meet", name, identity.address, percent(BORN_OF), link, percent(STRONG), now, made, *_fields(facts)
        )
        return answer[1] if answer[0] != "shared" else None

    async def get(self, customer: str) -> Customer | None:
        """The customer that this id belongs to now."""
        _, ids, hashes = await self._store.run("customer", customer)
        return unpack(ids, hashes) if hashes[0] else None

    async def learn(self, customer: str, by: str = "dialogue", **facts: str) -> None:
        """Keep facts; an empty one is forgotten. The audit holds their names, not their values. Raises Unfit."""
        told = line(self._now_ms(), "learnt", by, facts=sorted(facts))
        self._known(await self._store.run("learn", customer, told, *_fields(facts)))

    async def link(
        self, customer: str, identity: Identity, proofs: Iterable[Proof], by: str = "dialogue", confidence: float | None = None
    ) -> float:
        """Link an identity, as surely as its proofs weigh (or as `confidence` says); gives that. Never makes a link weaker.

        A weak link (under identity.STRONG) is an offer: `who` names the customer as possible, and nothing of him is told.
        """
        shown = tuple(dict.fromkeys(proofs))
        sure, now = percent(weigh(shown) if confidence is None else confidence), self._now_ms()
        spelled = f"{sure} {','.join(shown) or 'given'} {now}"
        told = line(now, "link", by, identity=identity.address, percent=sure, proofs=list(shown))
        self._known(await self._store.run("link", customer, identity.address, sure, spelled, told))
        return sure / 100

    async def unlink(self, customer: str, identity: Identity, by: str = "dialogue") -> bool:
        """Take a link away; False where there was none."""
        told = line(self._now_ms(), "unlink", by, identity=identity.address)
        return bool(await self._store.run("unlink", customer, identity.address, told))

    async def merge(self, into: str, other: str, by: str) -> str:
        """Two ids are one person from now on; gives the id that counts. Raises Unfit where they are one already."""
        return str(
            self._known(await self._store.run("merge", into, other, self._now_ms(), json.dumps(by, ensure_ascii=False)))[1]
        )

    async def unmerge(self, customer: str, by: str) -> None:
        """Take back the merge of this id into another. Raises Unfit where it was not merged."""
        answer = await self._store.run("unmerge", customer, self._now_ms(), json.dumps(by, ensure_ascii=False))
        if answer[0] == "not":
            raise Unfit("this customer was not merged into another")

    async def audit(self, customer: str) -> tuple[Audit, ...]:
        """What was done to this customer, all ids together, oldest first."""
        _, ids, _ = await self._store.run("customer", customer)
        # A merge stands in both; lines of one millisecond stay in the order in which they were written.
        lines = dict.fromkeys([text for name in ids for text in await self._store.command("LRANGE", f"u{name}", 0, -1)])
        return tuple(sorted((Audit(*json.loads(text)) for text in lines), key=lambda audit: audit.at_ms))

    def _known(self, answer: Sequence[Any]) -> Sequence[Any]:
        """The answer of a script that may refuse. Raises Unfit."""
        match answer[0]:
            case "unknown":
                raise Unfit("there is no such customer")
            case "same":
                raise Unfit("the two are one customer already")
            case "many":
                raise Unfit("too many belong together here: this is an error, or a switchboard")
        return answer
