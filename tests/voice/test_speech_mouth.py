"""The mouth with voices of paper: recorded first, then the best, then the next; once for all who ask; never on the event loop."""

from __future__ import annotations

import asyncio
import logging
import os
import threading
from collections.abc import AsyncIterator, Callable, Iterable
from contextlib import asynccontextmanager
from functools import partial
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest

from tests.voice.test_speech_recorded import written
from voice.errors import ConfigError, SpeechError
from voice.speech import studio
from voice.speech.cache import SpeechCache
from voice.speech.engine import Presence
from voice.speech.mouth import Clip, Mouth
from voice.speech.pieces import SENTENCE_PAUSE_MS
from voice.speech.studio import Studio, Take
from voice.speech.workers import Workers

Samples = npt.NDArray[np.int16]


class Paper:
    """A voice that hums 60 ms a character, counts, and does first what it is told to."""

    def __init__(self, name: str = "paper/one", before: Callable[[], None] = lambda: None, ms_a_character: int = 60) -> None:
        self.name, self.language, self.version = name, "en", "1"
        self.before, self.ms_a_character = before, ms_a_character
        self.asked: list[tuple[str, int]] = []
        self.began = threading.Event()
        self.loaded = self.closed = False

    def render(self, text: str, rate_hz: int, stretch: float = 1.0) -> Samples:
        self.asked.append((text, rate_hz))
        self.began.set()
        self.before()
        count = round(len(text) * self.ms_a_character * rate_hz * stretch) // 1000
        return (np.sin(np.arange(count) * 2 * np.pi * 300 / rate_hz) * 9000).astype(np.int16)

    def load(self) -> None:
        self.loaded = True

    def close(self) -> None:
        self.closed = True


class Shelf:
    def __init__(self, *voices: Paper) -> None:
        self.voices = voices

    def of(self, language: str) -> tuple[Paper, ...]:
        return tuple(voice for voice in self.voices if voice.language == language)

    def report(self, languages: Iterable[str]) -> list[Presence]:
        return [Presence("paper", voice.language, voice.name) for voice in self.voices if voice.language in languages]

    def close(self) -> None:
        for voice in self.voices:
            voice.close()


@asynccontextmanager
async def mouth_of(
    *voices: Paper, folder: Path | None = None, prompts: Path | None = None, deadline_s: float = 5.0
) -> AsyncIterator[Mouth]:
    mouth = Mouth(Shelf(*voices), SpeechCache(folder), prompts=prompts, deadline_s=deadline_s)
    try:
        yield mouth
    finally:
        await mouth.close()


def holding(go: threading.Event) -> None:
    go.wait(5)


def refuse() -> None:
    raise SpeechError("out of breath")


def stumble() -> None:
    raise ZeroDivisionError


async def test_said_once_kept_for_good(tmp_path: Path) -> None:
    voice = Paper()
    async with mouth_of(voice, folder=tmp_path) as mouth:
        first = await mouth.clip("hello", "en")
        assert await mouth.clip(" hello ", "en-US") == first
        assert (first.rate_hz, first.text, first.voice, first.duration_s) == (
            8000,
            "hello",
            "paper/one",
            pytest.approx(0.3, abs=0.01),
        )
        assert (await mouth.clip("hello", "en", 16000)).key != first.key
    assert voice.asked == [("hello", 8000), ("hello", 16000)]
    assert voice.closed
    later = Paper()
    async with mouth_of(later, folder=tmp_path) as mouth:
        again = await mouth.clip("hello", "en")
    assert later.asked == []
    np.testing.assert_array_equal(again.pcm, first.pcm)
    assert not again.pcm.flags.writeable


async def test_a_new_version_of_a_voice_speaks_anew(tmp_path: Path) -> None:
    voice = Paper()
    async with mouth_of(voice, folder=tmp_path) as mouth:
        await mouth.clip("hello", "en")
        voice.version = "2"
        await mouth.clip("hello", "en")
    assert len(voice.asked) == 2


async def test_all_who_ask_at_once_share_one_rendering() -> None:
    go = threading.Event()
    voice = Paper(before=partial(holding, go))
    async with mouth_of(voice) as mouth:
        asking = [asyncio.create_task(mouth.clip("hello", "en")) for _ in range(20)]
        await asyncio.to_thread(voice.began.wait, 5)
        asking[0].cancel()  # who hangs up does not take it from the others
        go.set()
        clips = await asyncio.gather(*asking[1:])
    assert asking[0].cancelled()
    assert len(voice.asked) == 1
    assert len({id(clip.pcm) for clip in clips}) == 1


@pytest.mark.parametrize(
    "bad",
    [
        Paper("paper/bad", refuse),
        Paper("paper/bad", stumble),
        Paper("paper/bad", ms_a_character=0),
        Paper("paper/bad", ms_a_character=5),
    ],
    ids=["refuses", "stumbles", "is silent", "loses words"],
)
async def test_the_next_voice_speaks_where_the_best_fails(bad: Paper, caplog: pytest.LogCaptureFixture) -> None:
    good = Paper("paper/good")
    async with mouth_of(bad, good) as mouth:
        assert [(await mouth.clip(text, "en")).voice for text in ("hello", "hello", "again")] == ["paper/good"] * 3
    assert [text for text, _ in good.asked] == ["hello", "again"]
    assert len(caplog.records) == 1
    assert not any(word in caplog.text for word in ("hello", "again"))


async def test_the_next_voice_speaks_where_the_best_is_late_and_what_comes_late_is_kept() -> None:
    go = threading.Event()
    slow, quick = Paper("paper/slow", before=partial(holding, go)), Paper("paper/quick")
    async with mouth_of(slow, quick, deadline_s=0.2) as mouth:
        assert (await mouth.clip("one", "en")).voice == "paper/quick"
        assert (await mouth.clip("two", "en")).voice == "paper/quick"
        assert slow.asked == [("one", 8000)]  # nobody else waits for it meanwhile
        go.set()
        clip: Clip | None = None
        while clip is None or clip.voice != "paper/slow":
            clip = await mouth.clip("one", "en")
        assert slow.asked == [("one", 8000)]
        while (await mouth.clip("three", "en")).voice != "paper/slow":
            pass  # a busy machine may be late for it once more


async def test_what_comes_late_while_one_looks_at_the_disk_is_not_rendered_again() -> None:
    go = threading.Event()
    voice = Paper(before=partial(holding, go))

    class Looking(SpeechCache):
        looks = 0

        def load(self, key: str, rate_hz: int) -> Samples | None:
            found = super().load(key, rate_hz)
            self.looks += 1
            if self.looks == 2:
                go.set()
                recording._late[voice.name].result(5)
            return found

    recording = Studio(Looking(None), deadline_s=0.3, nice=0)
    take = Take("hello", voice, "hello", 8000)
    try:
        with pytest.raises(SpeechError, match="not ready"):
            await recording.take(take)
        assert len(await recording.take(take))
    finally:
        await recording.close()
    assert voice.asked == [("hello", 8000)]


async def test_a_voice_that_never_returns_does_not_hold_up_the_end() -> None:
    go = threading.Event()
    async with mouth_of(Paper(before=partial(holding, go)), deadline_s=0.01) as mouth:
        with pytest.raises(SpeechError, match=r"not ready within 0\.01 s"):
            await mouth.clip("hello", "en")
    go.set()


async def test_after_the_end_nobody_waits_in_vain() -> None:
    async with mouth_of(Paper()) as mouth:
        await mouth.clip("hello", "en")
    assert (await mouth.clip("hello", "en")).voice == "paper/one"
    with pytest.raises(SpeechError, match="shut down"):
        await mouth.clip("goodbye", "en")


async def test_no_voice_at_all_says_so_without_the_text() -> None:
    async with mouth_of(Paper("paper/bad", refuse)) as mouth:
        with pytest.raises(SpeechError, match="paper/bad: out of breath") as caught:
            await mouth.clip("my secret", "en")
        assert "secret" not in str(caught.value)
        with pytest.raises(SpeechError, match="there is none"):
            await mouth.clip("hello", "xx")
        with pytest.raises(ConfigError, match="44100"):
            await mouth.clip("hello", "en", 44100)


async def test_pieces_come_as_they_are_ready_and_the_next_is_made_meanwhile() -> None:
    begun, go = threading.Event(), threading.Event()
    voice = Paper()

    def hold_the_second() -> None:
        if voice.asked[-1][0] == "Two.":
            begun.set()
            go.wait(5)

    voice.before = hold_the_second
    async with mouth_of(voice) as mouth:
        clips = mouth.clips("One. Two. Three.", "en")
        first = await anext(clips)
        assert first.text == "One."
        assert await asyncio.to_thread(begun.wait, 5)
        go.set()
        rest = [clip async for clip in clips]
        whole = await mouth.clip("One. Two. Three.", "en")
    assert [clip.text for clip in rest] == ["Two.", "Three."]
    np.testing.assert_array_equal(whole.pcm, np.concatenate([clip.pcm for clip in (first, *rest)]))
    pause = SENTENCE_PAUSE_MS * 8
    assert not first.pcm[-pause:].any()
    assert rest[-1].pcm[-pause:].any()
    assert len(voice.asked) == 3
    assert len({clip.key for clip in (first, *rest, whole)}) == 4


async def test_the_whole_is_one_array_for_all_calls() -> None:
    async with mouth_of(Paper()) as mouth:
        one, other = [await mouth.clip("One. Two.", "en") for _ in range(2)]
    assert one.pcm is other.pcm
    assert one.key == other.key


async def test_leaving_off_in_the_middle_leaves_nothing_behind() -> None:
    voice = Paper()
    voice.before = lambda: refuse() if voice.asked[-1][0] == "Two." else None
    async with mouth_of(voice) as mouth:
        clips = mouth.clips("One. Two. Three. Four. Five. Six.", "en")
        await anext(clips)
        await clips.aclose()  # type: ignore[attr-defined]
    assert "Six." not in [text for text, _ in voice.asked]


@pytest.mark.parametrize("text", ["", "...", "😀"])
async def test_nothing_to_say_is_a_breath_of_silence(text: str) -> None:
    async with mouth_of(Paper(before=refuse)) as mouth:
        clip = await mouth.clip(text, "en")
    assert clip.duration_s == 0.02
    assert not clip.pcm.any()


async def test_what_is_private_stays_off_the_disk(tmp_path: Path) -> None:
    def kept() -> int:
        return len(list(tmp_path.rglob("*.pcm")))

    async with mouth_of(Paper(), folder=tmp_path) as mouth:
        await mouth.clip("your number is four seven. Is that right?", "en", private=True)
        assert kept() == 0
        clip = await mouth.clip("goodbye", "en")
        assert kept() == 1
    assert "goodbye" not in repr(clip)


async def test_a_recording_comes_first_and_a_bad_one_not_at_all(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    written(tmp_path / "en" / "anna" / "welcome.wav", rate_hz=44100)
    written(tmp_path / "en" / "anna" / "stereo.wav", channels=2)
    voice = Paper()
    async with mouth_of(voice, prompts=tmp_path) as mouth:
        clip = await mouth.clip("Welcome. How are you?", "en", prompt_id="welcome")
        assert (clip.voice, clip.text) == ("recorded/anna", "Welcome. How are you?")
        assert voice.asked == []
        written(tmp_path / "en" / "anna" / "welcome.wav", seconds=0.9)
        assert (await mouth.clip("Welcome", "en", prompt_id="welcome")).duration_s == pytest.approx(0.9, abs=0.01)
        assert (await mouth.clip("Stereo", "en", prompt_id="stereo")).voice == "paper/one"
        assert (await mouth.clip("Other", "en", prompt_id="other")).voice == "paper/one"
        anna, paper = mouth.voices(["en"])
    assert "sox" in caplog.text
    assert (anna.available, "stereo.wav" in anna.why, "sox" in anna.remedy) == (False, True, True)
    assert paper == Presence("paper", "en", "paper/one")


async def test_warming_tells_how_far_it_is_and_goes_on_after_a_failure(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    voice, steps = Paper(), []
    texts = [("One. Two.", "en"), ("Drei.", "xx"), ("One. Two.", "en"), ("Four.", "en")]
    async with mouth_of(voice, folder=tmp_path) as mouth:
        assert await mouth.warm(texts, lambda done, of: steps.append((done, of))) == 1
        asked = len(voice.asked)
        async for _ in mouth.clips("One. Two.", "en"):
            pass
        async with asyncio.timeout(20):
            while not voice.loaded:
                await asyncio.sleep(0.001)
    assert steps == [(1, 3), (2, 3), (3, 3)]
    assert asked == len(voice.asked) == 3
    assert "Drei" not in caplog.text
    assert [record.levelno for record in caplog.records] == [logging.ERROR]


async def test_a_voice_is_loaded_when_somebody_is_spoken_to_and_not_before(tmp_path: Path) -> None:
    first = Paper()
    async with mouth_of(first, folder=tmp_path) as mouth:
        await mouth.warm([("One.", "en")])
    voice = Paper()
    async with mouth_of(voice, folder=tmp_path) as mouth:
        await mouth.warm([("One.", "en")])
        await asyncio.sleep(0.02)
        assert not voice.loaded
        await mouth.clip("One.", "en")
        async with asyncio.timeout(20):
            while not voice.loaded:
                await asyncio.sleep(0.001)
    assert not voice.asked


async def test_a_voice_that_is_being_loaded_is_not_left_to_its_fate(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A program that ended while the ONNX runtime was at work was aborted, and told of by the shell."""
    monkeypatch.setattr(studio, "_PARTING_S", 0.0)
    begun, go = threading.Event(), threading.Event()

    class Heavy(Paper):
        def load(self) -> None:
            begun.set()
            go.wait(20)
            self.loaded = True

    voice = Heavy()
    async with mouth_of(voice, folder=tmp_path) as mouth:
        await mouth.warm([("One.", "en")])
        await mouth.clip("One.", "en")
        assert await asyncio.to_thread(begun.wait, 20)
        asyncio.get_running_loop().call_later(0.05, go.set)
    assert voice.loaded


def test_what_a_call_waits_for_goes_before_what_is_only_warmed() -> None:
    go, order = threading.Event(), list[str]()
    workers = Workers("test")
    workers.submit(lambda: go.wait(5))
    warm = workers.submit(lambda: order.append("warm"), urgent=False)
    call = workers.submit(lambda: order.append("call"))
    unwanted = workers.submit(lambda: order.append("unwanted"))
    assert unwanted.cancel()
    go.set()
    call.result(5)
    warm.result(5)
    workers.close()
    assert order == ["call", "warm"]


async def test_rendering_is_below_the_sound_in_priority_and_off_the_loop() -> None:
    seen: list[tuple[int, bool]] = []

    def look() -> None:
        nice = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
        seen.append((nice, threading.current_thread() is threading.main_thread()))

    before = os.getpriority(os.PRIO_PROCESS, threading.get_native_id())
    async with mouth_of(Paper(before=look)) as mouth:
        await mouth.clip("hello", "en")
    assert seen == [(min(19, before + 10), False)]
    assert os.getpriority(os.PRIO_PROCESS, threading.get_native_id()) == before
