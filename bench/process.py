"""A gateway under measurement in a process of its own: started, asked by lines of JSON, weighed by /proc (proc(5)).

The other side of the lines is `obey`, which every gateway of the bench runs.
"""

from __future__ import annotations

import fcntl
import json
import os
import queue
import subprocess
import sys
import threading
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Self

from voice.errors import ConfigError, HotlineError

ROOT = Path(__file__).resolve().parents[1]
TICKS_PER_S = os.sysconf("SC_CLK_TCK")
PAGE_KB = os.sysconf("SC_PAGE_SIZE") // 1024
# The user's, beside the house's own speech: an installed program may not write beside itself.
CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "hotline" / "bench"
START_S, REPLY_S, END_S = 180.0, 60.0, 40.0


def cpu_s(pid: int) -> float:
    """CPU time that a process has used so far, user and system, all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_PER_S


def own_cpu_s() -> float:
    """CPU time of this process so far, and of its children that have ended."""
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def rss_kb(pid: int) -> int:
    """Resident memory of a process."""
    return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * PAGE_KB


def busy_s() -> tuple[float, float]:
    """CPU time that all cores of this machine have been busy, and that the host took away (steal)."""
    fields = [int(field) for field in Path("/proc/stat").read_text().splitlines()[0].split()[1:]]
    user, nice, system, _, _, irq, softirq, steal = fields[:8]
    return (user + nice + system + irq + softirq) / TICKS_PER_S, steal / TICKS_PER_S


def own_world() -> dict[str, str]:
    """The environment of a process under measurement: without the memory that the user's own house has, which no caller of the bench may enter."""
    return {name: value for name, value in os.environ.items() if name != "HOTLINE_REDIS"}


class BusyHere(Exception):
    """Another run measures on this machine."""


@contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """One run at a time on this machine, as far as `folder` is the same one. Raises BusyHere where another is at work, ConfigError where nothing can be kept there."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
        lock = (folder / "lock").open("a+")
    except OSError as error:
        raise ConfigError(
            f"nothing can be kept in {folder} ({error.strerror})", "Set XDG_CACHE_HOME to a folder where you may write"
        ) from None
    with lock as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            file.seek(0)
            raise BusyHere(
                f"another run is at work (process {file.read().strip() or 'unknown'}), and two would measure each other; wait for it"
            ) from None
        file.truncate(0)
        file.write(str(os.getpid()))
        file.flush()
        yield


def cores() -> tuple[int, int]:
    """One core for the gateway and one for the callers; the same one where there is only one."""
    allowed = sorted(os.sched_getaffinity(0))
    return allowed[0], allowed[-1]


class Gateway:
    """A gateway's process. module: what is run (`bench.native_gateway`); options: what it is told; core: where it is pinned.

    `address`: where it takes calls. `notes`: what it tells by itself. Raises RuntimeError where it does not start.
    """

    def __init__(self, module: str, options: dict[str, Any] | None = None, core: int | None = None) -> None:
        command = [sys.executable, "-m", module, json.dumps(options or {})]
        # A session of its own: Ctrl-C is for who measures. It ends when told to, and with the pipe that it is told by.
        self.process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=own_world(),
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            bufsize=1,
            start_new_session=True,
        )
        self.notes: queue.SimpleQueue[dict[str, Any]] = queue.SimpleQueue()
        self._replies: queue.SimpleQueue[Any] = queue.SimpleQueue()
        if core is not None:
            os.sched_setaffinity(self.process.pid, {core})
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()
        try:
            self.address = ("127.0.0.1", int(self._reply(START_S)["port"]))
        except BaseException:
            self._end()
            raise

    @property
    def pid(self) -> int:
        return self.process.pid

    def ask(self, order: str, **more: Any) -> Any:
        """Give an order and wait for what it gives."""
        assert self.process.stdin is not None
        self.process.stdin.write(json.dumps({"order": order, **more}) + "\n")
        return self._reply(REPLY_S)

    def cpu_s(self) -> float:
        return cpu_s(self.pid)

    def rss_kb(self) -> int:
        return rss_kb(self.pid)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.process.poll() is None and self.process.stdin is not None:
                self.process.stdin.write(json.dumps({"order": "quit"}) + "\n")
                self.process.wait(timeout=END_S)
        except (subprocess.TimeoutExpired, OSError):
            pass
        finally:
            self._end()

    def _end(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        self._reader.join(timeout=5)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def _read(self) -> None:
        assert self.process.stdout is not None
        for line in self.process.stdout:
            message = json.loads(line)
            if "reply" in message:
                self._replies.put(message["reply"])
            else:
                self.notes.put(message)
        self._replies.put({"error": "the gateway's process has ended"})

    def _reply(self, timeout_s: float) -> Any:
        try:
            reply = self._replies.get(timeout=timeout_s)
        except queue.Empty:
            raise RuntimeError(f"the gateway did not answer within {timeout_s:.0f} s") from None
        if isinstance(reply, dict) and "error" in reply:
            raise RuntimeError(reply["error"])
        return reply


@contextmanager
def reasons() -> Iterator[None]:
    """Around a gateway's whole life: what it lacks is told to whoever measures, in place of a trace."""
    try:
        yield
    except HotlineError as error:
        say(reply={"error": str(error)})
        raise SystemExit(1) from None


def say(**message: Any) -> None:
    """One line to whoever measures."""
    print(json.dumps(message), flush=True)


async def obey(port: int, orders: dict[str, Callable[..., Awaitable[Any] | Any]]) -> None:
    """Say that calls are taken at `port`, then do what is asked, with what is asked of it, until "quit" or the end of the lines."""
    import asyncio

    loop = asyncio.get_running_loop()
    asked: asyncio.Queue[dict[str, Any]] = asyncio.Queue()

    def listen() -> None:
        for line in sys.stdin:
            loop.call_soon_threadsafe(asked.put_nowait, json.loads(line))
        loop.call_soon_threadsafe(asked.put_nowait, {"order": "quit"})

    threading.Thread(target=listen, daemon=True).start()
    say(reply={"port": port})
    while (order := (more := await asked.get()).pop("order")) != "quit":
        try:
            found = orders[order](**more)
            say(reply=await found if isinstance(found, Awaitable) else found)
        except Exception as error:
            say(reply={"error": f"{order}: {error!r}"})
