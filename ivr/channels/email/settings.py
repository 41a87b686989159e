"""How mail comes in and goes out ([mail] in the settings)."""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from enum import StrEnum
from pathlib import Path

from ivr.channels.addresses import networks
from ivr.channels.email.letter import MESSAGE_BYTES_MAX
from voice.errors import ConfigError

_ADDRESS = re.compile(r"[A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
IDLE_MOST_S = 29 * 60  # RFC 2177 section 3: a server may log off whoever idles for 30 minutes


class Tls(StrEnum):
    """How a connection is protected (RFC 8314)."""

    TLS = "tls"  # from the first byte
    STARTTLS = "starttls"
    NONE = "none"


def secret(value: str, file: str, what: str) -> str:
    """A password given in the settings, or in a file of its own. Raises ConfigError."""
    if not file:
        return value
    try:
        return Path(file).expanduser().read_text(encoding="utf-8").rstrip("\r\n")
    except (OSError, UnicodeDecodeError) as error:
        raise ConfigError(f"{what}: {file} cannot be read ({type(error).__name__})", "Check the name and its rights.") from None


@dataclass(frozen=True, slots=True)
class ListenSettings:
    """The listener for the company's mail server. networks: whence it delivers; nobody else is spoken to. port 0 takes a free one."""

    host: str = "127.0.0.1"
    port: int = 2525
    networks: tuple[str, ...] = ("127.0.0.0/8", "::1/128")
    certificate: str = ""
    key: str = ""
    message_bytes_max: int = MESSAGE_BYTES_MAX
    connections_max: int = 10

    def __post_init__(self) -> None:
        networks(self.networks)
        if not 1024 <= self.message_bytes_max <= MESSAGE_BYTES_MAX or not 1 <= self.connections_max <= 1000:
            raise ConfigError("a limit of the listener is out of its range", f"message_bytes_max is 1024 to {MESSAGE_BYTES_MAX}.")


@dataclass(frozen=True, slots=True)
class ImapSettings:
    """A mailbox that is looked into. tls: "tls" or "none" (loopback only). renew_s: how long one IDLE lasts; poll_s: without IDLE.

    A short IDLE costs two lines, and finds out soon that a server no longer tells of new mail.
    """

    host: str
    user: str
    password: str = field(default="", repr=False)
    password_file: str = ""
    port: int = 993
    tls: Tls = Tls.TLS
    mailbox: str = "INBOX"
    renew_s: float = 20.0
    poll_s: float = 20.0

    def __post_init__(self) -> None:
        if not 0 < self.renew_s < IDLE_MOST_S or self.poll_s <= 0:
            raise ConfigError("renew_s or poll_s of the mailbox is out of its range", f"An IDLE lasts less than {IDLE_MOST_S} s.")
        if self.tls is Tls.STARTTLS:
            raise ConfigError("the mailbox is read over TLS from the first byte (RFC 8314)", 'Write tls = "tls" and port = 993.')
        if self.tls is Tls.NONE and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ConfigError("a mailbox without TLS is read on this machine only", 'Write tls = "tls".')


@dataclass(frozen=True, slots=True)
class SendSettings:
    """The server by which mail goes out. envelope: its sender; empty is the null reverse path that RFC 3834 section 3.3 wants."""

    host: str
    port: int = 587
    tls: Tls = Tls.STARTTLS
    user: str = ""
    password: str = field(default="", repr=False)
    password_file: str = ""
    envelope: str = ""

    def __post_init__(self) -> None:
        if self.user and self.tls is Tls.NONE and self.host not in ("127.0.0.1", "::1", "localhost"):
            raise ConfigError("a password is not sent without TLS", 'Write tls = "starttls" or tls = "tls".')


@dataclass(frozen=True, slots=True)
class MailSettings:
    """The house's mailbox.

    address: the house's own; aliases: others at which it gets mail. name: beside the address. phone: to be called with a ticket.
    domain: of the house's Message-IDs, "hotline." and the address's domain where empty. authority: the mail server whose
    Authentication-Results are believed. review: folder for mails that could not be read. replies_per_day: to one sender.
    web: where the desk's web is reached from outside ("https://hotline.shop.example"), so that mails can be stopped by one click.
    """

    address: str = ""
    aliases: tuple[str, ...] = ()
    name: str = ""
    phone: str = ""
    domain: str = ""
    authority: str = ""
    review: str = "~/.local/state/hotline/mail"
    replies_per_day: int = 1
    web: str = ""
    listen: ListenSettings | None = None
    imap: ImapSettings | None = None
    send: SendSettings | None = None

    def __post_init__(self) -> None:
        for one in (self.address, *self.aliases) if self.address or self.listen or self.imap or self.send else ():
            if not _ADDRESS.fullmatch(one):
                raise ConfigError(f"{one!r} is no mail address of the house", 'Write address = "help@shop.example".')
        if self.web and not re.fullmatch(r"https://[^/?#\s<>,]+(/[^?#\s<>,]*[^/?#\s<>,])?", self.web):
            raise ConfigError(f"{self.web!r} is no place for mails to link to", 'Write web = "https://hotline.shop.example".')
        if not 0 <= self.replies_per_day <= 10:
            raise ConfigError("replies_per_day is 0 to 10", "RFC 3834 section 2 wants few; 1 is enough.")
        if self.domain and not _ADDRESS.fullmatch(f"x@{self.domain}"):
            raise ConfigError(f"{self.domain!r} is no domain", "Write hotline.shop.example.")

    @property
    def own_domain(self) -> str:
        """Of the Message-IDs that the house makes; people of the company do not write under it."""
        return self.domain or f"hotline.{self.address.rpartition('@')[2] or 'invalid'}"

    @property
    def addresses(self) -> frozenset[str]:
        """All at which the house gets mail, case-folded."""
        return frozenset(one.casefold() for one in (self.address, *self.aliases))
