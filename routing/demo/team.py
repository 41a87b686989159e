"""The demo's two operators: known to the floor and ready, each with a telephone of its own process, and with the desk's page where there is a browser."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from contextlib import AsyncExitStack
from dataclasses import replace
from functools import partial
from types import TracebackType
from typing import Any

from routing.demo.browser import NoBrowser, chromium
from routing.demo.cast import ANNA, BORIS, CASTS
from routing.demo.peer import Peer
from routing.demo.post import PagePost, Post, logged_in
from routing.desk.front import Front
from routing.floor.records import Operator, Role
from routing.staff_cli import seed

DEPTHS = {ANNA: 0.94, BORIS: 1.1}  # see handset.py
UP_S = 30.0


class Team:
    """`async with Team(...) as team`: at work inside the block. heard: what a telephone tells, with whose it is.

    wanted: whether pages are opened; windowed: whether they can be seen; without: told why there are none.
    """

    def __init__(
        self, front: Front, url: str, language: str, heard: Callable[[str, dict[str, Any]], None], *,
        wanted: bool, windowed: bool, without: Callable[[NoBrowser], None],
    ) -> None:  # fmt: skip
        self.front, self.url, self.language, self.heard = front, url, language, heard
        self.wanted, self.windowed, self.without = wanted, windowed, without
        self.cast = CASTS[language]
        self.password = secrets.token_urlsafe(9)
        self.phones: dict[str, Peer] = {}
        self.posts: dict[str, Post] = {}
        self.operators: dict[str, Operator] = {}
        self._ports: dict[str, asyncio.Future[int]] = {}
        self._phones, self._pages = AsyncExitStack(), AsyncExitStack()

    async def __aenter__(self) -> Team:
        try:
            await self._call_in()
        except BaseException:
            await self.__aexit__(None, None, None)
            raise
        return self

    async def __aexit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        await self.close_pages()
        await self._phones.aclose()

    async def close_pages(self) -> None:
        """The browser goes; whoever stays works without it."""
        await self._pages.aclose()

    def say(self, who: str, text: str) -> None:
        """On his telephone."""
        self.phones[who].say(text)

    # Inside

    async def _call_in(self) -> None:
        for name, lines in self.cast.lines.items():
            self._ports[name] = asyncio.get_running_loop().create_future()
            told = partial(self._told, name)
            phone = Peer("routing.demo.handset", self.language, str(DEPTHS[name]), told=told)
            self.phones[name] = await self._phones.enter_async_context(phone)
            phone.say(lines)
        async with asyncio.timeout(UP_S):
            ports = {name: await port for name, port in self._ports.items()}
        uris = [f"sip:{name}@127.0.0.1:{port}" for name, port in ports.items()]
        for operator, called in zip(await seed(self.front.floor, *uris), self.cast.names, strict=True):
            # The first one reads the reports, too.
            roles = (*operator.roles, *((Role.SUPERVISOR,) if operator.id == ANNA else ()))
            self.operators[operator.id] = replace(operator, name=called, roles=roles)
            await self.front.floor.keep_operator(self.operators[operator.id])
            await self.front.accounts.set(operator.id, self.password)
            self.posts[operator.id] = Post(self.front, self.operators[operator.id])
        if self.wanted:
            await self._open_pages()

    async def _open_pages(self) -> None:
        try:
            browser = await self._pages.enter_async_context(chromium(self.windowed))
            for name, operator in self.operators.items():
                page = await self._pages.enter_async_context(logged_in(browser, self.url, self.language, name, self.password))
                self.posts[name] = PagePost(self.front, operator, page, self.language)
        except NoBrowser as error:
            await self._pages.aclose()
            self.posts = {name: Post(self.front, operator) for name, operator in self.operators.items()}
            self.without(error)

    def _told(self, name: str, fact: dict[str, Any]) -> None:
        if fact["what"] == "up":
            self._ports[name].set_result(int(fact["port"]))
        else:
            self.heard(name, fact)
