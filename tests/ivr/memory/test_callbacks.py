"""Wishes to be called back, on a real Redis: one for a matter, one caller for each, none lost, none kept too long."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from ivr.memory.callbacks import HELD_MS, CallBacks
from ivr.memory.errors import MemoryAway, Unfit
from ivr.memory.identity import email, phone
from ivr.memory.journal import Journal
from ivr.memory.matter import DAY_MS
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer

ANNA, IVAN = phone("+74951234567"), phone("+74957654321")


@pytest.fixture
def backs(store: Store, now: Now) -> CallBacks:
    return CallBacks(store, now)


async def test_a_wish_is_due_at_once_or_when_he_said_and_to_one_caller_only(backs: CallBacks, now: Now) -> None:
    soon, new = await backs.wish(ANNA, reason="parcel", matter="m1", customer="c1", language="ru")
    later, _ = await backs.wish(IVAN, now() + 3_600_000, matter="m2")
    assert new is True
    assert soon.number == "+74951234567"
    taken = await asyncio.gather(*(backs.due() for _ in range(4)))
    assert [wish.id for wishes in taken for wish in wishes] == [soon.id]
    found = next(wishes[0] for wishes in taken if wishes)
    assert (found.reason, found.matter, found.customer, found.language, found.tries) == ("parcel", "m1", "c1", "ru", 1)
    now.later(3_600_000)
    assert {wish.id: wish.tries for wish in await backs.due()} == {soon.id: 2, later.id: 1}, "what nobody ended is due again"


async def test_the_same_matter_wishes_once_and_its_latest_word_counts(backs: CallBacks, now: Now) -> None:
    first, _ = await backs.wish(ANNA, matter="m1", reason="parcel")
    now.later(60_000)
    again, new = await backs.wish(IVAN, now() + 60_000, matter="m1", reason="refund")
    assert (again.id, new) == (first.id, False)
    (waiting,) = await backs.waiting()
    assert (waiting.number, waiting.reason, waiting.created_ms, waiting.due_ms) == (
        IVAN.value,
        "refund",
        first.created_ms,
        now() + 60_000,
    )
    assert await backs.due() == ()
    # Without a matter the number tells.
    one, _ = await backs.wish(ANNA)
    other, new = await backs.wish(ANNA)
    assert (one.id, new) == (other.id, False)


async def test_what_is_done_is_not_due_and_may_be_wished_for_anew(backs: CallBacks, now: Now) -> None:
    wish, _ = await backs.wish(ANNA, matter="m1")
    assert [one.id for one in await backs.due()] == [wish.id]
    assert await backs.done(wish.id)
    assert not await backs.done(wish.id)
    assert not await backs.later(wish.id, now())
    now.later(HELD_MS + 1)
    assert await backs.due() == await backs.waiting() == ()
    again, new = await backs.wish(ANNA, matter="m1")
    assert (again.id, new) == (wish.id, True)
    (due,) = await backs.due()
    assert (due.tries, due.created_ms, due.state) == (1, now(), "open")


async def test_one_that_is_put_off_waits_and_one_that_is_dropped_says_why(backs: CallBacks, now: Now) -> None:
    wish, _ = await backs.wish(ANNA, matter="m1")
    assert await backs.later(wish.id, now() + 1000)
    assert await backs.due() == ()
    now.later(1000)
    assert len(await backs.due()) == 1
    with pytest.raises(Unfit):
        await backs.drop(wish.id, "")
    assert await backs.drop(wish.id, "he called himself")
    assert await backs.waiting() == ()


async def test_no_address_of_another_kind_can_be_called(backs: CallBacks) -> None:
    with pytest.raises(Unfit, match="telephone"):
        await backs.wish(email("a@example.org"))


async def test_a_customer_s_wishes_are_in_his_copy_and_go_with_him(memory: Memory, backs: CallBacks) -> None:
    memory.privacy.keepers["call backs"] = backs
    anna, _ = await memory.customers.meet(ANNA), await memory.customers.meet(IVAN)
    assert anna is not None
    matter = await memory.matters.checkpoint(memory.matters.begin("hotline", 2, [ANNA], "phone"))
    by_matter, _ = await backs.wish(phone("+74950000000"), matter=matter.id)
    by_number, _ = await backs.wish(ANNA)
    by_name, _ = await backs.wish(phone("+74951111111"), customer=anna, matter="gone")
    his, _ = await backs.wish(IVAN)
    await backs.done(by_name.id)
    copy = await memory.privacy.export(anna)
    assert {wish["id"]: wish["state"] for wish in copy["call backs"]} == {
        by_matter.id: "open",
        by_number.id: "open",
        by_name.id: "done",
    }
    assert (await memory.privacy.erase(anna, "desk")).others == {"call backs": 3}
    assert [wish.id for wish in await backs.waiting()] == [his.id]
    keys = " ".join(await memory.store.command("KEYS", "hotline:back:*"))
    assert not any(wish.id in keys for wish in (by_matter, by_number, by_name))


async def test_what_is_over_or_was_due_in_vain_goes_in_its_time(backs: CallBacks, now: Now) -> None:
    done, _ = await backs.wish(ANNA, matter="m1")
    await backs.done(done.id)
    await backs.wish(ANNA, matter="m2")
    await backs.wish(ANNA, now() + 30 * DAY_MS, matter="m3")
    assert await backs.sweep(now()) == 0
    assert await backs.sweep(now() + 1) == 2
    assert [wish.matter for wish in await backs.waiting()] == ["m3"]


async def test_while_redis_is_away_a_wish_waits_in_the_journal(server: RedisServer, now: Now, tmp_path: Path) -> None:
    server.ask("FLUSHALL")
    journal = await Journal.open(tmp_path / "journal.sqlite")
    away = Store("redis://127.0.0.1:1", journal, connect_ms=20, op_ms=20)
    backs = CallBacks(away, now)
    wish, new = await backs.wish(ANNA, matter="m1")
    assert new is None
    with pytest.raises(MemoryAway):
        await backs.due()
    await away.close()
    back = Store(server.url, journal, op_ms=5000)
    back.wake()
    await back.settled()
    assert [one.id for one in await CallBacks(back, now).due()] == [wish.id]
    await back.close()
    await journal.close()
