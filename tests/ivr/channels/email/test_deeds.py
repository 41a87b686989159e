"""What a mail's dialogue does beyond writing: a link stands in the answer, a call back is noted for the number that is his."""

from __future__ import annotations

from ivr.channels.email.mailroom import Mailroom
from ivr.channels.email.postman import Postman
from ivr.channels.errands import Errands
from ivr.channels.outbox import Item
from ivr.channels.webhooks import Webhooks
from ivr.memory.identity import Proof, phone
from ivr.memory.memory import Memory
from tests.ivr.channels.email.conftest import ANNA, SMTP, answered, mail, waiting
from tests.ivr.memory.conftest import Now


async def test_a_link_is_a_line_of_the_answer(mailroom: Mailroom) -> None:
    await mailroom.receive(mail("Where is my parcel? The order number is 4712."), SMTP)
    (item,) = await waiting(mailroom)
    item = await answered(mailroom, "Yes, that day is fine.", 1, item)
    said = [*item.body["says"], *item.body["questions"]]
    link = next(n for n, text in enumerate(said) if "with the link in your confirmation mail" in text)
    assert "sent you the link" in said[link + 1]


async def lost(mailroom: Mailroom) -> Item:
    """He asks for an order that is lost, and for a call back; the answer to that."""
    await mailroom.receive(mail("Where is my parcel? The order number is 9999."), SMTP)
    (item,) = await waiting(mailroom)
    return await answered(mailroom, "Call me back, please.", 1, item)


async def test_a_call_back_is_noted_for_the_number_that_is_surely_his(mailroom: Mailroom, memory: Memory, now: Now) -> None:
    errands = Errands(memory, Webhooks(memory.store, (), now), Postman(memory, mailroom.settings, now), now, "RU")
    mailroom.call_back = errands.call_back
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    await memory.customers.link(anna, phone("+74951234567"), [Proof.CODE])
    await lost(mailroom)
    (wish,) = await memory.callbacks.waiting()
    assert (wish.number, wish.reason, wish.customer) == ("+74951234567", "parcel", anna)


async def test_where_no_number_is_known_a_person_is_asked(mailroom: Mailroom, memory: Memory, now: Now) -> None:
    errands = Errands(memory, Webhooks(memory.store, (), now), Postman(memory, mailroom.settings, now), now, "RU")
    mailroom.call_back = errands.call_back
    item = await lost(mailroom)
    assert await memory.callbacks.waiting() == ()
    assert item.body["person"]
