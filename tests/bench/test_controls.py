"""Who counts as a neighbour: neither this process, nor a child of it that has ended, nor who is measured."""

from __future__ import annotations

import pytest

from bench import controls
from bench.controls import Neighbours, crowded


@pytest.fixture
def clocks(monkeypatch: pytest.MonkeyPatch) -> dict[str, float]:
    """What the clocks say; a test turns them."""
    said = {"now": 100.0, "busy": 50.0, "steal": 0.0, "own": 10.0}
    monkeypatch.setattr(controls.time, "monotonic", lambda: said["now"])
    monkeypatch.setattr(controls, "busy_s", lambda: (said["busy"], said["steal"]))
    monkeypatch.setattr(controls, "own_cpu_s", lambda: said["own"])
    return said


def test_neighbours_are_all_others(clocks: dict[str, float]) -> None:
    with Neighbours() as neighbours:
        clocks.update(now=110.0, busy=62.0, steal=1.0, own=14.0)
    assert neighbours.others() == pytest.approx(0.9)
    assert neighbours.others(5.0) == pytest.approx(0.4)
    assert neighbours.others(20.0) == 0.0


def test_what_they_may_use(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(controls.os, "cpu_count", lambda: 2)
    assert crowded(0.7) == ""
    assert "others used 45 % of the machine" in crowded(0.9)
