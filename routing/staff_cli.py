"""`hotline operators`: who takes what waits. Passwords are the desk's business (`hotline operators password`)."""

from __future__ import annotations

import asyncio
import json as plain_json
import re
import sys
from collections.abc import Awaitable, Callable
from dataclasses import replace
from datetime import datetime
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from ivr.memory.errors import Unfit
from routing import settings as settings_file
from routing.floor.hours import zone
from routing.floor.records import LEVEL_MOST, Availability, Medium, Operator, Role
from routing.floor.settings import SLUG
from routing.floor.store import Floor
from voice.errors import ConfigError

app = typer.Typer(no_args_is_help=True, help="Operators: who they are, what they can, how they stand.")
ID = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
URI = re.compile(r"sips?:[^\s<>@]+(@[^\s<>@]+)?", re.IGNORECASE)
ANSWERS = ("phone", "desk")
DEMO = (
    Operator(
        "anna", "Анна Орлова", {"delivery": 3, "returns": 2}, {"ru": 3, "en": 3}, uri="sip:anna@127.0.0.1:5081", team="demo"
    ),
    Operator(
        "boris", "Борис Лебедев", {"returns": 3, "delivery": 2}, {"ru": 3, "en": 2}, uri="sip:boris@127.0.0.1:5082", team="demo"
    ),
)

Name = Annotated[str, typer.Argument(help="The operator's id.")]
Json = Annotated[bool, typer.Option("--json", help="As JSON.")]
Config = Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")]
Skills = Annotated[
    list[str] | None, typer.Option("--skill", help="A skill and its level, 1 to 3: delivery:3. Several times for several.")
]
Languages = Annotated[
    list[str] | None, typer.Option("--language", help="A language and its level: ru:3. Several times for several.")
]
Capacity = Annotated[list[str] | None, typer.Option("--capacity", help="How many at once: chat:3. Of call, chat, mail.")]
Beside = Annotated[list[str] | None, typer.Option("--beside-call", help="How many beside a call: chat:1. Of chat, mail.")]
Uri = Annotated[str | None, typer.Option("--uri", help="His phone, as a SIP URI.")]
Trunk = Annotated[str | None, typer.Option("--trunk", help="By which trunk it is called.")]
Roles = Annotated[list[str] | None, typer.Option("--role", help=f"One of {', '.join(Role)}. Several times for several.")]
Team = Annotated[str | None, typer.Option("--team", help="His team.")]
Answer = Annotated[str | None, typer.Option("--answer", help="phone: his phone rings at once; desk: when he presses Answer.")]
Full = Annotated[str | None, typer.Option("--name", help="As he is called.")]


async def seed(floor: Floor, *uris: str) -> tuple[Operator, ...]:
    """Two operators for a demonstration, ready; `uris` are their phones, where these are not on the ports of DEMO."""
    made = [replace(one, uri=uri) for one, uri in zip(DEMO, (*uris, *(one.uri for one in DEMO[len(uris) :])), strict=True)]
    for operator in made:
        await floor.keep_operator(operator)
        await floor.set_status(operator.id, Availability.READY)
    return tuple(made)


@app.command("list", epilog="Example: hotline operators list --json")
def list_(json: Json = False, config: Config = None) -> None:
    """Everybody, with status and load."""

    async def job(floor: Floor) -> None:
        there = {presence.operator: presence for presence in await floor.presences()}
        operators = await floor.operators()
        if json:
            _write([one.values() | {"presence": there[one.id].values() if one.id in there else None} for one in operators])
            return
        table = Table(box=None, pad_edge=False)
        for column in ("id", "name", "status", "since", "call", "chat", "mail", "skills", "languages", "phone"):
            table.add_column(column, justify="right" if column in list(Medium) else "left")
        place = zone(floor.settings.zone)
        for one in operators:
            presence = there.get(one.id)
            status = (
                "inactive"
                if not one.active
                else presence.status.value + (f" ({presence.reason})" if presence.reason else "")
                if presence
                else "?"
            )
            since = f"{datetime.fromtimestamp(presence.since_ms / 1000, place):%H:%M}" if presence else ""
            load = [f"{presence.load.get(medium, 0) if presence else 0}/{one.capacity.get(medium, 0)}" for medium in Medium]
            words = (one.id, one.name, status, since, *load, _levels(one.skills), _levels(one.languages), one.uri)
            table.add_row(*map(escape, words))
        Console().print(table)

    _run(job, config)


@app.command(
    epilog="Example: hotline operators add anna --name 'Anna Orlova' --skill delivery:3 --language ru:3 --uri sip:200@pbx.example"
)
def add(
    operator: Name, name: Full = None, skill: Skills = None, language: Languages = None, capacity: Capacity = None, beside_call: Beside = None,
    uri: Uri = None, trunk: Trunk = None, role: Roles = None, team: Team = None, answer: Answer = None, config: Config = None,
) -> None:  # fmt: skip
    """Make an operator. He is offline until he, or `hotline operators status`, says otherwise."""

    async def job(floor: Floor) -> None:
        if await floor.operator(operator) is not None:
            raise ConfigError(f"there is an operator {operator} already", "Change him with hotline operators set.")
        given = _given(name or operator, skill, language, capacity, beside_call, uri, trunk, role, team, answer)
        await floor.keep_operator(checked(replace(Operator(operator, operator), **given)))

    _run(job, config)


@app.command("set", epilog="Example: hotline operators set anna --skill delivery:2 --inactive")
def set_(
    operator: Name, name: Full = None, skill: Skills = None, language: Languages = None, capacity: Capacity = None, beside_call: Beside = None,
    uri: Uri = None, trunk: Trunk = None, role: Roles = None, team: Team = None, answer: Answer = None,
    active: Annotated[bool | None, typer.Option("--active/--inactive", help="Whether he is offered anything.")] = None, config: Config = None,
) -> None:  # fmt: skip
    """Change an operator. What is not named stays; skills and languages that are named are all he has."""

    async def job(floor: Floor) -> None:
        before = await _known(floor, operator)
        given = _given(name, skill, language, capacity, beside_call, uri, trunk, role, team, answer)
        for key in ("capacity", "beside_call"):
            if key in given:
                given[key] = {**getattr(before, key), **given[key]}
        if active is not None:
            given["active"] = active
        await floor.keep_operator(checked(replace(before, **given)))

    _run(job, config)


@app.command(epilog="Example: hotline operators show anna --json")
def show(operator: Name, json: Json = False, config: Config = None) -> None:
    """One of them, with all that is set, and what he has in hand."""

    async def job(floor: Floor) -> None:
        one, presence = await _known(floor, operator), await floor.presence(operator)
        hand = [each.values() for each in await floor.assignments(operator)]
        found = one.values() | {"presence": presence.values() if presence else None, "in_hand": hand}
        if json:
            _write(found)
            return
        console = Console(highlight=False)
        for key, value in found.items():
            console.print(f"[dim]{key}[/dim]  {escape(_levels(value) if isinstance(value, dict) else str(value))}")

    _run(job, config)


@app.command(epilog="Example: hotline operators remove anna")
def remove(operator: Name, config: Config = None) -> None:
    """Remove an operator who has nothing in hand; his contacts stay in the reports."""

    async def job(floor: Floor) -> None:
        await _known(floor, operator)
        await floor.remove_operator(operator)

    _run(job, config)


@app.command(epilog="Example: hotline operators status anna pause --reason lunch")
def status(
    operator: Name,
    status: Annotated[str, typer.Argument(help="ready, pause or offline.")],
    reason: Annotated[str, typer.Option(help="Why.")] = "",
    config: Config = None,
) -> None:
    """Set how an operator stands."""
    known = [one.value for one in Availability if one is not Availability.WRAP_UP]
    if status not in known:
        raise ConfigError(f"there is no status {status!r}", f"There are: {', '.join(known)}.")

    async def job(floor: Floor) -> None:
        await _known(floor, operator)
        await floor.set_status(operator, Availability(status), reason)

    _run(job, config)


def checked(operator: Operator) -> Operator:
    """One that makes sense. Raises ConfigError that says what does not."""
    if not ID.fullmatch(operator.id):
        raise ConfigError(f"{operator.id!r} is no id of an operator", "Write small Latin letters, digits, dots and dashes: anna")
    if operator.uri and not URI.fullmatch(operator.uri):
        raise ConfigError(f"{operator.uri!r} is no SIP URI", "Write sip:200@pbx.example.")
    if operator.answer not in ANSWERS:
        raise ConfigError(f"nobody answers by {operator.answer!r}", f"There are: {', '.join(ANSWERS)}.")
    if not operator.languages or not operator.name.strip():
        raise ConfigError("an operator has a name, and speaks one language at least", "Write --language ru:3.")
    return operator


def _given(
    name: str | None, skill: list[str] | None, language: list[str] | None, capacity: list[str] | None, beside: list[str] | None, uri: str | None,
    trunk: str | None, role: list[str] | None, team: str | None, answer: str | None,
) -> dict[str, Any]:  # fmt: skip
    """What was named on the command line. Raises ConfigError."""
    found: dict[str, Any] = {"name": name, "uri": uri, "trunk": trunk, "team": team, "answer": answer}
    for key, pairs in (("skills", skill), ("languages", language)):
        found[key] = None if pairs is None else _pairs(pairs, 1, LEVEL_MOST)
    for key, pairs in (("capacity", capacity), ("beside_call", beside)):
        counts = None if pairs is None else _pairs(pairs, 0, 100)
        if counts and not set(counts) <= set(Medium):
            raise ConfigError(f"{', '.join(counts)}: these are no media", f"There are: {', '.join(Medium)}.")
        found[key] = None if counts is None else {Medium(medium): count for medium, count in counts.items()}
    if role is not None and not set(role) <= set(Role):
        raise ConfigError(f"{', '.join(role)}: these are no roles", f"There are: {', '.join(Role)}.")
    found["roles"] = None if role is None else tuple(Role(one) for one in role)
    return {key: value for key, value in found.items() if value is not None}


def _pairs(texts: list[str], least: int, most: int) -> dict[str, int]:
    """["delivery:3"] as {"delivery": 3}. Raises ConfigError."""
    found: dict[str, int] = {}
    for text in texts:
        name, _, number = text.partition(":")
        if not SLUG.fullmatch(name) or not number.isdecimal() or not least <= int(number) <= most:
            raise ConfigError(f"{text!r} is no name and number", f"Write delivery:3; the number is {least} to {most}.")
        found[name] = int(number)
    return found


def _levels(levels: Any) -> str:
    return " ".join(f"{name}:{level}" for name, level in levels.items())


async def _known(floor: Floor, name: str) -> Operator:
    found = await floor.operator(name)
    if found is None:
        raise Unfit("there is no such operator", "See hotline operators list.")
    return found


def _run(job: Callable[[Floor], Awaitable[None]], config: str | None) -> None:
    from routing.app import memory_of

    settings = settings_file.load(config)

    async def whole() -> None:
        async with memory_of(settings) as memory:
            await job(Floor(memory.store, memory.now_ms, settings.routing))

    asyncio.run(whole())


def _write(value: Any) -> None:
    sys.stdout.write(plain_json.dumps(value, indent=2, ensure_ascii=False) + "\n")
