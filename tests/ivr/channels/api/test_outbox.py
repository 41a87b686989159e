"""The outbox and its courier on a real Redis: once, in order within a lane, leases, dead letters, Redis away."""

from __future__ import annotations

import asyncio
import random
from pathlib import Path

import pytest

from ivr.channels.courier import Again, Backoff, Courier, Never
from ivr.channels.outbox import Item, Outbox
from ivr.memory.errors import MemoryAway
from ivr.memory.journal import Journal
from ivr.memory.store import Store
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real


@pytest.fixture
def box(store: Store, now: Now) -> Outbox:
    return Outbox(store, "test", now, lease_ms=1_000)


class Script:
    """A delivery that goes as written, and notes what it was asked."""

    def __init__(self, *outcomes: Again | Never | None) -> None:
        self.outcomes, self.asked = list(outcomes), list[str]()

    async def __call__(self, item: Item) -> Again | Never | None:
        self.asked.append(item.id)
        return self.outcomes.pop(0) if self.outcomes else None


async def test_put_once_and_taken_once(box: Outbox) -> None:
    assert await box.put("a", "anna", {"x": 1}) is True
    assert await box.put("a", "anna", {"x": 2}) is False
    item, _ = await box.take()
    assert item is not None
    assert (item.id, item.lane, item.body, item.tries) == ("a", "anna", {"x": 1}, 1)
    assert (await box.take())[0] is None
    assert await box.done(item)
    assert await box.put("a", "anna", {"x": 3}) is False
    assert await box.take() == (None, -1)


async def test_a_lane_keeps_its_order_and_holds_up_nobody_else(box: Outbox, now: Now) -> None:
    for name, lane in (("a1", "anna"), ("b1", "boris"), ("a2", "anna"), ("b2", "boris")):
        await box.put(name, lane, {})
    script = Script(Again("down"))
    courier = Courier(box, script, Backoff(jitter=0))
    while await courier.once() is None:
        pass
    assert script.asked == ["a1", "b1", "b2"]
    now.later(2_000)
    while await courier.once() is None:
        pass
    assert script.asked == ["a1", "b1", "b2", "a1", "a2"]


async def test_a_dead_letter_lets_the_next_one_go(box: Outbox) -> None:
    for name in ("a1", "a2"):
        await box.put(name, "anna", {"n": name})
    script = Script(Never("gone"))
    courier = Courier(box, script)
    while await courier.once() is None:
        pass
    assert script.asked == ["a1", "a2"]
    (dead,) = await box.dead()
    assert (dead.id, dead.lane, dead.body, dead.why, dead.tries) == ("a1", "anna", {"n": "a1"}, "gone", 1)
    assert await box.revive("a1")
    assert not await box.revive("a1")
    assert await courier.once() is None
    assert script.asked[-1] == "a1"
    assert await box.dead() == ()


async def test_pauses_grow_and_end_after_a_day(box: Outbox, now: Now) -> None:
    await box.put("a", "anna", {})
    begun, tries = now.ms, []
    courier = Courier(box, Script(*[Again("down")] * 100), Backoff(jitter=0))
    while (due := await courier.once()) != -1:
        if due is not None:
            tries.append((due - now.ms) // 1000)
            now.ms = due
    assert tries[:12] == [2, 4, 8, 16, 32, 64, 128, 256, 512, 1024, 2048, 3600]
    assert 86_400_000 - 3_600_000 < now.ms - begun <= 86_400_000
    assert (await box.dead())[0].why == "down"


def test_jitter_is_within_its_share() -> None:
    item = Item("a", "x", {}, 0, 3)
    dues = {Backoff().due_ms(item, 0, random.Random(seed).random()) for seed in range(200)}
    assert len(dues) > 100
    assert all(due is not None and 6_400 <= due <= 9_600 for due in dues)


async def test_the_other_side_says_when(box: Outbox, now: Now) -> None:
    await box.put("a", "anna", {})
    courier = Courier(box, Script(Again("busy", after_s=120)), Backoff(jitter=0))
    assert await courier.once() is None
    assert await courier.once() == now.ms + 120_000


async def test_whoever_died_in_the_middle_is_replaced_and_cannot_end_it_any_more(box: Outbox, now: Now) -> None:
    await box.put("a", "anna", {})
    first, _ = await box.take()
    assert first is not None
    assert await box.take() == (None, now.ms + 1_000)
    now.later(1_000)
    second, _ = await box.take()
    assert second is not None
    assert second.tries == 2
    assert not await box.done(first)
    assert not await box.bury(first, "late")
    assert not await box.later(first, 0)
    assert await box.done(second)
    assert not await box.done(second)


async def test_two_couriers_share_the_work(box: Outbox) -> None:
    for n in range(50):
        await box.put(f"i{n}", f"lane{n % 5}", {})
    script = Script()
    couriers = [Courier(box, script, hands=3, poll_s=0.01) for _ in range(2)]
    for courier in couriers:
        courier.start()
    async with asyncio.timeout(20):
        while len(script.asked) < 50:
            await asyncio.sleep(0.005)
    for courier in couriers:
        await courier.close()
    assert sorted(script.asked) == sorted(f"i{n}" for n in range(50))
    for lane in range(5):
        mine = [int(name[1:]) for name in script.asked if int(name[1:]) % 5 == lane]
        assert mine == sorted(mine)


async def test_a_fault_of_one_delivery_is_tried_again(box: Outbox, caplog: pytest.LogCaptureFixture) -> None:
    async def stumble(item: Item) -> None:
        raise KeyError("personal data")

    await box.put("a", "anna", {})
    courier = Courier(box, stumble)
    assert await courier.once() is None
    assert courier.counts == {"faults": 1, "again": 1}
    assert "personal" not in caplog.text


async def test_what_was_delivered_is_not_forgotten_when_redis_is_away_for_a_moment(
    box: Outbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.channels.courier.SETTLE_S", (0.0, 0.0))
    failures, done = [1, 1], box.done

    async def away_at_first(item: Item) -> bool:
        if failures:
            failures.pop()
            raise MemoryAway("the test")
        return await done(item)

    monkeypatch.setattr(box, "done", away_at_first)
    await box.put("a", "anna", {})
    courier = Courier(box, Script())
    assert await courier.once() is None
    assert courier.counts == {"delivered": 1}
    assert await box.take() == (None, -1)


async def test_what_waits_about_somebody_is_forgotten(box: Outbox) -> None:
    for name, lane in (("a1", "anna"), ("a2", "anna"), ("b1", "boris")):
        await box.put(name, lane, {"secret": name})
    item, _ = await box.take()
    assert item is not None
    await box.bury(item, "gone")
    assert await box.forget("anna") == 2
    item, _ = await box.take()
    assert item is not None
    assert item.id == "b1"
    assert await box.dead() == ()


async def test_redis_away_loses_nothing(tmp_path: Path, now: Now) -> None:
    with RedisServer("--appendonly", "yes") as server:
        journal = await Journal.open(tmp_path / "journal")
        store = Store(server.url, journal)
        box = Outbox(store, "test", now)
        assert await box.put("a1", "anna", {}) is True
        server.kill()
        assert await box.put("a2", "anna", {}) is None
        assert await box.put("a3", "anna", {}) is None
        server.start()
        await asyncio.wait_for(store.settled(), 20)
        script = Script()
        courier = Courier(box, script)
        while await courier.once() is None:
            pass
        assert script.asked == ["a1", "a2", "a3"]
        await store.close()
        await journal.close()
