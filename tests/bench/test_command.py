"""The command line of the bench: what it says of itself, that it is alone at work, that it can be stopped, that it comes whole."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import asdict
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from bench import __main__ as command
from bench.efforts import LONG, USUAL
from bench.harness import Measurement, Report, read
from bench.process import BusyHere, only_one, reasons
from voice.errors import ModelMissing

ROOT = Path(__file__).parents[2]


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[StringIO]:
    """Results, lock and signals of the test's own; gives what is printed."""
    said = StringIO()
    console = Console(file=said, width=100)
    monkeypatch.setattr(command, "CACHE", tmp_path / "cache")
    monkeypatch.setattr(command, "Report", lambda anyway: Report(tmp_path / "bench.json", console, anyway))
    before = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGHUP)}
    yield said
    for number, handler in before.items():
        signal.signal(number, handler)


def test_help_tells_every_measurement_within_its_columns() -> None:
    lines = command.known(78).splitlines()
    assert max(map(len, lines[: lines.index("")])) <= 78
    for name in command.NAMES:
        assert any(line.startswith(f"  {name} ") and len(line) > 30 for line in lines), name


def test_a_wrong_name_is_answered_with_the_right_ones(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        command.main(["replies"])
    assert ended.value.code == 2
    assert "there is no measurement replies; there are frames, calls," in capsys.readouterr().err


def test_two_runs_would_measure_each_other(tmp_path: Path, elsewhere: StringIO) -> None:
    with only_one(tmp_path / "cache"):
        assert command.main(["frames"]) == 2
        assert f"another run is at work (process {os.getpid()})" in " ".join(elsewhere.getvalue().split())
        with pytest.raises(BusyHere), only_one(tmp_path / "cache"):
            pass
    with only_one(tmp_path / "cache"):
        pass


@pytest.mark.parametrize(("spoilt", "said"), [("bench.json.d", "results cannot be kept in"), ("cache", "nothing can be kept in")])
def test_where_nothing_can_be_kept_nothing_is_measured(
    spoilt: str, said: str, tmp_path: Path, elsewhere: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / spoilt).touch()
    if spoilt != "cache":
        where = tmp_path / spoilt / "bench.json"
        monkeypatch.setattr(command, "Report", lambda anyway: Report(where, Console(file=elsewhere, width=200), anyway))
    monkeypatch.setattr(command, "measure", lambda *_: pytest.fail("it measured"))
    assert command.main(["frames"]) == 2
    assert said in elsewhere.getvalue()


def test_a_long_run_asks_for_no_less_than_the_usual_one() -> None:
    for name, usual in asdict(USUAL).items():
        long = getattr(LONG, name)
        assert len(long) >= len(usual) if isinstance(usual, tuple) else long >= usual, name


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_what_was_measured_before_it_was_stopped_is_kept(
    number: signal.Signals, tmp_path: Path, elsewhere: StringIO, monkeypatch: pytest.MonkeyPatch
) -> None:
    def measure(report: Report, names: object, effort: object) -> None:
        report.add(Measurement("calls.cpu", 30.0, "% of a core"))
        signal.raise_signal(number)

    monkeypatch.setattr(command, "measure", measure)
    # Tests that run in the background of a shell have it ignored.
    before = signal.signal(signal.SIGINT, signal.default_int_handler)
    try:
        assert command.main([]) == command.STOPPED
    finally:
        signal.signal(signal.SIGINT, before)
    assert [one["name"] for one in read(tmp_path / "bench.json")] == ["calls.cpu"]
    assert "stopped" in elsewhere.getvalue()


def test_what_a_gateway_lacks_is_told_to_who_measures_without_a_trace(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended, reasons():
        raise ModelMissing("flite is not installed", "Run: apt-get install flite")
    assert ended.value.code == 1
    assert json.loads(capsys.readouterr().out) == {"reply": {"error": "flite is not installed. Run: apt-get install flite"}}


def test_all_that_it_reads_is_part_of_the_package() -> None:
    """An installed program measures, too: nothing beside the modules is forgotten."""
    wanted = tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["bench"]
    carried = {path for pattern in wanted for path in (ROOT / "bench").glob(pattern)}
    left = {path for path in (ROOT / "bench").rglob("*") if path.is_file() and path.suffix in (".yaml", ".xml", ".json", ".npy")}
    assert left == carried


@pytest.mark.real
def test_an_installed_program_takes_its_own_bench_and_no_folder_of_that_name(tmp_path: Path) -> None:
    (tmp_path / "bench").mkdir()
    (tmp_path / "bench" / "__init__.py").write_text("raise SystemExit('the wrong one')\n")
    paths = os.pathsep.join((str(ROOT), os.environ.get("PYTHONPATH", "")))
    done = subprocess.run(
        [sys.executable, "-P", "-m", "routing.cli", "bench", "--help"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": paths},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert "usage: hotline bench" in done.stdout
