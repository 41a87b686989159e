"""What holds for every test: an exception that nobody awaited fails the test in which it happened.

Warnings are errors (pyproject.toml); `@pytest.mark.real` marks a test that needs a real peer or a real engine.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """For several processes (`make test`): one takes all that speaks, listens or draws, one after the other; the others a file at a time."""
    for item in items:
        place = item.path.relative_to(HERE)
        real = item.get_closest_marker("real") is not None
        alone = real and place.parts[0] in ("voice", "routing") and place.parts[1] != "floor"
        item.add_marker(pytest.mark.xdist_group("calls" if alone else str(place)))


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
