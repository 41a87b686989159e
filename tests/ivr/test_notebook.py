"""A talk's page in the memory, on a real Redis: a matter from its first answer to its end, a ticket, two channels at once."""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.actions import Answer, Phase, State
from ivr.deeds import Refused
from ivr.memory.identity import Confidence, Identity, chat, email, phone
from ivr.memory.matter import Status
from ivr.memory.memory import Memory, remembering
from ivr.notebook import MemoryNotebook
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real
CALLER, VISITOR = phone("+74951234567"), chat("visitor")


@pytest.fixture(scope="module")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture
async def memory(redis: RedisServer) -> AsyncIterator[Memory]:
    redis.ask("FLUSHALL")
    with tempfile.TemporaryDirectory() as folder:
        async with remembering(redis.url, Path(folder)) as memory:
            yield memory


def answer(value: str, slot: str = "topic", channel: str = "chat", when_ms: int = 1) -> Answer:
    return Answer("help", slot, value, "typed", 1.0, when_ms, channel)


def state(*ledger: Answer, **fields: object) -> State:
    return replace(State("hotline", 1, phase=Phase.ASKING, step="help", language="en", ledger=ledger), **fields)


async def statuses(memory: Memory, identity: Identity) -> list[Status]:
    return [matter.status for matter in (await memory.who(identity)).matters]


async def test_a_matter_begins_with_the_first_answer_and_is_found_by_whoever_comes_back(memory: Memory) -> None:
    page = MemoryNotebook(memory, VISITOR, "chat")
    context = await page.who()
    assert context is not None
    assert (context.matters, context.confidence) == ((), "hint")
    await page.keep(state())
    assert (await statuses(memory, VISITOR), page.matter_id) == ([], "")
    await page.keep(state(answer("status")))
    await page.keep(state(answer("status"), answer("tomorrow", "day")))
    again = await MemoryNotebook(memory, VISITOR, "chat").who()
    assert again is not None
    (found,) = again.matters
    assert found.id == page.matter_id
    assert State.from_dict(found.state).slots == {"topic": "status", "day": "tomorrow"}


async def test_the_end_closes_it_and_a_person_gets_it(memory: Memory) -> None:
    done, handed = MemoryNotebook(memory, VISITOR, "chat"), MemoryNotebook(memory, CALLER, "phone")
    await done.keep(state(answer("status"), done=True, phase=Phase.ENDED))
    assert await statuses(memory, VISITOR) == []
    await handed.keep(state(phase=Phase.ENDED, done=True, ending="handed over (asked)"), handed=True)
    assert await statuses(memory, CALLER) == [Status.HANDED]
    # Whoever redials is offered to wait on; once somebody has closed it, he is not.
    context = await MemoryNotebook(memory, CALLER, "phone").who()
    assert context is not None
    (waiting,) = context.matters
    assert State.from_dict(waiting.state).handed
    matter = await memory.matters.load(waiting.id)
    assert matter is not None
    await memory.matters.close(matter)
    context = await MemoryNotebook(memory, CALLER, "phone").who()
    assert context is not None
    assert context.matters == ()


async def test_who_goes_on_with_a_matter_writes_into_it_and_leaves_no_other_behind(memory: Memory) -> None:
    first = MemoryNotebook(memory, VISITOR, "chat")
    await first.keep(state(answer("status")))
    second = MemoryNotebook(memory, VISITOR, "chat")
    await second.keep(state(answer("hours")))
    begun = second.matter_id
    context = await second.who()
    assert context is not None
    old = context.matters[-1]
    await second.keep(state(answer("status"), answer("tomorrow", "day"), matter=old.id))
    assert second.matter_id == old.id == first.matter_id
    left = await memory.matters.load(begun)
    assert left is not None
    assert left.status is Status.CLOSED
    assert len(await statuses(memory, VISITOR)) == 1


async def test_a_ticket_binds_a_call_to_the_matter_once(memory: Memory) -> None:
    page = MemoryNotebook(memory, VISITOR, "chat")
    assert await page.ticket() is None
    await page.keep(state(answer("status")))
    ticket = await page.ticket()
    assert ticket is not None
    call = MemoryNotebook(memory, CALLER, "phone")
    with pytest.raises(Refused, match="wrong"):
        await call.redeem({"digits": "123456"})
    proof = await call.redeem({"digits": f"{ticket.digits[:3]} {ticket.digits[3:]}"})
    assert (proof.confidence, proof.context and proof.context.matters[0].id) == ("claimed", page.matter_id)
    assert proof.context is not None
    assert proof.context.language == state().language, "the ticket brings it along"
    with pytest.raises(Refused, match="wrong"):
        await call.redeem({"digits": ticket.digits})
    # From now on the caller's number finds it, too.
    await call.keep(state(answer("status"), answer("tomorrow", "day", "phone", 2), matter=page.matter_id))
    assert [matter.id for matter in (await memory.who(CALLER)).matters] == [page.matter_id]


async def test_a_cookie_does_not_become_a_proof_by_a_ticket(memory: Memory) -> None:
    """Somebody at Anna's browser, or who was told of it by a CRM, phones with the ticket that her chat shows."""
    anna = await memory.customers.meet(VISITOR, name="Anna")
    assert anna is not None
    page = MemoryNotebook(memory, VISITOR, "chat")
    await page.who()
    await page.keep(state(answer("status")))
    ticket = await page.ticket()
    assert ticket is not None
    call = MemoryNotebook(memory, CALLER, "phone")
    proof = await call.redeem({"digits": ticket.digits})
    assert proof.context is not None
    assert (proof.confidence, proof.context.confidence, call.confidence) == ("claimed", "claimed", "claimed")
    assert [one.id for one in proof.context.matters] == [page.matter_id], "the matter goes on all the same"
    found = await memory.who(CALLER)
    assert found.customer is None, "his number is not hers for that"
    assert [candidate.customer.id for candidate in found.candidates] == [anna]


@pytest.mark.parametrize("way", ["chat", "email"])
async def test_who_had_proved_himself_or_reads_her_mail_is_the_customer(memory: Memory, way: str) -> None:
    identity = VISITOR if way == "chat" else email("anna@example.com")
    anna = await memory.customers.meet(identity, name="Anna")
    assert anna is not None
    page = MemoryNotebook(memory, identity, way, confidence="proved" if way == "chat" else "hint")
    await page.who()
    await page.keep(state(answer("status")))
    if way == "chat":
        ticket = await page.ticket()
    else:  # as the postman gives it out
        ticket = (await memory.tickets.issue(page.matter_id, identity, Confidence.PROVED, anna)).ticket
    assert ticket is not None
    proof = await MemoryNotebook(memory, CALLER, "phone").redeem({"digits": ticket.digits})
    assert proof.context is not None
    assert (proof.confidence, proof.context.customer) == ("proved", anna)
    found = await memory.who(CALLER)
    assert found.customer is not None
    assert found.customer.id == anna


async def test_a_mailbox_of_nobody_proves_nobody(memory: Memory) -> None:
    page = MemoryNotebook(memory, email("new@example.com"), "email")
    await page.keep(state(answer("status")))
    issued = await memory.tickets.issue(page.matter_id, email("new@example.com"), Confidence.PROVED)
    assert issued.ticket is not None
    proof = await MemoryNotebook(memory, CALLER, "phone").redeem({"digits": issued.ticket.digits})
    assert proof.confidence == "claimed"


async def test_a_weak_ticket_does_not_undo_a_proof(memory: Memory) -> None:
    page = MemoryNotebook(memory, VISITOR, "chat")
    await page.keep(state(answer("status")))
    ticket = await page.ticket()
    assert ticket is not None
    call = MemoryNotebook(memory, CALLER, "phone", confidence="proved")
    assert (await call.redeem({"digits": ticket.digits})).confidence == "proved"


async def test_guessing_is_locked(memory: Memory) -> None:
    call = MemoryNotebook(memory, CALLER, "phone")
    for _ in range(4):
        with pytest.raises(Refused, match="wrong"):
            await call.redeem({"digits": "123456"})
    for _ in range(2):
        with pytest.raises(Refused, match="locked"):
            await call.redeem({"digits": "123456"})


async def test_two_channels_at_once_the_first_counts_and_both_are_kept(memory: Memory) -> None:
    written = MemoryNotebook(memory, VISITOR, "chat")
    topic = answer("status")
    await written.keep(state(topic))
    spoken = MemoryNotebook(memory, VISITOR, "phone")
    await spoken.go_on(written.matter_id)
    wednesday, tuesday = answer("Wednesday", "day", "phone", 5), answer("Tuesday", "day", "chat", 6)
    assert await spoken.keep(state(topic, wednesday)) == ()
    assert await written.keep(state(topic, tuesday)) == (wednesday,)
    for page in (written, spoken):
        matter = await memory.matters.load(page.matter_id)
        assert matter is not None
        assert matter.slots == {"topic": "status", "day": "Wednesday"}
        assert [(line.value, line.late) for line in matter.ledger] == [("status", False), ("Wednesday", False), ("Tuesday", True)]
    # The one who was second goes on from there; the first learns nothing that he did not say.
    hour = answer("evening", "hour", "chat", 7)
    assert await written.keep(state(topic, tuesday, wednesday, hour)) == ()
    assert await spoken.keep(state(topic, wednesday, answer("yes", "sure", "phone", 8))) == (hour,)


async def test_who_goes_on_with_what_another_channel_has_ended_has_a_matter_of_his_own(memory: Memory) -> None:
    written = MemoryNotebook(memory, VISITOR, "chat")
    await written.keep(state(answer("status")))
    spoken = MemoryNotebook(memory, VISITOR, "phone")
    await spoken.go_on(written.matter_id)
    await spoken.keep(state(answer("status"), done=True, phase=Phase.ENDED))
    ended = written.matter_id
    await written.keep(state(answer("status"), answer("tomorrow", "day")))
    assert written.matter_id != ended
    assert [matter.id for matter in (await memory.who(VISITOR)).matters] == [written.matter_id]


async def test_who_withholds_his_number_is_nobody_and_may_still_show_a_ticket(memory: Memory) -> None:
    page = MemoryNotebook(memory, VISITOR, "chat")
    await page.keep(state(answer("status")))
    ticket = await page.ticket()
    assert ticket is not None
    call = MemoryNotebook(memory, None, "phone")
    assert await call.who() is None
    await call.touch("phone", "1", "", 5, ours=False, kind="call")
    proof = await call.redeem({"digits": ticket.digits})
    assert proof.context is not None
    assert proof.context.matters[0].id == page.matter_id


async def test_a_message_is_a_touch_and_the_same_one_twice_is_one(memory: Memory) -> None:
    page = MemoryNotebook(memory, VISITOR, "chat")
    for _ in range(2):
        await page.touch("chat", "v:3", "where is my parcel", 5, ours=False)
    (touch,) = (await memory.who(VISITOR)).touches
    assert (touch.text, touch.ours, touch.source_id) == ("where is my parcel", False, "v:3")


async def test_who_only_goes_leaves_the_matter_as_another_channel_has_it(memory: Memory) -> None:
    written = MemoryNotebook(memory, VISITOR, "chat")
    topic, day = answer("status"), answer("tomorrow", "day", "phone", 2)
    await written.keep(state(topic))
    assert not await written.overtaken(state(topic))
    spoken = MemoryNotebook(memory, VISITOR, "phone")
    await spoken.go_on(written.matter_id)
    await spoken.keep(state(topic, day, step="window"))
    assert await written.overtaken(state(topic))
    assert not await spoken.overtaken(state(topic, day))
    await written.keep(state(topic, phase=Phase.ENDED))
    (matter,) = (await memory.who(VISITOR)).matters
    assert (matter.step, matter.slots["day"]) == ("window", "tomorrow")


async def test_what_another_channel_has_ended_is_not_opened_again_by_who_goes(memory: Memory) -> None:
    written, slower = MemoryNotebook(memory, VISITOR, "chat"), MemoryNotebook(memory, VISITOR, "chat")
    await written.keep(state(answer("status")))
    await slower.go_on(written.matter_id)
    spoken = MemoryNotebook(memory, VISITOR, "phone")
    await spoken.go_on(written.matter_id)
    await spoken.keep(state(answer("status"), answer("tomorrow", "day", "phone", 2), done=True, phase=Phase.ENDED))
    assert await written.overtaken(state(answer("status")))
    await written.keep(state(answer("status"), phase=Phase.ENDED))
    await slower.keep(state(answer("status"), answer("Monday", "day", "chat", 3), phase=Phase.ENDED))
    assert await statuses(memory, VISITOR) == [], "nobody is asked whether to go on with what is done"


async def test_what_was_answered_in_the_very_moment_of_going_is_kept(memory: Memory) -> None:
    written, spoken = MemoryNotebook(memory, VISITOR, "chat"), MemoryNotebook(memory, VISITOR, "phone")
    topic, day, hour = answer("status"), answer("tomorrow", "day", "phone", 2), answer("evening", "hour", "chat", 3)
    await written.keep(state(topic))
    await spoken.go_on(written.matter_id)
    await spoken.keep(state(topic, day))
    await written.keep(state(topic, hour, phase=Phase.ENDED))
    (matter,) = (await memory.who(VISITOR)).matters
    assert matter.slots | State.from_dict(matter.state).slots == {"topic": "status", "day": "tomorrow", "hour": "evening"}
