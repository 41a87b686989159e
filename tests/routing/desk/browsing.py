"""A real Chromium that looks at the desk: pages, who is logged in, what axe-core and the console complain about, pictures."""

from __future__ import annotations

import os
import shutil
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from tests.routing.desk.house import House
from tests.routing.desk.people import WORDS

CHROMIUM = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None)
PICTURES = Path("build/pictures")
# What a browser itself writes down where an answer is a refusal, or a line is cut: both are meant here.
MEANT = ("WebSocket", "status of 4", "status of 5", "ERR_CONNECTION", "ERR_INTERNET")


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Root cannot have Chromium's own sandbox; the tests of a build server often run as root."""
    expect.set_options(timeout=20_000)  # a slow machine is no fault
    async with async_playwright() as playwright:
        extra = ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = await playwright.chromium.launch(executable_path=CHROMIUM, args=[*extra, "--disable-dev-shm-usage"])
        yield browser
        await browser.close()


@asynccontextmanager
async def opened(browser: Browser, desk: House, name: str = "", language: str = "en", **look: Any) -> AsyncIterator[Page]:
    """A page of its own, logged in as `name`; whatever it complains about fails the test."""
    locale = {"en": "en-GB", "ru": "ru-RU"}[language]
    look = {"viewport": {"width": 1280, "height": 720}, "locale": locale, "reduced_motion": "reduce", **look}
    context = await browser.new_context(**look)
    complaints: list[str] = []
    page = await another(context, desk, complaints)
    if name:
        await log_in(page, name)
    yield page
    await context.close()
    assert not complaints


async def another(context: BrowserContext, desk: House, complaints: list[str]) -> Page:
    """One more tab of the same browser."""
    page = await context.new_page()
    page.on("pageerror", lambda error: complaints.append(str(error)))

    def said(message: Any) -> None:
        if message.type in ("error", "warning") and not any(word in message.text for word in MEANT):
            complaints.append(message.text)

    page.on("console", said)
    await page.goto(f"{desk.url}/desk")
    return page


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
