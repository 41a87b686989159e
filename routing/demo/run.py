"""`hotline demo`: a house on loopback, a caller in a process of its own, and both sides of the talk on one timeline."""

from __future__ import annotations

import asyncio
import dataclasses
import json
import re
import sys
import tempfile
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ivr.channels.phone import Note
from routing.app import House
from routing.demo.screen import Screen
from routing.demo.script import SCRIPTS
from routing.demo.story import Story
from routing.settings import Settings
from voice.call import Call
from voice.errors import ConfigError
from voice.trunk import SipSettings, Transport

CALL_LIMIT_S = 180.0


def demo_settings(settings: Settings, language: str, port: int) -> Settings:
    """The user's settings on loopback, in the language of the demo, with a memory of its own."""
    sip = SipSettings(port=port, rtp_ports=settings.sip.rtp_ports)
    return dataclasses.replace(settings, sip=sip, language=language, redis="")


def drawn(console: Console) -> str:
    """What the console showed, as SVG; without the fonts that rich would have the reader fetch from elsewhere."""
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="hotline demo"), flags=re.DOTALL)


def keep(found: dict[str, Any], result: Path) -> None:
    """Write the figures, whole or not at all."""
    result.parent.mkdir(parents=True, exist_ok=True)
    part = result.with_suffix(".part")
    part.write_text(json.dumps(found, ensure_ascii=False, indent=2) + "\n", encoding="utf-8")
    part.replace(result)


class Demo:
    """One demonstration. `run` gives True where the caller was understood in every act."""

    def __init__(self, settings: Settings, language: str, port: int, console: Console) -> None:
        if language not in SCRIPTS:
            raise ConfigError(f"the demo's caller does not speak {language!r}", f"It speaks {', '.join(SCRIPTS)}.")
        self.settings = demo_settings(settings, language, port)
        self.language, self.console = language, console
        self.story, self.screen = Story(), Screen(console, language)

    async def run(self, once: bool, result: Path, picture: Path | None = None) -> bool:
        """Start the house, let the caller call, sum up; stay up unless `once`."""
        with tempfile.TemporaryDirectory(prefix="hotline-demo-") as state:
            return await self._run(dataclasses.replace(self.settings, state=state), once, result, picture)

    async def _run(self, settings: Settings, once: bool, result: Path, picture: Path | None) -> bool:
        with Progress(TextColumn("{task.description:12}"), BarColumn(), TextColumn("{task.completed}/{task.total}"), TimeElapsedColumn(),
                      console=self.console, transient=not self.console.is_terminal) as bars:  # fmt: skip
            tasks = {}

            def progress(what: str, done: int, of: int) -> None:
                if what not in tasks:
                    tasks[what] = bars.add_task(what, total=of)
                bars.update(tasks[what], completed=done, total=of)

            house = House(settings, self._watch, progress)
            try:
                await house.start()
            except BaseException:
                await house.close()
                raise
        try:
            uri = self._uri(house)
            self.console.print(f"\nThe house answers at [bold]{uri}[/bold]; a caller with a synthetic voice phones it now.\n")
            await self._call(uri)
            found = self.story.summary(SCRIPTS[self.language], next(iter(house.outcomes.values()), "no call"))
            keep(found, result)
            self.screen.summary(found)
            self.console.print(f"[dim]All of it: {result}[/dim]")
            if picture is not None:
                await asyncio.to_thread(picture.write_text, drawn(self.console), encoding="utf-8")
            if not once:
                self._invite(uri)
                await asyncio.Event().wait()
            return bool(found["understood"])
        finally:
            await house.close()

    def _uri(self, house: House) -> str:
        assert house.exchange.endpoint is not None
        return f"sip:hotline@127.0.0.1:{house.exchange.endpoint.ports[Transport.UDP]}"

    def _watch(self, call: Call, note: Note) -> None:
        self.screen.show(self.story.from_house(note))

    async def _call(self, uri: str) -> None:
        """The caller's process, from start to end."""
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "routing.caller", uri, self.language,
            stdin=asyncio.subprocess.PIPE, stdout=asyncio.subprocess.PIPE,
        )  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        acts = [dataclasses.asdict(expected.act) for expected in SCRIPTS[self.language]]
        process.stdin.write(json.dumps(acts).encode())
        process.stdin.close()
        try:
            async with asyncio.timeout(CALL_LIMIT_S):
                async for raw in process.stdout:
                    self.screen.show(self.story.from_caller(self._fact(raw)))
                await process.wait()
        except TimeoutError:
            self.console.print(f"[red]The call took longer than {CALL_LIMIT_S:.0f} s and was ended.[/red]")
        finally:
            if process.returncode is None:
                process.kill()
                await process.wait()

    @staticmethod
    def _fact(raw: bytes) -> dict[str, Any]:
        fact: dict[str, Any] = json.loads(raw)
        return fact

    def _invite(self, uri: str) -> None:
        self.console.print(
            f"\n[bold]Now you:[/bold] the house stays up. Call [bold]{uri}[/bold] with any softphone on this machine"
            "\n(Linphone, Baresip, MicroSIP: no account, no password, transport UDP or TCP), or from another terminal:"
            f'\n    hotline call {uri} --say "where is my parcel"'
            "\nCtrl-C ends it."
        )
