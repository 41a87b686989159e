"""All of mail put together: what `hotline up` starts in the desk role."""

from __future__ import annotations

import contextlib
from collections.abc import Callable
from types import TracebackType
from typing import Self

from ivr.channels.email.cage import Cage
from ivr.channels.email.conversation import Conversation
from ivr.channels.email.listener import Listener
from ivr.channels.email.mailbox import Mailbox
from ivr.channels.email.mailroom import Mailroom, Tell, untold
from ivr.channels.email.postman import Postman
from ivr.channels.email.settings import MailSettings
from ivr.deeds import Deeds
from ivr.memory.memory import Memory
from ivr.talk import Script


class Office:
    """`async with Office(...)`: takes and sends mail inside the block, by those ways that the settings name."""

    def __init__(
        self, memory: Memory, settings: MailSettings, script: Script, deeds: Deeds, languages: tuple[str, ...], now_ms: Callable[[], int],
        tell: Tell = untold, ticket_key: str = "",
    ) -> None:  # fmt: skip
        """languages: of the flow, the house's own first. tell: webhooks out (`Webhooks.tell`). now_ms: the time since the epoch.

        ticket_key: `Flow.ticket_key`.
        """
        self.cage = Cage(settings.own_domain, settings.authority)
        self.postman = Postman(memory, settings, now_ms, ticket_key)
        conversation = Conversation(script, deeds, now_ms)
        self.mailroom = Mailroom(memory, settings, self.cage, conversation, self.postman, languages, now_ms, tell)
        self.listener = Listener(settings.listen, self.mailroom) if settings.listen else None
        self.mailbox = Mailbox(settings.imap, self.mailroom, now_ms) if settings.imap else None
        self._open = contextlib.AsyncExitStack()

    async def __aenter__(self) -> Self:
        """Raises ConfigError where a port or a certificate cannot be used."""
        try:
            self._open.push_async_callback(self.cage.close)
            self.postman.start()
            self._open.push_async_callback(self.postman.close)
            if self.mailbox is not None:
                self.mailbox.start()
                self._open.push_async_callback(self.mailbox.close)
            if self.listener is not None:
                await self._open.enter_async_context(self.listener)
        except BaseException:
            await self._open.aclose()
            raise
        return self

    @property
    def port(self) -> int:
        """Of the listener, also where the settings say 0 (any)."""
        return self.listener.port if self.listener is not None else 0

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self._open.aclose()
