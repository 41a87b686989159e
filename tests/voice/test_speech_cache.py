"""Spoken once, kept: in memory, on disk, whatever happened to the file meanwhile, and never more than allowed."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from voice.speech.cache import SpeechCache, cache_folder, clip_key

RATE_HZ = 8000
SOUND = (np.arange(4000) % 500).astype(np.int16)


def files(folder: Path) -> list[Path]:
    return sorted(file for file in folder.rglob("*") if file.is_file())


def key_of(number: int) -> str:
    return clip_key(f"text {number}", "piper/joe", "1", RATE_HZ)


def test_a_clip_comes_back_from_memory_and_from_disk(tmp_path: Path) -> None:
    cache, key = SpeechCache(tmp_path), key_of(1)
    assert cache.load(key, RATE_HZ) is None
    kept = cache.keep(key, SOUND.copy(), RATE_HZ)
    assert cache.recall(key) is kept
    again = SpeechCache(tmp_path)
    assert again.recall(key) is None
    loaded = again.load(key, RATE_HZ)
    assert loaded is not None
    np.testing.assert_array_equal(loaded, SOUND)
    assert again.recall(key) is loaded
    for pcm in (kept, loaded):
        assert pcm.dtype == np.int16
        assert pcm.flags.c_contiguous
        with pytest.raises(ValueError, match="read-only"):
            pcm[0] = 1


def test_the_key_tells_apart_all_that_sounds_different() -> None:
    keys = [
        clip_key(*asked)
        for asked in [
            ("a", "v", "1", 8000),
            ("b", "v", "1", 8000),
            ("a", "w", "1", 8000),
            ("a", "v", "2", 8000),
            ("a", "v", "1", 16000),
        ]
    ]
    assert len(set(keys)) == 5
    assert clip_key("a", "v", "1", 8000) == keys[0]


def test_neither_name_nor_mode_of_a_file_gives_anything_away(tmp_path: Path) -> None:
    SpeechCache(tmp_path / "speech").keep(clip_key("my number is 4711", "piper/joe", "1", RATE_HZ), SOUND, RATE_HZ)
    (file,) = files(tmp_path)
    assert set(file.stem + file.parent.name) <= set("0123456789abcdef")
    assert file.stat().st_mode & 0o077 == 0
    assert file.parent.stat().st_mode & 0o077 == 0


def test_what_is_private_never_reaches_the_disk(tmp_path: Path) -> None:
    cache = SpeechCache(tmp_path)
    cache.keep(key_of(1), SOUND, RATE_HZ, on_disk=False)
    assert cache.recall(key_of(1)) is not None
    assert files(tmp_path) == []


def flip(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


@pytest.mark.parametrize(
    "damage",
    [lambda c: b"", lambda c: c[:10], lambda c: c[:-2], flip, lambda c: c + b"\0\0", lambda c: b"RIFF" + c[4:]],
    ids=["empty", "head cut", "sound cut", "a bit flipped", "too long", "not ours"],
)
def test_a_damaged_file_is_a_miss_and_goes(tmp_path: Path, damage: object) -> None:
    SpeechCache(tmp_path).keep(key_of(1), SOUND, RATE_HZ)
    (file,) = files(tmp_path)
    file.write_bytes(damage(file.read_bytes()))  # type: ignore[operator]
    assert SpeechCache(tmp_path).load(key_of(1), RATE_HZ) is None
    assert files(tmp_path) == []


def test_a_file_of_another_rate_is_a_miss(tmp_path: Path) -> None:
    SpeechCache(tmp_path).keep(key_of(1), SOUND, 16000)
    assert SpeechCache(tmp_path).load(key_of(1), 8000) is None


def test_memory_drops_what_was_used_longest_ago() -> None:
    cache = SpeechCache(None, memory_bytes=3 * SOUND.nbytes)
    for number in (1, 2, 3):
        cache.keep(key_of(number), SOUND, RATE_HZ)
    cache.recall(key_of(1))
    cache.keep(key_of(4), SOUND, RATE_HZ)
    assert [number for number in (1, 2, 3, 4) if cache.recall(key_of(number)) is not None] == [1, 3, 4]
    assert cache.memory_bytes() == 3 * SOUND.nbytes
    cache.keep(key_of(4), SOUND[:100], RATE_HZ)
    assert cache.memory_bytes() == 2 * SOUND.nbytes + 200


def test_disk_drops_what_was_used_longest_ago(tmp_path: Path) -> None:
    size = SOUND.nbytes + 20
    SpeechCache(tmp_path).keep(key_of(1), SOUND, RATE_HZ)
    SpeechCache(tmp_path).keep(key_of(2), SOUND, RATE_HZ)
    for age, file in enumerate(files(tmp_path)):
        os.utime(file, ns=(1000 - age, 1000 - age))
    oldest = files(tmp_path)[-1]
    cache = SpeechCache(tmp_path, disk_bytes=3 * size)
    cache.keep(key_of(3), SOUND, RATE_HZ)
    assert len(files(tmp_path)) == 3
    cache.keep(key_of(4), SOUND, RATE_HZ)
    left = files(tmp_path)
    assert len(left) == 2  # down to nine tenths of what is allowed
    assert oldest not in left
    assert SpeechCache(tmp_path).load(key_of(4), RATE_HZ) is not None


def test_a_disk_that_cannot_be_written_costs_nothing_but_the_memory(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "speech").write_text("a file where the folder should be")
    cache = SpeechCache(tmp_path / "speech")
    for number in (1, 2):
        cache.keep(key_of(number), SOUND, RATE_HZ)
        assert cache.load(key_of(number), RATE_HZ) is not None
    assert len(caplog.records) == 1
    assert "cannot be written" in caplog.text


def test_an_interrupted_write_leaves_no_clip(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(self: Path, target: Path) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", full)
    SpeechCache(tmp_path).keep(key_of(1), SOUND, RATE_HZ)
    assert files(tmp_path) == []


def test_the_folder_obeys_the_xdg_specification(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    assert cache_folder() == tmp_path / "hotline" / "speech"
    monkeypatch.setenv("XDG_CACHE_HOME", "relative/is/ignored")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert cache_folder() == tmp_path / ".cache" / "hotline" / "speech"
