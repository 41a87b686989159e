"""Which ears this house has: finds and loads a recogniser for every language before the first call, and says what is missing."""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from voice import models
from voice.errors import ConfigError, HotlineError, ModelMissing, Overloaded
from voice.recognizers.pool import Pool
from voice.recognizers.protocol import Expectation, Hypothesis, Kind, Recognizer, Samples

log = logging.getLogger(__name__)
NONE = "none"


@dataclass(frozen=True, slots=True)
class EarChoice:
    """The settings of one language. `final`, `streaming`: an engine, "none", or empty for the default; `paths`: engine -> model folder."""

    final: str = ""
    streaming: str = ""
    paths: Mapping[str, str] | None = None

    def path(self, engine: str) -> str | None:
        return (self.paths or {}).get(engine)


@dataclass(frozen=True, slots=True)
class EarSet:
    """A language's ears. `final` has the last word; `streaming` gives words while they are spoken, and may be the same one.

    Where `final` is None the flow works by keys; `missing` says why, fit for a person.
    """

    language: str
    final: Recognizer | None = None
    streaming: Recognizer | None = None
    missing: tuple[str, ...] = ()

    @property
    def deaf(self) -> bool:
        return self.final is None


def _vosk(language: str, path: Path, workers: int) -> Recognizer:
    from voice.recognizers.vosk import Vosk

    return Vosk(language, path)


def _whisper(language: str, path: Path, workers: int) -> Recognizer:
    from voice.recognizers.whisper import Whisper

    return Whisper(language, path, workers)


def _pocketsphinx(language: str, path: Path, workers: int) -> Recognizer:
    from voice.recognizers.pocketsphinx import PocketSphinx

    return PocketSphinx(language, path)


Builder = Callable[[str, Path, int], Recognizer]
BUILDERS: Mapping[str, Builder] = {"vosk": _vosk, "whisper": _whisper, "pocketsphinx": _pocketsphinx}


class Ears:
    """`choices`: language -> its settings; a language that is not named has the defaults.

    Default final: vosk where a model of that language is present, else whisper, else pocketsphinx. Default streaming: vosk or
    none: a prompt stands still at the first sound anyway, so early words gain no time, and PocketSphinx's partials take one
    outside sentence in three for a phrase of the menu and would cut it. Models are loaded on the pool's workers, so that an
    engine's own threads inherit their priority.
    """

    def __init__(
        self,
        pool: Pool,
        choices: Mapping[str, EarChoice] | None = None,
        builders: Mapping[str, Builder] = BUILDERS,
        find: Callable[[str, str, str | None], Path] = models.find,
    ) -> None:
        self._pool, self._choices, self._builders, self._find = pool, dict(choices or {}), builders, find
        self._sets: dict[str, EarSet] = {}
        for language, choice in self._choices.items():
            for engine in filter(None, (choice.final, choice.streaming, *(choice.paths or {}))):
                if engine != NONE and engine not in builders:
                    raise ConfigError(
                        f"no ear is called {engine!r} (language {language})", f"Use one of {', '.join(builders)}, {NONE}"
                    )

    async def load(self, languages: Iterable[str]) -> Mapping[str, EarSet]:
        """Load these languages; never raises for a missing model, which is told in `EarSet.missing`."""
        for language in languages:
            if language not in self._sets:
                self._sets[language] = await self._pool.run(self, partial(self._load, language))
        return dict(self._sets)

    def for_language(self, language: str) -> EarSet:
        """The ears of a language that was loaded; of any other one a deaf set that says so."""
        return self._sets.get(language) or EarSet(language, missing=(f"no ears were loaded for {language!r}",))

    async def words(self, language: str, samples: Samples, rate_hz: int) -> str:
        """What is said in this sound, by the ear that has the last word; "" where it has none, or nobody can hear now."""
        try:
            heard = await self._decoded(language, samples, rate_hz)
        except HotlineError as error:
            log.warning("%s: a recorded sound stays without words: %s", language, error.what)
            return ""
        return heard.text.strip() if heard else ""

    async def in_peace(self, language: str, samples: Samples, rate_hz: int) -> Hypothesis | None:
        """Like `words`, for what can wait; None where there is no ear. Raises Overloaded while anybody else waits, or HotlineError."""
        if self._pool.backlog:
            raise Overloaded("callers come first")
        return await self._decoded(language, samples, rate_hz)

    async def _decoded(self, language: str, samples: Samples, rate_hz: int) -> Hypothesis | None:
        ear = self.for_language(language).final
        if ear is None:
            return None

        def decoded() -> Hypothesis:
            utterance = ear.open(rate_hz, Expectation(language, Kind.DICTATION))
            utterance.feed(samples)
            return utterance.result()

        return await self._pool.run(samples, decoded)

    def _load(self, language: str) -> EarSet:
        choice, built, missing = self._choices.get(language, EarChoice()), dict[str, Recognizer | None](), list[str]()

        def ear(engine: str, wanted: bool) -> Recognizer | None:
            if engine not in built:
                built[engine] = None
                try:
                    built[engine] = self._builders[engine](
                        language, self._find(engine, language, choice.path(engine)), self._pool.workers
                    )
                except HotlineError as error:
                    if wanted or not isinstance(error, ModelMissing) or choice.path(engine):
                        missing.append(str(error))
                        log.warning("%s: the ear %s is missing: %s", language, engine, error)
            return built[engine]

        def first(engine: str, defaults: tuple[str, ...]) -> Recognizer | None:
            if engine == NONE:
                return None
            if engine:
                return ear(engine, wanted=True)
            return next(
                (found for name in defaults if name in self._builders and (found := ear(name, wanted=name == "whisper"))), None
            )

        final = first(choice.final, ("vosk", "whisper", "pocketsphinx"))
        streaming = first(choice.streaming, ("vosk",))
        if final is None and streaming is not None and choice.final != NONE:
            final = streaming
        return EarSet(language, final, streaming, tuple(missing))
