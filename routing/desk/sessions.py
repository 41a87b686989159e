"""Sessions of the desk: 256 random bits in a cookie, their digest in Redis; over after 15 minutes without a person, or 12 hours, or a word.

hotline:desk:session:<digest>       {"operator", "made_ms"}, forgotten when idle
hotline:desk:sessions:<operator>    the digests of his, so that all can be ended
"""

from __future__ import annotations

import hashlib
import json
import secrets
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ivr.memory.store import Store

KEY = "hotline:desk:session:"
OF = "hotline:desk:sessions:"
IDLE_MS = 15 * 60_000
WHOLE_MS = 12 * 3_600_000


@dataclass(frozen=True, slots=True)
class Session:
    """One login of one operator in one browser. name: its digest, which opens nothing."""

    name: str
    operator: str
    made_ms: int


class Sessions:
    """All raise MemoryAway. now_ms: since the epoch."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms

    async def begin(self, operator: str) -> str:
        """A new session; its secret, for the cookie, which is kept nowhere."""
        secret = secrets.token_urlsafe(32)
        name = digest(secret)
        text = json.dumps({"operator": operator, "made_ms": self._now_ms()})
        await self._store.command("SET", KEY + name, text, "PX", IDLE_MS)
        await self._store.command("SADD", OF + operator, name)
        await self._store.command("PEXPIRE", OF + operator, WHOLE_MS)
        return secret

    async def of(self, secret: str, *, active: bool = True) -> Session | None:
        """Whose session this is, None where it is none any more. active: a person did something, so it lives on."""
        return await self._read(digest(secret), active) if secret else None

    async def touch(self, session: Session) -> None:
        """The person is there."""
        await self._store.command("PEXPIRE", KEY + session.name, IDLE_MS)

    async def alive(self, sessions: Sequence[Session]) -> set[str]:
        """The names of those that are not over; one round trip."""
        if not sessions:
            return set()
        found = await self._store.command("MGET", *(KEY + one.name for one in sessions))
        return {one.name for one, text in zip(sessions, found, strict=True) if text and not self._old(one)}

    async def end(self, session: Session) -> None:
        """Log out."""
        await self._store.command("DEL", KEY + session.name)
        await self._store.command("SREM", OF + session.operator, session.name)

    async def end_all(self, operator: str) -> int:
        """Log out everywhere; how many there were."""
        names = await self._store.command("SMEMBERS", OF + operator)
        ended = int(await self._store.command("DEL", *(KEY + name for name in names))) if names else 0
        await self._store.command("DEL", OF + operator)
        return ended

    async def count(self, operator: str) -> int:
        """How many he has now."""
        names = list(await self._store.command("SMEMBERS", OF + operator))
        return int(await self._store.command("EXISTS", *(KEY + name for name in names))) if names else 0

    def _old(self, session: Session) -> bool:
        return self._now_ms() - session.made_ms >= WHOLE_MS

    async def _read(self, name: str, active: bool) -> Session | None:
        text = await (
            self._store.command("GETEX", KEY + name, "PX", IDLE_MS) if active else self._store.command("GET", KEY + name)
        )
        if not text:
            return None
        found = json.loads(text)
        session = Session(name, found["operator"], found["made_ms"])
        if self._old(session):
            await self.end(session)
            return None
        return session


def digest(secret: str) -> str:
    """What is kept of a secret: it is random enough to need no salt."""
    return hashlib.sha256(secret.encode("utf-8", "replace")).hexdigest()
