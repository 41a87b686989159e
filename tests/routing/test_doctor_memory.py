"""What the doctor says of the memory (the Redis that is named is asked, and its address is not shown) and of ports."""

from __future__ import annotations

import contextlib
import shutil
import socket
import threading

import pytest

from routing.doctor import remembered
from routing.finding import Finding, Grade, port
from routing.settings import Settings
from tests.ivr.memory.test_sentinel import free_port
from tests.peers.redis import RedisServer


@pytest.fixture(autouse=True)
def nothing_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("HOTLINE_REDIS", raising=False)


def of(url: str) -> Finding:
    told = remembered(Settings(redis=url))
    assert told.grade is Grade.OK or told.remedy
    assert "secret" not in told.what + told.remedy
    return told


@pytest.mark.real
def test_one_that_answers_one_with_a_wrong_password_and_one_with_somebody_elses_data(monkeypatch: pytest.MonkeyPatch) -> None:
    with RedisServer() as server:
        assert of(server.url).grade is Grade.OK
        monkeypatch.setenv("HOTLINE_REDIS", server.database(1))
        assert of("redis://nowhere.invalid").grade is Grade.OK  # the environment goes before the file
        monkeypatch.delenv("HOTLINE_REDIS")
        server.ask("FLUSHALL")
        server.ask("SET", "theirs", "1")
        assert "somebody else's data" in of(server.url).what
        server.ask("CONFIG", "SET", "requirepass", "other")
        told = of(f"unix://:secret@{server.socket}")
        assert "refuses the user or the password" in told.what


@pytest.mark.real
def test_one_where_nobody_answers() -> None:
    told = of(f"redis://:secret@127.0.0.1:{free_port()}")
    assert (told.grade, "Redis is away" in told.what) == (Grade.FAIL, True)


@pytest.mark.real
def test_one_where_something_else_answers() -> None:
    def answer(server: socket.socket) -> None:
        with contextlib.suppress(OSError):
            while True:
                line, _ = server.accept()
                with line:
                    line.recv(1024)
                    line.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")

    with socket.create_server(("127.0.0.1", 0)) as server:
        threading.Thread(target=answer, args=(server,), daemon=True).start()
        told = of(f"redis://:secret@127.0.0.1:{server.getsockname()[1]}")
        server.shutdown(socket.SHUT_RDWR)
    assert (told.grade, told.what) == (Grade.FAIL, "memory: what answers at this address is no Redis")


def test_none_named_wants_the_program_for_a_private_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: f"/usr/bin/{name}")
    assert of("").grade is Grade.OK
    monkeypatch.setattr(shutil, "which", lambda name: None)
    assert of("").grade is Grade.FAIL


def test_an_address_that_is_none() -> None:
    assert "no URL of a Redis" in of("http://secret").what


def test_a_port_says_what_keeps_one_from_it() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as other:
        other.bind(("127.0.0.1", 0))
        taken = port("UDP", "127.0.0.1", other.getsockname()[1], socket.SOCK_DGRAM)
    assert (taken.grade, taken.remedy.partition(" (")[0]) == (Grade.FAIL, "Stop the other program")
    assert port("UDP", "192.0.2.10", 0, socket.SOCK_DGRAM).remedy.startswith("This machine has no such address")
