"""What must not be lost while Redis is away: a small SQLite file (WAL, every commit on the disk), the same for all processes of a node.

SQLite and not a file of lines: a torn tail after a power cut, several processes at once, and dropping from the middle are its
business, and `secure_delete` overwrites what was dropped. It is written in a thread of its own; whatever came in meanwhile is
one commit. Bounded in entries: a journal that is full says so.
"""

from __future__ import annotations

import asyncio
import base64
import json
import sqlite3
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Any, TypeVar

from ivr.memory.errors import JournalFull
from ivr.memory.script import Argument

MOST = 200_000
AT_ONCE = 64
_TABLE = "CREATE TABLE IF NOT EXISTS entry (id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, script TEXT NOT NULL, args TEXT NOT NULL, aside INTEGER NOT NULL DEFAULT 0)"
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Entry:
    """One write that waits: entries of one key are written in the order of their ids."""

    id: int
    key: str
    script: str
    args: tuple[Argument, ...]


class Journal:
    """Opened with `Journal.open`, closed with `close`. Raises JournalFull from `add`."""

    def __init__(self, path: Path, most: int = MOST) -> None:
        self.path, self.most = path, most
        self._thread = ThreadPoolExecutor(1, "journal")
        self._waiting: Counter[str] = Counter()
        self._queue: list[tuple[str, str, str]] = []
        self._commit: asyncio.Task[None] | None = None
        self._base: sqlite3.Connection

    @classmethod
    async def open(cls, path: Path, most: int = MOST) -> Journal:
        """The journal of `path`, with what a process before left in it."""
        journal = cls(path, most)
        await journal._do(journal._open)
        return journal

    def __len__(self) -> int:
        """How many writes wait."""
        return self._waiting.total()

    def holds(self, key: str) -> bool:
        """Whether a write under this key waits: the next one must wait behind it."""
        return key in self._waiting

    async def add(self, key: str, script: str, args: Sequence[Argument]) -> None:
        """Put a write by; on the disk when this returns."""
        if len(self) >= self.most:
            raise JournalFull("Redis is away, and the journal is full", "Bring Redis back; nothing that was put by is lost")
        plain = [{"b": base64.b85encode(arg).decode()} if isinstance(arg, bytes) else arg for arg in args]
        self._queue.append((key, script, json.dumps(plain, ensure_ascii=True)))
        self._waiting[key] += 1
        if self._commit is None or self._commit.done():
            self._commit = asyncio.create_task(self._flush(), name="journal commit")
        try:
            await asyncio.shield(self._commit)
        except sqlite3.Error as error:
            self._less(key)
            raise JournalFull(
                f"Redis is away, and the journal cannot be written ({type(error).__name__})", "Make room on the disk"
            ) from None

    async def oldest(self) -> list[Entry]:
        """The next writes to be done, oldest first; empty where nothing waits."""
        rows = await self._do(
            lambda: self._base.execute(
                "SELECT id, key, script, args FROM entry WHERE NOT aside ORDER BY id LIMIT ?", (AT_ONCE,)
            ).fetchall()
        )
        if not rows and not self._queue:
            # Another process of this node has done what was ours.
            self._waiting.clear()
        return [Entry(id_, key, script, _args(args)) for id_, key, script, args in rows]

    async def drop(self, entry: Entry) -> None:
        """This one is done."""
        await self._do(lambda: self._base.execute("DELETE FROM entry WHERE id = ?", (entry.id,)))
        self._less(entry.key)

    async def set_aside(self, entry: Entry) -> None:
        """This one cannot be done: it stays in the file, to be looked at, and holds up nobody."""
        await self._do(lambda: self._base.execute("UPDATE entry SET aside = 1 WHERE id = ?", (entry.id,)))
        self._less(entry.key)

    async def forget(self, words: Sequence[str]) -> int:
        """Drop every write that is kept under one of these words or names it, for somebody who is to be erased; gives how many."""
        gone = await self._do(lambda: self._forget(words))
        self._waiting = Counter(await self._do(self._keys))
        return gone

    async def close(self) -> None:
        """Commit what waits and let go of the file."""
        if self._commit is not None:
            await self._commit
        await self._do(lambda: self._base.close())
        self._thread.shutdown()

    def _less(self, key: str) -> None:
        self._waiting[key] -= 1
        if self._waiting[key] <= 0:
            del self._waiting[key]

    async def _flush(self) -> None:
        try:
            while self._queue:
                batch, self._queue = self._queue, []
                await self._do(partial(self._write, batch))
        finally:
            # Where the disk failed, everybody who waits is told so, and nothing is left half put by.
            self._queue = []

    def _write(self, batch: list[tuple[str, str, str]]) -> None:
        self._base.execute("BEGIN IMMEDIATE")
        try:
            self._base.executemany("INSERT INTO entry (key, script, args) VALUES (?, ?, ?)", batch)
            self._base.execute("COMMIT")
        except sqlite3.Error:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def _forget(self, words: Sequence[str]) -> int:
        which = "DELETE FROM entry WHERE key = ? OR instr(args, ?)"
        gone = sum(self._base.execute(which, (word, json.dumps(word))).rowcount for word in words)
        # What was written ahead is overwritten too.
        self._base.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        return gone

    def _keys(self) -> list[str]:
        return [key for (key,) in self._base.execute("SELECT key FROM entry WHERE NOT aside")]

    def _open(self) -> None:
        self.path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.path.touch(mode=0o600)
        self._base = sqlite3.connect(self.path, isolation_level=None, timeout=2.0, check_same_thread=False)
        for pragma in ("journal_mode = WAL", "synchronous = FULL", "secure_delete = ON"):
            self._base.execute(f"PRAGMA {pragma}").fetchall()
        self._base.execute(_TABLE)
        self._waiting.update(self._keys())

    async def _do(self, job: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, job)


def _args(text: str) -> tuple[Any, ...]:
    return tuple(base64.b85decode(arg["b"]) if isinstance(arg, dict) else arg for arg in json.loads(text))
