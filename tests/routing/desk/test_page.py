"""The desk in a real Chromium, with a real floor and a phone node that has no phones: log in, pop, talk, write, wrap up."""

from __future__ import annotations

import asyncio
import time

import aiohttp
import pytest
from playwright.async_api import Browser, expect

from routing.desk.accounts import PAIR_MOST
from tests.peers.redis import RedisServer
from tests.routing.chatter import Chatter
from tests.routing.desk.browsing import CHROMIUM, another, log_in, opened, picture
from tests.routing.desk.house import House, Phone, house
from tests.routing.desk.known import customer

pytestmark = [
    pytest.mark.real,
    pytest.mark.timeout(120),
    pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)"),
]


async def until(done: object, patience_s: float = 20.0) -> None:
    """Wait for something that no page shows."""
    assert callable(done)
    async with asyncio.timeout(patience_s):
        while not (await found if asyncio.iscoroutine(found := done()) else found):
            await asyncio.sleep(0.01)


async def test_log_in_be_refused_be_locked_and_be_thrown_out(desk: House, browser: Browser) -> None:
    await desk.hire("anna", called="Anna Ivanova")
    async with opened(browser, desk) as page:
        await expect(page.locator("#name")).to_be_focused()
        for n in range(PAIR_MOST + 1):
            await page.locator("#name").fill("anna")
            await page.locator("#password").fill("wrong password")
            async with page.expect_response("**/desk/login"):  # the page shows what was said of the try before until then
                await page.keyboard.press("Enter")
            await expect(page.get_by_role("alert").first).to_contain_text("wrong" if n < PAIR_MOST else "Too many tries")
        await picture(page, "desk-login")
        for key in await desk.memory.store.command("KEYS", "hotline:desk:wrong:*"):
            await desk.memory.store.command("DEL", key)  # as time would have it
        await log_in(page, "anna")
        await page.reload()
        await expect(page.locator(".me")).to_contain_text("Anna Ivanova")
        await desk.front.sessions.end_all("anna")
        await expect(page.locator(".door")).to_contain_text("Your session is over")
        await log_in(page, "anna")
        await page.locator(".me summary").click()
        await page.get_by_role("button", name="Log out", exact=True).click()
        await expect(page.locator("#name")).to_be_visible()
        await page.reload()
        await expect(page.locator("#name")).to_be_visible()


async def test_a_call_from_the_pop_to_the_wrap_up(desk: House, browser: Browser) -> None:
    await desk.hire("anna", called="Anna Ivanova", ready=True)
    who, number, matter = await customer(desk.memory)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        request = await desk.caller(customer=who, identity=number.address, matter=matter)
        await phone.say(request.call, "house", "Hello, how can I help you?", 0)
        await phone.say(request.call, "caller", "My parcel 4711 has not come", 1)
        phone.silent = True
        given = await desk.give(request, "anna")
        await expect(page.locator(".item.shown")).to_be_visible()
        await expect(page.get_by_role("log")).to_contain_text("My parcel 4711 has not come")
        person = page.get_by_role("complementary", name="Customer")
        for known in ("Мария Петрова", "maria@example.com", "4711", "evening", "звонить после 18:00", "skill Delivery 3 of 3"):
            await expect(person).to_contain_text(known)
        # The pop is painted before the order to ring goes out.
        await until(lambda: "ring" in phone.kinds())
        shown = await desk.floor.assignment(given.id)
        assert shown is not None
        assert shown.state == "shown"
        assert int(await page.locator("body").get_attribute("data-pop") or 9999) < 1000
        await picture(page, "desk-pop")
        await desk.floor.move(given.id, "ringing")
        await desk.floor.move(given.id, "connected")
        phone.silent = False
        await expect(page.locator(".bar")).to_be_visible()
        await phone.say(request.call, "caller", "It was to come yesterday", 2)
        await expect(page.get_by_role("log")).to_contain_text("It was to come yesterday")
        await page.get_by_role("button", name="Hold").click()
        await expect(page.locator(".now.held")).to_have_text("on hold")
        await page.get_by_role("button", name="Go on").click()
        await expect(page.locator(".now.connected")).to_have_text("talking")
        await page.get_by_label("Add a note").fill("Prefers the evening")
        await page.keyboard.press("Enter")
        await expect(person).to_contain_text("Prefers the evening")
        await picture(page, "desk-call")
        await page.get_by_role("button", name="Keypad").click()
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.keyboard.press("4")
        await page.keyboard.press("#")
        await expect(page.locator(".keypad output")).to_have_text("4#")
        await page.keyboard.press("Escape")
        await expect(page.get_by_role("dialog")).to_have_count(0)
        await page.get_by_role("button", name="Hang up").click()
        await expect(page.locator(".wrap.over")).to_be_visible()
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator(".wrap")).to_contain_text("Choose a result first")
        await page.get_by_text("Solved", exact=True).click()
        await page.locator("#wrapnote").fill("Comes tomorrow before noon")
        await picture(page, "desk-wrap")
        await page.get_by_role("button", name="Done").click()
        await expect(page.locator(".item")).to_have_count(0)
        over = await desk.floor.assignment(given.id)
        assert over is not None
        assert (over.state, over.code, over.note) == ("done", "solved", "Comes tomorrow before noon")
        closed = await desk.memory.matters.load(matter)
        assert closed is not None
        assert closed.status == "closed"
        notes = [touch.text for touch in await desk.memory.timeline.of(number) if touch.kind == "note"]
        assert notes == ["Prefers the evening", "Comes tomorrow before noon"]
        assert phone.kinds() == ["ring", "hold", "unhold", "keys", "keys", "hang_up"]
    seen = [line for line in await desk.front.trail.read() if line["what"] == "look"]
    assert [(line["who"], line["whose"]) for line in seen] == [("anna", who)]


async def test_by_keys_alone_and_never_out_of_a_field(desk: House, browser: Browser) -> None:
    await desk.hire("anna", answer="desk", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        first = await desk.caller()
        await desk.give(first, "anna")
        await expect(page.locator(".item.shown")).to_be_visible()
        assert phone.kinds() == []  # nothing rings before he answers
        await page.keyboard.press("?")
        await expect(page.get_by_role("dialog")).to_contain_text("Next contact")
        await page.keyboard.press("Escape")
        await page.keyboard.press("a")
        await expect(page.locator(".now.connected")).to_be_visible()
        assert phone.orders[0].data["auto_answer"] is True
        await page.keyboard.press("h")
        await expect(page.locator(".now.held")).to_be_visible()
        await page.keyboard.press("h")
        await expect(page.locator(".now.connected")).to_be_visible()
        await page.keyboard.press("n")
        await page.keyboard.type("ahde")  # in a field, letters are letters
        await expect(page.locator("#note")).to_have_value("ahde")
        # Somebody else is offered a chat meanwhile: the field keeps the focus, and the talk stays on the screen.
        chat = await desk.caller(medium="mail", call="mail-1", identity="emaria@example.com")
        await desk.hire("boris", ready=True)
        await desk.give(chat, "anna")
        await expect(page.locator(".item")).to_have_count(2)
        await expect(page.locator("#note")).to_be_focused()
        await expect(page.locator(".item[aria-current=true]")).to_have_class("item connected")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Escape")
        await page.keyboard.press("Shift+E")
        await expect(page.locator(".wrap.over")).to_be_visible()
        await page.keyboard.press("w")
        await page.keyboard.type("solv")
        await page.keyboard.press("Enter")
        await page.keyboard.press("Control+Enter")
        await expect(page.locator(".item")).to_have_count(1)
        assert phone.kinds() == ["ring", "hold", "unhold", "hang_up"]


async def test_a_consult_and_an_attended_transfer_take_the_context_along(desk: House, browser: Browser) -> None:
    await desk.hire("anna", ready=True)
    await desk.hire("boris", called="Boris Lebedev", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page, opened(browser, desk, "boris") as other:
        request = await desk.caller()
        await phone.say(request.call, "caller", "Where is 4711", 0)
        await desk.give(request, "anna")
        await expect(page.locator(".now.connected")).to_be_visible()
        await phone.told(request.call, "recording", what="on")
        await expect(page.locator(".rec")).to_be_visible()
        await page.keyboard.press("t")
        await expect(page.get_by_role("dialog")).to_be_visible()
        await page.get_by_label("Name, skill, number or address").fill("lebe")
        await picture(page, "desk-transfer")
        await page.get_by_role("button", name="Ask first: Boris Lebedev").click()
        await expect(other.get_by_role("log")).to_contain_text("Where is 4711")
        await expect(other.locator(".now.connected")).to_be_visible()
        # What the phone told of it before comes with the pop.
        await expect(other.locator(".rec")).to_be_visible()
        # Who is asked has no say in the talk, until it is his.
        await expect(other.get_by_role("button", name="Leave the talk")).to_be_visible()
        await expect(other.get_by_role("button", name="Hand over")).to_have_count(0)
        # A page that is loaded anew knows that a colleague is there.
        for one in (page, other):
            await one.reload()
        await expect(other.get_by_role("button", name="Leave the talk")).to_be_visible()
        await page.get_by_role("button", name="Hand over").click()
        await expect(page.locator(".wrap.over")).to_be_visible()
        await expect(other.get_by_role("button", name="Hold")).to_be_visible()
        assert phone.kinds() == ["ring", "consult", "transfer_attended"]


async def test_a_chat_is_taken_over_from_the_bot_and_given_back(desk: House, browser: Browser) -> None:
    await desk.hire("anna", called="Анна", ready=True)
    async with aiohttp.ClientSession() as session, opened(browser, desk, "anna", "ru") as page:
        visitor = Chatter(desk.url, session, "ru")
        await visitor.come()
        await visitor.until("Чем могу помочь")
        await visitor.say("мой заказ 4711 не пришёл", "a")
        await visitor.until("какой день")
        await visitor.say("оператор", "b")
        await until(
            lambda: any("note" in entry and entry["note"] == "handed" for entry in visitor.entries) or visitor_reads(visitor)
        )
        [request] = await desk.floor.waiting()
        assert request.medium == "chat"
        await expect(page.locator(".waiting")).to_have_count(1)
        await desk.give(request, "anna")
        await expect(page.locator(".item.shown")).to_be_visible()
        log = page.get_by_role("log")
        await expect(log).to_contain_text("мой заказ 4711 не пришёл")
        await page.keyboard.press("a")
        await expect(page.locator("#write")).to_be_visible()
        await page.keyboard.press("m")
        await page.keyboard.type("Здравствуйте! Посылка уже в пути.")
        await page.keyboard.press("Enter")
        await visitor.until("Посылка уже в пути")
        await expect(log.locator(".said.operator").last).to_contain_text("Посылка уже в пути")
        await visitor.say("спасибо", "c")
        await expect(log.locator(".said.caller").last).to_contain_text("спасибо")
        # A draft outlives a reload.
        await page.locator("#write").fill("Ещё не отправлено")
        await until(lambda: draft(desk))
        await page.reload()
        await expect(page.locator("#write")).to_have_value("Ещё не отправлено")
        await picture(page, "desk-chat-ru")
        await page.get_by_role("button", name="Вернуть помощнику").click()
        await expect(page.locator(".wrap.over")).to_be_visible()
        await visitor.say("когда вы работаете", "d")
        while visitor.entries[-1].get("who") != "house":  # the bot has it again
            await visitor.receive()
        said = [entry["text"] for entry in visitor.entries if entry.get("who") == "operator"]
        assert said == ["Здравствуйте! Посылка уже в пути."]


async def visitor_reads(visitor: Chatter) -> bool:
    await visitor.receive()
    return False


async def draft(desk: House) -> bool:
    return bool(await desk.memory.store.command("KEYS", "hotline:desk:draft:*"))


async def test_a_lost_line_shows_and_heals_without_losing_or_doubling(redis: RedisServer, browser: Browser) -> None:
    redis.ask("FLUSHALL")
    async with house(redis.url) as first:
        await first.hire("anna", answer="desk", ready=True)
        port = first.web.port
        context = await browser.new_context(viewport={"width": 1280, "height": 720})
        page = await another(context, first, [])
        await log_in(page, "anna")
        async with Phone(first) as phone:
            request = await first.caller()
            await phone.say(request.call, "caller", "line 0", 0)
            await first.give(request, "anna")
            await expect(page.locator(".item.shown")).to_be_visible()
            await page.keyboard.press("a")
            await expect(page.locator(".now.connected")).to_be_visible()
            for cut in range(3):
                for window in list(first.front.socket.windows if first.front.socket else ()):
                    window.abort()
                for n in range(3):
                    await phone.say(request.call, "caller", f"line {3 * cut + n + 1}", 3 * cut + n + 1)
                await expect(page.get_by_role("log").locator(".said p").last).to_have_text(f"line {3 * cut + 3}")
            assert await page.get_by_role("log").locator(".said p").all_inner_texts() == [f"line {n}" for n in range(10)]
            second = await first.caller()
        # The house goes down: it shows, and nothing can be pressed.
    await expect(page.locator(".banner")).to_contain_text("The connection is lost")
    await expect(page.get_by_role("button", name="Hang up")).to_be_disabled()
    async with house(redis.url, port) as again, Phone(again, after="$"):
        # While the page was away the talk ended, and who waited went.
        mine = (await again.floor.assignments("anna"))[0]
        await again.floor.move(mine.id, "wrap_up")
        await again.floor.leave(second.id, "gone")
        await expect(page.locator(".banner")).to_have_count(0, timeout=30_000)
        await expect(page.locator(".wrap.over")).to_be_visible()
        await expect(page.locator(".waiting")).to_have_count(0)
        assert await page.get_by_role("log").locator(".said p").all_inner_texts() == [f"line {n}" for n in range(10)]
    await context.close()


async def test_a_memory_that_is_away_is_told_and_what_came_meanwhile_shows(browser: Browser) -> None:
    with RedisServer() as own:
        async with house(own.url) as desk:
            await desk.hire("anna", ready=True)
            async with opened(browser, desk, "anna") as page:
                own.pause()
                await expect(page.locator(".banner")).to_contain_text("memory of the house is away", timeout=30_000)
                own.go_on()
                await expect(page.locator(".banner")).to_have_count(0, timeout=30_000)
                await desk.caller()
                await expect(page.locator(".waiting")).to_have_count(1, timeout=30_000)


async def test_two_tabs_show_the_same_and_one_answer_counts(desk: House, browser: Browser) -> None:
    await desk.hire("anna", answer="desk", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        other = await another(page.context, desk, [])
        await expect(other.locator(".top")).to_be_visible()
        await desk.give(await desk.caller(), "anna")
        for one in (page, other):
            await expect(one.locator(".item")).to_have_count(1)
        await asyncio.gather(*(one.evaluate("() => document.querySelector('.go')?.click()") for one in (page, other)))
        for one in (page, other):
            await expect(one.locator(".now.connected")).to_be_visible()
        assert phone.kinds() == ["ring"]
        await page.get_by_role("button", name="Hold").click()
        await expect(other.locator(".now.held")).to_be_visible()


async def test_a_call_that_has_gone_cannot_be_answered(desk: House, browser: Browser) -> None:
    await desk.hire("anna", answer="desk", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        request = await desk.caller()
        await desk.give(request, "anna")
        await expect(page.get_by_role("button", name="Answer")).to_be_visible()
        await desk.floor.leave(request.id, "gone")
        await expect(page.get_by_role("button", name="Answer")).to_have_count(0)
        await expect(page.locator(".news")).to_contain_text("the caller has gone")
        # One that goes while the button is pressed: the house says no, whatever the page thought.
        given = await desk.give(await desk.caller(), "anna")
        await expect(page.get_by_role("button", name="Answer")).to_be_visible()
        await page.evaluate("() => { document.querySelector('.go').click(); }")
        await desk.floor.move(given.id, "refused", "caller_gone") if not phone.orders else None
        await expect(page.get_by_role("button", name="Answer")).to_have_count(0)


async def test_a_status_and_an_offer_in_the_same_millisecond_agree(desk: House, browser: Browser) -> None:
    await desk.hire("anna", ready=True)
    async with Phone(desk), opened(browser, desk, "anna") as page:
        request = await desk.caller()
        await asyncio.gather(desk.floor.set_status("anna", "pause", "lunch"), desk.floor.claim(request, "anna"))  # type: ignore[arg-type]
        mine, presence = await desk.floor.assignments("anna"), await desk.floor.presence("anna")
        assert presence is not None
        assert presence.status == "pause"
        await expect(page.locator(".item")).to_have_count(len(mine))
        await expect(page.locator("#status")).to_have_value("pause lunch")
        await page.locator("#status").select_option("ready")
        await until(lambda: ready(desk))


async def ready(desk: House) -> bool:
    presence = await desk.floor.presence("anna")
    return presence is not None and presence.status == "ready"


TURN = "() => new Promise(done => requestAnimationFrame(() => requestAnimationFrame(done)))"  # painted, and then again


async def test_the_pop_is_painted_soon(desk: House, browser: Browser) -> None:
    """From the store's decision to the painted page, with a customer that has a past; beside what any turn of this page takes here."""
    await desk.hire("anna", ready=True)
    who, number, matter = await customer(desk.memory)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        phone.silent = True
        took, turns = list[int](), list[float]()
        for _ in range(10):
            begun = time.monotonic()
            await page.evaluate(TURN)
            turns.append(1000 * (time.monotonic() - begun))
            request = await desk.caller(customer=who, identity=number.address, matter=matter)
            await page.evaluate("() => { delete document.body.dataset.pop; }")
            given = await desk.give(request, "anna")
            await page.wait_for_function("() => document.body.dataset.pop")
            took.append(int(await page.locator("body").get_attribute("data-pop") or 9999))
            await until(lambda: len(phone.orders) == len(took))
            await desk.floor.move(given.id, "refused", "caller_gone")
            await desk.floor.set_status("anna", "ready")  # type: ignore[arg-type]
        # A quiet machine: 30 to 60 ms, and a turn of 20 to 40.
        assert sorted(took)[4] <= 150 + 10 * sorted(turns)[4], (took, turns)


async def test_whoever_is_quicker_than_the_page_opens_the_next_dialog_and_keys_into_it(desk: House, browser: Browser) -> None:
    """The first one's close is told when the second has been painted: it is not the second's."""
    await desk.hire("anna", answer="desk", ready=True)
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        await desk.give(await desk.caller(), "anna")
        await expect(page.locator(".item.shown")).to_be_visible()
        await page.keyboard.press("a")
        await expect(page.locator(".now.connected")).to_be_visible()
        await page.keyboard.press("t")
        await expect(page.locator("dialog.transfer")).to_be_visible()
        # In one turn of the page: no frame is painted between them, and no event comes.
        await page.evaluate(
            """() => { for (const [key, code] of [["Escape", "Escape"], ["k", "KeyK"]])
                (document.activeElement ?? document.body).dispatchEvent(new KeyboardEvent("keydown", { key, code, bubbles: true, cancelable: true })) }"""
        )
        await expect(page.locator("dialog.keypad")).to_be_visible()
        # Late, as on a busy machine.
        await page.evaluate("() => document.querySelector('dialog').dispatchEvent(new Event('close'))")
        await page.keyboard.press("4")
        await expect(page.locator("dialog.keypad output")).to_have_text("4")
        assert "keys" in phone.kinds()
