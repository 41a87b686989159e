"""Bytes of a mail -> Letter, within limits, with the standard library's parser (RFC 5322, RFC 2045 to 2049, RFC 2047).

Runs in the caged process (caged.py): whatever is in the mail costs that process at most, never the house.
"""

from __future__ import annotations

import codecs
import hashlib
import re
from collections.abc import Iterator
from email import errors, header, utils
from email.feedparser import BytesFeedParser
from email.headerregistry import HeaderRegistry
from email.message import Message
from email.policy import Compat32
from typing import Any

from ivr.channels.email.automatic import origin
from ivr.channels.email.body import from_html, said
from ivr.channels.email.letter import (
    DEPTH_MAX,
    FILES_MAX,
    HEADER_CHARACTERS_MAX,
    HEADERS_MAX,
    MESSAGE_BYTES_MAX,
    MESSAGE_ID,
    PARTS_MAX,
    REFERENCES_MAX,
    TEXT_CHARACTERS_MAX,
    File,
    Letter,
    Refusal,
    Unreadable,
)

ADDRESS_CHARACTERS_MAX = 2_000  # of a From or To field that is still parsed
HTML_CHARACTERS_MAX = 2_000_000
LOOP_MARK = "X-Hotline-Loop"  # in every mail that the house sends

# Charsets that mail is written in. Others that Python knows (punycode, idna, unicode_escape, ...) are no charsets of mail.
_CHARSETS = re.compile(
    r"utf-8(-sig)?|ascii|iso8859-\d{1,2}|cp(125\d|866|437|850|932|936|949|950)|koi8-[rut]|mac-(cyrillic|roman)|utf-16(-[lb]e)?|utf-7"
    r"|gb2312|gbk|gb18030|big5|euc_(jp|kr)|shift_jis|iso2022_(jp|kr)(_\d)?|tis-620|kz1048|hz"
)
_ADDRESS = re.compile(r"[^\s@<>\",;:\\()\[\]]{1,64}@(?=.{1,253}$)[^\W_]([\w-]*[^\W_])?(\.[^\W_]([\w-]*[^\W_])?)+")
_FIELDS = HeaderRegistry(use_default_map=True)


class Counting(Compat32):
    """The parser's policy that counts as it goes, so that a bomb is refused before it is built."""

    def __init__(self, **more: Any) -> None:
        super().__init__(**more)
        object.__setattr__(self, "parts", 0)
        object.__setattr__(self, "headers", 0)

    def part(self, policy: Any = None) -> Message:
        """The factory of parts. Raises Unreadable at the first one too many."""
        object.__setattr__(self, "parts", self.parts + 1)  # type: ignore[attr-defined]
        object.__setattr__(self, "headers", 0)
        if self.parts > PARTS_MAX:  # type: ignore[attr-defined]
            raise Unreadable(Refusal.PARTS)
        return Message(self)

    def header_source_parse(self, sourcelines: list[str]) -> tuple[str, str]:
        """One header field. Raises Unreadable where they are too many, or one is too long."""
        object.__setattr__(self, "headers", self.headers + 1)  # type: ignore[attr-defined]
        if self.headers > HEADERS_MAX or sum(map(len, sourcelines)) > HEADER_CHARACTERS_MAX:  # type: ignore[attr-defined]
            raise Unreadable(Refusal.HEADERS)
        name, value = super().header_source_parse(sourcelines)
        return name, value

    def header_fetch_parse(self, name: str, value: str) -> str:
        """As it came: bytes that are no ASCII are surrogates, which `_decoded` knows."""
        return value


def read(raw: bytes, envelope: str | None, own_domain: str, authority: str = "") -> Letter:
    """What this mail says. envelope: its sender, None where unknown; own_domain: of the house's own Message-IDs;
    authority: whose Authentication-Results are believed (RFC 8601 section 5), "" for nobody's. Raises Unreadable.
    """
    if len(raw) > MESSAGE_BYTES_MAX:
        raise Unreadable(Refusal.SIZE)
    message = _parse(raw)
    parts = [part for part, depth in _walk(message)]
    own, made = f"@{own_domain}".casefold(), hashlib.sha256(raw).hexdigest()[:32]
    ids = _ids(message, "message-id")
    name = ids[0] if ids else f"{made}@made.invalid"
    references = (*_ids(message, "references"), *_ids(message, "in-reply-to")[:1])
    sender, sender_name = _sender(message)
    subject = _decoded(_first(message, "subject"))[:500]
    path = re.fullmatch(r"\s*<([^<>]*)>\s*", _first(message, "return-path"))
    returned = path[1] if path else None
    ours = name.casefold().endswith(own) or bool(message.get(LOOP_MARK))
    written = _written(parts)
    text, quoted = said(written[:HTML_CHARACTERS_MAX])
    return Letter(
        name, _unique(references)[-REFERENCES_MAX:], sender, sender_name, _recipients(message), subject,
        text[:TEXT_CHARACTERS_MAX], quoted, _date_ms(message),
        origin(
            lambda field: [str(value) for value in message.get_all(field, [])], message.get_content_type(), sender,
            envelope if envelope is not None else returned, subject, ours,
        ),
        _verified(message, authority), returned, tuple(_files(parts)),
    )  # fmt: skip


def _parse(raw: bytes) -> Message:
    counting = Counting()
    parser = BytesFeedParser(counting.part, policy=counting)
    try:
        parser.feed(raw)
        return parser.close()
    except (errors.MessageError, RecursionError, LookupError, ValueError, AttributeError, TypeError):
        raise Unreadable(Refusal.BROKEN) from None


def _walk(message: Message, depth: int = 1) -> Iterator[tuple[Message, int]]:
    """Every part with its depth, in order. Raises Unreadable."""
    if depth > DEPTH_MAX:
        raise Unreadable(Refusal.DEPTH)
    yield message, depth
    below = message.get_payload()
    if isinstance(below, list):
        for part in below:
            if isinstance(part, Message):
                yield from _walk(part, depth + 1)


def _first(message: Message, name: str) -> str:
    return str(message.get(name, ""))


def _ids(message: Message, name: str) -> list[str]:
    """Message-IDs without brackets; those that are no ASCII are none."""
    return [one for one in MESSAGE_ID.findall(_first(message, name)) if one.isascii() and one.isprintable()]


def _decoded(value: str) -> str:
    """RFC 2047 words as text, on one line, nothing unprintable."""
    try:
        pieces = header.decode_header(re.sub(r"\r?\n", "", value))
        text = "".join(_text(piece, charset or "") if isinstance(piece, bytes) else piece for piece, charset in pieces)
    except (errors.HeaderParseError, ValueError, LookupError):
        text = value
    # The parser keeps raw bytes as surrogates: most such subjects are UTF-8, or else Windows-1251.
    text = _text(text.encode("utf-8", "surrogateescape"), "") if any("\udc80" <= sign <= "\udcff" for sign in text) else text
    return " ".join("".join(sign if sign.isprintable() else " " for sign in text).split())


def _text(data: bytes, charset: str) -> str:
    """Bytes as text. What is no charset, or the wrong one: UTF-8, else Windows-1251, which gives every byte a sign."""
    tries = ["utf-8", "cp1251"]
    try:
        known = codecs.lookup(charset.strip().strip("\"'"))
        if _CHARSETS.fullmatch(known.name) and known.name != "ascii":
            tries.insert(0, known.name)
    except (LookupError, ValueError):
        pass
    for name in tries:
        try:
            return data.decode(name)
        except (UnicodeError, ValueError):
            continue
    return data.decode("cp1251", "replace")


def _addresses(value: str) -> list[tuple[str, str]]:
    """(name, address) of an address field; none where it is no such field, or somebody plays tricks with it."""
    if len(value) > ADDRESS_CHARACTERS_MAX:
        return []
    try:
        field: Any = _FIELDS("from", re.sub(r"\r?\n", "", value).encode("utf-8", "surrogateescape").decode("utf-8", "replace"))
        found = [(one.display_name, one.addr_spec) for one in field.addresses]
    except (errors.MessageError, ValueError, IndexError, AttributeError, TypeError, LookupError, RecursionError):
        return []
    return [(_decoded(name)[:100], address) for name, address in found if _ADDRESS.fullmatch(address)]


def _sender(message: Message) -> tuple[str, str]:
    """The one address and name in From. Several fields or several addresses: nobody (RFC 5322 section 3.6.2; tricks live there)."""
    fields = message.get_all("from", [])
    found = _addresses(str(fields[0])) if len(fields) == 1 else []
    return (found[0][1], found[0][0]) if len(found) == 1 else ("", "")


def _recipients(message: Message) -> tuple[str, ...]:
    found = [pair for name in ("to", "cc") for value in message.get_all(name, [])[:3] for pair in _addresses(str(value))]
    return _unique(address for _, address in found)[:20]


def _unique(values: Any) -> tuple[str, ...]:
    """Each once, at its last place."""
    return tuple(reversed(dict.fromkeys(reversed(list(values)))))


def _date_ms(message: Message) -> int:
    try:
        return max(0, int(utils.parsedate_to_datetime(_first(message, "date")[:100]).timestamp() * 1000))
    except (ValueError, TypeError, IndexError, OverflowError):
        return 0


def _verified(message: Message, authority: str) -> bool:
    """DMARC passed, as told by the topmost Authentication-Results of the server we trust; those below it anybody may have written."""
    values = message.get_all("authentication-results", [])
    if not authority or not values:
        return False
    told = re.sub(r"\([^()]*\)", " ", str(values[0]))
    server, _, results = told.partition(";")
    # A sender may write such a field too: the server that we trust removes or never lets them on top (RFC 8601 section 5).
    return server.split()[:1] == [authority] and bool(re.search(r"(?:^|;)\s*dmarc\s*=\s*pass\b", results, re.IGNORECASE))


def _attached(part: Message) -> bool:
    return part.get_content_disposition() == "attachment" or bool(_name(part) and part.get_content_maintype() != "text")


def _name(part: Message) -> str:
    try:
        return _decoded(str(part.get_filename() or ""))
    except (ValueError, LookupError, TypeError):
        return "?"


def _written(parts: list[Message]) -> str:
    """The text that was written: the first plain part that is no attachment, with those beside it; else the first HTML part."""
    plain: list[str] = []
    markup = ""
    forwarded: set[int] = set()
    for part in parts:
        below = part.get_payload()
        if part.get_content_type() == "message/rfc822" and isinstance(below, list):
            forwarded.update(id(one) for top in below if isinstance(top, Message) for one in top.walk())
        if part.is_multipart() or _attached(part) or id(part) in forwarded:
            continue
        kind = part.get_content_type()
        if kind == "text/plain":
            plain.append(_content(part))
        elif kind == "text/html" and not markup:
            markup = _content(part)
    text = "\n".join(plain).strip()
    return text or from_html(markup[:HTML_CHARACTERS_MAX])


def _content(part: Message) -> str:
    data = part.get_payload(decode=True)
    charset = part.get_param("charset") or ""
    text = _text(data if isinstance(data, bytes) else b"", str(charset[2] if isinstance(charset, tuple) else charset))
    if str(part.get_param("format", "")).casefold() == "flowed":  # RFC 3676 section 4.2: a space at the end joins lines
        text = re.sub(r"(?m)^(?!-- $)((?!>).*) \r?\n(?=[^>\s])", r"\1 ", text)
    return text


def _files(parts: list[Message]) -> Iterator[File]:
    attached = [part for part in parts if _attached(part)]
    for part in attached[:FILES_MAX]:
        data = part.get_payload(decode=False)
        size = len(data) if isinstance(data, str) else 0
        if part.get("content-transfer-encoding", "").strip().casefold() == "base64":
            size = size * 3 // 4
        name = _name(part).replace("\\", "/").rpartition("/")[2][:100]
        yield File(name or "?", part.get_content_type()[:100], size)
