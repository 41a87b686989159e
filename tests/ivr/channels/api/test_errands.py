"""What a talk sends out, on a real Redis: to whom, by which way, with whose consent, and written before it is acknowledged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import pytest

from ivr.actions import CallBack, Delivered, Failed, SendLink
from ivr.channels.chat.lines import lines_box
from ivr.channels.email.postman import Postman
from ivr.channels.email.settings import MailSettings, SendSettings
from ivr.channels.errands import Errands
from ivr.channels.webhooks import Target, Webhooks
from ivr.deeds import Deeds
from ivr.memory.consent import Purpose
from ivr.memory.identity import Identity, Proof, chat, email, phone
from ivr.memory.matter import Matter
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from tests.ivr.memory.conftest import Now

KEY = "whsec_" + "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" * 2
ANNA, MAIL, CHAT = phone("+74951234567"), email("anna@example.org"), chat("visitor-1")
LINK = SendLink("3", "sms", "", "follow it: https://x.example/4711", "ru", 3.0)
BACK = CallBack("4", "", "", "parcel", 3.0, "ru")
SENDS = Target("gateway", "https://sms.example/hook", (KEY,), events=("link.wanted", "callback.wanted"))
LISTENS = Target("crm", "https://crm.example/hook", (KEY,))
MAILS = MailSettings(send=SendSettings(host="127.0.0.1"), address="house@example.org")


@dataclass
class Page:
    """One talk: by which identity, with whom, about what."""

    identity: Identity | None = ANNA
    customer: str = ""
    matter: Matter | None = None
    channel: str = "phone"


def errands(memory: Memory, now: Now, *targets: Target, mail: MailSettings | None = None) -> Errands:
    hooks = Webhooks(memory.store, targets, now)
    return Errands(memory, hooks, Postman(memory, mail or MailSettings(), now), now, "RU", "Europe/Berlin")


async def done(errand: Errands, act: SendLink | CallBack, page: Page) -> str:
    """ "" where it was taken in charge, else why not: as the flow is told."""
    deeds = Deeds(
        send_link=lambda link: errand.send_link(link, page), call_back=lambda back: errand.call_back(back, page)
    )  # fmt: skip
    came = await deeds.do(act)
    assert isinstance(came, Delivered | Failed)
    return came.why if isinstance(came, Failed) else ""


async def told(errand: Errands, target: Target) -> Mapping[str, Any]:
    """What waits for this target."""
    item, _ = await errand.webhooks.box(target).take()
    assert item is not None
    return item.body


async def test_a_message_goes_to_whoever_names_the_event_with_the_number_he_calls_from(memory: Memory, now: Now) -> None:
    errand = errands(memory, now, LISTENS, SENDS)
    matter = await memory.matters.checkpoint(memory.matters.begin("hotline", 2, [ANNA], "phone"))
    assert await done(errand, LINK, Page(matter=matter)) == ""
    body = await told(errand, SENDS)
    assert body["type"] == "link.wanted"
    assert body["data"] == {
        "channel": "sms", "to": "+74951234567", "text": LINK.text, "language": "ru", "matter": matter.id, "customer": "",
    }  # fmt: skip


@pytest.mark.parametrize("channel", ["sms", "email", "chat", ""])
async def test_where_there_is_no_such_way_it_is_told_and_nothing_waits(memory: Memory, now: Now, channel: str) -> None:
    errand = errands(memory, now, LISTENS)
    assert await done(errand, replace(LINK, channel=channel), Page()) == "nowhere"
    assert await errand.webhooks.box(LISTENS).take() == (None, -1)


@pytest.mark.parametrize("channel", ["chat", "sms", "email"])
async def test_who_came_by_the_chat_before_finds_it_there(memory: Memory, now: Now, channel: str) -> None:
    errand = errands(memory, now)
    matter = await memory.matters.checkpoint(memory.matters.begin("hotline", 2, [CHAT, ANNA], "chat"))
    assert await done(errand, replace(LINK, channel=channel), Page(matter=matter)) == ""
    item, _ = await lines_box(memory.store, now).take()
    assert item is not None
    assert (item.lane, item.body) == (CHAT.value, {"text": LINK.text, "language": "ru"})


async def test_a_number_that_the_flow_names_goes_first_and_a_wrong_one_is_told(memory: Memory, now: Now) -> None:
    errand = errands(memory, now, SENDS)
    assert await done(errand, replace(LINK, to="8 (495) 765-43-21"), Page()) == ""
    assert (await told(errand, SENDS))["data"]["to"] == "+74957654321"
    assert await done(errand, replace(LINK, to="twelve"), Page()) == "number"
    assert await done(errand, LINK, Page(identity=None)) == "nowhere"


async def test_a_link_by_mail_is_in_the_postman_s_box_for_whoever_is_known(memory: Memory, now: Now) -> None:
    errand = errands(memory, now, SENDS, mail=MAILS)
    by_mail = replace(LINK, channel="email")
    assert await done(errand, by_mail, Page()) == "nowhere", "nobody knows his address"
    assert await done(errand, replace(by_mail, to="anna@"), Page()) == "address"
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    await memory.customers.link(anna, MAIL, [Proof.TICKET])
    assert await done(errand, by_mail, Page(customer=anna)) == ""
    item, _ = await errand.postman.box.take()
    assert item is not None
    assert (item.body["to"], item.body["text"], item.body["language"]) == (MAIL.value, LINK.text, "ru")
    await memory.consents.say(anna, "email", Purpose.SERVICE, False, "phone")
    assert await done(errand, by_mail, Page(customer=anna)) == "consent"


@pytest.mark.parametrize(("act", "channel"), [(LINK, "sms"), (BACK, "phone")])
@pytest.mark.parametrize("sure", [True, False])
async def test_whoever_forbade_it_gets_nothing_surely_known_or_not(
    memory: Memory, now: Now, act: SendLink | CallBack, channel: str, sure: bool
) -> None:
    errand = errands(memory, now, SENDS)
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    page = Page(customer=anna if sure else "")
    assert await done(errand, act, page) == ""
    await errand.webhooks.forget(anna)
    now.later(1)
    await memory.consents.say(anna, channel, Purpose.SERVICE, False, "phone")
    assert await done(errand, act, page) == "consent"


async def test_a_call_back_is_kept_once_for_a_matter_and_told(memory: Memory, now: Now) -> None:
    errand = errands(memory, now, SENDS)
    matter = await memory.matters.checkpoint(memory.matters.begin("hotline", 2, [ANNA], "phone"))
    page = Page(matter=matter)
    assert await done(errand, BACK, page) == ""
    now.later(1000)
    assert await done(errand, replace(BACK, when="2027-01-16T10:00"), page) == ""
    (wish,) = await memory.callbacks.waiting()
    assert (wish.number, wish.matter, wish.reason, wish.language) == (ANNA.value, matter.id, "parcel", "ru")
    assert wish.due_ms == 1_800_090_000_000, "ten in Berlin"
    first = await told(errand, SENDS)
    assert (first["type"], first["data"]["number"]) == ("callback.wanted", ANNA.value)


async def test_in_a_chat_the_number_is_the_one_that_is_surely_his(memory: Memory, now: Now) -> None:
    errand = errands(memory, now)
    assert await done(errand, BACK, Page(CHAT, channel="chat")) == "nowhere"
    anna = await memory.customers.meet(CHAT)
    assert anna is not None
    await memory.customers.link(anna, ANNA, [Proof.SAID])
    assert await done(errand, BACK, Page(CHAT, anna, channel="chat")) == "nowhere", (
        "a number that somebody named may be anybody's"
    )
    await memory.customers.link(anna, ANNA, [Proof.CODE])
    assert await done(errand, BACK, Page(CHAT, anna, channel="chat")) == ""
    assert [wish.number for wish in await memory.callbacks.waiting()] == [ANNA.value]
    # A matter that was talked about by phone as well has its number.
    matter = await memory.matters.checkpoint(memory.matters.begin("hotline", 2, [CHAT, phone("+74950000000")], "chat"))
    assert await done(errand, BACK, Page(CHAT, matter=matter, channel="chat")) == ""
    assert "+74950000000" in [wish.number for wish in await memory.callbacks.waiting()]


@pytest.mark.parametrize(("act", "why"), [(replace(BACK, number="0"), "number"), (replace(BACK, when="soon"), "when")])
async def test_what_makes_no_sense_is_told_in_a_word(memory: Memory, now: Now, act: CallBack, why: str) -> None:
    assert await done(errands(memory, now), act, Page()) == why


@pytest.mark.parametrize("act", [LINK, replace(LINK, channel="email"), BACK])
async def test_while_redis_is_away_consent_cannot_be_asked_and_nothing_goes_out(now: Now, act: SendLink | CallBack) -> None:
    store = Store("redis://127.0.0.1:1", connect_ms=20, op_ms=20)
    errand = errands(Memory(store, now), now, SENDS, mail=MAILS)
    assert await done(errand, act, Page(customer="c1")) == "away"
    await store.close()
