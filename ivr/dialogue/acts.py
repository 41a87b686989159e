"""What comes out of a dialogue: acts, to be done in their order.

First what is said, then at most one thing that waits (`Listen`), works (`LookUp`, `Verify`, `SendLink`, `CallBack`, `Record`:
each is answered by an event with the same `request`) or ends (`Handover`, `Hangup`). No acts at all: go on as you were.
A Say that answers `Looked`, `Verified`, `Delivered`, `Recorded`, `Failed` or `ContextCame` follows what still plays; one that
answers the caller (Heard, Key, Picked, NoInput) takes its place, as any act does that answers him: a Listen alone ends it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from voice.recognizers.protocol import Expectation


@dataclass(frozen=True, slots=True)
class Say:
    """Speak or write one text. `prompt_id` with `language` names it for recorded prompts and the cache; may it be cut?

    varies: values stand in it, so no recording and no cache on disk serves it. private: some of them are nobody else's affair:
    not for logs, not for a cache. slow: the caller asked for slower speech.
    """

    text: str
    language: str
    prompt_id: str
    barge_speech: bool = True
    barge_keys: bool = True
    varies: bool = False
    private: bool = False
    slow: bool = False


@dataclass(frozen=True, slots=True)
class Button:
    """One answer as something to press: `id` comes back in `Picked`, `key` is its key on the phone."""

    id: str
    label: str
    key: str = ""


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for the caller: what is expected, which silence ends his turn, and how long to wait for him at all.

    buttons: what a chat may show beside the text. keep: keep the sound of this answer (`Heard.recording` says where).
    """

    expectation: Expectation
    end_silence_ms: int
    no_input_s: float
    buttons: tuple[Button, ...] = ()
    keep: bool = False


@dataclass(frozen=True, slots=True)
class LookUp:
    """Ask the connector of this name in the flow; `Looked` answers, with error "deadline" after `deadline_s`."""

    request: str
    connector: str
    arguments: Mapping[str, Any]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class Verify:
    """Prove who it is. method: as the flow says ("ticket", ...); `Verified` or `Failed` answers."""

    request: str
    method: str
    arguments: Mapping[str, Any]
    deadline_s: float


@dataclass(frozen=True, slots=True)
class SendLink:
    """Send a text with a link. to: address or number, "" for wherever the customer can be reached; `Delivered` or `Failed` answers."""

    request: str
    channel: str
    to: str
    text: str
    language: str
    deadline_s: float


@dataclass(frozen=True, slots=True)
class CallBack:
    """Call this number ("" for the one that he calls from) later; `Delivered` or `Failed` answers. when: ISO 8601 or "" for soon."""

    request: str
    number: str
    when: str
    reason: str
    deadline_s: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Record:
    """Record a message after what is said, until silence, "#" or `longest_s`; `Recorded` or `Failed` answers."""

    request: str
    slot: str
    longest_s: float
    language: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """Give the talk to a person. reason: "asked", "no_match", "no_input", "too_long", or what the flow says.

    skill: who can help, as the flow says. known: slots and facts, name -> value, for his screen.
    """

    reason: str
    skill: str = ""
    known: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call; in writing, the dialogue is closed."""


Action = Say | Listen | LookUp | Verify | SendLink | CallBack | Record | Handover | Hangup
Working = LookUp | Verify | SendLink | CallBack | Record
