"""Recorded prompts: those that fit are used, at any rate; for the others one is told what they are and how to mend them."""

from __future__ import annotations

import shutil
import struct
import subprocess
from pathlib import Path

import numpy as np
import pytest

from voice.errors import ConfigError, SpeechError
from voice.speech import wav
from voice.speech.recorded import RecordedVoice, recorded_voices

PCM, MULAW, EXTENSIBLE = 1, 7, 0xFFFE


def written(file: Path, rate_hz: int = 8000, channels: int = 1, bits: int = 16, code: int = PCM, seconds: float = 0.5) -> Path:
    """A WAV file of a 440 Hz tone in this format (the sound is right for 16 bit only)."""
    tone = (np.sin(2 * np.pi * 440 * np.arange(round(rate_hz * seconds)) / rate_hz) * 9000).astype("<i2")
    sound = np.repeat(tone, channels).tobytes()
    extension = struct.pack("<HHIH14s", 22, bits, 0, PCM, b"") if code == EXTENSIBLE else b""
    width = channels * bits // 8
    layout = struct.pack("<HHIIHH", code, channels, rate_hz, rate_hz * width, width, bits) + extension
    chunks = (
        b"fmt "
        + struct.pack("<I", len(layout))
        + layout
        + b"LIST\x03\0\0\0abc\0"
        + b"data"
        + struct.pack("<I", len(sound))
        + sound
    )
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(b"RIFF" + struct.pack("<I", 4 + len(chunks)) + b"WAVE" + chunks)
    return file


@pytest.fixture
def voice(tmp_path: Path) -> RecordedVoice:
    return RecordedVoice(tmp_path / "prompts" / "en" / "anna")


@pytest.mark.parametrize("code", [PCM, EXTENSIBLE])
@pytest.mark.parametrize("rate_hz", [8000, 16000, 44100, 48000])
def test_mono_16_bit_is_used_at_any_rate(voice: RecordedVoice, rate_hz: int, code: int) -> None:
    written(voice.file("welcome"), rate_hz=rate_hz, code=code)
    out = voice.render("welcome", 8000)
    assert len(out) == pytest.approx(4000, abs=8)
    spectrum = np.abs(np.fft.rfft(out * np.hanning(len(out))))
    assert np.argmax(spectrum) * 8000 / len(out) == pytest.approx(440, abs=3)


@pytest.mark.parametrize(
    ("layout", "what"),
    [
        ({"channels": 2, "rate_hz": 44100}, "44100 Hz stereo 16 bit PCM"),
        ({"bits": 24}, "8000 Hz mono 24 bit PCM"),
        ({"bits": 8, "code": MULAW}, "8000 Hz mono 8 bit mu-law"),
        ({"code": 0x55}, "8000 Hz mono 16 bit encoding 0x0055"),
        ({"rate_hz": 6000}, "6000 Hz mono 16 bit PCM"),
        ({"channels": 6}, "6 channels"),
    ],
)
def test_any_other_format_is_refused_with_the_command_that_mends_it(
    voice: RecordedVoice, layout: dict[str, int], what: str
) -> None:
    file = written(voice.file("welcome"), **layout)  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        voice.render("welcome", 8000)
    assert str(file) in caught.value.what
    assert what in caught.value.what
    assert caught.value.remedy.startswith(f"Run: sox {file} -c 1 -b 16 ")


@pytest.mark.parametrize(
    "content", [b"", b"RIFF", b"ID3\x03 this is an MP3", b"RIFF\x04\0\0\0WAVE", b"RIFF\x10\0\0\0WAVEdata\x02\0\0\0ab"]
)
def test_a_file_that_is_no_wav_is_named(voice: RecordedVoice, content: bytes) -> None:
    file = voice.file("welcome")
    file.parent.mkdir(parents=True)
    file.write_bytes(content)
    with pytest.raises(ConfigError, match="welcome"):
        voice.render("welcome", 8000)


def test_a_streamed_header_ends_with_the_file(tmp_path: Path) -> None:
    content = bytearray(written(tmp_path / "a.wav").read_bytes())
    at = content.index(b"data") + 4
    content[at : at + 4] = struct.pack("<I", 0x7FFFF000)
    assert len(wav.parse(bytes(content)).samples()) == 4000


@pytest.mark.parametrize("prompt_id", ["../../../etc/passwd", "a/b", ".hidden", "", "a\0b", "привет"])
def test_a_prompt_id_cannot_leave_the_folder(voice: RecordedVoice, prompt_id: str) -> None:
    with pytest.raises(ConfigError, match="not a prompt id"):
        voice.file(prompt_id)


def test_a_missing_recording_has_no_version_and_a_new_one_another(voice: RecordedVoice) -> None:
    assert voice.version_of("welcome") is None
    with pytest.raises(SpeechError, match="cannot be read"):
        voice.render("welcome", 8000)
    written(voice.file("welcome"))
    first = voice.version_of("welcome")
    written(voice.file("welcome"), seconds=0.6)
    assert first not in (None, voice.version_of("welcome"))


def test_every_speaker_is_found_and_every_fault_is_listed(tmp_path: Path) -> None:
    prompts = tmp_path / "prompts"
    written(prompts / "en" / "anna" / "good.wav")
    written(prompts / "en" / "anna" / "stereo.wav", channels=2)
    written(prompts / "en" / "anna" / "empty.wav", seconds=0)
    written(prompts / "ru-RU" / "boris" / "good.wav")
    (prompts / "README").write_text("not a voice")
    anna, boris = recorded_voices(prompts)
    assert (anna.name, anna.language, boris.name, boris.language) == ("recorded/anna", "en", "recorded/boris", "ru")
    assert anna.ids() == ["empty", "good", "stereo"]
    assert [("stereo.wav" in fault.what, "silence" in fault.what) for fault in anna.faults()] == [(False, True), (True, False)]
    assert boris.faults() == []
    assert list(recorded_voices(tmp_path / "nowhere")) == []


@pytest.mark.real
@pytest.mark.skipif(shutil.which("sox") is None, reason="sox is not installed")
@pytest.mark.parametrize("layout", [{"channels": 2, "rate_hz": 44100}, {"bits": 8, "code": MULAW}])
def test_the_command_does_mend_it(voice: RecordedVoice, layout: dict[str, int]) -> None:
    written(voice.file("welcome"), **layout)  # type: ignore[arg-type]
    with pytest.raises(ConfigError) as caught:
        voice.render("welcome", 8000)
    subprocess.run(caught.value.remedy.removeprefix("Run: "), shell=True, check=True, capture_output=True)
    assert len(voice.render("welcome", 8000)) > 0
    assert voice.faults() == []
