"""An event loop whose clock jumps: a wait of thirty seconds costs microseconds and is exact."""

from __future__ import annotations

import asyncio
import selectors
from typing import Any


class JumpingSelector(selectors.DefaultSelector):
    """Never sleeps: what the loop would have waited for is added to its clock."""

    def __init__(self) -> None:
        super().__init__()
        self.now_s = 1000.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("the test waits for something that will never happen")
        if not ready:
            self.now_s += timeout or 0
        return ready


class VirtualLoop(asyncio.SelectorEventLoop):
    """`time()` is virtual. No threads, no sockets: those would really take time."""

    def __init__(self) -> None:
        self.jumping = JumpingSelector()
        super().__init__(self.jumping)

    def time(self) -> float:
        return self.jumping.now_s

    def now_ns(self) -> int:
        return round(self.jumping.now_s * 1e9)


def run(job: Any) -> Any:
    """Run a coroutine in virtual time."""
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(job)
