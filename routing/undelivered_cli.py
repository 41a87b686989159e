"""`hotline undelivered`: mails, webhooks and lines of chats that were given up; try one again, or drop it. Names nobody: what stands in them is for the keeper's eyes."""

from __future__ import annotations

import asyncio
import json as plain_json
import sys
from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ivr.channels.outbox import Outbox
from ivr.memory.memory import Memory
from routing import settings as settings_file

BOXES = "hotline:out:"
MOST = 100
out, err = Console(), Console(stderr=True)


def undelivered(
    retry: Annotated[str, typer.Option("--retry", metavar="ID", help="Try this one again, from the beginning.")] = "",
    drop: Annotated[str, typer.Option("--drop", metavar="ID", help="Forget this one.")] = "",
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")] = None,
) -> None:
    """What could not be delivered, and why: mails, webhooks, lines of chats. Exit status 1: there is nothing of that id."""
    from routing.app import memory_of

    if retry and drop:
        raise typer.BadParameter("--retry or --drop, not both")

    async def job() -> bool:
        async with memory_of(settings_file.load(config)) as memory:
            if retry or drop:
                return await done(memory, retry or drop, again=bool(retry))
            show(await listed(memory), json)
            return True

    if not asyncio.run(job()):
        err.print(f"Nothing undelivered has the id {retry or drop}. `hotline undelivered` lists what there is.")
        raise typer.Exit(1)


async def boxes(memory: Memory) -> list[Outbox]:
    """Every box in which something was given up."""
    names: set[str] = set()
    cursor: str | int = 0
    while True:
        cursor, found = await memory.store.command("SCAN", cursor, "MATCH", f"{BOXES}*:dead", "COUNT", 1000)
        names |= {key.removeprefix(BOXES).removesuffix(":dead") for key in found}
        if not int(cursor):
            return [Outbox(memory.store, name, memory.now_ms) for name in sorted(names)]


async def listed(memory: Memory) -> list[dict[str, Any]]:
    """The newest of each box."""
    return [
        {"box": box.name, "id": one.id, "given_up": one.died_ms, "tries": one.tries, "why": one.why}
        for box in await boxes(memory) for one in await box.dead(0, MOST - 1)
    ]  # fmt: skip


async def done(memory: Memory, name: str, *, again: bool) -> bool:
    """Try it again, or drop it; False where there is none."""
    for box in await boxes(memory):
        if await (box.revive(name) if again else box.drop(name)):
            out.print("It is tried again." if again else "It is dropped.")
            return True
    return False


def show(rows: list[dict[str, Any]], json: bool) -> None:
    if json:
        sys.stdout.write(plain_json.dumps(rows, indent=2) + "\n")
        return
    if not rows:
        out.print("Everything was delivered, or is still being tried.")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("where to", "given up (UTC)", "tries", "why", "id"):
        table.add_column(column, overflow="fold")
    for row in rows:
        when = datetime.fromtimestamp(row["given_up"] / 1000, UTC)
        table.add_row(row["box"], f"{when:%Y-%m-%d %H:%M}", str(row["tries"]), row["why"], row["id"])
    out.print(table)
