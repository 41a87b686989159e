"""A chat is taken over from the assistant, and given back: it is silent at once, all comes along, and nothing is asked twice."""

from __future__ import annotations

import asyncio

import aiohttp
import pytest
from playwright.async_api import expect

from routing.desk.asking import BadAsk
from tests.routing.chatter import Chatter
from tests.routing.desk.browsing import CHROMIUM, chromium, faults, opened, picture
from tests.routing.desk.house import House
from tests.routing.desk.writing import do

pytestmark = pytest.mark.real


async def at_the_day(desk: House, session: aiohttp.ClientSession) -> Chatter:
    """A visitor whom the assistant asks for the new day of his delivery."""
    visitor = Chatter(desk.url, session, "en")
    await visitor.come()
    await visitor.until("How can I help you?")
    await visitor.say("my order 4711 has not come", "a")
    await visitor.until("Which day")
    return visitor


async def test_it_is_listed_taken_over_and_given_back(desks: tuple[House, House]) -> None:
    here, there = desks
    await here.hire("anna", called="Anna", ready=True)
    async with aiohttp.ClientSession() as session:
        visitor = await at_the_day(here, session)
        await here.front.bots.tell()
        listed = await do(there, "bots")
        [one] = listed["chats"]
        assert (listed["count"], one["topic"], one["language"], one["trouble"]) == (1, "status", "en", 0)
        assert "4711" not in str(listed), "nobody's words stand in the list"
        given = (await do(there, "bot.take", chat=one["chat"]))["assignment"]
        await visitor.noted("joined")
        assignment = await there.floor.assignment(given)
        assert assignment is not None
        assert (assignment.state, assignment.reasons[0].code) == ("connected", "taken_over")
        dossier = await there.dossier(given)
        assert dossier is not None
        assert "4711" in str(dossier["talk"]["lines"])
        assert dossier["matter"]["ledger"]
        said = sum(entry.get("who") == "house" for entry in visitor.entries)
        await visitor.say("tomorrow", "b")
        await visitor.back("b")
        await do(there, "chat.say", "2", assignment=given, text="I look into it")
        await visitor.until("I look into it")
        assert sum(entry.get("who") == "house" for entry in visitor.entries) == said, "the assistant is silent"
        await here.front.bots.tell()
        assert (await do(there, "bots"))["chats"] == []
        await do(there, "chat.back", "3", assignment=given)
        await visitor.noted("left")
        await visitor.say("yes", "c")
        await visitor.until("Shall we go on")
        await visitor.say("yes please", "d")
        while visitor.entries[-1].get("id") == "d" or "Which day" not in str(visitor.entries[-1]):
            await visitor.receive()
        asked = [entry["text"] for entry in visitor.entries if entry.get("who") == "house"]
        assert sum("order number" in text for text in asked) == 0, "what was answered is not asked again"
    assert [line["what"] for line in await there.front.trail.read(who="anna")] == ["take"]


async def test_of_two_operators_at_once_one_has_it(desks: tuple[House, House]) -> None:
    here, there = desks
    for name in ("anna", "boris"):
        await here.hire(name, ready=True)
    async with aiohttp.ClientSession() as session:
        visitor = await at_the_day(here, session)
        await here.front.bots.tell()
        both = await asyncio.gather(
            *(do(there, "bot.take", who=name, chat=visitor.chat) for name in ("anna", "boris")), return_exceptions=True
        )
        assert sorted(type(one).__name__ for one in both) == ["BadAsk", "dict"]
        await visitor.noted("joined")
        assert len(await there.floor.assignments()) == 1


async def test_one_who_may_not_take_it_leaves_the_assistant_where_it_is(desks: tuple[House, House]) -> None:
    here, there = desks
    await here.hire("anna")
    async with aiohttp.ClientSession() as session:
        visitor = await at_the_day(here, session)
        await here.front.bots.tell()
        for chat, why in ((visitor.chat, "away"), ("nobody", "gone")):
            with pytest.raises(BadAsk, match=why):
                await do(there, "bot.take", chat=chat)
        assert await there.floor.waiting() == ()
        await visitor.say("tomorrow", "b")
        await visitor.until("In the morning")


async def test_one_taken_over_as_it_is_given_to_the_queue_waits_there_no_longer(desks: tuple[House, House]) -> None:
    here, there = desks
    await here.hire("anna", called="Anna", ready=True)
    async with aiohttp.ClientSession() as session:
        visitor = await at_the_day(here, session)
        await here.front.bots.tell()
        await visitor.say("operator", "b")
        await visitor.noted("handed")
        given = (await do(there, "bot.take", chat=visitor.chat))["assignment"]
        await visitor.noted("joined")
        async with asyncio.timeout(20):
            while await there.floor.waiting():
                await asyncio.sleep(0.02)
        assignment = await there.floor.assignment(given)
        assert assignment is not None
        assert assignment.state == "connected"


@pytest.mark.timeout(180)
@pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")
@pytest.mark.parametrize(
    ("language", "summary", "take"), [("en", "With the assistant", "Take over"), ("ru", "У помощника", "Взять у помощника")]
)
async def test_on_the_page_it_is_one_key_away(desks: tuple[House, House], language: str, summary: str, take: str) -> None:
    here, there = desks
    await here.hire("anna", called="Anna", ready=True)
    async with aiohttp.ClientSession() as session, chromium() as browser:
        visitor = await at_the_day(here, session)
        async with opened(browser, there, "anna", language, bypass_csp=True) as page:
            part = page.locator(".list summary")
            await expect(part).to_contain_text(summary)
            await part.focus()
            await page.keyboard.press("Enter")
            button = page.get_by_role("button", name=take)
            await expect(button).to_be_enabled(timeout=20_000)
            assert await faults(page) == []
            await picture(page, f"desk-bots-{language}")
            await button.press("Enter")
            await expect(page.get_by_role("log")).to_contain_text("4711", timeout=20_000)
            await visitor.noted("joined")
