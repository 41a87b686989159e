"""The recovery's caller, his number and his patience; the real run is the bench's."""

from __future__ import annotations

import socket
from pathlib import Path
from types import SimpleNamespace

import pytest

from bench import recovery
from bench.sip import Phone
from tests.peers.redis import RedisServer


def test_a_caller_shows_his_number() -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as house, Phone(("127.0.0.1", 0), user=recovery.NUMBER) as phone:
        house.bind(("127.0.0.1", 0))
        house.settimeout(5)
        phone.gateway = house.getsockname()
        phone.invite(4000)
        assert f"From: <sip:{recovery.NUMBER}@127.0.0.1:".encode() in house.recv(4096)


def test_what_does_not_come_is_told_with_its_limit() -> None:
    with pytest.raises(RuntimeError, match=r"it did not come within 0\.01 s"):
        recovery.until(lambda: False, 0.01, "it did not come")


@pytest.mark.real
def test_its_redis_counts_the_touches_of_this_caller() -> None:
    with RedisServer() as server:
        redis = object.__new__(recovery.Redis)
        redis.path = Path(server.socket)
        assert redis.touches() == 0
        server.ask("RPUSH", recovery.TOUCHES, "one")
        assert redis.touches() == 1


def test_a_call_is_over_when_its_own_touch_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    """The touch comes some milliseconds after the call's end: Redis must not be stopped before."""
    looks = iter((7, 7, 7, 8))
    redis = SimpleNamespace(touches=lambda: next(looks))
    monkeypatch.setattr(recovery, "greeted_ms", lambda node: 12.5)
    assert recovery.kept_call(None, redis) == 12.5  # type: ignore[arg-type]
    assert list(looks) == []
