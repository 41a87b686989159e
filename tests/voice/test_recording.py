"""A call's sound on its way into the vault: every sample once, whatever the loop was at meanwhile."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest

from native.bell import Bell
from native.line import Line
from voice.errors import SoundUnkept
from voice.recording import TONE_HZ, Recording, tone
from voice.speech import wav
from voice.vault import Vault


@pytest.fixture
def vault(tmp_path: Path) -> Vault:
    return Vault(tmp_path / "sound")


def noise(seconds: float, seed: int = 1) -> np.ndarray:
    return np.random.default_rng(seed).integers(-3000, 3000, round(seconds * 8000) // 160 * 160).astype(np.int16)


async def test_what_came_in_is_what_is_kept_from_the_first_sample_to_the_last(vault: Vault) -> None:
    line = Line(Bell(), 1)
    line.put_all(noise(1.0))
    recording = Recording(line, vault)
    recording.start()
    said = noise(3.0, 2)
    line.put_all(said[:8000])
    await asyncio.sleep(0)
    line.put_all(said[8000:])
    kept = await recording.finish()
    line.put_all(noise(1.0, 3))
    assert kept.length_ms == 3000
    sound = wav.parse(vault.read(kept.id))
    assert (sound.rate_hz, sound.mono16) == (8000, True)
    assert np.array_equal(sound.samples(), said)


async def test_it_may_begin_in_the_past_and_end_where_the_turn_did(vault: Vault) -> None:
    line = Line(Bell(), 1)
    heard = noise(4.0)
    line.put_all(heard)
    recording = Recording(line, vault, 8000)
    recording.start()
    recording.stop(24_000)
    kept = await recording.finish()
    assert kept.length_ms == 2000
    assert np.array_equal(wav.parse(vault.read(kept.id)).samples(), heard[8000:24_000])


async def test_its_parts_are_heard_again_while_it_goes_on(vault: Vault) -> None:
    line = Line(Bell(), 1)
    line.put_all(noise(1.0))
    recording = Recording(line, vault, remember=True)
    recording.start()
    said = noise(2.0, 2)
    line.put_all(said)
    assert np.array_equal(recording.heard(8000 + 4000, 8000 + 9000), said[4000:9000])
    assert np.array_equal(recording.heard(0, 8000 + 100), said[:100])
    await recording.drop()


async def test_where_the_loop_stood_still_too_long_silence_stands_for_what_was_lost(vault: Vault) -> None:
    line = Line(Bell(), 1, ring_s=0.5)
    recording = Recording(line, vault)
    line.put_all(noise(3.0))
    recording.start()
    kept = await recording.finish()
    assert kept.length_ms == 3000
    assert recording.lost_samples == 24_000
    assert not wav.parse(vault.read(kept.id)).samples().any()


async def test_what_is_dropped_leaves_nothing(vault: Vault) -> None:
    line = Line(Bell(), 1)
    recording = Recording(line, vault)
    recording.start()
    line.put_all(noise(2.0))
    await recording.drop()
    await recording.drop()
    assert [file.name for file in vault.folder.iterdir()] == ["key"]


async def test_what_has_stopped_and_is_dropped_later_leaves_nothing_either(vault: Vault) -> None:
    line = Line(Bell(), 1)
    recording = Recording(line, vault)
    recording.start()
    line.put_all(noise(1.0))
    recording.stop()
    while not list(vault.folder.glob("*.part")) or recording._heard:  # written, and waiting to be decided
        await asyncio.sleep(0)
    await asyncio.to_thread(lambda: None)
    assert vault.ids() == []
    await recording.drop()
    assert [file.name for file in vault.folder.iterdir()] == ["key"]


async def test_a_disk_that_does_not_take_it_is_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "sound").write_text("no folder")
    recording = Recording(Line(Bell(), 1), Vault(tmp_path / "sound"))
    told = asyncio.Event()
    recording.start(told.set)
    async with asyncio.timeout(20):
        await told.wait()
    assert recording.broken
    with pytest.raises(SoundUnkept, match="no sound can be kept"):
        await recording.finish()
    await recording.drop()


@pytest.mark.parametrize("rate_hz", [8000, 16000])
def test_the_tone_is_short_soft_at_its_ends_and_one_pitch(rate_hz: int) -> None:
    clip = tone(rate_hz)
    assert clip.duration_s == 0.25
    assert abs(int(clip.pcm[0])) < 50
    assert abs(int(clip.pcm[-1])) < 50
    spectrum = np.abs(np.fft.rfft(clip.pcm.astype(float)))
    assert abs(int(spectrum.argmax()) * 4 - TONE_HZ) <= 4


def test_a_head_without_a_length_is_read_to_the_end_of_the_file() -> None:
    sound = noise(0.1).astype("<i2").tobytes()
    assert wav.parse(wav.head(8000) + sound).data == sound
    whole = wav.head(16000, len(sound)) + sound
    assert len(whole) == 44 + len(sound)
    assert int.from_bytes(whole[4:8], "little") == len(whole) - 8
    assert wav.parse(whole).rate_hz == 16000


async def test_whoever_is_cancelled_while_it_is_sealed_does_not_break_it(vault: Vault) -> None:
    line = Line(Bell(), 1)
    recording = Recording(line, vault)
    recording.start()
    line.put_all(noise(1.0))
    asking = asyncio.create_task(recording.finish())
    await asyncio.sleep(0)
    asking.cancel()
    assert (await recording.finish()).length_ms == 1000
    assert len(vault.ids()) == 1
