"""Operators' phones, callers and a node of the floor, each a process of its own; before and after each test no call is in any of them."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.peers.redis import RedisServer
from tests.peers.station import Station
from tests.peers.switchboard import NUMBER, Node

CALLER, ANNA, BORIS = 500.0, 700.0, 900.0  # Hz: by what each is known


@pytest.fixture(scope="package")
def redis() -> Iterator[RedisServer]:
    with RedisServer() as server:
        yield server


@pytest.fixture(scope="package")
def phones_process() -> Iterator[Station]:
    with Station() as station:
        yield station


@pytest.fixture(scope="package")
def callers_process() -> Iterator[Station]:
    with Station(trunk={"user": NUMBER}) as station:
        yield station


@pytest.fixture
def phones(phones_process: Station) -> Station:
    phones_process.begin_anew()
    return phones_process


@pytest.fixture
def callers(callers_process: Station) -> Station:
    callers_process.begin_anew()
    return callers_process


class Floor:
    """A node, its operators' phones and its callers."""

    def __init__(self, node: Node, phones: Station, callers: Station) -> None:
        self.node, self.phones, self.callers = node, phones, callers

    def caller(self) -> int:
        """Somebody calls, sounds, and is handed over."""
        number = self.callers.dial(self.node.uri)
        self.callers.event("Answered", call=number)
        self.callers.ask("play", call=number, hz=CALLER, seconds=40)
        return number

    def answers(self, assignment: str, hz: float = ANNA) -> int:
        """The operator's phone has answered; he sounds; they are put through. Gives his call's number there."""
        here: int = self.phones.event("Answered")["call"]
        self.phones.ask("play", call=here, hz=hz, seconds=40)
        self.node.fact("bridged", assignment=assignment)
        return here

    def talk(self, name: str = "anna", hz: float = ANNA) -> tuple[int, int, str]:
        """A caller who talks to an operator: his call, the operator's, the assignment."""
        number = self.caller()
        self.node.operator(name, self.phones.uri("answer"))
        assignment = self.node.claimed(name)
        return number, self.answers(assignment, hz), assignment

    def waits(self) -> dict[str, Any]:
        """The one who waits, as soon as there is one."""
        until = time.monotonic() + 20
        while not (found := self.node.ask("requests")):
            assert time.monotonic() < until, "nobody waits"
            time.sleep(0.02)
        [waiting] = found
        return dict(waiting)

    def offered_back(self) -> tuple[int, dict[str, Any]]:
        """A caller who waits and is offered to be called back: his call, his request."""
        number = self.caller()
        self.node.event("said", text="Press 1, and we call you back; your place is kept.")
        return number, self.waits()

    def called_back(self, user: str = "answer") -> tuple[str, int]:
        """Somebody wants to be called back, and Anna has him on the line: the assignment, his call."""
        self.node.ask("wish", number=NUMBER)
        self.node.operator("anna", self.phones.uri("answer"))
        assignment = self.node.claimed("anna")
        called = self.callers.event("offered", user=user)["call"]
        self.node.fact("bridged", assignment=assignment)
        return assignment, called

    def caller_hears(self, number: int, *tones: float, wait_s: float = 20) -> bool:
        return self.callers.hears_only(number, tones, wait_s)

    def operator_hears(self, number: int, *tones: float, wait_s: float = 20) -> bool:
        return self.phones.hears_only(number, tones, wait_s)


@pytest.fixture
def open_floor(redis: RedisServer, tmp_path: Path, phones: Station, callers: Station) -> Iterator[Callable[..., Floor]]:
    """Makes a Floor with settings of the test's own."""
    nodes: list[Node] = []
    redis.ask("FLUSHALL")

    def opened(**options: Any) -> Floor:
        options["switchboard"] = {"mute_s": 0.0, **options.get("switchboard", {})}
        nodes.append(Node(redis.url, tmp_path, **options))
        return Floor(nodes[0], phones, callers)

    try:
        yield opened
        for station in (phones, callers):
            station.ask("clear")
        assert all(node.is_empty() for node in nodes)
        assert phones.is_empty()
        assert callers.is_empty()
        for node in nodes:
            node.__exit__(None, None, None)
    finally:
        for node in nodes:
            node.kill()


@pytest.fixture
def floor(open_floor: Callable[..., Floor]) -> Floor:
    return open_floor()
