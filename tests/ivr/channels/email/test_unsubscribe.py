"""A way out of every mail: by answering, by one click; and whoever has said no gets none, even one that was waiting already."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace

import aiohttp
import pytest
from aiohttp import web

from ivr.channels.email.letter import Envelope
from ivr.channels.email.mailroom import Came, Mailroom
from ivr.channels.email.settings import MailSettings
from ivr.channels.email.unsubscribe import Unsubscribe, wishes
from ivr.memory.consent import Purpose
from ivr.memory.identity import email
from ivr.memory.memory import Memory
from tests.ivr.channels.email.conftest import mail
from voice.errors import ConfigError

pytestmark = pytest.mark.real
ANNA = "anna@example.com"


@pytest.mark.parametrize(
    ("subject", "text", "wish"),
    [("unsubscribe", "", True), ("Unsubscribe!", "sent from my phone", True), ("", "Отпишите меня.", True), ("Re: Parcel", "STOP", True),
     ("How do I unsubscribe my father?", "He gets mails.", False), ("Parcel", "stop the delivery please", False), ("", "", False)],
)  # fmt: skip
def test_only_who_says_just_that_wants_it(subject: str, text: str, wish: bool) -> None:
    assert wishes(subject, text) is wish


async def test_by_an_answer(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail("", "unsubscribe", From=f"Anna <{ANNA}>"), Envelope("smtp", ANNA))
    assert receipt.came is Came.NEW
    anna = (await memory.who(email(ANNA))).customer
    assert anna is not None
    assert [await memory.consents.may(anna.id, "phone", one) for one in (Purpose.SERVICE, Purpose.MARKETING)] == [False, False]
    assert await memory.consents.may(anna.id, "email", Purpose.ANSWER)
    assert not receipt.matter
    (touch,) = await memory.timeline.of(email(ANNA))
    assert touch.data == {"consent": "forbid"}


@pytest.fixture
async def house(memory: Memory, settings: MailSettings) -> AsyncIterator[tuple[str, Unsubscribe]]:
    """(where it listens, the maker of links)."""
    made = Unsubscribe(memory, replace(settings, web="https://hotline.shop.example"))
    app = web.Application()
    app.add_routes(made.routes())
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    yield f"http://127.0.0.1:{runner.addresses[0][1]}", made
    await runner.cleanup()


async def test_by_one_click_and_not_by_a_look(memory: Memory, house: tuple[str, Unsubscribe]) -> None:
    base, made = house
    anna = await memory.customers.meet(email(ANNA))
    assert anna is not None
    by_mail, link = await made.places(anna)
    assert by_mail == f"mailto:{made.settings.address}?subject=unsubscribe"
    assert ANNA not in link
    here = base + link.removeprefix("https://hotline.shop.example")
    async with aiohttp.ClientSession() as session:
        async with session.get(here) as answer:
            assert (answer.status, answer.headers["Referrer-Policy"]) == (200, "no-referrer")
            assert "Отписаться" in await answer.text()
        assert await memory.consents.may(anna, "email", Purpose.SERVICE)
        for wrong in (here[:-1] + ("a" if here[-1] != "a" else "b"), f"{base}/unsubscribe/{anna}.", f"{base}/unsubscribe/x"):
            async with session.post(wrong) as answer:
                assert answer.status == 404
        assert await memory.consents.may(anna, "email", Purpose.SERVICE)
        async with session.post(here, data={"List-Unsubscribe": "One-Click"}) as answer:  # RFC 8058 section 3.2
            assert answer.status == 200
    assert not await memory.consents.may(anna, "email", Purpose.SERVICE)
    assert await memory.consents.may(anna, "phone", Purpose.SERVICE), "of mails it was said"
    assert await made.places("") == (by_mail,)


@pytest.mark.parametrize("place", ["http://shop.example", "https://", "shop.example", "https://shop.example/?x", "https://a b"])
def test_a_place_that_is_none(place: str) -> None:
    with pytest.raises(ConfigError, match="no place for mails to link to"):
        MailSettings(address="help@h.example", web=place)
