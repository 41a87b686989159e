"""What becomes of a mail: one matter, one touch, one acknowledgement, whatever way and however often it comes."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Any

import pytest

from ivr.actions import State
from ivr.channels.email.letter import Envelope
from ivr.channels.email.mailroom import Came, Mailroom, Talked
from ivr.channels.email.reply import compose
from ivr.memory.consent import Purpose
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import phone
from ivr.memory.matter import Status
from ivr.memory.memory import Memory
from tests.ivr.channels.email.conftest import ANNA, SMTP, Told, mail, waiting
from tests.ivr.memory.conftest import Now

pytestmark = pytest.mark.real


async def test_a_mail_opens_a_matter_and_is_answered(mailroom: Mailroom, memory: Memory, told: Told) -> None:
    receipt = await mailroom.receive(mail(), SMTP)
    assert receipt.came is Came.NEW
    assert receipt.answered
    who = await memory.who(ANNA)
    assert [(touch.kind, touch.source_id, touch.matter) for touch in who.touches] == [("mail", "q1@shop.example", receipt.matter)]
    assert who.touches[0].text == "Parcel\n\nWhere is my parcel?"
    assert who.heard_language == "en"
    matter = who.matters[0]
    assert (matter.id, matter.channel, matter.slots["topic"]) == (receipt.matter, "email", "status")
    (item,) = await waiting(mailroom)
    assert item.body["to"] == "anna@shop.example"
    assert item.body["answers"] == "q1@shop.example"
    assert len(item.body["questions"]) == 1
    assert [event for event, _ in told.events] == ["mail.received"]


async def test_a_mail_that_settles_it_is_told_of_and_one_that_leaves_a_question_is_not(mailroom: Mailroom) -> None:
    ended: list[tuple[str, str, bool, str]] = []

    async def told(talked: Talked, state: State) -> None:
        ended.append((talked.identity, talked.matter, state.done, str(state.slots.get("topic"))))

    mailroom.ended = told
    await mailroom.receive(mail(), SMTP)
    assert ended == []
    receipt = await mailroom.receive(mail("I want to speak to a person about my refund.", "Person", "q2@shop.example"), SMTP)
    assert [(one[0], one[1], one[2]) for one in ended] == [(ANNA.address, receipt.matter, True)]


async def test_in_russian(mailroom: Mailroom, memory: Memory) -> None:
    await mailroom.receive(mail("Здравствуйте! Где моя посылка?\n\nС уважением,\nАнна", "Вопрос"), SMTP)
    matter = (await memory.who(ANNA)).matters[0]
    assert (matter.language, matter.slots["topic"]) == ("ru", "status")
    (item,) = await waiting(mailroom)
    assert item.body["language"] == "ru"


async def test_the_same_mail_by_both_ways_is_one(mailroom: Mailroom, memory: Memory) -> None:
    first = await mailroom.receive(mail(), SMTP)
    again = await mailroom.receive(mail(), Envelope("imap"))
    assert (again.came, again.matter) == (Came.KNOWN, first.matter)
    who = await memory.who(ANNA)
    assert len(who.touches) == len(who.matters) == 1
    assert len(await waiting(mailroom)) == 1


async def test_both_ways_at_once(mailroom: Mailroom, memory: Memory) -> None:
    came = await asyncio.gather(*(mailroom.receive(mail(), SMTP) for _ in range(5)), return_exceptions=True)
    assert sum(not isinstance(one, BaseException) and one.came is Came.NEW for one in came) == 1
    assert all(isinstance(one, MemoryAway) or one.came in (Came.NEW, Came.KNOWN) for one in came)  # type: ignore[union-attr]
    who = await memory.who(ANNA)
    assert len(who.touches) == len(who.matters) == 1


async def test_what_he_writes_goes_before_what_he_writes_above_it(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail("I want to talk to a human being, please. This is the third time.", "Complaint"), SMTP)
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert matter.status is Status.HANDED


async def test_a_mail_that_is_not_understood_leaves_the_question_open(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail("Lorem ipsum dolor sit amet.", "consectetur"), SMTP)
    assert receipt.came is Came.NEW
    (item,) = await waiting(mailroom)
    assert item.body["questions"]
    assert len((await memory.who(ANNA)).touches) == 1


async def test_who_wants_a_person_is_handed_over(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail("I want to talk to a human, please", "Operator"), SMTP)
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert matter.status is Status.HANDED
    (item,) = await waiting(mailroom)
    assert item.body["person"]


@pytest.mark.parametrize(
    ("fields", "envelope"),
    [
        ({"Auto_Submitted": "auto-replied"}, "anna@shop.example"),
        ({"Precedence": "bulk"}, "anna@shop.example"),
        ({"List_Id": "<x.example>"}, "anna@shop.example"),
        ({}, ""),
        ({"From": "MAILER-DAEMON@shop.example"}, "x@shop.example"),
        ({"X_Hotline_Loop": "1"}, "anna@shop.example"),
        ({"From": "help@h.example"}, "help@h.example"),
    ],
)
async def test_no_machine_is_answered(mailroom: Mailroom, fields: dict[str, str], envelope: str) -> None:
    receipt = await mailroom.receive(mail(**fields), Envelope("smtp", envelope))
    assert receipt.came is Came.AUTOMATIC
    assert not receipt.matter
    assert await waiting(mailroom) == []


async def test_a_loop_of_two_robots_ends(mailroom: Mailroom, now: Now) -> None:
    """A robot that answers each mail anew, declares nothing, and drops our marks."""
    answered = 0
    for turn in range(20):
        receipt = await mailroom.receive(
            mail("We got your mail about your parcel.", "Re: Parcel", f"robot{turn}@shop.example"), SMTP
        )
        answered += receipt.answered
        now.later(60_000)
    assert answered == 1


async def test_our_own_mail_that_comes_back_is_ours(mailroom: Mailroom) -> None:
    await mailroom.receive(mail(), SMTP)
    (item,) = await waiting(mailroom)
    back = compose(
        message_id=mailroom.postman.message_id(item.id), sender="help@h.example", sender_name="", to="anna@shop.example", subject="Parcel",
        body="x", language="en", at_ms=item.put_ms, answers="q1@shop.example",
    )  # fmt: skip
    assert (await mailroom.receive(back, Envelope("smtp", ""))).came is not Came.NEW
    assert await waiting(mailroom) == []


async def test_who_forbids_answers_gets_none(mailroom: Mailroom, memory: Memory) -> None:
    customer = await memory.customers.meet(ANNA)
    assert customer
    await memory.consents.say(customer, "email", Purpose.ANSWER, False, "phone")
    receipt = await mailroom.receive(mail(), SMTP)
    assert receipt.came is Came.NEW
    assert not receipt.answered


async def test_what_goes_out_unasked_needs_consent(mailroom: Mailroom, memory: Memory) -> None:
    body = {"language": "en", "subject": "News", "text": "Buy!"}
    write = mailroom.postman.write
    assert not await write("m1", "anna@shop.example", Purpose.MARKETING, "", body)
    customer = await memory.customers.meet(ANNA)
    assert customer
    assert not await write("m2", "anna@shop.example", Purpose.MARKETING, customer, body)
    await memory.consents.say(customer, "*", Purpose.MARKETING, True, "chat")
    assert await write("m3", "anna@shop.example", Purpose.MARKETING, customer, body)
    assert [item.id for item in await waiting(mailroom)] == ["m3"]


async def test_what_cannot_be_read_is_kept_for_a_person(mailroom: Mailroom, memory: Memory) -> None:
    bomb = b"From: anna@shop.example\r\n" + b"A: b\r\n" * 300 + b"\r\nx"
    assert (await mailroom.receive(bomb, SMTP)).came is Came.REVIEW
    (kept,) = Path(mailroom.settings.review).glob("*.eml")
    assert kept.read_bytes() == bomb
    assert kept.stat().st_mode & 0o077 == 0
    assert (await memory.who(ANNA)).touches[0].data["unread"] == "headers"
    assert (await mailroom.receive(mail(), SMTP)).came is Came.NEW


async def test_nobody_as_sender_is_kept_for_a_person(mailroom: Mailroom) -> None:
    assert (await mailroom.receive(mail(From="a@b.example, c@d.example"), SMTP)).came is Came.REVIEW
    assert await waiting(mailroom) == []


async def test_a_mail_that_was_half_filed_is_not_told_twice(
    mailroom: Mailroom, memory: Memory, monkeypatch: pytest.MonkeyPatch, now: Now
) -> None:
    async def away(*_: Any) -> None:
        raise MemoryAway("the test")

    with monkeypatch.context() as patch:
        patch.setattr(mailroom.memory, "touch", away)
        with pytest.raises(MemoryAway):
            await mailroom.receive(mail(), SMTP)
    matters = (await memory.who(ANNA)).matters
    assert len(matters) == 1
    now.later(1_000)
    receipt = await mailroom.receive(mail(), SMTP)
    assert receipt.matter == matters[0].id
    who = await memory.who(ANNA)
    assert len(who.matters) == len(who.touches) == 1
    assert len(who.matters[0].ledger) == len(matters[0].ledger)


async def test_a_fault_of_ours_does_not_come_back_for_ever(mailroom: Mailroom, monkeypatch: pytest.MonkeyPatch) -> None:
    async def stumble(*_: Any) -> None:
        raise KeyError("personal")

    monkeypatch.setattr(mailroom.conversation, "read", stumble)
    assert (await mailroom.receive(mail(), SMTP)).came is Came.REVIEW
    assert (await mailroom.receive(mail(), SMTP)).came is Came.KNOWN
    assert [touch.source_id for touch in (await mailroom.memory.who(ANNA)).touches] == ["q1@shop.example"]
    assert list(Path(mailroom.settings.review).glob("*.eml"))


async def test_redis_away_means_bring_it_again(mailroom: Mailroom, memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    async def away(*_: Any) -> None:
        raise MemoryAway("the test")

    with monkeypatch.context() as patch:
        patch.setattr(memory.store, "command", away)
        with pytest.raises(MemoryAway):
            await mailroom.receive(mail(), SMTP)
    assert (await mailroom.receive(mail(), SMTP)).came is Came.NEW


async def test_dmarc_makes_it_claimed_and_never_proved(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail(Authentication_Results="mx.h.example; dmarc=pass"), SMTP)
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert matter.state["confidence"] == "claimed"
    plain = await mailroom.receive(mail(name="q9@shop.example"), SMTP)
    matter = await memory.matters.load(plain.matter)
    assert matter is not None
    assert matter.state["confidence"] == "hint"


async def test_the_ticket_of_the_reply_opens_the_matter_by_phone(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail(), SMTP)
    (item,) = await waiting(mailroom)
    raw = await mailroom.postman._raw(item, "anna@shop.example")
    digits = raw.decode().partition("and then ")[2][:7]
    redeemed = await memory.tickets.redeem(digits, phone("+74951234567"))
    assert getattr(redeemed, "matter", "") == receipt.matter


async def test_no_words_of_anybody_stand_in_the_keys_of_mail(mailroom: Mailroom, memory: Memory) -> None:
    await mailroom.receive(mail(), SMTP)
    for key in await memory.store.command("KEYS", "hotline:mail:*"):
        assert "anna" not in key
        if await memory.store.command("TYPE", key) == "string":
            assert "shop.example" not in json.dumps(await memory.store.command("GET", key))
