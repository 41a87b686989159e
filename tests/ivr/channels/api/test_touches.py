"""The touches API over a real socket: signed or refused, once whatever is repeated, nothing of what was sent in what comes back (C8)."""

from __future__ import annotations

import asyncio
import io
import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from typing import Any

import aiohttp
import pytest
from aiohttp import web

from ivr.channels import signature
from ivr.channels.rate import Rate
from ivr.channels.touches import Api, ApiSettings, Sender, routes
from ivr.memory.consent import Purpose
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import email, phone
from ivr.memory.memory import Memory
from ivr.memory.timeline import Touch
from tests.ivr.memory.conftest import Now
from voice.errors import ConfigError

pytestmark = pytest.mark.real
KEY, OTHER, OLD = signature.new_key(), signature.new_key(), signature.new_key()
PHONE = {"kind": "phone", "value": "+7 495 123-45-67"}


class Peer:
    """A program that tells of touches."""

    def __init__(self, session: aiohttp.ClientSession, url: str, now: Now) -> None:
        self.session, self.url, self.now = session, url, now
        self.sent = 0

    def at(self) -> str:
        return datetime.fromtimestamp(self.now.ms / 1000, UTC).isoformat()

    def touch(self, **more: Any) -> dict[str, Any]:
        return {"id": "visit-1", "kind": "visit", "at": self.at(), "identities": [PHONE], **more}

    async def post(
        self, body: Any = None, *, key: str = KEY, name: str = "", path: str = "/v1/touches", method: str = "POST", raw: bytes | None = None,
        fields: dict[str, str] | None = None, off_s: int = 0,
    ) -> tuple[int, dict[str, Any], Any]:  # fmt: skip
        """(status, answer, headers). fields: over the right ones."""
        self.sent += 1
        data = json.dumps(self.touch() if body is None else body).encode() if raw is None else raw
        headers = signature.sign([signature.key(key)], name or f"msg_{self.sent}", self.now.ms // 1000 + off_s, data)
        headers |= {"Content-Type": "application/json"} | (fields or {})
        async with self.session.request(
            method, self.url + path, data=io.BytesIO(data), headers={k: v for k, v in headers.items() if v}
        ) as answer:
            return answer.status, await answer.json(content_type=None), answer.headers


@pytest.fixture
def told() -> list[Touch]:
    return []


@pytest.fixture
def api(memory: Memory, told: list[Touch]) -> Api:
    async def tell(touch: Touch) -> None:
        told.append(touch)

    senders = (Sender("shop", (KEY, OLD), per_s=1000, burst=1000), Sender("crm", (OTHER,), per_s=1000, burst=1000, links=True))
    return Api(memory, ApiSettings(senders), "RU", told=tell)


@pytest.fixture
async def peer(api: Api, now: Now) -> AsyncIterator[Peer]:
    app = web.Application()
    app.add_routes(routes(api))
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    async with aiohttp.ClientSession() as session:
        yield Peer(session, f"http://127.0.0.1:{runner.addresses[0][1]}", now)
    await runner.cleanup()


async def test_a_touch_is_kept(peer: Peer, memory: Memory, told: list[Touch]) -> None:
    status, answer, _ = await peer.post(
        peer.touch(text="смотрел доставку", language="ru", data={"page": "/delivery", "seconds": 12.5, "new": True})
    )
    assert (status, answer) == (201, {"id": "visit-1", "result": "new", "customer": None})
    who = await memory.who(phone("+74951234567"))
    (touch,) = who.touches
    assert (touch.kind, touch.source, touch.source_id, touch.text) == ("visit", "shop", "visit-1", "смотрел доставку")
    assert touch.data == {"page": "/delivery", "seconds": 12.5, "new": True}
    assert who.heard_language == "ru"
    assert len(told) == 1


async def test_a_national_number_is_dialled_in_the_region_of_the_settings(peer: Peer, memory: Memory) -> None:
    await peer.post(peer.touch(identities=[{"kind": "phone", "value": "8 (495) 123-45-67"}]))
    assert len((await memory.who(phone("+74951234567"))).touches) == 1


async def test_the_same_touch_twice_is_one(peer: Peer, memory: Memory, told: list[Touch]) -> None:
    assert (await peer.post())[0] == 201
    status, answer, _ = await peer.post()
    assert (status, answer["result"]) == (200, "known")
    assert len((await memory.who(phone("+74951234567"))).touches) == len(told) == 1


async def test_two_senders_have_ids_of_their_own(peer: Peer, memory: Memory) -> None:
    assert (await peer.post())[0] == (await peer.post(key=OTHER))[0] == 201
    assert {touch.source for touch in (await memory.who(phone("+74951234567"))).touches} == {"shop", "crm"}


async def test_many_at_once_are_one(peer: Peer, memory: Memory) -> None:
    answers = await asyncio.gather(*(peer.post() for _ in range(20)))
    assert sorted(status for status, *_ in answers) == [200] * 19 + [201]
    assert len((await memory.who(phone("+74951234567"))).touches) == 1


# Signatures


@pytest.mark.parametrize("missing", ["webhook-id", "webhook-timestamp", "webhook-signature"])
async def test_unsigned(peer: Peer, missing: str) -> None:
    status, answer, headers = await peer.post(fields={missing: ""})
    assert (status, answer["type"]) == (401, "urn:hotline:problem:unsigned")
    assert headers["Content-Type"].startswith("application/problem+json")
    assert headers["WWW-Authenticate"]


async def test_one_byte_changed(peer: Peer, memory: Memory) -> None:
    good = json.dumps(peer.touch()).encode()
    fields = signature.sign([signature.key(KEY)], "m", peer.now.ms // 1000, good)
    for at in (0, len(good) // 2, len(good) - 1):
        bad = good[:at] + bytes([good[at] ^ 1]) + good[at + 1 :]
        assert (await peer.post(raw=bad, fields=fields))[0] == 401
    assert (await memory.who(phone("+74951234567"))).touches == ()


async def test_the_raw_body_is_signed_and_not_what_it_means(peer: Peer) -> None:
    spaced = json.dumps(peer.touch(), indent=3).encode()
    compact = json.dumps(peer.touch(), separators=(",", ":")).encode()
    assert (await peer.post(raw=spaced))[0] == 201
    fields = signature.sign([signature.key(KEY)], "m", peer.now.ms // 1000, spaced)
    assert (await peer.post(raw=compact, fields=fields))[0] == 401


@pytest.mark.parametrize("off_s", [-301, 301, -86_400, 86_400])
async def test_a_wrong_clock(peer: Peer, off_s: int) -> None:
    assert (await peer.post(off_s=off_s))[0] == 401


async def test_an_unknown_key(peer: Peer) -> None:
    assert (await peer.post(key=signature.new_key()))[0] == 401


async def test_the_old_key_is_good_while_it_is_changed(peer: Peer) -> None:
    assert (await peer.post(key=OLD))[0] == 201


async def test_a_refusal_does_not_say_why(peer: Peer) -> None:
    answers = [
        (await peer.post(**more))[1] for more in ({"off_s": -999}, {"key": signature.new_key()}, {"fields": {"webhook-id": ""}})
    ]
    assert answers[0] == answers[1] == answers[2]


async def test_the_same_message_again_has_no_effect(peer: Peer, told: list[Touch]) -> None:
    first, again = await peer.post(name="m1"), await peer.post(name="m1")
    assert (first[0], again[0]) == (201, 200)
    assert len(told) == 1


async def test_the_same_id_for_something_else(peer: Peer, memory: Memory) -> None:
    await peer.post(name="m1")
    status, answer, _ = await peer.post(peer.touch(id="visit-2"), name="m1")
    assert (status, answer["type"]) == (409, "urn:hotline:problem:reused")
    assert len((await memory.who(phone("+74951234567"))).touches) == 1


async def test_a_message_is_not_replayed_at_another_path(peer: Peer, memory: Memory) -> None:
    anna, eve = [await memory.customers.meet(email(f"{name}@shop.example")) for name in ("anna", "eve")]
    words = [{"channel": "email", "purpose": "marketing", "allowed": True}]
    body = {"customer": anna, "words": words}
    assert (await peer.post(body, name="m1", path=f"/v1/customers/{anna}/consent", method="PUT"))[0] == 200
    assert (await peer.post(body, name="m1", path=f"/v1/customers/{eve}/consent", method="PUT"))[0] == 409
    assert (await peer.post(body, name="m2", path=f"/v1/customers/{eve}/consent", method="PUT"))[0] == 422
    assert eve
    assert not await memory.consents.may(eve, "email", Purpose.MARKETING)


async def test_guessing_is_slowed_down(peer: Peer, api: Api) -> None:
    api._failures._ticks = lambda: 0
    statuses = [(await peer.post(key=signature.new_key()))[0] for _ in range(40)]
    assert statuses == [401] * 30 + [429] * 10
    status, _, headers = await peer.post()
    assert status == 429
    assert int(headers["Retry-After"]) >= 1


async def test_a_sender_has_his_rate(peer: Peer, api: Api) -> None:
    clock = [0]
    api._rates["shop"] = Rate(10, 5, lambda: clock[0])
    statuses = [(await peer.post(peer.touch(id=f"v{n}")))[0] for n in range(8)]
    assert statuses == [201] * 5 + [429] * 3
    assert (await peer.post(key=OTHER))[0] == 201
    clock[0] += 100_000_000
    assert (await peer.post(peer.touch(id="v9")))[0] == 201


# Bodies


@pytest.mark.parametrize("size", [65_537, 2 * 2**20])
async def test_too_long(peer: Peer, size: int) -> None:
    status, answer, _ = await peer.post(raw=b"x" * size)
    assert (status, answer["type"]) == (413, "urn:hotline:problem:size")


async def test_too_long_in_pieces(peer: Peer) -> None:
    async def pieces() -> Any:
        for _ in range(70):
            yield b"x" * 1_000

    async with peer.session.post(f"{peer.url}/v1/touches", data=pieces(), headers={"Content-Type": "application/json"}) as answer:
        assert answer.status == 413


async def test_a_body_that_never_comes(peer: Peer, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ivr.channels.touches.BODY_PATIENCE_S", 0.1)
    reader, writer = await asyncio.open_connection("127.0.0.1", int(peer.url.rpartition(":")[2]))
    writer.write(b"POST /v1/touches HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\nContent-Type: application/json\r\n\r\nhalf")
    assert b"408" in await asyncio.wait_for(reader.readline(), 20)
    writer.close()
    await writer.wait_closed()


@pytest.mark.parametrize("raw", [b"", b"{", b"\xff", b"nul", b"[" * 60_000, b'{"a":NaN', b"{}{}"])
async def test_no_json(peer: Peer, raw: bytes) -> None:
    status, answer, _ = await peer.post(raw=raw)
    assert (status, answer["type"]) == (400, "urn:hotline:problem:json")


@pytest.mark.parametrize("kind", ["text/plain", "application/x-www-form-urlencoded", "application/xml"])
async def test_another_type(peer: Peer, kind: str) -> None:
    assert (await peer.post(fields={"Content-Type": kind}))[0] == 415


BAD: dict[str, dict[str, Any]] = {
    "no id": {"id": ""}, "id with a blank": {"id": "a b"}, "long id": {"id": "x" * 201}, "id is a number": {"id": 5}, "kind": {"kind": "Visit!"},
    "no zone": {"at": "2027-01-15T08:00:00"}, "no time": {"at": "yesterday"}, "long ago": {"at": "1970-01-01T00:00:00Z"},
    "in a week": {"at": "2027-01-25T08:00:00Z"}, "no identity": {"identities": []}, "six identities": {"identities": [PHONE] * 6},
    "no phone": {"identities": [{"kind": "phone", "value": "hello"}]}, "no mail": {"identities": [{"kind": "email", "value": "a b@c"}]},
    "unknown identity": {"identities": [{"kind": "passport", "value": "1"}]}, "control sign": {"identities": [{"kind": "chat", "value": "a\u0000b"}]},
    "unknown field": {"admin": True}, "long text": {"text": "x" * 16_385}, "text is a list": {"text": []}, "language": {"language": "../ru"},
    "nested data": {"data": {"a": {"b": 1}}}, "bad name in data": {"data": {"A b": 1}}, "large number": {"data": {"a": 2**60}},
    "much data": {"data": {f"a{n}": "x" * 200 for n in range(40)}}, "ours is a word": {"ours": "yes"}, "half a sign": {"text": "\ud800"},
}  # fmt: skip


@pytest.mark.parametrize("case", BAD)
async def test_what_does_not_fit(peer: Peer, memory: Memory, case: str) -> None:
    status, answer, _ = await peer.post(peer.touch(**BAD[case]))
    assert status in (400, 422)
    assert status == 400 or answer["errors"]
    assert "hello" not in json.dumps(answer)
    assert (await memory.who(phone("+74951234567"))).touches == ()


async def test_all_mistakes_at_once_with_their_places(peer: Peer) -> None:
    _, answer, _ = await peer.post(peer.touch(kind="?", ours=3, identities=[{"kind": "phone"}]))
    assert {one["where"] for one in answer["errors"]} == {"/kind", "/ours", "/identities/0/value"}


# Customers and consent


async def test_only_a_trusted_sender_links_identities_and_learns_the_customer(peer: Peer, memory: Memory) -> None:
    both = [PHONE, {"kind": "email", "value": "anna@shop.example"}]
    assert (await peer.post(peer.touch(identities=both)))[1]["customer"] is None
    assert (await memory.who(email("anna@shop.example"))).customer is None
    _, answer, _ = await peer.post(peer.touch(identities=both), key=OTHER)
    found = (await memory.who(email("anna@shop.example"))).customer
    assert found is not None
    assert found.id == answer["customer"]
    assert len((await memory.who(email("anna@shop.example"))).touches) == 2


async def consent(peer: Peer, customer: str, *words: dict[str, Any], **more: Any) -> tuple[int, dict[str, Any], Any]:
    body = {"customer": customer, "words": list(words)}
    return await peer.post(body, path=f"/v1/customers/{customer}/consent", method="PUT", **more)


async def test_consent_is_kept_and_the_later_word_counts(peer: Peer, memory: Memory) -> None:
    customer = await memory.customers.meet(email("anna@shop.example"))
    assert customer
    yes = {"channel": "email", "purpose": "marketing", "allowed": True}
    status, answer, _ = await consent(peer, customer, yes)
    assert (status, [(word["channel"], word["allowed"], word["by"]) for word in answer["words"]]) == (
        200,
        [("email", True, "shop")],
    )
    assert await memory.consents.may(customer, "email", Purpose.MARKETING)
    await consent(peer, customer, {"channel": "*", "purpose": "*", "allowed": False})
    assert not await memory.consents.may(customer, "email", Purpose.MARKETING)
    peer.now.later(1_000)
    await consent(peer, customer, yes | {"at": "2020-01-01T00:00:00Z"})
    assert not await memory.consents.may(customer, "email", Purpose.MARKETING)


async def test_consent_replayed_does_not_undo_a_later_word(peer: Peer, memory: Memory) -> None:
    customer = await memory.customers.meet(email("anna@shop.example"))
    assert customer
    yes = {"channel": "email", "purpose": "marketing", "allowed": True}
    signed = peer.now.ms // 1000
    await consent(peer, customer, yes, name="m1")
    peer.now.later(60_000)
    await consent(peer, customer, yes | {"allowed": False}, name="m2")
    assert (await consent(peer, customer, yes, name="m1", off_s=signed - peer.now.ms // 1000))[0] == 200
    assert not await memory.consents.may(customer, "email", Purpose.MARKETING)


async def test_consent_of_nobody(peer: Peer) -> None:
    word = {"channel": "email", "purpose": "marketing", "allowed": True}
    assert (await consent(peer, "nobody", word))[0] == 404
    assert (await consent(peer, "nobody", word | {"purpose": "spam"}))[0] == 422
    assert (await consent(peer, "nobody", word | {"at": "2037-01-01T00:00:00Z"}))[0] == 422


# Redis


async def test_redis_away_is_told_apart_from_a_bad_request(peer: Peer, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> Any:
        raise MemoryAway("the test")

    with monkeypatch.context() as patch:
        patch.setattr(memory.store, "run", away)
        patch.setattr(memory.store, "command", away)
        status, answer, headers = await peer.post()
        assert (status, answer["type"], headers["Retry-After"]) == (503, "urn:hotline:problem:away", "2")
        assert (await peer.post(key=signature.new_key()))[0] == 401
    assert (await peer.post())[0] == 201


async def test_with_a_journal_nothing_is_refused(peer: Peer, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    kept: list[str] = []

    async def keep(key: str, name: str, *_: Any) -> None:
        kept.append(name)

    async def away(*_: Any) -> Any:
        raise MemoryAway("the test")

    monkeypatch.setattr(memory.store, "keep", keep)
    monkeypatch.setattr(memory.store, "command", away)
    status, answer, _ = await peer.post()
    assert (status, answer["result"], kept) == (202, "waiting", ["touch"])


# The rest


async def test_the_document_is_served(peer: Peer) -> None:
    async with peer.session.get(f"{peer.url}/openapi.json") as answer:
        document = await answer.json()
    assert document["openapi"] == "3.1.0"
    assert set(document["paths"]) == {"/v1/touches", "/v1/customers/{customer}/consent"}
    touch = document["components"]["schemas"]["TouchIn"]
    assert touch["additionalProperties"] is False
    assert set(touch["required"]) == {"id", "kind", "at", "identities"}


async def test_nothing_personal_is_in_the_log(peer: Peer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level("DEBUG", "ivr")
    await peer.post(peer.touch(text="personal words"))
    await peer.post(peer.touch(text="personal words"), key=signature.new_key())
    assert "4951234567" not in caplog.text.replace(" ", "").replace("-", "")
    assert "personal" not in caplog.text


@pytest.mark.parametrize("more", [{"name": "Shop"}, {"keys": ()}, {"per_s": 0}, {"keys": ("x",)}])
def test_settings_that_cannot_be(more: dict[str, Any]) -> None:
    with pytest.raises(ConfigError):
        Sender(**{"name": "shop", "keys": (KEY,), **more})
    with pytest.raises(ConfigError, match="same name"):
        ApiSettings((Sender("a", (KEY,)), Sender("a", (OTHER,))))
