"""The demo has a memory of its own, whatever the user's house has."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from routing.demo.run import Demo
from routing.settings import Settings


@pytest.mark.parametrize("named", [True, False])
async def test_nobody_of_the_demo_enters_the_memory_of_the_users_own_house(
    named: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen: list[tuple[str | None, str]] = []

    async def run(self: Demo, settings: Settings, *_: Any) -> bool:
        seen.append((os.environ.get("HOTLINE_REDIS"), settings.redis))
        raise RuntimeError("over")

    monkeypatch.setattr(Demo, "_run", run)
    monkeypatch.delenv("HOTLINE_REDIS", raising=False)
    if named:
        monkeypatch.setenv("HOTLINE_REDIS", "redis://10.0.0.5:6379")
    with pytest.raises(RuntimeError):
        await Demo(Settings(redis="redis://10.0.0.6:6379"), "en", 0, Console()).run(True, tmp_path / "demo.json", browser=False)
    assert seen == [(None, "")]
    assert ("HOTLINE_REDIS" in os.environ) is named, "as it was before"
