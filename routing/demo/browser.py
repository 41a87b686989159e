"""The visitor of the demo's chat in a real browser: the shop's page, its widget, typed letter by letter. Playwright drives it.

What the chat shows is told as its socket brings it, as a `Visitor` without a browser tells it. Raises NoBrowser where there is
none: the demo then goes on without.
"""

from __future__ import annotations

import asyncio
import json
import os
import shutil
from collections.abc import AsyncIterator, Callable
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING

from ivr.channels.chat.visitor import Entry, Visitor
from voice.errors import HotlineError

if TYPE_CHECKING:
    from playwright.async_api import Browser, BrowserContext, Page, ViewportSize, WebSocket

PROGRAMS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
DISPLAYS = ("DISPLAY", "WAYLAND_DISPLAY")
LETTER_MS = 45.0
STEP_MS = 15_000.0
FAREWELL_S = 3.0  # for whoever watches to read the six digits
SIZE: ViewportSize = {"width": 1180, "height": 760}


class NoBrowser(HotlineError):
    """No browser can be driven here; `remedy` says what is missing."""


def display() -> bool:
    """Whether a window could be seen."""
    return any(os.environ.get(name) for name in DISPLAYS)


@asynccontextmanager
async def chromium(windowed: bool) -> AsyncIterator[Browser]:
    """A Chromium of the machine's own. Raises NoBrowser."""
    try:
        from playwright.async_api import Error, async_playwright
    except ImportError:
        raise NoBrowser("playwright is not installed", 'pip install "playwright>=1.55"') from None
    program = next(filter(None, map(shutil.which, PROGRAMS)), None)
    if program is None:
        raise NoBrowser("no Chromium is installed", "apt-get install chromium")
    async with async_playwright() as playwright:
        # Root cannot have Chromium's own sandbox.
        extra = ["--no-sandbox"] if os.geteuid() == 0 else []
        try:
            browser = await playwright.chromium.launch(
                executable_path=program, headless=not windowed, args=[*extra, "--disable-dev-shm-usage"]
            )
        except Error as error:
            raise NoBrowser(f"Chromium does not start: {first_line(error)}") from None
        try:
            yield browser
        finally:
            await shut(browser)


async def shut(what: Browser | BrowserContext) -> None:
    """Close it, if it is still there: Ctrl-C in a terminal ends the browser, too, and it may be the first."""
    from playwright.async_api import Error

    with suppress(Error):
        await what.close()


def first_line(error: Exception) -> str:
    """What a person needs of it."""
    return str(error).splitlines()[0]


class BrowserVisitor(Visitor):
    """`async with BrowserVisitor(url, language, seen, picture) as visitor`: in a window where there is a display, else without one.

    picture: where the page is kept as it looked in the end (PNG).
    """

    def __init__(self, url: str, language: str, seen: Callable[[Entry], None], picture: Path) -> None:
        super().__init__(url, language, seen)
        self.picture = picture
        self.windowed = display()
        self._page: Page | None = None
        self._open = AsyncExitStack()

    async def __aenter__(self) -> BrowserVisitor:
        browser = await self._open.enter_async_context(chromium(self.windowed))
        from playwright.async_api import Error

        try:
            page = self._page = await browser.new_page(viewport=SIZE)
            page.set_default_timeout(STEP_MS)
            page.on("websocket", self._opened)
            await page.goto(f"{self.url}/demo/{self.language}")
            await page.locator("[data-hotline-open]").first.click()
        except Error as error:
            await self._open.aclose()
            raise NoBrowser(f"the page does not open: {first_line(error)}") from None
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        try:
            if self._page is not None and kind is None:
                self.picture.parent.mkdir(parents=True, exist_ok=True)
                await self._page.screenshot(path=self.picture)
                if self.windowed:
                    await asyncio.sleep(FAREWELL_S)
        finally:
            await self._open.aclose()

    async def send(self, message: Entry) -> None:
        """As a person does it: type and press Enter; press the button for a call."""
        from playwright.async_api import Error

        assert self._page is not None
        try:
            if message["type"] == "say":
                await self._page.locator("textarea").press_sequentially(str(message["text"]), delay=LETTER_MS)
                await self._page.keyboard.press("Enter")
            elif message["type"] == "ticket":
                await self._page.locator(".head button.quiet").first.click()
        except Error as error:
            raise NoBrowser(f"the page does not do as it is told: {first_line(error)}") from None

    def _opened(self, socket: WebSocket) -> None:
        socket.on("framereceived", self._frame)

    def _frame(self, data: str | bytes) -> None:
        self.came(json.loads(data))
