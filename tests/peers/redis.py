"""A real Redis of the tests' own on a unix socket: started, killed, stopped, filled up and started again as a fault demands."""

from __future__ import annotations

import ctypes
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any, Self

PR_SET_PDEATHSIG = 1  # prctl(2)
_LIBC = ctypes.CDLL(None)


# The signal comes when the *thread* ends that started the child (prctl(2)), so one that stays starts them all:
# a server that a test starts again from a thread of its event loop would be gone with that loop.
_STARTER = ThreadPoolExecutor(1, "starts")


def die_with_me() -> None:
    """In the child: end when the tests end, however they end."""
    _LIBC.prctl(PR_SET_PDEATHSIG, signal.SIGKILL)


def start(words: Sequence[str], **how: Any) -> subprocess.Popen[Any]:
    """A child that does not outlive the tests; `how`: of Popen."""
    return _STARTER.submit(subprocess.Popen, words, preexec_fn=die_with_me, **how).result()


class RedisServer:
    """A redis-server process of its own folder. `options` are its own ("appendonly", "yes", ...); nothing is kept by default."""

    def __init__(self, *options: str, name: str = "redis.sock", folder: Path | None = None, config: str | None = None) -> None:
        # A socket's path has at most 107 bytes, so not where pytest makes its folders.
        self.folder = folder or Path(tempfile.mkdtemp(prefix="redis-"))
        self.own, self.options = folder is None, options
        if config is not None:
            # A Sentinel writes its own file anew.
            (self.folder / "config").write_text(config)
            self.options = (str(self.folder / "config"), *options)
        self.socket = self.folder / name
        self.password = ""  # what `ask` shows it
        self.child: subprocess.Popen[bytes] | None = None
        self.start()

    @property
    def url(self) -> str:
        return f"unix://{self.socket}"

    def database(self, number: int) -> str:
        return f"{self.url}?db={number}"

    def start(self) -> None:
        """Start it and wait until it answers."""
        program = shutil.which("redis-server")
        assert program is not None, "redis-server is not installed"
        fixed = ["--port", "0", "--unixsocket", str(self.socket), "--dir", str(self.folder), "--save", "", "--daemonize", "no"]
        words = (
            [*self.options[:1], *fixed, *self.options[1:]]
            if self.options[:1] == (str(self.folder / "config"),)
            else [*fixed, *self.options]
        )
        with (self.folder / "log").open("ab") as log:
            self.child = start([program, *words], stdout=log, stderr=log, process_group=0)
        until = time.monotonic() + 30
        while not self._answers():
            assert self.child.poll() is None, (self.folder / "log").read_text()[-2000:]
            assert time.monotonic() < until, "redis-server does not answer"
            time.sleep(0.005)

    def _answers(self) -> bool:
        try:
            return self.ask("PING") == b"+PONG"
        except OSError:
            return False

    def ask(self, *words: str) -> bytes:
        """One command of the inline protocol; the first line of its answer."""
        return self._ask(words, whole=False)

    def all(self, *words: str) -> bytes:
        """The whole answer of a command that answers in one bulk."""
        return self._ask(words, whole=True)

    def _ask(self, words: tuple[str, ...], whole: bool) -> bytes:
        with socket.socket(socket.AF_UNIX) as line:
            line.settimeout(5)
            line.connect(str(self.socket))
            if self.password:
                line.sendall(f"AUTH {self.password}\r\n".encode())
                assert line.recv(64).startswith(b"+OK")
            line.sendall(" ".join(words).encode() + b"\r\n")
            answer = b""
            while b"\r\n" not in answer or (
                whole and len(answer) < int(answer[1 : answer.index(b"\r")]) + answer.index(b"\r") + 4
            ):
                more = line.recv(65536)
                if not more:
                    raise ConnectionError("redis-server hung up")
                answer += more
            return answer if whole else answer.partition(b"\r\n")[0]

    def signal(self, number: signal.Signals) -> None:
        assert self.child is not None
        self.child.send_signal(number)

    def kill(self) -> None:
        """As a crash would have it."""
        self.signal(signal.SIGKILL)
        assert self.child is not None
        self.child.wait()

    def pause(self) -> None:
        self.signal(signal.SIGSTOP)

    def go_on(self) -> None:
        self.signal(signal.SIGCONT)

    def stop(self) -> None:
        """End it as an administrator would, and take the folder away where it was made here."""
        assert self.child is not None
        if self.child.poll() is None:
            self.go_on()
            self.child.terminate()
            self.child.wait(10)
        if self.own:
            shutil.rmtree(self.folder, ignore_errors=True)

    def files(self) -> bytes:
        """Everything that lies in its folder, one after the other."""
        return b"".join(path.read_bytes() for path in sorted(self.folder.rglob("*")) if path.is_file() and path.name != "log")

    def memory(self) -> int:
        """Resident bytes (proc(5))."""
        assert self.child is not None
        return int(Path(f"/proc/{self.child.pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *error: object) -> None:
        self.stop()
