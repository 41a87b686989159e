"""Which voices this machine has, best first: Piper, Festival or Flite, espeak-ng; and what is missing and how to get it."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import partial
from pathlib import Path

from voice import models
from voice.errors import HotlineError, ModelMissing
from voice.speech.engine import Engine, Presence, primary
from voice.speech.espeak import EspeakVoice
from voice.speech.festival import FestivalVoice
from voice.speech.flite import FliteVoice
from voice.speech.piper import PiperVoice, voice_files
from voice.speech.protocol import Voice


def model_folders() -> tuple[Path, ...]:
    """Where voice files may lie: the folder that `HOTLINE_MODELS` names, then the cache of models."""
    named = os.environ.get("HOTLINE_MODELS")
    return (*([Path(named).expanduser()] if named else []), models.cache_folder())


def is_called(voice: Voice, wanted: str | None) -> bool:
    """Does `wanted` name this voice: in full, by its engine, or by the voice's own name?"""
    engine, _, own = voice.name.partition("/")
    return wanted is not None and wanted in (voice.name, engine, own)


class Voices:
    """The engines of each language, found when first asked for and kept. May be called from any thread."""

    def __init__(self, folders: Sequence[Path] | None = None, prefer: Mapping[str, str] | None = None) -> None:
        """folders: where Piper voices may lie (`model_folders()`). prefer: language to the voice to use first, by its
        name ("festival/msu_ru_nsh_clunits"), its engine's ("flite") or its own ("slt")."""
        self._folders = tuple(folders) if folders is not None else model_folders()
        self._prefer = {primary(language): name for language, name in (prefer or {}).items()}
        self._found: dict[str, tuple[Engine, ...]] = {}
        self._missing: dict[str, tuple[Presence, ...]] = {}
        self._lock = threading.Lock()

    def of(self, language: str) -> tuple[Engine, ...]:
        """Every voice for a language, best first; none is an empty tuple. Looks at disks: for worker threads."""
        language = primary(language)
        with self._lock:
            if language not in self._found:
                self._found[language], self._missing[language] = self._find(language)
            return self._found[language]

    def report(self, languages: Iterable[str]) -> list[Presence]:
        """What there is for these languages, in the order of use, then what is missing and why."""
        told: list[Presence] = []
        for language in dict.fromkeys(primary(language) for language in languages):
            told += [Presence(voice.name.partition("/")[0], language, voice.name) for voice in self.of(language)]
            told += self._missing[language]
        return told

    def close(self) -> None:
        """Let go of every engine."""
        for voices in self._found.values():
            for voice in voices:
                voice.close()
        self._found.clear()

    def _find(self, language: str) -> tuple[tuple[Engine, ...], tuple[Presence, ...]]:
        found: list[Engine] = []
        missing: list[Presence] = []
        for engine, make in self._makers(language):
            try:
                found.append(make())
            except HotlineError as error:
                missing.append(Presence(engine, language, available=False, why=error.what, remedy=error.remedy))
        wanted = self._prefer.get(language)
        if wanted and not wanted.startswith("recorded/") and not any(is_called(voice, wanted) for voice in found):
            why = f"the settings want the voice {wanted!r} for {language!r}, which is not here"
            known = ", ".join(voice.name for voice in found) or "none"
            missing.append(Presence(wanted, language, available=False, why=why, remedy=f"These are: {known}."))
        found.sort(key=lambda voice: not is_called(voice, wanted))
        return tuple(found), tuple(missing)

    def _makers(self, language: str) -> list[tuple[str, Callable[[], Engine]]]:
        files = [file for spoken, file in voice_files(self._folders) if spoken == language]
        makers: list[tuple[str, Callable[[], Engine]]] = [("piper", partial(PiperVoice, file)) for file in files]
        if not files:
            makers.append(("piper", partial(self._no_piper, language)))
        if language == "ru":
            makers.append(("festival", FestivalVoice))
        if language == "en":
            makers.append(("flite", FliteVoice))
        return [*makers, ("espeak-ng", partial(EspeakVoice, language))]

    def _no_piper(self, language: str) -> Engine:
        where = ", ".join(str(folder) for folder in self._folders) or "a folder of HOTLINE_MODELS"
        raise ModelMissing(f"there is no Piper voice for {language!r}", f"Put a voice's .onnx and .onnx.json into {where}.")
