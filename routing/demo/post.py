"""An operator's place at the desk, as the demo works it: by the page in a real browser, or, where there is none, without a page."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from routing.demo.browser import NoBrowser, first_line, shut
from routing.desk.asking import Ask
from routing.desk.front import Front
from routing.desk.gate import Visitor
from routing.desk.sessions import Session
from routing.floor.records import Assignment, Operator

if TYPE_CHECKING:
    from playwright.async_api import Browser, Page, ViewportSize

SIZE: ViewportSize = {"width": 1280, "height": 720}
LOCALES = {"en": "en-GB", "ru": "ru-RU"}
REPORTS = {"en": "Reports", "ru": "Отчёты"}
RECORDINGS = {"en": "Recordings", "ru": "Записи"}
STEP_MS = 15_000.0
LETTER_MS = 15.0


class Post:
    """Without a page: the desk is asked what its page would ask. Where it shows nothing, the phone rings all the same."""

    def __init__(self, front: Front, operator: Operator) -> None:
        self.front, self.operator = front, operator

    def code(self, name: str, language: str) -> str:
        """A result of a talk, as the page calls it."""
        return next(str(getattr(one, language)) for one in self.front.settings.codes if one.id == name)

    async def popped(self) -> int | None:
        """Wait for the pop; milliseconds from the decision to the painted page, None where there is no page."""
        return None

    async def consult(self, assignment: Assignment, colleague: Operator) -> None:
        """Ask a colleague, while the caller waits."""
        await self._ask("consult", assignment, operator=colleague.id)

    async def hand_over(self, assignment: Assignment) -> None:
        """The colleague has the caller from now on."""
        await self._ask("transfer_attended", assignment)

    async def wrap_up(self, assignment: Assignment, code: str, note: str, *, closes: bool) -> None:
        """The talk is over: what it was, a note, and whether the matter is closed."""
        await self._ask("wrap_up", assignment, code=code, note=note, matter="close" if closes else "open")

    async def report(self) -> str:
        """The report of the day, as one reads it; "" without a page."""
        return ""

    async def recording(self, words: str) -> None:
        """The recording of the last call, with what was written down: these words are in it."""

    async def picture(self, path: Path) -> None:
        """The page as it looks now."""

    async def _ask(self, what: str, assignment: Assignment, **fields: Any) -> None:
        ask = Ask(secrets.token_hex(4), what, {"assignment": assignment.id, **fields})
        await self.front.doors()[what].do(Visitor(Session("demo", self.operator.id, 0), self.operator), ask)


class PagePost(Post):
    """The page, by its own buttons and keys. `page` is logged in."""

    def __init__(self, front: Front, operator: Operator, page: Page, language: str) -> None:
        super().__init__(front, operator)
        self.page, self.language = page, language

    async def popped(self) -> int | None:
        with steps():
            await self.page.wait_for_function("() => document.body.dataset.pop")
            took = int(await self.page.locator("body").get_attribute("data-pop") or 0)
            await self.page.locator(".before summary").click()  # what was before this call, unfolded
            return took

    async def consult(self, assignment: Assignment, colleague: Operator) -> None:
        with steps():
            await self.page.keyboard.press("t")
            await self.page.locator("dialog li", has_text=colleague.name).locator("button").first.click()

    async def hand_over(self, assignment: Assignment) -> None:
        with steps():
            await self.page.locator(".bar button.main").click()

    async def wrap_up(self, assignment: Assignment, code: str, note: str, *, closes: bool) -> None:
        label = self.code(code, self.language)
        with steps():
            form = self.page.locator("form.wrap.over")
            await form.locator(".chip", has_text=label).click()
            await form.locator("#wrapnote").press_sequentially(note, delay=LETTER_MS)
            await form.locator(".check input").set_checked(closes)
            await form.locator("button.main").click()
            await form.wait_for(state="detached")

    async def report(self) -> str:
        with steps():
            await self.page.locator("nav .tab", has_text=REPORTS[self.language]).click()
            row = await self.page.locator("table.report tbody tr").first.inner_text()
            return " ".join(row.split())

    async def recording(self, words: str) -> None:
        with steps():
            await self.page.locator("nav .tab", has_text=RECORDINGS[self.language]).click()
            await self.page.locator("main.tapes tbody button").first.click()
            line = self.page.locator(".tape li button", has_text=words).first
            await line.click()
            await self.page.locator(".tape .now-said", has_text=words).wait_for()
            await self.page.locator(".tape audio").evaluate("(node) => node.pause()")

    async def picture(self, path: Path) -> None:
        path.parent.mkdir(parents=True, exist_ok=True)
        with steps():
            await self.page.screenshot(path=path)
            before = self.page.locator(".before[open] > summary")
            if await before.count():
                await before.click()  # from now on, what is said


@contextlib.contextmanager
def steps() -> Iterator[None]:
    """What a page does not do is said in a sentence."""
    from playwright.async_api import Error

    try:
        yield
    except Error as error:
        raise NoBrowser(f"the desk's page does not do as it is told: {first_line(error)}") from None


@contextlib.asynccontextmanager
async def logged_in(browser: Browser, url: str, language: str, name: str, password: str) -> AsyncIterator[Page]:
    """The desk's page in a window of its own. Raises NoBrowser where it does not open."""
    context = await browser.new_context(viewport=SIZE, locale=LOCALES[language])
    try:
        with steps():
            page = await context.new_page()
            page.set_default_timeout(STEP_MS)
            await page.goto(f"{url}/desk")
            await page.locator("#name").fill(name)
            await page.locator("#password").fill(password)
            await page.keyboard.press("Enter")
            await page.locator(".top").wait_for()
        yield page
    finally:
        await shut(context)
