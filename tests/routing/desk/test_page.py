"""The desk in a real Chromium, with a real floor and a phone node that has no phones: log in, pop, talk, chat, wrap up; what it looks like."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright, expect

from tests.peers.redis import RedisServer
from tests.routing.desk.house import House, Phone, house
from tests.routing.desk.people import WORDS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]
PICTURES = Path("build/pictures")


@pytest.fixture
async def desk(redis: RedisServer) -> AsyncIterator[House]:
    redis.ask("FLUSHALL")
    async with house(redis.url) as one:
        yield one


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with async_playwright() as playwright:
        extra = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*extra, "--disable-dev-shm-usage"])
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, desk: House, name: str = "", language: str = "en", **look: Any) -> AsyncIterator[Page]:
    """A page of its own, logged in as `name`; whatever it complains about fails the test."""
    locale = {"en": "en-GB", "ru": "ru-RU"}[language]
    context = await browser.new_context(**{"viewport": {"width": 1280, "height": 720}, "locale": locale, **look})
    page = await context.new_page()
    complaints: list[str] = []
    page.on("pageerror", lambda error: complaints.append(str(error)))
    page.on("console", lambda message: complaints.append(message.text) if message.type in ("error", "warning") else None)
    await page.goto(f"{desk.url}/desk")
    if name:
        await log_in(page, name)
    yield page
    await context.close()
    # A wrong password and a session that is over are answers that the browser writes down as errors.
    assert not [
        text for text in complaints if "WebSocket" not in text and "status of 4" not in text and "ERR_CONNECTION" not in text
    ]


async def log_in(page: Page, name: str, password: str = WORDS) -> None:
    await page.locator("#name").fill(name)
    await page.locator("#password").fill(password)
    await page.keyboard.press("Enter")
    await expect(page.locator(".top")).to_be_visible()


async def faults(page: Page) -> list[str]:
    """What axe-core finds, WCAG 2.2 AA and its best practices."""
    found = await Axe().run(page)
    return [f"{one['id']}: {[node['html'][:160] for node in one['nodes']]}" for one in found.response["violations"]]


async def picture(page: Page, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    await page.screenshot(path=PICTURES / f"{name}.png")


async def test_a_call_from_the_pop_to_the_wrap_up(desk: House, browser: Browser) -> None:
    await desk.hire("anna", called="Anna Ivanova", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        request = await desk.caller()
        await phone.say(request.call, "house", "Hello, how can I help you?", 0)
        await phone.say(request.call, "caller", "My parcel 4711 has not come", 1)
        phone.silent = True
        given = await desk.give(request, "anna")
        await expect(page.locator(".item.shown")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("My parcel 4711 has not come")
        # The pop is painted before the order to ring goes out.
        async with asyncio.timeout(5):
            while "ring" not in phone.kinds():
                await asyncio.sleep(0.01)
        shown = await desk.floor.assignment(given.id)
        assert shown is not None
        assert shown.state == "shown"
        await picture(page, "desk-pop")
        await desk.floor.move(given.id, "ringing")
        await desk.floor.move(given.id, "connected")
        phone.silent = False
        await expect(page.locator(".bar")).to_be_visible()
        await phone.say(request.call, "caller", "It was to come yesterday", 2)
        await expect(page.get_by_role("log")).to_contain_text("It was to come yesterday")
        await page.get_by_role("button", name="Hold").click()
        await expect(page.locator(".now")).to_have_text("on hold")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.locator(".now")).to_have_text("talking")
        await picture(page, "desk-call")
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.locator(".wrap.over")).to_be_visible()
        await page.get_by_text("Solved", exact=True).click()
        await page.locator("#wrapnote").fill("Comes tomorrow before noon")
        await picture(page, "desk-wrap")
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator(".item")).to_have_count(0)
        over = await desk.floor.assignment(given.id)
        assert over is not None
        assert (over.state, over.code, over.note) == ("done", "solved", "Comes tomorrow before noon")
