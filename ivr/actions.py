"""The values of a dialogue: events go into `machine.step`, actions come out in the order to do them, State is kept between.

The loop plays every `Say`, then does what follows: `Listen` waits for the next event (keys and speech may come while a Say is
still playing, where it allows that), `Handover` and `Hangup` end the dialogue. No actions at all means "go on as you were":
a paused prompt goes on from the same sample, the listening that is in force stays in force.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass
from enum import StrEnum
from typing import Any

from voice.errors import HotlineError
from voice.recognizers.protocol import Expectation

STATE_VERSION = 1

# What goes in


@dataclass(frozen=True, slots=True)
class Started:
    """The call is up; `language` as the number or the settings say (BCP 47; one the flow lacks becomes the flow's first)."""

    language: str


@dataclass(frozen=True, slots=True)
class Heard:
    """One turn of the caller: `text` as recognised ("" where there were no words), `score` 0 to 1 as `engine` gives it.

    during: prompt_id of the Say that played when the speech began, "" where none did or nobody knows.
    """

    text: str
    score: float = 1.0
    engine: str = "typed"
    during: str = ""


@dataclass(frozen=True, slots=True)
class Key:
    """One key, 0-9 * # A-D (RFC 4733 section 3.2)."""

    digit: str


@dataclass(frozen=True, slots=True)
class NoInput:
    """`Listen.no_input_s` went by after the last prompt, and nobody said or keyed anything."""


@dataclass(frozen=True, slots=True)
class PromptsDone:
    """The last Say was played to its end."""


@dataclass(frozen=True, slots=True)
class HearingLost:
    """Recognition is not to be had now: go on by keys. The next Heard with words takes it back."""


@dataclass(frozen=True, slots=True)
class HungUp:
    """The caller has gone."""


Event = Started | Heard | Key | NoInput | PromptsDone | HearingLost | HungUp


# What comes out


@dataclass(frozen=True, slots=True)
class Say:
    """Speak one text. `prompt_id` with `language` names it for recorded prompts and the cache; may speech or keys cut it?"""

    text: str
    language: str
    prompt_id: str
    barge_speech: bool = True
    barge_keys: bool = True


@dataclass(frozen=True, slots=True)
class Listen:
    """Wait for the caller: what is expected, which silence ends his turn, and how long to wait for him at all."""

    expectation: Expectation
    end_silence_ms: int
    no_input_s: float


@dataclass(frozen=True, slots=True)
class Handover:
    """Give the call to a person. reason: "asked", "no_match", "no_input", "too_long", or what the flow says."""

    reason: str


@dataclass(frozen=True, slots=True)
class Hangup:
    """End the call."""


Action = Say | Listen | Handover | Hangup


# What is kept in between


class StaleState(HotlineError):
    """A stored state does not fit this program or this flow."""


class Phase(StrEnum):
    """Where in a turn the dialogue is."""

    NEW = "new"
    ASKING = "asking"
    CONFIRMING = "confirming"
    ENDED = "ended"


@dataclass(frozen=True, slots=True)
class Answer:
    """One line of the ledger: which step got which choice for which slot, by "speech" or "key", and how sure (0 to 1)."""

    step: str
    slot: str
    value: str
    by: str
    score: float


@dataclass(frozen=True, slots=True)
class State:
    """Everything there is to know between two events; plain JSON through `to_dict` and `from_dict`.

    speaking: prompts are playing. hearing: recognition works. errors: no-input and no-match in a row at this step.
    ignored: sounds let pass since the last Listen. said: prompt ids of the last question and what came before it, for
    "repeat". playing: prompt ids of this turn. heard: how often each error prompt was said. denied: choices that the caller
    said no to, or did not say yes to, at this step. ending: why the dialogue ended.
    """

    flow: str
    flow_version: int
    version: int = STATE_VERSION
    phase: Phase = Phase.NEW
    language: str = ""
    step: str = ""
    speaking: bool = False
    hearing: bool = True
    errors: int = 0
    ignored: int = 0
    turns: int = 0
    confirming: str = ""
    said: tuple[str, ...] = ()
    playing: tuple[str, ...] = ()
    asked: tuple[str, ...] = ()
    denied: tuple[str, ...] = ()
    heard: tuple[tuple[str, int], ...] = ()
    answers: tuple[Answer, ...] = ()
    ending: str = ""

    def to_dict(self) -> dict[str, Any]:
        """As plain values that JSON keeps."""
        return asdict(self) | {"phase": str(self.phase), "heard": dict(self.heard)}

    @classmethod
    def from_dict(cls, stored: Mapping[str, Any]) -> State:
        """The state of `to_dict`. Raises StaleState for one of another version or shape."""
        if stored.get("version") != STATE_VERSION:
            raise StaleState(f"a dialogue state of version {stored.get('version')!r}; this program knows {STATE_VERSION}")
        try:
            lists = {name: tuple(stored[name]) for name in ("said", "playing", "asked", "denied")}
            ledger = tuple(Answer(**answer) for answer in stored["answers"])
            return cls(
                **{**stored, **lists, "phase": Phase(stored["phase"]), "heard": tuple(stored["heard"].items()), "answers": ledger}
            )
        except (KeyError, TypeError, ValueError, AttributeError) as error:
            raise StaleState(f"a dialogue state that cannot be read: {error!r}") from error
