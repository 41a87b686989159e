"""The desk on a telephone's width: nothing makes the page wider than the screen, and the menu with the way out lies on it."""

from __future__ import annotations

import pytest
from playwright.async_api import Browser, expect

from tests.routing.desk.browsing import opened
from tests.routing.desk.house import House
from tests.routing.desk.test_views import browsing

WIDTH = 390
EVERYTHING = ("operator", "supervisor", "administrator", "auditor")


@browsing
@pytest.mark.parametrize("language", ["en", "ru"])
async def test_every_view_and_the_menu_fit_a_narrow_screen(desk: House, browser: Browser, language: str) -> None:
    await desk.hire("anna", *EVERYTHING, ready=True)
    await desk.caller()
    async with opened(browser, desk, "anna", language, viewport={"width": WIDTH, "height": 844}) as page:
        tabs = page.locator(".top .tab")
        for number in range(await tabs.count()):
            await tabs.nth(number).click()
            await expect(tabs.nth(number)).to_have_attribute("aria-current", "page")
            await expect(page.locator("main")).to_be_visible()
            assert await page.evaluate("document.documentElement.scrollWidth") <= WIDTH, await tabs.nth(number).inner_text()
        await page.locator(".me summary").click()
        box = await page.locator(".me .menu").bounding_box()
        assert box is not None
        assert 0 <= box["x"] <= WIDTH - box["width"]


@browsing
@pytest.mark.parametrize(("language", "told"), [("en", "command line"), ("ru", "командная строка")])
async def test_the_trail_names_the_machine_in_the_readers_language(
    desk: House, browser: Browser, language: str, told: str
) -> None:
    await desk.hire("anna", "auditor")
    await desk.front.trail.noted("command line", "password", "anna")
    async with opened(browser, desk, "anna", language) as page:
        await expect(page.locator("main.trail td", has_text=told)).to_be_visible()
