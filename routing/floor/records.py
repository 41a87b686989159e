"""The nouns of the floor: operators and their presence, requests, assignments, reasons, events, orders. Times are milliseconds since the epoch.

`pack` gives a record as JSON, `unpack` takes it back, from text or from values; keys that are not known here are passed over, so
that an older process reads what a newer one wrote.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any, Self, cast

from pydantic import TypeAdapter, ValidationError

from ivr.memory.errors import Unfit
from routing.floor.states import State

LEVEL_MOST = 3
PRIORITY_MOST = 9
STALE_MS = 15_000  # a desk page that was not heard of for so long is not there
_DIGITS = "0123456789abcdefghjkmnpqrstvwxyz"  # Crockford's base 32: sorts as it counts, no l beside 1
_PAIRS = [first + second for first in _DIGITS for second in _DIGITS]


def new_id(now_ms: int) -> str:
    """An id that sorts by the time at which it was made (as ULID does), and that nobody guesses: 10 digits of time, 10 of chance."""
    value = (now_ms << 50) | secrets.randbits(50)
    return "".join([_PAIRS[(value >> shift) & 1023] for shift in range(90, -1, -10)])


_ADAPTERS: dict[str, TypeAdapter[Any]] = {}


def _adapter(kind: type[Any]) -> TypeAdapter[Any]:
    """What reads and writes a kind of record; made when it is first needed."""
    found = _ADAPTERS.get(kind.__name__)
    if found is None:
        found = _ADAPTERS[kind.__name__] = TypeAdapter(kind)
    return found


class Record:
    """What all of them can."""

    __slots__ = ()

    def pack(self, without: set[str] | None = None) -> str:
        return _adapter(type(self)).dump_json(self, exclude=without).decode()

    def values(self) -> dict[str, Any]:
        """As plain JSON values."""
        return cast(dict[str, Any], _adapter(type(self)).dump_python(self, mode="json"))

    @classmethod
    def unpack(cls, packed: str | bytes | Mapping[str, Any]) -> Self:
        """Raises Unfit for what is none."""
        try:
            if isinstance(packed, str | bytes):
                return cast(Self, _adapter(cls).validate_json(packed))
            return cast(Self, _adapter(cls).validate_python(packed))
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            place = ".".join(str(part) for part in first["loc"])
            raise Unfit(f"this is no {cls.__name__.lower()}: {place or 'it'}: {first['msg']}") from None


class Medium(StrEnum):
    CALL = "call"
    CHAT = "chat"
    MAIL = "mail"


class Role(StrEnum):
    OPERATOR = "operator"
    SUPERVISOR = "supervisor"
    ADMINISTRATOR = "administrator"
    AUDITOR = "auditor"


class Availability(StrEnum):
    OFFLINE = "offline"
    READY = "ready"
    PAUSE = "pause"
    WRAP_UP = "wrap_up"  # after a call; ready again by itself


def _capacity() -> dict[Medium, int]:
    return {Medium.CALL: 1, Medium.CHAT: 3, Medium.MAIL: 5}


def _languages() -> dict[str, int]:
    return {"ru": 1, "en": 1}


def _beside() -> dict[Medium, int]:
    return {Medium.CHAT: 0, Medium.MAIL: 5}


@dataclass(frozen=True, slots=True)
class Operator(Record):
    """Somebody who takes requests. skills and languages: with levels 1 to 3. uri: of his phone ("sip:...").

    beside_call: how many of each other medium he may have in hand while he has a call; with more, he is offered no call.
    answer: "phone": his phone rings at once; "desk": when he presses Answer.
    """

    id: str
    name: str
    skills: Mapping[str, int] = field(default_factory=dict)
    languages: Mapping[str, int] = field(default_factory=_languages)
    capacity: Mapping[Medium, int] = field(default_factory=_capacity)
    beside_call: Mapping[Medium, int] = field(default_factory=_beside)
    uri: str = ""
    trunk: str = "local"
    roles: tuple[Role, ...] = (Role.OPERATOR,)
    team: str = ""
    active: bool = True
    answer: str = "phone"


@dataclass(frozen=True, slots=True)
class Presence(Record):
    """How an operator stands. since_ms: of the status. idle_since_ms: since when nothing was in his hands. load: what is.

    seen_ms: last heard of from a desk page; 0 for never.
    """

    operator: str
    status: Availability = Availability.OFFLINE
    reason: str = ""
    since_ms: int = 0
    idle_since_ms: int = 0
    load: Mapping[Medium, int] = field(default_factory=dict)
    seen_ms: int = 0

    def has_page(self, now_ms: int) -> bool:
        return now_ms - self.seen_ms < STALE_MS


@dataclass(frozen=True, slots=True)
class Callback(Record):
    """A call that was promised: the number to call, and not before when (0: when it is his turn)."""

    number: str = field(repr=False)
    due_ms: int = 0


@dataclass(frozen=True, slots=True)
class Request(Record):
    """Somebody who waits for a person. Made by who enters it (`new_id`).

    skill, language: "" for any. priority: 0 to 9. preferred: the operator who is waited for until preferred_until_ms. identity:
    its store address. topic: what it is about. summary: one sentence, by language, for the whisper. node: which phone node has
    the call. call: SIP Call-ID, chat id, or digest of a mail. why: the reason of the Handover. refused: who is not asked again,
    until when. state: waiting, offered, with (a person), kept (its place), over; assignment: the one that counts.
    """

    id: str
    medium: Medium
    skill: str = ""
    language: str = ""
    priority: int = 0
    vip: bool = False
    since_ms: int = 0
    preferred: str = ""
    preferred_until_ms: int = 0
    matter: str = ""
    customer: str = ""
    identity: str = field(default="", repr=False)
    topic: str = ""
    summary: Mapping[str, str] = field(default_factory=dict, repr=False)
    node: str = ""
    call: str = ""
    why: str = ""
    callback: Callback | None = None
    refused: Mapping[str, int] = field(default_factory=dict)
    state: str = "waiting"
    assignment: str = ""

    @property
    def contact(self) -> str:
        """By what this contact goes in reports and stories: the call's, chat's or mail's own id, else the request's."""
        return self.call or self.id


@dataclass(frozen=True, slots=True)
class Reason(Record):
    """Why something was decided, as a code and its figures: reasons.readable says it in words."""

    code: str
    args: Mapping[str, str | int | float] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Step(Record):
    """One line of an assignment's history."""

    state: State
    at_ms: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Assignment(Record):
    """One request given to one operator. parent: the assignment that handed it over (consult, transfer), "" for none."""

    id: str
    request: str
    operator: str
    medium: Medium
    state: State = State.OFFERED
    since_ms: int = 0
    offered_ms: int = 0
    reasons: tuple[Reason, ...] = ()
    history: tuple[Step, ...] = ()
    parent: str = ""
    contact: str = ""
    skill: str = ""
    code: str = ""
    note: str = field(default="", repr=False)

    def at_ms(self, state: State) -> int:
        """When it first came into this state; 0 for never."""
        return next((step.at_ms for step in self.history if step.state is state), 0)


@dataclass(frozen=True, slots=True)
class Estimate(Record):
    """How long it may yet take, in seconds."""

    low_s: float
    high_s: float


@dataclass(frozen=True, slots=True)
class Place(Record):
    """Where a request stands in its queue. position: 1 for the next; 0 where it waits no longer. estimate: None where nobody can know.

    open: the skill is served at this hour.
    """

    position: int
    ahead: int
    estimate: Estimate | None = None
    open: bool = True


@dataclass(frozen=True, slots=True)
class Event(Record):
    """Something that happened on the floor. id: of the stream; from there one resumes. text: the data as they came, JSON: whoever only hands them on."""

    id: str
    kind: str
    at_ms: int
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    text: str = field(default="", repr=False)


@dataclass(frozen=True, slots=True)
class Order(Record):
    """What a phone node is to do. id: the same twice is done once. contact: the Call-ID. stream: where it stands in the node's stream."""

    id: str
    kind: str
    contact: str
    data: Mapping[str, Any] = field(default_factory=dict, repr=False)
    deadline_ms: int = 0
    stream: str = ""
