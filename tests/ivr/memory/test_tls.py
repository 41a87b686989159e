"""A Redis behind TLS with an authority of its own: alone and behind a Sentinel that speaks TLS, too; and one that is not believed."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.memory.errors import StoreUnfit
from ivr.memory.identity import phone
from ivr.memory.memory import Memory, remembering
from ivr.memory.store import Store
from ivr.memory.timeline import MESSAGE, Touch
from tests.ivr.memory.conftest import NOON_MS, Now
from tests.ivr.memory.test_sentinel import free_port
from tests.peers.certificate import certificate
from tests.peers.redis import RedisServer
from voice.errors import ConfigError

ANNA = phone("+74951234567")


@pytest.fixture
def tls(tmp_path: Path) -> list[str]:
    """What a redis-server needs to speak TLS to clients that show no certificate."""
    made = certificate(tmp_path)
    files = {"cert": made["tls_certificate"], "key": made["tls_key"], "ca-cert": made["tls_ca"]}
    words = [word for name, path in files.items() for word in (f"--tls-{name}-file", path)]
    return [*words, "--tls-auth-clients", "no", "--tls-replication", "yes"]


@pytest.fixture
def port(tls: list[str]) -> Iterator[int]:
    port = free_port()
    with RedisServer("--tls-port", str(port), *tls):
        yield port


async def written_and_read(url: str) -> None:
    memory = Memory(Store(url), Now())
    assert await memory.touch(Touch(ANNA, MESSAGE, "test", "m1", NOON_MS)) is True
    assert [touch.source_id for touch in await memory.timeline.of(ANNA)] == ["m1"]
    await memory.close()


@pytest.mark.real
async def test_the_authority_that_the_address_names_is_believed(port: int, tmp_path: Path) -> None:
    await written_and_read(f"rediss://127.0.0.1:{port}?ssl_ca_certs={tmp_path}/certificate.pem")


@pytest.mark.real
async def test_one_whom_nobody_vouches_for_is_refused_at_the_start_with_a_remedy(port: int, tmp_path: Path) -> None:
    with pytest.raises(StoreUnfit, match="the certificate of Redis does not hold") as told:
        async with remembering(f"rediss://127.0.0.1:{port}", tmp_path):
            pass
    assert "ssl_ca_certs=" in told.value.remedy


@pytest.mark.real
async def test_behind_a_sentinel(port: int, tls: list[str], tmp_path: Path) -> None:
    watch = free_port()
    with RedisServer("--tls-port", str(watch), *tls, "--sentinel", config="") as sentinel:
        assert sentinel.ask("SENTINEL", f"MONITOR house 127.0.0.1 {port} 1") == b"+OK"
        async with asyncio.timeout(20):
            while b"status=ok" not in sentinel.all("INFO", "sentinel"):
                await asyncio.sleep(0.02)
        await written_and_read(f"rediss+sentinel://127.0.0.1:{watch}/house?ssl_ca_certs={tmp_path}/certificate.pem")


@pytest.mark.parametrize("host", ["rediss://127.0.0.1", "rediss+sentinel://127.0.0.1:1/house"])
def test_an_authority_that_cannot_be_read_is_named(host: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"nobody\.pem is no certificate"):
        Store(f"{host}?ssl_ca_certs={tmp_path}/nobody.pem")


def test_a_word_that_no_address_has_is_refused() -> None:
    with pytest.raises(ConfigError, match="no URL of a Redis"):
        Store("redis://127.0.0.1?nonsense=1")
