"""Tickets: six digits, fifteen minutes, once; five wrong tries and a lock, and a brake over the whole house."""

from __future__ import annotations

import asyncio
import logging

import pytest

from ivr.memory import ticket as tickets
from ivr.memory.identity import Confidence, chat, phone
from ivr.memory.memory import Memory
from ivr.memory.ticket import HOUSE_TRIES, ISSUED_MOST, ISSUED_MS, LIFE_MS, LOCK_MS, Redeemed, Refused, Ticket, draw
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer

CHAT, ANNA = chat("v1"), phone("+74951234567")


async def issued(memory: Memory, matter: str = "m1") -> Ticket:
    ticket = (await memory.tickets.issue(matter, CHAT, Confidence.PROVED, "c1")).ticket
    assert ticket is not None
    return ticket


def test_nobody_is_given_a_number_that_is_tried_first() -> None:
    drawn = {draw() for _ in range(3000)}
    assert all(len(digits) == 6 and digits.isdecimal() for digits in drawn)
    assert len(drawn) > 2900
    assert not drawn & {"000000", "111111", "123456", "654321", "012345", "789012", "135791", "246802"}


def test_a_ticket_is_read_in_two_groups_and_its_digits_are_in_no_log() -> None:
    ticket = Ticket("481516", "m1", 0)
    assert ticket.spoken == "481 516"
    assert "481516" not in repr(ticket)


@pytest.mark.real
async def test_it_lives_fifteen_minutes(memory: Memory, now: Now) -> None:
    ticket = await issued(memory)
    assert ticket.until_ms == now() + 15 * 60_000
    now.later(LIFE_MS)
    assert await memory.tickets.redeem(ticket.digits, ANNA) == Refused(4)
    ticket = await issued(memory)
    now.later(LIFE_MS - 1)
    assert await memory.tickets.redeem(ticket.digits, ANNA) == Redeemed("m1", CHAT, "c1", Confidence.PROVED)


@pytest.mark.real
async def test_of_many_who_key_it_at_once_one_gets_it(memory: Memory) -> None:
    ticket = await issued(memory)
    tried = await asyncio.gather(*(memory.tickets.redeem(ticket.digits, phone(f"+7495123456{n}")) for n in range(10)))
    assert sum(isinstance(one, Redeemed) for one in tried) == 1
    assert sum(one == Refused(4) for one in tried) == 9


@pytest.mark.real
async def test_a_reply_that_was_lost_is_given_again(memory: Memory, now: Now) -> None:
    ticket = await issued(memory)
    args = (ticket.digits, ANNA.address, now(), 5, LOCK_MS, "this try", HOUSE_TRIES)
    assert await memory.store.run("redeem", *args) == await memory.store.run("redeem", *args) == ["ok", "m1", "hv1", "c1", "3"]


@pytest.mark.real
async def test_a_new_one_takes_the_place_of_the_former(memory: Memory) -> None:
    former, present = await issued(memory), await issued(memory)
    assert isinstance(await memory.tickets.redeem(former.digits, ANNA), Refused)
    assert isinstance(await memory.tickets.redeem(present.digits, ANNA), Redeemed)


@pytest.mark.real
async def test_two_matters_have_two_numbers(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "draw", iter(["481516", "111213"] * 16).__next__)
    one, other = await issued(memory, "m1"), await issued(memory, "m2")
    assert (one.digits, other.digits) == ("481516", "111213")
    redeemed = await memory.tickets.redeem(other.digits, ANNA)
    assert isinstance(redeemed, Redeemed)
    assert redeemed.matter == "m2"


@pytest.mark.real
async def test_only_so_many_an_hour(memory: Memory, now: Now) -> None:
    first = now()
    for _ in range(ISSUED_MOST):
        await issued(memory)
        now.later(1000)
    refused = await memory.tickets.issue("m1", CHAT)
    assert refused.ticket is None
    assert refused.again_ms == first + ISSUED_MS
    now.ms = refused.again_ms
    await issued(memory)


@pytest.mark.real
async def test_wrong_tries_are_forgotten_after_a_while(memory: Memory, now: Now) -> None:
    for _ in range(4):
        await memory.tickets.redeem("999990", ANNA)
    now.later(LOCK_MS)
    assert await memory.tickets.redeem("999990", ANNA) == Refused(4)


@pytest.mark.real
async def test_a_right_one_does_not_forgive_the_wrong_ones(memory: Memory) -> None:
    for _ in range(4):
        await memory.tickets.redeem("999990", ANNA)
    assert isinstance(await memory.tickets.redeem((await issued(memory)).digits, ANNA), Redeemed)
    assert await memory.tickets.redeem("999990", ANNA) == Refused(0, memory.now_ms() + LOCK_MS)


@pytest.mark.real
async def test_who_changes_his_number_with_every_try_meets_the_brake(memory: Memory, now: Now) -> None:
    ticket = await issued(memory)
    for number in range(HOUSE_TRIES):
        refused = await memory.tickets.redeem("999990", phone(f"+7495{number:07d}"))
        assert refused == Refused(4)
    assert await memory.tickets.redeem(ticket.digits, ANNA) == Refused(0, now() + LOCK_MS, house=True)


@pytest.mark.real
@pytest.mark.parametrize("keyed", ["", "48151", "4815161", "481516481516", "abc", "４８１５１６", "*#", "481516\r\nFLUSHALL"])
async def test_what_is_no_ticket_is_a_wrong_one(memory: Memory, keyed: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tickets, "draw", lambda: "481516")
    await issued(memory)
    digits = "".join(sign for sign in keyed if sign in "0123456789")
    tried = await memory.tickets.redeem(keyed, None)
    assert isinstance(tried, Redeemed) is (digits == "481516")


@pytest.mark.real
async def test_who_withholds_his_number_shares_one_count(memory: Memory) -> None:
    assert [await memory.tickets.redeem("999990", None) for _ in range(2)] == [Refused(4), Refused(3)]


@pytest.mark.real
async def test_nothing_of_it_stays(memory: Memory, server: RedisServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    ticket = await issued(memory)
    await memory.tickets.redeem(ticket.digits, ANNA)
    for key in (f"k{ticket.digits}", "qm1", "rhv1"):
        assert int(await memory.store.command("PTTL", key)) > 0
    assert ticket.digits not in caplog.text
    assert "4951234567" not in caplog.text
