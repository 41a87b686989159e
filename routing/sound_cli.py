"""`hotline sound`: what was kept of calls, to be heard again by whoever may read this machine's state folder.

The sound is on the machine that took the call, and so is its key; a command there opens it.
"""

from __future__ import annotations

import asyncio
import os
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console
from rich.table import Table

from ivr.memory import identity
from ivr.memory.errors import NotAnIdentity
from ivr.memory.matter import Matter
from ivr.memory.matter import unpack as matter_of
from routing import settings as settings_file
from routing.app import memory_of
from routing.places import vault_of
from routing.settings import Settings
from voice.errors import ConfigError
from voice.speech import wav

app = typer.Typer(no_args_is_help=True, help="Messages and answers that were kept as sound.")
out, err = Console(), Console(stderr=True)
Config = Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")]


@app.command("list", epilog="Example: hotline sound list --phone +74951234567")
def listed(
    phone: Annotated[str, typer.Option("--phone", help="Of whoever called from this number.")] = "",
    matter: Annotated[str, typer.Option("--matter", help="Of one matter, by its id.")] = "",
    config: Config = None,
) -> None:
    """What was said to the house and kept, with the words that were understood."""
    settings = settings_file.load(config)
    found = asyncio.run(matters(settings, phone, matter))
    table = Table("sound", "when (UTC)", "matter", "question", "words", box=None)
    for one in found:
        for line in one.ledger:
            if line.recording:
                when = datetime.fromtimestamp(line.at_ms / 1000, UTC).isoformat(" ", "minutes").partition("+")[0]
                table.add_row(line.recording, when, one.id, line.slot, str(line.value))
    out.print(table if table.row_count else "Nothing was kept as sound.")


@app.command(epilog="Example: hotline sound get 5f2c… --to message.wav")
def get(
    sound: Annotated[str, typer.Argument(help="Its id, from the list or a matter's ledger.")],
    to: Annotated[
        Path | None, typer.Option("--to", help="A new file, for you alone; standard output where none is named.")
    ] = None,
    config: Config = None,
) -> None:
    """One sound, opened, as a WAV file."""
    kept = wav.parse(vault_of(settings_file.load(config)).read(sound))
    content = wav.head(kept.rate_hz, len(kept.data), kept.channels) + kept.data
    if to is None:
        if sys.stdout.isatty():
            raise ConfigError("a WAV file is nothing for a terminal", "Name a file with --to, or send it on: | play -t wav -")
        sys.stdout.buffer.write(content)
        return
    try:
        with os.fdopen(os.open(to, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600), "wb") as file:
            file.write(content)
    except OSError as error:
        raise ConfigError(f"{to} cannot be written ({error.strerror})", "Name a new file in a folder that is yours.") from None
    err.print(f"{to}: {len(kept.data) / (2 * kept.channels * kept.rate_hz):.1f} s. It is not encrypted any more.")


@app.command("renew-key")
def renew_key(config: Config = None) -> None:
    """A new key for what is kept from now on. The former ones stay, for what was."""
    vault = vault_of(settings_file.load(config))
    vault.renew()
    err.print(f"{vault.folder / 'key'} has a new first line. Back it up: without it, no sound can be heard again.")


async def matters(settings: Settings, phone: str, matter: str) -> list[Matter]:
    """Of this number, or the one of this id. Raises ConfigError, MemoryAway."""
    try:
        who = identity.phone(phone, settings.region) if phone else None
    except NotAnIdentity:
        raise ConfigError(f"{phone} is no phone number", "Write it with its country code: +74951234567") from None
    if (who is None) == (not matter):
        raise ConfigError("of whom is not said", "Name one of --phone and --matter.")
    async with memory_of(settings) as memory:
        names = await memory.store.command("ZRANGE", f"o{who.address}", 0, -1) if who else [matter]
        found = map(matter_of, await memory.store.run("matter", *names) if names else [])
        return [one for one in found if one is not None]
