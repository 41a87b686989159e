"""`hotline check` and `hotline flow`: for whoever writes a flow. Exit status 0: fine; 1: not to be had; 2: mistakes, or a wrong word."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Annotated
from zoneinfo import ZoneInfo

import typer
from rich.console import Console
from rich.markup import escape

from ivr.flow import Flow, FlowError, load
from ivr.flow.drawing import draw as drawing
from ivr.flow.schema import schema as whole_schema
from routing import settings as settings_file
from routing.app import flow_file
from routing.mistakes import Checked, checked
from routing.trial import HELP, Opening, Trial
from voice.clock import epoch_ms
from voice.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="Flows: see them, try them, write them.")
out = Console(highlight=False, soft_wrap=True)
File = Annotated[
    Path | None, typer.Argument(help="A flow (YAML). Default: the flow of the settings, or the one that comes along.")
]
Config = Annotated[str | None, typer.Option("--config", help="Settings file (TOML), for the default.")]
To = Annotated[str, typer.Option("--output", "-o", help="Where it goes; - is the terminal.")]
CHECK_EXAMPLE = "Example: hotline check shop.yaml    In a pipe or an editor: one mistake a line, as file:line:column: text"


def check(
    files: Annotated[list[Path] | None, typer.Argument(help="Flows, or folders of them. Default: the flow of the settings, or the one that comes along.")] = None,
    as_json: Annotated[bool, typer.Option("--json", help="As JSON: a list of files with their mistakes.")] = False,
    config: Config = None,
) -> None:  # fmt: skip
    """Find every mistake of a flow at once, with its place and what was probably meant."""
    found = [checked(file) for file in _files(files or [_default(config)])]
    if as_json:
        sys.stdout.write(json.dumps([one.to_dict() for one in found], ensure_ascii=False, indent=2) + "\n")
    else:
        for one in found:
            one.show(out) if out.is_terminal else _plain(one)
    raise typer.Exit(2 if any(one.mistakes for one in found) else 0)


@app.command(epilog="Example: hotline flow draw shop.yaml -o shop.svg")
def draw(file: File = None, output: To = "", config: Config = None) -> None:
    """Draw a flow as a picture (SVG) that any browser shows."""
    flow = _sound(file, config)
    _write(drawing(flow), output or f"{flow.name}.svg", f"{len(flow.steps)} steps")


@app.command("try", epilog="Example: printf 'where is my parcel\\n4711\\n' | hotline flow try --channel chat")
def try_(
    file: File = None,
    language: Annotated[str, typer.Option(help="Language of the talk. Default: the first one of the flow.")] = "",
    channel: Annotated[str, typer.Option(help="phone, chat or email: what is said, or what is written.")] = "phone",
    say: Annotated[list[str] | None, typer.Option("--say", help="A line instead of typing; may be given several times.")] = None,
    at: Annotated[str, typer.Option(help="When it is, as 2026-05-04T10:00 in the zone of the flow. Default: now.")] = "",
    config: Config = None,
) -> None:
    """Run a flow in the terminal: words, #1 for keys, an empty line for silence; /why, /state, /quit."""
    flow = _sound(file, config)
    if language and language not in flow.languages:
        raise ConfigError(f"{flow.name} does not speak {language!r}", f"It speaks {', '.join(flow.languages)}.")
    if channel not in ("phone", "chat", "email"):
        raise ConfigError(f"there is no channel {channel!r}", "There are phone, chat and email.")
    typing = say is None and sys.stdin.isatty()
    if typing:
        _told("note", HELP)
    opening = Opening(language, channel, _moment(at, flow))
    Trial(flow, opening, say if say is not None else _typed(typing), _typing if typing else _told).run()


@app.command(
    epilog="Example: hotline flow schema -o flow.schema.json    In a flow: # yaml-language-server: $schema=flow.schema.json"
)
def schema(output: To = "-") -> None:
    """Write the JSON Schema of flows, by which editors complete and check while one types."""
    _write(json.dumps(whole_schema(), indent=2) + "\n", output, "for editors")


def _default(config: str | None) -> Path:
    return flow_file(settings_file.load(config))


def _files(named: list[Path]) -> Iterator[Path]:
    for one in named:
        found = sorted(path for path in one.iterdir() if path.suffix in (".yaml", ".yml")) if one.is_dir() else [one]
        if not found:
            raise ConfigError(f"there is no flow in the folder {one}", "Flows end with .yaml.")
        yield from found


def _sound(file: Path | None, config: str | None) -> Flow:
    """The flow without mistakes; with some they are shown, and that is all."""
    path = file or _default(config)
    try:
        return load(path)
    except FlowError:
        found = checked(path)
        found.show(out) if out.is_terminal else _plain(found)
        raise typer.Exit(2) from None


def _plain(found: Checked) -> None:
    """Lines that editors read, and no others: what was checked is for people."""
    for mistake in found.mistakes:
        sys.stdout.write(f"{mistake}\n")
    if not found.mistakes:
        sys.stdout.write(f"{found.summary}\n")


def _write(text: str, output: str, what: str) -> None:
    if output == "-":
        sys.stdout.write(text)
        return
    try:
        Path(output).write_text(text, encoding="utf-8")
    except OSError as error:
        raise ConfigError(f"{output} cannot be written: {error.strerror}", "Name another file by -o.") from None
    out.print(f"{escape(output)}: {what}")


def _moment(at: str, flow: Flow) -> int:
    """Unix time in milliseconds."""
    if not at:
        return epoch_ms()
    try:
        return int(datetime.fromisoformat(at).replace(tzinfo=ZoneInfo(flow.timezone)).timestamp() * 1000)
    except ValueError:
        raise ConfigError(f"{at!r} is no time", "Write it as 2026-05-04T10:00.") from None


def _typed(typing: bool) -> Iterator[str]:
    """Lines from the terminal, or from a pipe, to their end."""
    if not typing:
        yield from (line.rstrip("\n") for line in sys.stdin)
        return
    import readline  # noqa: F401  (arrow keys bring back what was typed before)

    while True:
        try:
            yield input("you: ")
        except EOFError:
            return


def _told(who: str, text: str) -> None:
    named = {"house": "house: ", "caller": "you: "}
    if who in named:
        out.print(f"[bold]{named[who]}[/bold]{escape(text)}" if who == "house" else f"{named[who]}{escape(text)}")
    else:
        out.print("\n".join(f"[dim]  {escape(line)}[/dim]" for line in text.splitlines()))


def _typing(who: str, text: str) -> None:
    """On a terminal the caller's line stands there already."""
    if who != "caller":
        _told(who, text)
