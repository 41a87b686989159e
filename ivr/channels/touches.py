"""The touches API: other programs tell of contacts with customers, and of consent; signed as Standard Webhooks are.

    POST /v1/touches        PUT /v1/customers/{customer}/consent        GET /openapi.json

The order of checks: rate by address, size, signature, rate by sender, type, JSON, model, replay. Who signed names the source of a
touch, so nobody speaks in another's name. The signature does not cover the path, so a consent names its customer in the body too.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import logging
import re
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from aiohttp import web
from pydantic import BaseModel, ValidationError

from ivr.channels import openapi, signature
from ivr.channels.problems import Mistake, Problem, later
from ivr.channels.rate import Rate
from ivr.channels.touch_models import ConsentIn, ConsentOut, IdentityIn, Kept, TouchIn, TouchOut, WordOut
from ivr.memory import identity as identities
from ivr.memory.errors import JournalFull, MemoryAway, NotAnIdentity, Unfit
from ivr.memory.identity import Identity, Proof
from ivr.memory.memory import Memory
from ivr.memory.timeline import Touch
from voice.clock import now_ns
from voice.errors import ConfigError, HotlineError

log = logging.getLogger(__name__)
BODY_BYTES_MAX = 65_536
BODY_PATIENCE_S = 10.0
REMEMBERED_MS = 1000 * (2 * signature.TOLERANCE_S + 60)  # a signature is good from 5 min before its time to 5 min after it
AHEAD = timedelta(days=1)
FAILURES_PER_S, FAILURES_BURST = 1.0, 30
_SENDER = re.compile(r"[a-z][a-z0-9_]{0,23}")
_CUSTOMER = re.compile(r"[A-Za-z0-9_-]{1,64}")
Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]
M = TypeVar("M", bound=BaseModel)


@dataclass(frozen=True, slots=True)
class Sender:
    """A program that may tell of touches. name: their `source`. keys: whsec_..., several while one is being changed; or in files.

    links: it is trusted to say which identities are one person, and is told the customer's id (a CRM; never a web page).
    """

    name: str
    keys: tuple[str, ...] = field(default=(), repr=False)
    key_files: tuple[str, ...] = ()
    per_s: float = 20.0
    burst: int = 100
    links: bool = False

    def __post_init__(self) -> None:
        if not _SENDER.fullmatch(self.name):
            raise ConfigError(f"{self.name!r} is no name for a sender of touches", "Write small letters, digits, underscores.")
        if not (self.keys or self.key_files) or self.per_s <= 0 or self.burst < 1:
            raise ConfigError(f"{self.name}: it needs a key, and a rate above zero", "See docs/channels.md.")
        signature.keys(self.keys, self.key_files)


@dataclass(frozen=True, slots=True)
class ApiSettings:
    """Who may tell ([[api.sender]])."""

    senders: tuple[Sender, ...] = ()

    def __post_init__(self) -> None:
        if len({sender.name for sender in self.senders}) < len(self.senders):
            raise ConfigError("two senders of touches have the same name", "The name is the source of their touches.")


@dataclass(slots=True)
class Api:
    """The handlers. region: in which national phone numbers are dialled (ISO 3166, "RU"). told: is given every new touch.

    address: who asks, where a proxy stands before the house. ticks: monotonic nanoseconds, for the rates.
    """

    memory: Memory
    settings: ApiSettings
    region: str = ""
    version: str = "1"
    address: Callable[[web.Request], str] = lambda request: request.remote or ""
    told: Callable[[Touch], Awaitable[None]] | None = None
    ticks: Callable[[], int] = now_ns
    _keys: dict[str, Sequence[bytes]] = field(init=False)
    _rates: dict[str, Rate] = field(init=False)
    _failures: Rate = field(init=False)

    def __post_init__(self) -> None:
        self._keys = {sender.name: signature.keys(sender.keys, sender.key_files) for sender in self.settings.senders}
        self._rates = {sender.name: Rate(sender.per_s, sender.burst, self.ticks) for sender in self.settings.senders}
        self._failures = Rate(FAILURES_PER_S, FAILURES_BURST, self.ticks)

    async def keep_touch(self, request: web.Request) -> web.Response:
        """POST /v1/touches."""
        sender, asked, _ = await self._taken(request, TouchIn)
        now = datetime.fromtimestamp(self.memory.now_ms() / 1000, UTC)
        if not datetime(2000, 1, 1, tzinfo=UTC) <= asked.at <= now + AHEAD:
            raise Problem(422, "invalid", errors=[Mistake(where="/at", what="between the year 2000 and tomorrow")])
        who = [self._identity(one, at) for at, one in enumerate(asked.identities)]
        touch = Touch(
            who[0], asked.kind, sender.name, asked.id, round(asked.at.timestamp() * 1000), asked.text, asked.ours, data=asked.data
        )
        kept = await self.memory.touch(touch, asked.language or "")
        customer = await self._linked(sender, who) if sender.links and kept is not None else None
        if kept and self.told is not None:
            await self.told(touch)
        result = {True: Kept.NEW, False: Kept.KNOWN, None: Kept.WAITING}[kept]
        status = {Kept.NEW: 201, Kept.KNOWN: 200, Kept.WAITING: 202}[result]
        return _answer(status, TouchOut(id=asked.id, result=result, customer=customer))

    async def keep_consent(self, request: web.Request) -> web.Response:
        """PUT /v1/customers/{customer}/consent."""
        sender, asked, signed_ms = await self._taken(request, ConsentIn)
        name = request.match_info["customer"]
        if asked.customer != name:
            raise Problem(422, "invalid", errors=[Mistake(where="/customer", what="the customer of the path is another")])
        if not _CUSTOMER.fullmatch(name):
            raise Problem(404, "unknown", "there is no such customer")
        for at, word in enumerate(asked.words):
            when_ms = round(word.at.timestamp() * 1000) if word.at else signed_ms
            if not 0 <= when_ms <= self.memory.now_ms() + 1000 * AHEAD.total_seconds():
                raise Problem(
                    422, "invalid", errors=[Mistake(where=f"/words/{at}/at", what="not before 1970, not after tomorrow")]
                )
        waiting = False
        try:
            for word in asked.words:
                when_ms = round(word.at.timestamp() * 1000) if word.at else signed_ms
                await self.memory.consents.say(name, word.channel, word.purpose, word.allowed, sender.name, when_ms)
            customer = await self.memory.customers.get(name)
        except MemoryAway:
            waiting, customer = True, None
        except Unfit:
            raise Problem(404, "unknown", "there is no such customer") from None
        words = [
            WordOut(
                channel=word.channel, purpose=word.purpose, allowed=word.allowed, by=word.by,
                at=datetime.fromtimestamp(word.at_ms / 1000, UTC),
            )
            for word in (customer.words if customer else ())
        ]  # fmt: skip
        result = Kept.WAITING if waiting else Kept.NEW
        return _answer(202 if waiting else 200, ConsentOut(customer=name, result=result, words=words))

    async def show_document(self, request: web.Request) -> web.Response:
        """GET /openapi.json."""
        return web.json_response(openapi.document(self.version), headers={"Cache-Control": "max-age=300"})

    # One request, checked

    async def _taken(self, request: web.Request, model: type[M]) -> tuple[Sender, M, int]:
        """(who signed, what was sent, when it was signed in ms). Raises Problem."""
        address = self.address(request)
        if wait_s := self._failures.wait_s(address, count=False):
            raise later(429, "rate", wait_s, "too many requests without a good signature")
        body = await _read(request)
        try:
            name, message = signature.verify(self._keys, request.headers, body, self.memory.now_ms() / 1000)
        except signature.Unsigned as error:
            self._failures.wait_s(address)
            log.info("a touch whose signature does not hold: %s", error.why)
            raise Problem(
                401, "unsigned", "the signature does not hold", headers={"WWW-Authenticate": "StandardWebhooks"}
            ) from None
        if wait_s := self._rates[name].wait_s(name):
            raise later(429, "rate", wait_s, "too many requests")
        if request.content_type != "application/json":
            raise Problem(415, "type", "the body is application/json")
        asked = _model(model, body)
        await self._first_time(name, message, request, body)
        sender = next(one for one in self.settings.senders if one.name == name)
        return sender, asked, 1000 * int(request.headers[signature.TIMESTAMP])

    async def _first_time(self, sender: str, message: str, request: web.Request, body: bytes) -> None:
        """A webhook-id is used once, or again for the very same. Raises Problem."""
        digest = hashlib.sha256(f"{request.method} {request.path}\n".encode() + body).hexdigest()
        key = f"hotline:api:{sender}:{hashlib.sha256(message.encode()).hexdigest()[:32]}"
        try:
            store = self.memory.store
            if await store.command("SET", key, digest, "NX", "PX", REMEMBERED_MS) is None:
                before = await store.command("GET", key)
                if before not in (None, digest):
                    raise Problem(409, "reused", "this webhook-id was used before for something else")
        except MemoryAway:
            return  # a touch is kept once by its own id, and the latest word of consent counts, replayed or not

    def _identity(self, one: IdentityIn, at: int) -> Identity:
        try:
            match one.kind:
                case "phone":
                    return identities.phone(one.value, self.region)
                case "email":
                    return identities.email(one.value)
                case "chat":
                    return identities.chat(one.value)
                case _:
                    return identities.device(one.value)
        except NotAnIdentity as error:
            raise Problem(422, "invalid", errors=[Mistake(where=f"/identities/{at}/value", what=error.what)]) from None

    async def _linked(self, sender: Sender, who: Sequence[Identity]) -> str | None:
        """The customer of the first identity, the others linked to him as surely as a CRM knows it; None where several share it."""
        try:
            customer = await self.memory.customers.meet(who[0], sender.name)
            if customer is not None:
                for other in who[1:]:
                    await self.memory.customers.link(customer, other, [Proof.CRM], sender.name)
        except MemoryAway:
            return None
        return customer


async def _read(request: web.Request) -> bytes:
    """The body, within its limits. Raises Problem."""
    if (request.content_length or 0) > BODY_BYTES_MAX:
        raise Problem(413, "size", "the body is longer than 64 KiB")
    body = bytearray()
    try:
        async with asyncio.timeout(BODY_PATIENCE_S):
            while len(body) <= BODY_BYTES_MAX and (piece := await request.content.read(BODY_BYTES_MAX + 1 - len(body))):
                body += piece
    except TimeoutError:
        raise Problem(408, "late", "the body did not come in time") from None
    if len(body) > BODY_BYTES_MAX:
        raise Problem(413, "size", "the body is longer than 64 KiB")
    return bytes(body)


def _model(model: type[M], body: bytes) -> M:
    """The body as a model. Raises Problem, whose text holds nothing of the body."""
    try:
        plain = json.loads(body)
    except (ValueError, RecursionError):
        raise Problem(400, "json", "the body is no JSON") from None
    try:
        # Again from the bytes: this parser refuses half surrogate pairs, which no store could keep.
        return model.model_validate_json(body)
    except ValidationError as error:
        found = error.errors(include_url=False, include_context=False, include_input=False)
        if not isinstance(plain, dict):
            found = found[:1]
        mistakes = [Mistake(where="".join(f"/{step}" for step in one["loc"]), what=one["msg"]) for one in found[:20]]
        raise Problem(422, "invalid", errors=mistakes) from None


def _answer(status: int, model: BaseModel) -> web.Response:
    return web.Response(
        status=status,
        body=model.model_dump_json().encode(),
        content_type="application/json",
        headers={"Cache-Control": "no-store"},
    )


def guarded(handler: Handler) -> Handler:
    """A handler whose problems become answers."""

    async def answered(request: web.Request) -> web.StreamResponse:
        try:
            return await handler(request)
        except Problem as problem:
            return problem.response()
        except (MemoryAway, JournalFull):
            return later(503, "away", 1, "the store is away").response()
        except Unfit as error:
            return Problem(422, "invalid", error.what).response()
        except HotlineError as error:
            log.error("a touch was not kept: %s", type(error).__name__)
            return later(503, "away", 30, "the store cannot be used").response()

    return answered


def routes(api: Api) -> list[web.RouteDef]:
    """For the application of the desk: `app.add_routes(routes(api))`."""
    return [
        web.post("/v1/touches", guarded(api.keep_touch)),
        web.put("/v1/customers/{customer}/consent", guarded(api.keep_consent)),
        web.get("/openapi.json", api.show_document),
    ]
