"""What people say to each other on a recorded call comes to stand in its talk: both sides, in order, once, and only as long as the recording is."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ivr.memory.sounds import Sounds
from ivr.memory.store import Store
from routing.floor.events import Events
from routing.switchboard import scribe as module
from routing.switchboard.recordings import WORDLESS, Piece, Recordings, of_talk
from routing.switchboard.scribe import Hear, Scribe
from routing.switchboard.transcript import Talks
from tests.peers.redis import RedisServer
from tests.voices import can_speak, mu_law, speak
from voice.errors import Overloaded, SpeechError
from voice.recognizers.ears import Ears
from voice.recognizers.pool import Pool
from voice.recognizers.protocol import Hypothesis, Samples
from voice.vault import Vault

pytestmark = pytest.mark.real
NOW_MS, DAY_MS, RATE = 1_800_000_000_000, 86_400_000, 8000
HOUSE = {"call": "call", "n": 0, "who": "house", "text": "One moment, please.", "at_ms": NOW_MS - 500}


@dataclass(slots=True)
class Desk:
    """A store with recordings and talks, and whoever writes down."""

    store: Store
    recordings: Recordings
    talks: Talks

    def scribe(self, hear: Hear) -> Scribe:
        return Scribe(self.talks, self.recordings, hear, "phone-1", lambda: NOW_MS)

    async def piece(self, both: np.ndarray, at_ms: int = NOW_MS, language: str = "en", contact: str = "call") -> str:
        """A sealed piece of a recording."""
        with self.recordings.vault.writer() as writer:
            writer.write(both.astype("<i2").tobytes())
            sound = str(writer.seal())
        await self.recordings.add(of_talk(contact, RATE, "phone-1", language), Piece(sound, at_ms, len(both) * 1000 // RATE))
        return sound

    async def said(self) -> list[tuple[str, str]]:
        return [(line["who"], line["text"]) for line in await self.talks.of("call")]

    async def waiting(self) -> int:
        return int(await self.store.command("ZCARD", WORDLESS))


@pytest.fixture
async def desk(redis: RedisServer, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Desk]:
    redis.ask("FLUSHALL")
    monkeypatch.setattr(module, "AGAIN_S", 0.0)
    store, vault = Store(redis.url, op_ms=5000), Vault(tmp_path / "sound")
    recordings = Recordings(store, vault, Sounds(store, vault, lambda: NOW_MS), lambda: NOW_MS, 90 * DAY_MS, words=True)
    yield Desk(store, recordings, Talks(store, DAY_MS))
    await store.close()


def quiet(seconds: float) -> Samples:
    return np.zeros(round(seconds * RATE), dtype=np.int16)


def talk(*parts: tuple[int, Samples]) -> tuple[np.ndarray, list[int]]:
    """One after another, each on its side, with a second between; the sound, and where each begins [ms]."""
    sides, begins, at = [[quiet(1)], [quiet(1)]], [], RATE
    for side, sound in parts:
        begins.append(at * 1000 // RATE)
        sides[side] += [sound, quiet(1)]
        sides[1 - side].append(quiet(len(sound) / RATE + 1))
        at += len(sound) + RATE
    return np.stack([np.concatenate(side) for side in sides], axis=1), begins


LONG = "We went on along the river and over all the low hills in the warm wind, " * 3


def voice(seconds: float) -> Samples:
    """Somebody who does not draw breath."""
    sound = speak(LONG, "en")
    loud = np.flatnonzero(np.abs(sound) > 1000)[0]
    return sound[loud : loud + round(seconds * RATE)]


async def counted(language: str, samples: Samples, rate_hz: int) -> Hypothesis:
    return Hypothesis(f"{language} {round(len(samples) / rate_hz)}", 0.9, "ear")


async def test_both_sides_stand_in_the_talk_in_the_order_in_which_they_spoke(desk: Desk) -> None:
    await desk.talks.write("call", HOUSE)
    last = await Events(desk.store, lambda: NOW_MS).last()
    sound, begins = talk((1, voice(1)), (0, voice(3)), (1, voice(5)))
    await desk.piece(sound)
    scribe = desk.scribe(counted)
    assert await scribe.round() == 1
    assert await desk.said() == [("house", HOUSE["text"]), ("operator", "en 1"), ("caller", "en 3"), ("operator", "en 5")]
    lines = await desk.talks.of("call")
    for line, begin in zip(lines[1:], begins, strict=True):
        assert abs(line["at_ms"] - NOW_MS - begin) < 300
    assert await scribe.round() == await desk.waiting() == 0
    events = await desk.store.command("XRANGE", "hotline:floor:events", f"({last}", "+")
    assert [json.loads(fields["d"])["text"] for _, fields in events if fields["k"] == "transcript.line"] == [
        "en 1",
        "en 3",
        "en 5",
    ]


async def test_a_piece_that_is_told_twice_has_its_words_once(desk: Desk) -> None:
    sound = await desk.piece(talk((0, voice(1)))[0])
    assert await desk.scribe(counted).round() == 1
    await desk.store.command("ZADD", WORDLESS, NOW_MS, f"call {sound}")
    assert await desk.scribe(counted).round() == 1
    assert await desk.said() == [("caller", "en 1")]


async def test_words_go_with_their_recording_and_what_the_house_heard_stays(desk: Desk) -> None:
    await desk.talks.write("call", HOUSE)
    await desk.piece(talk((0, voice(1)))[0])
    await desk.scribe(counted).round()
    await desk.piece(talk((1, voice(2)))[0], NOW_MS + 3000)
    assert await desk.recordings.forget("call") == 2
    assert await desk.said() == [("house", HOUSE["text"])]
    assert await desk.waiting() == 0


async def test_what_is_forgotten_while_it_is_heard_is_not_written_down(desk: Desk) -> None:
    await desk.piece(talk((0, voice(1)))[0])

    async def too_late(language: str, samples: Samples, rate_hz: int) -> Hypothesis:
        await desk.recordings.forget("call")
        return Hypothesis("what nobody may read", 0.9, "ear")

    assert await desk.scribe(too_late).round() == 1
    assert await desk.said() == []
    assert await desk.recordings.of("call") is None


async def test_callers_come_first(desk: Desk) -> None:
    refusals: list[Exception] = [Overloaded("callers come first")] * 3
    await desk.piece(talk((0, voice(1)), (1, voice(2)))[0])

    async def busy(language: str, samples: Samples, rate_hz: int) -> Hypothesis:
        if refusals:
            raise refusals.pop()
        return await counted(language, samples, rate_hz)

    await desk.scribe(busy).round()
    assert await desk.said() == [("caller", "en 1"), ("operator", "en 2")]


async def test_what_cannot_be_heard_or_read_stays_without_words_and_holds_nothing_up(
    desk: Desk, caplog: pytest.LogCaptureFixture
) -> None:
    async def broken(language: str, samples: Samples, rate_hz: int) -> Hypothesis:
        raise SpeechError("the model is gone")

    async def deaf(language: str, samples: Samples, rate_hz: int) -> None:
        return None

    await desk.piece(talk((0, voice(1)))[0])
    assert await desk.scribe(broken).round() == 1
    await desk.piece(talk((0, voice(1)))[0], NOW_MS + 1)
    assert await desk.scribe(deaf).round() == 1
    sound = await desk.piece(talk((0, voice(1)))[0], NOW_MS + 2)
    spoilt = desk.recordings.vault.folder / sound
    spoilt.write_bytes(spoilt.read_bytes()[:-1])
    assert await desk.scribe(counted).round() == 1
    assert "stays without words" in caplog.text
    assert await desk.said() == []
    assert await desk.waiting() == 0


async def test_what_lies_on_another_machine_waits_for_that(desk: Desk) -> None:
    elsewhere = await desk.piece(talk((0, voice(1)))[0])
    there = desk.recordings.vault.folder / elsewhere
    kept = there.read_bytes()
    there.unlink()
    await desk.piece(talk((1, voice(2)))[0], NOW_MS + 3000)
    assert await desk.scribe(counted).round() == 1
    assert await desk.said() == [("operator", "en 2")]
    there.write_bytes(kept)
    assert await desk.scribe(counted).round() == 1
    assert await desk.said() == [("caller", "en 1"), ("operator", "en 2")]


async def test_one_that_another_node_is_at_is_left_to_it(desk: Desk) -> None:
    sound = await desk.piece(talk((0, voice(1)))[0])
    claim = f"hotline:floor:wording:{sound}"
    await desk.store.command("SET", claim, "phone-2")
    assert await desk.scribe(counted).round() == 0
    await desk.store.command("SET", claim, "phone-1")
    assert await desk.scribe(counted).round() == 1, "one's own, after Redis was away in the middle of it"


SAID: dict[str, list[tuple[int, str, set[str]]]] = {
    "en": [
        (1, "Good morning. How can I help you?", {"morning", "help"}),
        (0, "My parcel has not come, and I have waited since Monday.", {"parcel", "waited", "monday"}),
    ],
    "ru": [
        (1, "Здравствуйте. Чем я могу вам помочь?", {"здравствуйте", "помочь"}),
        (0, "Моя посылка не пришла, я жду с понедельника.", {"посылка", "понедельника"}),
    ],
}


@pytest.mark.parametrize("language", SAID)
async def test_the_ears_of_the_house_write_down_a_talk(desk: Desk, language: str) -> None:
    if not can_speak(language):
        pytest.skip(f"no voice for {language}")
    pool = Pool(workers=1)
    await pool.start()
    ears = Ears(pool)
    await ears.load([language])
    if ears.for_language(language).final is None or ears.for_language(language).final.name == "pocketsphinx":  # type: ignore[union-attr]
        await pool.close()
        pytest.skip(f"no ear for free speech in {language}")
    parts: list[tuple[int, Samples]] = [(side, mu_law(speak(text, language))) for side, text, _ in SAID[language]]
    await desk.piece(talk(*parts)[0], language=language)
    assert await desk.scribe(ears.in_peace).round() == 1
    await pool.close()
    lines: list[dict[str, Any]] = await desk.talks.of("call")
    for side, (_, _, wanted) in enumerate(SAID[language]):
        who = ("operator", "caller")[side]
        heard = " ".join(str(line["text"]) for line in lines if line["who"] == who).casefold()
        assert sum(word in heard for word in wanted) >= len(wanted) - 1, heard
