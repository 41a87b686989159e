"""docs/channels.md does what it says: its lines are run as they stand there, by bash, openssl, curl and Python, against the house."""

from __future__ import annotations

import asyncio
import json
import os
import re
import tomllib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from aiohttp import web

import ivr
from ivr.channels import signature
from ivr.channels.problems import URN
from ivr.channels.webhooks import EVENTS
from ivr.flow import load
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from routing.channels import Channels
from routing.settings import parse
from routing.web import Web
from tests.ivr.channels.email.conftest import mail
from tests.peers.redis import RedisServer
from tests.routing.test_documents import DOCS, blocks
from voice.clock import epoch_ms

pytestmark = pytest.mark.real
MAKE_KEY, TOUCH, CONSENT = blocks("channels.md", "bash")
(VERIFY,) = blocks("channels.md", "python")
TEXT = (DOCS / "channels.md").read_text(encoding="utf-8")
Answer = tuple[dict[str, Any], int]


async def bash(lines: str, **variables: str) -> str:
    """What these lines print."""
    process = await asyncio.create_subprocess_exec(
        "bash", "-euo", "pipefail", "-c", lines, env={"PATH": os.environ["PATH"], **variables}, stdout=asyncio.subprocess.PIPE
    )
    async with asyncio.timeout(20):
        told, _ = await process.communicate()
    assert process.returncode == 0
    return told.decode().strip()


class House:
    """The house of the document's settings, and the program that it tells."""

    def __init__(self, url: str, key: str, out: str, smtp: int, came: list[tuple[dict[str, str], bytes]]) -> None:
        self.url, self.key, self.out, self.smtp, self.came = url, key, out, smtp, came

    async def send(self, lines: str, **variables: str) -> Answer:
        """The answer to a block of the document, and its status."""
        told, _, status = (await bash(lines, HOUSE=self.url, KEY=self.key, **variables)).rpartition("\n")
        return json.loads(told), int(status)

    async def told(self, kind: str) -> tuple[dict[str, str], bytes]:
        """The webhook of this kind."""
        async with asyncio.timeout(20):
            while True:
                for fields, body in self.came:
                    if json.loads(body)["type"] == kind:
                        return fields, body
                await asyncio.sleep(0.01)


@pytest.fixture
async def house(tmp_path: Path) -> AsyncIterator[House]:
    came: list[tuple[dict[str, str], bytes]] = []

    async def take(request: web.Request) -> web.Response:
        came.append(({name.lower(): value for name, value in request.headers.items()}, await request.read()))
        return web.Response(status=204)

    app = web.Application()
    app.router.add_post("/hotline", take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    made = {name: await bash(MAKE_KEY) for name in ("crm.key", "crm-out.key")}
    for name, key in made.items():
        (tmp_path / name).write_text(key + "\n")
    (text,) = blocks("channels.md", "toml")
    text = text.replace("/etc/hotline/", f"{tmp_path}/").replace("10.1.2.3:8000", f"127.0.0.1:{runner.addresses[0][1]}")
    data = tomllib.loads(text.replace("10.1.0.0/16", "127.0.0.0/8").replace("port = 2525", "port = 0"))
    del data["mail"]["send"]
    data["mail"]["review"] = str(tmp_path / "review")
    settings = parse(data | {"web": {"port": 0}}, "channels.md")
    flow = load(Path(ivr.__file__).parent / "flows" / "hotline.yaml")
    with RedisServer() as server:
        store = Store(server.url, op_ms=2000)
        memory = Memory(store, epoch_ms)
        async with Channels(settings, memory, flow) as channels:
            desk = Web(settings.web, memory, flow)
            channels.add_routes(desk)
            async with desk:
                assert channels.office is not None
                yield House(desk.url, made["crm.key"], made["crm-out.key"], channels.office.port, came)
        await store.close()
    await runner.cleanup()


async def test_touches_and_consent_as_the_document_sends_them(house: House) -> None:
    told, status = await house.send(TOUCH)
    assert (status, told["id"], told["result"]) == (201, "visit-4711", "new")
    again, status = await house.send(TOUCH)
    assert (status, again["result"], again["customer"]) == (200, "known", told["customer"])
    (example,) = (json.loads(one) for one in blocks("channels.md", "json") if '"result"' in one)
    assert set(example) == set(told)
    kept, status = await house.send(CONSENT, CUSTOMER=told["customer"])
    assert status == 200
    assert [(word["channel"], word["purpose"], word["allowed"]) for word in kept["words"]] == [("email", "marketing", False)]


@pytest.mark.parametrize(
    ("change", "to", "status", "kind"),
    [
        ("now=$(date +%s)", "now=$(($(date +%s) - 400))", 401, "unsigned"),
        ("now=$(date +%s)", "now=$(($(date +%s) + 400))", 401, "unsigned"),
        ('--data-binary "$body"', '--data-binary "$body "', 401, "unsigned"),
        ("application/json", "text/plain", 415, "type"),
        ('"kind": "visit"', '"kind": "A visit"', 422, "invalid"),
        ('"kind": "visit"', "visit", 400, "json"),
    ],
)
async def test_what_is_wrong_is_answered_as_the_document_says(house: House, change: str, to: str, status: int, kind: str) -> None:
    assert change in TOUCH
    told, got = await house.send(TOUCH.replace(change, to))
    assert (got, told["type"], told["status"]) == (status, URN + kind, status)
    assert f"| {status} | `{kind}` |" in TEXT
    assert "Anna" not in json.dumps(told)


async def test_a_webhook_id_is_for_one_request(house: House) -> None:
    fixed = re.sub(r"^id=.*$", "id=msg_1", TOUCH, flags=re.MULTILINE)
    assert (await house.send(fixed))[1] == 201
    assert (await house.send(fixed))[1] == 200
    told, status = await house.send(fixed.replace("visit-4711", "visit-4712"))
    assert (status, told["type"]) == (409, URN + "reused")


async def test_webhooks_are_verified_as_the_document_does_it(house: House) -> None:
    names: dict[str, Any] = {}
    exec(VERIFY, names)
    await house.send(TOUCH)
    await aiosmtplib.send(
        mail(To="help@shop.example"), sender="anna@shop.example", recipients=["help@shop.example"], hostname="127.0.0.1", port=house.smtp
    )  # fmt: skip
    for kind in ("touch.received", "mail.received", "matter.opened"):
        fields, body = await house.told(kind)
        assert names["verified"](fields, body, house.out)
        assert not names["verified"](fields, body + b" ", house.out)
        assert not names["verified"](fields, body, signature.new_key())
        assert not names["verified"](fields | {"webhook-timestamp": "1700000000"}, body, house.out)
        (row,) = re.findall(rf"^\| `{kind}` \|.*\| (.*) \|$", TEXT, re.MULTILINE)
        assert set(re.findall(r"`(\w+)`", row)) == set(json.loads(body)["data"])


def test_every_event_stands_in_the_document() -> None:
    assert set(re.findall(r"^\| `(\w+\.\w+)` \|", TEXT, re.MULTILINE)) == set(EVENTS)
