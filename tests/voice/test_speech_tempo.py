"""Slower speech: every engine and every recording takes a quarter longer, and its pitch stays."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

import numpy as np
import pytest

from tests.voice.test_speech_engines import TEXTS, VOICES, find
from tests.voice.test_speech_mouth import Paper, mouth_of
from tests.voice.test_speech_recorded import written
from voice.speech.cache import clip_key
from voice.speech.protocol import Samples
from voice.speech.tempo import SLOW, stretched


def pitch_hz(samples: Samples, rate_hz: int) -> float:
    """The median pitch, 70 to 400 Hz, of the frames of 40 ms that have one (a peak of the autocorrelation over 0.5)."""
    frame, found = rate_hz // 25, []
    for at in range(0, len(samples) - frame, frame // 2):
        part = samples[at : at + frame].astype(np.float64)
        part -= part.mean()
        power = np.correlate(part, part, "full")[frame - 1 :]
        lags = slice(rate_hz // 400, rate_hz // 70)
        if power[0] > frame * 1e4 and power[lags].max() > 0.5 * power[0]:
            found.append(rate_hz / (lags.start + int(power[lags].argmax())))
    return float(np.median(found))


@pytest.mark.skipif(shutil.which("sox") is None, reason="no sox here")
def test_a_tone_is_stretched_and_stays_the_same_tone() -> None:
    tone = (np.sin(np.arange(16000) * 2 * np.pi * 220 / 8000) * 9000).astype(np.int16)
    slow = stretched(tone, 8000, SLOW)
    assert len(slow) == pytest.approx(SLOW * len(tone), rel=0.02)
    loudest = int(np.abs(np.fft.rfft(slow[4000:12000])).argmax())
    assert loudest == 220


def test_what_is_not_stretched_is_the_same_sound(monkeypatch: pytest.MonkeyPatch) -> None:
    sound = np.arange(100, dtype=np.int16)
    assert stretched(sound, 8000, 1.0) is sound
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert stretched(sound, 8000, SLOW) is sound


def test_slow_and_usual_are_two_clips_of_the_cache() -> None:
    usual = clip_key("Yes.", "paper/one", "1", 8000)
    assert usual == clip_key("Yes.", "paper/one", "1", 8000, 1.0)
    assert usual != clip_key("Yes.", "paper/one", "1", 8000, SLOW)


@pytest.mark.real
@pytest.mark.parametrize(("name", "language"), VOICES)
def test_every_engine_speaks_slower_at_the_same_pitch(name: str, language: str) -> None:
    with closing(find(name, language)) as voice:
        text = TEXTS[language][1]
        usual, slow = voice.render(text, 8000), voice.render(text, 8000, SLOW)
    assert 1.08 < len(slow) / len(usual) < 1.45  # Piper never speaks a text twice in the same time
    assert pitch_hz(slow, 8000) == pytest.approx(pitch_hz(usual, 8000), rel=0.12)


async def test_the_mouth_says_it_slower_on_request_texts_and_recordings_alike(tmp_path: Path) -> None:
    written(tmp_path / "en" / "anna" / "welcome.wav", seconds=1.0)
    async with mouth_of(Paper(), prompts=tmp_path) as mouth:
        for prompt_id in (None, "welcome"):
            usual = await mouth.clip("How can we help you today", "en", prompt_id=prompt_id)
            slow = await mouth.clip("How can we help you today", "en", prompt_id=prompt_id, slow=True)
            assert 1.15 < slow.duration_s / usual.duration_s < 1.35
            assert slow.key != usual.key
            again = [clip async for clip in mouth.clips("How can we help you today", "en", prompt_id=prompt_id, slow=True)]
            assert [clip.key for clip in again] == [slow.key]
