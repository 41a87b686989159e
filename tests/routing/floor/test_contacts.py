"""Contact records: of every finished contact one, by the time it ended; what came again was not resolved."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.memory.journal import Journal
from ivr.memory.store import Store
from routing.floor.contacts import Contacts
from routing.floor.estimate import Figures
from routing.floor.records import Reason
from routing.floor.states import Move
from routing.floor.store import DAY_MS, Claim, Floor, P
from tests.peers.redis import RedisServer
from tests.routing.floor.conftest import NOON_MS, Now
from tests.routing.floor.people import ready, request


async def test_a_call_that_met_nobody_is_a_contact(store: Store) -> None:
    contacts = Contacts(store)
    await contacts.keep(
        "call-1", NOON_MS, outcome="contained", medium="call", language="ru", topic="parcel", turns=5, questions=4, repeated=1
    )
    await contacts.keep("call-1", csat=5)
    [row] = await contacts.between(NOON_MS, NOON_MS + 1)
    assert (row.outcome, row.language, row.turns, row.questions, row.repeated, row.csat, row.ended_ms) == (
        "contained",
        "ru",
        5,
        4,
        1,
        5,
        NOON_MS,
    )
    assert await contacts.get("call-1") == row
    assert await contacts.get("call-2") is None


async def test_house_and_floor_write_into_one_record(floor: Floor, store: Store, now: Now) -> None:
    contacts = Contacts(store)
    await ready(floor, "anna")
    one = await floor.enter(request("r1", call="call-1", customer="c1", topic="parcel"))
    now.later(s=12)
    [made] = await floor.claim_all([Claim(one, "anna", (Reason("longest_idle", {"idle_s": 12}),))])
    assert not isinstance(made, str)
    for move in (Move.SHOWN, Move.RINGING, Move.CONNECTED):
        await floor.move(made.id, move)
    now.later(s=100)
    await contacts.keep("call-1", questions=3, repeated=0, language="en")
    await floor.move(made.id, Move.WRAP_UP)
    now.later(s=20)
    await floor.note(made.id, "solved")
    await floor.move(made.id, Move.DONE)
    row = await contacts.get("call-1")
    assert row is not None
    assert (row.outcome, row.operator, row.waited_s, row.talked_s, row.wrap_s, row.code) == (
        "handled",
        "anna",
        12.0,
        100.0,
        20.0,
        "solved",
    )
    assert (row.questions, row.request, row.ended_ms, row.offers) == (3, "r1", NOON_MS + 112_000, 1)
    assert row.reasons == (Reason("longest_idle", {"idle_s": 12}),)


async def test_who_gave_up_is_one_too(floor: Floor, store: Store, now: Now) -> None:
    await floor.enter(request("r1"))
    now.later(s=45)
    await floor.leave("r1", "gone")
    row = await Contacts(store).get("r1")
    assert row is not None
    assert (row.outcome, row.waited_s, row.operator, row.skill) == ("gone", 45.0, "", "delivery")


async def test_what_comes_again_within_a_week_was_not_resolved(store: Store) -> None:
    contacts = Contacts(store)
    for name, when, topic in (("one", 0, "parcel"), ("other", 1, "bill"), ("two", DAY_MS, "parcel")):
        await contacts.keep(name, NOON_MS + when, customer="c1", topic=topic, outcome="handled")
    rows = {row.id: row for row in await contacts.between(NOON_MS, NOON_MS + 2 * DAY_MS)}
    assert (rows["one"].again_ms, rows["one"].repeat) == (NOON_MS + DAY_MS, False)
    assert (rows["two"].again_ms, rows["two"].repeat) == (0, True)
    assert (rows["other"].again_ms, rows["other"].repeat) == (0, False)


async def test_by_time_and_for_as_long_as_is_set(store: Store) -> None:
    contacts = Contacts(store)
    for day in range(5):
        for minute in range(3):
            await contacts.keep(f"{day}-{minute}", NOON_MS + day * DAY_MS + minute * 60_000, outcome="handled")
    found = await contacts.between(NOON_MS + 60_000, NOON_MS + 3 * DAY_MS + 60_000)
    assert [row.id for row in found] == ["0-1", "0-2", "1-0", "1-1", "1-2", "2-0", "2-1", "2-2", "3-0"]
    assert await contacts.sweep(NOON_MS + 2 * DAY_MS) == 6
    assert len(await contacts.between(NOON_MS, NOON_MS + 9 * DAY_MS)) == 9
    assert await contacts.get("0-0") is None


async def test_what_was_told_of_waiting_is_held_against_what_came(floor: Floor, store: Store, now: Now) -> None:
    await floor.enter(request("r1"))
    line = Figures(servers=2.0, ready=0, mean_s=100.0, spread=0.5, at_ms=now.ms).pack()
    await store.command("HSET", "hotline:floor:figures", "call:delivery:en", line)
    place = await floor.place("r1")
    assert (place.position, place.ahead, place.open) == (1, 0, True)
    assert place.estimate is not None
    now.later(s=5)
    await floor.place("r1")
    await floor.leave("r1", "gone")
    row = await Contacts(store).get("r1")
    assert row is not None
    assert (row.low_s, row.high_s) == (place.estimate.low_s, place.estimate.high_s)
    assert (await floor.place("r1")).position == 0


@pytest.mark.real
async def test_a_contact_that_ends_while_redis_is_away_is_kept_once(tmp_path: Path) -> None:
    with RedisServer() as victim:
        store = Store(victim.url, await Journal.open(tmp_path / "journal"))
        contacts = Contacts(store)
        victim.kill()
        for _ in range(2):  # as after an answer that was lost
            await contacts.keep("call-1", NOON_MS, '["talk.ended",1,{}]', outcome="left", medium="call")
        victim.start()
        await store.settled()
        [row] = await contacts.between(NOON_MS, NOON_MS + 1)
        assert (row.id, row.outcome) == ("call-1", "left")
        assert await store.command("LLEN", f"{P}log:call-1") == 1
        await store.close()
        assert store.journal is not None
        await store.journal.close()
