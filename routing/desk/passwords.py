"""Passwords as Argon2id (RFC 9106, its second recommended option: 64 MiB, 3 passes, 4 lanes), counted in a thread of its own."""

from __future__ import annotations

import asyncio
import secrets
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import TypeVar

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from voice.errors import ConfigError

T = TypeVar("T")
SHORTEST, LONGEST = 10, 256
# Used everywhere, so tried first by everybody who guesses.
COMMON = frozenset(
    "1234567890 12345678910 qwertyuiop qwerty12345 qwerty123456 password12 password123 password1234 passwordpassword administrator "
    "letmein123 welcome123 welcome1234 iloveyou12 changeme123 hotline123 hotlinehotline operator12 operator123 supervisor"
    " йцукенгшщз пароль1234 пароль12345 парольпароль".split()
)


def fit(password: str, name: str = "") -> None:
    """Raises ConfigError for a password that would be guessed, or is too long to be one (NIST SP 800-63B section 5.1.1)."""
    if not SHORTEST <= len(password) <= LONGEST:
        raise ConfigError(
            f"a password has {SHORTEST} to {LONGEST} characters", "Three unconnected words are good and easy to keep."
        )
    folded = password.casefold()
    if folded in COMMON or (name and folded.replace(name.casefold(), "").strip("0123456789") == "") or len(set(folded)) < 4:
        raise ConfigError("this password would be guessed", "Three unconnected words are good and easy to keep.")


class Passwords:
    """`made` and `right`. The work takes tens of milliseconds on purpose; two at a time, so that logins never stop the house."""

    def __init__(self, hasher: PasswordHasher | None = None) -> None:
        self._hasher = hasher or PasswordHasher()
        self._threads = ThreadPoolExecutor(2, "passwords")
        self._nobody = ""

    async def made(self, password: str) -> str:
        """What is kept of a password."""
        return await self._do(self._hasher.hash, password)

    async def right(self, kept: str, password: str) -> bool:
        """Whether it is this one. kept "" (nobody has such a name) takes as long as any other."""
        if not self._nobody:
            self._nobody = await self.made(secrets.token_urlsafe())
        return await self._do(self._check, kept or self._nobody, password[:LONGEST]) and bool(kept)

    def close(self) -> None:
        """Wait for what is being counted."""
        self._threads.shutdown()

    def _check(self, kept: str, password: str) -> bool:
        try:
            return self._hasher.verify(kept, password)
        except (VerificationError, InvalidHashError):
            return False

    async def _do(self, job: Callable[..., T], *args: str) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._threads, job, *args)
