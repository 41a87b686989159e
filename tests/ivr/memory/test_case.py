"""What whoever takes somebody over needs: in one round trip the same as asked one by one."""

from __future__ import annotations

from dataclasses import replace

import pytest

from ivr.memory.identity import Proof, chat, email, phone
from ivr.memory.lookup import Case
from ivr.memory.matter import LIFETIME_MS, Answered, Status
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from ivr.memory.timeline import CALL, MAIL, MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS, Now

NUMBER, PAGE, BOX = phone("+7 495 123-45-67"), chat("visitor-1"), email("maria@example.com")


@pytest.fixture
async def customer(memory: Memory) -> str:
    """Somebody with a number and a mailbox that are his."""
    who = await memory.customers.meet(NUMBER, name="Мария")
    assert who is not None
    await memory.customers.link(who, BOX, [Proof.TICKET])
    return who


@pytest.fixture
async def matter(memory: Memory, customer: str) -> str:
    """His matter, begun in a chat that is nobody's; and touches by every way, of that matter and of none."""
    begun = replace(memory.matters.begin("parcel", 3, [PAGE, NUMBER], "chat", customer=customer), step="day")
    kept = await memory.matters.checkpoint(begun, [Answered("order", "4711", NOON_MS, "chat")])
    for number, touch in enumerate(
        (
            Touch(PAGE, MESSAGE, "chat", "1", NOON_MS, "another one's"),
            Touch(PAGE, MESSAGE, "chat", "2", NOON_MS, "4711", False, kept.id),
            Touch(NUMBER, CALL, "phone", "3", NOON_MS, "", False, kept.id, customer),
            Touch(BOX, MAIL, "email", "4", NOON_MS, "Where is it?"),
        )
    ):
        await memory.touch(replace(touch, at_ms=NOON_MS + number))
    return kept.id


async def test_it_is_what_one_by_one_would_give_in_one_round_trip(
    memory: Memory, store: Store, customer: str, matter: str
) -> None:
    asked = store.counts["asked"]
    case = await memory.case(NUMBER, matter, customer, touches=40)
    assert store.counts["asked"] == asked + 1
    assert case.who == await memory.who(NUMBER, touches=40)
    assert case.matter == await memory.matters.load(matter)
    assert case.customer == await memory.customers.get(customer)
    assert [touch.source_id for touch in case.thread] == ["2"], "of this matter only, by its other ways"


async def test_each_may_be_unknown_and_what_is_not_there_is_none(memory: Memory, customer: str, matter: str) -> None:
    assert await memory.case(None, "", "") == Case()
    assert await memory.case(None, "m-gone", "c-gone") == Case()
    alone = await memory.case(None, matter, "")
    assert (alone.who, alone.customer) == (None, None)
    assert sorted(touch.source_id for touch in alone.thread) == ["2", "3"]
    merged = await memory.customers.meet(phone("+7 812 123-45-67"), name="Мария П.")
    assert merged is not None
    root = await memory.customers.merge(customer, merged, "test")
    found = (await memory.case(None, "", merged)).customer
    assert found is not None
    assert found.id == root


async def test_a_matter_that_has_expired_is_told_as_that(memory: Memory, now: Now, matter: str) -> None:
    now.later(LIFETIME_MS)
    expired = (await memory.case(NUMBER, matter, "")).matter
    assert expired is not None
    assert expired.status is Status.EXPIRED
