"""Which ears a language gets, and how it is said when there are none. With ears that hear nothing: only the choice is looked at."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from voice.errors import ConfigError, ModelMissing, SpeechError
from voice.recognizers.ears import EarChoice, Ears
from voice.recognizers.pool import Pool
from voice.recognizers.protocol import Expectation, Utterance


class Deaf:
    """A recogniser by name only."""

    def __init__(self, name: str, language: str, path: Path) -> None:
        self.name, self.language, self.path, self.streams = name, language, path, name != "whisper"

    def open(self, rate_hz: int, expectation: Expectation) -> Utterance:
        raise SpeechError("this ear is deaf")


BUILDERS = {
    name: lambda language, path, workers, name=name: Deaf(name, language, path) for name in ("vosk", "whisper", "pocketsphinx")
}


def having(*models: str):
    """A `find` on a machine with these models ("vosk ko")."""

    def find(engine: str, language: str, settings_path: str | None = None) -> Path:
        if settings_path or f"{engine} {language}" in models:
            return Path(settings_path or engine)
        raise ModelMissing(f"no {engine} model for {language}", "Get one")

    return find


@pytest.fixture
async def pool() -> AsyncIterator[Pool]:
    pool = Pool(workers=1)
    await pool.start()
    yield pool
    await pool.close()


def names(ears: Ears, language: str) -> tuple[str | None, str | None]:
    found = ears.for_language(language)
    return found.final and found.final.name, found.streaming and found.streaming.name


async def test_the_defaults(pool: Pool) -> None:
    ears = Ears(pool, {}, BUILDERS, having("vosk ko", "whisper ko", "whisper en", "whisper ru", "pocketsphinx en"))
    loaded = await ears.load(["en", "ru", "ko"])
    assert names(ears, "ko") == ("vosk", "vosk")
    assert ears.for_language("ko").final is ears.for_language("ko").streaming
    assert names(ears, "en")[0] == "whisper"
    assert ears.for_language("en").streaming is None, "PocketSphinx streams only where the settings want it"
    assert names(ears, "ru") == ("whisper", None)
    assert all(ears_of.missing == () for ears_of in loaded.values())


async def test_settings_choose(pool: Pool) -> None:
    choices = {"en": EarChoice("vosk", "none", {"vosk": "/mine"}), "ko": EarChoice(final="whisper")}
    ears = Ears(pool, choices, BUILDERS, having("vosk ko", "whisper ko", "pocketsphinx en"))
    await ears.load(["en", "ko"])
    assert names(ears, "en") == ("vosk", None)
    assert ears.for_language("en").final.path == Path("/mine")
    assert names(ears, "ko") == ("whisper", "vosk")


async def test_where_nothing_is_found_it_is_said_and_the_flow_goes_by_keys(pool: Pool) -> None:
    ears = Ears(pool, {"ru": EarChoice(streaming="vosk")}, BUILDERS, having())
    await ears.load(["ru"])
    found = ears.for_language("ru")
    assert found.deaf
    assert found.missing == ("no whisper model for ru. Get one",) or set(found.missing) == {
        "no whisper model for ru. Get one",
        "no vosk model for ru. Get one",
    }
    assert ears.for_language("fr").missing == ("no ears were loaded for 'fr'",)


async def test_a_streaming_ear_has_the_last_word_where_there_is_no_other(pool: Pool) -> None:
    ears = Ears(pool, {}, BUILDERS, having("pocketsphinx en"))
    await ears.load(["en"])
    assert names(ears, "en") == ("pocketsphinx", None)
    assert ears.for_language("en").missing == ("no whisper model for en. Get one",)


async def test_an_engine_that_nobody_knows_is_refused_at_once(pool: Pool) -> None:
    with pytest.raises(ConfigError, match="no ear is called 'siri'"):
        Ears(pool, {"en": EarChoice("siri")}, BUILDERS, having())
