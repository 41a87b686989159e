"""What the house counts: once, from every process, through an outage; questions of this very talk; read by Prometheus and a person."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path

import aiohttp
import pytest
from prometheus_client.parser import text_string_to_metric_families as parsed

from ivr.actions import Context, Heard, Matter, Picked, Started, State
from ivr.counts import FRESH_MS, LABELS, ending_of
from ivr.machine import begin, step
from ivr.memory.journal import Journal
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from routing.desk.metrics import Metrics
from routing.metrics_settings import MetricsSettings
from routing.stats_cli import figures
from tests.ivr.memory.conftest import Now
from tests.ivr.parcels import FLOW, NOW_MS, Talk
from tests.peers.redis import RedisServer
from tests.routing.test_cli import hotline
from voice.errors import ConfigError

real = pytest.mark.real


@pytest.fixture
def server() -> Iterator[RedisServer]:
    with RedisServer("--appendonly", "yes", "--appendfsync", "always") as server:
        yield server


async def house(server: RedisServer, folder: Path, now: Now) -> Memory:
    return Memory(Store(server.url, await Journal.open(folder / "journal")), now)


@pytest.fixture
async def memory(server: RedisServer, tmp_path: Path) -> AsyncIterator[Memory]:
    memory = await house(server, tmp_path, Now())
    yield memory
    await memory.close()


def asked(before: State, after: State) -> tuple[int, int]:
    return after.asked_now - before.asked_now, after.repeated_now - before.repeated_now


def test_questions_of_former_talks_are_not_counted_again() -> None:
    old = Talk("chat")
    old.take(Heard("my order 4711 has not come"))
    assert (old.state.questions, old.state.asked_now) == (2, 2)
    new = Talk("phone", context=Context("c1", matters=(Matter("m1", old.state.to_dict()),)), now_ms=NOW_MS)
    before = new.state
    assert (before.questions, before.asked_now) == (1, 1)  # whether to go on
    new.done(Picked("yes"))
    assert asked(before, new.state) == (1, 0)
    assert new.state.questions == 4  # of the matter, all talks together
    again = State.from_dict(json.loads(json.dumps(new.state.to_dict())))
    assert again.asked_now == 2


def test_a_flow_that_asks_anew_counts_what_was_known() -> None:
    old = Talk("chat")
    old.take(Heard("my order 4711 has not come"))
    flow = replace(FLOW, resume=replace(FLOW.resume, mode="restart"))
    context = Context("c1", matters=(Matter("m1", old.state.to_dict()),))
    state, _ = step(flow, begin(flow), Started("en", "phone", context, now_ms=NOW_MS))
    state, _ = step(flow, replace(state, speaking=False), Heard("where is my parcel"))
    assert (state.step, state.repeated_now) == ("status", 1)


@pytest.mark.parametrize(("ending", "done", "word"), [("handed over (asked)", True, "handed"), ("ended at goodbye", True, "ended"),
                                                      ("hung up at day", False, "left"), ("", False, "left")])  # fmt: skip
def test_a_talk_ends_in_one_of_three_ways(ending: str, done: bool, word: str) -> None:
    assert ending_of(replace(State("hotline", 1), ending=ending, done=done)) == word


@real
async def test_two_processes_make_one_sum_and_the_day_is_its_own(memory: Memory, server: RedisServer, tmp_path: Path) -> None:
    other = await house(server, tmp_path / "other", Now())
    for one, channel in ((memory, "phone"), (other, "chat"), (memory, "phone")):
        one.counts.add("questions", channel, by=3)
        await one.counts.flush()
    sums = await memory.counts.read()
    assert dict(sums.total) == dict(sums.today) == {"questions|phone": 6, "questions|chat": 3}
    memory.now_ms.later(86_400_000)  # type: ignore[attr-defined]
    memory.counts.add("calls", "ended")
    await memory.counts.flush()
    sums = await memory.counts.read()
    assert (sums.today, sums.total["questions|phone"]) == ({"calls|ended": 1}, 6)
    await other.close()


@real
async def test_the_same_numbers_twice_are_added_once(memory: Memory) -> None:
    args = ("a", 1, "hotline:count", "hotline:count:d", 1000, "calls|ended", 2)
    assert await memory.store.run("count", *args) == 1
    assert await memory.store.run("count", *args) == 0
    assert (await memory.counts.read()).total == {"calls|ended": 2}


@real
async def test_what_is_counted_while_redis_is_away_is_not_lost(memory: Memory, server: RedisServer) -> None:
    await memory.store.command("PING")
    server.kill()
    memory.counts.add("talks", "phone", "left")
    await memory.counts.flush()
    memory.counts.add("talks", "phone", "left", by=2)
    await memory.counts.flush()
    assert memory.store.journal is not None
    assert len(memory.store.journal) == 2
    server.start()
    async with asyncio.timeout(20):
        await memory.store.settled()
    await memory.counts.flush()
    total = (await memory.counts.read()).total
    assert total["talks|phone|left"] == 3
    assert total["redis_away"] >= 1


@real
async def test_a_process_tells_of_itself_and_is_forgotten_when_it_is_gone(memory: Memory) -> None:
    memory.counts.start("desk")
    async with asyncio.timeout(20):
        while not (sums := await memory.counts.read()).gauges:
            await asyncio.sleep(0.1)
    (told,) = sums.gauges
    assert (told["role"], told["journal_depth"]) == ("desk", 0)
    assert 0 <= told["event_loop_lag_s"] < 5
    memory.now_ms.later(FRESH_MS + 1)  # type: ignore[attr-defined]
    assert (await memory.counts.read()).gauges == ()


@real
async def test_prometheus_reads_it_all(memory: Memory, server: RedisServer) -> None:
    for name, labels in LABELS.items():
        if name != "redis_away":
            memory.counts.add(name, *("phone" if label == "channel" else "ended" for label in labels), by=7)
    for took_s in (0.0004, 0.003, 0.003, 9.0):
        memory.counts.looked(took_s)
    memory.counts.start("phone")
    async with asyncio.timeout(20):
        while not ((sums := await memory.counts.read()).gauges and sums.total):
            await asyncio.sleep(0.1)
    metrics = Metrics(MetricsSettings(), memory.counts, "1.2.3")
    await metrics.open(0)
    async with aiohttp.ClientSession() as session:
        async with session.get(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
            assert (answer.status, answer.headers["Content-Type"]) == (200, "text/plain; version=0.0.4; charset=utf-8")
            text = await answer.text()
        async with session.get(f"http://127.0.0.1:{metrics.port}/") as answer:
            assert answer.status == 404
        samples = {(one.name, *one.labels.values()): one.value for family in parsed(text) for one in family.samples}
        assert all(name.startswith("hotline_") for name, *_ in samples)
        assert samples[("hotline_calls_total", "ended")] == 7
        assert samples[("hotline_talks_total", "phone", "ended")] == 7
        assert samples[("hotline_questions_repeated_total", "phone")] == 7
        assert samples[("hotline_redis_away_total",)] == 0
        assert samples[("hotline_build_info", "1.2.3")] == 1
        assert samples[("hotline_journal_depth", "phone")] == 0
        assert ("hotline_event_loop_lag_seconds", "phone") in samples
        assert samples[("hotline_context_lookup_seconds_bucket", "0.005")] == 3
        assert samples[("hotline_context_lookup_seconds_bucket", "+Inf")] == 4
        assert samples[("hotline_context_lookup_seconds_count",)] == 4
        assert samples[("hotline_context_lookup_seconds_sum",)] == pytest.approx(9.0064)
        # While Redis is away it still answers, with what was known.
        server.kill()
        async with session.get(f"http://127.0.0.1:{metrics.port}/metrics") as answer:
            text = await answer.text()
    assert "hotline_memory_up 0.0" in text
    assert 'hotline_calls_total{result="ended"} 7.0' in text
    async with Metrics(MetricsSettings(), memory.counts, "1") as none:
        assert none.port == 0
    with pytest.raises(ConfigError, match=r"cannot be opened for \[metrics\]"):
        await Metrics(MetricsSettings(), memory.counts, "1").open(metrics.port)
    await metrics.__aexit__()


@real
async def test_a_person_reads_the_rate(memory: Memory, server: RedisServer, tmp_path: Path) -> None:
    memory.counts.add("questions", "phone", by=150)
    memory.counts.add("questions", "chat", by=50)
    memory.counts.add("questions_repeated", "chat")
    for _ in range(100):
        memory.counts.looked(0.004)
    await memory.counts.flush()
    place = {"HOTLINE_REDIS": server.url, "XDG_STATE_HOME": str(tmp_path)}
    done = await asyncio.to_thread(hotline, "stats", "--json", **place)
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)["total"]
    assert (told["repeat_question_rate"], told["questions"], told["context_lookup_p99_ms"]) == (0.005, 200, 5.0)
    done = await asyncio.to_thread(hotline, "stats", **place)
    assert "repeat-question rate" in done.stdout
    assert "0.5 %" in done.stdout


def test_of_nothing_there_is_no_rate() -> None:
    told = figures({})
    assert (told["repeat_question_rate"], told["context_lookup_p99_ms"], told["talks"]) == (None, None, 0)


@pytest.mark.parametrize("wrong", [{"port": 70_000}, {"host": "everywhere"}])
def test_settings_that_make_no_sense(wrong: dict[str, object]) -> None:
    with pytest.raises(ConfigError):
        MetricsSettings(**wrong)  # type: ignore[arg-type]
