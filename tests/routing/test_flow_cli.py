"""`hotline check` and `hotline flow`: as whoever writes a flow meets them, in a terminal, a pipe and an editor."""

from __future__ import annotations

import json
import re
import xml.etree.ElementTree as Xml
from collections.abc import Iterable
from pathlib import Path

import pytest
from typer.testing import CliRunner, Result

from ivr.flow import load
from routing.app import flow_file
from routing.cli import app
from routing.mistakes import checked
from routing.settings import Settings
from routing.trial import Opening, Trial
from tests.ivr.parcels import NOW_MS
from tests.ivr.test_flow import SMALL
from voice.errors import ConfigError

SHIPPED = flow_file(Settings())
MONDAY = "2026-05-04T10:00"


@pytest.fixture(autouse=True)
def nowhere(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No settings file of this machine counts."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("HOTLINE_CONFIG", raising=False)


def hotline(*words: str, typed: str | None = None) -> Result:
    return CliRunner().invoke(app, list(words), input=typed)


def small(tmp_path: Path, *changes: tuple[str, str], name: str = "small.yaml") -> Path:
    text = SMALL
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path / name


def test_check_says_what_it_checked() -> None:
    done = hotline("check")
    assert done.exit_code == 0
    assert re.search(r"hotline.yaml: no mistakes in \d+ steps, \d+ slots, \d+ facts and \d+ texts \(en, ru\)", done.stdout)


def test_check_tells_an_editor_every_mistake_at_once(tmp_path: Path) -> None:
    file = small(tmp_path, ("next: ask", "next: aks"), ("person: desk", "person: dsk"), ("key: 2", "key: 1"))
    done = hotline("check", str(file))
    assert done.exit_code == 2
    lines = done.stdout.splitlines()
    assert all(re.match(rf"{re.escape(str(file))}:\d+:\d+: \S", line) for line in lines), lines
    assert f'{file}:4:9: unknown step "dsk"; did you mean "desk"?' in lines
    assert f'{file}:10:54: unknown step "aks"; did you mean "ask"?' in lines
    assert len(lines) >= 3


def test_check_reads_folders_and_the_flow_of_the_settings(tmp_path: Path) -> None:
    (tmp_path / "flows").mkdir()
    small(tmp_path / "flows")
    bad = small(tmp_path / "flows", ("next: ask", "next: aks"), name="bad.yaml")
    done = hotline("check", str(tmp_path / "flows"))
    assert done.exit_code == 2
    assert "small.yaml: no mistakes" in done.stdout
    assert "bad.yaml:10:54:" in done.stdout
    (tmp_path / "hotline.toml").write_text(f'flow = "{bad}"\n', encoding="utf-8")
    assert "bad.yaml:10:54:" in hotline("check").stdout
    (tmp_path / "empty").mkdir()
    with pytest.raises(ConfigError, match="no flow in the folder"):
        CliRunner().invoke(app, ["check", str(tmp_path / "empty")], catch_exceptions=False)


def test_check_as_json(tmp_path: Path) -> None:
    file = small(tmp_path, ("next: ask", "next: aks"))
    done = hotline("check", "--json", str(file), str(SHIPPED))
    assert done.exit_code == 2
    bad, good = json.loads(done.stdout)
    assert bad["mistakes"] == [
        {"file": str(file), "line": 10, "column": 54, "what": 'unknown step "aks"; did you mean "ask"?'},
        {"file": str(file), "line": 11, "column": 5, "what": 'step "ask" is unreachable: nothing leads to it'},
    ][: len(bad["mistakes"])]  # fmt: skip
    assert (good["mistakes"], good["file"]) == ([], str(SHIPPED))


def test_a_terminal_shows_the_line_with_the_mistake(tmp_path: Path) -> None:
    from rich.console import Console

    console = Console(record=True, width=200, force_terminal=True, highlight=False, soft_wrap=True)
    checked(small(tmp_path, ("{en: Hello.}", "{en: 'Hello {{ nam }}.'}"))).show(console)
    shown = console.export_text()
    assert 'unknown slot or fact "nam"' in shown
    line, mark = next(
        (one, other) for one, other in zip(shown.splitlines(), shown.splitlines()[1:], strict=False) if "| - {id: hello" in one
    )
    assert line[mark.index("^") :].startswith("'Hello {{ nam }}.'")
    assert shown.rstrip().endswith("small.yaml: 1 mistake")


def test_a_file_that_is_not_there_is_a_mistake_and_no_stack_trace() -> None:
    done = hotline("check", "none.yaml")
    assert done.exit_code == 2
    assert "none.yaml:1:1: there is no such file" in done.stdout


def test_draw_writes_a_picture(tmp_path: Path) -> None:
    done = hotline("flow", "draw", "-o", "out.svg")
    assert done.exit_code == 0
    assert Xml.parse(tmp_path / "out.svg").getroot().tag.endswith("svg")
    assert hotline("flow", "draw", str(small(tmp_path)), "-o", "-").stdout.startswith("<svg")
    hotline("flow", "draw", str(small(tmp_path)))
    assert (tmp_path / "small.svg").exists(), "named by the flow"
    with pytest.raises(ConfigError, match="cannot be written"):
        CliRunner().invoke(app, ["flow", "draw", "-o", str(tmp_path / "no" / "out.svg")], catch_exceptions=False)


def test_what_has_mistakes_is_neither_drawn_nor_tried(tmp_path: Path) -> None:
    file = str(small(tmp_path, ("next: ask", "next: aks")))
    for command in ("draw", "try"):
        done = hotline("flow", command, file)
        assert done.exit_code == 2
        assert f'{file}:10:54: unknown step "aks"' in done.stdout


def test_the_schema_is_one(tmp_path: Path) -> None:
    assert json.loads(hotline("flow", "schema").stdout)["title"]
    hotline("flow", "schema", "-o", "flow.json")
    assert json.loads((tmp_path / "flow.json").read_text(encoding="utf-8"))["$defs"]


def test_try_runs_piped() -> None:
    done = hotline("flow", "try", "--at", MONDAY, typed="where is my parcel\n4711\n#08\n/quit\n")
    assert done.exit_code == 0, done.output
    lines = done.stdout.splitlines()
    assert lines[:3] == ["house: Hello, this is Swallow Parcels.", "house: How can I help you?", "you: where is my parcel"]
    assert "  orders (number = 4711): {'state': 'late', 'days': -2, 'address': 'Lindenstraße 4'}" in lines
    assert "house: Which day shall we bring it?" in lines
    assert "you: #08" in lines
    assert lines[-1] == "  understood topic status; not ended"


def test_try_in_writing_and_in_russian() -> None:
    done = hotline(
        "flow", "try", "--channel", "chat", "--language", "ru", "--at", MONDAY, "--say", "где моя посылка", "--say", "4711"
    )
    assert "house: Сейчас посмотрим, где она. Напишите, пожалуйста, номер заказа" in done.stdout
    assert "заказ 4711 должен был уже прийти" in done.stdout
    assert "  buttons: " in done.stdout


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("--language", "de"), "hotline does not speak 'de'"),
        (("--channel", "fax"), "there is no channel 'fax'"),
        (("--at", "noon"), "'noon' is no time"),
    ],
)
def test_wrong_words_are_answered_in_a_sentence(words: tuple[str, ...], says: str) -> None:
    with pytest.raises(ConfigError, match=re.escape(says)):
        CliRunner().invoke(app, ["flow", "try", *words], catch_exceptions=False)


@pytest.mark.parametrize("command", [("check",), ("flow",), ("flow", "draw"), ("flow", "try"), ("flow", "schema")])
def test_help_shows_an_example(command: tuple[str, ...]) -> None:
    shown = " ".join(hotline(*command, "--help").stdout.split())
    assert "Example: " in shown if command != ("flow",) else all(verb in shown for verb in ("draw", "try", "schema"))


def trial(lines: Iterable[str], **opening: str) -> list[str]:
    told: list[str] = []
    Trial(load(SHIPPED), Opening(now_ms=NOW_MS, **opening), lines, lambda who, text: told.append(f"{who}: {text}")).run()  # type: ignore[arg-type]
    return told


def test_why_tells_how_the_words_were_understood() -> None:
    told = trial(["/why", "my parcel", "/why", "4711", "the day before yesterday", "/why", "#", "/why"])
    whys = [
        text for text in told if text.startswith("note: ") and ("heard as" in text or "was said" in text or "were keys" in text)
    ]
    assert whys[0] == "note: nothing was said yet"
    assert 'at "help", heard as: my parcel' in whys[1]
    assert re.search(r"(match|confirm): status \(0\.\d\d\)", whys[1])
    assert "no value: in the past" in whys[2], whys[2]
    assert whys[3] == "note: those were keys"


def test_state_shows_where_one_is_and_what_is_known() -> None:
    told = trial(["where is my parcel", "4712", "/state", "/nonsense"])
    state = next(text for text in told if 'step "keep_day"' in text)
    assert "order = 4712" in state
    assert "parcel = on_the_way" in state
    assert told[-2].startswith("note: words, #1 for a key")


def test_stand_ins_say_that_they_are() -> None:
    told = "\n".join(trial(["i have a code", "012345", "481516", "where is my parcel", "4712", "yes", "where is my parcel", "9999", "leave a message", "it is urgent"]))  # fmt: skip
    assert "note: stand-in for ticket: it is wrong (it begins with 0)" in told
    assert "house: Thank you, I know you now." in told
    assert "note: stand-in: nothing is sent; by sms it would be: Swallow Parcels: follow order 4712" in told
    assert "note: stand-in: nothing is recorded; type the message\nhouse: Thank you, I have passed it on." in told
    assert "note: stand-in: nobody will call back" in "\n".join(trial(["where is my parcel", "9999", "call me back"]))


def test_a_trial_ends_with_its_dialogue() -> None:
    told = trial(["operator", "this is not heard any more"])
    assert told[-2:] == [
        "house: I am calling an operator for you. One moment, please.",
        "note: no topic understood; handed over (asked)",
    ]
