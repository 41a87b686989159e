"""The channels of the desk role beside the chat: mail, the touches API, webhooks out."""

from __future__ import annotations

import contextlib
from functools import partial
from importlib import metadata

from ivr.channels.email.mailroom import Ended, Hand
from ivr.channels.email.office import Office
from ivr.channels.email.postman import Postman
from ivr.channels.errands import Errands
from ivr.channels.touches import Api, routes
from ivr.channels.webhooks import Webhooks
from ivr.connectors import connectors
from ivr.deeds import Deeds
from ivr.flow import Flow
from ivr.memory.memory import Memory
from ivr.memory.timeline import Touch
from ivr.script import FlowScript
from routing.settings import Settings
from routing.web import Web
from voice.clock import epoch_ms


class Channels:
    """`add_routes` before the web is started; then `async with Channels(...)`: mail and webhooks inside the block."""

    def __init__(self, settings: Settings, memory: Memory, flow: Flow) -> None:
        self.settings, self.memory = settings, memory
        self.webhooks = Webhooks(memory.store, settings.webhooks.targets, epoch_ms)
        memory.matters.watchers.append(self.webhooks.matter)
        for result in ("delivered", "again", "buried"):
            memory.counts.follow(f"webhook_deliveries|{result}", partial(self._delivered, result))
        languages = (settings.language, *(code for code in flow.languages if code != settings.language))
        known = tuple(code for code in languages if code in flow.languages)
        mail = settings.mail
        used = mail.listen or mail.imap or mail.send
        deeds = Deeds(connectors(flow))
        self.office = (
            Office(memory, mail, FlowScript(flow), deeds, known, epoch_ms, self.webhooks.tell, flow.ticket_key) if used else None
        )
        postman = self.office.postman if self.office is not None else Postman(memory, mail, epoch_ms, flow.ticket_key)
        self.errands = Errands(memory, self.webhooks, postman, epoch_ms, settings.region, flow.timezone)
        if self.office is not None:
            self.office.mailroom.call_back = self.errands.call_back
        self._open = contextlib.AsyncExitStack()

    def hand(self, hand: Hand, ended: Ended) -> None:
        """Who takes mails that are for a person, and counts the talks that end by mail; before mails come in."""
        if self.office is not None:
            self.office.mailroom.hand, self.office.mailroom.ended = hand, ended

    def add_routes(self, web_: Web) -> None:
        """The touches API, where anybody may speak to it; the way out of mails, where they are sent."""
        if self.settings.api.senders:
            api = Api(
                self.memory,
                self.settings.api,
                self.settings.region,
                _version(),
                web_.address,
                self._touched,
            )
            web_.app.add_routes(routes(api))

        if self.office is not None and self.settings.mail.web:
            web_.app.add_routes(self.office.postman.unsubscribe.routes())

    async def __aenter__(self) -> Channels:
        """Raises ConfigError where a port cannot be used."""
        try:
            self.webhooks.start()
            self._open.push_async_callback(self.webhooks.close)
            if self.office is not None:
                await self._open.enter_async_context(self.office)
        except BaseException:
            await self._open.aclose()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._open.aclose()

    def _delivered(self, result: str) -> int:
        return sum(counts.get(result, 0) for counts in self.webhooks.counts().values())

    def lines(self, url: str) -> list[str]:
        """What is on, a line each, for whoever has started the house. url: of the web."""
        mail, found = self.settings.mail, []
        if self.office is not None:
            ways = [f"taken at {mail.listen.host}:{self.office.port}"] if mail.listen else []
            ways += [f"read from {mail.imap.host}"] if mail.imap else []
            ways += [f"sent by {mail.send.host}:{mail.send.port}" if mail.send else "not answered: there is no [mail.send]"]
            found.append(f"Mail for {mail.address}: {', '.join(ways)}")
        if names := [sender.name for sender in self.settings.api.senders]:
            found.append(f"Touches of {', '.join(names)} at {url}/v1/touches")
        if names := [target.name for target in self.settings.webhooks.targets]:
            found.append(f"Webhooks to {', '.join(names)}")
        return found

    async def _touched(self, touch: Touch) -> None:
        data = {"source": touch.source, "kind": touch.kind, "id": touch.source_id, "ours": touch.ours}
        await self.webhooks.tell("touch.received", f"{touch.source}-{touch.source_id}", "", data, touch.at_ms)


def _version() -> str:
    try:
        return metadata.version("hotline-gateway")
    except metadata.PackageNotFoundError:
        return "0"  # run from the sources, not installed
