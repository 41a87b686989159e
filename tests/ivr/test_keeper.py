"""Checkpoints behind a talk, in virtual time: what cannot be kept now is kept when it can, and the newest state only."""

from __future__ import annotations

from dataclasses import dataclass, field, replace

from ivr.actions import Answer, Context, State
from ivr.keeper import AGAIN_S, TRIES, Keeper
from ivr.memory.errors import MemoryAway
from tests.virtual_time import run

STATE = State("parcel", 1, "en")


@dataclass
class Shut:
    """A memory that is away until it is `there`, as for one whose matter must be read first."""

    there: bool = False
    asked: int = 0
    kept: list[tuple[State, bool]] = field(default_factory=list)

    async def who(self) -> Context | None:
        return None

    async def keep(self, state: State, handed: bool = False) -> tuple[Answer, ...]:
        self.asked += 1
        if not self.there:
            raise MemoryAway("Redis is away")
        self.kept.append((state, handed))
        return ()


def test_what_cannot_be_kept_now_is_kept_when_it_can() -> None:
    async def played() -> None:
        pages = Shut()
        behind = Keeper(pages)
        behind.put(STATE, handed=True)
        assert not await behind.kept(20.0)
        newer = replace(STATE, turns=7)
        behind.put(newer)
        pages.there = True
        assert await behind.kept(2 * AGAIN_S)
        assert pages.kept == [(newer, True)]
        assert behind.failed == 0

    run(played())


def test_an_outage_that_does_not_end_is_given_up_and_said() -> None:
    async def played() -> None:
        pages = Shut()
        behind = Keeper(pages)
        behind.put(STATE)
        assert await behind.kept((TRIES + 2) * AGAIN_S)
        assert (behind.failed, pages.asked) == (1, TRIES + 1)

    run(played())
