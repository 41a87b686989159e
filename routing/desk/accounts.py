"""Names and passwords, and the brake on guessing. All counts heal by time: nobody is locked out for good, by himself or by others.

hotline:desk:account:<operator>     what is kept of his password
hotline:desk:wrong:<digest>         wrong tries: of a name from one address, of a name, of an address
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import TYPE_CHECKING

from routing.desk.passwords import Passwords, fit

if TYPE_CHECKING:
    from ivr.memory.store import Store

KEY = "hotline:desk:account:"
WRONG = "hotline:desk:wrong:"
HEALED_MS = 15 * 60_000
# Who mistypes meets the first; who guesses one name from many machines the second; who guesses many names from one the third.
PAIR_MOST, NAME_MOST, ADDRESS_MOST = 5, 50, 30


@dataclass(frozen=True, slots=True)
class Tried:
    """What came of a try: right, wrong, or not even looked at for so long."""

    right: bool
    wait_ms: int = 0


class Accounts:
    """All raise MemoryAway."""

    def __init__(self, store: Store, passwords: Passwords) -> None:
        self._store, self.passwords = store, passwords

    async def set(self, name: str, password: str) -> None:
        """A new password. Raises ConfigError for one that will not do."""
        fit(password, name)
        await self._store.command("SET", KEY + name, await self.passwords.made(password))

    async def remove(self, name: str) -> None:
        """Nobody logs in by this name any more."""
        await self._store.command("DEL", KEY + name)

    async def any(self) -> bool:
        """Whether there is a login at all."""
        cursor = "0"
        while True:
            cursor, found = await self._store.command("SCAN", cursor, "MATCH", f"{KEY}*", "COUNT", 1000)
            if found or str(cursor) == "0":
                return bool(found)

    async def login(self, name: str, password: str, address: str) -> Tried:
        """One try. It is counted before it is looked at, so that many at once are no more tries than one after the other."""
        counts = ((f"pair {name} {address}", PAIR_MOST), (f"name {name}", NAME_MOST), (f"address {address}", ADDRESS_MOST))
        keys = [WRONG + hashlib.sha256(what.encode("utf-8", "replace")).hexdigest()[:32] for what, _ in counts]
        for key, (_, most) in zip(keys, counts, strict=True):
            await self._store.command("SET", key, 0, "NX", "PX", HEALED_MS)
            if int(await self._store.command("INCR", key)) > most:
                left = int(await self._store.command("PTTL", key))
                if left < 0:  # it expired between the two commands, and INCR made it anew without an end
                    await self._store.command("PEXPIRE", key, HEALED_MS)
                return Tried(False, max(left, 1000))
        kept = await self._store.command("GET", KEY + name)
        if not await self.passwords.right(kept or "", password):
            return Tried(False)
        await self._store.command("DEL", keys[0])
        for key in keys[1:]:
            await self._store.command("DECR", key)
        return Tried(True)
