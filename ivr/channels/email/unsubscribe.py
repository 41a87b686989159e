"""A way out of every mail that the house sends: by an answer (RFC 2369 section 3.2), and by one click (RFC 8058) where the web is known.

    List-Unsubscribe: <mailto:help@shop.example?subject=unsubscribe>, <https://hotline.shop.example/unsubscribe/...>
    List-Unsubscribe-Post: List-Unsubscribe=One-Click

The link names the customer by his id and is signed (HMAC-SHA-256, a key of the store's own), so it says nothing to whoever reads it and
cannot be made up. To look at it changes nothing, because mail programs look at links by themselves; only a POST does. Whoever
writes in somebody's name can silence us towards him, and do no more harm than that.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import TYPE_CHECKING
from urllib.parse import quote

from aiohttp import web

from ivr.memory.consent import SENT
from ivr.memory.errors import MemoryAway, Unfit
from ivr.understand import normal

if TYPE_CHECKING:
    from ivr.channels.email.settings import MailSettings
    from ivr.memory.memory import Memory

KEY = "hotline:unsubscribe:key"
SUBJECT = "unsubscribe"
BY = "email"
WORDS = frozenset(
    ("unsubscribe", "unsubscribe me", "stop", "no more mails", "do not write to me", "take me off your list",
     "отписаться", "отпишите меня", "отписка", "стоп", "не пишите мне", "больше не пишите", "не присылайте мне писем")
)  # fmt: skip
CSP = "default-src 'none'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
PAGE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>No more mails</title><h1>No more mails · Больше не писать</h1>
<p>You will get answers to your own questions only.<br><span lang="ru">Вы будете получать только ответы на ваши вопросы.</span></p>
<form method="post"><button>Unsubscribe · Отписаться</button></form></html>"""
DONE = """<!doctype html><html lang="en"><meta charset="utf-8"><meta name="viewport" content="width=device-width">
<title>Done</title><h1>Done · Готово</h1><p>We write no more. · <span lang="ru">Больше не пишем.</span></p></html>"""


def wishes(subject: str, text: str) -> bool:
    """Whether this mail says nothing but that no more are wanted: its subject, or all of its text, is one of WORDS."""
    said = [normal(part, code) for part in (subject, text) if len(part) < 200 for code in ("en", "ru")]
    return any(part in WORDS for part in said)


@dataclass(frozen=True, slots=True)
class Unsubscribe:
    """Makes the headers, and takes the clicks."""

    memory: Memory
    settings: MailSettings

    async def places(self, customer: str) -> tuple[str, ...]:
        """Where somebody says that he wants no more: for List-Unsubscribe. Raises MemoryAway."""
        mail = f"mailto:{quote(self.settings.address, safe='@')}?subject={SUBJECT}"
        if not (self.settings.web and customer):
            return (mail,)
        return mail, f"{self.settings.web}/unsubscribe/{customer}.{await self._sign(customer)}"

    def routes(self) -> list[web.RouteDef]:
        """For the desk's web."""
        return [web.get("/unsubscribe/{token}", self._look), web.post("/unsubscribe/{token}", self._take)]

    async def _look(self, request: web.Request) -> web.Response:
        return await self._answer(request, False)

    async def _take(self, request: web.Request) -> web.Response:
        return await self._answer(request, True)

    async def _answer(self, request: web.Request, takes: bool) -> web.Response:
        customer, _, sign = request.match_info["token"].rpartition(".")
        try:
            if not customer or not hmac.compare_digest(sign.encode(), (await self._sign(customer)).encode()):
                return _page("<!doctype html><title>404</title><h1>404</h1>", 404)
            for purpose in SENT if takes else ():
                await self.memory.consents.say(customer, "email", purpose, False, BY)
        except Unfit:
            pass  # he is nobody's customer any more: nothing goes out to him
        except MemoryAway:
            return _page("<!doctype html><title>503</title><h1>Please try again in a minute.</h1>", 503)
        return _page(DONE if takes else PAGE, 200)

    async def _sign(self, customer: str) -> str:
        key = await self.memory.store.command("GET", KEY)
        if key is None:
            await self.memory.store.command("SET", KEY, secrets.token_urlsafe(32), "NX")
            key = await self.memory.store.command("GET", KEY)
        made = hmac.digest(str(key).encode(), customer.encode(), hashlib.sha256)
        return base64.urlsafe_b64encode(made[:18]).decode()


def _page(text: str, status: int) -> web.Response:
    headers = {"Content-Security-Policy": CSP, "Referrer-Policy": "no-referrer", "Cache-Control": "no-store"}
    return web.Response(text=text, content_type="text/html", status=status, headers=headers)
