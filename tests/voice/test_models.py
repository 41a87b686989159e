"""Where models are found, how they are fetched, resumed and checked; the publisher is a small HTTP server on loopback."""

from __future__ import annotations

import hashlib
import http.server
import io
import json
import threading
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from voice import models
from voice.errors import ConfigError, ModelMissing
from voice.recognizers.download import fetch, unpack


class Publisher(http.server.BaseHTTPRequestHandler):
    """Serves `files`; understands ranges; breaks a line off after `breaks_after` bytes, once."""

    files: dict[str, bytes]
    ranges: list[str]
    breaks_after: int
    whole_only: bool

    def do_GET(self) -> None:
        data = self.files.get(self.path)
        if data is None:
            self.send_error(404)
            return
        asked = self.headers.get("Range", "")
        self.ranges.append(asked)
        start = int(asked[6:-1]) if asked and not self.whole_only else 0
        if start >= len(data):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(data) - start))
        self.end_headers()
        end, type(self).breaks_after = (self.breaks_after or len(data)), 0
        self.wfile.write(data[start:end])

    def log_message(self, format: str, *args: object) -> None:
        """Silent."""


@pytest.fixture
def publisher() -> Iterator[tuple[type[Publisher], str]]:
    handler = type("Once", (Publisher,), {"files": {}, "ranges": [], "breaks_after": 0, "whole_only": False})
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield handler, f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HOTLINE_MODELS", raising=False)


def vosk_zip(name: str, junk: bytes = b"weights") -> bytes:
    archive = io.BytesIO()
    with zipfile.ZipFile(archive, "w") as file:
        file.writestr(f"{name}/am/final.mdl", junk)
        file.writestr(f"{name}/README", "small")
    return archive.getvalue()


def folder_of(engine: str, path: Path) -> Path:
    for mark in models.MARKS[engine]:
        file = path / mark.split("|")[0]
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_bytes(b"x")
    return path


def publish(publisher: tuple[type[Publisher], str], monkeypatch: pytest.MonkeyPatch, name: str, md5: str | None = None) -> bytes:
    handler, site = publisher
    data = vosk_zip(name)
    entry = {"name": name, "url": f"{site}/{name}.zip", "md5": md5 if md5 is not None else hashlib.md5(data).hexdigest()}
    handler.files.update({"/list": json.dumps([entry]).encode(), f"/{name}.zip": data})
    monkeypatch.setattr(models, "VOSK_LIST", f"{site}/list")
    return data


RU = models.named("vosk-model-small-ru-0.22")


def test_the_settings_come_first_and_must_be_right(tmp_path: Path) -> None:
    mine = folder_of("vosk", tmp_path / "mine")
    assert models.find("vosk", "ru", mine) == mine
    with pytest.raises(ModelMissing, match="Correct the path"):
        models.find("vosk", "ru", tmp_path / "nowhere")


def test_the_named_folder_comes_before_the_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    cached = folder_of("vosk", models.cache_folder() / RU.name)
    assert models.find("vosk", "ru") == cached
    assert models.status(RU).where == "cache"
    named = folder_of("vosk", tmp_path / "named" / RU.name)
    monkeypatch.setenv("HOTLINE_MODELS", str(tmp_path / "named"))
    assert models.find("vosk", "ru") == named
    assert models.status(RU).where == "HOTLINE_MODELS"


def test_a_publishers_bigger_model_is_found_in_the_named_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    bigger = folder_of("vosk", tmp_path / "vosk-model-ru-0.42")
    monkeypatch.setenv("HOTLINE_MODELS", str(tmp_path))
    assert models.find("vosk", "ru") == bigger


def test_a_folder_without_its_files_is_no_model(tmp_path: Path) -> None:
    (models.cache_folder() / RU.name).mkdir(parents=True)
    with pytest.raises(ModelMissing) as missing:
        models.find("vosk", "ru")
    assert missing.value.remedy == f"Get it with `hotline models get {RU.name}`"
    with pytest.raises(ModelMissing, match="of your own"):
        models.find("vosk", "xx")


def test_the_package_carries_the_korean_and_the_english_model() -> None:
    assert models.find("vosk", "ko").name == "model"
    assert models.find("pocketsphinx", "en").name == "en-us"
    verdict = models.verify(models.named("pocketsphinx-en-us"))
    assert verdict.sound
    assert verdict.checked >= 8


@pytest.mark.real
def test_the_halves_of_whisper_are_joined_once_and_checked(monkeypatch: pytest.MonkeyPatch) -> None:
    whisper = models.named("whisper-base")
    path = models.find("whisper", "ru")
    assert path == models.cache_folder() / "whisper-base"
    assert (path / "model.bin").stat().st_size == 145_217_607
    before = (path / "model.bin").stat().st_mtime_ns
    assert models.find("whisper", "en") == path
    assert (path / "model.bin").stat().st_mtime_ns == before
    assert models.verify(whisper).sound
    (path / "config.json").write_text("{}")
    assert models.verify(whisper).damaged == (str(path / "config.json"),)
    assert [item.name for item in models.cache_folder().iterdir()] == ["whisper-base"]


@pytest.mark.real
def test_wrong_halves_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(models, "WHISPER_BASE_SHA256", "0" * 64)
    with pytest.raises(ConfigError, match="do not make the model"):
        models.find("whisper", "en")
    assert not (models.cache_folder() / "whisper-base").exists()


def test_a_model_is_fetched_checked_and_unpacked(publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    data, seen = publish(publisher, monkeypatch, RU.name), list[tuple[int, int]]()
    path = models.get(RU, lambda done, total: seen.append((done, total)))
    assert path == models.cache_folder() / RU.name
    assert (path / "am/final.mdl").read_bytes() == b"weights"
    assert seen[-1] == (len(data), len(data))
    assert sorted(item.name for item in models.cache_folder().iterdir()) == [RU.name]
    assert models.verify(RU) == models.Verdict(RU, path, 2, ())
    (path / "am/final.mdl").write_bytes(b"rot")
    assert not models.verify(RU).sound
    assert models.get(RU) == path


def test_a_broken_line_is_gone_on_with(publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    handler, _ = publisher
    data = publish(publisher, monkeypatch, RU.name)
    folder = models.cache_folder()
    handler.files["/list"], handler.breaks_after = handler.files["/list"], 0
    url = json.loads(handler.files["/list"])[0]["url"]
    handler.breaks_after = 100
    with pytest.raises(ConfigError, match="goes on where it stopped"):
        fetch(url, folder / f"{RU.name}.zip")
    assert (folder / f"{RU.name}.zip.part").stat().st_size == 100
    assert models.get(RU).is_dir()
    assert handler.ranges[-1] == "bytes=100-"
    assert len(data) > 100


def test_a_server_without_ranges_sends_it_all_again(publisher, tmp_path: Path) -> None:
    handler, site = publisher
    handler.files["/a"], handler.whole_only = b"0123456789" * 50, True
    (tmp_path / "a.part").write_bytes(b"01234")
    assert fetch(f"{site}/a", tmp_path / "a").read_bytes() == b"0123456789" * 50


def test_a_part_that_is_whole_already_is_taken(publisher, tmp_path: Path) -> None:
    handler, site = publisher
    handler.files["/a"] = b"whole"
    (tmp_path / "a.part").write_bytes(b"whole")
    assert fetch(f"{site}/a", tmp_path / "a", hashlib.md5(b"whole").hexdigest()).read_bytes() == b"whole"


def test_what_differs_from_the_publishers_list_is_thrown_away(publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(publisher, monkeypatch, RU.name, md5="0" * 32)
    with pytest.raises(ConfigError, match="not what its publisher's list says"):
        models.get(RU)
    assert list(models.cache_folder().iterdir()) == []


def test_no_network_and_no_such_model(publisher, monkeypatch: pytest.MonkeyPatch) -> None:
    publish(publisher, monkeypatch, "another")
    with pytest.raises(ConfigError, match="list has no"):
        models.get(RU)
    monkeypatch.setattr(models, "VOSK_LIST", "http://127.0.0.1:9/list")
    with pytest.raises(ConfigError, match="Check the network"):
        models.get(RU)
    with pytest.raises(ConfigError, match="no model is called"):
        models.named("siri")


def test_packages_are_the_last_resort(monkeypatch: pytest.MonkeyPatch) -> None:
    absent = models.Model("absent", "vosk", ("xx",), 1, "", ("surely-no-such-package",), "model")
    asked: list[list[str]] = []

    def pip(command: list[str]) -> int:
        asked.append(command)
        return 1

    with pytest.raises(ConfigError, match="pip could not install surely-no-such-package"):
        models.get(absent, run=pip)
    assert asked[0][1:] == ["-m", "pip", "install", "surely-no-such-package"]
    with pytest.raises(ModelMissing):
        models.verify(absent)


def test_a_damaged_zip_leaves_nothing(tmp_path: Path) -> None:
    (tmp_path / "m.zip").write_bytes(b"no zip at all")
    with pytest.raises(ConfigError, match="cannot be unpacked"):
        unpack(tmp_path / "m.zip", tmp_path / "m")
    assert not (tmp_path / "m").exists()


def test_the_catalogue_is_consistent() -> None:
    names = [model.name for model in models.catalogue()]
    assert len(set(names)) == len(names)
    for model in models.catalogue():
        assert model.engine in models.MARKS
        assert model.source or model.packages
        assert model.languages
