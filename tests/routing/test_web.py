"""The web server and its chat on real sockets: headers, origins, floods, broken lines, restarts, a Redis that dies."""

from __future__ import annotations

import asyncio
import contextlib
import random
from collections.abc import AsyncIterator, Iterator

import aiohttp
import pytest
from rich.console import Console

from ivr.channels.chat import socket as chat_socket
from routing import serve
from routing.settings import Settings
from routing.web import Web
from routing.web_settings import WebSettings
from tests.peers.redis import RedisServer
from tests.routing.chatter import Chatter
from tests.routing.house import desk, flow
from voice.errors import ConfigError

pytestmark = pytest.mark.real
QUESTION = "How can I help you?"


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    flow()
    server = RedisServer()
    yield server
    server.stop()


@pytest.fixture
async def web(redis: RedisServer) -> AsyncIterator[Web]:
    async with desk(redis.url) as web:
        yield web


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def visitor(web: Web, session: aiohttp.ClientSession) -> Chatter:
    one = Chatter(web.url, session)
    await one.come()
    await one.until(QUESTION)
    return one


@pytest.mark.parametrize(
    ("path", "status"),
    [("/healthz", 200), ("/readyz", 200), ("/demo/en", 200), ("/demo/ru", 200), ("/widget.js", 200), ("/demo/shop.css", 200),
     ("/demo", 302), ("/nothing", 404), ("/chat", 403), ("/healthz?%00", 200)],
)  # fmt: skip
async def test_every_answer_carries_the_headers_that_keep_a_browser_in_order(
    web: Web, session: aiohttp.ClientSession, path: str, status: int
) -> None:
    async with session.get(web.url + path, allow_redirects=False) as answer:
        assert answer.status == status
        headers = answer.headers
        assert headers["X-Content-Type-Options"] == "nosniff"
        assert headers["Referrer-Policy"] == "no-referrer"
        policy = headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert headers["Server"] == "hotline"
        if "html" in headers["Content-Type"]:
            assert "object-src 'none'; base-uri 'none'" in policy or "base-uri 'none'" in policy
        assert "charset=utf-8" in headers["Content-Type"]


async def test_the_demo_speaks_the_visitors_language_and_files_are_sent_once(web: Web, session: aiohttp.ClientSession) -> None:
    for wanted, page in (("ru-RU,en;q=0.5", "/demo/ru"), ("en,ru", "/demo/en"), ("fr", "/demo/en")):
        async with session.get(web.url + "/demo", headers={"Accept-Language": wanted}, allow_redirects=False) as answer:
            assert answer.headers["Location"] == page
    async with session.get(web.url + "/widget.js") as answer:
        assert answer.headers["Access-Control-Allow-Origin"] == "*"
        tag = answer.headers["ETag"]
    async with session.get(web.url + "/widget.js", headers={"If-None-Match": tag}) as answer:
        assert (answer.status, await answer.read()) == (304, b"")


async def test_strict_transport_security_is_told_over_tls_only(redis: RedisServer, session: aiohttp.ClientSession) -> None:
    async with desk(redis.url, proxies=("127.0.0.0/8",)) as web:
        for proto, told in (("https", True), ("http", False)):
            async with session.get(web.url + "/healthz", headers={"X-Forwarded-Proto": proto}) as answer:
                assert ("Strict-Transport-Security" in answer.headers) is told


@pytest.mark.parametrize("origin", ["https://evil.example", "null", "http://127.0.0.1:1", "", "http://127.0.0.1.evil:80"])
async def test_a_page_of_another_site_gets_no_socket(web: Web, session: aiohttp.ClientSession, origin: str) -> None:
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await session.ws_connect(web.url + "/chat", headers={"Origin": origin} if origin else {})
    assert caught.value.status == 403


async def test_sites_on_the_list_get_one(redis: RedisServer, session: aiohttp.ClientSession) -> None:
    async with desk(redis.url, origins=("https://shop.example",)) as web:
        async with session.ws_connect(web.url + "/chat", origin="https://shop.example") as socket:
            await socket.send_str('{"type":"hello"}')
            assert (await socket.receive_json())["type"] == "welcome"


async def test_a_plain_request_for_the_socket_is_told_what_it_is(web: Web, session: aiohttp.ClientSession) -> None:
    async with session.get(web.url + "/chat", headers={"Origin": web.url}) as answer:
        assert answer.status == 426


async def test_one_address_opens_so_many_sockets_and_no_more(redis: RedisServer, session: aiohttp.ClientSession) -> None:
    async with desk(redis.url, sockets_per_address=3, proxies=("127.0.0.1",)) as web:

        async def opened(address: str) -> aiohttp.ClientWebSocketResponse:
            return await session.ws_connect(web.url + "/chat", origin=web.url, headers={"X-Forwarded-For": address})

        sockets = [await opened("192.0.2.1") for _ in range(3)]
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await opened("192.0.2.1")
        assert caught.value.status == 429
        # What the visitor writes into the header himself stands before what the proxy adds.
        with pytest.raises(aiohttp.WSServerHandshakeError):
            await opened("198.51.100.9, 192.0.2.1")
        other = await opened("192.0.2.2")
        await sockets[0].close()
        again = None
        async with asyncio.timeout(20):
            while again is None:  # the house sees a little later that one has gone
                with contextlib.suppress(aiohttp.WSServerHandshakeError):
                    again = await opened("192.0.2.1")
        for socket in (*sockets, other, again):
            await socket.close()


async def test_a_port_that_is_taken_is_named(web: Web, redis: RedisServer) -> None:
    with pytest.raises(ConfigError, match=rf"port {web.port} of 127\.0\.0\.1 cannot be opened for the web"):
        async with desk(redis.url, web.port):
            pass


async def test_a_port_that_nobody_asked_for_costs_the_chat_and_not_the_phone(
    web: Web, redis: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(serve, "WebSettings", lambda: WebSettings(port=web.port))
    console = Console(record=True, width=200)
    async with contextlib.AsyncExitStack() as stack:
        settings = Settings(web=WebSettings(port=web.port))
        await serve.open_web(settings, web.memory, stack, console)
        assert f"No chat: port {web.port} of 127.0.0.1 cannot be opened" in console.export_text()
        with pytest.raises(ConfigError):
            await serve.open_web(Settings(web=WebSettings(port=web.port, phone="1")), web.memory, stack, console)
        await serve.open_web(Settings(web=WebSettings(port=0)), web.memory, stack, console)
        assert "Chat at http://127.0.0.1:" in console.export_text()


async def test_a_talk_in_both_languages(web: Web, session: aiohttp.ClientSession) -> None:
    for language, asked, told in (
        ("en", "my order 4711 has not come", "Which day"),
        ("ru", "мой заказ 4711 не пришёл", "какой день"),
    ):
        one = Chatter(web.url, session, language)
        await one.come()
        await one.say(asked, "a")
        await one.until(told)
        assert one.mine() == [asked]


async def test_who_says_nothing_is_let_go(
    web: Web, session: aiohttp.ClientSession, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setattr(chat_socket, "HELLO_S", 0.2)
    async with session.ws_connect(web.url + "/chat", origin=web.url) as socket:
        frame = await socket.receive(20)
        assert (frame.type, socket.close_code) == (aiohttp.WSMsgType.CLOSE, 1008)


@pytest.mark.parametrize(
    ("first", "code"),
    [('{"type":"say","id":"1","text":"hi"}', 1008), ("nonsense", 1008), (b"\x00\x01", 1003), ("x" * 20_000, 1009)],
    ids=["no hello", "nonsense", "binary", "too long"],
)
async def test_a_wrong_first_message_ends_it(web: Web, session: aiohttp.ClientSession, first: str | bytes, code: int) -> None:
    async with session.ws_connect(web.url + "/chat", origin=web.url) as socket:
        await (socket.send_bytes(first) if isinstance(first, bytes) else socket.send_str(first))
        while (await socket.receive(20)).type is aiohttp.WSMsgType.TEXT:
            pass
        assert socket.close_code == code


async def test_nonsense_is_answered_and_after_much_of_it_the_house_stops_listening(visitor: Chatter) -> None:
    assert visitor.socket is not None
    for nonsense in ("{", "[]", '{"type":"x"}', '{"type":"hello"}', '{"type":"say","id":"l","text":"%s"}' % ("x" * 3000)) * 2:
        await visitor.socket.send_str(nonsense)
    assert await visitor.ended() == 1008
    whys = [line["why"] for line in visitor.other if line["type"] == "refused"]
    assert whys[:5] == ["json", "shape", "unknown", "shape", "long"]
    assert next(line for line in visitor.other if line.get("why") == "long")["id"] == "l"


async def test_a_frame_of_ten_megabytes_is_cut_off(visitor: Chatter) -> None:
    assert visitor.socket is not None
    with contextlib.suppress(ConnectionError):  # it may not even get rid of it
        await visitor.socket.send_str("x" * 10_485_760)
    assert await visitor.ended() in (1009, 1006, None)
    await visitor.come()
    await visitor.say("when are you open", "a")
    await visitor.until("8:00")


async def test_a_flood_hurts_nobody_but_its_sender(web: Web, visitor: Chatter, session: aiohttp.ClientSession) -> None:
    async def flood() -> None:
        for n in range(1000):
            await visitor.say(f"flood {n}", f"f{n}")

    flooding = asyncio.gather(flood(), visitor.ended(), return_exceptions=True)
    calm = Chatter(web.url, session)
    await calm.come()
    await calm.say("when are you open", "a")
    await calm.until("8:00")
    await asyncio.wait_for(flooding, 20)
    assert visitor.code in (1008, None)
    assert any(line["type"] == "slow" for line in visitor.other)
    assert len(visitor.mine()) < 20


async def test_a_line_that_breaks_again_and_again_loses_nothing_and_doubles_nothing(visitor: Chatter) -> None:
    dice = random.Random(4711)
    for n in range(9):
        while True:
            try:
                await visitor.say(f"message {n}", f"m{n}")
                if dice.random() < 0.6:
                    await asyncio.sleep(dice.random() * 0.01)
                    visitor.cut()
                while not any(entry.get("id") == f"m{n}" for entry in visitor.entries):
                    if (await visitor.receive()).get("type") == "slow":
                        await asyncio.sleep(1)
                        await visitor.say(f"message {n}", f"m{n}")
                break
            except (ConnectionError, aiohttp.ClientError):
                await visitor.come()
    assert visitor.mine() == [f"message {n}" for n in range(9)]
    assert [entry["seq"] for entry in visitor.entries] == list(range(1, visitor.last + 1))
    fresh = Chatter(visitor.url, visitor.session)
    fresh.chat, fresh.token = visitor.chat, visitor.token
    await fresh.come()
    while fresh.last < visitor.last:
        await fresh.receive()
    assert fresh.entries == visitor.entries


async def test_nobody_reads_another_ones_chat(web: Web, visitor: Chatter, session: aiohttp.ClientSession) -> None:
    await visitor.say("my secret is 4711", "a")
    await visitor.back("a")
    for token in ("", "A" * 43, visitor.token[:-1] + "_"):
        thief = Chatter(web.url, session)
        thief.chat, thief.token = visitor.chat, token
        await thief.come()
        await thief.until(QUESTION)
        assert thief.chat != visitor.chat
        assert "secret" not in str(thief.entries)
    async with session.get(f"{web.url}/chat?chat={visitor.chat}&token={visitor.token}", headers={"Origin": web.url}) as answer:
        assert "secret" not in await answer.text()


async def test_after_a_restart_of_the_house_the_talk_goes_on_at_its_question(
    redis: RedisServer, session: aiohttp.ClientSession
) -> None:
    async with desk(redis.url) as first:
        one = Chatter(first.url, session)
        await one.come()
        await one.say("my order 4711 has not come", "a")
        await one.until("Which day")
        port = first.port
    assert await one.ended() == 1001
    async with desk(redis.url, port):
        before = one.last
        await one.come()
        await one.say("tomorrow", "b")
        await one.until("In the morning")
        assert one.entries[before]["text"] == "tomorrow"
        questions = [entry["text"] for entry in one.entries if entry.get("who") == "house"]
        assert sum("Which day" in text for text in questions) == 1


async def test_a_chat_lives_on_while_redis_is_dead_and_is_kept_when_it_is_back(session: aiohttp.ClientSession) -> None:
    server = RedisServer("--appendonly", "yes")
    try:
        async with desk(server.url) as web:
            one = Chatter(web.url, session)
            await one.come()
            await one.until(QUESTION)
            server.kill()
            for name, asked, told in (("a", "my order 4711 has not come", "Which day"), ("b", "tomorrow", "In the morning")):
                await one.say(asked, name)
                await one.until(told)
            async with session.get(web.url + "/readyz") as answer:
                assert answer.status == 503
            async with session.get(web.url + "/healthz") as answer:
                assert answer.status == 200
            server.start()
            async with asyncio.timeout(20):
                while web.memory.away or len(web.memory.store.journal or ()):
                    await asyncio.sleep(0.05)
                    await one.send({"type": "ping"})
            await one.say("in the evening", "c")
            await one.back("c")
            port = web.port
        async with desk(server.url, port):
            again = Chatter(one.url, session)
            again.chat, again.token = one.chat, one.token
            await again.come()
            while again.last < one.last:
                await again.receive()
            assert again.mine() == ["my order 4711 has not come", "tomorrow", "in the evening"]
    finally:
        server.stop()
