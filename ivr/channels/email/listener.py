"""SMTP in: a listener for the company's mail server, and for nobody else (RFC 5321; smuggling: CVE-2024-27305).

250 is said when the mail is filed; 451 where that is not possible now, and the mail server brings it again.
"""

from __future__ import annotations

import asyncio
import logging
import ssl
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from aiosmtpd.smtp import SMTP
from aiosmtpd.smtp import Envelope as Transaction

from ivr.channels.addresses import Network, inner, networks
from ivr.channels.email.letter import Envelope
from ivr.channels.email.mailroom import Mailroom
from ivr.channels.email.settings import ListenSettings
from ivr.deeds import place
from voice.errors import ConfigError, HotlineError

log = logging.getLogger(__name__)
RECIPIENTS_MAX = 100  # RFC 5321 section 4.5.3.1.8
COMMANDS_MAX = 200
IDLE_S = 120.0
FILING_S = 60.0
# This library writes senders and lines of mail into its log.
logging.getLogger("mail").setLevel(logging.ERROR)


class Listener:
    """`async with Listener(settings, mailroom)`; `port` is the one that was taken."""

    def __init__(self, settings: ListenSettings, mailroom: Mailroom) -> None:
        self.settings, self.mailroom = settings, mailroom
        self.allowed: tuple[Network, ...] = networks(settings.networks)
        self.port = settings.port
        self.open: set[_Line] = set()
        self._server: asyncio.Server | None = None

    async def __aenter__(self) -> Listener:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def start(self) -> None:
        """Listen. Raises ConfigError where the address or the certificate cannot be used."""
        tls = certified(self.settings)
        loop = asyncio.get_running_loop()
        try:
            self._server = await loop.create_server(lambda: _Line(self, tls), self.settings.host, self.settings.port)
        except OSError as error:
            raise ConfigError(
                f"mail cannot be taken at {self.settings.host}:{self.settings.port} ({error.strerror})",
                "Choose another port in [mail.listen].",
            ) from None
        self.port = self._server.sockets[0].getsockname()[1]

    async def close(self) -> None:
        """No more mail; a mail that is being filed gets a moment."""
        if self._server is None:
            return
        self._server.close()
        for line in list(self.open):
            line.leave()
        await self._server.wait_closed()
        self._server = None

    def welcomes(self, peer: Any) -> bool:
        """Whether this peer is the company's mail server."""
        try:
            address = inner(ip_address(str(peer[0]).partition("%")[0]))
        except (ValueError, TypeError, IndexError):
            return False
        return any(address in network for network in self.allowed if network.version == address.version)

    # Hooks of the library

    async def handle_RCPT(self, server: SMTP, session: Any, transaction: Transaction, address: str, options: list[str]) -> str:  # noqa: N802
        """Only the house's own addresses: this is no relay."""
        if address.casefold() not in self.mailroom.settings.addresses:
            return "550 5.7.1 no such mailbox here"
        if len(transaction.rcpt_tos) >= RECIPIENTS_MAX:
            return "452 4.5.3 too many recipients"
        transaction.rcpt_tos.append(address)
        transaction.rcpt_options.extend(options)
        return "250 2.1.5 OK"

    async def handle_DATA(self, server: SMTP, session: Any, transaction: Transaction) -> str:  # noqa: N802
        """File it, then say so."""
        raw = transaction.original_content
        if not isinstance(raw, bytes):
            return "451 4.3.0 try again later"
        # The library gives the null reverse path as "<>".
        sender = (transaction.mail_from or "").removeprefix("<").removesuffix(">")
        envelope = Envelope("smtp", sender, tuple(transaction.rcpt_tos))
        try:
            async with asyncio.timeout(FILING_S):
                await self.mailroom.receive(raw, envelope)
        except (HotlineError, TimeoutError) as error:
            log.warning("a mail was not filed: %s", type(error).__name__)
            return "451 4.3.0 try again later"
        except Exception as error:
            log.error("a mail was not filed: %s", place(error))
            return "451 4.3.0 try again later"
        return "250 2.0.0 filed"


class _Line(SMTP):
    """One connection: spoken to only if it comes from where it may, and while there are not too many."""

    def __init__(self, listener: Listener, tls: ssl.SSLContext | None) -> None:
        self._listener = listener
        self._refused = False
        super().__init__(
            listener, data_size_limit=listener.settings.message_bytes_max, enable_SMTPUTF8=True, hostname=listener.mailroom.settings.own_domain,
            ident="hotline", tls_context=tls, timeout=IDLE_S, command_call_limit=COMMANDS_MAX, loop=asyncio.get_running_loop(),
        )  # fmt: skip

    def connection_made(self, transport: Any) -> None:
        full = len(self._listener.open) >= self._listener.settings.connections_max
        welcome = self._listener.welcomes(transport.get_extra_info("peername"))
        if full or not welcome:
            self._refused = True
            transport.write(b"421 4.3.2 too many connections\r\n" if welcome else b"554 5.7.1 not for you\r\n")
            transport.close()
            return
        self._listener.open.add(self)
        super().connection_made(transport)

    def connection_lost(self, error: Exception | None) -> None:
        if not self._refused:
            self._listener.open.discard(self)
            super().connection_lost(error)

    def eof_received(self) -> bool | None:
        return None if self._refused else super().eof_received()

    def leave(self) -> None:
        if self.transport is not None:
            self.transport.close()


def certified(settings: ListenSettings) -> ssl.SSLContext | None:
    """STARTTLS is offered where there is a certificate. Raises ConfigError where it cannot be used."""
    if not settings.certificate:
        return None
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    try:
        context.load_cert_chain(
            Path(settings.certificate).expanduser(), Path(settings.key).expanduser() if settings.key else None
        )
    except (OSError, ssl.SSLError) as error:
        raise ConfigError(
            f"the certificate of the mail listener cannot be used ({type(error).__name__})",
            "Check certificate and key in [mail.listen].",
        ) from None
    return context
