"""A mail as the house knows it after reading, and the limits within which it is read (OWASP ASVS 5.0, 5.2)."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, fields
from enum import StrEnum
from typing import Any, Self

from voice.errors import HotlineError

MESSAGE_BYTES_MAX = 25 * 2**20
PARTS_MAX = 100
DEPTH_MAX = 10
HEADERS_MAX = 200  # of one part
HEADER_CHARACTERS_MAX = 65_536  # of one field, folded lines joined
TEXT_CHARACTERS_MAX = 20_000  # what is kept of the text
REFERENCES_MAX = 50
FILES_MAX = 20

# RFC 5322 section 3.6.4 says dot-atom@dot-atom or a literal; the world sends more, so: no blanks, no brackets, nothing unprintable.
MESSAGE_ID = re.compile(r"<([^\s<>]{1,990})>")


class Origin(StrEnum):
    """Who or what wrote it (RFC 3834 section 2)."""

    PERSON = "person"
    AUTOMATIC = "automatic"  # an out-of-office note, a robot
    BOUNCE = "bounce"  # a delivery report (RFC 3464)
    LIST = "list"  # a mailing list (RFC 2369), bulk
    OURSELVES = "ourselves"  # what the house sent came back


class Refusal(StrEnum):
    """Why a mail was not read. It is kept as it came, for a person to look at."""

    SIZE = "size"
    PARTS = "parts"
    DEPTH = "depth"
    HEADERS = "headers"
    EFFORT = "effort"  # more time or memory than a mail may cost
    BROKEN = "broken"


class Unreadable(HotlineError):
    """This mail is beyond a limit; `refusal` says which."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__(f"a mail that cannot be read: {refusal}", "It is kept as it came; look at it with a mail program.")
        self.refusal = refusal


@dataclass(frozen=True, slots=True)
class File:
    """An attachment: only named, never opened."""

    name: str
    kind: str
    size: int


@dataclass(frozen=True, slots=True)
class Letter:
    """What was read. Everything in it was written by the sender and proves nothing about him.

    message_id: without brackets; made from the mail's digest where it has none. references: oldest first, In-Reply-To last.
    sender: the one address in From, "" where there is none or several. text: without quotes and signature. quoted: something was
    stripped. date_ms: as the sender's clock says, 0 for nothing. verified: the mail server that we trust says that the sender's
    domain stands for it (DMARC, RFC 7489). return_path: of the header, None where there is no such header.
    """

    message_id: str
    references: tuple[str, ...] = ()
    sender: str = ""
    sender_name: str = ""
    recipients: tuple[str, ...] = ()
    subject: str = ""
    text: str = ""
    quoted: bool = False
    date_ms: int = 0
    origin: Origin = Origin.PERSON
    verified: bool = False
    return_path: str | None = None
    files: tuple[File, ...] = ()

    def to_dict(self) -> dict[str, Any]:
        """As plain values, to cross from the reading process."""
        return asdict(self)

    @classmethod
    def from_dict(cls, plain: Mapping[str, Any]) -> Self:
        """The letter of `to_dict`. Raises KeyError, TypeError, ValueError for another shape."""
        known = {field.name: plain[field.name] for field in fields(cls)}
        known |= {name: tuple(known[name]) for name in ("references", "recipients")}
        return cls(**{**known, "origin": Origin(known["origin"]), "files": tuple(File(**file) for file in known["files"])})


@dataclass(frozen=True, slots=True)
class Envelope:
    """How a mail came: by which way ("smtp", "imap"), and the envelope sender (RFC 5321 section 4.1.1.2), None where unknown."""

    way: str
    sender: str | None = None
    recipients: tuple[str, ...] = ()
