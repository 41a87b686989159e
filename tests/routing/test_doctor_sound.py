"""What the doctor says of the place where sound is kept."""

from __future__ import annotations

import shutil
from pathlib import Path
from types import SimpleNamespace

import pytest

from routing.doctor import sound
from routing.finding import Grade
from routing.settings import Settings


def test_a_place_that_is_not_there_yet_is_fine_and_is_not_made(tmp_path: Path) -> None:
    told = sound(Settings(state=str(tmp_path / "a" / "b")))
    assert told.grade is Grade.OK
    assert str(tmp_path / "a" / "b" / "sound") in told.what
    assert list(tmp_path.iterdir()) == []


def test_a_key_for_everybody_to_read_is_a_fault(tmp_path: Path) -> None:
    (tmp_path / "sound").mkdir()
    (tmp_path / "sound" / "key").touch(mode=0o644)
    told = sound(Settings(state=str(tmp_path)))
    assert told.grade is Grade.FAIL
    assert told.remedy == f"chmod 600 {tmp_path}/sound/key"


def test_a_place_that_cannot_be_written_and_one_that_is_full_are_to_be_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "sound").write_text("no folder")
    assert "no message can be left" in sound(Settings(state=str(tmp_path))).what
    monkeypatch.setattr(shutil, "disk_usage", lambda place: SimpleNamespace(free=5 << 20))
    told = sound(Settings(state=str(tmp_path / "other")))
    assert (told.grade, told.what.partition(" are")[0]) == (Grade.WARN, "5 MiB")
