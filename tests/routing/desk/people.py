"""Who works in the tests, and a clock that is moved by hand."""

from __future__ import annotations

from dataclasses import dataclass

from argon2 import PasswordHasher

from routing.desk.passwords import Passwords

WORDS = "correct horse battery"
NOW = 1_800_000_000_000


@dataclass
class Clock:
    now_ms: int = NOW

    def __call__(self) -> int:
        return self.now_ms


@dataclass(frozen=True)
class Human:
    id: str
    name: str = "Anna"
    roles: tuple[str, ...] = ("operator",)
    active: bool = True


def quick() -> Passwords:
    """Argon2id with as little work as it allows: what is tested is not the work."""
    return Passwords(PasswordHasher(time_cost=1, memory_cost=8, parallelism=1))
