"""Webhooks out: what happens in the house, told to other programs; signed (Standard Webhooks 1.0), at least once, in order per customer.

    POST {"type": "call.ended", "timestamp": "2026-11-23T10:00:00Z", "data": {...}}      webhook-id is the same at every try

A receiver answers 2xx within 15 s. Anything else is tried again for a day; 410 ends it; a redirect is not followed. What could
not be delivered is listed as dead. Calls never wait for any of it: to tell is one write into Redis, or into the journal.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import random
import ssl
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import aiohttp
from aiohttp.abc import AbstractResolver
from yarl import URL

from ivr.channels import signature
from ivr.channels.addresses import Forbidden, Judging, allowed, networks
from ivr.channels.courier import Again, Backoff, Courier, Never
from ivr.channels.outbox import Dead, Item, Outbox
from ivr.memory.matter import Matter, Status
from ivr.memory.store import Store
from voice.errors import ConfigError, HotlineError

log = logging.getLogger(__name__)
PATIENCE_S = 15.0
EVENTS = (
    "call.ended",
    "matter.opened",
    "matter.closed",
    "handover.requested",
    "mail.received",
    "touch.received",
    "link.wanted",
    "callback.wanted",
)


_MATTERS = {Status.CLOSED: "matter.closed", Status.HANDED: "handover.requested"}


@dataclass(frozen=True, slots=True)
class Target:
    """Who is told. name: short, unique; it names the queue. events: which, () for all; keys: whsec_..., or in files; each signs.

    allow: networks beyond the public ones where it may stand ("10.0.0.0/8"); only there may the URL be http.
    """

    name: str
    url: str
    keys: tuple[str, ...] = field(default=(), repr=False)
    key_files: tuple[str, ...] = ()
    events: tuple[str, ...] = ()
    allow: tuple[str, ...] = ()
    hands: int = 4

    def __post_init__(self) -> None:
        place = URL(self.url) if self.url.isascii() else URL()
        if not (self.name.isidentifier() and self.name.isascii() and self.name.islower()):
            raise ConfigError(f"{self.name!r} is no name for a webhook", "Write small letters, digits and underscores.")
        if place.scheme not in ("https", "http") or not place.host or place.user or place.fragment:
            raise ConfigError(f"{self.name}: the URL is none to send webhooks to", "Write https://host/path")
        if place.scheme == "http" and not self.allow:
            raise ConfigError(f"{self.name}: http is for networks that `allow` names", "Write https://...")
        if unknown := [one for one in self.events if one not in EVENTS]:
            raise ConfigError(f"{self.name}: unknown event {', '.join(unknown)}", f"Known: {', '.join(EVENTS)}.")
        if not (self.keys or self.key_files):
            raise ConfigError(f"{self.name}: no key to sign with", "It is whsec_ and 24 to 64 random bytes in base64.")
        networks(self.allow)
        signature.keys(self.keys, self.key_files)


@dataclass(frozen=True, slots=True)
class WebhookSettings:
    """All targets ([[webhooks.target]])."""

    targets: tuple[Target, ...] = ()


@dataclass(slots=True)
class Webhooks:
    """`start` runs the couriers (in one role of the house is enough); `tell` may be called from any process.

    now_ms: the time since the epoch. resolver: made for every target, so that tests can answer for the DNS.
    """

    store: Store
    targets: tuple[Target, ...]
    now_ms: Callable[[], int]
    backoff: Backoff = field(default_factory=Backoff)
    dice: random.Random = field(default_factory=random.Random)
    resolver: Callable[[], AbstractResolver] = aiohttp.ThreadedResolver
    tls: ssl.SSLContext | None = None
    patience_s: float = PATIENCE_S
    poll_s: float = 0.5
    _couriers: dict[str, Courier] = field(default_factory=dict)
    _sessions: list[aiohttp.ClientSession] = field(default_factory=list)

    def box(self, target: Target) -> Outbox:
        """The queue of one target."""
        return Outbox(self.store, f"hook:{target.name}", self.now_ms, lease_ms=round(2000 * self.patience_s))

    async def tell(self, event: str, name: str, customer: str, data: Mapping[str, Any], at_ms: int | None = None) -> None:
        """Tell everybody who wants this event. name: of what happened ("call-4711-ended"): told once, whoever tells it again.

        customer: whose order is kept, "" for nobody's. Never raises MemoryAway: the journal takes it. Raises JournalFull.
        """
        at = self.now_ms() if at_ms is None else at_ms
        stamp = datetime.fromtimestamp(at / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
        unique = "evt_" + hashlib.sha256(f"{event}\0{name}".encode()).hexdigest()[:32]
        body = {"type": event, "timestamp": stamp, "data": dict(data)}
        for target in self.targets:
            if not target.events or event in target.events:
                await self.box(target).put(unique, customer or unique, body)
                if courier := self._couriers.get(target.name):
                    courier.wake()

    def wanted(self, event: str) -> bool:
        """Whether somebody names this event: one who acts on it, and does not merely listen to all."""
        return any(event in target.events for target in self.targets)

    async def matter(self, matter: Matter) -> None:
        """For `Matters.watchers`: a matter was opened, closed, or handed to a person. Never raises."""
        event = _MATTERS.get(matter.status, "matter.opened" if matter.version == 1 else "")
        data = {
            "matter": matter.id, "flow": matter.flow, "topic": matter.topic, "channel": matter.channel, "language": matter.language,
            "customer": matter.customer,
        }  # fmt: skip
        try:
            if matter.version == 1 and event != "matter.opened":
                await self.tell("matter.opened", matter.id, matter.customer or matter.id, data, matter.created_ms)
            if event:
                await self.tell(event, matter.id, matter.customer or matter.id, data, matter.updated_ms)
        except HotlineError as error:
            log.error("what became of a matter could not be told: %s", type(error).__name__)

    def start(self) -> None:
        """Begin to deliver."""
        for target in self.targets:
            session = self._session(target)
            sender = _Sender(target, signature.keys(target.keys, target.key_files), session, self.now_ms, self.tls)
            courier = Courier(self.box(target), sender.deliver, self.backoff, target.hands, self.dice, self.poll_s)
            self._sessions.append(session)
            self._couriers[target.name] = courier
            courier.start()

    async def close(self) -> None:
        """Stop; what waits goes on waiting in Redis."""
        await asyncio.gather(*(courier.close() for courier in self._couriers.values()))
        await asyncio.gather(*(session.close() for session in self._sessions))
        self._couriers, self._sessions = {}, []

    def counts(self) -> dict[str, dict[str, int]]:
        """Per target: delivered, again, buried, faults."""
        return {name: dict(courier.counts) for name, courier in self._couriers.items()}

    async def dead(self, first: int = 0, last: int = 99) -> dict[str, tuple[Dead, ...]]:
        """What could not be delivered, per target, the newest first."""
        return {target.name: await self.box(target).dead(first, last) for target in self.targets}

    async def forget(self, customer: str) -> int:
        """Erase what still waits about a customer; how many entries."""
        return sum([await self.box(target).forget(customer) for target in self.targets])

    def _session(self, target: Target) -> aiohttp.ClientSession:
        # No connection is kept: each one is judged anew. No proxy, no cookies, no credentials from the environment or a file.
        connector = aiohttp.TCPConnector(
            resolver=Judging(self.resolver(), networks(target.allow)), use_dns_cache=False, force_close=True, limit=target.hands
        )
        return aiohttp.ClientSession(
            connector=connector, timeout=aiohttp.ClientTimeout(self.patience_s), cookie_jar=aiohttp.DummyCookieJar(), trust_env=False,
            auto_decompress=False, headers={"User-Agent": "hotline-webhooks/1"},
        )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Sender:
    """Delivers to one target."""

    target: Target
    keys: Sequence[bytes]
    session: aiohttp.ClientSession
    now_ms: Callable[[], int]
    tls: ssl.SSLContext | None

    async def deliver(self, item: Item) -> Again | Never | None:
        body = json.dumps(dict(item.body), ensure_ascii=False, separators=(",", ":")).encode()
        fields = signature.sign(self.keys, item.id, self.now_ms() // 1000, body) | {
            "Content-Type": "application/json; charset=utf-8"
        }
        place = URL(self.target.url)
        # An address instead of a name is not resolved, so it is judged here.
        if place.host and _is_address(place.host) and not allowed(place.host, networks(self.target.allow)):
            return Never("forbidden")
        try:
            # ssl=True is the default: the certificate is verified.
            async with self.session.post(place, data=body, headers=fields, allow_redirects=False, ssl=self.tls or True) as answer:
                return _verdict(answer.status, answer.headers.get("Retry-After", ""))
        except Forbidden:
            return Never("forbidden")
        except TimeoutError:
            return Again("timeout")
        except aiohttp.ClientConnectorError as error:
            return Never("forbidden") if isinstance(error.os_error, Forbidden) else Again("unreachable")
        except (aiohttp.ClientError, OSError, ValueError) as error:
            return Again(type(error).__name__)


def _is_address(host: str) -> bool:
    return ":" in host or host.replace(".", "").isdigit()


def _verdict(status: int, retry_after: str) -> Again | Never | None:
    """2xx is delivered; 410 Gone is the end (Standard Webhooks); all others may pass, redirects too, which are not followed."""
    if 200 <= status < 300:
        return None
    if status == 410:
        return Never("gone")
    after_s = float(retry_after) if retry_after.isdigit() and len(retry_after) < 7 else 0.0
    return Again(f"status {status}", after_s)
