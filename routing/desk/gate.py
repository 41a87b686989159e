"""The desk's door: log in, log out, who am I. Cookies as OWASP ASVS 5.0 3.3 wants them; a foreign page can do nothing here (3.5).

What changes something is a POST of JSON with the header X-Hotline-Desk from a page of this very origin: a form of another site
can send neither. Beyond loopback the desk speaks over TLS only, or behind a proxy that does.
"""

from __future__ import annotations

import ipaddress
import json
import logging
import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass
from typing import Any, Protocol

from aiohttp import web

from ivr.channels.chat.limits import allowed
from ivr.memory.errors import MemoryAway
from routing.desk.accounts import Accounts
from routing.desk.roles import Action, actions, may
from routing.desk.sessions import WHOLE_MS, Session, Sessions
from routing.desk.trail import Trail

log = logging.getLogger(__name__)
SAFE, PLAIN = "__Host-hotline", "hotline-desk"  # RFC 6265bis section 4.1.3.2; without TLS no browser takes the first
HEADER = "X-Hotline-Desk"
NAME = re.compile(r"[a-z0-9][a-z0-9._-]{0,31}")
BODY_MOST = 4096
STRANGERS_MS = 60_000


class Person(Protocol):
    """Somebody of the house (routing.floor.records.Operator)."""

    @property
    def id(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def roles(self) -> tuple[str, ...]: ...
    @property
    def active(self) -> bool: ...


@dataclass(frozen=True, slots=True)
class Visitor:
    """Who asks: the session, and the person as he is now."""

    session: Session
    person: Person


class Refused(Exception):
    """Not for this one. status: of HTTP; why: one word for the page."""

    def __init__(self, status: int, why: str, **more: Any) -> None:
        super().__init__(why)
        self.status, self.why, self.more = status, why, more

    def answer(self) -> web.Response:
        """As the page gets it."""
        return web.json_response({"why": self.why, **self.more}, status=self.status)


Handler = Callable[[web.Request], Awaitable[web.StreamResponse]]


class Gate:
    """person: an operator by his id, None where there is none. tls, address: of a request, through known proxies (routing.web).

    left: told who has logged out.
    """

    def __init__(
        self,
        accounts: Accounts,
        sessions: Sessions,
        trail: Trail,
        person: Callable[[str], Awaitable[Person | None]],
        tls: Callable[[web.Request], bool],
        address: Callable[[web.Request], str],
        left: Callable[[str], Awaitable[None]],
    ) -> None:
        self.accounts, self.sessions, self.trail = accounts, sessions, trail
        self.person, self.tls, self.address, self.left = person, tls, address, left

    def routes(self) -> list[web.RouteDef]:
        """Log in, log out, who am I."""
        return [
            web.post("/desk/login", self.answered(self._login)),
            web.post("/desk/logout", self.answered(self._logout)),
            web.get("/desk/me", self.answered(self._me)),
        ]

    def answered(self, handler: Handler) -> Handler:
        """A handler whose refusals, and whose memory that is away, are answers."""

        async def answer(request: web.Request) -> web.StreamResponse:
            try:
                return await handler(request)
            except Refused as refused:
                return refused.answer()
            except MemoryAway:
                return Refused(503, "away").answer()

        return answer

    async def visitor(self, request: web.Request, action: Action, *, active: bool = True) -> Visitor:
        """Who asks, where he may do this. Raises Refused 401 or 403, MemoryAway."""
        secret = request.cookies.get(SAFE if self.tls(request) else PLAIN, "")
        session = await self.sessions.of(secret, active=active)
        person = await self.person(session.operator) if session else None
        if session is None or person is None or not person.active:
            raise Refused(401, "login")
        if not may(person.roles, action):
            raise Refused(403, "role")
        return Visitor(session, person)

    def own_page(self, request: web.Request) -> None:
        """Raises Refused where another site, or no page at all, asks for a change."""
        if not allowed(request.headers.get("Origin", ""), request.host, ()) or not request.headers.get(HEADER):
            raise Refused(403, "origin")
        if request.headers.get("Sec-Fetch-Site", "same-origin") not in ("same-origin", "none"):
            raise Refused(403, "origin")
        if request.content_type != "application/json":
            raise Refused(415, "json")

    async def body(self, request: web.Request) -> dict[str, Any]:
        """The JSON object of a POST. Raises Refused."""
        if (request.content_length or 0) > BODY_MOST:
            raise Refused(413, "long")
        try:
            found = json.loads((await request.content.read(BODY_MOST + 1))[: BODY_MOST + 1] or b"{}")
        except (ValueError, RecursionError):
            raise Refused(400, "json") from None
        if not isinstance(found, dict):
            raise Refused(400, "json")
        return found

    # The three

    async def _login(self, request: web.Request) -> web.Response:
        self.own_page(request)
        address = self.address(request)
        if not self.tls(request) and not _loopback(address):
            raise Refused(403, "tls")  # a password is not sent in the clear
        body = await self.body(request)
        name, password = str(body.get("name", "")).strip().casefold(), body.get("password")
        if not NAME.fullmatch(name) or not isinstance(password, str) or not password:
            raise Refused(401, "wrong")
        person = await self.person(name)
        # What is nobody's name may be a password in the wrong field: it stands nowhere.
        whose = name if person is not None else ""
        tried = await self.accounts.login(name, password, address)
        if tried.wait_ms:
            await self.trail.noted("", "locked", whose, for_ms=tried.wait_ms)
            raise Refused(429, "locked", wait_s=-(-tried.wait_ms // 1000))
        if person is None or not person.active or not tried.right:
            # Of names that are nobody's there may be any number: they must not push out what stands in the trail.
            await self.trail.noted("", "wrong", whose, for_ms=0 if whose else STRANGERS_MS)
            raise Refused(401, "wrong")
        # A session that was there before is not this one's (ASVS 7.2.4): it ends.
        if (old := await self.sessions.of(request.cookies.get(SAFE if self.tls(request) else PLAIN, ""))) is not None:
            await self.sessions.end(old)
        secret = await self.sessions.begin(person.id)
        await self.trail.noted(person.id, "login")
        answer = web.json_response(_about(person))
        self._cookie(request, answer, secret)
        return answer

    async def _logout(self, request: web.Request) -> web.Response:
        self.own_page(request)
        visitor = await self.visitor(request, Action.SELF)
        body = await self.body(request)
        if body.get("everywhere") is True:
            await self.sessions.end_all(visitor.person.id)
        else:
            await self.sessions.end(visitor.session)
        await self.trail.noted(visitor.person.id, "logout", how="everywhere" if body.get("everywhere") is True else "")
        await self.left(visitor.person.id)
        answer = web.json_response({})
        self._cookie(request, answer, "")
        return answer

    async def _me(self, request: web.Request) -> web.Response:
        return web.json_response(_about((await self.visitor(request, Action.SELF, active=False)).person))

    def _cookie(self, request: web.Request, answer: web.Response, secret: str) -> None:
        safe = self.tls(request)
        name, age = SAFE if safe else PLAIN, WHOLE_MS // 1000 if secret else 0
        answer.set_cookie(name, secret, max_age=age, path="/", secure=safe, httponly=True, samesite="Strict")


def _about(person: Person) -> dict[str, Any]:
    return {"id": person.id, "name": person.name, "roles": list(person.roles), "may": actions(person.roles)}


def _loopback(address: str) -> bool:
    try:
        return ipaddress.ip_address(address.partition("%")[0]).is_loopback
    except ValueError:
        return False
