"""The floor in a real Chromium: what others take goes from the list, a long queue is seen as far as one scrolls; what a supervisor follows."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser, expect

from tests.peers.redis import RedisServer
from tests.routing.desk.browsing import CHROMIUM, chromium, opened
from tests.routing.desk.house import House, house

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


@pytest.fixture
async def desk(redis: RedisServer) -> AsyncIterator[House]:
    redis.ask("FLUSHALL")
    async with house(redis.url) as one:
        yield one


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    async with chromium() as one:
        yield one


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
