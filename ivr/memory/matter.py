"""A matter: one unfinished piece of business, whatever the channel; and its ledger of answers.

What a dialogue keeps between two events lies in `state`, which only the dialogue reads. Beside it stands enough to judge a matter
without its state: the flow and its version, the step, and what was answered.
"""

from __future__ import annotations

import json
import secrets
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import TYPE_CHECKING, Any

from ivr.memory.errors import Outrun, Unfit
from ivr.memory.identity import Identity
from ivr.memory.script import Argument

if TYPE_CHECKING:
    from ivr.memory.store import Store

DAY_MS = 86_400_000
LIFETIME_MS = 7 * DAY_MS
KEPT_MS = 365 * DAY_MS  # after its end
STATE_MOST = 262_144


class Status(StrEnum):
    """How a matter stands."""

    OPEN = "open"
    CLOSED = "closed"
    EXPIRED = "expired"
    HANDED = "handed"  # to a person; found like an open one, so that who redials comes back to that person


LIVE = frozenset({Status.OPEN, Status.HANDED})


@dataclass(frozen=True, slots=True)
class Answered:
    """A line of the ledger: what was answered, when, where, how sure (0 to 1), and by what ("speech", "key", "typed", "lookup").

    late: another channel had answered this turn already; kept, and not what counts. recording: where the sound of it is kept.
    """

    slot: str
    value: Any = field(repr=False)
    at_ms: int
    channel: str
    sure: float = 1.0
    by: str = "typed"
    step: str = ""
    late: bool = False
    recording: str = ""

    def pack(self) -> str:
        """A line without its end, which the store writes: it alone knows whether it is late."""
        line = [self.at_ms, self.slot, self.value, self.channel, self.sure, self.by, self.step]
        line += [self.recording] if self.recording else []
        return json.dumps(line, ensure_ascii=False, separators=(",", ":"))[:-1]

    @classmethod
    def unpack(cls, line: str) -> Answered:
        at_ms, slot, value, channel, sure, by, step, *more = json.loads(line)
        recording = more[0] if more and isinstance(more[0], str) else ""
        return cls(slot, value, at_ms, channel, sure, by, step, 1 in more, recording)


@dataclass(frozen=True, slots=True)
class Matter:
    """One matter as it stood after a turn. Made by `Matters.begin`, changed by `replace` and `Matters.checkpoint`.

    identities: everybody by whose coming back it is found. channel: where it was last. version and mark: which writing of it this is. expires_ms: from
    then on it is not gone on with.
    """

    id: str
    flow: str
    flow_version: int
    identities: tuple[Identity, ...]
    channel: str
    created_ms: int
    updated_ms: int
    expires_ms: int
    language: str = ""
    step: str = ""
    topic: str = ""
    customer: str = ""
    status: Status = Status.OPEN
    state: Mapping[str, Any] = field(default_factory=dict, repr=False)
    ledger: tuple[Answered, ...] = field(default=(), repr=False)
    version: int = 0
    mark: str = ""

    @property
    def slots(self) -> dict[str, Any]:
        """What is known: the last answer of each slot that was not late."""
        return {line.slot: line.value for line in self.ledger if not line.late}

    def at(self, now_ms: int) -> Matter:
        """As it is at a time: a live one may have expired."""
        return replace(self, status=Status.EXPIRED) if self.status in LIVE and now_ms >= self.expires_ms else self


def header(matter: Matter) -> str:
    """All of a matter that is neither its state nor its ledger, as JSON."""
    return json.dumps(
        {
            "flow": [matter.flow, matter.flow_version],
            "at": [matter.created_ms, matter.updated_ms, matter.expires_ms],
            "who": [identity.address for identity in matter.identities],
            "is": [matter.status.value, matter.channel, matter.language, matter.step, matter.topic, matter.customer],
        },
        ensure_ascii=False,
        separators=(",", ":"),
    )


def unpack(found: Sequence[Any]) -> Matter | None:
    """The matter of what the scripts give (known.lua): [id, [v, n, h, s], ledger]; None for one that is not there."""
    name, (version, mark, text, state), lines = found
    if version is None:
        return None
    head = json.loads(text)
    created_ms, updated_ms, expires_ms = head["at"]
    status, channel, language, step, topic, customer = head["is"]
    flow, flow_version = head["flow"]
    return Matter(
        name, flow, flow_version, tuple(map(Identity.from_address, head["who"])), channel, created_ms, updated_ms, expires_ms, language,
        step, topic, customer, Status(status), json.loads(state or "{}"), tuple(map(Answered.unpack, lines)), int(version), mark,
    )  # fmt: skip


class Matters:
    """Matters in and out. Times are milliseconds since the epoch, from `now_ms`.

    watchers: told of every matter as it was written; none of them may raise. kept_ms: how long one is kept after its end.
    """

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms
        self.kept_ms = KEPT_MS
        self.watchers: list[Callable[[Matter], Awaitable[None]]] = []

    def begin(
        self, flow: str, flow_version: int, identities: Iterable[Identity], channel: str, *, language: str = "", customer: str = "",
        lifetime_ms: int = LIFETIME_MS,
    ) -> Matter:  # fmt: skip
        """A new matter. It is in the store after its first checkpoint."""
        now = self._now_ms()
        who = tuple(dict.fromkeys(identities))
        return Matter(
            secrets.token_urlsafe(9), flow, flow_version, who, channel, now, now, now + lifetime_ms, language, customer=customer
        )

    async def checkpoint(
        self, matter: Matter, answers: Sequence[Answered] = (), *, lifetime_ms: int | None = None, put_by: bool = True
    ) -> Matter:
        """Write a matter as it now stands, with what was just answered; one round trip. Gives it as written.

        lifetime_ms: from now on; without it, `expires_ms` stays. While Redis is away it goes into the journal and
        counts as written, unless it need not be `put_by`: then MemoryAway.
        Raises Outrun, with the matter as it is, where another channel wrote it first: `answers` are in its ledger then, those that
        it had answered, too, as late.
        Raises JournalFull, Unfit.
        """
        now = self._now_ms()
        expires = matter.expires_ms if lifetime_ms is None else now + lifetime_ms
        written = replace(
            matter, version=matter.version + 1, mark=secrets.token_urlsafe(6), updated_ms=now, expires_ms=expires,
            identities=tuple(dict.fromkeys(matter.identities)), ledger=(*matter.ledger, *answers),
        )  # fmt: skip
        live = matter.status in LIVE
        # A matter that is over keeps its ledger; where its dialogue stood is nobody's business any more.
        state = json.dumps(dict(matter.state), ensure_ascii=False, separators=(",", ":")) if live else ""
        if len(state) > STATE_MOST:
            raise Unfit("the state of this matter is too large to be kept")
        addresses = [identity.address for identity in written.identities]
        args: tuple[Argument, ...] = (
            matter.id, matter.version, matter.mark, written.version, written.mark,
            header(written), state, expires if live else -now, expires if live else now + self.kept_ms,
            f"{len(addresses)} {len(matter.ledger)}", *addresses, *(line.pack() for line in answers),
        )  # fmt: skip
        store = self._store
        answer = await (store.keep(f"m{matter.id}", "checkpoint", *args) if put_by else store.run("checkpoint", *args))
        if answer is not None and answer[0] == 0:
            current = unpack([matter.id, *answer[1:]])
            if current is None:
                raise Unfit("this matter is no longer in the store")
            raise Outrun(current.at(now))
        written = written if state else replace(written, state={})
        for watcher in self.watchers:
            await watcher(written)
        return written

    async def load(self, name: str) -> Matter | None:
        """A matter as it is now; None where there is none of this id. Raises MemoryAway."""
        matter = unpack((await self._store.run("matter", name))[0])
        return matter.at(self._now_ms()) if matter else None

    async def close(self, matter: Matter, status: Status = Status.CLOSED, answers: Sequence[Answered] = ()) -> Matter:
        """End a matter. Raises as `checkpoint`."""
        return await self.checkpoint(replace(matter, status=status), answers)
