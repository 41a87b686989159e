"""Measurements one after the other: one that fails does not end the others, and is shown."""

from __future__ import annotations

from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench.harness import Measurement, Report, read
from bench.suite import Part, run_all
from voice.errors import ModelMissing


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(tmp_path / "bench.json", Console(file=StringIO(), width=200))


def broken() -> None:
    raise OSError("no such [program]")


def printed(report: Report) -> str:
    assert isinstance(report.console.file, StringIO)
    return report.console.file.getvalue()


def test_one_that_fails_does_not_end_the_others(report: Report) -> None:
    def measure() -> None:
        report.add(Measurement("node.start_s", 2.0, "s"))

    run_all(report, [Part("calls", 60, broken), Part("node", 30, measure)])
    assert [one["name"] for one in read(report.path)] == ["node.start_s"], "saved before the end"
    assert report.finish() == 2
    assert "calls failed: OSError: no such [program]" in printed(report)
    assert [(one.name, bool(one.failed)) for one in report.took] == [("calls", True), ("node", False)]


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (
            RuntimeError("sipp is not installed; run: apt-get install sip-tester"),
            "calls failed: sipp is not installed; run: apt-get",
        ),
        (
            ModelMissing("no model", "Get it with `hotline models get x`"),
            "calls failed: no model. Get it with `hotline models get x`",
        ),
        (ValueError(), "calls failed: ValueError"),
    ],
)
def test_what_is_missing_is_told_in_words(error: Exception, said: str, report: Report) -> None:
    def measure() -> None:
        raise error

    run_all(report, [Part("calls", 60, measure)])
    assert report.finish() == 2
    assert said in printed(report)


def test_what_remains_and_where_the_time_went_are_seen(report: Report) -> None:
    run_all(report, [Part("calls", 300, lambda: None), Part("node", 60, lambda: None)])
    assert report.finish() == 0
    assert "[1 of 2] calls; about 6 min remain" in printed(report)
    assert "minutes, 0.0 of CPU; in seconds: " in printed(report)


def test_a_missed_goal_is_named_with_its_reason(report: Report) -> None:
    run_all(report, [Part("keys", 1, lambda: report.add(Measurement("keys.wrong", 3.0, "tones")))])
    assert report.finish() == 1
    assert "keys.wrong is missed: what Q.24 refuses" in printed(report)
