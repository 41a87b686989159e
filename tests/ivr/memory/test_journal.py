"""The journal and the breaker, without a Redis."""

from __future__ import annotations

import asyncio
import sqlite3
from pathlib import Path

import pytest

from ivr.memory.breaker import Breaker
from ivr.memory.errors import JournalFull
from ivr.memory.journal import Journal
from ivr.memory.script import names, script

MS = 1_000_000


async def test_it_gives_back_what_it_was_given_in_order(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal")
    await asyncio.gather(
        *(journal.add(f"k{number % 3}", "touch", [number, "слово", "\ud800", b"\x00\xff", 0.5]) for number in range(10))
    )
    assert len(journal) == 10
    await journal.close()
    journal = await Journal.open(tmp_path / "journal")
    entries = await journal.oldest()
    assert [(entry.key, entry.args) for entry in entries] == [
        (f"k{number % 3}", (number, "слово", "\ud800", b"\x00\xff", 0.5)) for number in range(10)
    ]
    for entry in entries[:9]:
        await journal.drop(entry)
    assert len(journal) == 1
    assert journal.holds("k0")
    assert not journal.holds("k1")
    await journal.close()


async def test_it_is_this_users_alone(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "folder" / "journal")
    assert journal.path.stat().st_mode & 0o777 == 0o600
    assert journal.path.parent.stat().st_mode & 0o777 == 0o700
    await journal.close()


async def test_two_processes_share_it(tmp_path: Path) -> None:
    one, other = await Journal.open(tmp_path / "journal"), await Journal.open(tmp_path / "journal")
    await asyncio.gather(*(journal.add("k", "touch", [number]) for number in range(20) for journal in (one, other)))
    assert len(await one.oldest()) == 40
    for entry in await one.oldest():
        await one.drop(entry)
    # What another one has written for us no longer waits here.
    assert await other.oldest() == []
    assert not other.holds("k")
    assert len(other) == 0
    await one.close()
    await other.close()


async def test_a_disk_that_fails_is_told_and_counts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    journal = await Journal.open(tmp_path / "journal")

    def full(batch: object) -> None:
        raise sqlite3.OperationalError("database or disk is full")

    with monkeypatch.context() as patch:
        patch.setattr(journal, "_write", full)
        failed = await asyncio.gather(*(journal.add("k", "touch", [number]) for number in range(3)), return_exceptions=True)
    assert [type(error) for error in failed] == [JournalFull] * 3
    assert len(journal) == 0
    await journal.add("k", "touch", [3])
    assert [entry.args for entry in await journal.oldest()] == [(3,)]
    await journal.close()


async def test_a_torn_file_gives_what_was_committed(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal")
    for number in range(5):
        await journal.add("k", "touch", [number])
    torn = tmp_path / "torn"
    torn.write_bytes((tmp_path / "journal").read_bytes())
    wal = (tmp_path / "journal-wal").read_bytes()
    (tmp_path / "torn-wal").write_bytes(wal[:-100])
    after = await Journal.open(torn)
    assert [entry.args for entry in await after.oldest()] == [(number,) for number in range(4)]
    await after.close()
    await journal.close()


def test_a_breaker_opens_after_some_failures_and_lets_one_try_through() -> None:
    breaker = Breaker(failures=3, open_ms=500)
    for _ in range(2):
        assert breaker.lets(0)
        breaker.bad(0)
    assert breaker.lets(0)
    breaker.bad(0)
    assert breaker.open
    assert not breaker.lets(499 * MS)
    assert breaker.lets(500 * MS)
    assert not breaker.lets(501 * MS)
    breaker.bad(600 * MS)
    assert not breaker.lets(1099 * MS)
    assert breaker.lets(1100 * MS)
    breaker.good()
    assert not breaker.open
    assert breaker.lets(1100 * MS)


def test_one_success_forgives() -> None:
    breaker = Breaker(failures=2)
    for _ in range(5):
        breaker.bad(0)
        breaker.good()
    assert not breaker.open


def test_every_script_says_what_it_takes_and_gives() -> None:
    assert {"who", "touch", "checkpoint", "redeem", "erase"} <= set(names())
    for name in names():
        text = script(name).text
        assert "->" in text, name
        assert text.startswith("-- "), name
