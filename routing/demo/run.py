"""`hotline demo`: a house on loopback, a caller in a process of its own, and both sides of the talk on one timeline."""

from __future__ import annotations

import asyncio
import contextlib
import dataclasses
import json
import os
import tempfile
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape
from rich.progress import BarColumn, Progress, TextColumn, TimeElapsedColumn

from ivr.channels.chat.visitor import Visitor
from ivr.channels.phone import Note
from routing.app import House
from routing.caller import Act
from routing.demo.browser import BrowserVisitor, NoBrowser, display
from routing.demo.cast import ANNA, BORIS, CASTS
from routing.demo.crossing import WORDS, crossed, first_call, second_call
from routing.demo.peer import Peer
from routing.demo.people import People
from routing.demo.picture import picture as drawn
from routing.demo.screen import Screen
from routing.demo.script import SCRIPTS
from routing.demo.story import Line, Story
from routing.demo.team import Team
from routing.desk.front import Front
from routing.desk.settings import DeskSettings
from routing.floor.settings import Recording, RoutingSettings
from routing.serve import front_of, open_desk, router_of
from routing.settings import Settings
from routing.switchboard.settings import SwitchboardSettings
from routing.web import Web
from routing.web_settings import WebSettings
from voice.call import Call
from voice.clock import now_ns
from voice.errors import ConfigError, HotlineError
from voice.trunk import SipSettings, Transport

CALL_LIMIT_S = 180.0
POP_MS = 3000
# Both numbers are kept for fiction (Bundesnetzagentur, Berlin). Without one of the house the page offers no call.
NUMBER = "+493023125017"
WEB = WebSettings(port=0, demo=True, phone="+49 30 23125 042")


def demo_settings(settings: Settings, language: str, port: int) -> Settings:
    """The user's settings on loopback, in the language of the demo, with a memory and operators of its own, who are never closed."""
    sip = SipSettings(port=port, rtp_ports=settings.sip.rtp_ports)
    return dataclasses.replace(
        settings, sip=sip, language=language, redis="", routing=RoutingSettings(recording=Recording.NOTICE), desk=DeskSettings(), switchboard=SwitchboardSettings()
    )  # fmt: skip


@contextlib.contextmanager
def own_memory() -> Iterator[None]:
    """Without HOTLINE_REDIS, which goes before the settings: nobody of the demo enters the memory of the user's own house."""
    named = os.environ.pop("HOTLINE_REDIS", None)
    try:
        yield
    finally:
        if named is not None:
            os.environ["HOTLINE_REDIS"] = named


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
        self.browser, self.pages, self.lacking = False, True, ""
        self.parts: list[tuple[str, int]] = []

    async def run(self, once: bool, result: Path, picture: Path | None = None, browser: bool | None = None) -> bool:
        """Start the house, let the caller call, sum up; stay up unless `once`.

        browser: chat and desk in a real browser; without a word, where somebody watches and there is a display. With `once` the
        desk's pages are opened all the same, unseen, and their pictures kept beside `result`; not with browser=False.
        """
        self.pages = browser is not False
        if self.pages:
            # One machine plays everybody here: its desk may paint late, and rings only then.
            self.settings = dataclasses.replace(self.settings, routing=dataclasses.replace(self.settings.routing, pop_ms=POP_MS))
        self.browser = not once and display() if browser is None else browser
        with own_memory(), tempfile.TemporaryDirectory(prefix="hotline-demo-") as state:
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
        assert house.memory is not None
        try:
            async with contextlib.AsyncExitStack() as stack:
                front = front_of(settings, house.memory, house.flow)
                web = Web(WEB, house.memory, house.flow, front.chats)
                self.lacking = await open_desk(front, web, stack, None)
                await stack.enter_async_context(web)
                await stack.enter_async_context(router_of(front))
                return await self._told(house, front, web, stack, once, result, picture)
        finally:
            await house.close()

    async def _told(
        self, house: House, front: Front, web: Web, stack: contextlib.AsyncExitStack, once: bool, result: Path, picture: Path | None
    ) -> bool:  # fmt: skip
        """All parts, the figures, and what one may try oneself."""
        uri = self._uri(house)
        self.console.print(f"\nThe house answers at [bold]{uri}[/bold].")
        people = People(self.language, self._add, result.parent)
        team = await stack.enter_async_context(self._team(front, web, people, once))
        await people.follow(team)
        stack.push_async_callback(people.close)
        across = await self._cross(house, web, uri, people, result.with_name("demo-chat.png"))
        self._part("And a call with interruptions, a murmur and keys")
        told = len(self.story.lines)
        async with self._caller(uri, [expected.act for expected in SCRIPTS[self.language]]) as caller:
            await self._ends(caller)
        number = max(house.outcomes, default=0)
        story = Story(self.story.lines[told:])
        found = story.summary(SCRIPTS[self.language], house.outcomes.get(number, "no call")) | across
        found["understood"] = found["understood"] and across["continued"] and across["served"]
        keep(found, result)
        self.screen.summary(found)
        self.console.print(f"[dim]All of it: {result}[/dim]")
        if picture is not None:
            image = drawn(self._parts(), found, self.language)
            await asyncio.to_thread(picture.write_text, image, encoding="utf-8")
        if not once:
            await team.close_pages()
            people.greeting = True
            self._invite(uri, web.url, team.password)
            await asyncio.Event().wait()
        return bool(found["understood"])

    def _team(self, front: Front, web: Web, people: People, once: bool) -> Team:
        """The operators, with the desk's page wherever a browser can show it: to somebody who watches, or to itself."""

        def without(error: NoBrowser) -> None:
            self.console.print(f"[yellow]The desk is worked without its page:[/yellow] {error}")

        if self.lacking:
            self.console.print(f"[yellow]No desk:[/yellow] {escape(self.lacking)}")
        wanted = not self.lacking and (self.browser or (once and self.pages))
        return Team(
            front, web.url, self.language, people.of_phone, wanted=wanted, windowed=not once and display(), without=without
        )

    async def _cross(self, house: House, web: Web, uri: str, people: People, page: Path) -> dict[str, Any]:
        """One matter from the chat to the phone, through a dropped line, to a person. page: where the chat's picture goes."""
        words = WORDS[self.language]
        self._part("A matter begins in the chat")
        ticket = await self._chat(web.url, page)
        self._part("He phones, and the line drops")
        async with self._caller(uri, first_call(words, ticket), NUMBER) as caller:
            await self._ends(caller)
        self._part("He phones again, and asks for a person")
        acts = [*second_call(words), *CASTS[self.language].acts]
        served: dict[str, Any] = {"served": False}
        async with self._caller(uri, acts, NUMBER, people.of_caller) as caller:
            try:
                served = await people.run(caller)
            except HotlineError as error:
                self.console.print(f"[red]The part with people broke off:[/red] {error}")
            await self._ends(caller)
        states = list(house.states.values())
        last = states[-1] if states else None
        return crossed(self.story.lines, last.questions if last else 0, last.repeated if last else 1) | served

    async def _chat(self, url: str, page: Path) -> str:
        """The visitor writes, and leaves with six digits: in a browser where one is wanted and to be had."""
        if self.browser:
            try:
                async with BrowserVisitor(url, self.language, self._chatted, page) as visitor:
                    if not visitor.windowed:
                        self.console.print(
                            f"[dim]No display here: Chromium shows the page to itself. A picture of it: {page}[/dim]"
                        )
                    return await self._written(visitor)
            except NoBrowser as error:
                self.console.print(f"[yellow]Without a browser:[/yellow] {error}")
        async with Visitor(url, self.language, self._chatted) as visitor:
            return await self._written(visitor)

    async def _written(self, visitor: Visitor) -> str:
        for text in WORDS[self.language].chat:
            await visitor.until(lambda entry: bool(entry.get("text")) and entry.get("who") == "house")
            since = len(visitor.entries)
            await visitor.say(text)
            await visitor.until(lambda entry: entry.get("who") == "house" and bool(entry.get("text")), since=since)
        return await visitor.ticket()

    def _part(self, title: str) -> None:
        """From here on it is about this."""
        self.parts.append((title, len(self.story.lines)))
        self.console.print(f"\n[bold]{title}[/bold]\n")

    def _parts(self) -> list[tuple[str, list[Line]]]:
        begins = [*(begin for _, begin in self.parts), len(self.story.lines)]
        return [(title, self.story.lines[begin:end]) for (title, begin), end in zip(self.parts, begins[1:], strict=True)]

    def _chatted(self, entry: dict[str, Any]) -> None:
        """One entry of the chat's log, as its page shows it."""
        if entry["type"] == "said":
            self._add(Line(now_ns(), "visitor" if entry["who"] == "visitor" else "chat", str(entry["text"])))
        elif entry["type"] == "card":
            self._add(Line(now_ns(), "chat", f"To go on by phone: # {entry['digits']}"))

    def _add(self, line: Line) -> None:
        self.story.add(line)
        self.screen.show(line)

    def _uri(self, house: House) -> str:
        assert house.exchange.endpoint is not None
        return f"sip:hotline@127.0.0.1:{house.exchange.endpoint.ports[Transport.UDP]}"

    def _watch(self, call: Call, note: Note) -> None:
        self.screen.show(self.story.from_house(note))

    def _caller(
        self, uri: str, acts: Sequence[Act], number: str = "", told: Callable[[dict[str, Any]], None] = lambda fact: None
    ) -> AbstractAsyncContextManager[Peer]:
        """The caller's process, with what he does. told: hears of it, too."""

        def happened(fact: dict[str, Any]) -> None:
            self.screen.show(self.story.from_caller(fact))
            told(fact)

        @asynccontextmanager
        async def calling() -> AsyncIterator[Peer]:
            async with Peer("routing.caller", uri, self.language, number, told=happened) as caller:
                caller.say([dataclasses.asdict(act) for act in acts])
                yield caller

        return calling()

    async def _ends(self, caller: Peer) -> None:
        if not await caller.ended(CALL_LIMIT_S):
            self.console.print(f"[red]The call took longer than {CALL_LIMIT_S:.0f} s and was ended.[/red]")

    def _invite(self, uri: str, url: str, password: str) -> None:
        self.console.print(
            f"\n[bold]Now you:[/bold] the house stays up. Call [bold]{uri}[/bold] with any softphone on this machine"
            "\n(Linphone, Baresip, MicroSIP: no account, no password, transport UDP or TCP), or from another terminal:"
            f'\n    hotline call {uri} --say "where is my parcel"'
            f"\nWrite at [bold]{url}/demo/{self.language}[/bold] in a browser, and go on by phone with the six digits."
            f"\nThe desk is at [bold]{url}/desk[/bold]: log in as [bold]{ANNA}[/bold] (or {BORIS}), password [bold]{escape(password)}[/bold]; then call, and say “operator”."
            "\nCtrl-C ends it."
        )
