"""Checkpoints of one talk: one write at a time, the newest state next; a slow memory never makes a talk wait longer than it will."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace
from typing import Protocol

from ivr.actions import Answer, Context, State
from ivr.deeds import place
from ivr.memory.errors import MemoryAway
from voice.errors import HotlineError

log = logging.getLogger(__name__)
AGAIN_S = 0.5
TRIES = 240  # two minutes: an outage that lasts longer ends with what was kept before it


class Notebook(Protocol):
    """What memory holds for one talk with one customer."""

    async def who(self) -> Context | None:
        """Who it is, with open matters; None where nobody is known."""

    async def keep(self, state: State, handed: bool = False) -> tuple[Answer, ...]:
        """Write a state: opens the talk's matter, continues or ends it. Gives what other channels answered meanwhile.

        handed: the talk was given to a person. While the store is away, the state is put by (its journal) and counts as kept. Raises HotlineError where it is not kept.
        """


class Keeper:
    """Writes behind a talk. A state that waits is overtaken by a newer one, whose ledger holds all of its answers."""

    def __init__(self, notebook: Notebook) -> None:
        self.notebook = notebook
        self.failed = 0
        self._waiting: State | None = None
        self._handed = False
        self._news: list[Answer] = []
        self._task: asyncio.Task[None] | None = None

    def put(self, state: State, handed: bool = False) -> None:
        """Keep this state, soon."""
        self._waiting, self._handed = state, self._handed or handed
        if self._task is None or self._task.done():
            self._task = asyncio.create_task(self._write(), name="checkpoint")

    async def kept(self, within_s: float) -> bool:
        """Wait until all is written, for so long at most. The write itself goes on: nobody knows how far it has come."""
        if self._task is None or self._task.done():
            return True
        done, _ = await asyncio.wait({self._task}, timeout=within_s)
        return bool(done)

    def with_news(self, state: State) -> State:
        """The state with what other channels have answered. Their lines come last: who was first at the store counts."""
        if not self._news:
            return state
        news, self._news = self._news, []
        return replace(state, ledger=(*state.ledger, *news))

    async def _write(self) -> None:
        tries = TRIES
        while self._waiting is not None:
            state, self._waiting = self._waiting, None
            try:
                self._news += await self.notebook.keep(state, self._handed)
                tries = TRIES
            except MemoryAway as error:
                # Not even the journal took it, or what must be read first cannot be: the same state again, unless a newer one has come.
                if not tries:
                    self.failed += 1
                    log.warning("a turn was not kept: %s", type(error).__name__)
                    continue
                tries -= 1
                if self._waiting is None:
                    self._waiting = state
                await asyncio.sleep(AGAIN_S)
            except HotlineError as error:
                self.failed += 1
                log.warning("a turn was not kept: %s", type(error).__name__)
            except Exception as error:
                self.failed += 1
                log.error("a turn was not kept: %s", place(error))
