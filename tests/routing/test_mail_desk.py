"""A mail that the flow gives to a person, from one mail server to the other: it waits, is answered at the desk in its thread, and who answers that finds his operator."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import aiosmtplib
import pytest
from rich.console import Console

import ivr
from ivr.flow import load
from ivr.memory.memory import remembering
from routing.channels import Channels
from routing.desk import mails
from routing.desk.asking import Ask
from routing.desk.front import Front
from routing.desk.gate import Visitor
from routing.desk.sessions import Session
from routing.floor.records import Availability, Operator, Request
from routing.serve import front_of, open_web, router_of
from routing.settings import parse
from tests.ivr.channels.email.conftest import mail
from tests.peers.redis import RedisServer
from tests.routing.test_channels import Post, post

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]
__all__ = ["post"]  # a fixture
PLEA = "I want to speak to a person about my refund, please."


async def until(found: Callable[[], Awaitable[Any]]) -> Any:
    async with asyncio.timeout(30):
        while not (value := await found()):
            await asyncio.sleep(0.02)
        return value


async def do(front: Front, what: str, id: str, **fields: Any) -> None:
    person = await front.floor.operator("anna")
    assert person is not None
    await front.doors()[what].do(Visitor(Session("s", "anna", 0), person), Ask(id, what, fields))


async def answered(post: Post, number: int) -> EmailMessage:
    """The so-manieth mail that a person wrote: acknowledgements of the house say that they are automatic."""
    await until(lambda: asyncio.sleep(0, len([one for one in post.took if one["Auto-Submitted"] is None]) > number))
    return [one for one in post.took if one["Auto-Submitted"] is None][number]


async def test_there_and_back_and_there_again(post: tuple[int, Post], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(mails, "UNDO_MS", 100)
    port, server = post
    sends = {"host": "127.0.0.1", "port": port, "tls": "none"}
    house = {"address": "help@h.example", "review": str(tmp_path / "review"), "listen": {"port": 0}, "send": sends}
    settings = parse({"region": "RU", "web": {"port": 0}, "mail": house}, "test")
    with RedisServer() as redis:
        async with AsyncExitStack() as stack:
            memory = await stack.enter_async_context(remembering(redis.url, tmp_path))
            flow = load(Path(ivr.__file__).parent / "flows" / "hotline.yaml")
            channels, front = Channels(settings, memory, flow), front_of(settings, memory, flow, "desk-test")
            channels.hand(front.mails.wanted, front.mails.talked)
            await stack.enter_async_context(channels)
            await open_web(settings, memory, stack, Console(quiet=True), channels, front)
            await stack.enter_async_context(router_of(front))
            await front.floor.keep_operator(Operator("anna", "Anna", {}, {"en": 3}))
            await front.floor.set_status("anna", Availability.READY)
            await front.floor.beat("anna")

            async def send(name: str, text: str, **fields: str) -> None:
                assert channels.office is not None
                assert channels.office.listener is not None
                await aiosmtplib.send(
                    mail(text, name=name, **fields), sender="anna@shop.example", recipients=["help@h.example"],
                    hostname="127.0.0.1", port=channels.office.listener.port,
                )  # fmt: skip

            async def take(known: set[str]) -> tuple[str, Request]:
                """The mail that the router has given to Anna, taken."""

                async def given() -> Any:
                    await front.floor.beat("anna")
                    return [one for one in await front.floor.assignments("anna") if one.request not in known]

                [mine] = await until(given)
                request = await front.floor.request(mine.request)
                assert request is not None
                await do(front, "answer", f"a-{mine.id}", assignment=mine.id)
                return mine.id, request

            await send("q1@shop.example", PLEA)
            mine, request = await take(set())
            dossier = await front.dossier(request)
            assert dossier["talk"]["letter"]["text"].strip() == PLEA
            await do(front, "mail.send", "s1", assignment=mine, text="Your refund left us today.")
            reply = await answered(server, 0)
            assert (reply["To"], reply["In-Reply-To"]) == ("anna@shop.example", "<q1@shop.example>")
            assert "<q1@shop.example>" in reply["References"]
            assert reply.get_content().startswith("Your refund left us today.")
            code = next(iter(front.work.codes("")))
            await until(lambda: wrapped(front, mine))
            await do(front, "wrap_up", "w1", assignment=mine, code=code)

            await send(
                "q2@shop.example",
                "A person, please: it has not come.",
                In_Reply_To=reply["Message-ID"],
                References=reply["Message-ID"],
            )
            again, second = await take({request.id})
            assert second.matter == request.matter != "", "the answer belongs to the same matter"
            assignment = await front.floor.assignment(again)
            assert assignment is not None
            assert assignment.reasons[0].code == "preferred", "and goes to who worked on it"
            await do(front, "mail.send", "s2", assignment=again, text="I have called the bank.")
            assert "<q2@shop.example>" in (await answered(server, 1))["References"]


async def wrapped(front: Front, assignment: str) -> bool:
    one = await front.floor.assignment(assignment)
    return one is not None and one.state == "wrap_up"
