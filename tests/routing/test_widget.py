"""The widget in a real Chromium: both languages, a reload, keys alone, a house that restarts, other sites, axe-core, hostile text."""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from typing import Any

import pytest
from aiohttp import web as site
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, expect

from routing.web import Web
from tests.peers.redis import RedisServer
from tests.routing.desk.browsing import CHROMIUM, PICTURES, chromium
from tests.routing.hostile import PAYLOADS
from tests.routing.house import PHONE, desk, flow

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
WORDS = {
    "en": {
        "open": "Chat with us", "field": "Your message", "send": "Send", "phone": "Go on by phone", "close": "Close the chat",
        "late": "my order 4711 has not come", "day": "Which day", "tomorrow": "tomorrow", "hour": "In the morning, in the",
        "pick": "in the evening", "good": "Good", "thanks": "Thank you for your answer", "yes": "yes", "more": "anything else", "bye": "no, that is all",
        "key": "press # and then",
    },
    "ru": {
        "open": "Написать нам", "field": "Ваше сообщение", "send": "Отправить", "phone": "Продолжить по телефону", "close": "Закрыть чат",
        "late": "мой заказ 4711 не пришёл", "day": "какой день", "tomorrow": "завтра", "hour": "Утром, днём",
        "pick": "вечером", "good": "Хорошо", "thanks": "Спасибо за оценку", "yes": "да", "more": "чем-то ещё", "bye": "нет, это всё",
        "key": "нажмите # и наберите",
    },
}  # fmt: skip


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    flow()
    with RedisServer() as server:
        yield server


@pytest.fixture
async def web(redis: RedisServer) -> AsyncIterator[Web]:
    async with desk(redis.url) as web:
        yield web


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


@asynccontextmanager
async def opened(browser: Browser, url: str, **look: Any) -> AsyncIterator[Page]:
    """A page of its own; whatever it complains about fails the test."""
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **look})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    await page.goto(url)
    yield page
    await context.close()
    assert not [text for text in complaints if "WebSocket" not in text]


async def write(page: Page, language: str, text: str) -> None:
    await page.get_by_label(WORDS[language]["field"]).fill(text)
    await page.get_by_role("button", name=WORDS[language]["send"], exact=True).click()


async def faults(page: Page) -> list[str]:
    """What axe-core finds, WCAG 2.2 AA and its best practices."""
    found = await Axe().run(page)
    return [f"{one['id']}: {[node['html'][:120] for node in one['nodes']]}" for one in found.response["violations"]]


@pytest.mark.parametrize("language", ["en", "ru"])
async def test_a_talk_a_reload_and_on_to_the_smile(web: Web, browser: Browser, language: str) -> None:
    words = WORDS[language]
    async with opened(browser, f"{web.url}/demo/{language}") as page:
        await page.get_by_role("button", name=words["open"]).click()
        log = page.get_by_role("log")
        await write(page, language, words["late"])
        await expect(log).to_contain_text(words["day"])
        await page.reload()
        await expect(log).to_contain_text(words["late"])
        await expect(log).to_contain_text(words["day"])
        await expect(log.locator(".said.visitor")).to_have_count(1)
        await write(page, language, words["tomorrow"])
        await expect(log).to_contain_text(words["hour"])
        await page.get_by_role("button", name=words["phone"]).click()
        await expect(log.locator(".digits")).to_be_visible()
        digits = await log.locator(".digits span").first.inner_text()
        assert len(digits.replace(" ", "")) == 6
        await expect(log.locator(".card")).to_contain_text(words["key"])
        await expect(log.get_by_role("link", name=PHONE)).to_have_attribute("href", "tel:+74951234567")
        await expect(log.locator(".digits")).to_be_in_viewport(ratio=1)  # the newest is seen, whatever grows below it
        PICTURES.mkdir(parents=True, exist_ok=True)
        await page.screenshot(path=PICTURES / f"chat-{language}.png")
        await page.get_by_role("button", name=words["pick"], exact=True).click()
        await expect(log.locator(".said.visitor").last).to_contain_text(words["pick"])
        await expect(page.get_by_role("button", name=words["pick"], exact=True)).to_have_count(0)
        await page.get_by_role("button", name=words["yes"], exact=True).click()
        await expect(log).to_contain_text(words["more"])
        await expect(log.locator(".sending")).to_have_count(0)
        await expect(log.locator(".said.visitor")).to_have_count(4)
        await write(page, language, words["bye"])
        await page.get_by_role("button", name=words["good"]).click()
        await expect(log).to_contain_text(words["thanks"])
        # Each message stands there once, in its order.
        in_order = [words["late"], words["tomorrow"], words["pick"], words["yes"], words["bye"]]
        await expect(log.locator(".said.visitor p")).to_have_text(in_order)


async def test_by_keys_alone(web: Web, browser: Browser) -> None:
    words = WORDS["en"]
    async with opened(browser, f"{web.url}/demo/en") as page:
        launcher = page.get_by_role("button", name=words["open"])
        await expect(launcher).to_be_visible()
        for _ in range(20):
            await page.keyboard.press("Tab")
            if await launcher.evaluate("node => node.getRootNode().activeElement === node"):
                break
        await page.keyboard.press("Enter")
        field = page.get_by_label(words["field"])
        await expect(field).to_be_focused()
        await page.keyboard.type("where is my parcel")
        await page.keyboard.press("Shift+Enter")
        await page.keyboard.type("please")
        await page.keyboard.press("Enter")
        log = page.get_by_role("log")
        await expect(log.locator(".said.visitor p")).to_have_text("where is my parcel\nplease")
        await expect(log.locator(".said.house")).to_have_count(3)
        await page.keyboard.type("4711")
        await page.keyboard.press("Enter")
        await expect(log).to_contain_text("Which day")
        await page.keyboard.type("tomorrow")
        await page.keyboard.press("Enter")
        await expect(page.get_by_role("button", name="in the morning", exact=True)).to_be_visible()
        # Back from the field over the answers, last to first.
        for _ in range(3):
            await page.keyboard.press("Shift+Tab")
        await page.keyboard.press("Space")
        await expect(log.locator(".said.visitor p").last).to_have_text("in the morning")
        await expect(field).to_be_focused()
        await page.keyboard.press("Escape")
        await expect(launcher).to_be_focused()
        await expect(field).to_be_hidden()


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_axe_finds_no_fault(web: Web, browser: Browser, language: str, scheme: str) -> None:
    words = WORDS[language]
    # The page's own CSP would keep axe-core out, too.
    async with opened(browser, f"{web.url}/demo/{language}", color_scheme=scheme, bypass_csp=True) as page:
        assert await faults(page) == []
        await page.get_by_role("button", name=words["open"]).click()
        for text in (words["late"], words["tomorrow"]):
            await write(page, language, text)
        await page.get_by_role("button", name=words["phone"]).click()
        await expect(page.get_by_role("log").locator(".digits")).to_be_visible()
        await expect(page.get_by_role("button", name=words["pick"], exact=True)).to_be_visible()
        assert await faults(page) == []
        await page.get_by_role("button", name=words["pick"], exact=True).click()
        await page.get_by_role("button", name=words["yes"], exact=True).click()
        await expect(page.get_by_role("log")).to_contain_text(words["more"])
        await write(page, language, words["bye"])
        await expect(page.get_by_role("button", name=words["good"])).to_be_visible()
        assert await faults(page) == []
        small = await page.evaluate(
            """() => [...document.querySelector("#hotline-chat").shadowRoot.querySelectorAll("button, a, textarea")]
                .map(node => [node.textContent, node.getBoundingClientRect()]).filter(([, box]) => box.width && (box.width < 24 || box.height < 24))
                .map(([text]) => text)"""
        )
        assert small == []


async def test_on_a_phones_screen_it_is_the_whole_screen(web: Web, browser: Browser) -> None:
    look = {"viewport": {"width": 360, "height": 640}, "reduced_motion": "reduce"}
    async with opened(browser, f"{web.url}/demo/en", **look) as page:
        await page.get_by_role("button", name=WORDS["en"]["open"]).click()
        panel = page.get_by_role("dialog")
        box = await panel.bounding_box()
        assert box == {"x": 0, "y": 0, "width": 360, "height": 640}
        assert await panel.evaluate("node => getComputedStyle(node).animationName") == "none"
        assert not await page.evaluate("() => document.documentElement.scrollWidth > innerWidth")


async def test_what_is_written_while_the_house_restarts_arrives_once(redis: RedisServer, browser: Browser) -> None:
    async with desk(redis.url) as first:
        port = first.port
        context = await browser.new_context()
        page = await context.new_page()
        await page.goto(f"{first.url}/demo/en")
        await page.get_by_role("button", name="Chat with us").click()
        await write(page, "en", "my order 4711 has not come")
        log = page.get_by_role("log")
        await expect(log).to_contain_text("Which day")
    await write(page, "en", "tomorrow")
    await expect(log.locator(".sending")).to_have_text("sending…")
    async with desk(redis.url, port):
        await expect(log).to_contain_text("In the morning, in the", timeout=30_000)
        await expect(log.locator(".sending")).to_have_count(0)
        assert await log.locator(".said.visitor p").all_inner_texts() == ["my order 4711 has not come", "tomorrow"]
        await context.close()


async def test_two_windows_of_one_visitor_show_one_chat(web: Web, browser: Browser) -> None:
    async with opened(browser, f"{web.url}/demo/en") as page:
        await page.get_by_role("button", name="Chat with us").click()
        await expect(page.get_by_role("log")).to_contain_text("How can I help you?")
        other = await page.context.new_page()
        await other.goto(f"{web.url}/demo/en")
        await write(other, "en", "when are you open")
        for one in (page, other):
            await expect(one.get_by_role("log")).to_contain_text("from 8:00 to 20:00")
            await expect(one.get_by_role("log").locator(".said.visitor")).to_have_count(1)


@asynccontextmanager
async def shop(hotline: str) -> AsyncIterator[str]:
    """Another site with a CSP that allows the hotline's script and socket, and nothing else."""
    policy = f"default-src 'none'; script-src {hotline}; connect-src {hotline.replace('http', 'ws')}"
    body = f'<!doctype html><html lang="ru"><title>x</title><script src="{hotline}/widget.js" data-hotline="{hotline}" async></script>'

    async def page(request: site.Request) -> site.Response:
        return site.Response(text=body, content_type="text/html", headers={"Content-Security-Policy": policy})

    app = site.Application()
    app.router.add_get("/", page)
    runner = site.AppRunner(app)
    await runner.setup()
    await site.TCPSite(runner, "127.0.0.1", 0).start()
    try:
        yield f"http://127.0.0.1:{runner.addresses[0][1]}/"
    finally:
        await runner.cleanup()


async def test_what_is_written_too_fast_arrives_once_and_in_its_order(web: Web, browser: Browser) -> None:
    async with opened(browser, f"{web.url}/demo/en") as page:
        await page.get_by_role("button", name=WORDS["en"]["open"]).click()
        await expect(page.get_by_role("log")).to_contain_text("help you")
        field = page.get_by_label(WORDS["en"]["field"])
        for number in range(14):
            await field.fill(f"too fast {number}.")
            await field.press("Enter")
        said = page.get_by_role("log").locator(".said.visitor")
        await expect(page.get_by_role("log").locator(".sending")).to_have_count(0, timeout=20_000)
        assert re.findall(r"too fast (\d+)\.", " ".join(await said.all_inner_texts())) == [str(number) for number in range(14)]


async def test_what_is_too_long_stays_in_the_field(web: Web, browser: Browser) -> None:
    async with opened(browser, f"{web.url}/demo/en") as page:
        await page.get_by_role("button", name=WORDS["en"]["open"]).click()
        field, status = page.get_by_label(WORDS["en"]["field"]), page.get_by_role("status")
        await write(page, "en", "a" * 2_001)
        await expect(status).to_contain_text("Not sent: too long (2001 / 2000)")
        assert await field.input_value() == "a" * 2_001
        await write(page, "en", "\U0001f600" * 2_000)
        await expect(page.get_by_role("log").locator(".said.visitor")).to_have_count(1)
        await expect(page.get_by_role("log").locator(".sending")).to_have_count(0)
        await expect(status).to_be_empty()


async def test_another_site_embeds_it_with_one_line_where_it_is_on_the_list(redis: RedisServer, browser: Browser) -> None:
    async with desk(redis.url, origins=()) as web, shop(web.url) as url:
        async with opened(browser, url) as page:
            await page.get_by_role("button", name="Написать нам").click()
            await asyncio.sleep(0.5)
            await expect(page.get_by_role("log").locator(".said")).to_have_count(0)
        web.chat.terms = type(web.chat.terms)((url.rstrip("/"),))
        async with opened(browser, url) as page:
            await page.get_by_role("button", name="Написать нам").click()
            await expect(page.get_by_role("log")).to_contain_text("Чем могу помочь?")
            assert await page.get_by_role("dialog").evaluate("node => getComputedStyle(node).borderRadius") == "16px"


async def test_hostile_text_from_anybody_is_only_text(web: Web, browser: Browser) -> None:
    async with opened(browser, f"{web.url}/demo/en") as page:
        asked: list[str] = []
        ran: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: ran.append(dialog.message))
        await page.evaluate(
            "() => addEventListener('securitypolicyviolation', event => { (window.broken ||= []).push(event.blockedURI) })"
        )
        await page.get_by_role("button", name="Chat with us").click()
        log = page.get_by_role("log")
        await expect(log).to_contain_text("How can I help you?")
        (room,) = web.rooms.rooms.values()
        await room.join(PAYLOADS[0])
        for payload in PAYLOADS:
            await room.say(payload)
        await expect(log.locator(".said.operator")).to_have_count(len(PAYLOADS))
        for payload in PAYLOADS[:8]:
            await write(page, "en", payload)
        await expect(log.locator(".said.visitor")).to_have_count(8)
        shown = await log.locator(".said.operator p").all_inner_texts()
        assert [" ".join(text.split()) for text in shown] == [" ".join(text.split()) for text in PAYLOADS]
        assert await log.locator(".said p *").count() == 0
        assert await log.locator("script, img, svg, iframe, style, link, object, embed, form, a, math, video, base").count() == 0
        assert await page.evaluate("() => [window.hacked, window.broken]") == [None, None]
        assert ran == []
        assert not [url for url in asked if not url.startswith((web.url, web.url.replace("http", "ws")))]
