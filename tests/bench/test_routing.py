"""What is said of routings: pairs with the rounds before and after them, and the control that belongs to each figure."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.harness import Report
from bench.routing import Times, add

SIZE = {"operators": 10, "waiting": 100}


def round_of(us: float) -> Times:
    return Times(made=100, wall_s=0.02, cpu_s=us * 100 / 1e6, bare_hz=10_000.0)


@pytest.mark.parametrize(("beside_ms", "verdict"), [(0.3, "met"), (1.5, "refused")])
def test_one_claim_at_a_time_counts_only_beside_quick_bare_ones(beside_ms: float, verdict: str, tmp_path: Path) -> None:
    report = Report(tmp_path / "bench.json", Console(file=StringIO()))
    many, single = [round_of(150.0), round_of(240.0)], [0.5] * 300
    add(report, many, [100.0, 200.0], single, [0.1] * 100, [0.1] * 98 + [beside_ms] * 2, SIZE)
    found = {one.name: one for one in report.taken}
    assert found["routing.single"].verdict == verdict
    assert found["routing.growth"].spread == (1.2, 1.5), "each with the rounds around it"
    assert found["routing.growth"].detail["few_us"] == 150.0
    assert found["routing.over_evalsha"].value == 0.5
    assert found["routing.decisions"].verdict == "met"
