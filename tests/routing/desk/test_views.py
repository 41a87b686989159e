"""Every view of the desk, in both languages, light and dark: axe-core finds no fault; hostile text is only text; what the others' views do."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Browser, Route, expect

from ivr.memory.sounds import Sounds
from routing.desk.figures import table
from routing.floor.contacts import Contacts
from routing.switchboard.recordings import Piece as Tape
from routing.switchboard.recordings import Recorded, Recordings
from tests.routing.desk.browsing import CHROMIUM, faults, log_in, opened, picture
from tests.routing.desk.house import House, Phone
from tests.routing.desk.known import customer
from tests.routing.hostile import PAYLOADS
from voice.vault import Vault


def browsing(test: Callable[..., Any]) -> Callable[..., Any]:
    """A test that needs a real browser."""
    there = pytest.mark.skipif(CHROMIUM is None, reason="no Chromium on this machine (apt-get install chromium)")
    return pytest.mark.real(pytest.mark.timeout(180)(there(test)))


PAGES = Path(__file__).parents[3] / "routing" / "desk" / "pages"
DAY_MS = 86_400_000
# What stands in a node and does not lie within it.
CUT = """node => { const whole = node.getBoundingClientRect();
    return [...node.querySelectorAll("*")].filter(one => !one.closest(".unseen, option")).map(one => [one.outerHTML.slice(0, 80), one.getBoundingClientRect()])
        .filter(([, box]) => box.width && (box.left < whole.left || box.right > whole.right)).map(([html]) => html) }"""


def words(language: str) -> dict[str, Any]:
    return dict(json.loads((PAGES / "words" / f"{language}.json").read_text()))


def test_both_languages_have_every_word_and_every_plural() -> None:
    en, ru = words("en"), words("ru")
    assert en.keys() == ru.keys()
    for key in en:
        assert isinstance(en[key], dict) is isinstance(ru[key], dict), key
        if isinstance(en[key], dict):
            assert en[key].keys() == {"one", "other"}, key
            assert ru[key].keys() == {"one", "few", "many", "other"}, key
        texts = [
            *(en[key].values() if isinstance(en[key], dict) else [en[key]]),
            *(ru[key].values() if isinstance(ru[key], dict) else [ru[key]]),
        ]
        assert all(texts), key
        assert len({tuple(sorted(re.findall(r"\{(\w+)\}", text))) for text in texts}) == 1, key


def test_no_script_asks_for_a_word_that_is_not_there() -> None:
    known = words("en")
    scripts = {path.name: path.read_text() for path in PAGES.glob("*.js")}
    whole = {(name, key) for name, text in scripts.items() for key in re.findall(r'\bt\("([^"]+)"', text) if name != "words.js"}
    begun = {(name, key) for name, text in scripts.items() for key in re.findall(r"\bt\(`([^`$]+)\$\{", text)}
    assert len(whole) > 100
    assert not {(name, key) for name, key in whole if key not in known}
    assert not {(name, key) for name, key in begun if not any(one.startswith(key) for one in known)}


def test_all_that_the_trail_tells_has_words() -> None:
    """What is written there in Python, and what an auditor may choose."""
    code = "".join(path.read_text() for path in PAGES.parent.glob("*.py"))
    told = set(re.findall(r'trail\.noted?\([^,]+, "(\w+)"', code))
    assert len(told) > 8
    chosen = set(re.findall(r'"(\w+)"', re.search(r"const kinds = \[(.*)\]", (PAGES / "trail.js").read_text())[1]))  # type: ignore[index]
    for language in ("en", "ru"):
        assert not {what for what in told | chosen if f"trail.{what}" not in words(language)}
    assert told <= chosen


def test_no_script_makes_html_out_of_text_or_asks_another_host() -> None:
    for path in PAGES.rglob("*.*"):
        text = path.read_text()
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|unsafeHTML|unsafe-html|\beval\(|new Function", text
        ), path.name
        hosts = set(re.findall(r"https?://([\w.-]+)", text)) - {"www.w3.org"}
        assert not hosts, path.name
        assert path.suffix == ".json" or len(text.splitlines()) <= 400, path.name


def test_a_table_for_a_spreadsheet_holds_no_formula() -> None:
    rows = [
        {"name": name, "contacts": 1, "fcr": None, "aht_s": 12.5}
        for name in ("=cmd|' /C calc'!A0", "+1", "-1", "@x", "\tx", "\rx", 'a"b,c', "Анна")
    ]
    text = table(rows)
    assert text.startswith("\ufeffname,contacts,fcr,aht_s\r\n")
    for line in text.splitlines()[1:]:
        assert line.lstrip('"')[:1] not in "=+-@\t\r"
    assert '"a""b,c",1,,12.5' in text
    assert table([]) == "\ufeff\r\n"


async def busy(desk: House, phone: Phone) -> None:
    """A floor on which something goes on."""
    who, number, matter = await customer(desk.memory)
    await desk.hire("anna", called="Анна Орлова", ready=True)
    await desk.hire("boris", called="Boris Lebedev", ready=True)
    await desk.hire("clara", called="Clara Weiss", ready=True)
    await desk.floor.set_status("clara", "pause", "lunch")  # type: ignore[arg-type]
    request = await desk.caller(customer=who, identity=number.address, matter=matter, language="ru")
    await phone.say(request.call, "house", "Здравствуйте! Чем могу помочь?", 0)
    await phone.say(request.call, "caller", "посылка 4711 не пришла", 1)
    await desk.give(request, "anna")
    await desk.caller(vip=True)
    await desk.caller(medium="chat", skill="returns", topic="refund", language="ru")
    contacts, now = Contacts(desk.memory.store), desk.memory.now_ms()
    for n in range(40):
        ended = now - (n % 10) * DAY_MS - 60_000 * n
        await contacts.keep(
            f"old-{n}", ended, medium="call", skill=("delivery", "returns")[n % 2], operator=("anna", "boris", "clara")[n % 3],
            outcome="handled" if n % 6 else "gone", waited=1000 * (5 + 3 * (n % 9)), talked=1000 * (90 + 17 * (n % 7)), wrap=20_000, csat=3 + n % 3,
            since=ended - 200_000, customer=f"c{n}", topic="parcel", questions=5, repeated=n % 2,
        )  # fmt: skip


@browsing
@pytest.mark.parametrize(("language", "scheme"), [("en", "light"), ("ru", "dark")])
async def test_axe_finds_no_fault_in_any_view(desk: House, browser: Browser, language: str, scheme: str) -> None:
    await desk.hire("boss", "operator", "supervisor", "administrator", "auditor", called="Ольга Ким")
    async with Phone(desk) as phone:
        await busy(desk, phone)
        # The page's own CSP would keep axe-core out, too.
        async with opened(browser, desk, "", language, color_scheme=scheme, bypass_csp=True) as page:
            await expect(page.locator("#name")).to_be_visible()
            assert await faults(page) == []
            for name in ("anna", "boss"):
                await page.locator("#name").fill(name)
                await page.locator("#password").fill("correct horse battery")
                await page.keyboard.press("Enter")
                await expect(page.locator(".top")).to_be_visible()
                if name == "anna":
                    await expect(page.locator(".now.connected")).to_be_visible()
                    assert await faults(page) == []
                    await picture(page, f"desk-{language}-{scheme}")
                    for key, dialog in (("?", "keys"), ("t", "transfer"), ("k", "keypad")):
                        await page.keyboard.press(key)
                        await expect(page.locator(f"dialog.{dialog}")).to_be_visible()
                        assert await faults(page) == []
                        assert await page.locator("dialog").evaluate(CUT) == []
                        await page.keyboard.press("Escape")
                    await page.keyboard.press("Shift+E")
                    await expect(page.locator(".wrap.over")).to_be_visible()
                    assert await faults(page) == []
                    await page.locator(".me summary").click()
                    await page.locator(".menu button").nth(1).click()
            tabs = page.locator(".tab")
            await expect(tabs).to_have_count(6)
            for n, view in ((1, "wall"), (2, "reports"), (3, "tapes"), (4, "staff"), (5, "trail")):
                await tabs.nth(n).click()
                await expect(page.locator(f"main.{view} table").first).to_be_visible()
                if view == "reports":
                    await expect(page.locator("#chart canvas")).to_be_visible()
                    for heading in ("service_level", "aht_s"):
                        await page.get_by_role("button", name=words(language)[f"column.{heading}"]).click()
                await picture(page, f"desk-{view}-{language}-{scheme}")
                assert await faults(page) == []
                if view == "staff":
                    await page.locator("main.staff .tools .main").click()
                    assert await faults(page) == []
                    assert await page.locator("dialog").evaluate(CUT) == []
                    await picture(page, f"desk-operator-{language}-{scheme}")
                    await page.keyboard.press("Escape")
            small = await page.evaluate(
                """() => [...document.querySelectorAll("button, a, input, select")].map(node => [node.outerHTML.slice(0, 80), node.getBoundingClientRect()])
                    .filter(([html, box]) => box.width && (box.width < 24 || box.height < 24) && !html.includes("checkbox") && !html.includes("radio")).map(([html]) => html)"""
            )
            assert small == []
            wide = await page.evaluate("() => document.documentElement.scrollWidth - innerWidth")
            assert wide <= 0


@browsing
async def test_hostile_text_in_every_field_is_only_text(desk: House, browser: Browser) -> None:
    bad = PAYLOADS[3]
    await desk.hire("anna", called=bad[:80], ready=True, answer="desk", team=bad[:40])
    await desk.hire("eve", called=PAYLOADS[1][:80], ready=True)
    who, number, matter = await customer(desk.memory, name=PAYLOADS[0])
    await desk.memory.customers.learn(who, "crm", note=PAYLOADS[2], city=PAYLOADS[9])
    known = await desk.memory.matters.load(matter)
    assert known is not None
    await desk.memory.matters.checkpoint(
        replace(known, topic=PAYLOADS[6], step=PAYLOADS[7], state={"facts": [{"name": PAYLOADS[8], "value": PAYLOADS[4]}]})
    )
    async with Phone(desk) as phone, opened(browser, desk, "anna") as page:
        asked: list[str] = []
        ran: list[str] = []
        page.on("request", lambda request: asked.append(request.url))
        page.on("dialog", lambda dialog: ran.append(dialog.message))
        await page.evaluate(
            "() => addEventListener('securitypolicyviolation', event => { (window.broken ||= []).push(event.blockedURI) })"
        )
        request = await desk.caller(
            customer=who, identity=number.address, matter=matter, topic=PAYLOADS[5], why=bad, summary={"en": bad, "ru": bad}, skill="",
        )  # fmt: skip
        await desk.caller(topic=PAYLOADS[11], skill="")
        for n, payload in enumerate(PAYLOADS):
            await phone.say(request.call, "caller", payload, n)
        await desk.give(request, "anna")
        await expect(page.get_by_role("log").locator(".said")).to_have_count(len(PAYLOADS))
        await page.keyboard.press("a")
        await expect(page.locator(".now.connected")).to_be_visible()
        await page.keyboard.press("t")
        await expect(page.locator("dialog.transfer")).to_be_visible()
        await page.keyboard.press("Escape")
        shown = await page.get_by_role("log").locator(".said p").all_inner_texts()
        assert [" ".join(text.split()) for text in shown] == [" ".join(text.split()) for text in PAYLOADS]
        assert (
            await page.locator("#desk").locator("script, iframe, style, link, object, embed, base, math, video, marquee").count()
            == 0
        )
        assert await page.locator("#desk img").count() == 1  # the house's own
        assert await page.evaluate("() => [window.hacked, window.broken]") == [None, None]
        assert ran == []
        assert not [url for url in asked if not url.startswith((desk.url, desk.url.replace("http", "ws"), "data:"))]


@browsing
async def test_a_supervisor_looks_listens_and_sorts(desk: House, browser: Browser) -> None:
    await desk.hire("boss", "supervisor", called="Olga Kim")
    async with Phone(desk) as phone:
        await busy(desk, phone)
        async with opened(browser, desk, "boss") as page:
            await page.get_by_role("button", name="Wall").click()
            wall = page.locator("main.wall")
            await expect(wall).to_contain_text("Delivery")
            await expect(wall.get_by_role("row", name="Clara Weiss")).to_contain_text("Break")
            (mine,) = await desk.floor.assignments("anna")
            for move in ("shown", "ringing", "connected"):
                await desk.floor.move(mine.id, move)
            await wall.get_by_role("row", name="Анна Орлова").get_by_role("button", name="Listen").click()
            await expect(page.get_by_role("log")).to_contain_text("посылка 4711 не пришла")
            await phone.say(mine.contact, "caller", "когда её ждать", 2)
            await expect(page.get_by_role("log")).to_contain_text("когда её ждать")
            await expect(page.get_by_role("button", name="Hang up")).to_have_count(0)
            await page.get_by_role("button", name="Stop looking").click()
            async with asyncio.timeout(20):
                while "listen_end" not in phone.kinds():
                    await asyncio.sleep(0.02)
            assert [kind for kind in phone.kinds() if kind.startswith("listen")] == ["listen", "listen_end"]
            trail = [line["what"] for line in await desk.front.trail.read()]
            assert "listen" in trail
            await page.get_by_role("button", name="Reports").click()
            await expect(page.locator("table.report tbody tr").first).not_to_contain_text("so far")  # nine days ago
            await expect(page.locator("table.report tbody tr").last).to_contain_text("so far")
            await page.get_by_label("By", exact=True).select_option("operator")
            await expect(page.locator("table.report tbody")).to_contain_text("Clara Weiss")
            first = page.locator("table.report tbody tr th").first
            await page.get_by_role("button", name="AHT").click()
            await expect(page.locator("th[aria-sort=descending]")).to_contain_text("AHT")
            high = await page.locator("table.report tbody tr th").all_inner_texts()
            await page.get_by_role("button", name="AHT").click()
            await expect(page.locator("th[aria-sort=ascending]")).to_contain_text("AHT")
            low = await page.locator("table.report tbody tr th").all_inner_texts()
            assert high == low[::-1]
            await expect(first).to_be_visible()
            async with page.expect_download() as download:
                await page.get_by_role("link", name="As a file (CSV)").click()
            path = await (await download.value).path()
            text = Path(path).read_text("utf-8-sig")
            assert text.startswith("name,contacts")
            assert "Анна Орлова" in text


@browsing
async def test_a_recording_is_heard_with_its_words(desk: House, browser: Browser, tmp_path: Path) -> None:
    """A real one: sealed in a vault, opened as it is fetched, played by the browser, its lines marked as they are said."""
    await desk.hire("boss", "supervisor")
    store, now = desk.memory.store, desk.memory.now_ms
    vault = Vault(tmp_path / "vault")
    kept = Recordings(store, vault, Sounds(store, vault, now), now, DAY_MS, words=True)
    begun = now() - 60_000
    for n in range(2):
        with vault.writer() as writer:
            writer.write(b"\x10\x00\xf0\xff" * 8000)  # a second of two channels
            sound = writer.seal()
        await kept.add(Recorded("call-7"), Tape(sound, begun + n * 10_000, 1000))
    desk.front.tapes.recordings = kept
    async with Phone(desk) as phone, opened(browser, desk, "boss") as page:
        for n, (text, at_ms) in enumerate((("first words", begun + 100), ("last words", begun + 10_300))):
            line = {"call": "call-7", "n": n, "who": "caller", "text": text, "at_ms": at_ms}
            await store.command("RPUSH", "hotline:floor:talk:call-7", json.dumps(line))
        assert phone.orders == []
        await page.get_by_role("button", name="Recordings").click()
        await page.get_by_role("button", name=re.compile("^Play")).click()
        sound_node = page.locator(".tape audio")
        await expect(sound_node).to_be_visible()
        await page.wait_for_function("() => document.querySelector('.tape audio').duration > 1.9")
        assert 1.9 < await sound_node.evaluate("node => node.duration") < 2.1
        await page.get_by_role("button", name="last words").click()
        await expect(page.locator(".tape .now-said")).to_contain_text("last words")
        await expect(page.locator(".tape")).to_contain_text("parts to come: 2")
        # Its words are written down meanwhile, behind what was said to the house.
        words = {"call": "call-7", "n": 2 * (begun + 500), "who": "operator", "text": "words between", "at_ms": begun + 500}
        for piece in (await kept.of("call-7")).pieces:  # type: ignore[union-attr]
            await store.run("routing.floor/words", "call-7", piece.sound, now(), DAY_MS, json.dumps(words))
            words = {**words, "n": 2 * (begun + 10_500), "text": "words at the end", "at_ms": begun + 10_500}
        await page.get_by_role("button", name="Look again").click()
        await expect(page.locator(".tape ol li")).to_contain_text(
            ["first words", "words between", "last words", "words at the end"]
        )
        await expect(page.get_by_role("button", name="Look again")).to_have_count(0)
        assert await sound_node.evaluate("node => node.currentTime") >= 1.2
        await picture(page, "desk-tape")
        await page.get_by_role("button", name="Close").click()
        await expect(sound_node).to_have_count(0)
        # Whoever is quicker than the sound is taken there when it has come.
        hold = asyncio.Event()

        async def slowly(route: Route) -> None:
            await hold.wait()
            await route.continue_()

        await page.route("**/desk/recording/**", slowly)
        await page.get_by_role("button", name=re.compile("^Play")).click()
        await page.get_by_role("button", name="last words").click()
        await expect(sound_node).to_have_count(0)
        hold.set()
        await expect(page.locator(".tape .now-said")).to_contain_text("last words")
    assert {line["how"] for line in await desk.front.trail.read(what="recording")} == {"heard", "read"}


@browsing
async def test_an_administrator_hires_and_an_auditor_reads(desk: House, browser: Browser) -> None:
    await desk.hire("root", "administrator", "auditor")
    async with opened(browser, desk, "root") as page:
        await page.get_by_role("button", name="Operators").click()
        await page.get_by_role("button", name="New operator").click()
        dialog = page.get_by_role("dialog")
        for label, text in (
            ("Login", "pavel"),
            ("Name", "Pavel"),
            ("Password", "three unlike words"),
            ("Skills", "delivery 3, returns 1"),
            ("Phone (SIP)", "nonsense"),
        ):
            await dialog.get_by_label(label, exact=True).fill(text)
        await dialog.get_by_role("button", name="Keep").click()
        await expect(dialog).to_contain_text("SIP address")
        await dialog.get_by_label("Phone (SIP)").fill("sip:pavel@pbx.example")
        await dialog.get_by_role("button", name="Keep").click()
        await expect(page.get_by_role("row", name="Pavel")).to_contain_text("delivery 3, returns 1")
        made = await desk.floor.operator("pavel")
        assert made is not None
        assert (made.skills, made.uri) == ({"delivery": 3, "returns": 1}, "sip:pavel@pbx.example")
        async with opened(browser, desk) as his:
            await log_in(his, "pavel", "three unlike words")
            await expect(his.locator(".me")).to_contain_text("Pavel")
            await page.get_by_role("button", name="Change: Pavel").click()
            await dialog.get_by_role("button", name="End sessions").click()
            await expect(his.locator(".door")).to_contain_text("Your session is over")
            await page.keyboard.press("Escape")
        await page.get_by_role("button", name="Audit").click()
        await expect(page.locator("main.trail")).to_contain_text("pavel")
        await expect(page.locator("main.trail tbody tr")).not_to_have_count(0)
