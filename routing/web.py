"""The desk role's web server: health, the chat, the demo page; every answer carries the headers of OWASP ASVS 5.0, 3.4.

Others add their routes to `Web.app` before `start`.
"""

from __future__ import annotations

import ipaddress
import logging
from functools import partial

from aiohttp import web

from ivr.channels.addresses import networks
from ivr.channels.chat import files
from ivr.channels.chat.desk import Desk, NobodyThere
from ivr.channels.chat.lines import lines_box, showing
from ivr.channels.chat.room import Here, Page, Parts
from ivr.channels.chat.rooms import Rooms
from ivr.channels.chat.shelf import KEPT_S, RedisShelf
from ivr.channels.chat.socket import ChatSocket, Terms
from ivr.channels.errands import Errands
from ivr.connectors import connectors, own
from ivr.deeds import Deeds
from ivr.flow import Flow
from ivr.memory import identity
from ivr.memory.memory import Memory
from ivr.notebook import MemoryNotebook
from ivr.script import FlowScript
from routing.web_settings import WebSettings
from voice.clock import epoch_ms, now_ns
from voice.errors import ConfigError

log = logging.getLogger(__name__)
BODY_MOST = 65_536
YEAR_S = 31_536_000
CLOSING_S = 5.0
HEADERS = {
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Content-Security-Policy": "default-src 'none'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'; object-src 'none'",
    "X-Frame-Options": "DENY",
    "Cache-Control": "no-store",
}


class Web:
    """`start` listens, `close` lets go: sockets are told to come again, chats are kept as they stand."""

    def __init__(
        self, settings: WebSettings, memory: Memory, flow: Flow, desk: Desk | None = None, chats_kept_s: int = KEPT_S,
        errands: Errands | None = None,
    ) -> None:  # fmt: skip
        self.settings, self.memory, self.flow = settings, memory, flow
        self._proxies = networks(settings.proxies)
        lifetime_ms = round(flow.resume.lifetime_h * 3_600_000)

        def page(chat: str) -> MemoryNotebook:
            return MemoryNotebook(memory, identity.chat(chat), "chat", lifetime_ms=lifetime_ms, patient=True)

        looks = connectors(flow)

        def deeds(page: Page, here: Here) -> Deeds:
            call_back = partial(errands.call_back, page=page) if errands is not None else None
            return Deeds(
                own(flow, looks, {"consent": page.consent}), {"ticket": page.redeem}, here.show_link, call_back, here.record
            )

        self.rooms = Rooms(
            Parts(
                FlowScript(flow),
                page,
                deeds,
                RedisShelf(memory.store, chats_kept_s),
                desk or NobodyThere(),
                epoch_ms,
                now_ns,
                settings.phone,
                flow.ticket_key,
                counts=memory.counts,
            )
        )
        self._lines = showing(lines_box(memory.store, epoch_ms), self.rooms)
        terms = Terms(settings.origins, settings.sockets_per_address, settings.sockets)
        self.chat = ChatSocket(self.rooms, terms, now_ns, self.address)
        self.app = web.Application(client_max_size=BODY_MOST)
        self.app.on_response_prepare.append(self._headers)
        self.app.on_shutdown.append(self._farewell)
        self.app.router.add_get("/healthz", self._alive)
        self.app.router.add_get("/readyz", self._ready)
        self.app.router.add_get("/chat", self.chat.handle)
        self.app.add_routes(files.routes() if settings.demo else [file.route() for file in files.FILES if file.anywhere])
        self._runner: web.AppRunner | None = None

    async def start(self) -> None:
        """Listen. Raises ConfigError where the port is taken."""
        settings = self.settings
        # No access log: it would hold addresses of people.
        self._runner = web.AppRunner(self.app, access_log=None, shutdown_timeout=CLOSING_S, keepalive_timeout=30.0)
        await self._runner.setup()
        self.rooms.start()
        self._lines.start()
        try:
            await web.TCPSite(self._runner, settings.host, settings.port).start()
        except OSError as error:
            await self.close()
            raise ConfigError(
                f"port {settings.port} of {settings.host} cannot be opened for the web: {error.strerror}",
                "Name another one in [web] of the settings, or end the program that has it.",
            ) from None

    async def close(self) -> None:
        """Stop; whoever chats comes again when the house is back, and goes on."""
        if self._runner is not None:
            await self._runner.cleanup()
            self._runner = None
        await self._lines.close()
        await self.rooms.close()

    async def __aenter__(self) -> Web:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    @property
    def port(self) -> int:
        """Where it listens, also where the settings say 0 (any)."""
        addresses = self._runner.addresses if self._runner is not None else []
        return int(addresses[0][1]) if addresses else self.settings.port

    @property
    def url(self) -> str:
        """For a browser on this machine."""
        host = self.settings.host if self.settings.host not in ("0.0.0.0", "::") else "127.0.0.1"
        return f"http://[{host}]:{self.port}" if ":" in host else f"http://{host}:{self.port}"

    def address(self, request: web.Request) -> str:
        """Who asks: the last address in X-Forwarded-For that is none of our proxies', where one of them asks; else the peer's."""
        peer = request.remote or ""
        if not self._proxied(peer):
            return peer
        for hop in reversed([hop.strip() for line in request.headers.getall("X-Forwarded-For", []) for hop in line.split(",")]):
            if hop and not self._proxied(hop):
                return hop
        return peer

    def tls(self, request: web.Request) -> bool:
        """Whether the browser that asks speaks over TLS, with us or with a proxy that is known."""
        proxied = self._proxied(request.remote or "") and request.headers.get("X-Forwarded-Proto") == "https"
        return request.secure or proxied

    def _proxied(self, address: str) -> bool:
        try:
            one = ipaddress.ip_address(address.partition("%")[0])
        except ValueError:
            return False
        return any(one in network for network in self._proxies)

    async def _farewell(self, app: web.Application) -> None:
        await self.chat.close()

    async def _headers(self, request: web.Request, response: web.StreamResponse) -> None:
        for name, value in HEADERS.items():
            response.headers.setdefault(name, value)
        if self.tls(request):
            response.headers.setdefault("Strict-Transport-Security", f"max-age={YEAR_S}")
        response.headers["Server"] = "hotline"

    async def _alive(self, request: web.Request) -> web.Response:
        return web.json_response({"status": "alive"})

    async def _ready(self, request: web.Request) -> web.Response:
        """Whether new work may come here. Without Redis the house still talks, but who is known would be asked all anew."""
        memory = "away" if self.memory.away else "there"
        return web.json_response({"memory": memory, "chats": len(self.rooms.rooms)}, status=503 if self.memory.away else 200)
