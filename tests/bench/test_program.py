"""A measurement as a program of its own: what may be asked for, and what it says where it is stopped or something is missing."""

from __future__ import annotations

import importlib
import inspect
from pathlib import Path

import pytest

from bench import __main__ as suite
from bench import harness, program
from bench.program import asked, command, needed
from voice.errors import ModelMissing


@pytest.fixture(autouse=True)
def elsewhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(harness.Report.__init__, "__defaults__", (tmp_path / "bench.json", None, False))


def stopped() -> int:
    raise KeyboardInterrupt


def without_a_model() -> int:
    raise ModelMissing("no whisper model is on this machine", "Get it with `hotline models get whisper-base`")


@pytest.mark.parametrize(
    ("main", "status", "said"),
    [
        (stopped, 130, "stopped"),
        (without_a_model, 2, "no whisper model is on this machine. Get it with `hotline models get whisper-base`"),
        (lambda: 1, 1, ""),
    ],
)
def test_whoever_stops_it_or_lacks_something_reads_no_trace(
    main: program.Callable[[], int], status: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        command(main)
    assert (ended.value.code, capsys.readouterr().err.strip()) == (status, said)


def test_what_is_asked_for(tmp_path: Path) -> None:
    words = ["--calls", "7", "--hours", "0.5", "--in-a-row", "0", "--ramp", "--language", "ru", "--kept", "here", "--anyway"]
    given, report = asked(
        "What it does.\n\nMore of it.", words, calls=(300, "calls"), hours=(10.0, "hours"), in_a_row=(2000, "calls; 0: none"),
        ramp=(False, "a curve"), language=(("en", "ru"), "of callers"), kept=(Path, "a folder"), rounds=(5, "rounds"),
    )  # fmt: skip
    assert (given.calls, given.hours, given.in_a_row, given.ramp, given.language) == (7, 0.5, 0, True, "ru")
    assert (given.kept, given.rounds, report.anyway) == (Path("here"), 5, True)
    assert list(tmp_path.iterdir()) == [], "whether it can be written is tried, and nothing left"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--rounds", "0"], "'0' is no whole number above 0"),
        (["--rounds", "2.5"], "'2.5' is no whole number above 0"),
        (["--seconds", "-1"], "'-1' is no number above 0"),
        (["--calls", "-1"], "'-1' is no whole number from 0"),
        (["--round", "many"], "'many' is no whole number"),
    ],
)
def test_what_cannot_be_measured_is_refused_before_anything_begins(
    words: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as ended:
        asked("It.", words, rounds=(5, "rounds"), seconds=(8.0, "of a window"), calls=(300, "calls; 0: none"))
    assert ended.value.code == 2
    assert said in capsys.readouterr().err


def test_a_program_that_is_not_here_is_named_with_its_package(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", "")
    with pytest.raises(RuntimeError, match="sipp is not installed; run: apt-get install sip-tester"):
        needed("sipp", "sip-tester")


@pytest.mark.parametrize("name", suite.NAMES)
def test_every_measurement_is_a_program_that_says_what_it_does(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    module = importlib.import_module(f"bench.{suite.MODULES.get(name, name)}")
    with pytest.raises(SystemExit) as ended:
        module.main(["--help"])
    assert ended.value.code == 0
    help_text = "".join(capsys.readouterr().out.split())  # argparse breaks lines after hyphens too
    assert "".join((module.__doc__ or "").splitlines()[0].split()) in help_text
    assert 'if __name__ == "__main__":\n    command(main)\n' in inspect.getsource(module)
