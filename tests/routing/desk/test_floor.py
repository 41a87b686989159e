"""The floor in a real Chromium: what others take goes from the list, a long queue is seen as far as one scrolls; what a supervisor follows."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from playwright.async_api import Browser, expect

from routing.floor.records import Role
from tests.routing.desk.browsing import CHROMIUM, opened
from tests.routing.desk.house import House, Phone

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


async def test_a_long_queue_is_seen_as_far_as_one_scrolls_and_who_is_taken_goes_from_every_list(
    desk: House, browser: Browser
) -> None:
    await desk.hire("anna", ready=True)
    await desk.hire("boris", ready=True)
    first = await desk.caller(topic="refund")
    for _ in range(129):
        await desk.caller()
    async with opened(browser, desk, "anna") as page:
        rows, box = page.locator(".waiting"), page.locator(".list")
        await expect(rows).to_have_count(100)
        await expect(page.locator("#list-waiting .count")).to_have_text("130")
        await expect(page.locator(".rest")).to_contain_text("The first 100 of 130")
        await desk.give(first, "boris")
        await expect(page.locator("#list-waiting .count")).to_have_text("129")
        await expect(rows).to_have_count(100)  # one has moved up
        await box.evaluate("node => node.scrollTo(0, node.scrollHeight)")
        await expect(rows).to_have_count(129)
        await expect(page.locator(".rest")).to_have_count(0)


async def test_a_look_comes_back_with_the_line_and_a_supervisor_who_is_none_any_more_is_cut_off_at_once(
    desk: House, browser: Browser
) -> None:
    boss = await desk.hire("boss", "supervisor", "operator")
    await desk.hire("anna", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "boss") as page:
        request = await desk.caller()
        await phone.say(request.call, "caller", "line 0", 0)
        await page.get_by_role("button", name="Look").click()
        said = page.get_by_role("log").locator(".said p")
        await expect(said).to_have_text(["line 0"])
        await phone.say(request.call, "caller", "line 1", 1)
        await expect(said).to_have_text(["line 0", "line 1"])
        for window in list(desk.front.socket.windows if desk.front.socket else ()):
            window.abort()
        await phone.say(request.call, "caller", "line 2", 2)
        await expect(page.locator(".news")).to_contain_text("You follow the contact again")
        await phone.say(request.call, "caller", "line 3", 3)
        await expect(said).to_have_text([f"line {n}" for n in range(4)])
        assert [line["how"] for line in await desk.front.trail.read(what="look")] == ["again", "call"]
        mine = await desk.give(request, "anna")
        for move in ("shown", "ringing", "connected"):
            await desk.floor.move(mine.id, move)
        await page.get_by_role("button", name="Wall").click()
        await page.get_by_role("button", name="Listen").click()
        await expect(page.get_by_text("You listen; nobody hears you.")).to_be_visible()
        await desk.floor.keep_operator(replace(boss, roles=(Role.OPERATOR,)))
        async with asyncio.timeout(20):
            while "listen_end" not in phone.kinds():
                await asyncio.sleep(0.02)
        assert phone.orders[-1].data["supervisor"] == "boss"
        await expect(page.get_by_role("button", name="Wall")).to_have_count(0)
