"""How much one page, one address and one site may ask of the chat: token buckets, open sockets, and Origin (RFC 6454)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable
from urllib.parse import urlsplit


class Bucket:
    """A token bucket: `most` at once, `per_s` again every second. ticks: monotonic nanoseconds."""

    def __init__(self, most: float, per_s: float, ticks: Callable[[], int]) -> None:
        self.most, self.per_s, self.ticks = most, per_s, ticks
        self._have, self._at_ns = most, ticks()

    def take(self) -> bool:
        """One more, if there is one left."""
        self._fill()
        if self._have < 1:
            return False
        self._have -= 1
        return True

    @property
    def full(self) -> bool:
        """Whether nothing was taken for so long that it need not be remembered."""
        self._fill()
        return self._have >= self.most

    @property
    def wait_ms(self) -> int:
        """How long until the next one."""
        self._fill()
        return max(0, round((1 - self._have) / self.per_s * 1000))

    def _fill(self) -> None:
        now = self.ticks()
        self._have = min(self.most, self._have + (now - self._at_ns) / 1e9 * self.per_s)
        self._at_ns = now


class Addresses:
    """Open sockets and new chats per network address; an IPv6 customer is his /64."""

    def __init__(
        self, sockets_most: int, all_most: int, ticks: Callable[[], int], new_most: float = 20, new_per_s: float = 0.2
    ) -> None:
        self.sockets_most, self.all_most, self.ticks = sockets_most, all_most, ticks
        self.new_most, self.new_per_s = new_most, new_per_s
        self._open: Counter[str] = Counter()
        self._new: dict[str, Bucket] = {}

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
        place = _network(address)
        if len(self._new) > 10_000:
            self._new = {name: bucket for name, bucket in self._new.items() if not bucket.full}
        if place not in self._new:
            self._new[place] = Bucket(self.new_most, self.new_per_s, self.ticks)
        return self._new[place].take()


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
