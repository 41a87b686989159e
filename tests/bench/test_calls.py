"""The highest number of calls: where the curve ends."""

from __future__ import annotations

from io import StringIO
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from rich.console import Console

from bench import calls
from bench.harness import Report
from bench.sip import NoAnswer


def test_the_curve_ends_where_frames_are_lost_or_nobody_hangs_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def look(module: str, options: dict[str, str], number: int, seconds: float) -> Any:
        if number > 400:
            raise NoAnswer("no answer to BYE")
        lost = module != calls.NATIVE[0] and number > 150
        return SimpleNamespace(lost=lost, core_percent=1.0, others=0.0)

    monkeypatch.setattr(calls, "look", look)
    report = Report(tmp_path / "bench.json", Console(file=StringIO()))
    calls.ramp(report, 4.0)
    highest = {one.name: one.value for one in report.taken}
    assert highest == {"calls.highest_house": 400, **{f"calls.highest_{port}": 150 for port, _ in calls.PORTS.values()}}
