"""Long random histories against the plain twin: nothing is lost, nothing is doubled, everything can be taken back."""

from __future__ import annotations

import asyncio
from collections import Counter
from dataclasses import dataclass
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.memory.consent import Purpose
from ivr.memory.errors import Unfit
from ivr.memory.identity import Identity, chat, device, email, phone
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from ivr.memory.timeline import MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS
from tests.peers.redis import RedisServer
from tests.reference import memory as twin

pytestmark = pytest.mark.real

PEOPLE = [
    phone("+74951234567"), phone("+74957654321"), email("anna@example.com"), email("anna+shop@example.com"),
    email("anna+news@example.com"), email("ivan@example.org"), chat("v1"), chat("v2"), device("d1"),
]  # fmt: skip
who = st.sampled_from(PEOPLE)
person = st.integers(0, 4)
percent = st.sampled_from([20, 79, 80, 89, 100])
OPERATIONS = st.one_of(
    st.tuples(st.just("touch"), who, st.integers(0, 50), st.integers(0, 60), st.sampled_from(["", "ru", "en"])),
    st.tuples(st.just("meet"), who),
    st.tuples(st.just("link"), person, who, percent),
    st.tuples(st.just("unlink"), person, who),
    st.tuples(st.just("merge"), person, person),
    st.tuples(st.just("unmerge"), person),
    st.tuples(
        st.just("say"), person, st.sampled_from(["email", "*"]), st.sampled_from([*Purpose]), st.booleans(), st.integers(0, 9)
    ),
)


@dataclass
class Both:
    """The memory and its twin, told the same."""

    memory: Memory
    plain: twin.Memory
    names: list[str]

    async def do(self, operation: str, *args: Any) -> None:
        if operation in ("link", "unlink", "merge", "unmerge", "say") and not self.names:
            return
        await getattr(self, operation)(*args)

    def name(self, number: int) -> str:
        return self.names[number % len(self.names)]

    async def touch(self, identity: Identity, at: int, number: int, language: str) -> None:
        written = await self.memory.touch(Touch(identity, MESSAGE, "test", f"m{number}", NOON_MS + at), language)
        assert written is self.plain.touch(identity.address, at, f"m{number}", language)

    async def meet(self, identity: Identity) -> None:
        met = await self.memory.customers.meet(identity)
        assert met == self.plain.meet(identity.address, met or "")
        if met and met not in self.names:
            self.names.append(met)

    async def link(self, number: int, identity: Identity, percent: int) -> None:
        await self.memory.customers.link(self.name(number), identity, [], confidence=percent / 100)
        self.plain.link(self.name(number), identity.address, percent)

    async def unlink(self, number: int, identity: Identity) -> None:
        undone = await self.memory.customers.unlink(self.name(number), identity)
        assert undone is self.plain.unlink(self.name(number), identity.address)

    async def merge(self, number: int, other: int) -> None:
        if self.plain.merge(self.name(number), self.name(other)):
            await self.memory.customers.merge(self.name(number), self.name(other), "a test")
        else:
            with pytest.raises(Unfit, match="one customer already"):
                await self.memory.customers.merge(self.name(number), self.name(other), "a test")

    async def unmerge(self, number: int) -> None:
        if self.plain.unmerge(self.name(number)):
            await self.memory.customers.unmerge(self.name(number), "a test")
        else:
            with pytest.raises(Unfit, match="was not merged"):
                await self.memory.customers.unmerge(self.name(number), "a test")

    async def say(self, number: int, channel: str, purpose: Purpose, allowed: bool, at: int) -> None:
        await self.memory.consents.say(self.name(number), channel, purpose, allowed, "phone", NOON_MS + at)
        self.plain.say(self.name(number), f"{channel}/{purpose}", at, allowed)

    async def compare(self) -> None:
        for identity in PEOPLE:
            known = await self.memory.who(identity, touches=1000)
            assert {one.customer.id: round(100 * one.confidence) for one in known.candidates} == dict(
                sorted(self.plain.candidates(identity.address).items(), key=lambda pair: (-pair[1], pair[0]))[:4]
            )
            told = [touch.source_id for touch in known.touches]
            assert Counter(told) == Counter(self.plain.told(identity.address))
            assert [touch.at_ms for touch in known.touches] == sorted(touch.at_ms for touch in known.touches)
            own = [touch.source_id for touch in await self.memory.timeline.of(identity)]
            assert own == [
                name
                for _, _, name in sorted(
                    (at, order, name) for name, (used, at, order) in self.plain.touches.items() if used == identity.address
                )
            ]
        for name in self.names:
            customer = await self.memory.customers.get(name)
            assert customer is not None
            assert customer.id == self.plain.root(name)
            assert set(customer.ids) == self.plain.group(name)
            links: dict[str, int] = {}
            for one in self.plain.group(name):
                for address, sure in self.plain.people[one].links.items():
                    links[address] = max(links.get(address, 0), sure)
            assert {identity.address: round(100 * sure) for identity, sure in customer.identities.items()} == links
            words = {(f"{word.channel}/{word.purpose}", word.at_ms - NOON_MS, word.allowed) for word in customer.words}
            assert words == {
                (field, *word) for one in self.plain.group(name) for field, word in self.plain.people[one].words.items()
            }


def play(server: RedisServer, operations: list[Any]) -> None:
    async def run() -> None:
        store = Store(server.url, op_ms=5000)  # the machine may be busy; faults are for other tests
        try:
            both = Both(Memory(store, lambda: NOON_MS), twin.Memory(), [])
            for operation in operations:
                await both.do(*operation)
            await both.compare()
            for name in both.names:
                both.plain.unmerge(name) and await both.memory.customers.unmerge(name, "a test")
            await both.compare()
        finally:
            await store.close()

    server.ask("FLUSHALL")
    asyncio.run(run())


@pytest.mark.timeout(600)  # where it fails, finding the shortest history takes a while
@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(OPERATIONS, min_size=30, max_size=120))
def test_every_history_is_as_the_twin_has_it(server: RedisServer, operations: list[Any]) -> None:
    play(server, operations)
