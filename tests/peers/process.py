"""A peer in a process of its own, ordered about by lines of JSON: the tests' side.

The process prints {"reply": ...} once for every order and {"event": name, ...} whenever something happens. Every wait
here has a deadline, and what the process wrote to its standard error is kept.
"""

from __future__ import annotations

import json
import os
import queue
import signal
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any, Self

ROOT = Path(__file__).parents[2]


class PeerError(Exception):
    """The peer answered an order with an error; `kind` names its class there."""

    def __init__(self, kind: str, what: str) -> None:
        super().__init__(what)
        self.kind = kind


class Process:
    """Starts `python -m module options`; `started` is its first reply. Raises PeerError where that is an error."""

    def __init__(
        self, module: str, options: dict[str, Any], environment: dict[str, str] | None = None, wait_s: float = 20
    ) -> None:
        self.stderr = tempfile.NamedTemporaryFile("w+")  # noqa: SIM115  # closed in `kill`
        self._pardoned = 0
        self._quitting = False
        self.child = subprocess.Popen(
            [sys.executable, "-X", "faulthandler", "-m", module, json.dumps(options)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.stderr,
            text=True,
            bufsize=1,
            env={**os.environ, **(environment or {})},
        )
        self._replies: queue.Queue[Any] = queue.Queue()
        self._events: queue.Queue[dict[str, Any]] = queue.Queue()
        self._seen: list[dict[str, Any]] = []
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.started = self._reply(wait_s)
        except BaseException:
            self.kill()
            raise

    def _read(self) -> None:
        assert self.child.stdout is not None
        for line in self.child.stdout:
            message = json.loads(line)
            if "event" in message:
                self._events.put(message)
            else:
                self._replies.put(message)
        self._replies.put({"error": "the peer's process has ended", "kind": "Ended"})

    def _reply(self, wait_s: float) -> Any:
        try:
            reply = self._replies.get(timeout=wait_s)
        except queue.Empty:
            raise TimeoutError(f"no reply within {wait_s} s; stderr: {self.complaints()}") from None
        if "error" in reply:
            raise PeerError(reply["kind"], reply["error"])
        return reply["reply"]

    def ask(self, order: str, *, wait_s: float = 30, **more: Any) -> Any:
        """Give an order and wait for its reply."""
        assert self.child.stdin is not None
        self.child.stdin.write(json.dumps({"order": order, **more}) + "\n")
        return self._reply(wait_s)

    def event(self, name: str, *, wait_s: float = 20, **fields: Any) -> dict[str, Any]:
        """The oldest event of this name with these fields that was not taken yet; waits for one."""
        until = time.monotonic() + wait_s
        wanted = {"event": name, **fields}
        while True:
            for message in self._seen:
                if wanted.items() <= message.items():
                    self._seen.remove(message)
                    return message
            try:
                self._seen.append(self._events.get(timeout=max(0.0, until - time.monotonic())))
            except queue.Empty:
                raise TimeoutError(f"no event {wanted} within {wait_s} s, only {self._seen[-20:]}") from None

    def nothing(self, name: str, *, for_s: float, **fields: Any) -> bool:
        """True where no such event comes for so long."""
        try:
            self.event(name, wait_s=for_s, **fields)
        except TimeoutError:
            return True
        return False

    def forget(self) -> None:
        """Events so far are of no interest."""
        while not self._events.empty():
            self._events.get_nowait()
        self._seen.clear()

    def complaints(self) -> str:
        """What was written to standard error and is not pardoned."""
        return Path(self.stderr.name).read_text()[self._pardoned :]

    def until_complained(self, words: str, wait_s: float = 20) -> None:
        """Wait until this stands in what is not pardoned."""
        until = time.monotonic() + wait_s
        while words not in self.complaints():
            assert time.monotonic() < until, f"no {words!r} in {self.complaints()!r}"
            time.sleep(0.02)

    def pardon(self) -> None:
        """What was written to standard error so far was to be expected."""
        self._pardoned += len(self.complaints())

    def alive(self) -> bool:
        return self.child.poll() is None

    def terminate(self, wait_s: float = 30) -> int:
        """SIGTERM; gives the exit status."""
        self.child.send_signal(signal.SIGTERM)
        return self.child.wait(timeout=wait_s)

    def quit(self) -> None:
        """Ask it to end by itself; whether it did is seen when this is left."""
        if self.alive() and not self._quitting:
            self._quitting = True
            self.ask("quit", wait_s=20)

    def kill(self) -> None:
        """Whatever state it is in, nothing is left of it."""
        if self.alive():
            self.child.kill()
            self.child.wait()
        self._reader.join(timeout=5)
        for pipe in (self.child.stdin, self.child.stdout, self.stderr):
            if pipe is not None:
                pipe.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            self.quit()
            self.child.wait(timeout=20)
            if error is None and (self.child.returncode or self.complaints()):
                raise AssertionError(f"the peer ended with {self.child.returncode} and said: {self.complaints()}")
        finally:
            self.kill()
