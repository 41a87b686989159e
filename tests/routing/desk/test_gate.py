"""The door and the socket of the desk on real sockets: log in, be locked, be thrown out; who may ask what; foreign pages; floods."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import aiohttp
import pytest

from routing.desk import socket as desk_socket
from routing.desk.accounts import PAIR_MOST
from routing.desk.gate import HEADER, PLAIN, SAFE
from routing.desk.roles import Action, may
from routing.floor.records import Availability, Role
from routing.floor.router import Router
from routing.floor.store import Floor
from tests.peers.redis import RedisServer
from tests.routing.desk.house import ROUTING, House, Phone, house
from tests.routing.desk.known import customer
from tests.routing.desk.people import WORDS
from voice.clock import epoch_ms

pytestmark = pytest.mark.real


@pytest.fixture
async def desk(redis: RedisServer) -> AsyncIterator[House]:
    redis.ask("FLUSHALL")
    async with house(redis.url) as one:
        yield one


@pytest.fixture
async def browser() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as session:
        yield session


async def until(true: Callable[[], bool]) -> None:
    """Wait for what no line tells."""
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.01)


class Line:
    """A page without a browser."""

    def __init__(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        self.socket, self.count = socket, 0

    async def ask(self, what: str, **fields: Any) -> dict[str, Any]:
        self.count += 1
        await self.socket.send_json({"type": "ask", "id": f"a{self.count}", "what": what, **fields})
        while (answer := await self.next())["type"] != "answer" or answer["id"] != f"a{self.count}":
            pass
        return answer

    async def next(self) -> dict[str, Any]:
        frame = await self.socket.receive(20)
        assert frame.type is aiohttp.WSMsgType.TEXT, (frame.type, self.socket.close_code)
        return dict(json.loads(frame.data))

    async def until(self, kind: str) -> dict[str, Any]:
        while (found := await self.next()).get("kind") != kind and found["type"] != kind:
            pass
        return found

    async def over(self) -> int | None:
        while (await self.socket.receive(20)).type is aiohttp.WSMsgType.TEXT:
            pass
        return self.socket.close_code


async def opened(desk: House, browser: aiohttp.ClientSession, after: str = "") -> Line:
    socket = await browser.ws_connect(f"{desk.url}/desk/socket", origin=desk.url, protocols=(desk_socket.PROTOCOL,))
    line = Line(socket)
    await socket.send_json({"type": "hello", "after": after})
    return line


async def test_log_in_out_and_everywhere(desk: House, browser: aiohttp.ClientSession) -> None:
    await desk.hire("anna", called="Anna Ivanova", ready=True)
    assert await desk.login(browser, "anna", "wrong") == 401
    assert await desk.login(browser, " ANNA ") == 200
    cookie = next(iter(browser.cookie_jar))
    assert cookie.key == PLAIN
    assert (cookie["httponly"], cookie["samesite"], cookie["path"]) == (True, "Strict", "/")
    async with browser.get(f"{desk.url}/desk/me") as answer:
        assert (await answer.json())["name"] == "Anna Ivanova"
    line = await opened(desk, browser)
    assert (await line.until("welcome"))["me"]["roles"] == ["operator"]
    head = {"Origin": desk.url, HEADER: "1"}
    async with browser.post(f"{desk.url}/desk/logout", json={"everywhere": True}, headers=head) as answer:
        assert answer.status == 200
    assert await line.over() == desk_socket.OVER
    presence = await desk.floor.presence("anna")
    assert presence is not None
    assert presence.status == "offline"
    async with browser.get(f"{desk.url}/desk/me") as answer:
        assert answer.status == 401
    assert [entry["what"] for entry in await desk.front.trail.read()] == ["logout", "login", "wrong"]


async def test_behind_tls_the_cookie_is_safe_and_without_it_only_this_machine_logs_in(redis: RedisServer) -> None:
    async with house(redis.url, proxies=("127.0.0.1",)) as desk, aiohttp.ClientSession() as session:
        await desk.hire("anna")
        head = {"Origin": desk.url, HEADER: "1", "X-Forwarded-For": "192.0.2.7"}
        body = {"name": "anna", "password": WORDS}
        async with session.post(f"{desk.url}/desk/login", json=body, headers=head) as answer:
            assert (answer.status, await answer.json()) == (403, {"why": "tls"})
        async with session.post(f"{desk.url}/desk/login", json=body, headers=head | {"X-Forwarded-Proto": "https"}) as answer:
            assert answer.status == 200
            text = answer.headers["Set-Cookie"]
            assert text.startswith(f"{SAFE}=")
            assert all(word in text for word in ("Secure", "HttpOnly", "SameSite=Strict", "Path=/"))
            assert "Domain" not in text


async def test_who_guesses_is_locked_and_an_unknown_name_gets_the_same_answer(
    desk: House, browser: aiohttp.ClientSession
) -> None:
    await desk.hire("anna")
    await desk.hire("gone", active=False)
    for name in ("anna", "nobody", "gone"):
        password = WORDS if name == "gone" else "wrong"
        answers = [await desk.login(browser, name, password) for _ in range(PAIR_MOST + 1)]
        assert answers[0] == 401
        assert answers[-1] == (401 if name == "gone" else 429)
    lines = len(await desk.front.trail.read())
    assert [await desk.login(browser, name, WORDS) for name in ("anna", "nobody") * 3] == [429] * 6
    assert len(await desk.front.trail.read()) == lines, "who guesses on does not fill the trail"
    assert {line["whose"] for line in await desk.front.trail.read()} == {"anna", "gone", ""}  # no word that is nobody's name


@pytest.mark.parametrize(
    "head",
    [
        {"Origin": "https://evil.example", HEADER: "1"},
        {HEADER: "1"},
        {"Origin": "null", HEADER: "1"},
        {"Origin": "{own}"},
        {"Origin": "{own}", HEADER: "1", "Sec-Fetch-Site": "cross-site"},
    ],
)
async def test_a_foreign_page_changes_nothing(desk: House, browser: aiohttp.ClientSession, head: dict[str, str]) -> None:
    await desk.hire("anna")
    assert await desk.login(browser, "anna") == 200
    sent = {name: value.format(own=desk.url) for name, value in head.items()}
    for path in ("login", "logout"):
        async with browser.post(f"{desk.url}/desk/{path}", json={"name": "anna", "password": WORDS}, headers=sent) as answer:
            assert answer.status == 403
    async with browser.get(f"{desk.url}/desk/me") as answer:
        assert answer.status == 200
    for kind in ("text/plain", "application/x-www-form-urlencoded"):
        good = {"Origin": desk.url, HEADER: "1", "Content-Type": kind}
        async with browser.post(f"{desk.url}/desk/logout", data="{}", headers=good) as answer:
            assert answer.status == 415
    async with browser.get(f"{desk.url}/desk/logout") as answer:
        assert answer.status == 405


async def test_before_the_upgrade_a_wrong_origin_no_cookie_and_a_token_in_the_address_are_refused(
    desk: House, browser: aiohttp.ClientSession
) -> None:
    await desk.hire("anna")
    cases = [(desk.url, "", 401), ("https://evil.example", "", 403), ("", "", 403)]
    for origin, query, status in cases:
        with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
            await browser.ws_connect(f"{desk.url}/desk/socket{query}", headers={"Origin": origin} if origin else {})
        assert caught.value.status == status
    assert await desk.login(browser, "anna") == 200
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await browser.ws_connect(f"{desk.url}/desk/socket?token=x", origin=desk.url)
    assert caught.value.status == 403
    async with browser.get(f"{desk.url}/desk/socket", headers={"Origin": desk.url}) as answer:
        assert answer.status == 426
    await desk.front.sessions.end_all("anna")
    with pytest.raises(aiohttp.WSServerHandshakeError) as caught:
        await opened(desk, browser)
    assert caught.value.status == 401


@pytest.mark.parametrize("role", [str(role) for role in Role])
async def test_each_role_asks_what_the_table_says_and_nothing_else(
    desk: House, browser: aiohttp.ClientSession, role: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(desk_socket, "FRAMES_MOST", 500)
    await desk.hire("anna", role)
    assert await desk.login(browser, "anna") == 200
    line = await opened(desk, browser)
    await line.until("welcome")
    for what, door in desk.front.doors().items():
        answer = await line.ask(what)
        assert (answer.get("why") == "role") is not may((role,), door.action), what
        assert answer.get("why") != "fault", what
    assert (await line.ask("nonsense"))["why"] == "unknown"
    await line.socket.close()


@pytest.mark.parametrize("role", ["", *(str(role) for role in Role)])
async def test_each_route_is_open_to_those_of_the_table(desk: House, browser: aiohttp.ClientSession, role: str) -> None:
    """Every route under /desk, as the web server itself lists them: a new one that is in no table fails here."""
    guarded = {
        "/desk/me": Action.SELF,
        "/desk/report.csv": Action.REPORTS,
        "/desk/recording/{contact}": Action.RECORDINGS,
        "/desk/socket": Action.SELF,
    }
    free = {"/desk", "/desk/login", "/desk/logout"}
    paths = {resource.canonical for resource in desk.web.app.router.resources() if resource.canonical.startswith("/desk")}
    assert {path for path in paths if not path.startswith(("/desk/files/", "/desk/lib/"))} == free | set(guarded)
    if role:
        await desk.hire("anna", role)
        assert await desk.login(browser, "anna") == 200
    for path, action in guarded.items():
        url = desk.url + path.format(contact="none") + ("?kind=day&from=2026-11-01&to=2026-11-02" if "report" in path else "")
        async with browser.get(url, headers={"Origin": desk.url}) as answer:
            allowed = {"/desk/socket": 426, "/desk/recording/{contact}": 404}.get(path, 200)
            assert answer.status == (401 if not role else allowed if may((role,), action) else 403), path
            assert answer.headers["X-Content-Type-Options"] == "nosniff"
            assert "unsafe" not in answer.headers["Content-Security-Policy"]


async def test_rights_that_are_taken_are_gone_at_the_next_message_and_who_is_switched_off_is_out(
    desk: House, browser: aiohttp.ClientSession
) -> None:
    boss = await desk.hire("anna", "supervisor", "operator")
    assert await desk.login(browser, "anna") == 200
    line = await opened(desk, browser)
    await line.until("welcome")
    request = await desk.caller()
    assert (await line.ask("look", request=request.id))["ok"]
    assert (await line.ask("listen", request=request.id))["ok"]
    [page] = desk.front.hub.pages
    assert page.listening
    await desk.floor.keep_operator(replace(boss, roles=(Role.OPERATOR,)))
    assert "listen" not in (await line.until("me"))["me"]["may"]
    assert not page.listening
    assert (await line.ask("look", request=request.id))["why"] == "role"
    await desk.floor.keep_operator(replace(boss, active=False))
    assert await line.over() == desk_socket.OVER
    assert any(entry["what"] == "look" and entry["who"] == "anna" for entry in await desk.front.trail.read())


async def test_nobody_touches_what_is_anothers(desk: House, browser: aiohttp.ClientSession) -> None:
    await desk.hire("anna", ready=True)
    await desk.hire("boris", ready=True)
    given = await desk.give(await desk.caller(), "boris")
    assert await desk.login(browser, "anna") == 200
    line = await opened(desk, browser)
    welcome = await line.until("welcome")
    assert welcome["mine"] == []
    assert "7495" not in json.dumps(welcome)
    for what in ("answer", "decline", "hold", "hang_up", "wrap_up", "note", "draft", "keys", "transfer", "chat.say", "mail.send"):
        answer = await line.ask(what, assignment=given.id, text="x", digits="1", code="solved", field="text")
        assert not answer["ok"], what
        assert answer["why"] in ("gone", "shape"), what


async def test_a_flood_and_a_frame_that_is_too_long_end_it(desk: House, browser: aiohttp.ClientSession) -> None:
    await desk.hire("anna")
    assert await desk.login(browser, "anna") == 200
    line = await opened(desk, browser)
    await line.until("welcome")
    for _ in range(200):
        await line.socket.send_json({"type": "beat"})
    assert await line.over() == 1008
    line = await opened(desk, browser)
    await line.until("welcome")
    await line.socket.send_str("x" * 100_000)
    assert await line.over() in (1009, 1006)
    line = await opened(desk, browser)
    await line.until("welcome")
    for nonsense in ("{", "[]", '{"type":"x"}', '{"type":"ask"}') * 3:
        await line.socket.send_str(nonsense)
    assert await line.over() == 1008
    socket = await browser.ws_connect(f"{desk.url}/desk/socket", origin=desk.url)
    await socket.send_json({"type": "ask", "id": "1", "what": "status"})
    assert await Line(socket).over() == 1008


async def test_router_page_and_phone_in_their_order(desk: House, browser: aiohttp.ClientSession) -> None:
    """Decision, then the page with everything on it, then the ring; without a page it rings all the same."""
    await desk.hire("anna", ready=True)
    who, number, matter = await customer(desk.memory)
    assert await desk.login(browser, "anna") == 200
    line = await opened(desk, browser)
    await line.until("welcome")
    # Longer than a page needs that is shown its offer on a busy machine.
    patient = Floor(desk.floor.store, epoch_ms, replace(ROUTING, pop_ms=3000))
    async with Phone(desk, answers=False) as phone, Router(patient, desk.front.dossier):
        request = await desk.caller(customer=who, identity=number.address, matter=matter)
        event = await line.until("assignment.changed")
        assignment, dossier = event["data"]["assignment"], event["data"]["dossier"]
        assert (assignment["state"], assignment["request"]) == ("offered", request.id)
        assert dossier["customer"]["name"] == "Мария Петрова"
        assert [one["slot"] for one in dossier["matter"]["ledger"]] == ["order", "day", "window"]
        assert any("Delivery" in reason for reason in event["data"]["why"]["en"])
        assert any("Доставка" in reason for reason in event["data"]["why"]["ru"])
        await asyncio.sleep(0.1)
        assert phone.orders == []
        await line.socket.send_json({"type": "shown", "assignment": assignment["id"]})
        async with asyncio.timeout(20):
            while not phone.orders:
                await asyncio.sleep(0.01)
        assert [(order.kind, order.data["whisper"]) for order in phone.orders] == [("ring", "Parcel 4711 has not come")]
        await desk.memory.counts.flush()
        sums = await desk.memory.counts.read()
        assert sum(count for name, count in sums.total.items() if name.startswith("screen_pop|")) == 1
        await desk.floor.leave(request.id, "gone")
        await line.socket.close()
        await desk.caller()
        async with asyncio.timeout(20):
            while len(phone.orders) < 2:
                await asyncio.sleep(0.01)
        (mine,) = await desk.floor.assignments("anna")
        assert mine.history[1].why == "no_page"


async def test_what_was_missed_comes_once_and_in_its_order(desk: House, browser: aiohttp.ClientSession) -> None:
    await desk.hire("anna", ready=True)
    assert await desk.login(browser, "anna") == 200
    line = await opened(desk, browser)
    welcome = await line.until("welcome")
    first = await desk.caller()
    news = await line.until("floor")
    assert [one["id"] for one in news["queue"]["in"]] == [first.id]
    assert "identity" not in news["queue"]["in"][0]
    await desk.floor.set_status("anna", Availability.PAUSE, "lunch")
    event = await line.until("presence.changed")
    await line.socket.close()
    missed = [await desk.caller() for _ in range(5)]
    for status in (Availability.READY, Availability.PAUSE, Availability.READY):
        await desk.floor.set_status("anna", status)
    news = desk.front.hub.news
    await until(lambda: news.queue.totals()["total"] == 6 and news.presences["anna"]["status"] == "ready")
    line = await opened(desk, browser, after=event["id"])
    again = await line.until("welcome")
    assert again["resumed"]
    assert {one["id"] for one in again["queue"]["first"]} == {first.id, *(one.id for one in missed)}
    seen = [(await line.until("presence.changed"))["data"]["presence"]["status"] for _ in range(3)]
    assert seen == ["ready", "pause", "ready"]
    await line.socket.close()
    # What was offered to him while he had no window comes whole, with its dossier.
    given = await desk.give(missed[0], "anna")
    await until(lambda: given.id in news.busy)
    line = await opened(desk, browser, after=event["id"])
    offered = await line.until("welcome")
    assert [(one["assignment"]["id"], one["dossier"]["request"]["id"]) for one in offered["mine"]] == [(given.id, missed[0].id)]
    await line.socket.close()
    await desk.floor.move(given.id, "refused", "rejected")
    # Whoever was away for too long, or comes from another house, gets everything anew.
    line = await opened(desk, browser, after="1-1")
    whole = await line.until("welcome")
    assert {one["id"] for one in whole["queue"]["first"]} == {first.id, *(one.id for one in missed)}
    assert whole["at"] > welcome["at"]
    await line.socket.close()
