"""`hotline up` in a process of its own, as a user has it, and its children."""

from __future__ import annotations

import queue
import signal
import socket
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import Self

BACK_S = 6.0  # the aim is 3 s; a loaded machine is given some more
READY = "  ru: "  # the last line of a phone's introduction


def free_port(kind: socket.SocketKind = socket.SOCK_DGRAM) -> int:
    """A port that nobody has now: the phone must come back on the same one."""
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class Up:
    """On a port of its own; `more` goes to its settings, first. What it prints, line by line.

    booted_s: how long it took to begin with, on this machine as busy as it is.
    """

    def __init__(self, folder: Path, more: str = "") -> None:
        self.port = free_port()
        config = folder / "hotline.toml"
        web = free_port(socket.SOCK_STREAM)
        config.write_text(f'state = "{folder}/state"\n{more}[sip]\nport = {self.port}\n[web]\nport = {web}\n')
        command = [sys.executable, "-m", "routing.cli", "up", "--config", str(config)]
        self.booted_s = 0.0
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
        assert self.process.wait(60) == 0
        self._reader.join()
        assert self.process.stdout is not None
        self.process.stdout.close()

    def __enter__(self) -> Self:
        began = time.monotonic()
        try:
            self.until(READY, 120)
        except BaseException:
            self.process.kill()
            raise
        self.booted_s = time.monotonic() - began
        return self

    def __exit__(self, *error: object) -> None:
        try:
            self.close()
        finally:
            self.process.kill()
