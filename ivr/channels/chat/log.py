"""The log of one chat: what was said, by whom, numbered without a gap; bounded; and who may read it."""

from __future__ import annotations

import hashlib
import hmac
import json
import secrets
from collections import deque
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

LOG_MOST = 200  # entries; a page that comes back later than that sees that something is left out
VISITOR, HOUSE, OPERATOR = "visitor", "house", "operator"


@dataclass(frozen=True, slots=True)
class Entry:
    """One numbered line. type: "said", "card" or "note"; body: the other fields, as the page gets them (see this package)."""

    seq: int
    type: str
    at_ms: int
    body: Mapping[str, Any] = field(repr=False)

    @property
    def id(self) -> str:
        """The page's own name for what became this entry, or ""."""
        return str(self.body.get("id", ""))

    def packed(self) -> dict[str, Any]:
        """As it goes over the wire."""
        return {"type": self.type, "seq": self.seq, "at": self.at_ms, **self.body}


@dataclass
class Log:
    """One chat. secret: SHA-256 of its token. state: of the dialogue, None where none is under way. rated: the smile given.

    buttons: ids that may be pressed now, with their labels. kept: it lies on a shelf.
    """

    chat: str
    secret: str
    language: str
    created_ms: int
    last: int = 0
    at_ms: int = 0
    matter: str = ""
    rated: str = ""
    state: Mapping[str, Any] | None = field(default=None, repr=False)
    buttons: dict[str, str] = field(default_factory=dict)
    kept: bool = False
    entries: deque[Entry] = field(default_factory=lambda: deque(maxlen=LOG_MOST), repr=False)

    def add(self, type: str, at_ms: int, **body: Any) -> Entry:
        """The next entry; fields that are empty are left out."""
        self.last, self.at_ms = self.last + 1, at_ms
        entry = Entry(self.last, type, at_ms, {name: value for name, value in body.items() if value not in ("", None, [])})
        self.entries.append(entry)
        return entry

    def after(self, seq: int) -> list[Entry]:
        """What came later than `seq`, as far as it is kept."""
        return [entry for entry in self.entries if entry.seq > seq]

    def known(self, name: str) -> Entry | None:
        """The entry that the page's message of this name became, or None."""
        return next((entry for entry in reversed(self.entries) if name and entry.id == name), None)

    @property
    def first(self) -> int:
        """The oldest entry that is kept."""
        return self.entries[0].seq if self.entries else self.last + 1

    def opens_to(self, token: str) -> bool:
        """Whether this token is the chat's, compared in constant time."""
        return hmac.compare_digest(self.secret, digest(token))

    def pack(self) -> str:
        """As JSON, for the store."""
        plain = {name: getattr(self, name) for name in _PLAIN}
        lines = [[entry.seq, entry.type, entry.at_ms, dict(entry.body)] for entry in self.entries]
        return json.dumps({**plain, "entries": lines}, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def unpack(cls, text: str) -> Log:
        """The log of `pack`. Raises ValueError for what is none."""
        data = json.loads(text)
        try:
            log = cls(**{name: data[name] for name in _PLAIN})
            log.entries.extend(Entry(*line) for line in data["entries"])
        except (KeyError, TypeError) as error:
            raise ValueError(f"no log of a chat: {type(error).__name__}") from None
        return log


_PLAIN = ("chat", "secret", "language", "created_ms", "last", "at_ms", "matter", "rated", "state", "buttons")


def digest(token: str) -> str:
    return hashlib.sha256(token.encode()).hexdigest()


def begin(language: str, now_ms: int) -> tuple[Log, str]:
    """A new chat and its token (256 bits), which is told to the page and kept nowhere."""
    token = secrets.token_urlsafe(32)
    return Log(secrets.token_urlsafe(16), digest(token), language, now_ms, at_ms=now_ms), token
