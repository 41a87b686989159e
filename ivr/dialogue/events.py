"""What goes into a dialogue. Plain values; whoever drives the dialogue (phone, chat, mail) makes them.

Every event may carry `now_ms`, the wall clock in milliseconds since 1970 (UTC); 0 means "as at the event before".
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Timed:
    """Base of all events."""

    now_ms: int = 0


@dataclass(frozen=True, slots=True)
class Matter:
    """An unfinished dialogue of this customer. id: the store's; state: what `State.to_dict` gave; the newest comes first."""

    id: str
    state: Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Context:
    """Who it is, as far as known. confidence: "hint", "claimed" or "proved"; facts: by the names that the flow declares. language: of
    the talk that is open, or else the one in which he spoke or wrote last; "" where nobody knows.

    customer: the store's id, "" for nobody known. A later context with another customer replaces all facts of the one before.
    """

    customer: str = ""
    confidence: str = "hint"
    facts: Mapping[str, Any] = field(default_factory=dict)
    matters: tuple[Matter, ...] = ()
    language: str = ""


@dataclass(frozen=True, slots=True)
class Started(Timed):
    """The channel ("phone", "chat", "email") is open both ways. context: None where it is not known yet (`ContextCame`).

    language: as the number or the settings say (BCP 47); one that the flow lacks becomes the flow's first. assumed: nobody chose it, so
    the one of the context goes before it. resume: what becomes of an
    unfinished matter (`Resume.mode`) where that is not for the flow to say: in a thread of mails nobody has been away.
    """

    language: str
    channel: str = "phone"
    context: Context | None = None
    resume: str = ""
    assumed: bool = False


@dataclass(frozen=True, slots=True)
class ContextCame(Timed):
    """The context is here late: the greeting was said already."""

    context: Context


@dataclass(frozen=True, slots=True)
class Heard(Timed):
    """One turn of the caller: `text` as recognised ("" where there were no words), `score` 0 to 1 as `engine` gives it.

    engine "typed" is a message in writing. during: prompt_id of the Say that played when the speech began, "" where none did
    or nobody knows. recording: where the sound of this turn is kept, "" for nowhere (see `Listen.keep`). insists: it was said over
    a prompt, and for longer than anybody murmurs.
    """

    text: str
    score: float = 1.0
    engine: str = "typed"
    during: str = ""
    recording: str = ""
    insists: bool = False


@dataclass(frozen=True, slots=True)
class Key(Timed):
    """One key, 0-9 * # A-D (RFC 4733 section 3.2)."""

    digit: str


@dataclass(frozen=True, slots=True)
class Picked(Timed):
    """A button of `Listen.buttons` was pressed (chat, mail): its id."""

    button: str


@dataclass(frozen=True, slots=True)
class NoInput(Timed):
    """`Listen.no_input_s` went by after the last prompt, and nobody said or keyed anything."""


@dataclass(frozen=True, slots=True)
class PromptsDone(Timed):
    """The last Say was played to its end."""


@dataclass(frozen=True, slots=True)
class HearingLost(Timed):
    """Recognition is not to be had now: go on by keys. The next Heard with words takes it back."""


@dataclass(frozen=True, slots=True)
class Looked(Timed):
    """The answer to `LookUp`: a result, None where the connector knows no such thing; or an error ("deadline", ...)."""

    request: str
    result: Mapping[str, Any] | None = None
    error: str = ""


@dataclass(frozen=True, slots=True)
class Verified(Timed):
    """The answer to `Verify`: the confidence that was reached, and what is known of the customer now, if more than before."""

    request: str
    confidence: str = "proved"
    context: Context | None = None


@dataclass(frozen=True, slots=True)
class Recorded(Timed):
    """The answer to `Record`: where the sound is kept, the words in it, and how long it is."""

    request: str
    recording: str
    text: str = ""
    length_ms: int = 0


@dataclass(frozen=True, slots=True)
class Delivered(Timed):
    """`SendLink` or `CallBack` was taken in charge."""

    request: str


@dataclass(frozen=True, slots=True)
class Failed(Timed):
    """`Verify`, `SendLink`, `CallBack` or `Record` came to nothing. why: one word for the log and the flow's fact `failure`."""

    request: str
    why: str = ""


@dataclass(frozen=True, slots=True)
class HungUp(Timed):
    """The customer has gone: hung up, closed the page."""


Event = (
    Started | ContextCame | Heard | Key | Picked | NoInput | PromptsDone | HearingLost
    | Looked | Verified | Recorded | Delivered | Failed | HungUp
)  # fmt: skip
