"""A caller whom his operator's page has sent back to wait is let go by that operator, also where Redis is away at that moment."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import pytest

from ivr.memory.errors import MemoryAway
from routing.floor.states import State
from routing.switchboard import dispatch
from routing.switchboard.dispatch import Dispatch
from routing.switchboard.loop import Loop
from routing.switchboard.node import Switchboard


class Talk(Loop):
    """Of request r1, with the operator of assignment a1."""

    def __init__(self) -> None:
        super().__init__("call 1")
        self.request, self.contact = "r1", "c1"
        self.front: Any = SimpleNamespace(assignment="a1")
        self.dispatch = Dispatch("test")
        self.back = 0

    async def take(self, item: Any) -> None:
        self.over = item == "end"

    async def close(self) -> None:
        await self.dispatch.close(1)

    async def sent_back(self) -> None:
        self.back += 1
        self.front = None
        self.inbox.put_nowait("end")


@pytest.mark.parametrize("state", [State.WRAP_UP, State.CONNECTED])
async def test_it_is_asked_again_until_redis_is_there(monkeypatch: pytest.MonkeyPatch, state: State) -> None:
    monkeypatch.setattr(dispatch, "AGAIN_S", 0.0)
    answers: list[Any] = [MemoryAway("away"), SimpleNamespace(state=state)]

    async def assignment(name: str) -> Any:
        assert name == "a1"
        if isinstance(answer := answers.pop(0), Exception):
            raise answer
        if state is not State.WRAP_UP:
            talk.inbox.put_nowait("end")
        return answer

    board: Any = SimpleNamespace(floor=SimpleNamespace(assignment=assignment))
    talk, switchboard = Talk(), Switchboard(board, SimpleNamespace())  # type: ignore[arg-type]
    switchboard.talks["c1"] = talk  # type: ignore[assignment]
    switchboard._waits("r1")
    switchboard._waits("another")
    async with asyncio.timeout(20):
        await talk.run()
    assert talk.back == (state is State.WRAP_UP)
    assert not answers
