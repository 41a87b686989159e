"""`hotline up` with the phone in a child of its own: killed outright, another one answers within seconds, on the same port."""

from __future__ import annotations

import os
import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.peers.house import call

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
BACK_S = 6.0  # the aim is 3 s; a loaded machine is given some more


def free_port() -> int:
    """A UDP port that nobody has now: the phone must come back on the same one."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """`hotline up` on a port of its own, with a memory of its own; what it prints, line by line."""

    def __init__(self, folder: Path) -> None:
        self.port = free_port()
        config = folder / "hotline.toml"
        config.write_text(f'state = "{folder}/state"\n[sip]\nport = {self.port}\n')
        command = [sys.executable, "-m", "routing.cli", "up", "--config", str(config)]
        self.process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
        self.lines: queue.Queue[str] = queue.Queue()
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            self.lines.put(line)

    def until(self, part: str, timeout_s: float) -> str:
        while part not in (line := self.lines.get(timeout=timeout_s)):
            pass
        return line

    def phone(self) -> int:
        """The process id of the child that answers the phone."""
        children = subprocess.run(
            ["pgrep", "-P", str(self.process.pid), "-f", "role phone"], capture_output=True, text=True, check=True
        )
        return int(children.stdout.split()[0])

    def close(self) -> None:
        self.process.send_signal(signal.SIGTERM)
        assert self.process.wait(20) == 0
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()


@pytest.fixture
def up(tmp_path: Path) -> Iterator[Up]:
    running = Up(tmp_path)
    try:
        running.until("  ru: ", 60)  # the last line of its introduction
        yield running
        running.close()
    finally:
        running.process.kill()


def test_a_phone_that_is_killed_is_back_and_answers(up: Up) -> None:
    first = up.phone()
    os.kill(first, signal.SIGKILL)
    began = time.monotonic()
    up.until("  ru: ", 30)
    assert time.monotonic() - began < BACK_S
    assert up.phone() != first
    told = call(up.port, "en", [{"why": "person", "press": "0"}])
    assert any(fact["what"] == "answered" for fact in told)
    assert told[-1] == {**told[-1], "what": "hung up", "by_us": False}
