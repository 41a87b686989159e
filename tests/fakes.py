"""Small stand-ins for the SIP thread: they do what they are told at once, and remember it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from native.bell import Bell
from native.port import Port
from voice.errors import CallGone
from voice.sip.facts import Fact, LegGone, LegInfo, LegStats, LegUp


@dataclass
class FakeLeg:
    """A leg that notes what it is asked to do; `refuses` is raised instead."""

    number: int
    did: list[tuple[Any, ...]] = field(default_factory=list)
    refuses: Exception | None = None

    def __getattr__(self, name: str) -> Callable[..., None]:
        def note(*args: Any) -> None:
            if self.refuses is not None:
                raise self.refuses
            self.did.append((name, *args))

        return note


class FakeEndpoint:
    """Takes the place of voice.sip.endpoint.Endpoint; `happens` tells the house a fact."""

    def __init__(self, settings: Any, bell: Bell, offer: Any, post: Any) -> None:
        self.bell, self.offer, self.post = bell, offer, post
        self.legs: dict[int, FakeLeg] = {}
        self.beat_ns, self.closed, self.parted = 1 << 62, False, 0

    def start(self) -> None: ...

    def close(self) -> None:
        self.closed = True
        for number in list(self.legs):
            self.happens(number, gone())

    def call(self, number: int, order: Callable[[Any], Any], done: Callable[[Any, Exception | None], None]) -> None:
        leg = self.legs.get(number)
        if leg is None:
            return done(None, CallGone())
        try:
            return done(order(leg), None)
        except Exception as error:
            return done(None, error)

    def dial(self, uri: str, trunk: str, headers: Any, done: Callable[[Any, Exception | None], None]) -> None:
        done(self.leg(incoming=False), None)

    @property
    def matrix(self) -> FakeEndpoint:
        return self

    def part(self, number: int) -> None:
        self.parted += 1

    def leg(self, incoming: bool = True) -> tuple[LegInfo, Port]:
        number = len(self.legs) + 1
        self.legs[number] = FakeLeg(number)
        return LegInfo(number, f"id{number}", "sip:a@b", "sip:c@d", "", "local", incoming, 0), Port(self.bell, number)

    def rings(self) -> FakeLeg:
        """A call comes in."""
        info, port = self.leg()
        self.offer(info, port)
        return self.legs[info.number]

    def happens(self, number: int, fact: Fact) -> None:
        if isinstance(fact, LegGone):
            self.legs.pop(number, None)
        self.post(number, fact)


def up() -> LegUp:
    return LegUp(5)


def gone(status: int = 200) -> LegGone:
    return LegGone(status, "bye", LegStats(received=7), 9)


@dataclass
class FakeClip:
    """Half a second of nothing to say."""

    key: str = "clip"
    rate_hz: int = 8000

    @property
    def pcm(self) -> Any:
        return np.ones(4000, np.int16)


async def turns(count: int = 5) -> None:
    """Let the loop do what it has to."""
    for _ in range(count):
        await asyncio.sleep(0)
