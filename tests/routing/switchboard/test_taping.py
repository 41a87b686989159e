"""When a talk may be recorded, by what the settings say and the caller has pressed; and what is told of it."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from native.bell import Bell
from native.line import Line
from routing.floor.settings import Recording
from routing.switchboard.recordings import Piece, of_talk
from routing.switchboard.taping import Taping
from tests.peers.tone import tone_dbov

RATE = 8000


class Shelf:
    """Recordings in memory; the sinks are its own writers."""

    def __init__(self) -> None:
        self.data, self.pieces, self.forgotten = b"", list[Piece](), list[str]()
        self.vault = SimpleNamespace(writer=lambda: self)

    def write(self, data: bytes) -> None:
        self.data += data

    def seal(self) -> str:
        return "sound"

    async def add(self, whose: Any, piece: Piece) -> None:
        self.pieces.append(piece)

    async def forget(self, contact: str) -> None:
        self.forgotten.append(contact)


def made(mode: Recording) -> tuple[Taping, Shelf, list[str], list[Any]]:
    shelf, told, jobs = Shelf(), list[str](), list[Any]()
    dispatch = SimpleNamespace(post=jobs.append)
    taping = Taping(mode, shelf, dispatch, lambda: 1000, told.append)  # type: ignore[arg-type]
    taping.forbidden = False
    return taping, shelf, told, jobs


@pytest.mark.parametrize(
    ("mode", "noticed", "choice", "forbidden", "allowed"),
    [
        (Recording.OFF, True, None, False, False),
        (Recording.OFF, True, True, False, False),
        (Recording.NOTICE, False, None, False, False),
        (Recording.NOTICE, True, None, False, True),
        (Recording.NOTICE, True, False, False, False),
        (Recording.NOTICE, True, None, True, False),
        (Recording.CONSENT, True, None, False, False),
        (Recording.CONSENT, True, True, False, True),
        (Recording.CONSENT, True, True, True, False),
    ],
)
def test_when_sound_may_be_kept(mode: Recording, noticed: bool, choice: bool | None, forbidden: bool, allowed: bool) -> None:
    taping, *_ = made(mode)
    taping.noticed, taping.choice, taping.forbidden = noticed, choice, forbidden
    assert taping.allowed is allowed


def test_before_anybody_knows_it_counts_as_forbidden() -> None:
    taping = Taping(Recording.NOTICE, Shelf(), SimpleNamespace(), lambda: 0, lambda _: None)  # type: ignore[arg-type]
    assert not taping.wanted


def test_the_key_agrees_or_refuses_as_the_settings_ask() -> None:
    assert not made(Recording.NOTICE)[0].press()
    assert made(Recording.CONSENT)[0].press()


class Talk:
    """Two lines and their common clock."""

    def __init__(self) -> None:
        bell = Bell()
        self.caller, self.operator = Line(bell, 1, RATE), Line(bell, 2, RATE)

    def tick(self, seconds: float) -> None:
        for at in range(round(seconds * 50)):
            for line, hz in ((self.caller, 500), (self.operator, 700)):
                line.put((8000 * np.sin(2 * np.pi * hz * (np.arange(160) + at * 160) / RATE)).astype(np.int16))


async def test_nothing_is_kept_while_nobody_talks_to_the_caller() -> None:
    taping, shelf, told, jobs = made(Recording.NOTICE)
    taping.noticed = True
    talk = Talk()
    taping.begin(SimpleNamespace(line=talk.caller), of_talk("call", RATE, "node", "en"))  # type: ignore[arg-type]
    taping.begin(SimpleNamespace(line=talk.caller), of_talk("call", RATE, "node", "en"))  # type: ignore[arg-type]
    await taping.between({2: talk.operator})
    talk.tick(0.5)
    await taping.between({})  # on hold
    talk.tick(0.5)
    await taping.between({2: talk.operator})
    talk.tick(0.5)
    await taping.close()
    both = np.frombuffer(shelf.data, "<i2").reshape(-1, 2)
    assert len(both) == 1.5 * RATE
    for side, hz in ((0, 500), (1, 700)):
        assert tone_dbov(both[: RATE // 2, side], hz, RATE) > -20
        assert not both[RATE // 2 : RATE, side].any()
        assert tone_dbov(both[RATE:, side], hz, RATE) > -20
    assert told == ["on", "kept"]
    for job in jobs:
        await job()
    assert shelf.pieces == [Piece("sound", 1000, 1500)]


async def test_who_refuses_late_has_what_was_recorded_until_then_forgotten() -> None:
    taping, shelf, told, jobs = made(Recording.NOTICE)
    taping.noticed = True
    talk = Talk()
    taping.begin(SimpleNamespace(line=talk.caller), of_talk("call", RATE, "node", "en"))  # type: ignore[arg-type]
    await taping.between({2: talk.operator})
    talk.tick(0.5)
    taping.press()
    await taping.stop()
    assert told == ["on", "off"]
    assert not taping.running
    taping.begin(SimpleNamespace(line=talk.caller), of_talk("call", RATE, "node", "en"))  # type: ignore[arg-type]
    assert not taping.running
    for job in jobs:
        await job()
    assert shelf.forgotten == ["call"]
    await asyncio.sleep(0)
