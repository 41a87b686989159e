"""Mail out, through a real SMTP server that takes, refuses, forgets and hangs up: sent once, or listed, never twice."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP

from ivr.actions import SendLink
from ivr.channels.courier import Again, Backoff, Never
from ivr.channels.email.letter import Envelope
from ivr.channels.email.mailroom import Mailroom
from ivr.channels.email.postman import HANDED, Postman
from ivr.channels.email.settings import MailSettings, SendSettings, Tls
from ivr.channels.email.unsubscribe import Unsubscribe
from ivr.deeds import Refused
from ivr.memory.consent import Purpose
from ivr.memory.identity import email
from ivr.memory.memory import Memory
from tests.ivr.channels.email.conftest import mail
from tests.ivr.memory.conftest import Now
from voice.errors import ConfigError

pytestmark = pytest.mark.real
BODY = {"language": "en", "subject": "Parcel", "text": "Hello\n", "answers": "q1@shop.example"}


class Server:
    """The company's mail server. script: what it answers to DATA, one after another; "cut" takes the mail and hangs up."""

    def __init__(self) -> None:
        self.took: list[tuple[str, list[str], bytes]] = []
        self.data: list[str] = []
        self.rcpt: list[str] = []
        self.port = 0

    async def handle_RCPT(self, server: Any, session: Any, envelope: Any, address: str, options: list[str]) -> str:
        if self.rcpt:
            return self.rcpt.pop(0)
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:
        answer = self.data.pop(0) if self.data else "250 OK"
        if answer[:1] == "2" or answer == "cut":
            self.took.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        if answer == "cut":
            server.transport.abort()
            return "250 nobody hears"
        return answer


@pytest.fixture
async def peer() -> AsyncIterator[Server]:
    peer = Server()
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: SMTP(peer, loop=loop, enable_SMTPUTF8=True), "127.0.0.1", 0)
    peer.port = server.sockets[0].getsockname()[1]
    yield peer
    server.close()
    await server.wait_closed()


@pytest.fixture
def postman(peer: Server, memory: Memory, settings: MailSettings, now: Now) -> Postman:
    post = replace(settings, send=SendSettings("127.0.0.1", peer.port, Tls.NONE))
    return Postman(memory, post, now, "#", backoff=Backoff(first_s=5.0, jitter=0.0), patience_s=2.0)


async def test_an_acknowledgement_goes_the_whole_way(mailroom: Mailroom, postman: Postman, peer: Server) -> None:
    mailroom.postman = postman
    receipt = await mailroom.receive(mail(), Envelope("smtp", "anna@shop.example"))
    assert receipt.answered
    assert await postman.courier.once() is None
    ((sender, recipients, raw),) = peer.took
    assert sender in ("", "<>")
    assert recipients == ["anna@shop.example"]
    sent = message_from_bytes(raw, policy=default)
    assert sent["In-Reply-To"] == "<q1@shop.example>"
    assert "phone +7 495 000-00-00, press # and then" in sent.get_content()
    assert await postman.courier.once() == -1


async def test_sent_once_for_a_name(postman: Postman, peer: Server) -> None:
    assert await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    assert await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    while await postman.courier.once() is None:
        pass
    assert await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    assert await postman.courier.once() == -1
    assert len(peer.took) == 1


async def test_what_passes_is_tried_again_with_the_same_id(postman: Postman, peer: Server, now: Now) -> None:
    peer.data = ["451 later", "421 busy"]
    peer.rcpt = ["450 greylisted"]
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    pauses = []
    for _ in range(3):
        assert await postman.courier.once() is None
        due_ms = await postman.courier.once()
        assert due_ms is not None
        pauses.append((due_ms - now.ms) / 1000)
        now.ms = due_ms
    assert await postman.courier.once() is None
    assert pauses == [5, 10, 20]
    ((_, _, raw),) = peer.took
    assert message_from_bytes(raw, policy=default)["Message-ID"] == "<a@hotline.h.example>"


@pytest.mark.parametrize("where", ["rcpt", "data"])
async def test_what_is_refused_for_good_is_listed(postman: Postman, peer: Server, where: str) -> None:
    setattr(peer, where, ["550 no such user"])
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    assert await postman.courier.once() is None
    (dead,) = await postman.box.dead()
    assert (dead.id, dead.why) == ("a", "status 550")
    assert await postman.courier.once() == -1


async def test_a_line_that_breaks_after_the_text_leaves_a_doubt_and_no_second_mail(postman: Postman, peer: Server) -> None:
    peer.data = ["cut"]
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    assert await postman.courier.once() is None
    assert await postman.courier.once() == -1
    assert len(peer.took) == 1
    assert (await postman.box.dead())[0].why.startswith("in doubt")


async def test_a_sender_killed_after_handing_over_does_not_send_again(postman: Postman, peer: Server, now: Now) -> None:
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    item, _ = await postman.box.take()
    assert item is not None
    await postman.box.mark(item, HANDED)
    now.later(postman.box.lease_ms + 1)
    assert await postman.courier.once() is None
    assert peer.took == []
    assert len(await postman.box.dead()) == 1


async def test_a_sender_killed_before_that_does_not_lose_it(postman: Postman, peer: Server, now: Now) -> None:
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    await postman.box.take()
    assert await postman.courier.once() is not None
    now.later(postman.box.lease_ms + 1)
    assert await postman.courier.once() is None
    assert len(peer.took) == 1


async def test_no_server_at_all(memory: Memory, settings: MailSettings, now: Now) -> None:
    postman = Postman(memory, settings, now, patience_s=0.5)  # port 1
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    item, _ = await postman.box.take()
    assert item is not None
    assert isinstance(await postman.deliver(item), Again)


async def test_an_address_that_cannot_be_written_to(postman: Postman, peer: Server) -> None:
    await postman.write("a", "anna@shop.example", Purpose.ANSWER, "", BODY)
    item, _ = await postman.box.take()
    assert item is not None
    for evil in ("a\r\nRCPT TO:<x@evil.example>@b.example", "a b@c.example", "a@b.example>\r\nDATA"):
        assert isinstance(await postman.deliver(replace(item, body={**item.body, "to": evil})), Never | Again)
    assert peer.took == []


async def test_an_address_in_russian(postman: Postman, peer: Server) -> None:
    await postman.write("a", "анна@shop.example", Purpose.ANSWER, "", BODY)
    assert await postman.courier.once() is None
    assert peer.took[0][1] == ["анна@shop.example"]


async def test_a_link_by_mail_asks_for_consent(postman: Postman, peer: Server, memory: Memory) -> None:
    customer = await memory.customers.meet(email("anna@shop.example"))
    assert customer
    act = SendLink("1", "email", "", "https://shop.example/4711", "en", 5.0)
    await postman.send_link(act, customer, "anna@shop.example")
    assert await postman.courier.once() is None
    assert b"https://shop.example/4711" in peer.took[0][2]
    await memory.consents.say(customer, "email", Purpose.SERVICE, False, "phone")
    with pytest.raises(Refused, match="consent"):
        await postman.send_link(act, customer, "anna@shop.example")
    with pytest.raises(Refused, match="address"):
        await postman.send_link(act, customer)


def test_a_password_is_not_sent_in_the_clear() -> None:
    with pytest.raises(ConfigError, match="without TLS"):
        SendSettings("mail.h.example", 25, Tls.NONE, user="u", password="p")


async def test_what_goes_out_names_the_way_out_and_asks_again_at_the_door(postman: Postman, peer: Server, memory: Memory) -> None:
    to = "anna@shop.example"
    anna = await memory.customers.meet(email(to))
    assert anna is not None
    postman.unsubscribe = Unsubscribe(memory, replace(postman.settings, web="https://hotline.shop.example"))
    assert await postman.write("m1", to, Purpose.SERVICE, anna, BODY)
    await postman.courier.once()
    ((_, _, raw),) = peer.took
    got = message_from_bytes(raw, policy=default)
    assert got["List-Unsubscribe"].startswith(
        "<mailto:help@h.example?subject=unsubscribe>, <https://hotline.shop.example/unsubscribe/"
    )
    assert got["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert await postman.write("m2", to, Purpose.SERVICE, anna, BODY)
    await memory.consents.say(anna, "email", Purpose.SERVICE, False, "phone")
    await postman.courier.once()
    assert len(peer.took) == 1
    assert [(one.id, one.why) for one in await postman.box.dead()] == [("m2", "consent")]
