"""`hotline explain CALL`: the whole story of a call, out of the store alone. Exit status 1: nothing is known of it."""

from __future__ import annotations

import asyncio
import json as plain_json
import sys
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape

from routing import settings as settings_file
from routing.floor.story import Stories, Story
from routing.floor.telling import WORDS, Teller
from voice.errors import ConfigError, HotlineError


def explain(
    call: Annotated[str, typer.Argument(help="The id of a call (or its Call-ID), a chat, a matter; or last.")] = "last",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    language: Annotated[str, typer.Option(help="en or ru; that of the settings where none is named.")] = "",
    config: Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")] = None,
) -> None:
    """The whole story of a call: who it was and how sure, what was said and understood, who got it and why, times."""
    from routing.app import memory_of

    settings = settings_file.load(config)
    wanted = language or (settings.language if settings.language in WORDS else "en")
    if wanted not in WORDS:
        raise ConfigError(f"stories are told in {' and '.join(WORDS)}, not in {wanted!r}", "Leave --language out.")

    async def read() -> Story | None:
        async with memory_of(settings) as memory:
            return await Stories(memory, settings.routing).of(call)

    story = asyncio.run(read())
    if story is None:
        raise HotlineError("nothing is known of such a call", "Name its Call-ID, or last; stories are kept for 30 days.")
    if json:
        sys.stdout.write(plain_json.dumps(story.values(), indent=2, ensure_ascii=False) + "\n")
        return
    console = Console(highlight=False, soft_wrap=True)
    console.print(f"[bold]{escape(story.contact)}[/bold]")
    for at, words in Teller(story, settings.routing, wanted).lines():
        # What strangers said is text here, and nothing else.
        console.print(f"[dim]{at}[/dim]  {escape(words)}" if at else f"[bold]{escape(words)}[/bold]")
