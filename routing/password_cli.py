"""`hotline operators password`: a login for the desk, from the command line; above all the first administrator's."""

from __future__ import annotations

import asyncio
import logging
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Annotated

import typer
from rich.console import Console

from ivr.memory.memory import Memory
from routing import settings as settings_file
from routing.desk.accounts import Accounts
from routing.desk.gate import NAME
from routing.desk.passwords import Passwords
from routing.desk.sessions import Sessions
from routing.desk.trail import Trail
from routing.floor.records import Operator, Role
from routing.floor.store import Floor
from voice.clock import epoch_ms
from voice.errors import ConfigError

out = Console()
BY = "command line"
Config = Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")]


def password(
    login: Annotated[str, typer.Argument(help="Login: small Latin letters, digits, dots, dashes.")],
    role: Annotated[list[Role] | None, typer.Option("--role", help="May be given several times. The first login is administrator.")] = None,
    name: Annotated[str, typer.Option("--name", help="As customers and colleagues see it.")] = "",
    config: Config = None,
) -> None:  # fmt: skip
    """Set a password: asked for, or read from the standard input. An operator who is not there is made."""
    if not NAME.fullmatch(login):
        raise ConfigError(f"{login!r} is no login", "Small Latin letters, digits, dots and dashes, 32 at most.")
    word = (
        typer.prompt("Password", hide_input=True, confirmation_prompt=True)
        if sys.stdin.isatty()
        else sys.stdin.readline().rstrip("\r\n")
    )

    async def job(memory: Memory) -> None:
        floor, accounts = Floor(memory.store, epoch_ms), Accounts(memory.store, Passwords())
        known, first = await floor.operator(login), not await accounts.any()
        roles = tuple(role or ()) or (known.roles if known else (Role.ADMINISTRATOR,) if first else (Role.OPERATOR,))
        await accounts.set(login, word)
        person = replace(known, roles=roles, name=name or known.name) if known else Operator(login, name or login, roles=roles)
        await floor.keep_operator(person)
        await Sessions(memory.store, epoch_ms).end_all(login)
        await Trail(memory.store, epoch_ms).noted(BY, "password", login)
        out.print(f"{login} may log in now, as {' and '.join(roles)}.")

    run(job, config)


def run(job: Callable[[Memory], Awaitable[None]], config: str | None) -> None:
    """With the memory that the settings name."""
    from routing.app import memory_of

    logging.basicConfig(level=logging.WARNING)

    async def guarded() -> None:
        async with memory_of(settings_file.load(config)) as memory:
            await job(memory)

    asyncio.run(guarded())
