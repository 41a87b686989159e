"""The mouth: text in, clips ready to be played out, without the event loop ever waiting for an engine.

A recorded prompt comes first, then the best voice of the language, then the next best where that one fails or is late. A text
that is being rendered is rendered once, whoever asks meanwhile. Nothing here writes a text into a log.
"""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections import deque
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping, Sequence
from contextlib import aclosing
from dataclasses import dataclass, field, replace
from functools import partial
from pathlib import Path
from typing import Protocol

import numpy as np

from voice.errors import ConfigError, HotlineError, SpeechError
from voice.speech.cache import SpeechCache, cache_folder, clip_key, read_only
from voice.speech.engine import Engine, Presence, primary
from voice.speech.mastering import TAIL_MS
from voice.speech.pieces import Piece, pieces, spoken_characters, tidy
from voice.speech.protocol import Samples, Voice
from voice.speech.recorded import RecordedVoice, recorded_voices
from voice.speech.studio import Studio, Take
from voice.speech.tempo import SLOW
from voice.speech.voices import Voices, is_called
from voice.tasks import ended

RATES_HZ = (8000, 16000)
DEADLINE_S = 10.0

_log = logging.getLogger(__name__)
_AHEAD = 2  # pieces that are rendered while one is heard
_HURRIED_MS = 20  # nobody says a letter faster than this: a shorter rendering has lost words


@dataclass(frozen=True, slots=True)
class Clip:
    """Something said. pcm: mono int16, read-only.

    voice: "engine/voice". key: the same for the same sound only. Text and sound stay out of `repr`.
    """

    pcm: Samples = field(repr=False, compare=False)
    rate_hz: int
    text: str = field(repr=False)
    voice: str
    key: str

    @property
    def duration_s(self) -> float:
        return len(self.pcm) / self.rate_hz


@dataclass(frozen=True, slots=True)
class Manner:
    """How something is to be said. private: kept in memory only. urgent: a caller waits for it. stretch: times as long as usual."""

    language: str
    rate_hz: int
    private: bool = False
    urgent: bool = True
    stretch: float = 1.0

    @classmethod
    def of(cls, language: str, rate_hz: int, private: bool = False, slow: bool = False, urgent: bool = True) -> Manner:
        """Raises ConfigError for a rate that is none of ours."""
        if rate_hz not in RATES_HZ:
            raise ConfigError(f"speech is rendered at 8000 or 16000 Hz, not {rate_hz}", "Set the bridge to one of these rates.")
        return cls(primary(language), rate_hz, private, urgent, SLOW if slow else 1.0)

    def key(self, text: str, voice: str, version: str) -> str:
        """The same for the same sound only."""
        return clip_key(text, voice, version, self.rate_hz, self.stretch)

    def take(self, key: str, voice: Voice, what: str, shortest_ms: int = 0) -> Take:
        """This, to be rendered by this voice."""
        return Take(key, voice, what, self.rate_hz, shortest_ms, not self.private, self.urgent, self.stretch)


class Shelf(Protocol):
    """Where the mouth gets its voices; `Voices` is the real one."""

    def of(self, language: str) -> Sequence[Engine]: ...
    def report(self, languages: Iterable[str]) -> list[Presence]: ...
    def close(self) -> None: ...


class Mouth:
    """One per process, shared by all calls. Its methods are called on one event loop."""

    def __init__(
        self,
        voices: Shelf | None = None,
        cache: SpeechCache | None = None,
        *,
        prompts: Path | str | None = None,
        prefer: Mapping[str, str] | None = None,
        deadline_s: float = DEADLINE_S,
        nice: int = 10,
    ) -> None:
        """voices, cache: those of this machine by default. prompts: folder of recordings. prefer: language to voice, as for
        `Voices`, and "recorded/<voice>". deadline_s: of one rendering. nice: priority of the rendering threads (setpriority(2)).
        """
        self._prefer = {primary(language): name for language, name in (prefer or {}).items()}
        self._voices: Shelf = voices if voices is not None else Voices(prefer=prefer)
        self._studio = Studio(cache if cache is not None else SpeechCache(cache_folder()), deadline_s, nice)
        self._prompts = Path(prompts).expanduser() if prompts is not None else None
        self._recordings: dict[str, list[RecordedVoice]] = {}
        self._chains: dict[str, Sequence[Engine]] = {}
        self._told: set[tuple[str, str]] = set()

    async def clip(
        self,
        text: str,
        language: str,
        rate_hz: int = 8000,
        prompt_id: str | None = None,
        private: bool = False,
        slow: bool = False,
    ) -> Clip:
        """The whole text as one clip; 20 ms of silence where there is nothing to say.

        private: the text holds what a caller told us, so its sound is kept in memory only. slow: spoken a quarter longer. Raises SpeechError where no voice of
        the language could speak it, ConfigError for a rate that is not 8000 or 16000.
        """
        return await self._whole(text, prompt_id, Manner.of(language, rate_hz, private, slow))

    async def clips(
        self,
        text: str,
        language: str,
        rate_hz: int = 8000,
        prompt_id: str | None = None,
        private: bool = False,
        slow: bool = False,
    ) -> AsyncIterator[Clip]:
        """The text piece by piece, the next ones being rendered while one is played; the pauses between are part of the sound.

        Arguments and errors as for `clip`.
        """
        async with aclosing(self._parts(text, prompt_id, Manner.of(language, rate_hz, private, slow))) as parts:
            async for part in parts:
                yield part

    async def warm(
        self, texts: Iterable[tuple[str, str]], progress: Callable[[int, int], None] | None = None, rate_hz: int = 8000
    ) -> int:
        """Render (text, language) pairs before they are needed, behind anything a call asks for; `progress(done, of)` after each.

        A voice is not loaded for it where all of its texts are in the cache. What cannot be spoken is told in the log, not
        raised. Gives how many texts those were.
        """
        wanted = list(dict.fromkeys(texts))
        failed = 0
        for done, (text, language) in enumerate(wanted, 1):
            try:
                await self._whole(text, None, Manner.of(language, rate_hz, urgent=False))
            except SpeechError as error:
                failed += 1
                _log.error("speech: a prompt in %r cannot be spoken: %s", language, error.what)
            if progress is not None:
                progress(done, len(wanted))
        return failed

    def voices(self, languages: Iterable[str] = ("en", "ru")) -> list[Presence]:
        """What can speak these languages here, in the order of use, and what is missing and why.

        Looks at disks; for doctor and CLI.
        """
        told: list[Presence] = []
        for language in dict.fromkeys(primary(language) for language in languages):
            for recording in self._recorded(language):
                faults = recording.faults()
                why = "; ".join(fault.what for fault in faults)
                remedy = " ".join(fault.remedy for fault in faults)
                told.append(
                    Presence("recorded", language, f"{recording.name} ({len(recording.ids())} prompts)", not faults, why, remedy)
                )
            told += self._voices.report([language])
        return told

    async def close(self) -> None:
        """Let go of threads, processes and models. What is being rendered is given up."""
        await self._studio.close()
        await asyncio.to_thread(self._voices.close)

    # What is said

    async def _whole(self, text: str, prompt_id: str | None, manner: Manner) -> Clip:
        parts = [part async for part in self._parts(text, prompt_id, manner)]
        if len(parts) == 1:
            return parts[0]
        key = hashlib.blake2b("".join(part.key for part in parts).encode(), digest_size=16).hexdigest()
        pcm = self._studio.cache.recall(key)
        if pcm is None:  # in memory only: its parts are on disk, and joining is quick
            joined = np.concatenate([part.pcm for part in parts])
            pcm = self._studio.cache.keep(key, joined, manner.rate_hz, on_disk=False)
        return Clip(pcm, manner.rate_hz, tidy(text), " + ".join(dict.fromkeys(part.voice for part in parts)), key)

    async def _parts(self, text: str, prompt_id: str | None, manner: Manner) -> AsyncGenerator[Clip, None]:
        rate_hz = manner.rate_hz
        if prompt_id is not None and (recorded := await self._recording(prompt_id, tidy(text), manner)) is not None:
            yield recorded
            return
        waiting = deque(pieces(text))
        if not waiting:
            yield Clip(
                read_only(np.zeros(rate_hz * TAIL_MS // 1000, np.int16)), rate_hz, tidy(text), "silence", f"silence-{rate_hz}"
            )
            return
        ahead: deque[asyncio.Task[Clip]] = deque()
        try:
            while waiting or ahead:
                while waiting and len(ahead) <= _AHEAD:
                    ahead.append(asyncio.create_task(self._piece(waiting.popleft(), manner)))
                yield await ahead[0]
                ahead.popleft()
        finally:
            await ended(ahead)

    async def _piece(self, piece: Piece, manner: Manner) -> Clip:
        failures = []
        for voice in await self._chain(manner.language):
            key = manner.key(piece.text, voice.name, voice.version)
            try:
                shortest_ms = spoken_characters(piece.text) * _HURRIED_MS
                pcm = await self._studio.take(manner.take(key, voice, piece.text, shortest_ms))
            except HotlineError as error:
                failures.append(f"{voice.name}: {error.what}")
                self._tell(voice.name, error)
                continue
            if manner.urgent:
                # Somebody is spoken to: while the greeting comes from the cache, the voice gets ready for what is in none.
                self._studio.wake(voice)
            if piece.pause_ms:
                pcm = np.concatenate([pcm, np.zeros(manner.rate_hz * piece.pause_ms // 1000, np.int16)])
                key = f"{key}+{piece.pause_ms}"
            return Clip(read_only(pcm), manner.rate_hz, piece.text, voice.name, key)
        raise SpeechError(
            f"no voice could speak {manner.language!r} ({'; '.join(failures) or 'there is none'})", "See `hotline doctor`."
        )

    async def _recording(self, prompt_id: str, text: str, manner: Manner) -> Clip | None:
        """The first speaker who recorded this prompt and whose recording can be used; None where there is none."""
        for voice in await self._studio.off_loop(partial(self._recorded, manner.language)):
            try:
                version = await self._studio.off_loop(partial(voice.version_of, prompt_id))
                if version is not None:
                    key = manner.key(str(voice.file(prompt_id).resolve()), voice.name, version)
                    pcm = await self._studio.take(replace(manner, private=False, urgent=True).take(key, voice, prompt_id))
                    return Clip(pcm, manner.rate_hz, text, voice.name, key)
            except HotlineError as error:
                self._tell(f"{voice.name}/{prompt_id}", error)
        return None

    async def _chain(self, language: str) -> Sequence[Engine]:
        if language not in self._chains:
            self._chains[language] = await self._studio.off_loop(partial(self._voices.of, language))
        return self._chains[language]

    def _recorded(self, language: str) -> list[RecordedVoice]:
        if language not in self._recordings:
            spoken = [voice for voice in recorded_voices(self._prompts) if voice.language == language] if self._prompts else []
            self._recordings[language] = sorted(spoken, key=lambda voice: not is_called(voice, self._prefer.get(language)))
        return self._recordings[language]

    def _tell(self, who: str, error: HotlineError) -> None:
        """Once for each trouble, however many calls meet it."""
        if (who, error.what) not in self._told:
            self._told.add((who, error.what))
            _log.warning("speech: %s: %s", who, error)
