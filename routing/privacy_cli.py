"""`hotline privacy`: a copy of all that is kept of somebody, and an end of it. Exit status 0: done; 1: not; 2: a wrong word.

Whoever has only ever called, and is nobody's identity, is found by his number all the same.
"""

from __future__ import annotations

import asyncio
import json
import logging
import os
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from ivr.memory import identity
from ivr.memory.errors import NotAnIdentity
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.privacy import Erased, Subject
from routing import settings as settings_file
from voice.errors import ConfigError

log = logging.getLogger(__name__)
BY = "command line"
app = typer.Typer(no_args_is_help=True, help="A copy of what is kept of somebody, and an end of it.")
out = Console(stderr=True)
Customer = Annotated[str, typer.Option("--customer", help="Whose, by the id of the customer.")]
Phone = Annotated[str, typer.Option("--phone", help="Whose, by a phone number.")]
Email = Annotated[str, typer.Option("--email", help="Whose, by a mail address.")]
Copy = Annotated[Path | None, typer.Option("--copy", help="Where the copy goes (JSON, for you alone).")]
Config = Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")]


@app.command(epilog="Example: hotline privacy export --phone +74951234567 --copy anna.json")
def export(customer: Customer = "", phone: Phone = "", email: Email = "", copy: Copy = None, config: Config = None) -> None:
    """Everything that is kept of a customer, as JSON: touches, matters, chats, mails, sound."""

    async def job(memory: Memory, whom: str) -> bool:
        write(await memory.privacy.export(whom), copy)
        return True

    run(job, customer, phone, email, config)


@app.command(epilog="Example: hotline privacy erase --email anna@example.com --copy anna.json")
def erase(
    customer: Customer = "", phone: Phone = "", email: Email = "", copy: Copy = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False, config: Config = None,
) -> None:  # fmt: skip
    """Forget a customer, everywhere. With --copy a copy is written first. There is no way back."""

    async def job(memory: Memory, whom: str) -> bool:
        subject = await memory.privacy.subject(whom)
        tell_before(subject)
        if not yes and not typer.confirm("Erase all of it? There is no way back", err=True):
            out.print("Nothing was erased.")
            return False
        if copy is not None:
            write(await memory.privacy.export(whom), copy)
        tell_after(await memory.privacy.erase(whom, BY))
        return True

    run(job, customer, phone, email, config)


def run(job: Callable[[Memory, str], Awaitable[bool]], customer: str, phone: str, email: str, config: str | None) -> None:
    """Do a job for one customer; the exit status says whether it was done."""
    from routing.app import memory_of

    if sum(map(bool, (customer, phone, email))) != 1:
        raise typer.BadParameter("name one person: --customer ID, --phone NUMBER or --email ADDRESS")
    settings = settings_file.load(config)

    async def whole() -> bool:
        async with memory_of(settings) as memory:
            return await job(memory, await named(memory, customer, phone, email, settings.region))

    raise typer.Exit(0 if asyncio.run(whole()) else 1)


async def named(memory: Memory, customer: str, phone: str, email: str, region: str) -> str:
    """The id of whoever is meant. Raises ConfigError where that is nobody, or several."""
    if customer:
        if await memory.customers.get(customer) is None:
            raise ConfigError("there is no such customer", "Ids are in the webhooks and in an export.")
        return customer
    try:
        who = identity.phone(phone, region) if phone else identity.email(email)
    except NotAnIdentity as error:
        raise ConfigError(f"this is {error.what}", "Write +74951234567, or name@example.com.") from None
    found = await memory.who(who)
    if found.customer is not None:
        return found.customer.id
    sure = [one.customer.id for one in found.candidates if one.confidence >= identity.STRONG]
    if sure:
        raise ConfigError(f"{len(sure)} customers share it", f"Name one of them: --customer {', --customer '.join(sure)}")
    if not (found.touches or found.matters or await anything(memory, who)):
        local = phone and not phone.startswith("+")
        raise ConfigError("nobody is known by it", "The number has no country code: is `region` the right one?" if local else "")
    # Somebody who called and was never made a customer: he becomes one, to be copied or forgotten as one.
    made = await memory.customers.meet(who, BY)
    assert made is not None
    return made


async def anything(memory: Memory, who: Identity) -> bool:
    """Whether the memory has a touch or a matter, over or not, by this identity."""
    return bool(await memory.store.command("EXISTS", f"t{who.address}", f"o{who.address}"))


def write(copy: dict[str, Any], path: Path | None) -> None:
    """As JSON, to the standard output or into a file that only this user may read."""
    text = json.dumps(copy, ensure_ascii=False, indent=2) + "\n"
    if path is None:
        sys.stdout.write(text)
        return
    with os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w", encoding="utf-8") as file:
        file.write(text)
    out.print(f"The copy is in {path}")


def tell_before(subject: Subject) -> None:
    """How much it is; whose is not said."""
    kinds = ", ".join(sorted({one.kind.name.lower() for one in subject.identities})) or "none"
    out.print(f"{len(subject.ids)} customer ids, identities: {kinds}; {subject.touches} touches, {len(subject.matters)} matters")
    if subject.left:
        out.print(
            f"[yellow]{len(subject.left)} identities are shared or not surely his: of them goes what bears his name.[/yellow]"
        )


def tell_after(gone: Erased) -> None:
    """What was removed."""
    others = "".join(f", {count} of {name}" for name, count in gone.others.items() if count)
    out.print(f"Erased: {gone.touches} touches, {gone.matters} matters, {len(gone.identities)} identities{others}.")
    log.info("somebody was erased: %d touches, %d matters", gone.touches, gone.matters)
    if not gone.cleaned:
        out.print("[yellow]Redis's own file may still hold it[/yellow]: rewrite it (BGREWRITEAOF, or SAVE), and see to back-ups.")
