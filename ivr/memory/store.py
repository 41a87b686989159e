"""The one client of Redis: connections, scripts, deadlines, the breaker, and what becomes of writes while Redis is away.

A caller never waits for Redis longer than `connect_ms` + `op_ms`, and before that for a place among those who ask no longer than
`wait_ms`: a house that is busy is not a Redis that is away, so who finds no place is refused (Crowded) and the breaker is not
touched. What must not be lost goes through `keep`: written at once, or
into the journal, and from there into Redis when that is back, in the order of its key.
"""

from __future__ import annotations

import asyncio
import contextlib
import logging
import re
import ssl
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from redis import exceptions as wrong
from redis.asyncio import BlockingConnectionPool, Redis
from redis.asyncio.retry import Retry
from redis.asyncio.sentinel import Sentinel
from redis.backoff import NoBackoff

from ivr.memory.address import Watched, readable
from ivr.memory.breaker import Breaker
from ivr.memory.errors import Crowded, MemoryAway, Rejected, StoreUnfit
from ivr.memory.journal import Journal
from ivr.memory.script import Argument, script
from voice.clock import now_ns
from voice.errors import ConfigError
from voice.tasks import ended

log = logging.getLogger(__name__)
Found = TypeVar("Found", bound=BaseException)
SCHEMA = 1
CONNECT_MS = 250.0
OP_MS = 100.0
CONNECTIONS = 32
HELD_MS = 30.0  # a deadline that is told of by so much too late was not Redis's fault
WAIT_MS = 500.0  # for one of the connections; with a Redis that answers that is the time of some thousand operations
WAITING_MOST = 4096
FOLLOW_MS = 5000  # how long one reading of a stream waits for something new
REPLAY_EVERY_S = 0.25
REPLAY_UNFIT_S = 5.0
TLS_REMEDY = "Name the authority that signed it: rediss://…?ssl_ca_certs=/path/ca.pem"

# RESP error codes with which a server says "not now" or "not I": nothing is wrong with what was asked.
NOT_NOW = {"OOM", "NOREPLICAS", "MISCONF", "READONLY", "LOADING", "MASTERDOWN", "BUSY", "TRYAGAIN", "CLUSTERDOWN"}
_LATE = (wrong.TimeoutError, TimeoutError)
_AWAY = (wrong.ConnectionError, wrong.TimeoutError, wrong.InvalidResponse, TimeoutError, OSError)
_NOT_NOW = (wrong.OutOfMemoryError, wrong.ReadOnlyError, wrong.BusyLoadingError, wrong.MasterDownError, wrong.TryAgainError)


class Leaving:
    """Of a connection: one that is let go of goes at once.

    The library only asks for its end, which comes when all is sent: to a Redis that stands still, never, and the socket would stay.
    Why a connection broke was told to whoever asked; nobody else asks its transport.
    """

    _writer: asyncio.StreamWriter | None

    async def disconnect(self, *args: Any, **more: Any) -> None:
        try:
            if self._writer is not None:
                self._writer.transport.abort()
                with contextlib.suppress(OSError):
                    await self._writer.wait_closed()
        finally:
            await super().disconnect(*args, **more)  # type: ignore[misc]


def leaving(pool: Any) -> None:
    """Its connections are Leaving from now on."""
    pool.connection_class = type("Line", (Leaving, pool.connection_class), {})


def connect(url: str, connect_ms: float, op_ms: float) -> Redis:
    """A client for `url`; nothing is connected yet. Raises ConfigError for a URL that cannot be read."""
    more: dict[str, Any] = {
        "socket_connect_timeout": connect_ms / 1000,
        "socket_timeout": op_ms / 1000,
        "decode_responses": True,
        "encoding_errors": "replace",  # half a surrogate pair, as a broken mail may have it, is no UTF-8
        "protocol": 2,
        "retry": Retry(NoBackoff(), 0),  # `run` retries, and knows the deadline
    }
    watched = Watched.read(url)
    if watched:
        if watched.user or watched.password:
            more |= {"username": watched.user or None, "password": watched.password}
        kin = {name: more[name] for name in ("socket_connect_timeout", "socket_timeout")}
        tls: dict[str, Any] = {"ssl": watched.tls}
        if watched.authority:
            tls["ssl_ca_certs"] = readable(watched.authority)
        sentinel: Any = cast(Any, Sentinel)(list(watched.sentinels), sentinel_kwargs=kin | tls, db=watched.db, **tls, **more)
        client = cast(Redis, sentinel.master_for(watched.name, max_connections=CONNECTIONS))
        leaving(client.connection_pool)
        return client
    try:
        pool = BlockingConnectionPool.from_url(url, max_connections=CONNECTIONS, timeout=op_ms / 1000, **more)
        pool.connection_class(**pool.connection_kwargs)  # a word that it does not know is told now, not at the first call
    except (ValueError, TypeError):
        raise ConfigError(
            "HOTLINE_REDIS is no URL of a Redis", "Write redis://host:6379, rediss://…, unix:///path or redis+sentinel://…"
        ) from None
    if "ssl_ca_certs" in pool.connection_kwargs:
        readable(pool.connection_kwargs["ssl_ca_certs"])
    leaving(pool)
    return Redis(connection_pool=pool)


def place_of(client: Redis) -> str:
    """Where it is asked, for a log: host and port, or the socket's path; never the user or the password. "Sentinel" where that one knows."""
    known = client.connection_pool.connection_kwargs
    return str(known.get("path") or (f"{known['host']}:{known.get('port', 6379)}" if "host" in known else "Sentinel"))


def cause(error: BaseException | None, kind: type[Found]) -> Found | None:
    """What of this kind is behind an error: the library wraps some, on some kinds of line."""
    while error is not None and not isinstance(error, kind):
        error = error.__cause__ or error.__context__
    return error


class Store:
    """Redis as the memory sees it. `run` asks, `keep` writes what must not be lost."""

    def __init__(
        self,
        url: str,
        journal: Journal | None = None,
        *,
        connect_ms: float = CONNECT_MS,
        op_ms: float = OP_MS,
        wait_ms: float = WAIT_MS,
        ticks: Callable[[], int] = now_ns,
    ) -> None:
        """ticks: monotonic nanoseconds, for the breaker."""
        self.journal, self.connect_ms, self.op_ms, self.ticks = journal, connect_ms, op_ms, ticks
        self.wait_ms = wait_ms
        self.breaker = Breaker()
        self.counts = {"asked": 0, "away": 0, "crowded": 0, "held": 0, "journaled": 0, "replayed": 0, "outrun": 0}
        self._redis = connect(url, connect_ms, op_ms)
        self.place = place_of(self._redis)
        # The library gives its commands no types.
        self._ask = cast(Callable[..., Awaitable[Any]], self._redis.execute_command)
        self._places, self._waiting = asyncio.Semaphore(CONNECTIONS), 0
        self._checking = asyncio.Lock()
        # Whoever follows a stream sits on a connection for seconds: not on one that others wait for.
        self._follower = connect(url, connect_ms, FOLLOW_MS + op_ms)
        self._fit = self._met = False  # fit to be used; and whether it ever was
        self._replay: asyncio.Task[None] | None = None

    @property
    def away(self) -> bool:
        """Whether the last calls failed, so that new ones are refused at once."""
        return self.breaker.open

    async def run(self, name: str, *args: Argument) -> Any:
        """What the script `name` says. Raises MemoryAway, or StoreUnfit where the store must not be used."""
        wanted = script(name)
        return await self._guarded(lambda: self._script(wanted.sha, wanted.text, args))

    async def command(self, *args: Argument) -> Any:
        """What one plain command says. Raises as `run` does."""
        return await self._guarded(lambda: self._ask(*args))

    async def follow(self, stream: str, after: str, count: int = 500) -> list[tuple[str, dict[str, str]]]:
        """What came into a Redis stream after an id, as (id, fields); waits FOLLOW_MS for it, and nothing may come. Raises as `run` does."""
        ask = cast(Callable[..., Awaitable[Any]], self._follower.execute_command)
        found = await self._asked(lambda: ask("XREAD", "COUNT", count, "BLOCK", FOLLOW_MS, "STREAMS", stream, after), FOLLOW_MS)
        return [(name, fields) for _, entries in found or () for name, fields in entries]

    async def keep(self, key: str, name: str, *args: Argument) -> Any:
        """Like `run`; while Redis is away, into the journal, and None is the answer. Raises JournalFull, StoreUnfit.

        What is in the journal under the same key goes before this. A store that served and is unfit since (a new password, a
        certificate that ran out) is waited for like one that is away: somebody mends it, and nothing is lost until then.
        """
        if self.journal is None:
            return await self.run(name, *args)
        if not self.journal.holds(key):
            try:
                return await self.run(name, *args)
            except MemoryAway:
                pass
            except StoreUnfit as error:
                if isinstance(error, Rejected) or not self._met:
                    raise
                log.error("what is kept goes into the journal: %s", error.what)
        await self.journal.add(key, name, args)
        self.counts["journaled"] += 1
        self.wake()
        return None

    def wake(self) -> None:
        """See to it that the journal is emptied as soon as Redis is there."""
        if self.journal is not None and len(self.journal) and (self._replay is None or self._replay.done()):
            self._replay = asyncio.create_task(self._empty(self.journal), name="journal replay")

    async def settled(self) -> None:
        """Return when nothing is left in the journal."""
        while self._replay is not None and not self._replay.done():
            await asyncio.wait([self._replay])

    async def close(self) -> None:
        """Let go of the connections. The journal stays as it is, for the next time."""
        await ended([self._replay])
        managers = [getattr(client.connection_pool, "sentinel_manager", None) for client in (self._redis, self._follower)]
        for client in (self._redis, self._follower, *(one for manager in managers if manager for one in manager.sentinels)):
            await client.aclose()
            await client.connection_pool.disconnect()

    async def _guarded(self, ask: Callable[[], Any]) -> Any:
        """One call, when there is a place for it."""
        if self._places.locked():
            await self._place()
        else:
            await self._places.acquire()
        try:
            return await self._asked(ask)
        finally:
            self._places.release()

    async def _place(self) -> None:
        """Wait one's turn; who comes first goes first. Raises Crowded, and MemoryAway where Redis turned out to be away meanwhile."""
        if self.breaker.open:
            raise MemoryAway("Redis is away")
        if self._waiting >= WAITING_MOST:
            self.counts["crowded"] += 1
            raise Crowded("too many ask Redis at once")
        self._waiting += 1
        try:
            async with asyncio.timeout(self.wait_ms / 1000):
                await self._places.acquire()
        except TimeoutError:
            self.counts["crowded"] += 1
            raise Crowded("too many ask Redis at once") from None
        finally:
            self._waiting -= 1

    async def _asked(self, ask: Callable[[], Any], wait_ms: float = 0.0) -> Any:
        """One call under the deadline and the breaker. wait_ms: how long the server itself may take its time."""
        if not self.breaker.lets(self.ticks()):
            raise MemoryAway("Redis is away")
        self.counts["asked"] += 1
        try:
            begun = self.ticks()
            try:
                answer = await self._tried(ask, wait_ms)
            except _LATE:
                # Told late that it is late: this house stood still, and the answer may lie there unread. That says nothing of Redis.
                if (self.ticks() - begun) / 1e6 < self.op_ms + wait_ms + HELD_MS:
                    raise
                self.counts["held"] += 1
                answer = await self._tried(ask, wait_ms)
        except _NOT_NOW as error:
            raise self._refused(type(error).__name__) from None
        except _AWAY as error:
            if cause(error, wrong.AuthenticationError):
                raise StoreUnfit("Redis refuses the user or the password", "See HOTLINE_REDIS") from None
            self._fit = False
            self.breaker.bad(self.ticks())
            self.counts["away"] += 1
            if self.breaker.failed == self.breaker.failures:
                log.warning("Redis is away (%s, %s); the house goes on without", self.place, type(error).__name__)
            if not self._met and cause(error, wrong.InvalidResponse):
                raise StoreUnfit(
                    "what answers at this address is no Redis", "See HOTLINE_REDIS, and `redis` in the settings"
                ) from None
            if not self._met and (found := cause(error, ssl.SSLCertVerificationError)):
                raise StoreUnfit(f"the certificate of Redis does not hold ({found.verify_message})", TLS_REMEDY) from None
            raise MemoryAway("Redis is away") from None
        except wrong.ResponseError as error:
            code = str(error).partition(" ")[0]
            if code in NOT_NOW:
                raise self._refused(code) from None
            # The text may quote what was asked, and that is somebody's; the place in a script does not.
            place = re.search(r"user_script:\d+", str(error))
            what = place[0] if place else code if code.isupper() else "?"
            raise Rejected(f"Redis refuses a command ({what})", "May this user do everything?") from None
        if self.breaker.failed:
            log.info("Redis is there")
        self.breaker.good()
        return answer

    async def _tried(self, ask: Callable[[], Any], wait_ms: float) -> Any:
        """What runs here may run twice."""
        async with asyncio.timeout((self.connect_ms + self.op_ms + wait_ms) / 1000):
            await self._check()
            try:
                return await ask()
            except wrong.ConnectionError as error:
                # A connection that died while it lay idle.
                if isinstance(error, (*_NOT_NOW, wrong.AuthenticationError)):
                    raise
                return await ask()

    def _refused(self, code: str) -> MemoryAway:
        """The server lives, and will not do this now."""
        self.counts["away"] += 1
        return MemoryAway(f"Redis refuses for now ({code})")

    async def _script(self, sha: str, text: str, args: tuple[Argument, ...]) -> Any:
        try:
            return await self._ask("EVALSHA", sha, 0, *args)
        except wrong.NoScriptError:
            return await self._ask("EVAL", text, 0, *args)

    async def _check(self) -> None:
        """Once a connection: is this store ours, of a version we know, and does it keep what it is given?"""
        if self._fit:
            return
        async with self._checking:
            if not self._fit:
                await self._examine()

    async def _examine(self) -> None:
        facts = await self._redis.info()
        version = str(facts.get("redis_version", "?"))
        if not re.match(r"(6\.[2-9]|[7-9]\.|\d\d)", version):
            raise StoreUnfit(f"Redis {version} is too old", "Redis 6.2 or newer is needed")
        policy = facts.get("maxmemory_policy", "noeviction")
        if policy != "noeviction":
            raise StoreUnfit(
                f"Redis may throw away what it should keep (maxmemory-policy {policy})", "Set maxmemory-policy noeviction"
            )
        schema = script("schema")
        found = await self._script(schema.sha, schema.text, (SCHEMA,))
        if found == "foreign":
            raise StoreUnfit(
                "this Redis database holds somebody else's data", "Give the house a database of its own: redis://host/1"
            )
        if int(found) > SCHEMA:
            raise StoreUnfit(
                f"the store was written by a newer version (schema {found}, this one knows {SCHEMA})", "Update this program"
            )
        self._fit = self._met = True

    async def _empty(self, journal: Journal) -> None:
        """Write the journal into Redis, oldest first; try again until it is empty."""
        while len(journal):
            pause_s = 0.0
            try:
                for entry in await journal.oldest():
                    try:
                        answer = await self.run(entry.script, *entry.args)
                    except (Rejected, FileNotFoundError) as error:
                        # It, or a script of a newer version, would hold up all the others for ever.
                        log.error(
                            "a write of the journal (%s) is set aside: %s", entry.script, getattr(error, "what", "no such script")
                        )
                        await journal.set_aside(entry)
                        continue
                    await journal.drop(entry)
                    self.counts["replayed"] += 1
                    if entry.script == "checkpoint" and answer[0] == 0:
                        # Its answers are in the ledger; its step was overtaken by another channel.
                        self.counts["outrun"] += 1
            except MemoryAway:
                pause_s = REPLAY_EVERY_S
            except StoreUnfit as error:
                log.error("the journal waits: %s", error)
                pause_s = REPLAY_UNFIT_S
            await asyncio.sleep(pause_s)
