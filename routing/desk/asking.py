"""What a page asks: one JSON message, its fields taken out one by one, each checked; and how it is answered or refused."""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from ivr.channels.chat.message import clean
from routing.desk.gate import Visitor
from routing.desk.roles import Action

NAME = re.compile(r"[A-Za-z0-9._:@+/=<>-]{1,256}")
TEXT_MOST = 20_000


class BadAsk(Exception):
    """The page may not, or cannot, ask this. why: one word, which the page knows in both languages; detail: text for a person."""

    def __init__(self, why: str, detail: str = "") -> None:
        super().__init__(why)
        self.why, self.detail = why, detail


@dataclass(frozen=True, slots=True)
class Ask:
    """One message. id: the page's own name for it; what: which of the asks; fields: all else."""

    id: str
    what: str
    fields: Mapping[str, Any] = field(repr=False)

    def name(self, key: str, *, needed: bool = True) -> str:
        """An id."""
        value = self.fields.get(key, "")
        if not isinstance(value, str) or (value and not NAME.fullmatch(value)) or (needed and not value):
            raise BadAsk("shape", key)
        return value

    def text(self, key: str, most: int = TEXT_MOST, *, needed: bool = False) -> str:
        """What a person wrote, as it is kept: composed, without control signs."""
        value = self.fields.get(key, "")
        if not isinstance(value, str):
            raise BadAsk("shape", key)
        if len(value) > most:
            raise BadAsk("long", key)
        if not (value := clean(value)) and needed:
            raise BadAsk("empty", key)
        return value

    def one_of(self, key: str, *values: str, default: str | None = None) -> str:
        value = self.fields.get(key, default)
        if value not in values:
            raise BadAsk("shape", key)
        return str(value)

    def flag(self, key: str) -> bool:
        return self.fields.get(key) is True

    def number(self, key: str, least: int, most: int, default: int | None = None) -> int:
        value = self.fields.get(key, default)
        if not isinstance(value, int) or isinstance(value, bool) or not least <= value <= most:
            raise BadAsk("shape", key)
        return value

    def names(self, key: str, most: int = 100) -> list[str]:
        value = self.fields.get(key, [])
        if (
            not isinstance(value, list)
            or len(value) > most
            or not all(isinstance(one, str) and NAME.fullmatch(one) for one in value)
        ):
            raise BadAsk("shape", key)
        return value

    def levels(self, key: str) -> dict[str, int]:
        """Names with a level or a number each."""
        value = self.fields.get(key, {})
        if not isinstance(value, dict) or len(value) > 100:
            raise BadAsk("shape", key)
        for name, level in value.items():
            if not NAME.fullmatch(name) or not isinstance(level, int) or isinstance(level, bool) or not 0 <= level <= 100:
                raise BadAsk("shape", key)
        return value


Answer = dict[str, Any]
Do = Callable[[Visitor, Ask], Awaitable[Answer | None]]


@dataclass(frozen=True, slots=True)
class Door:
    """One ask: which action of roles.TABLE it needs, and who does it.

    listens: its answer says what the window hears from now on; depth: how much of the queue it sees.
    """

    action: Action
    do: Do
    listens: bool = False
    depth: bool = False


def read(text: str) -> dict[str, Any]:
    """The JSON object of a frame. Raises BadAsk."""
    try:
        data = json.loads(text)
    except (ValueError, RecursionError):
        raise BadAsk("json") from None
    if not isinstance(data, dict) or not isinstance(data.get("type"), str):
        raise BadAsk("shape")
    return data


def ask(data: Mapping[str, Any]) -> Ask:
    """The ask of a message of type "ask". Raises BadAsk."""
    name, what = data.get("id"), data.get("what")
    if not isinstance(name, str) or not NAME.fullmatch(name) or not isinstance(what, str):
        raise BadAsk("shape")
    return Ask(name, what, {key: value for key, value in data.items() if key not in ("type", "id", "what")})
