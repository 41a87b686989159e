"""Redis goes wrong in the middle: killed, stopped, slow, cut, full. Nobody waits long, nothing is lost, nothing is doubled."""

from __future__ import annotations

import asyncio
import contextlib
import time
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from ivr.memory.errors import JournalFull, MemoryAway, StoreUnfit
from ivr.memory.identity import Identity, chat, phone
from ivr.memory.journal import Journal
from ivr.memory.matter import Answered
from ivr.memory.memory import Memory
from ivr.memory.store import Store, connect, place_of
from ivr.memory.timeline import MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS, Now
from tests.peers.fault_proxy import FaultProxy
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real
ANNA = phone("+74951234567")
# Not "everysec": while the disk is busy with the second before, Redis answers first and writes later.
KEPT = ("--appendonly", "yes", "--appendfsync", "always")


@pytest.fixture
def victim() -> Iterator[RedisServer]:
    """A Redis that may be maltreated, and keeps what it has on the disk."""
    with RedisServer(*KEPT) as victim:
        yield victim


@pytest.fixture
async def patient(victim: RedisServer, tmp_path: Path) -> AsyncIterator[Memory]:
    """A memory on the victim, with a journal; patient, because each write goes to the disk, and that may be busy."""
    memory = Memory(Store(victim.url, await Journal.open(tmp_path / "journal"), op_ms=1000), Now())
    yield memory
    await memory.close()


def touch(number: int, who: Identity = ANNA) -> Touch:
    return Touch(who, MESSAGE, "test", f"m{number}", NOON_MS + number, f"words {number}")


async def names(memory: Memory, who: Identity = ANNA) -> list[str]:
    return [one.source_id for one in await memory.timeline.of(who)]


async def until_settled(memory: Memory) -> None:
    async with asyncio.timeout(20):
        await memory.store.settled()


async def test_killed_and_started_again(patient: Memory, victim: RedisServer) -> None:
    assert await patient.touch(touch(0)) is True
    victim.kill()
    assert await patient.touch(touch(1)) is None
    with pytest.raises(MemoryAway):
        await patient.who(ANNA)
    victim.start()
    await until_settled(patient)
    assert (await names(patient))[-1] == "m1"
    assert await patient.touch(touch(2)) is True


async def test_stopped_nobody_waits_and_nothing_is_doubled(patient: Memory, victim: RedisServer) -> None:
    await patient.touch(touch(0))
    victim.pause()
    begun = time.perf_counter()
    # What was sent before anybody knew is done when Redis wakes up; the journal then brings it once more.
    assert await asyncio.gather(*(patient.touch(touch(number)) for number in range(1, 9))) == [None] * 8
    assert time.perf_counter() - begun < 4
    assert patient.away
    begun = time.perf_counter()
    with pytest.raises(MemoryAway):
        await patient.who(ANNA)
    assert time.perf_counter() - begun < 1
    victim.go_on()
    await until_settled(patient)
    assert await names(patient) == [f"m{number}" for number in range(9)]
    assert not patient.away


async def test_a_reply_that_is_lost_is_no_second_touch(victim: RedisServer, tmp_path: Path) -> None:
    async with FaultProxy(victim.socket, victim.folder / "proxy") as proxy:
        memory = Memory(Store(proxy.url, await Journal.open(tmp_path / "journal")), Now())
        await memory.touch(touch(0))
        matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [ANNA], "phone"))
        proxy.mute = True
        assert await memory.touch(touch(1)) is None
        # Written, and nobody was told so: the same write again is not taken for another channel's.
        after = await memory.matters.checkpoint(replace(matter, step="day"), [Answered("order", "4711", 1, "phone")])
        proxy.mute = False
        proxy.cut()
        await until_settled(memory)
        assert await names(memory) == ["m0", "m1"]
        assert await memory.matters.load(matter.id) == after
        assert memory.store.counts["outrun"] == 0
        await memory.close()


async def test_slow_is_away(victim: RedisServer, tmp_path: Path) -> None:
    async with FaultProxy(victim.socket, victim.folder / "proxy") as proxy:
        memory = Memory(Store(proxy.url, await Journal.open(tmp_path / "journal")), Now())
        await memory.touch(touch(0))
        proxy.delay_s = 0.2
        for _ in range(3):
            begun = time.perf_counter()
            with pytest.raises(MemoryAway):
                await memory.who(ANNA)
            assert time.perf_counter() - begun < 4
        assert memory.away
        proxy.delay_s = 0
        memory.store.breaker.open_ms = 0
        assert [one.source_id for one in (await memory.who(ANNA)).touches] == ["m0"]
        await memory.close()


async def test_a_line_that_breaks_while_idle_is_not_noticed(victim: RedisServer) -> None:
    async with FaultProxy(victim.socket, victim.folder / "proxy") as proxy:
        memory = Memory(Store(proxy.url), Now())
        await memory.touch(touch(0))
        proxy.cut()
        await asyncio.sleep(0)
        assert await memory.touch(touch(1)) is True
        await memory.close()


async def test_away_at_the_start(tmp_path: Path, victim: RedisServer) -> None:
    victim.kill()
    memory = Memory(Store(victim.url, await Journal.open(tmp_path / "journal")), Now())
    assert await memory.touch(touch(0)) is None
    await memory.close()
    # The process ended before Redis came back; the next one finds the journal.
    victim.start()
    memory = Memory(Store(victim.url, await Journal.open(tmp_path / "journal")), Now())
    await until_settled(memory)
    assert await names(memory) == ["m0"]
    await memory.close()


async def test_a_dialogue_goes_on_through_an_outage(patient: Memory, victim: RedisServer) -> None:
    matter = await patient.matters.checkpoint(patient.matters.begin("parcel", 1, [ANNA], "phone"))
    victim.kill()
    for step in ("order", "day", "hour"):
        matter = await patient.matters.checkpoint(replace(matter, step=step), [Answered(step, step.upper(), NOON_MS, "phone")])
    other = await patient.matters.checkpoint(patient.matters.begin("complaint", 1, [ANNA], "phone"))
    victim.start()
    await until_settled(patient)
    found = await patient.matters.load(matter.id)
    assert found == matter
    assert found is not None
    assert list(found.slots) == ["order", "day", "hour"]
    assert await patient.matters.load(other.id) == other


async def test_who_was_overtaken_during_an_outage_leaves_his_answers_and_not_his_step(
    patient: Memory, victim: RedisServer, tmp_path: Path
) -> None:  # fmt: skip
    matter = await patient.matters.checkpoint(patient.matters.begin("parcel", 1, [ANNA], "phone"))
    async with FaultProxy(victim.socket, victim.folder / "proxy") as proxy:
        proxy.refuse = True
        cut_off = Memory(Store(proxy.url, await Journal.open(tmp_path / "other")), Now())
        mine = await cut_off.matters.checkpoint(replace(matter, step="day"), [Answered("order", "4711", NOON_MS, "phone")])
        await cut_off.matters.checkpoint(replace(mine, step="hour"), [Answered("day", "friday", NOON_MS, "phone")])
        theirs = await patient.matters.checkpoint(replace(matter, step="end"), [Answered("order", "4712", NOON_MS, "chat")])
        proxy.refuse = False
        await until_settled(cut_off)
        assert cut_off.store.counts["outrun"] == 2
        await cut_off.close()
    found = await patient.matters.load(matter.id)
    assert found is not None
    assert (found.version, found.step, found.slots) == (theirs.version, "end", {"order": "4712"})
    assert [(line.value, line.late) for line in found.ledger] == [("4712", False), ("4711", True), ("friday", True)]


async def test_full_is_away_for_writes_and_there_for_reads(tmp_path: Path) -> None:
    with RedisServer("--maxmemory", "3mb", "--maxmemory-policy", "noeviction") as small:
        memory = Memory(Store(small.url, await Journal.open(tmp_path / "journal")), Now())
        await memory.touch(touch(0))
        assert small.ask("SETRANGE", "ballast", "4000000", "x").startswith((b":", b"-OOM"))
        assert await memory.touch(touch(1)) is None
        assert [one.source_id for one in (await memory.who(ANNA)).touches] == ["m0"]
        assert not memory.away
        with pytest.raises(MemoryAway, match="refuses for now"):
            await memory.customers.meet(ANNA)
        small.ask("DEL", "ballast")
        await until_settled(memory)
        assert await names(memory) == ["m0", "m1"]
        await memory.close()


async def test_a_store_that_evicts_is_refused() -> None:
    with RedisServer("--maxmemory", "64mb", "--maxmemory-policy", "allkeys-lru") as careless:
        store = Store(careless.url)
        with pytest.raises(StoreUnfit, match="Set maxmemory-policy noeviction"):
            await store.command("PING")
        await store.close()


async def test_a_new_password_in_the_middle_of_service_loses_nothing(
    patient: Memory, victim: RedisServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("ivr.memory.store.REPLAY_UNFIT_S", 0.05)
    assert await patient.touch(touch(0)) is True
    victim.ask("CONFIG", "SET", "requirepass", "changed")
    victim.password = "changed"
    victim.ask("CLIENT", "KILL", "TYPE", "normal")
    assert await patient.touch(touch(1)) is None
    victim.ask("CONFIG", "SET", "requirepass", '""')
    victim.password = ""
    await until_settled(patient)
    assert await names(patient) == ["m0", "m1"]


async def test_a_full_journal_says_so_and_keeps_what_it_has(victim: RedisServer, tmp_path: Path) -> None:
    victim.kill()
    memory = Memory(Store(victim.url, await Journal.open(tmp_path / "journal", most=2)), Now())
    assert [await memory.touch(touch(number)) for number in range(2)] == [None, None]
    with pytest.raises(JournalFull):
        await memory.touch(touch(2))
    victim.start()
    await until_settled(memory)
    assert await names(memory) == ["m0", "m1"]
    assert await memory.touch(touch(2)) is True
    await memory.close()


async def test_a_torn_tail_of_the_file_costs_the_tail_only(victim: RedisServer) -> None:
    memory = Memory(Store(victim.url), Now())
    for number in range(50):
        await memory.touch(touch(number, chat(f"v{number}")))
    await memory.close()
    victim.kill()
    file = next(victim.folder.rglob("*.incr.aof"))
    whole = file.read_bytes()
    file.write_bytes(whole[:-17])
    victim.start()
    memory = Memory(Store(victim.url), Now())
    assert [await names(memory, chat(f"v{number}")) for number in range(49)] == [[f"m{number}"] for number in range(49)]
    await memory.close()


async def test_a_storm_of_kills_loses_nothing_that_was_promised(patient: Memory, victim: RedisServer) -> None:
    """A crash of the process alone: what Redis had answered is with the kernel, what it had not is in the journal."""
    patient.store.breaker.open_ms = 20
    sent = 0
    for _ in range(3):
        for _ in range(20):
            await patient.touch(touch(sent))
            sent += 1
        victim.kill()
        for _ in range(5):
            await patient.touch(touch(sent))
            sent += 1
        victim.start()
    await until_settled(patient)
    assert await names(patient) == [f"m{number}" for number in range(sent)]


async def test_cut_off_from_its_replicas_is_away_for_writes(victim: RedisServer, patient: Memory) -> None:
    """B9: an isolated primary refuses (NOREPLICAS) instead of taking what would be thrown away after healing."""
    await patient.touch(touch(0))
    victim.ask("CONFIG", "SET", "min-replicas-to-write", "1")
    assert await patient.touch(touch(1)) is None
    assert not patient.away
    victim.ask("CONFIG", "SET", "min-replicas-to-write", "0")
    await until_settled(patient)
    assert await names(patient) == ["m0", "m1"]


async def test_a_write_that_is_refused_for_good_holds_up_nobody(
    patient: Memory, victim: RedisServer, caplog: pytest.LogCaptureFixture
) -> None:  # fmt: skip
    journal = patient.store.journal
    assert journal is not None
    await journal.add("m17", "checkpoint", ["17", 0, "p+74951234567"])
    await journal.add("m17", "a_script_of_tomorrow", ["p+74951234567"])
    await journal.add("other", "touch", ["hv1", "", "test", "m1", NOON_MS, b'[1,"message","test","m1"]', ""])
    patient.store.wake()
    await until_settled(patient)
    assert len(journal) == 0
    assert await names(patient, chat("v1")) == ["m1"]
    assert caplog.text.count("set aside") == 2
    assert "4951234567" not in caplog.text


async def test_a_sweep_waits_for_redis_and_goes_on(patient: Memory, victim: RedisServer) -> None:
    await patient.touch(touch(0))
    patient.sweeper.pause_s = 0.02
    victim.kill()
    sweep = asyncio.create_task(patient.sweeper.sweep(NOON_MS + 10**12))
    await asyncio.sleep(0.05)
    victim.start()
    assert (await sweep).touches == 1
    victim.kill()
    patient.sweeper.patience = 1
    with pytest.raises(MemoryAway):
        await patient.sweeper.sweep(NOON_MS)


async def test_a_slow_redis_tells_in_the_end_who_it_is(victim: RedisServer, tmp_path: Path) -> None:
    async with FaultProxy(victim.socket, victim.folder / "proxy") as proxy:
        late = Store(proxy.url, connect_ms=3000, op_ms=3000)
        memory = Memory(Store(proxy.url, await Journal.open(tmp_path / "journal")), Now(), late)
        await memory.touch(touch(0))
        proxy.delay_s = 0.5
        with pytest.raises(MemoryAway):
            await memory.who(ANNA)
        async with asyncio.timeout(20):
            assert [one.source_id for one in (await memory.who_at_last(ANNA)).touches] == ["m0"]
        await memory.close()


async def test_a_redis_that_comes_back_tells_in_the_end_who_it_is(patient: Memory, victim: RedisServer) -> None:
    await patient.touch(touch(0))
    victim.kill()
    asked = asyncio.create_task(patient.who_at_last(ANNA))
    await asyncio.sleep(0.6)
    assert not asked.done()
    victim.start()
    async with asyncio.timeout(20):
        assert [one.source_id for one in (await asked).touches] == ["m0"]


def sockets() -> int:
    """How many this process has open (proc(5))."""
    found = 0
    for entry in Path("/proc/self/fd").iterdir():
        with contextlib.suppress(OSError):
            found += str(entry.readlink()).startswith("socket:")
    return found


async def test_a_connection_that_is_given_up_leaves_no_socket_behind(victim: RedisServer) -> None:
    """The library would have held it until a Redis that stands still has taken what was not sent."""
    store = Store(victim.url)
    before = sockets()
    await store.command("PING")
    assert sockets() > before
    victim.pause()
    with pytest.raises(MemoryAway):
        await store.command("SET", "k", "x" * 20_000_000)
    await asyncio.sleep(0)
    assert sockets() <= before
    await store.close()
    victim.go_on()


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("redis://anna:secret@10.1.2.3:6380/0", "10.1.2.3:6380"),
        ("rediss://:secret@redis.example/2", "redis.example:6379"),
        ("unix:///run/redis.sock", "/run/redis.sock"),
        ("redis+sentinel://:secret@10.1.2.3:26379/house", "Sentinel"),
    ],
)
def test_where_redis_is_asked_is_told_without_user_and_password(url: str, told: str) -> None:
    assert place_of(connect(url, 100, 100)) == told
