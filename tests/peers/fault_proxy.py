"""A line to a server that goes wrong as ordered: slow, cut, deaf, or hearing without answering. Between two unix sockets."""

from __future__ import annotations

import asyncio
import contextlib
from pathlib import Path
from typing import Self


class FaultProxy:
    """`async with FaultProxy(target, path)`: passes bytes on. delay_s holds each answer; mute passes orders and no answers."""

    def __init__(self, target: Path, path: Path) -> None:
        self.target, self.path = target, path
        self.delay_s = 0.0
        self.mute = False
        self.refuse = False
        self._lines: set[asyncio.StreamWriter] = set()
        self._jobs: set[asyncio.Task[None]] = set()
        self._server: asyncio.Server | None = None

    @property
    def url(self) -> str:
        return f"unix://{self.path}"

    def cut(self) -> None:
        """Every line breaks now."""
        for writer in self._lines:
            writer.transport.abort()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_unix_server(self._line, self.path)
        return self

    async def __aexit__(self, *error: object) -> None:
        assert self._server is not None
        self._server.close()
        self.cut()
        for job in self._jobs:
            job.cancel()
        await asyncio.gather(*self._jobs, return_exceptions=True)

    async def _line(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.refuse:
            writer.transport.abort()
            return
        there_reader, there_writer = await asyncio.open_unix_connection(self.target)
        self._lines |= {writer, there_writer}
        for job in (self._pass(reader, there_writer, False), self._pass(there_reader, writer, True)):
            task = asyncio.ensure_future(job)
            self._jobs.add(task)
            task.add_done_callback(self._jobs.discard)

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, answers: bool) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65536):
                if answers and self.delay_s:
                    await asyncio.sleep(self.delay_s)
                if not (answers and self.mute):
                    writer.write(data)
                    await writer.drain()
        writer.transport.abort()
        self._lines.discard(writer)
