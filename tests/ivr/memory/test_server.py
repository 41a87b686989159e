"""The private Redis: started by the first, shared, stopped by the last, found again after a crash."""

from __future__ import annotations

import asyncio
import contextlib
import os
import shutil
import signal
import stat
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from ivr.memory.errors import MemoryAway, StoreUnfit
from ivr.memory.identity import phone
from ivr.memory.memory import remembering
from ivr.memory.server import PrivateRedis, alive, state_folder
from ivr.memory.store import Store, Watched
from ivr.memory.timeline import CALL, Touch
from tests.ivr.memory.conftest import NOON_MS
from tests.peers.redis import RedisServer
from voice.errors import ConfigError

ROOT = Path(__file__).parents[3]
TOUCH = Touch(phone("+74951234567"), CALL, "test", "c1", NOON_MS)


@pytest.fixture
def home() -> Iterator[Path]:
    """A folder with a short name; whatever redis-server is left in it is ended."""
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    yield folder
    for pid in folder.rglob("redis.pid"):
        if alive(pid):
            os.kill(int(pid.read_text()), signal.SIGKILL)
    shutil.rmtree(folder, ignore_errors=True)


def running(home: Path) -> bool:
    pid = home / "redis" / "redis.pid"
    return pid.exists() and alive(pid)


@pytest.mark.real
async def test_it_starts_keeps_and_ends(home: Path) -> None:
    async with remembering(folder=home) as memory:
        assert await memory.touch(TOUCH) is True
        assert running(home)
        assert await memory.store.command("CONFIG", "GET", "appendfsync") == ["appendfsync", "everysec"]
    assert not running(home)
    async with remembering(folder=home) as memory:
        assert await memory.timeline.of(TOUCH.identity) == (TOUCH,)


@pytest.mark.real
async def test_it_is_started_again_where_it_dies_and_knows_what_it_knew(home: Path) -> None:
    async with PrivateRedis(home / "redis", look_s=0.02) as url, PrivateRedis(home / "redis", look_s=0.02):
        store, pid = Store(url), int((home / "redis" / "redis.pid").read_text())
        await store.command("SET", "kept", "1")
        await store.close()
        os.kill(pid, signal.SIGKILL)
        store = Store(url)
        async with asyncio.timeout(10):
            while True:
                with contextlib.suppress(MemoryAway):
                    assert await store.command("GET", "kept") == "1"
                    break
                await asyncio.sleep(0.02)
        assert int((home / "redis" / "redis.pid").read_text()) != pid
        await store.close()
    assert not running(home)


@pytest.mark.real
async def test_one_that_only_stands_still_is_let_be(home: Path) -> None:
    async with PrivateRedis(home / "redis", look_s=0.02):
        pid = int((home / "redis" / "redis.pid").read_text())
        os.kill(pid, signal.SIGSTOP)
        await asyncio.sleep(0.2)
        os.kill(pid, signal.SIGCONT)
        assert int((home / "redis" / "redis.pid").read_text()) == pid


@pytest.mark.real
async def test_its_folder_and_socket_are_this_users_alone(home: Path) -> None:
    async with PrivateRedis(home / "redis") as url:
        assert stat.S_IMODE((home / "redis").stat().st_mode) == 0o700
        assert stat.S_IMODE((home / "redis" / "redis.sock").stat().st_mode) == 0o600
        assert url == f"unix://{home}/redis/redis.sock"
        store = Store(url)
        assert await store.command("CONFIG", "GET", "port") == ["port", "0"]
        await store.close()


@pytest.mark.real
async def test_the_last_one_out_stops_it(home: Path) -> None:
    first, second = PrivateRedis(home / "redis"), PrivateRedis(home / "redis")
    assert await first.__aenter__() == await second.__aenter__()
    await first.__aexit__()
    assert running(home)
    await second.__aexit__()
    assert not running(home)


@pytest.mark.real
async def test_two_who_start_at_once_share_one(home: Path) -> None:
    several = [PrivateRedis(home / "redis") for _ in range(4)]
    await asyncio.gather(*(one.__aenter__() for one in several))
    await asyncio.gather(*(one.__aexit__() for one in several))
    assert not running(home)
    assert (home / "redis" / "redis.log").read_text().count("ready to accept connections") == 1


OTHER = """
import asyncio, sys
from pathlib import Path
from ivr.memory.memory import remembering
async def main():
    async with remembering(folder=Path(sys.argv[1])) as memory:
        print("up", flush=True)
        await asyncio.to_thread(sys.stdin.readline)
asyncio.run(main())
"""


@pytest.mark.real
@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_who_is_killed_leaves_it_running_and_the_next_one_finds_it(home: Path, end: signal.Signals) -> None:
    other = subprocess.Popen(  # noqa: ASYNC220  # it is up in a moment
        [sys.executable, "-c", OTHER, str(home)], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    )
    with other:
        assert other.stdout is not None
        assert await asyncio.to_thread(other.stdout.readline) == b"up\n"
        pid = (home / "redis" / "redis.pid").read_text()
        other.send_signal(end)
    assert running(home)
    async with remembering(folder=home) as memory:
        assert await memory.touch(TOUCH) is True
        assert (home / "redis" / "redis.pid").read_text() == pid
    assert not running(home)


@pytest.mark.real
async def test_where_nobody_comes_back_it_ends_by_itself(home: Path) -> None:
    """As after a kill -9 of all: the lock is gone, and nobody said goodbye."""
    for keeps in (True, False):
        private = PrivateRedis(home / "redis", grace_s=0.05)
        await private.__aenter__()
        await asyncio.sleep(0.15)
        assert running(home)
        if keeps:
            await private.__aexit__()
        else:
            assert private._user is not None
            private._user.close()
        async with asyncio.timeout(20):
            while running(home):
                await asyncio.sleep(0.01)
    assert (home / "redis" / "redis.log").read_text().count("bye bye") == 2


@pytest.mark.real
async def test_sigterm_ends_redis_itself_cleanly(home: Path) -> None:
    async with remembering(folder=home) as memory:
        await memory.touch(TOUCH)
        os.kill(int((home / "redis" / "redis.pid").read_text()), signal.SIGTERM)
        async with asyncio.timeout(20):
            while running(home):
                await asyncio.sleep(0.01)
    async with remembering(folder=home) as memory:
        assert await memory.timeline.of(TOUCH.identity) == (TOUCH,)


@pytest.mark.real
async def test_a_file_that_cannot_be_read_is_told_by_name(home: Path) -> None:
    async with remembering(folder=home) as memory:
        for number in range(50):
            await memory.touch(Touch(TOUCH.identity, CALL, "test", f"c{number}", NOON_MS))
    file = next(home.rglob("*.incr.aof"))
    file.write_bytes(b"*3\r\n$3\r\nSET\r\nnonsense" + file.read_bytes())
    with pytest.raises(ConfigError, match=r"(does not start|ended while loading).*redis\.log|redis-check-aof"):
        async with remembering(folder=home):
            pass


async def test_a_path_that_is_too_long_is_refused_with_a_remedy(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="Set XDG_STATE_HOME to a shorter folder"):
        async with PrivateRedis(tmp_path / ("x" * 120)):
            pass


async def test_no_redis_server_is_told_with_a_remedy(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    folder = Path(tempfile.mkdtemp(prefix="hotline-"))
    with pytest.raises(ConfigError, match="apt-get install redis-server"):
        async with PrivateRedis(folder):
            pass
    shutil.rmtree(folder)


def test_the_state_folder_follows_xdg(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    assert state_folder() == tmp_path / "hotline"
    monkeypatch.setenv("XDG_STATE_HOME", "not/absolute")
    monkeypatch.setenv("HOME", str(tmp_path))
    assert state_folder() == tmp_path / ".local" / "state" / "hotline"


@pytest.mark.real
async def test_a_store_of_a_newer_version_is_refused(server: RedisServer) -> None:
    server.ask("FLUSHALL")
    server.ask("SET", "hotline:schema", "99")
    store = Store(server.url)
    with pytest.raises(StoreUnfit, match=r"newer version \(schema 99, this one knows 1\)\. Update this program"):
        await store.run("who", "p+7", "", 0, 10, 80)
    # Mended, it is used without a new start.
    server.ask("FLUSHALL")
    assert await store.command("DBSIZE") == 1
    await store.close()


@pytest.mark.real
async def test_a_database_of_somebody_else_is_left_alone(server: RedisServer) -> None:
    server.ask("FLUSHALL")
    server.ask("SET", "shop:cart:1", "apples")
    store = Store(server.url)
    with pytest.raises(StoreUnfit, match="somebody else's data"):
        await store.command("PING")
    await store.close()
    other = Store(server.database(3))
    await other.command("PING")
    await other.close()
    assert server.ask("GET", "shop:cart:1") == b"$6"
    server.ask("FLUSHALL")


@pytest.mark.real
async def test_a_named_redis_that_is_away_is_no_error_at_the_start(tmp_path: Path) -> None:
    async with remembering("unix:///nowhere/redis.sock", folder=tmp_path) as memory:
        with pytest.raises(MemoryAway):
            await memory.who(TOUCH.identity)
        assert await memory.touch(TOUCH) is None


@pytest.mark.parametrize(
    ("url", "watched"),
    [
        ("redis://localhost:6379/1", None),
        ("redis+sentinel://a:1,b:2/house", Watched((("a", 1), ("b", 2)), "house", 0, "", "", False)),
        ("rediss+sentinel://u:p%40ss@a:1/house/3", Watched((("a", 1),), "house", 3, "u", "p@ss", True)),
        ("redis+sentinel://:pw@[::1]:26379/house", Watched((("::1", 26379),), "house", 0, "", "pw", False)),
    ],
)
def test_a_sentinel_url_is_read(url: str, watched: Watched | None) -> None:
    assert Watched.read(url) == watched


@pytest.mark.parametrize(
    "url", ["redis+sentinel://a/house", "redis+sentinel://a:1", "http://a", "nonsense", "redis+sentinel://a:1,/h"]
)
def test_a_url_that_cannot_be_read_is_refused(url: str) -> None:
    with pytest.raises(ConfigError, match="HOTLINE_REDIS is no"):
        Store(url)
