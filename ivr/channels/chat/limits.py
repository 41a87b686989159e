"""How much one address, one site and one visitor may ask of the chat: open sockets, new chats, messages, and Origin (RFC 6454)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit

from ivr.channels.rate import Rate

NEW_PER_S, NEW_MOST = 0.2, 20  # chats begun
SAYS_PER_S, SAYS_MOST = 1.0, 8  # messages in one chat
KEPT_NS = 5_000_000_000


class Addresses:
    """Open sockets and new chats per network address; an IPv6 customer is his /64. ticks: monotonic nanoseconds."""

    def __init__(self, sockets_most: int, all_most: int, ticks: Callable[[], int]) -> None:
        self.sockets_most, self.all_most = sockets_most, all_most
        self._open: Counter[str] = Counter()
        self._new = Rate(NEW_PER_S, NEW_MOST, ticks)

    def enter(self, address: str) -> bool:
        """One more socket from there? True counts it until `leave`."""
        place = _network(address)
        if self._open[place] >= self.sockets_most or self._open.total() >= self.all_most:
            return False
        self._open[place] += 1
        return True

    def leave(self, address: str) -> None:
        place = _network(address)
        self._open[place] -= 1
        if self._open[place] <= 0:
            del self._open[place]

    def begins(self, address: str) -> bool:
        """One more new chat from there?"""
        return self._new.wait_s(_network(address)) == 0


class Pace:
    """How fast one chat is written to, in the order of writing: what was to come again later goes before what was written after it."""

    def __init__(self, ticks: Callable[[], int]) -> None:
        self._ticks, self._rate = ticks, Rate(SAYS_PER_S, SAYS_MOST, ticks)
        self._first, self._until_ns = "", 0.0  # the oldest that is to come again; it may have been given up

    def wait_s(self, id: str) -> float:
        """0 where the message of this id is taken now; else in how many seconds it may come again."""
        others = id != self._first and self._ticks() < self._until_ns
        wait_s = self._rate.wait_s("", count=not others)
        if others:
            return max(wait_s, 1 / SAYS_PER_S)
        self._first, self._until_ns = (id, self._ticks() + wait_s * 1e9 + KEPT_NS) if wait_s else ("", 0.0)
        return wait_s


def _network(address: str) -> str:
    if ":" not in address or "." in address:
        return address.rpartition(":")[2] if ":" in address else address
    left, gap, right = address.partition("::")
    groups = left.split(":") if left else []
    if gap:
        behind = right.split(":") if right else []
        groups += ["0"] * (8 - len(groups) - len(behind)) + behind
    return ":".join(group.lstrip("0") or "0" for group in groups[:4])


def allowed(origin: str, host: str, origins: Iterable[str]) -> bool:
    """May a page of this origin open a chat? Its own site always may (same host and port); others where they are listed.

    origins: "https://shop.example", "https://*.shop.example" (any name below it). Every browser sends an Origin (RFC 6455, 10.2).
    """
    try:
        parts = urlsplit(origin)
        port = parts.port
    except ValueError:
        return False
    if parts.scheme not in ("http", "https") or not parts.hostname or parts.path or parts.query or parts.username is not None:
        return False
    if parts.netloc.lower() == host.lower():
        return True
    for entry in origins:
        wanted = urlsplit(entry)
        if (parts.scheme, port) != (wanted.scheme, wanted.port):
            continue
        name = wanted.hostname or ""
        if parts.hostname == name or (name.startswith("*.") and parts.hostname.endswith(name[1:])):
            return True
    return False
