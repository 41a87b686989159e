"""The memory from end to end, on a real Redis: touches, who, matters, tickets."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.memory.errors import Outrun
from ivr.memory.identity import Confidence, Proof, chat, email, phone
from ivr.memory.matter import Answered, Status
from ivr.memory.memory import Memory
from ivr.memory.ticket import LOCK_MS, Redeemed, Refused
from ivr.memory.timeline import MAIL, MESSAGE, Touch
from tests.ivr.memory.conftest import Now

pytestmark = pytest.mark.real
ANNA = phone("+7 495 123-45-67")
CHAT = chat("visitor-17")


async def test_nobody_is_known_at_first(memory: Memory) -> None:
    known = await memory.who(ANNA)
    assert (known.customer, known.candidates, known.matters, known.touches, known.language) == (None, (), (), (), "")


async def test_a_touch_is_kept_once(memory: Memory, now: Now) -> None:
    touch = Touch(CHAT, MESSAGE, "chat", "m-1", now(), "где мой заказ 4711?", data={"page": "/orders"})
    assert await memory.touch(touch, "ru") is True
    assert await memory.touch(touch, "ru") is False
    known = await memory.who(CHAT)
    assert known.touches == (touch,)
    assert known.language == "ru"


async def test_touches_stand_in_the_order_of_time_however_they_came(memory: Memory, now: Now) -> None:
    order = [5, 90, 3, 91, 4, 40, *range(100, 200), 50, 1, 99]
    for at in order:
        await memory.touch(Touch(ANNA, MAIL, "mail", f"<{at}@x>", now() + at))
    assert [touch.at_ms - now() for touch in await memory.timeline.of(ANNA)] == sorted(order)
    assert [touch.at_ms - now() for touch in (await memory.who(ANNA, 3)).touches] == [197, 198, 199]


async def test_a_matter_begun_in_chat_is_found_by_phone(memory: Memory, now: Now) -> None:
    customer = await memory.customers.meet(CHAT, name="Анна", language="ru")
    assert customer is not None
    await memory.customers.link(customer, ANNA, [Proof.TICKET])
    matter = memory.matters.begin("parcel", 3, [CHAT], "chat", customer=customer)
    answer = Answered("order", "4711", now(), "chat")
    written = await memory.matters.checkpoint(replace(matter, step="day", state={"step": "day"}), [answer])
    known = await memory.who(ANNA)
    assert known.customer is not None
    assert (known.customer.name, known.language) == ("Анна", "ru")
    assert known.matters == (written,)
    assert known.matters[0].slots == {"order": "4711"}


async def test_two_channels_answer_at_once_and_the_later_one_learns_it(memory: Memory, now: Now) -> None:
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 3, [CHAT, ANNA], "chat"))
    first = await memory.matters.checkpoint(
        replace(matter, step="end", channel="chat"), [Answered("day", "friday", now(), "chat")]
    )
    with pytest.raises(Outrun) as outrun:
        await memory.matters.checkpoint(replace(matter, step="end", channel="phone"), [Answered("day", "monday", now(), "phone")])
    assert outrun.value.matter.version == first.version
    assert outrun.value.matter.slots == {"day": "friday"}
    assert [(line.value, line.late) for line in outrun.value.matter.ledger] == [("friday", False), ("monday", True)]


async def test_a_matter_ends(memory: Memory, now: Now) -> None:
    matter = await memory.matters.checkpoint(replace(memory.matters.begin("parcel", 3, [ANNA], "phone"), state={"a": 1}))
    closed = await memory.matters.close(matter)
    assert (await memory.who(ANNA)).matters == ()
    found = await memory.matters.load(matter.id)
    assert found == closed
    assert found is not None
    assert (found.status, found.state) == (Status.CLOSED, {})


async def test_a_matter_expires(memory: Memory, now: Now) -> None:
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 3, [ANNA], "phone", lifetime_ms=1000))
    now.later(999)
    assert len((await memory.who(ANNA)).matters) == 1
    now.later(1)
    assert (await memory.who(ANNA)).matters == ()
    found = await memory.matters.load(matter.id)
    assert found is not None
    assert found.status is Status.EXPIRED


async def test_a_ticket_binds_once(memory: Memory) -> None:
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 3, [CHAT], "chat"))
    ticket = (await memory.tickets.issue(matter.id, CHAT, Confidence.PROVED)).ticket
    assert ticket is not None
    assert await memory.tickets.redeem(ticket.spoken, ANNA) == Redeemed(matter.id, CHAT, "", Confidence.PROVED)
    assert await memory.tickets.redeem(ticket.digits, ANNA) == Refused(4)


async def test_five_wrong_tickets_lock_for_a_while(memory: Memory, now: Now) -> None:
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 3, [CHAT], "chat"))
    ticket = (await memory.tickets.issue(matter.id, CHAT)).ticket
    assert ticket is not None
    wrong = "111111"
    assert [(await memory.tickets.redeem(wrong, ANNA)) for _ in range(4)] == [Refused(4), Refused(3), Refused(2), Refused(1)]
    assert await memory.tickets.redeem(wrong, ANNA) == Refused(0, now() + LOCK_MS)
    assert await memory.tickets.redeem(ticket.digits, ANNA) == Refused(0, now() + LOCK_MS)
    assert isinstance(await memory.tickets.redeem(ticket.digits, email("anna@example.com")), Redeemed)
    now.later(LOCK_MS)
    assert await memory.tickets.redeem(wrong, ANNA) == Refused(4)
