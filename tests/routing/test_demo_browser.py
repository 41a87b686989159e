"""The demo's visitor in a real Chromium does what the one without a browser does; where there is none, that is said in a sentence."""

from __future__ import annotations

import asyncio
import builtins
import contextlib
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from playwright.async_api import Error

from ivr.channels.chat.visitor import Entry
from ivr.memory.memory import remembering
from routing.demo.browser import PROGRAMS, BrowserVisitor, NoBrowser, chromium, shut
from routing.demo.run import WEB
from routing.web import Web
from tests.peers.redis import RedisServer
from tests.routing.house import flow


@pytest.mark.real
@pytest.mark.timeout(60)
@pytest.mark.skipif(not any(map(shutil.which, PROGRAMS)), reason="no Chromium on this machine (apt-get install chromium)")
@pytest.mark.parametrize(
    ("language", "words", "day"),
    [("en", "My order 4711 has not come.", "Which day"), ("ru", "Мой заказ 4711 не пришёл.", "какой день")],
)
def test_it_types_and_leaves_with_six_digits(
    language: str, words: str, day: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    for name in ("DISPLAY", "WAYLAND_DISPLAY"):
        monkeypatch.delenv(name, raising=False)
    shown: list[Entry] = []
    picture = tmp_path / "pictures" / "chat.png"

    async def visited() -> str:
        with RedisServer() as redis:
            async with (
                remembering(redis.url, tmp_path) as memory,
                Web(WEB, memory, flow()) as web,
                BrowserVisitor(web.url, language, shown.append, picture) as visitor,
            ):
                assert not visitor.windowed
                await visitor.until(lambda entry: entry.get("who") == "house")
                await visitor.say(words)
                await visitor.until(lambda entry: day in str(entry.get("text")))
                return await visitor.ticket()

    ticket = asyncio.run(visited())
    assert len(ticket) == 6
    assert ticket.isdigit()
    assert [entry["text"] for entry in shown if entry.get("who") == "visitor"] == [words]
    assert picture.read_bytes().startswith(b"\x89PNG")


@pytest.mark.real
@pytest.mark.timeout(60)
@pytest.mark.skipif(not any(map(shutil.which, PROGRAMS)), reason="no Chromium on this machine (apt-get install chromium)")
async def test_a_browser_that_is_gone_is_closed_without_a_word() -> None:
    async with chromium(windowed=False) as browser:
        context = await browser.new_context()
        session = await browser.new_browser_cdp_session()
        crash = asyncio.create_task(session.send("Browser.crash"))
        await shut(context)
        with contextlib.suppress(Error):
            await crash


def nothing_installed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shutil, "which", lambda name: None)


def without_playwright(monkeypatch: pytest.MonkeyPatch) -> None:
    real = builtins.__import__

    def refusing(name: str, *more: Any, **named: Any) -> Any:
        if name.startswith("playwright"):
            raise ImportError(name)
        return real(name, *more, **named)

    monkeypatch.setattr(builtins, "__import__", refusing)


@pytest.mark.parametrize(("missing", "remedy"), [(nothing_installed, "apt-get install"), (without_playwright, "pip install")])
def test_where_there_is_no_browser_that_is_said(
    missing: Callable[[pytest.MonkeyPatch], None], remedy: str, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    missing(monkeypatch)

    async def visited() -> None:
        async with BrowserVisitor("http://127.0.0.1:9", "en", lambda entry: None, tmp_path / "chat.png"):
            raise AssertionError("there is none")

    with pytest.raises(NoBrowser) as refused:
        asyncio.run(visited())
    assert remedy in refused.value.remedy
