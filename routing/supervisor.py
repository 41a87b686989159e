"""Keeps a child process alive: the phone role beside the desk role (HOUSE.md, "Two kinds of process").

A crash of the SIP library costs the calls of that one child and nothing else. The child is started again at once, and with
growing pauses where it dies young (a poisoned message must not become a busy loop); it is told to end with SIGTERM.
"""

from __future__ import annotations

import asyncio
import logging
import os
import signal
from collections.abc import Mapping, Sequence

from voice.clock import now_ns
from voice.tasks import ended

log = logging.getLogger(__name__)
OLD_ENOUGH_S = 30.0  # a child that lived this long died of something new: start at once
PAUSES_S = (0.0, 0.2, 1.0, 3.0, 10.0, 30.0)
REFUSED = os.EX_CONFIG  # what a child ends with that cannot run here, however often it is started


class Supervisor:
    """Runs `command` until `close`. restarts: how often it had to be started again. refused: set when it cannot run at all."""

    def __init__(self, name: str, command: Sequence[str], environment: Mapping[str, str] | None = None) -> None:
        self.name, self.command = name, list(command)
        self.environment = {**os.environ, **(environment or {})}
        self.restarts = 0
        self.process: asyncio.subprocess.Process | None = None
        self.refused = asyncio.Event()
        self._closing = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Start the child and watch over it from now on."""
        self._task = asyncio.create_task(self._watch(), name=f"supervisor of {self.name}")

    async def close(self, patience_s: float) -> None:
        """SIGTERM, some patience, SIGKILL."""
        self._closing.set()
        process = self.process
        if process is not None and process.returncode is None:
            process.send_signal(signal.SIGTERM)
            try:
                async with asyncio.timeout(patience_s):
                    await process.wait()
            except TimeoutError:
                log.error("%s did not end in %.0f s and is killed", self.name, patience_s)
                process.kill()
                await process.wait()
        await ended([self._task])

    async def _watch(self) -> None:
        young = 0
        while not self._closing.is_set():
            begun_ns = now_ns()
            # A session of its own: a Ctrl-C on the terminal is for the supervisor, who tells the child. The pipe is never
            # written to: it closes with the supervisor, and a child that watches it does not outlive him.
            self.process = await asyncio.create_subprocess_exec(
                *self.command, env=self.environment, start_new_session=True, stdin=asyncio.subprocess.PIPE
            )
            status = await self.process.wait()
            if self._closing.is_set():
                return
            if status == REFUSED:
                self.refused.set()
                return
            lived_s = (now_ns() - begun_ns) / 1e9
            young = 0 if lived_s >= OLD_ENOUGH_S else min(young + 1, len(PAUSES_S) - 1)
            how = f"by signal {-status}" if status < 0 else f"with status {status}"
            log.error("%s ended %s after %.1f s; starting it again in %.1f s", self.name, how, lived_s, PAUSES_S[young])
            self.restarts += 1
            await asyncio.sleep(PAUSES_S[young])
