"""A process of the demo's own: told what to do line by line, it tells what happens, one JSON object a line."""

from __future__ import annotations

import asyncio
import contextlib
import json
import sys
from collections.abc import Callable
from types import TracebackType
from typing import Any

END_S = 2.0


class Peer:
    """`async with Peer(module, *words, told=...) as peer`: runs inside the block, and is ended with it. told: every fact, as it comes."""

    def __init__(self, module: str, *words: str, told: Callable[[dict[str, Any]], None]) -> None:
        self.command = (sys.executable, "-m", module, *words)
        self.told = told
        self._process: asyncio.subprocess.Process | None = None
        self._reading: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Peer:
        pipe = asyncio.subprocess.PIPE
        self._process = await asyncio.create_subprocess_exec(*self.command, stdin=pipe, stdout=pipe)
        self._reading = asyncio.create_task(self._read(self._process))
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        assert self._process is not None
        assert self._reading is not None
        if self._reading.done():
            # It is about to end by itself: a signal now would take its return code out of the loop's hands.
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(END_S):
                    await self._process.wait()
        if self._process.returncode is None:
            self._process.kill()
        await self._process.wait()
        await asyncio.gather(self._reading, return_exceptions=True)

    def say(self, line: Any) -> None:
        """One line to it; what comes after its end is of no use to anybody."""
        assert self._process is not None
        assert self._process.stdin is not None
        if not self._process.stdin.is_closing():
            self._process.stdin.write(json.dumps(line).encode() + b"\n")

    async def ended(self, within_s: float) -> bool:
        """Whether it has come to its own end within this time."""
        assert self._reading is not None
        done, _ = await asyncio.wait({self._reading}, timeout=within_s)
        for reading in done:
            reading.result()
        return bool(done)

    async def _read(self, process: asyncio.subprocess.Process) -> None:
        assert process.stdout is not None
        async for raw in process.stdout:
            self.told(json.loads(raw))
