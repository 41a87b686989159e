"""A private redis-server, where none is named: on a unix socket, append-only, in the state folder of this user, for all his processes.

The first who needs it starts it, the last who goes stops it; a lock on a file counts them, so whoever was killed is not counted.
It belongs to nobody's terminal and outlives a crash of whoever started it: the next one finds it running. Where no next one
comes within a minute, a watch (a few lines of shell that wait for the same lock) stops it. Where it dies itself (the kernel was
short of memory, somebody killed it), those who use it see that within a second, and the first of them starts it again.

https://redis.io/docs/latest/operate/oss_and_stack/management/persistence/: appendfsync everysec, at most a second is lost with the power.
"""

from __future__ import annotations

import asyncio
import contextlib
import fcntl
import logging
import os
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import IO

from voice.errors import ConfigError
from voice.tasks import ended

log = logging.getLogger(__name__)
SOCKET_MOST = 107  # bytes of a path, sockaddr_un(7)
START_S = 5.0
LOAD_S = 120.0  # some 40 million touches
POLL_S = 0.005
GRACE_S = 60.0
LOOK_S = 1.0  # from one look whether it is still there to the next
# While this server lives: wait until nobody uses it, and where that is still so after sixty steps, end it.
WATCH = """
while kill -0 "$1" && [ -S redis.sock ]; do
    flock -x users true
    step=0
    while [ $step -lt 60 ] && kill -0 "$1"; do sleep "$2"; step=$((step + 1)); done
    kill -0 "$1" && flock -xn users redis-cli -s redis.sock shutdown
done
"""
OPTIONS = {
    "port": "0",
    "unixsocketperm": "600",
    "daemonize": "yes",
    "save": "",
    "appendonly": "yes",
    "appendfsync": "everysec",
    "aof-load-truncated": "yes",
    "maxmemory-policy": "noeviction",
    "slowlog-log-slower-than": "-1",  # its lines would hold what people said
    "lazyfree-lazy-user-del": "yes",
    "loglevel": "notice",
}


def state_folder() -> Path:
    """Where what outlives the program is kept: $XDG_STATE_HOME/hotline, else ~/.local/state/hotline (XDG Base Directory)."""
    home = os.environ.get("XDG_STATE_HOME", "")
    return (Path(home) if Path(home).is_absolute() else Path.home() / ".local" / "state") / "hotline"


class PrivateRedis:
    """`async with PrivateRedis(folder) as url`. Raises ConfigError where it cannot be started, and says why."""

    def __init__(self, folder: Path | None = None, grace_s: float = GRACE_S, look_s: float = LOOK_S) -> None:
        """grace_s: how long it outlives the last who was killed; look_s: how soon its death is seen."""
        self.look_s = look_s
        self.folder, self.grace_s = folder or state_folder() / "redis", grace_s
        self.socket = self.folder / "redis.sock"
        self._user: IO[str] | None = None
        self._keeping: asyncio.Task[None] | None = None

    async def __aenter__(self) -> str:
        if len(os.fsencode(self.socket)) > SOCKET_MOST:
            raise ConfigError(
                f"{self.socket} is too long for a socket", "Set XDG_STATE_HOME to a shorter folder, or HOTLINE_REDIS"
            )
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.folder.chmod(0o700)
        async with self._alone():
            # Counted first: from here on no watch takes it away.
            self._user = (self.folder / "users").open("w")
            await self._locked(self._user, fcntl.LOCK_SH)
            try:
                if await self._ask("PING") is None:
                    await self._start()
                await self._loaded()
            except BaseException:
                self._user.close()
                self._user = None
                raise
        self._keeping = asyncio.create_task(self._keep(), name="private Redis")
        return f"unix://{self.socket}"

    async def __aexit__(self, *error: object) -> None:
        if self._user is None:
            return
        await ended([self._keeping])
        async with self._alone():
            try:
                fcntl.flock(self._user, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                pass  # somebody else of this user is still at it, or the watch, which only looks
            else:
                await self._stop()
            finally:
                self._user.close()
                self._user = None

    async def _keep(self) -> None:
        """Start it again where it has died. One that is only slow, or loads, or was stopped, still has its socket open: it is let be."""
        told = False
        while True:
            await asyncio.sleep(self.look_s)
            if not await self._gone():
                told = False
                continue
            try:
                async with self._alone():
                    if await self._gone():
                        await self._start()
                        log.warning("the private Redis had died, and is started again")
                    await self._loaded()
            except ConfigError as error:
                if not told:
                    log.error("the private Redis has died: %s", error)
                told = True

    async def _gone(self) -> bool:
        """Nobody listens there."""
        try:
            _, writer = await asyncio.open_unix_connection(self.socket)
        except (ConnectionRefusedError, FileNotFoundError):
            return True
        except OSError:  # its queue is full
            return False
        writer.close()
        return False

    @contextlib.asynccontextmanager
    async def _alone(self) -> AsyncIterator[None]:
        """One process at a time starts or stops it."""
        with (self.folder / "lock").open("w") as lock:
            await self._locked(lock, fcntl.LOCK_EX)
            yield

    async def _locked(self, file: IO[str], how: int) -> None:
        """Take a lock (flock(2)) without holding up the loop."""
        try:
            async with asyncio.timeout(START_S + LOAD_S):
                while True:
                    try:
                        return fcntl.flock(file, how | fcntl.LOCK_NB)
                    except BlockingIOError:
                        await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise ConfigError(
                f"another process has been starting Redis in {self.folder} for minutes", "End it, and start again"
            ) from None

    async def _start(self) -> None:
        program = shutil.which("redis-server")
        if program is None:
            raise ConfigError("redis-server is not installed", "Install it (apt-get install redis-server), or set HOTLINE_REDIS")
        self.socket.unlink(missing_ok=True)
        pid, log = self.folder / "redis.pid", self.folder / "redis.log"
        pid.unlink(missing_ok=True)
        # Half of the machine: beyond that Redis refuses, and says so, where the kernel would kill.
        most = os.sysconf("SC_PHYS_PAGES") * os.sysconf("SC_PAGE_SIZE") // 2
        options = OPTIONS | {
            "unixsocket": str(self.socket), "dir": str(self.folder), "pidfile": str(pid), "logfile": str(log), "maxmemory": str(most)
        }  # fmt: skip
        words = [word for name, value in options.items() for word in (f"--{name}", value)]
        nothing = asyncio.subprocess.DEVNULL
        child = await asyncio.create_subprocess_exec(
            program, *words, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
        )
        await child.wait()
        try:
            async with asyncio.timeout(START_S):
                while await self._ask("PING") is None:
                    if pid.exists() and not alive(pid):
                        raise TimeoutError
                    await asyncio.sleep(POLL_S)
        except TimeoutError:
            raise ConfigError(f"redis-server does not start: {self._complaint()}", f"See {log}") from None
        await self._watch(pid.read_text().strip())

    async def _watch(self, pid: str) -> None:
        """Somebody who looks whether it is still used; where the tools for that are not installed, nobody does."""
        if shutil.which("flock") and shutil.which("redis-cli"):
            nothing = asyncio.subprocess.DEVNULL
            words = ["-c", f"({WATCH}) &", "hotline-redis-watch", pid, str(self.grace_s / 60)]
            shell = await asyncio.create_subprocess_exec(
                "/bin/sh", *words, cwd=self.folder, stdin=nothing, stdout=nothing, stderr=nothing, start_new_session=True
            )
            await shell.wait()

    async def _loaded(self) -> None:
        """Wait until it has read what it had written."""
        try:
            async with asyncio.timeout(LOAD_S):
                while (await self._ask("PING") or "").startswith("-LOADING"):  # noqa: ASYNC110  # another process
                    await asyncio.sleep(10 * POLL_S)
        except TimeoutError:
            raise ConfigError(f"redis-server is still loading after {LOAD_S:.0f} s", f"See {self.folder / 'redis.log'}") from None
        if await self._ask("PING") is None:
            raise ConfigError(
                f"redis-server ended while loading: {self._complaint()}", "redis-check-aof mends what can be mended"
            )

    async def _stop(self) -> None:
        """What is in memory goes to the disk first; returns when it is gone."""
        await self._ask("SHUTDOWN")
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LOAD_S):
                while (self.folder / "redis.pid").exists() and alive(self.folder / "redis.pid"):  # noqa: ASYNC110  # another process
                    await asyncio.sleep(POLL_S)

    async def _ask(self, word: str) -> str | None:
        """One word of the inline protocol and the first line of its answer; None where nobody answers."""
        try:
            async with asyncio.timeout(1.0):
                reader, writer = await asyncio.open_unix_connection(self.socket)
                try:
                    writer.write(word.encode() + b"\r\n")
                    return (await reader.readline()).decode("utf-8", "replace").strip() or None
                finally:
                    writer.close()
        except (OSError, TimeoutError):
            return None

    def _complaint(self) -> str:
        """The last line of its log that is more than a notice."""
        try:
            lines = (self.folder / "redis.log").read_text(encoding="utf-8", errors="replace").splitlines()
        except OSError:
            return "it says nothing"
        loud = [line for line in lines[-50:] if " # " in line] or lines[-1:]
        return loud[-1].partition(" # ")[2] or loud[-1] if loud else "it says nothing"


def alive(pid: Path) -> bool:
    """Whether the process lives whose number is in this file."""
    try:
        os.kill(int(pid.read_text()), 0)
    except (OSError, ValueError):
        return False
    return True
