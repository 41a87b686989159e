"""The engines themselves: Piper, Festival, Flite and espeak-ng where they are installed; and what happens where they fail."""

from __future__ import annotations

import functools
import logging
import os
import shutil
import signal
import stat
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pytest
import soxr

from voice import models
from voice.errors import ModelMissing, SpeechError
from voice.speech.engine import Engine
from voice.speech.espeak import EspeakVoice
from voice.speech.festival import FestivalVoice
from voice.speech.flite import FliteVoice
from voice.speech.mastering import SPEECH_DBOV, active_level_dbov, mastered
from voice.speech.pieces import spoken_characters
from voice.speech.piper import PiperVoice, voice_files
from voice.speech.voices import Voices

Samples = npt.NDArray[np.int16]

TEXTS = {
    "en": ("Yes.", "Please say what happened, or press star to talk to an operator."),
    "ru": ("Да.", "Скажите, что случилось, или нажмите звёздочку, чтобы поговорить с оператором."),
    "de": ("Ja.", "Bitte sagen Sie, was geschehen ist, oder drücken Sie die Sterntaste."),
    "ko": ("네.", "무슨 일인지 말씀해 주시거나 별표를 눌러 주세요."),
}
HARD = [
    "4711",
    "☃ 😀",
    "\x00\x1b\ud800",
    "[[raw]] <b>&amp; \\ \" ' `$(x)`",
    "--help",
    "%s %n",
    "ß é Ж",
    "a" * 300,
    "№ 5 - 10:30 +7 (999)",
]


def find(name: str, language: str) -> Engine:
    try:
        return next(voice for voice in Voices([], {language: name}).of(language) if voice.name.startswith(name))
    except StopIteration:
        pytest.skip(f"{name} does not speak {language} here")


VOICES = [("piper", "en"), ("festival", "ru"), ("flite", "en"), *(("espeak-ng", language) for language in TEXTS)]


@pytest.fixture(scope="module", params=VOICES, ids=["-".join(voice) for voice in VOICES])
def voice(request: pytest.FixtureRequest) -> Iterator[Engine]:
    found = find(*request.param)
    with closing(found):
        yield found


@pytest.mark.real
@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_it_speaks_at_a_speaker_s_pace_and_at_our_level(voice: Engine, rate_hz: int) -> None:
    short, long = TEXTS[voice.language]
    spoken = {text: mastered(voice.render(text, rate_hz), rate_hz) for text in (short, long)}
    for text, least, most in ((short, 0.1, 1.2), (long, 2.0, 9.0)):
        assert least < len(spoken[text]) / rate_hz < most
        assert active_level_dbov((spoken[text] / 32768).astype(np.float32), rate_hz) == pytest.approx(SPEECH_DBOV, abs=1.5)
        audible = np.flatnonzero(np.abs(spoken[text] / 32768.0) > 10 ** (-50 / 20))
        assert audible[0] * 1000 / rate_hz <= 10
    letters = spoken_characters(long)
    pace_ms = 1000 * len(spoken[long]) / rate_hz / letters
    assert 35 < pace_ms < (300 if voice.language == "ko" else 130)


@pytest.mark.real
@pytest.mark.parametrize("text", HARD, ids=range(len(HARD)))
def test_no_text_breaks_it(voice: Engine, text: str) -> None:
    try:
        sound = voice.render(text, 8000)
    except SpeechError:
        pass  # the next voice is asked
    else:
        assert sound.dtype == np.int16
    assert len(voice.render(TEXTS[voice.language][0], 8000)) > 500


@pytest.mark.real
@pytest.mark.parametrize("name", ["piper", "festival"])
def test_digits_and_latin_letters_are_not_lost(name: str) -> None:
    language = {"piper": "en", "festival": "ru"}[name]
    plain, more = {"en": ("your order", "your order 4 7 1 1"), "ru": ("ваш заказ", "ваш заказ 4711 WhatsApp")}[language]
    with closing(find(name, language)) as voice:
        plain_samples, more_samples = (len(mastered(voice.render(text, 8000), 8000)) for text in (plain, more))
    assert more_samples > plain_samples + 4000


@functools.cache
def listener() -> object:
    from faster_whisper import WhisperModel

    try:
        folder = models.find("whisper", "ru")
    except ModelMissing:
        pytest.skip("no Whisper model on this machine")
    return WhisperModel(str(folder), device="cpu", compute_type="int8", cpu_threads=1)


@pytest.mark.real
@pytest.mark.parametrize(
    ("name", "language", "text", "words"),
    [
        ("piper", "en", "Welcome to the hotline. How can I help you today?", {"welcome", "help", "today"}),
        ("flite", "en", "Welcome to the hotline. How can I help you today?", {"welcome", "help", "today"}),
        ("festival", "ru", "Здравствуйте! Чем я могу вам помочь?", {"здравствуйте", "чем", "могу", "помочь"}),
    ],
)
def test_a_listener_understands_it_at_8_khz(name: str, language: str, text: str, words: set[str]) -> None:
    with closing(find(name, language)) as voice:
        sound = soxr.resample(mastered(voice.render(text, 8000), 8000) / np.float32(32768), 8000, 16000)
    whisper = listener()
    segments, _ = whisper.transcribe(sound, language=language, beam_size=1, without_timestamps=True)  # type: ignore[attr-defined]
    heard = " ".join(segment.text for segment in segments).lower()
    assert words <= set(heard.replace("!", " ").replace("?", " ").replace(",", " ").replace(".", " ").split())


@pytest.mark.real
def test_piper_writes_no_text_into_the_log(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    find("piper", "en").render("my secret", 8000)
    assert "secret" not in caplog.text


@pytest.mark.real
def test_festival_is_started_again_when_it_dies() -> None:
    others = children_named("festival")
    with closing(find("festival", "ru")) as voice:
        first = voice.render("да", 8000)
        (process_id,) = children_named("festival") - others
        os.kill(process_id, signal.SIGKILL)
        np.testing.assert_array_equal(voice.render("да", 8000), first)
        (other_id,) = children_named("festival") - others
        assert other_id != process_id
    assert children_named("festival") == others


@pytest.mark.real
def test_festival_is_let_go_of_when_nobody_needs_it_and_comes_back() -> None:
    others = children_named("festival")
    with closing(FestivalVoice(idle_s=0.2)) as voice:
        first = voice.render("да", 8000)
        until = time.monotonic() + 20
        while children_named("festival") != others:
            assert time.monotonic() < until
            time.sleep(0.01)
        np.testing.assert_array_equal(voice.render("да", 8000), first)
    assert children_named("festival") == others


def children_named(name: str) -> set[int]:
    """Process ids of our children by program name (proc(5))."""
    found = set()
    for process in Path("/proc").glob("[0-9]*"):
        try:
            _, name_of, rest = (process / "stat").read_text().replace(")", "(").split("(")
        except (OSError, ValueError):
            continue
        if name_of == name and rest.split()[1] == str(os.getpid()) and rest.split()[0] != "Z":
            found.add(int(process.name))
    return found


def program(folder: Path, script: str) -> str:
    file = folder / "festival"
    file.write_text(f"#!/bin/sh\n{script}\n")
    file.chmod(file.stat().st_mode | stat.S_IXUSR)
    return str(file)


needs_festvox = pytest.mark.skipif(not Path("/usr/share/festival/voices/russian").is_dir(), reason="festvox-ru is not installed")


@needs_festvox
@pytest.mark.parametrize(
    ("script", "what"),
    [
        ("exec cat > /dev/null", r"within 0\.05 s"),
        ("exit 1", "ended by itself"),
        ("while read x; do echo '(rendered)' >&2; done", "no sound"),
    ],
    ids=["hangs", "dies at once", "answers without a sound"],
)
def test_a_broken_festival_is_an_error_in_time(tmp_path: Path, script: str, what: str) -> None:
    with closing(FestivalVoice(program=program(tmp_path, script), deadline_s=0.05 if "cat" in script else 5)) as voice:
        with pytest.raises(SpeechError, match=what):
            voice.render("да", 8000)


@needs_festvox
def test_what_festival_cannot_spell_does_not_start_it(tmp_path: Path) -> None:
    voice = FestivalVoice(program=program(tmp_path, "touch started"))
    for text in ("...", "안녕"):
        with pytest.raises(SpeechError):
            voice.render(text, 8000)
    voice.close()


@pytest.mark.parametrize("make", [FestivalVoice, FliteVoice, EspeakVoice])
def test_an_engine_that_is_not_installed_says_how_to_get_it(make: type, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)
    with pytest.raises(ModelMissing) as caught:
        make("ru" if make is FestivalVoice else "en")
    assert caught.value.remedy.startswith("Run: apt-get install ")


def test_piper_voices_are_told_by_their_configuration(tmp_path: Path) -> None:
    for name, config in {
        "ru_RU-irina-medium": '{"language": {"family": "ru"}, "phoneme_id_map": {}, "espeak": {"voice": "ru"}}',
        "old": '{"phoneme_id_map": {}, "espeak": {"voice": "de"}}',
        "whisper-encoder": '{"something": "else"}',
        "broken": "{",
        "list": "[]",
    }.items():
        (tmp_path / f"{name}.onnx").write_bytes(b"weights")
        (tmp_path / f"{name}.onnx.json").write_text(config)
    (tmp_path / "alone.onnx").write_bytes(b"weights")
    here = [(language, file.stem) for language, file in voice_files([tmp_path, tmp_path / "nowhere"]) if file.parent == tmp_path]
    assert here == [("de", "old"), ("ru", "ru_RU-irina-medium")]
    with pytest.raises(ModelMissing, match="alone"):
        PiperVoice(tmp_path / "alone.onnx")
    with pytest.raises(SpeechError, match="does not load"):
        PiperVoice(tmp_path / "old.onnx").render("hallo", 8000)


def test_a_piper_voice_in_the_model_folder_comes_first_and_the_settings_may_choose(tmp_path: Path) -> None:
    (tmp_path / "ru_RU-irina-medium.onnx").write_bytes(b"weights")
    config = '{"language": {"family": "ru"}, "phoneme_id_map": {}, "espeak": {"voice": "ru"}}'
    (tmp_path / "ru_RU-irina-medium.onnx.json").write_text(config)
    assert Voices([tmp_path]).of("ru-RU")[0].name == "piper/ru_RU-irina-medium"
    last = Voices([tmp_path]).of("ru")[-1].name
    assert Voices([tmp_path], {"ru": last.partition("/")[0]}).of("ru")[0].name == last
    missing = [presence for presence in Voices([], {"ru": "nobody"}).report(["ru"]) if not presence.available]
    assert ["nobody" in presence.why for presence in missing] == [False, True]
    assert all(presence.why and presence.remedy for presence in missing)
