"""`hotline sound`, on a memory and a vault of its own: what was kept is listed and heard again, and mistakes are told in a sentence."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
import pytest
from typer.testing import CliRunner

from ivr.memory.identity import phone
from ivr.memory.matter import Answered
from ivr.memory.memory import remembering
from routing import sound_cli
from routing.cli import app
from tests.peers.redis import RedisServer
from voice.errors import ConfigError, SoundSpoilt
from voice.speech import wav
from voice.vault import Vault

pytestmark = pytest.mark.real
SAID = np.arange(8000, dtype="<i2").tobytes()


@pytest.fixture
def config(tmp_path: Path) -> str:
    path = tmp_path / "house.toml"
    path.write_text(f'state = "{tmp_path}/state"\n')
    return str(path)


def message(vault: Vault, redis: str, folder: Path) -> tuple[str, str]:
    """A matter with a message; gives its id and the sound's."""
    with vault.writer() as writer:
        writer.write(wav.head(8000) + SAID)
        sound = writer.seal()

    async def job() -> str:
        async with remembering(redis, folder) as memory:
            matter = memory.matters.begin("hotline", 2, [phone("+74951234567")], "phone")
            line = Answered("message", "the cup fell down", 1_800_000_000_000, "phone", by="speech", recording=sound)
            return (await memory.matters.checkpoint(matter, [line])).id

    return asyncio.run(job()), sound


def test_a_message_is_listed_and_heard_again(config: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer() as server:
        monkeypatch.setenv("HOTLINE_REDIS", server.url)
        monkeypatch.setattr(sound_cli.out, "width", 200)
        matter, sound = message(Vault(tmp_path / "state" / "sound"), server.url, tmp_path / "state")
        for whom in (["--phone", "+7 495 123-45-67"], ["--matter", matter]):
            listed = CliRunner().invoke(app, ["sound", "list", *whom, "--config", config])
            assert all(word in listed.output for word in (sound, matter, "message", "the cup fell down")), listed.output
        nobody = CliRunner().invoke(app, ["sound", "list", "--phone", "+74950000000", "--config", config])
        assert "Nothing was kept" in nobody.output
        both = CliRunner().invoke(app, ["sound", "list", "--config", config])
        assert isinstance(both.exception, ConfigError)
    place = tmp_path / "message.wav"
    assert CliRunner().invoke(app, ["sound", "get", sound, "--to", str(place), "--config", config]).exit_code == 0
    assert place.read_bytes() == wav.head(8000, len(SAID)) + SAID
    assert place.stat().st_mode & 0o777 == 0o600
    again = CliRunner().invoke(app, ["sound", "get", sound, "--to", str(place), "--config", config])
    assert isinstance(again.exception, ConfigError), "no file is written over"
    assert CliRunner().invoke(app, ["sound", "renew-key", "--config", config]).exit_code == 0
    piped = CliRunner().invoke(app, ["sound", "get", sound, "--config", config])
    assert piped.stdout_bytes == place.read_bytes()


def test_what_is_not_there_is_told(config: str) -> None:
    told = CliRunner().invoke(app, ["sound", "get", "0" * 32, "--config", config])
    assert isinstance(told.exception, SoundSpoilt)
    assert "no such sound" in str(told.exception)
