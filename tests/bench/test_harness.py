"""Percentiles, pair ratios, what is refused, and how results are merged."""

from __future__ import annotations

import errno
import json
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench import harness
from bench.goals import GOALS, Goal
from bench.harness import Machine, Measurement, Ratios, Report, figure_text, of_runs, of_trials, percentile, read


@pytest.fixture
def report(tmp_path: Path) -> Report:
    return Report(tmp_path / "bench.json", Console(file=StringIO(), width=160))


def printed(report: Report) -> str:
    assert isinstance(report.console.file, StringIO)
    return report.console.file.getvalue()


@pytest.mark.parametrize(
    ("count", "share", "expected"),
    [(1, 0.5, 1), (2, 0.5, 1), (20, 0.95, 19), (21, 0.95, 20), (100, 0.95, 95), (100, 0.99, 99), (1000, 0.999, 999), (7, 1.0, 7)],
)
def test_a_percentile_is_a_value_that_occurred(count: int, share: float, expected: float) -> None:
    assert percentile([float(value) for value in range(count, 0, -1)], share) == expected


@pytest.mark.parametrize(("values", "share"), [([], 0.5), ([1.0], 0.0), ([1.0], 1.1)])
def test_no_percentile_of_nothing(values: list[float], share: float) -> None:
    with pytest.raises(ValueError):
        percentile(values, share)


def test_ratios_are_of_pairs_and_not_of_medians() -> None:
    # The second pair was measured while the machine was slow; its ratio is as good as any.
    ratios = Ratios.of([10.0, 2.0, 12.0], [2.0, 0.5, 2.0])
    assert ratios.pairs == (5.0, 4.0, 6.0)
    assert (ratios.median, ratios.least) == (5.0, 4.0)


@pytest.mark.parametrize(("ones", "others"), [([], []), ([1.0], [1.0, 2.0])])
def test_runs_that_do_not_pair_are_refused(ones: list[float], others: list[float]) -> None:
    with pytest.raises(ValueError):
        Ratios.of(ones, others)


def test_the_figure_of_several_runs_is_their_median_with_the_spread() -> None:
    found = of_runs("x", "ms", [3.0, 1.0, 2.0])
    assert (found.value, found.spread, found.runs) == (2.0, (1.0, 3.0), 3)


def test_trials_of_all_runs_count_together_and_the_spread_run_by_run() -> None:
    found = of_trials("x", "ms", [[1.0] * 19 + [50.0], [2.0] * 20])
    assert found.value == 2.0
    assert found.spread == (1.0, 2.0)
    assert found.detail["worst"] == 50.0
    assert found.detail["trials"] == 40


def test_a_trial_that_came_to_no_end_is_later_than_all_others() -> None:
    one = of_trials("x", "ms", [[float(value) for value in range(1, 20)]], missing=1)
    assert (one.value, one.counts, one.detail["trials"], one.detail["missing"]) == (19.0, True, 20, 1)
    two = of_trials("x", "ms", [[float(value) for value in range(1, 19)]], missing=2)
    assert (two.verdict, two.failed) == ("failed", "2 of 20 trials came to no end")
    assert of_trials("x", "ms p50", [[1.0, 2.0, 3.0]], 0.5, missing=2).value == 3.0


@pytest.mark.parametrize(("missing", "failed"), [(3, "3 of 3 trials came to no end"), (0, "nothing was tried")])
def test_of_no_trial_at_all_there_is_no_figure(missing: int, failed: str) -> None:
    assert of_trials("x", "ms", [[], []], missing=missing).failed == failed


@pytest.mark.parametrize(
    ("goal", "value", "met"),
    [
        (Goal(60, "%", ""), 60, True),
        (Goal(60, "%", ""), 60.1, False),
        (Goal(5, "x", "", at_least=True), 5, True),
        (Goal(5, "x", "", at_least=True), 4.9, False),
    ],
)
def test_a_goal_is_at_most_or_at_least(goal: Goal, value: float, met: bool) -> None:
    assert goal.met(value) is met


def test_every_goal_says_why_and_reads_as_a_limit() -> None:
    assert all(goal.why and goal.unit for goal in GOALS.values())
    assert str(GOALS["calls.cpu"]) == "<= 60 % of a core"
    assert str(GOALS["calls.over_python"]) == ">= 5 x"


def test_a_refused_figure_is_neither_met_nor_printed(report: Report) -> None:
    report.add(Measurement("calls.cpu", 12.3456, "% of a core", refused="too busy"))
    assert report.finish() == 0
    assert report.taken[0].verdict == "refused"
    assert "too busy" in printed(report)
    assert "12.3" not in printed(report)


def test_anyway_reports_the_figure_and_keeps_the_reason(report: Report) -> None:
    report.anyway = True
    report.add(Measurement("calls.cpu", 12.0, "% of a core", refused="too busy"))
    assert report.taken[0].verdict == "met"
    assert report.taken[0].detail["noisy"] == "too busy"


def test_what_the_house_did_not_do_is_no_noise_of_the_machine(report: Report) -> None:
    report.add(Measurement("answer.invite_to_200", 2.0, "ms p95", failed="3 of 80 calls failed (no answer)"))
    assert report.finish() == 2
    assert report.taken[0].verdict == "failed"
    assert "answer.invite_to_200 failed: 3 of 80 calls failed (no answer)" in printed(report)


def test_where_it_cannot_be_written_the_figures_are_shown_all_the_same(tmp_path: Path) -> None:
    (tmp_path / "build").touch()
    report = Report(tmp_path / "build" / "bench.json", Console(file=StringIO(), width=200))
    assert f"results cannot be kept in {tmp_path}/build: File exists; make it writable" in report.writable()
    report.add(Measurement("calls.cpu", 26.0, "% of a core"))
    assert report.finish() == 2
    assert "26 % of a core" in printed(report)
    assert "bench.json could not be written: File exists" in " ".join(printed(report).split())


def test_half_a_file_is_not_left(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(path: Path, text: str, encoding: str) -> int:
        path.touch()
        raise OSError(errno.ENOSPC, "No space left on device")

    report = Report(tmp_path / "build" / "bench.json", Console(file=StringIO()))
    assert not report.writable()
    assert list((tmp_path / "build").iterdir()) == []
    monkeypatch.setattr(Path, "write_text", full)
    assert "No space left on device; make it writable or make room there" in report.writable()
    assert list((tmp_path / "build").iterdir()) == []


def test_a_program_inside_of_another_checkout_does_not_take_its_commit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert harness.commit()
    monkeypatch.setattr(harness, "ROOT", harness.ROOT / "bench")
    assert harness.commit() == ""


def test_a_missed_goal_is_the_exit_status(report: Report) -> None:
    report.add(Measurement("calls.cpu", 61.0, "% of a core"))
    assert report.finish() == 1
    assert "missed" in printed(report)


def test_an_aim_for_later_is_not_missed(report: Report) -> None:
    report.add(Measurement("calls.over_floor", 6.0, "x"))
    assert report.taken[0].verdict == "not yet"
    assert report.finish() == 0


def test_results_are_merged_by_name(report: Report, tmp_path: Path) -> None:
    report.add(Measurement("frames.cost", 1.5, "us"))
    report.add(Measurement("calls.cpu", 40.0, "% of a core"))
    report.save()
    later = Report(tmp_path / "bench.json", report.console)
    later.add(Measurement("calls.cpu", 38.0, "% of a core"))
    later.add(Measurement("frames.cost", 9.0, "us", refused="too busy"))
    later.save()
    found = {entry["name"]: entry for entry in read(tmp_path / "bench.json")}
    assert found["calls.cpu"]["value"] == 38.0
    assert found["frames.cost"]["value"] == 1.5, "a refused figure does not replace one that counts"
    assert {"name", "value", "unit", "peer", "ratio", "runs", "spread", "machine", "commit"} <= found["calls.cpu"].keys()


def test_every_result_has_what_an_engineer_asks_for(report: Report, tmp_path: Path) -> None:
    report.add(Measurement("keys.cost", 0.33, "us/frame", peer="spandsp", ratio=3.1))
    report.add(of_runs("routing.growth", "x", [1.0, 1.1]))
    report.save()
    single, several = read(tmp_path / "bench.json")
    for found in (single, several):
        assert {"value", "unit", "peer", "ratio", "runs", "spread", "control", "machine", "commit", "at"} <= found.keys()
        assert found["machine"]
    assert single["spread"] == [0.33, 0.33], "of one run it is the figure, not zero"
    assert several["spread"] == [1.0, 1.1]


def test_the_table_names_each_whole_and_only_a_wide_one_its_peer(tmp_path: Path) -> None:
    for columns, wide in ((80, False), (120, True)):
        report = Report(tmp_path / "bench.json", Console(file=StringIO(), width=columns))
        peer = "faster-whisper"
        report.add(of_runs("recognition.over_faster_whisper", "utterances a CPU second", [7.0, 8.0], peer=peer, ratio=7.5))
        report.show()
        lines = printed(report).splitlines()
        assert any(line.startswith("recognition.over_faster_whisper ") for line in lines)
        assert any(peer in line.partition(" ")[2] for line in lines) is wide
        assert max(map(len, lines[:4])) <= columns


@pytest.mark.parametrize("content", ["", "{", "{}", json.dumps([1, {"no": "name"}, {"name": "calls.cpu"}])])
def test_a_spoilt_results_file_is_an_empty_one(tmp_path: Path, content: str) -> None:
    (tmp_path / "bench.json").write_text(content)
    assert read(tmp_path / "bench.json") == []


@pytest.mark.parametrize(("value", "text"), [(0.0, "0"), (123.456, "123"), (12.345, "12.3"), (0.01234, "0.0123")])
def test_figures_have_three_digits(value: float, text: str) -> None:
    assert figure_text(value) == text


def test_the_machine_is_named() -> None:
    here = Machine.here()
    assert here.cores >= 1
    assert here.kernel in str(here)
