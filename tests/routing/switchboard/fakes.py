"""What stands in for a voice, a recorder and a full disk in a node of the tests; tones, so that who hears what can be measured."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from types import SimpleNamespace
from typing import Any

from tests.peers.tone import tone

WHISPER, WORDS, MUSIC = 1500.0, 1900.0, 1100.0  # Hz
RATE = 8000


@dataclass(frozen=True)
class Clip:
    pcm: Any
    rate_hz: int
    key: str
    text: str = ""


class Mouth:
    """Says everything as a tone."""

    def __init__(self, say: Any) -> None:
        self.say = say

    async def clip(
        self, text: str, language: str, rate_hz: int = RATE, prompt_id: str | None = None, private: bool = False
    ) -> Clip:
        hz = WHISPER if private else WORDS
        self.say(event="said", text=text, language=language, private=private)
        sound = tone(hz, 1.2 if private else 0.8, rate_hz)
        return Clip(sound.pcm, rate_hz, f"{hz} {private}", text)


class Recorder:
    """What leaves a message in the tests: says that it does, and gives what was agreed."""

    def __init__(self) -> None:
        self.over = asyncio.Event()

    def takes(self, event: Any) -> bool:
        from voice import events as on

        if isinstance(event, on.Digit) and event.key == "#":
            self.over.set()
        return isinstance(event, on.Digit)

    def hung_up(self) -> None:
        self.over.set()

    def give_up(self) -> None:
        self.over.set()

    async def record(self, act: Any) -> Any:
        from ivr.actions import Recorded

        await self.over.wait()
        return Recorded(act.request, "a" * 32, "please call me", 2000)


def full(vault: Any, limit: int) -> None:
    """A disk that takes so many bytes, and then no more."""
    from voice.errors import SoundUnkept

    opened = vault.writer

    def writer() -> Any:
        real = opened()
        left = limit

        def write(data: bytes) -> None:
            nonlocal left
            left -= len(data)
            if left < 0:
                raise SoundUnkept("a sound could not be kept (No space left on device)")
            real.write(data)

        return SimpleNamespace(write=write, seal=real.seal)

    vault.writer = writer
