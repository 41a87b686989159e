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
from bench.load import Window
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


def test_ports_are_held_against_the_house_at_their_own_number_of_calls_too(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def look(module: str, options: dict[str, str], number: int, seconds: float) -> Window:
        us = (12.0 if number == 300 else 15.0) if module == calls.NATIVE[0] else 90.0
        ticks = round(number * seconds * 50)
        return Window(number, seconds, us * ticks / 1e6, ticks, 0, 0, 0, 0, 0, others=0.1, caller_latest_ms=1.0)

    monkeypatch.setattr(calls, "look", look)
    monkeypatch.setattr(calls, "floor_us", lambda sockets: (4.0, 1.1))
    report = Report(tmp_path / "bench.json", Console(file=StringIO()))
    calls.measure(report, 300, 2, 4.0, ("over_python",))
    found = {one.name: one for one in report.taken}
    assert found["calls.over_floor"].value == pytest.approx(3.0)
    assert found["calls.over_python"].value == pytest.approx(7.5)
    assert found["calls.over_python"].detail["same_number"] == pytest.approx(6.0)
    assert found["calls.lost_frames"].verdict == "met"
