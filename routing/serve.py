"""`hotline up`: the house in service, until it is told to stop."""

from __future__ import annotations

import asyncio
import dataclasses

from rich.console import Console

from routing.app import House
from routing.settings import Settings

DRAIN_S = 900.0


async def serve(
    settings: Settings, console: Console, *, port: int | None = None, host: str | None = None, language: str | None = None
) -> bool:
    """Answer calls. Cancelled once: no new calls, the others may finish; cancelled twice: now."""
    sip = settings.sip
    sip = dataclasses.replace(sip, port=sip.port if port is None else port, host=host or sip.host)
    settings = dataclasses.replace(settings, sip=sip, language=language or settings.language)

    def progress(what: str, done: int, of: int) -> None:
        if done == of:
            console.print(f"[dim]{what}: ready[/dim]")

    async with House(settings, progress=progress) as house:
        endpoint = house.exchange.endpoint
        assert endpoint is not None
        for transport, number in endpoint.ports.items():
            console.print(f"Answering at [bold]sip:hotline@{settings.sip.host}:{number};transport={transport}[/bold]")
        for language_known in house.flow.languages:
            ears = house.ears.for_language(language_known)
            heard = ears.final.name if ears.final else "keys only: " + "; ".join(ears.missing)
            console.print(
                f"  {language_known}: {heard}"
                + (f" + {ears.streaming.name}" if ears.streaming and ears.streaming is not ears.final else "")
            )
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            if house.exchange.calls:
                console.print(f"{len(house.exchange.calls)} calls are up; no new ones. Stop again to end them now.")
                await house.drain(DRAIN_S)
            console.print("The house is closed.")
    return True
