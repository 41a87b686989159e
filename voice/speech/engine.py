"""What the mouth asks of an engine beyond `Voice`: what makes its sound change, and how to let it go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from voice.speech.protocol import Voice


@runtime_checkable
class Engine(Voice, Protocol):
    """A voice that can be kept: `version` is part of every cache key and changes whenever the same text would sound different.

    `name` reads "engine/voice" ("piper/en_US-joe-medium"). An engine is cheap to make and loads itself on the first `render`.
    """

    version: str

    def load(self) -> None:
        """Do now what the first `render` would have to do first. Blocks; raises SpeechError where it fails."""

    def close(self) -> None:
        """Let go of processes and models; `render` after it starts them again."""


@dataclass(frozen=True, slots=True)
class Presence:
    """One engine for one language, there or not; `remedy` says how to get it where it is not."""

    engine: str
    language: str
    voice: str = ""
    available: bool = True
    why: str = ""
    remedy: str = ""


def primary(language: str) -> str:
    """The primary subtag of a BCP 47 language tag, lower case: "en-US" and "en_US" are "en" (RFC 5646 section 2.2.1)."""
    return language.replace("_", "-").split("-", 1)[0].strip().lower()
