"""The sweep on its rounds, on a real Redis with the time moved: what is due goes, what is not stays; one process at a time, a part at a time."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.channels.email.review import Review
from ivr.channels.outbox import Outbox
from ivr.memory import rounds as rounds_file
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import device, phone
from ivr.memory.matter import DAY_MS, Status
from ivr.memory.memory import Memory
from ivr.memory.retention import RetentionSettings
from ivr.memory.rounds import CURSOR, MARK, Rounds
from ivr.memory.store import Store
from ivr.memory.timeline import CALL, MAIL, MESSAGE, VISIT, Touch
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer
from voice.errors import ConfigError

pytestmark = pytest.mark.real
ANNA = phone("+74951234567")
KEPT = RetentionSettings(calls=30, messages=20, mails=0, visits=7, others=5, matters=10, review=3, undelivered=2)


async def turn(rounds: Rounds) -> Counter[str]:
    """A round, whoever made the last one of this minute."""
    await rounds.memory.store.command("DEL", MARK)
    gone = await rounds.once()
    assert gone is not None
    return gone


async def test_each_kind_goes_in_its_time_and_not_before(memory: Memory, now: Now) -> None:
    rounds = Rounds(memory, KEPT, {})
    for kind in (CALL, MESSAGE, MAIL, VISIT, "crm"):
        await memory.touch(Touch(ANNA, kind, "test", kind, now(), "words"))
    assert await turn(rounds) == Counter()
    left = [CALL, MESSAGE, MAIL, VISIT, "crm"]
    for days, kind in ((5, "crm"), (7, VISIT), (20, MESSAGE), (30, CALL)):
        begun = now.ms
        now.later(days * DAY_MS - (begun - 1_800_000_000_000))
        assert await turn(rounds) == Counter()  # to the millisecond it is kept
        now.later(1)
        assert await turn(rounds) == Counter(touches=1)
        left.remove(kind)
        assert [touch.kind for touch in await memory.timeline.of(ANNA)] == left
    now.later(4000 * DAY_MS)
    assert await turn(rounds) == Counter()  # 0 days: until it is erased


async def test_matters_expire_and_go_as_the_settings_say(memory: Memory, now: Now) -> None:
    memory.matters.kept_ms = memory.sweeper.kept_ms = KEPT.ms("matters")
    rounds = Rounds(memory, KEPT, {})
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [ANNA], "phone", lifetime_ms=DAY_MS))
    closed = await memory.matters.close(memory.matters.begin("parcel", 1, [ANNA], "phone"))
    assert await turn(rounds) == Counter()
    now.later(DAY_MS)
    assert await turn(rounds) == Counter({"matters expired": 1})
    found = await memory.matters.load(matter.id)
    assert found is not None
    assert found.status is Status.EXPIRED
    now.later(9 * DAY_MS)
    assert await turn(rounds) == Counter({"matters": 1})
    assert await memory.matters.load(closed.id) is None
    now.later(DAY_MS)
    assert await turn(rounds) == Counter({"matters": 1})
    assert await memory.matters.load(matter.id) is None


async def test_what_others_keep_grows_old_too(memory: Memory, now: Now, tmp_path: Path) -> None:
    box, letters = Outbox(memory.store, "mail", now), Review(tmp_path)
    rounds = Rounds(memory, KEPT, {"undelivered": (box, "undelivered"), "review": (letters, "review")})
    await box.put("m1", "anna", {"to": "x"})
    item, _ = await box.take()
    assert item is not None
    await box.bury(item, "no")
    await box.put("m2", "anna", {"to": "x"})
    letters.put(b"From: x", "aa")
    (file,) = tmp_path.iterdir()
    written_ms = round(1000 * file.stat().st_mtime)
    assert await turn(rounds) == (Counter() if written_ms > now() - KEPT.ms("review") else Counter(review=1))
    now.later(2 * DAY_MS + 1)
    assert (await turn(rounds))["undelivered"] == 1
    assert await box.dead() == ()
    assert (await box.take())[0] is not None  # what still waits is not touched
    now.ms = written_ms + KEPT.ms("review") + 10
    await turn(rounds)
    assert list(tmp_path.iterdir()) == []


async def test_one_process_at_a_time_makes_the_round(server: RedisServer, memory: Memory, now: Now) -> None:
    other = Memory(Store(server.url, op_ms=5000), now)
    houses = [Rounds(one, KEPT, {}) for one in (memory, other)]
    made = await asyncio.gather(*(house.once() for house in houses))
    assert made.count(None) == 1
    assert await memory.store.command("PTTL", MARK) > 50_000
    await other.close()


async def test_a_round_is_a_part_and_any_process_goes_on_from_there(
    memory: Memory, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    for number in range(1500):
        await memory.touch(Touch(device(f"d{number}"), VISIT, "test", f"v{number}", now(), "words"))
    now.later(8 * DAY_MS)
    part = memory.sweeper.part
    monkeypatch.setattr(memory.sweeper, "part", lambda *words: part(*words, steps=2))
    first = await turn(Rounds(memory, KEPT, {}))
    assert 0 < first["touches"] < 1500
    assert await memory.store.command("GET", CURSOR) != "0"
    total = first["touches"]
    for _ in range(60):
        total += (await turn(Rounds(memory, KEPT, {})))["touches"]
        if await memory.store.command("GET", CURSOR) == "0":
            break
    assert total == 1500
    assert await memory.store.command("KEYS", "t*") == []


async def test_redis_away_costs_a_round_and_no_more(
    now: Now, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr(rounds_file, "DEADLINE_S", 0.5)
    with RedisServer("--appendonly", "yes", "--appendfsync", "always") as server:
        memory = Memory(Store(server.url), now)
        await memory.touch(Touch(ANNA, VISIT, "test", "v1", now(), "зонтик"))
        now.later(8 * DAY_MS)
        server.kill()
        rounds = Rounds(memory, KEPT, {}, every_s=0.05)
        with pytest.raises(MemoryAway):
            await rounds.once()
        with caplog.at_level(logging.INFO):
            rounds.start()
            await asyncio.sleep(0.2)
            server.start()
            async with asyncio.timeout(20):
                while "1 touches" not in caplog.text:
                    await asyncio.sleep(0.02)
            await rounds.close()
        assert "the sweep goes on later: MemoryAway" in caplog.text
        assert "зонтик" not in caplog.text
        assert ANNA.value not in caplog.text
        assert await memory.timeline.of(ANNA) == ()
        await memory.close()


def test_days_make_sense() -> None:
    with pytest.raises(ConfigError, match=r"calls, sound: days from 1 to 36500, or 0"):
        RetentionSettings(calls=-1, sound=40_000)
    assert replace(KEPT, chats=0).ms("chats") > 10**12
