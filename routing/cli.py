"""`hotline`: the command line. Errors say what is wrong and what to do; exit status 1 is a failure, 2 a wrong word."""

from __future__ import annotations

import asyncio
import logging
import os
import signal
import sys
from collections.abc import Coroutine
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.logging import RichHandler
from rich.markup import escape

from ivr.memory.errors import MemoryAway
from routing import flow_cli
from routing import settings as settings_file
from routing.explain_cli import explain
from routing.password_cli import password
from routing.privacy_cli import app as privacy_app
from routing.sound_cli import app as sound_app
from routing.staff_cli import app as operators_app
from routing.stats_cli import stats
from routing.undelivered_cli import undelivered
from voice.errors import ConfigError, HotlineError

app = typer.Typer(
    name="hotline",
    no_args_is_help=True,
    add_completion=True,
    rich_markup_mode="rich",
    help="A hotline that answers at once, understands plain speech, and never asks twice.",
    epilog="Try it: [bold]hotline demo[/bold]   Serve: [bold]hotline up[/bold]   Something wrong? [bold]hotline doctor[/bold]",
)
models_app = typer.Typer(no_args_is_help=True, help="Models for the recognisers: what is here, what can be got, what is whole.")
app.command("check", epilog=flow_cli.CHECK_EXAMPLE)(flow_cli.check)
app.add_typer(flow_cli.app, name="flow")
app.add_typer(models_app, name="models")
app.add_typer(privacy_app, name="privacy")
app.add_typer(sound_app, name="sound")
app.add_typer(operators_app, name="operators")
app.command("explain", epilog="Example: hotline explain last --language ru")(explain)
operators_app.command("password", epilog="Example: hotline operators password anna --role administrator")(password)
app.command("stats", epilog="Example: hotline stats --json")(stats)
app.command("undelivered", epilog="Example: hotline undelivered --retry desk-01m8-3")(undelivered)

AWAY = "See that it runs, and that HOTLINE_REDIS or `redis` in the settings names it; `hotline doctor` looks at it."
out, err = Console(), Console(stderr=True)
Config = Annotated[str | None, typer.Option("--config", help="Settings file (TOML). Default: HOTLINE_CONFIG, ./hotline.toml, …")]
Verbose = Annotated[bool, typer.Option("--verbose", "-v", help="Say more.")]


def logs(verbose: bool) -> None:
    handler = RichHandler(console=err, show_path=False, rich_tracebacks=verbose)
    logging.basicConfig(level=logging.INFO if verbose else logging.WARNING, format="%(message)s", handlers=[handler])


def run(job: Coroutine[Any, Any, bool]) -> None:
    """Run until done or told to stop; SIGTERM ends as Ctrl-C does."""

    async def guarded() -> bool:
        task = asyncio.ensure_future(job)
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, task.cancel)
        return await task

    try:
        raise typer.Exit(0 if asyncio.run(guarded()) else 1)
    except asyncio.CancelledError:
        raise typer.Exit(0) from None


@app.command(epilog="Example: hotline up --port 5070 --language ru")
def up(
    config: Config = None,
    port: Annotated[int | None, typer.Option(help="SIP port, UDP and TCP.")] = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on.")] = None,
    language: Annotated[str | None, typer.Option(help="Language of callers about whom nothing is known.")] = None,
    role: Annotated[
        str, typer.Option(help="all: everything, the phone in a process of its own; phone: a phone node alone.")
    ] = "all",
    verbose: Verbose = False,
) -> None:
    """Answer calls until stopped. SIGTERM: no new calls, let the others finish."""
    from routing import serve

    logs(verbose)
    settings = serve.settings_with(settings_file.load(config), port, host, language)
    if role not in list(serve.Role):
        raise ConfigError(f"no role is called {role!r}", f"There are: {', '.join(serve.Role)}.")
    if serve.SUPERVISED not in os.environ:  # one that is started again by its supervisor is told by the SIP library
        serve.free(settings)
    run(serve.phone(settings, out) if role == serve.Role.PHONE else serve.serve(settings, config, out))


@app.command(epilog="Example: hotline demo --once --speak ru")
def demo(
    once: Annotated[bool, typer.Option("--once", help="End by itself; exit status 0 only if the caller was understood.")] = False,
    speak: Annotated[str, typer.Option(help="Language of the demo's caller: en or ru.")] = "en",
    port: Annotated[int, typer.Option(help="SIP port of the demo; 0 takes a free one.")] = 0,
    result: Annotated[Path, typer.Option(help="Where the figures go.")] = Path("build/demo.json"),
    picture: Annotated[Path | None, typer.Option(help="Keep what was shown as a picture (SVG).")] = None,
    browser: Annotated[
        bool | None,
        typer.Option(
            "--browser/--no-browser",
            help="Chat and desk in a real browser. Default: where there is a display; with --once the desk alone, unseen.",
        ),
    ] = None,
    config: Config = None,
    verbose: Verbose = False,
) -> None:
    """A real call on loopback before your eyes: who says what, what was heard, how many milliseconds."""
    from routing.demo.run import Demo

    logs(verbose)
    run(Demo(settings_file.load(config), speak, port, out).run(once, result, picture, browser))


@app.command(epilog='Example: hotline call sip:hotline@127.0.0.1:5060 --say "what are your opening hours" --press 2')
def call(
    uri: Annotated[str, typer.Argument(help="Whom to call, as a SIP URI.")],
    say: Annotated[list[str] | None, typer.Option("--say", help="A sentence; may be given several times.")] = None,
    press: Annotated[str, typer.Option("--press", help="Keys to send after the sentences.")] = "",
    language: Annotated[str, typer.Option(help="Language of the sentences.")] = "en",
    number: Annotated[str, typer.Option("--from", help="Number to call from, as +74951234567.")] = "",
    json: Annotated[bool, typer.Option("--json", help="One JSON object a line, times by CLOCK_MONOTONIC.")] = False,
    verbose: Verbose = False,
) -> None:
    """Phone a hotline with a synthetic voice, and tell what happens. Exit status 0 where the house ended the call."""
    from ivr.languages import known
    from routing.caller import Act, Words, checked, tell_json
    from routing.caller import call as place

    logs(verbose)
    checked(uri, press, language, number, known())
    acts = [Act("says", say=sentence) for sentence in say or ()] + ([Act("presses", press=press)] if press else [])
    run(place(uri, acts, language, tell_json if json else Words(out.print), number))


@app.command(epilog="Example: hotline doctor --config /etc/hotline/config.toml")
def doctor(config: Config = None, verbose: Verbose = False) -> None:
    """Look at everything that must work, and say what to do about what does not."""
    from routing.doctor import examine

    logs(verbose)
    raise typer.Exit(0 if examine(config, out) else 1)


@app.command(
    context_settings={"ignore_unknown_options": True, "allow_extra_args": True},
    epilog="Example: hotline bench answer reply    hotline bench --quick    hotline bench --help",
    add_help_option=False,
)
def bench(words: typer.Context) -> None:
    """Measure this machine: latency as heard, calls a core, against peers. A table, build/bench.json, pictures."""
    # In this one's place: nothing of the command line's weighs on the figures, and Ctrl-C reaches who measures.
    # -P: the bench that belongs to this program, and no folder of that name where one stands.
    os.execv(sys.executable, [sys.executable, "-P", "-m", "bench", *words.args])


@models_app.command("list")
def models_list() -> None:
    """Every model that the house knows, and whether it is here."""
    from routing.models import show

    show(out)


@models_app.command("get", epilog="Example: hotline models get vosk-model-small-ru-0.22 vosk-model-small-en-us-0.15")
def models_get(names: Annotated[list[str], typer.Argument(help="Names from `hotline models list`.")]) -> None:
    """Fetch models, with a progress bar; a broken download goes on where it stopped."""
    from routing.models import fetch

    for name in names:
        fetch(name, out)


@models_app.command("verify")
def models_verify(
    name: Annotated[str | None, typer.Argument(help="One model; all that are here where none is named.")] = None,
) -> None:
    """Check that models are whole."""
    from routing.models import verify

    raise typer.Exit(0 if verify(name, out) else 1)


def main() -> None:
    """The entry point: a mistake is told in a sentence, never as a stack trace."""
    try:
        tell_mistakes()
    except SystemExit as end:
        if "pjsua2" in sys.modules and isinstance(end.code, int | None):
            # All is closed. A thread of the SIP library or of a recogniser that is still on its way into Python would be
            # ended by force as the interpreter goes down, and C++ takes that for a fault (cpython issue 87135).
            logging.shutdown()
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(end.code or 0)
        raise


def tell_mistakes() -> None:
    try:
        app()
    except HotlineError as error:
        remedy = error.remedy or (AWAY if isinstance(error, MemoryAway) else "")
        err.print(f"[red]hotline:[/red] {escape(error.what)}" + (f"\n[dim]{escape(remedy)}[/dim]" if remedy else ""))
        supervised = "HOTLINE_SUPERVISED" in os.environ and isinstance(error, ConfigError)
        sys.exit(os.EX_CONFIG if supervised else 1)


if __name__ == "__main__":
    main()
