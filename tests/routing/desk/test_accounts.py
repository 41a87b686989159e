"""Passwords, the brake, sessions and the trail, on a real Redis."""

from __future__ import annotations

import asyncio
import time

import pytest

from ivr.memory.store import Store
from routing.desk.accounts import PAIR_MOST, Accounts
from routing.desk.passwords import Passwords, fit
from routing.desk.roles import TABLE, Action, actions, may
from routing.desk.sessions import IDLE_MS, WHOLE_MS, Sessions
from routing.desk.trail import Trail
from routing.floor.records import Role
from tests.peers.redis import RedisServer
from tests.routing.desk.people import WORDS, Clock, quick
from voice.errors import ConfigError


def test_every_action_has_somebody_and_an_unknown_role_has_none() -> None:
    assert set(TABLE) == set(Action)
    assert all(TABLE.values())
    assert actions(["nobody", ""]) == []
    assert not may((), Action.SELF)
    assert may((Role.SUPERVISOR,), Action.LISTEN)
    assert not may((Role.OPERATOR, Role.ADMINISTRATOR, Role.AUDITOR), Action.LISTEN)
    assert not may((Role.ADMINISTRATOR,), Action.LOOK)


@pytest.mark.parametrize(
    "bad", ["", "short", "aaaaaaaaaaaa", "1234567890", "Password1234", "anna12345678", "x" * 257, "йцукенгшщз"]
)
def test_a_password_that_would_be_guessed_is_refused(bad: str) -> None:
    with pytest.raises(ConfigError):
        fit(bad, "anna")


def test_good_passwords_are_taken() -> None:
    for good in (WORDS, "три разных слова", "9f!kQ2 zz_"):
        fit(good, "anna")


@pytest.mark.real
async def test_a_password_is_kept_as_argon2id_and_an_unknown_name_takes_as_long() -> None:
    passwords = Passwords()
    kept = await passwords.made(WORDS)
    assert kept.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    await passwords.right("", "x")  # the first makes what nobody's password is
    times: dict[str, list[float]] = {kept: [], "": []}
    for _ in range(5):
        for one, took in times.items():
            begun = time.perf_counter()
            assert not await passwords.right(one, "wrong")
            took.append(time.perf_counter() - begun)
    known, unknown = (sorted(took)[2] for took in times.values())
    assert 0.4 < known / unknown < 2.5
    assert await passwords.right(kept, WORDS)
    assert not await passwords.right("nonsense", WORDS)
    passwords.close()


@pytest.mark.real
async def test_after_some_wrong_tries_one_waits_and_time_heals(store: Store, redis: RedisServer) -> None:
    accounts = Accounts(store, quick())
    assert not await accounts.any()
    await accounts.set("anna", WORDS)
    assert await accounts.any()
    for _ in range(PAIR_MOST - 1):
        assert await accounts.login("anna", "wrong", "192.0.2.1") == (
            tried := await accounts.login("nobody", "wrong", "192.0.2.9")
        )
        assert not tried.right
    assert (await accounts.login("anna", WORDS, "192.0.2.1")).right  # the right one clears the count
    for _ in range(PAIR_MOST):
        assert not (await accounts.login("anna", "wrong", "192.0.2.1")).wait_ms
    locked = await accounts.login("anna", WORDS, "192.0.2.1")
    assert not locked.right
    assert locked.wait_ms > 60_000
    assert (await accounts.login("anna", WORDS, "192.0.2.2")).right  # elsewhere he works on
    for key in await store.command("KEYS", "hotline:desk:wrong:*"):
        assert int(redis.ask("PTTL", key)[1:]) > 0
        redis.ask("DEL", key)  # as time would have it
    assert (await accounts.login("anna", WORDS, "192.0.2.1")).right


@pytest.mark.real
async def test_many_tries_at_once_are_no_more_than_one_after_the_other(store: Store) -> None:
    accounts = Accounts(store, quick())
    await accounts.set("anna", WORDS)
    tries = await asyncio.gather(*(accounts.login("anna", f"wrong {n}", "192.0.2.1") for n in range(25)))
    assert sum(not tried.wait_ms for tried in tries) == PAIR_MOST


@pytest.mark.real
async def test_sessions_end_when_idle_when_old_and_when_told(store: Store, redis: RedisServer) -> None:
    clock = Clock()
    sessions = Sessions(store, clock)
    secret = await sessions.begin("anna")
    assert len(secret) >= 43
    session = await sessions.of(secret)
    assert session is not None
    assert session.operator == "anna"
    assert secret not in str(await store.command("KEYS", "*"))
    assert IDLE_MS - 5000 < int(redis.ask("PTTL", f"hotline:desk:session:{session.name}")[1:]) <= IDLE_MS
    other = await sessions.begin("anna")
    assert await sessions.count("anna") == 2
    assert await sessions.alive([session]) == {session.name}
    await sessions.end(session)
    assert await sessions.of(secret) is None
    assert await sessions.alive([session]) == set()
    assert await sessions.of("") is None
    assert await sessions.of("wrong") is None
    assert await sessions.end_all("anna") == 1
    assert await sessions.of(other) is None
    third = await sessions.begin("anna")
    clock.now_ms += WHOLE_MS
    assert await sessions.of(third) is None
    assert await sessions.count("anna") == 0


@pytest.mark.real
async def test_the_trail_is_read_backwards_in_pages(store: Store) -> None:
    clock = Clock()
    trail = Trail(store, clock)
    for n in range(7):
        clock.now_ms += 1
        await trail.note("anna" if n % 2 else "boris", "look", f"c{n}")
    first = await trail.read(count=3)
    assert [line["whose"] for line in first] == ["c6", "c5", "c4"]
    rest = await trail.read(before=first[-1]["id"])
    assert [line["whose"] for line in rest] == ["c3", "c2", "c1", "c0"]
    assert [line["whose"] for line in await trail.read(who="anna")] == ["c5", "c3", "c1"]
    assert rest[-1]["at"] == clock.now_ms - 6
