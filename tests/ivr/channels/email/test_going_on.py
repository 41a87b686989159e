"""What a mail goes on with: the matter of its thread, one that it is about, or as the flow has it for whoever comes back."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.channels.email.letter import Envelope
from ivr.channels.email.mailroom import Mailroom, Receipt
from ivr.channels.outbox import Item
from ivr.memory.matter import Status
from ivr.memory.memory import Memory
from ivr.script import FlowScript
from tests.ivr.channels.email.conftest import ANNA, SMTP, answered, mail, waiting
from tests.ivr.memory.conftest import Now

pytestmark = pytest.mark.real


def resuming(mailroom: Mailroom, mode: str) -> None:
    """Its flow goes on with those who come back in this way."""
    assert isinstance(mailroom.conversation.script, FlowScript)
    flow = mailroom.conversation.script.flow
    mailroom.conversation.script = FlowScript(replace(flow, resume=replace(flow.resume, mode=mode)))


async def again(mailroom: Mailroom, words: str, opened_by: str = "My order 4711 has not come.") -> tuple[Receipt, Receipt, Item]:
    """A matter that one mail has opened, and a new mail of the same writer: what became of both, and what he is answered."""
    mailroom.settings = replace(mailroom.settings, replies_per_day=2)
    first = await mailroom.receive(mail(opened_by), SMTP)
    (item,) = await waiting(mailroom)
    await mailroom.postman.box.done(item)
    second = await mailroom.receive(mail(words, "Hello", "q2@shop.example"), SMTP)
    (item,) = await waiting(mailroom)
    return first, second, item


async def test_an_answer_goes_on_with_its_matter(mailroom: Mailroom, memory: Memory, now: Now) -> None:
    first = await mailroom.receive(mail(), SMTP)
    (item,) = await waiting(mailroom)
    now.later(3_600_000)
    ours = mailroom.postman.message_id(item.id)
    asked = item.body["questions"][0]
    reply = mail(
        f"4711\n\nOn Mon, Nov 23, 2026 Swallow wrote:\n> {asked}",
        "Re: Parcel",
        "q2@shop.example",
        In_Reply_To=f"<{ours}>",
        References=f"<q1@shop.example> <{ours}>",
    )
    second = await mailroom.receive(reply, SMTP)
    assert second.matter == first.matter
    loaded = await memory.matters.load(first.matter)
    assert loaded is not None
    assert "4711" in {str(line.value) for line in loaded.ledger}
    assert len((await memory.who(ANNA)).touches) == 2


@pytest.mark.parametrize(
    ("words", "goes_on", "asks"),
    [
        ("Where is my parcel?", True, "Which day"),
        ("My order 4711 has not come!", True, "Which day"),
        ("Tomorrow, please", True, "morning"),
        ("My order 1234 has not come", False, "suit you"),
        ("I want my money back", False, "anything else"),
    ],
)
async def test_a_new_mail_about_what_is_open_asks_nothing_again(
    mailroom: Mailroom, memory: Memory, words: str, goes_on: bool, asks: str
) -> None:
    first, second, item = await again(mailroom, words)
    assert (second.matter == first.matter) is goes_on
    assert asks in item.body["questions"][0]
    told = " ".join(item.body["says"])
    assert ("We go on with the new delivery day for order 4711." in told) is goes_on
    await memory.counts.flush()
    assert (await memory.counts.read()).total.get("questions_repeated|email", 0) == 0


@pytest.mark.parametrize("mode", ["ask", "continue", "restart"])
async def test_a_whole_matter_by_mail(mailroom: Mailroom, memory: Memory, mode: str) -> None:
    """Each of his answers is answered by the next question, as long as the thread goes on: not the first of a day alone.

    What the flow does with those who come back is another matter: who answers has not been away.
    """
    resuming(mailroom, mode)
    receipt = await mailroom.receive(mail("My order 4711 has not come."), SMTP)
    (item,) = await waiting(mailroom)
    assert "day" in item.body["questions"][0]
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert sorted(line.slot for line in matter.ledger) == ["order", "topic"]  # what he wrote once is answered once
    item = await answered(mailroom, "On Friday", 1, item)
    assert "time" in item.body["questions"][0].casefold() or "morning" in item.body["questions"][0]
    item = await answered(mailroom, "In the evening", 2, item)
    assert "4711" in item.body["questions"][0]
    item = await answered(mailroom, "Yes", 3, item)
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert {"order", "day", "window"} <= set(matter.slots)
    assert len((await memory.who(ANNA)).matters) == 1


async def test_thanks_after_an_answer_are_no_goodbye(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail("My order 4711 has not come."), SMTP)
    (item,) = await waiting(mailroom)
    item = await answered(mailroom, "On Friday. Thank you!", 1, item)
    assert "morning" in item.body["questions"][0]
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert matter.status is Status.OPEN


async def test_please_is_no_yes_to_what_is_asked_after_it(mailroom: Mailroom, memory: Memory) -> None:
    receipt = await mailroom.receive(mail("Мой заказ 4711 не пришёл.", "Заказ"), SMTP)
    (item,) = await waiting(mailroom)
    item = await answered(mailroom, "В пятницу", 1, item)
    item = await answered(mailroom, "Вечером, пожалуйста", 2, item)
    assert "4711" in item.body["questions"][0]
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert matter.slots["window"] == "evening"
    assert matter.status is Status.OPEN


async def test_an_answer_that_is_not_understood_is_asked_differently_then_read_by_a_person(
    mailroom: Mailroom, memory: Memory
) -> None:
    receipt = await mailroom.receive(mail("My order 4711 has not come."), SMTP)
    (item,) = await waiting(mailroom)
    asked: list[str] = []
    while not item.body["person"]:
        asked += item.body["questions"]
        item = await answered(mailroom, "Lorem ipsum dolor sit amet.", len(asked), item)
    assert 2 <= len(asked) <= 4
    assert len(set(asked)) == len(asked)
    matter = await memory.matters.load(receipt.matter)
    assert matter is not None
    assert matter.status is Status.HANDED


async def test_a_robot_in_the_thread_is_not_answered_for_ever(mailroom: Mailroom, now: Now) -> None:
    receipt = await mailroom.receive(mail(), SMTP)
    last, answers = "q1@shop.example", 0
    for turn in range(30):
        for item in await waiting(mailroom):
            await mailroom.postman.box.done(item)
            last = mailroom.postman.message_id(item.id)
        robot = mail("We got your mail about your parcel.", "Re: Parcel", f"robot{turn}@shop.example", In_Reply_To=f"<{last}>")
        receipt = await mailroom.receive(robot, SMTP)
        answers += receipt.answered
        now.later(60_000)
    assert answers <= 12


async def test_somebody_else_in_the_thread_does_not_get_into_the_matter(mailroom: Mailroom) -> None:
    first = await mailroom.receive(mail(), SMTP)
    other = mail("4711", "Re: Parcel", "x@evil.example", From="eve@evil.example", In_Reply_To="<q1@shop.example>")
    second = await mailroom.receive(other, Envelope("smtp", "eve@evil.example"))
    assert second.matter != first.matter


@pytest.mark.parametrize(
    ("mode", "says", "asks", "goes_on"),
    [
        ("ask", "", "We stopped at the new delivery day for order 4711. Shall we go on there?", False),
        ("continue", "We go on with the new delivery day for order 4711.", "Which day", True),
        ("restart", "", "help you", False),
    ],
)
async def test_a_new_mail_that_tells_nothing_goes_on_as_the_flow_has_it(
    mailroom: Mailroom, mode: str, says: str, asks: str, goes_on: bool
) -> None:
    resuming(mailroom, mode)
    first, second, item = await again(mailroom, "Hello, it is me")  # "it is" may be a yes: to what nobody has asked
    assert (second.matter == first.matter) is goes_on
    assert asks in item.body["questions"][0]
    assert says in " ".join(item.body["says"])


async def test_a_flow_that_begins_anew_does_so_by_mail_and_counts_what_it_asks_again(mailroom: Mailroom, memory: Memory) -> None:
    resuming(mailroom, "restart")
    first, second, item = await again(mailroom, "Where is my parcel?")
    assert second.matter != first.matter
    assert "order" in item.body["questions"][0]
    await memory.counts.flush()
    assert (await memory.counts.read()).total["questions_repeated|email"] == 1


@pytest.mark.parametrize(
    ("words", "asks", "goes_on"),
    [
        ("Yes, please.", "Which day", True),
        ("Yes. Thank you!", "Which day", True),
        ("On Friday", "morning", True),
        ("Yes, on Friday. In the evening. Thank you!", "4711", True),
        ("Thank you! Yes, let us go on.", "Which day", True),
        ("Lorem ipsum dolor sit amet.", "day", True),  # he answers all the same
        ("No, thank you.", "help you", False),
        ("I want my money back", "anything else", False),
    ],
)
async def test_whether_to_go_on_is_answered_in_the_thread(
    mailroom: Mailroom, memory: Memory, words: str, asks: str, goes_on: bool
) -> None:
    first, _, item = await again(mailroom, "Hello, it is me")
    assert item.body["matter"] == first.matter, "its ticket opens what is offered"
    item = await answered(mailroom, words, 1, item)
    assert asks in item.body["questions"][0]
    assert (item.body["matter"] == first.matter) is goes_on
    matter = await memory.matters.load(first.matter)
    assert matter is not None
    assert (matter.slots["order"], matter.status) == ("4711", Status.OPEN)
    assert ("Swallow" in " ".join(item.body["says"])) is False, "who answers is not greeted a second time"


async def test_who_would_rather_have_a_person_is_handed_over(mailroom: Mailroom) -> None:
    _, _, item = await again(mailroom, "Hello, it is me")
    item = await answered(mailroom, "No. I would like to talk to a human.", 1, item)
    assert item.body["person"]


async def test_whether_to_go_on_is_asked_in_russian(mailroom: Mailroom) -> None:
    first, _, item = await again(mailroom, "Здравствуйте, это снова я.", "Мой заказ 4711 не пришёл.")
    assert item.body["questions"] == ["Мы остановились вот на чём: новый день доставки для заказа 4711. Продолжим?"]
    item = await answered(mailroom, "Да, давайте. Спасибо!", 1, item)
    assert item.body["matter"] == first.matter
    assert "день" in item.body["questions"][0]


async def test_who_declined_begins_something_else_in_the_same_thread(mailroom: Mailroom, memory: Memory) -> None:
    first, _, item = await again(mailroom, "Hello, it is me")
    offer = mailroom.postman.message_id(item.id)
    item = await answered(mailroom, "No, thank you.", 1, item)
    ours = mailroom.postman.message_id(item.id)
    await mailroom.postman.box.done(item)
    threaded = mail("My order 1234 has not come", "Re: Hello", "a2@shop.example", References=f"<{offer}> <{ours}>")
    receipt = await mailroom.receive(threaded, SMTP)
    assert receipt.matter not in ("", first.matter)
    (item,) = await waiting(mailroom)
    assert "suit you" in item.body["questions"][0]


async def test_a_matter_that_a_person_has_is_not_offered(mailroom: Mailroom) -> None:
    _, second, item = await again(mailroom, "Hello, it is me", "I want to talk to a human, please")
    assert second.matter == ""
    assert "help you" in item.body["questions"][0]
