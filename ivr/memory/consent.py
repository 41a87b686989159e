"""Consent: what a customer allows or forbids, per channel and purpose, in every channel; asked by everything that goes out.

The rule, in the order in which it is tried:
1. The latest word that fits counts; of two at the same moment the one that forbids. A word fits where its channel and its purpose
   are the ones asked about or "*". A word on all purposes does not touch ANSWER: whoever asks is answered where he asked.
2. Without any word: an answer to one's own question, and news of one's own business that one waits for, may go out. Reminders
   and marketing may not.
(GDPR articles 6, 7 and 21; 152-FZ articles 9 and 15: marketing needs a word beforehand, and can be forbidden at any time.)
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING

from ivr.memory.audit import line
from ivr.memory.errors import Unfit

if TYPE_CHECKING:
    from ivr.memory.store import Store

ALL = "*"
_CHANNEL = re.compile(r"[a-z][a-z0-9_]{0,23}|\*")


class Purpose(StrEnum):
    """What something goes out for."""

    ANSWER = "answer"  # to what he asked himself
    SERVICE = "service"  # his own business: a call back he asked for, where his order is
    REMINDER = "reminder"
    MARKETING = "marketing"
    RECORDING = "recording"  # not sent: kept
    EVERYTHING = ALL


ALLOWED = frozenset({Purpose.ANSWER, Purpose.SERVICE})
SENT = (Purpose.SERVICE, Purpose.REMINDER, Purpose.MARKETING)  # what goes out without being an answer


@dataclass(frozen=True, slots=True)
class Word:
    """One word of the customer: allowed or not, for a channel ("phone", "chat", "email", ..., or "*") and a purpose; when, and by what
    (a channel, a desk, a CRM)."""

    channel: str
    purpose: Purpose
    allowed: bool
    at_ms: int
    by: str

    def fits(self, channel: str, purpose: Purpose) -> bool:
        """Whether this is about that."""
        about = self.purpose is purpose or (self.purpose is Purpose.EVERYTHING and purpose is not Purpose.ANSWER)
        return about and self.channel in (channel, ALL)

    @classmethod
    def unpack(cls, spelled: str, value: str) -> Word:
        """A word as the store keeps it: "email/marketing" and "0 1700000000000 phone"."""
        channel, _, purpose = spelled.partition("/")
        allowed, at_ms, by = value.split(" ", 2)
        return cls(channel, Purpose(purpose), allowed == "1", int(at_ms), by)


def words_of(hashes: Iterable[Sequence[str]]) -> tuple[Word, ...]:
    """All words in the flat hashes of a customer's group."""
    pairs = (pair for flat in hashes for pair in zip(flat[::2], flat[1::2], strict=True))
    return tuple(Word.unpack(name[1:], value) for name, value in pairs if name[0] == "+")


def allows(words: Iterable[Word], channel: str, purpose: Purpose) -> bool:
    """May this go out, by the rule above?"""
    fitting = [word for word in words if word.fits(channel, purpose)]
    if not fitting:
        return purpose in ALLOWED
    return max(fitting, key=lambda word: (word.at_ms, not word.allowed)).allowed


class Consents:
    """Words in, answers out."""

    def __init__(self, store: Store, now_ms: Callable[[], int]) -> None:
        self._store, self._now_ms = store, now_ms

    async def say(self, customer: str, channel: str, purpose: Purpose, allowed: bool, by: str, at_ms: int | None = None) -> None:
        """Keep a word that came by the channel `by`; in the journal while Redis is away. Raises Unfit, JournalFull."""
        if not _CHANNEL.fullmatch(channel) or not by.isprintable() or not 0 < len(by) <= 64:
            raise Unfit("a channel is a short lower-case word or *, and somebody said so")
        at = self._now_ms() if at_ms is None else at_ms
        told = line(at, "consent", by, channel=channel, purpose=purpose.value, allowed=allowed)
        answer = await self._store.keep(
            f"c{customer}", "consent", customer, f"+{channel}/{purpose.value}", f"{int(allowed)} {at} {by}", at, told
        )
        if answer is not None and answer[0] == "unknown":
            raise Unfit("there is no such customer")

    async def forbids(self, customer: str, channel: str, purpose: Purpose) -> bool:
        """Has he said no himself? Without a word of his, and where nobody knows him, he has not. One round trip. Raises MemoryAway."""
        _, _, hashes = await self._store.run("customer", customer)
        words = [word for word in words_of(hashes) if word.fits(channel, purpose)]
        return bool(words) and not allows(words, channel, purpose)

    async def may(self, customer: str, channel: str, purpose: Purpose) -> bool:
        """May this go out to him? One round trip. False where nobody knows him. Raises MemoryAway: then nothing goes out."""
        _, _, hashes = await self._store.run("customer", customer)
        return bool(hashes[0]) and allows(words_of(hashes), channel, purpose)
