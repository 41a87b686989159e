"""`hotline up`: the house in service, until it is told to stop. The phone in a process of its own, watched over by the desk's.

They talk through Redis only, exactly as two machines would: a crash of the SIP library costs the calls of the phone's process
and nothing else. `--role phone` is a phone node alone, of which there may be many.
"""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import os
import socket
import sys
from collections.abc import Iterator
from enum import StrEnum

from rich.console import Console
from rich.markup import escape

from ivr.channels.chat.shelf import RedisShelf
from ivr.flow import Flow, load
from ivr.memory.errors import MemoryAway
from ivr.memory.memory import Memory
from ivr.memory.rounds import Rounds
from routing.app import House, flow_file, loaded_for_good, memory_of
from routing.channels import Channels
from routing.desk.front import Front
from routing.desk.metrics import Metrics, version
from routing.finding import Grade
from routing.floor.caretaker import Caretaker
from routing.floor.chronicle import Chronicle
from routing.floor.router import Router
from routing.floor.store import Floor
from routing.keepers import aging, recordings
from routing.settings import Settings
from routing.supervisor import Supervisor
from routing.web import Web
from routing.web_settings import WebSettings
from voice.clock import epoch_ms, now_ns
from voice.errors import ConfigError

DRAIN_S = 900.0
PATIENCE_NS = 5_000_000_000  # so long one looks at a start that says nothing
SUPERVISED = "HOTLINE_SUPERVISED"


class Role(StrEnum):
    """What this process does: everything (with the phone in a child), or the phone alone."""

    ALL = "all"
    PHONE = "phone"


def settings_with(settings: Settings, port: int | None, host: str | None, language: str | None) -> Settings:
    """The settings, changed by what the command line says."""
    sip = settings.sip
    wanted = language or settings.language
    chosen = language or wanted != Settings().language  # a flow without the usual one begins in its first
    if chosen and SUPERVISED not in os.environ and wanted not in (spoken := load(flow_file(settings)).languages):
        where = "--language" if language else f"{settings.source}: language"
        raise ConfigError(f"the flow does not speak {wanted!r}", f"{where} is one of {', '.join(spoken)}.")
    sip = dataclasses.replace(sip, port=sip.port if port is None else port, host=host or sip.host)
    return dataclasses.replace(settings, sip=sip, language=language or settings.language)


def words(settings: Settings, config: str | None) -> list[str]:
    """The command line of the phone's process."""
    sip = settings.sip
    found = [sys.executable, "-m", "routing.cli", "up", "--role", Role.PHONE, "--port", str(sip.port), "--host", sip.host]
    return [*found, "--language", settings.language, *(("--config", config) if config else ())]


def free(settings: Settings) -> None:
    """What the phone will listen on can be had: told before a minute of prompts, not after. Raises ConfigError."""
    from routing.doctor import ports

    for found in ports(settings):
        if found.grade is Grade.FAIL:
            raise ConfigError(found.what, f"{found.remedy} In the settings, or by --port and --host.")


async def serve(settings: Settings, config: str | None, console: Console) -> bool:
    """Everything: the memory, and the phone in a child. Stopped once: calls may finish; twice: now."""
    async with contextlib.AsyncExitStack() as stack:
        memory = await stack.enter_async_context(memory_of(settings))
        memory.counts.start("desk")
        await stack.enter_async_context(Metrics(settings.metrics, memory.counts, version()))
        rounds = Rounds(memory, settings.retention, aging(memory, settings))
        rounds.start()
        stack.push_async_callback(rounds.close)
        flow = load(flow_file(settings))
        channels = Channels(settings, memory, flow)
        front = front_of(settings, memory, flow, f"desk-{socket.gethostname()}-{settings.web.port}")
        channels.hand(front.mails.wanted, front.mails.talked)
        await stack.enter_async_context(channels)
        await open_web(settings, memory, stack, console, channels, front)
        await stack.enter_async_context(router_of(front))
        stack.enter_context(loaded_for_good())
        phone = Supervisor("the phone", words(settings, config), {SUPERVISED: "1"})
        await phone.start()
        try:
            await phone.refused.wait()
        except asyncio.CancelledError:
            await phone.close(DRAIN_S)
            console.print("The house is closed.")
            return True
        await phone.close(0)
    return False


def front_of(settings: Settings, memory: Memory, flow: Flow, node: str = "") -> Front:
    """The desk. node: by which its chats know it again after a restart."""
    floor = Floor(memory.store, epoch_ms, settings.routing)
    tapes = recordings(memory, settings)
    return Front(floor, memory, flow, RedisShelf(memory.store), settings.desk, settings.routing, recordings=tapes, node=node)


def router_of(front: Front) -> Router:
    """Who gives what waits to those who are free, with the desk's dossiers."""
    floor = front.floor
    return Router(floor, front.dossier, caretaker=Caretaker(floor), chronicle=Chronicle(floor, front.memory))


async def open_web(
    settings: Settings, memory: Memory, stack: contextlib.AsyncExitStack, console: Console, channels: Channels | None = None,
    front: Front | None = None,
) -> None:  # fmt: skip
    """The chat, the desk and the pages. A port that nobody asked for and that is taken costs these, not the phone."""
    kept_s = settings.retention.ms("chats") // 1000
    errands = channels.errands if channels is not None else None
    desk = front.chats if front is not None else None
    web = Web(settings.web, memory, load(flow_file(settings)), desk, chats_kept_s=kept_s, errands=errands)
    missing = await open_desk(front, web, stack, channels) if front is not None else ""
    if channels is not None:
        channels.add_routes(web)
    try:
        await stack.enter_async_context(web)
    except ConfigError as error:
        if settings.web != WebSettings() or settings.api.senders:
            raise
        console.print(f"[yellow]No chat:[/yellow] {error}")
    else:
        console.print(f"Chat at [bold]{web.url}/demo[/bold]" if settings.web.demo else f"Chat at [bold]{web.url}[/bold]")
        if front is not None:
            await introduce_desk(front, web.url, console, missing)
    for line in channels.lines(web.url) if channels is not None else ():
        console.print(escape(line))


async def open_desk(front: Front, web: Web, stack: contextlib.AsyncExitStack, channels: Channels | None) -> str:
    """What runs behind the desk's page, before anybody comes; what the page itself lacks ("" for nothing): chats and mails wait for people all the same."""
    missing = ""
    try:
        front.add_routes(web)
    except ConfigError as error:
        missing = str(error)
    stack.push_async_callback(front.close)
    await front.open(web.rooms, channels.office if channels is not None else None)
    return missing


async def introduce_desk(front: Front, url: str, console: Console, missing: str) -> None:
    """Where it is, and how the first one logs in."""
    if missing:
        console.print(f"[yellow]No desk:[/yellow] {escape(missing)}")
        return
    console.print(f"Desk at [bold]{url}/desk[/bold]")
    with contextlib.suppress(MemoryAway):
        if not await front.accounts.any():
            console.print("  Nobody can log in yet. The first one: [bold]hotline operators password NAME[/bold]")


async def phone(settings: Settings, console: Console) -> bool:
    """A phone node. Cancelled once: no new calls, the others may finish; cancelled twice: now."""

    told_ns = now_ns()

    def progress(what: str, done: int, of: int) -> None:
        """What is ready; and how far that is which takes its time, as the first rendering of all prompts does."""
        nonlocal told_ns
        if done == of:
            console.print(f"[dim]{what}: ready[/dim]")
        elif done and now_ns() - told_ns > PATIENCE_NS:
            console.print(f"[dim]{what}: {done} of {of}[/dim]")
        else:
            return
        told_ns = now_ns()

    async with House(settings, progress=progress) as house:
        introduce(house, console)
        with ending_with_supervisor():
            try:
                await asyncio.Event().wait()
            except asyncio.CancelledError:
                if house.exchange.calls:
                    console.print(f"{len(house.exchange.calls)} calls are up; no new ones. Stop again to end them now.")
                    await house.drain(DRAIN_S)
        if SUPERVISED not in os.environ:
            console.print("The house is closed.")
    return True


def introduce(house: House, console: Console) -> None:
    """Where it answers, and with which ears."""
    endpoint = house.exchange.endpoint
    assert endpoint is not None
    for transport, number in endpoint.ports.items():
        console.print(f"Answering at [bold]sip:hotline@{house.settings.sip.host}:{number};transport={transport}[/bold]")
    for language in house.flow.languages:
        ears = house.ears.for_language(language)
        final = ears.final.name if ears.final else "keys only: " + "; ".join(ears.missing)
        streaming = f" + {ears.streaming.name}" if ears.streaming and ears.streaming is not ears.final else ""
        console.print(f"  {language}: {final}{streaming}")


@contextlib.contextmanager
def ending_with_supervisor() -> Iterator[None]:
    """A supervised child ends when the pipe to its supervisor does: killed outright, he could not tell it."""
    task, loop = asyncio.current_task(), asyncio.get_running_loop()
    if SUPERVISED not in os.environ or task is None:
        yield
        return

    def gone() -> None:
        if not os.read(sys.stdin.fileno(), 1):
            loop.remove_reader(sys.stdin.fileno())
            task.cancel()

    loop.add_reader(sys.stdin.fileno(), gone)
    try:
        yield
    finally:
        loop.remove_reader(sys.stdin.fileno())
