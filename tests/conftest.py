"""What holds for every test: an exception that nobody awaited fails the test in which it happened.

Warnings are errors (pyproject.toml); `@pytest.mark.real` marks a test that needs a real peer or a real engine.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Iterator
from typing import Any

import pytest


@pytest.fixture(autouse=True)
def unhandled(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[list[str]]:
    """What event loops complained about during this test; a test that expects a complaint clears the list."""
    complaints: list[str] = []

    def complain(loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        complaints.append(f"{context.get('message')}: {context.get('exception')!r}")

    monkeypatch.setattr(asyncio.BaseEventLoop, "call_exception_handler", complain)
    yield complaints
    # A task that nobody awaited tells of its exception only when it is collected.
    if inspect.iscoroutinefunction(getattr(request, "function", None)):
        gc.collect()
    if complaints:
        pytest.fail("the event loop met what nobody handled:\n" + "\n".join(complaints), pytrace=False)
