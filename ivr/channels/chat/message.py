"""What a page may send: JSON (RFC 8259), checked field by field. A wrong message is answered by one word that says why."""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

TEXT_MOST = 2000  # characters of one message
SMILES = ("good", "fair", "bad")
_ID = re.compile(r"[A-Za-z0-9_-]{1,64}")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(-[A-Za-z0-9]{1,8})*")  # RFC 5646, as far as it matters here
# Signs that turn the direction of writing (Unicode UAX 9, explicit formatting): they make text look like what it is not.
_TURNING = dict.fromkeys([*range(0x202A, 0x202F), *range(0x2066, 0x206A)])


class BadMessage(Exception):
    """`why`: "json", "shape", "unknown", "empty" or "long"; `id`: of the message, where it can be told."""

    def __init__(self, why: str, id: str = "") -> None:
        super().__init__(why)
        self.why, self.id = why, id


@dataclass(frozen=True, slots=True)
class Hello:
    """Who comes: a new visitor, or one who has a chat already, with its token and the last entry that he has seen."""

    chat: str
    token: str
    after: int
    language: str


@dataclass(frozen=True, slots=True)
class Wrote:
    id: str
    text: str


@dataclass(frozen=True, slots=True)
class Pressed:
    id: str
    button: str


@dataclass(frozen=True, slots=True)
class Wants:
    """what: "ticket" (to go on by phone) or "again" (a new question after the end)."""

    id: str
    what: str


@dataclass(frozen=True, slots=True)
class Rated:
    id: str
    smile: str


@dataclass(frozen=True, slots=True)
class Types:
    on: bool


@dataclass(frozen=True, slots=True)
class Ping:
    """Is the house still there? A page cannot send the ping of RFC 6455 itself."""


Message = Hello | Wrote | Pressed | Wants | Rated | Types | Ping


def clean(text: str) -> str:
    """Text as it is kept: composed (NFC), without control and direction signs, ends trimmed; line breaks stay."""
    whole = text.encode("utf-8", "replace").decode()
    kept = "".join(sign for sign in whole.translate(_TURNING) if sign == "\n" or unicodedata.category(sign) != "Cc")
    return unicodedata.normalize("NFC", kept).strip()


def read(text: str) -> Message:
    """The message of one text frame. Raises BadMessage."""
    try:
        data = json.loads(text, parse_constant=_no_number)
    except (ValueError, RecursionError):
        raise BadMessage("json") from None
    if not isinstance(data, dict):
        raise BadMessage("shape")
    kind = data.get("type")
    reader = _READERS.get(kind) if isinstance(kind, str) else None
    name = data.get("id")
    good_name = isinstance(name, str) and bool(_ID.fullmatch(name))
    if reader is None:
        raise BadMessage("unknown", str(name) if good_name else "")
    if kind in _NAMED and not good_name:
        raise BadMessage("shape")
    return reader(data)


def _no_number(sign: str) -> float:
    raise ValueError(sign)  # NaN and Infinity are no JSON


def _field(data: Mapping[str, Any], name: str, default: str = "") -> str:
    value = data.get(name)
    value = default if value is None else value
    if not isinstance(value, str):
        raise BadMessage("shape", str(data.get("id", ""))[:64])
    return value


def _hello(data: Mapping[str, Any]) -> Message:
    after = data.get("after", 0)
    chat, token, language = _field(data, "chat"), _field(data, "token"), _field(data, "language", "en")
    if not isinstance(after, int) or isinstance(after, bool) or not 0 <= after < 2**53:
        raise BadMessage("shape")
    if (chat and not _ID.fullmatch(chat)) or (token and not _ID.fullmatch(token)) or not _LANGUAGE.fullmatch(language):
        raise BadMessage("shape")
    return Hello(chat, token, after, language[:35])


def _say(data: Mapping[str, Any]) -> Message:
    name, text = data["id"], _field(data, "text")
    if len(text) > TEXT_MOST:
        raise BadMessage("long", name)
    if not (text := clean(text)):
        raise BadMessage("empty", name)
    return Wrote(name, text)


def _pick(data: Mapping[str, Any]) -> Message:
    button = _field(data, "button")
    if not 0 < len(button) <= 128:
        raise BadMessage("shape", data["id"])
    return Pressed(data["id"], button)


def _rate(data: Mapping[str, Any]) -> Message:
    if (smile := _field(data, "smile")) not in SMILES:
        raise BadMessage("shape", data["id"])
    return Rated(data["id"], smile)


_NAMED = {"say", "pick", "ticket", "rate", "again"}
_READERS: Mapping[str, Callable[[Mapping[str, Any]], Message]] = {
    "hello": _hello,
    "say": _say,
    "pick": _pick,
    "rate": _rate,
    "ticket": lambda data: Wants(data["id"], "ticket"),
    "again": lambda data: Wants(data["id"], "again"),
    "typing": lambda data: Types(data.get("on") is True),
    "ping": lambda data: Ping(),
}
