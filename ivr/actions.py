"""The words between the dialogue and its loop: events go into `machine.step`, actions come out, in the order to do them.

The loop plays every `Say`, then does what follows: `Listen` waits for the next event (keys and speech may come while a Say is
still playing, where it allows that), `Handover` and `Hangup` end the dialogue. No actions at all means "go on as you were":
a paused prompt goes on from the same sample, the listening that is in force stays in force.
"""

from __future__ import annotations

from dataclasses import dataclass

from voice.recognizers.protocol import Expectation


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
