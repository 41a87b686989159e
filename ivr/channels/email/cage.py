"""The cage: mails are read in a process with limits, so that none of them costs this one more than its bytes (ASVS 5.0, 5.2.1 to 5.2.6)."""

from __future__ import annotations

import asyncio
import json
import logging
import sys
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from ivr.channels.email.caged import CPU_S, FRAME
from ivr.channels.email.letter import MESSAGE_BYTES_MAX, Letter, Refusal, Unreadable

log = logging.getLogger(__name__)
PATIENCE_S = 4.0 * CPU_S  # its CPU is counted by the kernel; this is for a machine that has other things to do
ANSWER_BYTES_MAX = 2 * 2**20
MAILS_MAX = 200  # then a new process: what a parser may have left behind is nobody's
_ROOT = str(Path(__file__).parents[3])
_BEGIN = "import sys; sys.path.insert(0, sys.argv[1]); from ivr.channels.email.caged import main; main()"


class Cage:
    """Reads one mail at a time. `async with Cage(own_domain) as cage: letter = await cage.read(raw, None)`.

    own_domain: of the house's own Message-IDs; authority: whose Authentication-Results are believed.
    """

    def __init__(self, own_domain: str, authority: str = "", patience_s: float = PATIENCE_S) -> None:
        self.own_domain, self.authority, self.patience_s = own_domain, authority, patience_s
        self.started = self.killed = 0
        self._process: asyncio.subprocess.Process | None = None
        self._read = 0
        self._turn = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close()

    async def close(self) -> None:
        """End the reading process."""
        async with self._turn:
            await self._end()

    async def read(self, raw: bytes, envelope: str | None) -> Letter:
        """What is in this mail; envelope: its sender, "" for none, None where unknown. Raises Unreadable, within `patience_s`."""
        if len(raw) > MESSAGE_BYTES_MAX:
            raise Unreadable(Refusal.SIZE)
        question = {"envelope": envelope, "own_domain": self.own_domain, "authority": self.authority}
        async with self._turn:
            if self._read >= MAILS_MAX:
                await self._end()
            try:
                reply = await self._ask(json.dumps(question).encode(), raw)
            except BaseException as error:
                # Also when cancelled: half a question must not meet the next one.
                await self._end(kill=True)
                if isinstance(error, (TimeoutError, OSError, EOFError, ValueError)):
                    raise Unreadable(Refusal.EFFORT) from None
                raise
            if reply.get("spent"):
                await self._end(kill=True)
        if "refusal" in reply:
            if fault := reply.get("fault"):
                log.warning("a mail met a fault of its reader: %s", str(fault)[:60])
            raise Unreadable(Refusal(reply["refusal"]))
        try:
            return Letter.from_dict(reply["letter"])
        except (KeyError, TypeError, ValueError):
            raise Unreadable(Refusal.BROKEN) from None

    async def _ask(self, question: bytes, raw: bytes) -> dict[str, Any]:
        process = await self._running()
        assert process.stdin is not None
        assert process.stdout is not None
        self._read += 1
        async with asyncio.timeout(self.patience_s):
            process.stdin.writelines([FRAME.pack(len(question)), question, FRAME.pack(len(raw))])
            process.stdin.write(raw)
            await process.stdin.drain()
            size = FRAME.unpack(await process.stdout.readexactly(FRAME.size))[0]
            if size > ANSWER_BYTES_MAX:
                raise ValueError("too long an answer")
            reply = json.loads(await process.stdout.readexactly(size))
        return dict(reply)

    async def _running(self) -> asyncio.subprocess.Process:
        if self._process is None or self._process.returncode is not None:
            # -I -S: nothing of the environment, nothing but the standard library; env: no secrets within reach of a parser.
            self._process = await asyncio.create_subprocess_exec(
                sys.executable, "-I", "-S", "-c", _BEGIN, _ROOT, stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
                stderr=asyncio.subprocess.DEVNULL, env={"LC_ALL": "C.UTF-8"}, start_new_session=True,
            )  # fmt: skip
            self.started += 1
            self._read = 0
        return self._process

    async def _end(self, kill: bool = False) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        assert process.stdin is not None
        if kill:
            self.killed += 1
            if process.returncode is None:
                process.kill()
        process.stdin.close()
        try:
            async with asyncio.timeout(1.0):
                await process.wait()
        except TimeoutError:
            process.kill()
            await process.wait()
