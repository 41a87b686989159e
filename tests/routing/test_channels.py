"""The desk role's channels together: a mail comes by SMTP, a touch by the API, both are told to a webhook; one matter, one memory."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from pathlib import Path
from typing import Any

import aiohttp
import aiosmtplib
import pytest
from aiohttp import web
from aiosmtpd.smtp import SMTP

import ivr
from ivr.channels import signature
from ivr.flow import load
from ivr.memory.identity import email
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from routing.channels import Channels
from routing.settings import parse
from routing.web import Web
from tests.ivr.channels.email.conftest import mail
from tests.peers.redis import RedisServer
from voice.clock import epoch_ms
from voice.errors import ConfigError

pytestmark = pytest.mark.real
KEY, OUT = signature.new_key(), signature.new_key()


@pytest.fixture
async def memory() -> AsyncIterator[Memory]:
    with RedisServer() as server:
        store = Store(server.url, op_ms=2000)
        yield Memory(store, epoch_ms)
        await store.close()


@pytest.fixture
async def hooks() -> AsyncIterator[tuple[int, list[dict[str, Any]]]]:
    """(port, what came) of a program that is told."""
    came: list[dict[str, Any]] = []

    async def take(request: web.Request) -> web.Response:
        signature.verify({"house": [signature.key(OUT)]}, request.headers, await request.read(), epoch_ms() / 1000)
        came.append(await request.json())
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield runner.addresses[0][1], came
    await runner.cleanup()


class Post:
    """The company's mail server: what the house has sent."""

    def __init__(self) -> None:
        self.took: list[EmailMessage] = []

    async def handle_DATA(self, server: SMTP, session: Any, envelope: Any) -> str:
        self.took.append(message_from_bytes(envelope.original_content, policy=default))
        return "250 taken"


@pytest.fixture
async def post() -> AsyncIterator[tuple[int, Post]]:
    """(port, what came) of a mail server."""
    peer, loop = Post(), asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(peer, loop=loop), "127.0.0.1", 0)
    yield server.sockets[0].getsockname()[1], peer
    server.close()
    await server.wait_closed()


async def test_mail_and_touches_and_webhooks(
    memory: Memory, hooks: tuple[int, list[dict[str, Any]]], post: tuple[int, Post], tmp_path: Path
) -> None:
    port, came = hooks
    settings = parse(
        {
            "region": "RU",
            "web": {"port": 0},
            "mail": {
                "address": "help@h.example",
                "phone": "+7 495 000-00-00",
                "review": str(tmp_path),
                "listen": {"port": 0},
                "send": {"host": "127.0.0.1", "port": post[0], "tls": "none"},
            },
            "api": {"sender": [{"name": "crm", "keys": [KEY], "links": True}]},
            "webhooks": {
                "target": [{"name": "crm", "url": f"http://127.0.0.1:{port}/", "keys": [OUT], "allow": ["127.0.0.0/8"]}]
            },
        },
        "test",
    )
    flow = load(Path(ivr.__file__).parent / "flows" / "hotline.yaml")
    async with Channels(settings, memory, flow) as channels:
        desk = Web(settings.web, memory, flow)
        channels.add_routes(desk)
        async with desk:
            assert channels.office is not None
            assert channels.office.listener is not None
            body = json.dumps(
                {
                    "id": "1",
                    "kind": "order",
                    "at": "2026-11-23T10:00:00Z",
                    "data": {"order": 4711},
                    "identities": [{"kind": "email", "value": "anna@shop.example"}, {"kind": "phone", "value": "84951234567"}],
                }
            ).encode()
            fields = signature.sign([signature.key(KEY)], "m1", epoch_ms() // 1000, body) | {"Content-Type": "application/json"}
            async with (
                aiohttp.ClientSession() as session,
                session.post(f"{desk.url}/v1/touches", data=body, headers=fields) as kept,
            ):
                assert kept.status == 201
                assert kept.headers["X-Content-Type-Options"] == "nosniff"
                customer = (await kept.json())["customer"]
            await aiosmtplib.send(
                mail(),
                sender="anna@shop.example",
                recipients=["help@h.example"],
                hostname="127.0.0.1",
                port=channels.office.listener.port,
            )
            async with asyncio.timeout(20):
                while len(came) < 3 or not post[1].took:
                    await asyncio.sleep(0.01)
            told = channels.lines(desk.url)
            assert f"taken at 127.0.0.1:{channels.office.port}, sent by 127.0.0.1:{post[0]}" in told[0]
            assert told[1:] == [f"Touches of crm at {desk.url}/v1/touches", "Webhooks to crm"]
    (answer,) = post[1].took
    assert (answer["In-Reply-To"], answer["Content-Language"], answer["Auto-Submitted"]) == (
        "<q1@shop.example>",
        "en",
        "auto-replied",
    )
    assert re.search(r"phone \+7 495 000-00-00, press # and then \d{3} \d{3} \(", answer.get_content())
    who = await memory.who(email("anna@shop.example"))
    assert who.customer is not None
    assert who.customer.id == customer
    assert [touch.kind for touch in who.touches] == ["order", "mail"]
    assert who.matters[0].customer == customer
    assert {event["type"] for event in came} == {"touch.received", "matter.opened", "mail.received"}


def test_mistakes_are_all_told_and_no_secret_is_shown() -> None:
    data = {
        "mail": {"addres": "x", "listen": 5, "imap": {"host": "x"}, "send": {"host": "h", "password": 5}},
        "api": {"sender": {"name": "crm"}},
        "webhooks": {"target": [{"name": "a", "url": "https://x.example", "keys": "whsec_secret"}, {"name": "b", "url": "http://x", "keys": [KEY]}]},
    }  # fmt: skip
    with pytest.raises(ConfigError) as error:
        parse(data, "hotline.toml")
    told = str(error.value)
    for part in ("did you mean 'address'", "[mail.listen]: a table", "[mail.imap]: user must be given", "[mail.send]: password: a str",
                 "write [[api.sender]]", "[[webhooks.target]] a: keys: a list", "http is for networks"):  # fmt: skip
        assert part in told
    assert "secret" not in told.replace("whsec_ and", "")
    assert KEY not in repr(parse({"api": {"sender": [{"name": "crm", "keys": [KEY], "per_s": 5}]}}, "hotline.toml"))
