"""One thing at a time, in its order, whatever goes wrong with one; and nothing is left at the end."""

from __future__ import annotations

import asyncio
import logging

import pytest

from routing.switchboard.loop import Loop
from voice.errors import SipError


class Counting(Loop):
    """Takes words; "end" is the last."""

    def __init__(self) -> None:
        super().__init__("call 7")
        self.taken: list[str] = []

    async def take(self, item: str) -> None:
        await asyncio.sleep(0)
        if item in ("quicker", "broken"):
            raise SipError("gone") if item == "quicker" else KeyError(item)
        self.taken.append(item)
        self.over = item == "end"

    async def close(self) -> None:
        self.taken.append("closed")


async def test_one_after_the_other_until_the_end(caplog: pytest.LogCaptureFixture) -> None:
    loop, cancelled = Counting(), asyncio.Event()

    async def forever() -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    async def due() -> None:
        loop.taken.append("due")
        loop.inbox.put_nowait("end")
        loop.inbox.put_nowait("after")

    loop.start(forever())
    for item in ("one", "quicker", "broken", "two"):
        loop.inbox.put_nowait(item)
    loop.soon(due)
    with caplog.at_level(logging.INFO):
        async with asyncio.timeout(20):
            await loop.run()
    assert loop.taken == ["one", "two", "due", "end", "closed"]
    assert cancelled.is_set()
    assert [record.levelname for record in caplog.records] == ["INFO", "ERROR"]
    assert all(record.getMessage().startswith("call 7: ") for record in caplog.records)
    loop.soon(due)  # too late: nothing is begun
    assert len(asyncio.all_tasks()) == 1
