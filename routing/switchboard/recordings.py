"""Recordings of talks with people: sealed pieces in the vault, and beside them, in Redis, whose they are.

    hotline:floor:recordings             zset: contact -> when its recording began
    hotline:floor:recording:<contact>    hash: rate_hz, node, language, owners, p<sound> -> {"sound", "at_ms", "length_ms"}, w<sound>: has its words
    hotline:floor:recorded:<whose>       set: contacts of a customer, matter or identity

A recording is stereo: the caller left, who talks to him right. It lies on the machine of the call. Also a keeper (ivr.memory.privacy).
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ivr.memory.privacy import Subject
from ivr.memory.script import Argument
from ivr.memory.sounds import Sounds
from routing.floor.store import TALK, P
from voice.speech import wav
from voice.vault import Vault

if TYPE_CHECKING:
    from ivr.memory.store import Store

WORDLESS = f"{P}wordless"  # see scribe.py


@dataclass(frozen=True, slots=True)
class Piece:
    """One sealed piece of a recording: its id in the vault, when it began, how long it is."""

    sound: str
    at_ms: int
    length_ms: int


@dataclass(frozen=True, slots=True)
class Recorded:
    """One talk's recording. language: that of the talk. owners: a customer, a matter, an identity's address, as far as they are known."""

    contact: str
    rate_hz: int = 8000
    node: str = ""
    language: str = ""
    owners: tuple[str, ...] = ()
    pieces: tuple[Piece, ...] = ()

    @property
    def length_ms(self) -> int:
        return sum(piece.length_ms for piece in self.pieces)


class Recordings:
    """In and out. All but `chunks` raise MemoryAway."""

    def __init__(
        self, store: Store, vault: Vault, sounds: Sounds, now_ms: Callable[[], int], kept_ms: int, words: bool = False
    ) -> None:
        """kept_ms: how long a recording is kept. words: what was said in it is to be written down (scribe.py)."""
        self._store, self.vault, self._sounds, self._now_ms, self.kept_ms = store, vault, sounds, now_ms, kept_ms
        self._words = words

    async def add(self, whose: Recorded, piece: Piece) -> None:
        """One more piece; once by its sound."""
        name = f"{P}recording:{whose.contact}"
        told = {"sound": piece.sound, "at_ms": piece.at_ms, "length_ms": piece.length_ms}
        fields: list[Argument] = [
            "rate_hz",
            whose.rate_hz,
            "node",
            whose.node,
            "language",
            whose.language,
            "owners",
            json.dumps(whose.owners),
            f"p{piece.sound}",
            json.dumps(told),
        ]
        await self._store.command("HSET", name, *fields)
        await self._store.command("ZADD", f"{P}recordings", "NX", piece.at_ms, whose.contact)
        for owner in whose.owners:
            await self._store.command("SADD", f"{P}recorded:{owner}", whose.contact)
        if self._words:
            await self._store.command("ZADD", WORDLESS, "NX", piece.at_ms, f"{whose.contact} {piece.sound}")

    async def of(self, contact: str) -> Recorded | None:
        """The recording of a contact, or None."""
        found = await self._store.command("HGETALL", f"{P}recording:{contact}")
        fields = found if isinstance(found, dict) else dict(zip(found[::2], found[1::2], strict=True))
        if not fields:
            return None
        pieces = [Piece(**json.loads(value)) for key, value in fields.items() if key.startswith("p")]
        ordered = tuple(sorted(pieces, key=lambda piece: (piece.at_ms, piece.sound)))
        language = fields.get("language", "")  # none in one that an older version began
        return Recorded(contact, int(fields["rate_hz"]), fields["node"], language, tuple(json.loads(fields["owners"])), ordered)

    async def wordless(self, recorded: Recorded) -> int:
        """How many of its pieces wait for their words."""
        names = [f"{recorded.contact} {piece.sound}" for piece in recorded.pieces]
        return sum(score is not None for score in await self._store.command("ZMSCORE", WORDLESS, *names))

    def chunks(self, recorded: Recorded) -> Iterator[bytes]:
        """The whole of it as one WAV file, decrypted piece by piece; for a worker thread. Raises SoundSpoilt."""
        yield wav.head(recorded.rate_hz, channels=2)
        for piece in recorded.pieces:
            yield from self.vault.chunks(piece.sound)

    async def forget(self, contact: str) -> int:
        """Erase it with its words, here and on whichever machine it lies; how many pieces it had."""
        recorded = await self.of(contact)
        if recorded is None:
            return 0
        await self._store.command("HSET", f"{P}recording:{contact}", "forgotten", 1)  # from here on nobody adds words
        await self._wordless(recorded)
        await self._sounds.forget(piece.sound for piece in recorded.pieces)
        for owner in recorded.owners:
            await self._store.command("SREM", f"{P}recorded:{owner}", contact)
        await self._store.command("ZREM", f"{P}recordings", contact)
        await self._store.command("DEL", f"{P}recording:{contact}")
        return len(recorded.pieces)

    async def _wordless(self, recorded: Recorded) -> None:
        """Take what was written down of it out of the talk; what was said to the house stays."""
        sounds, talk = {piece.sound for piece in recorded.pieces}, f"{TALK}{recorded.contact}"
        for line in await self._store.command("LRANGE", talk, 0, -1):
            if json.loads(line).get("sound") in sounds:
                await self._store.command("LREM", talk, 1, line)
        await self._store.command("ZREM", WORDLESS, *(f"{recorded.contact} {sound}" for sound in sounds))

    async def sweep(self, most: int = 200) -> int:
        """Forget what is older than it may be; how many recordings."""
        old = await self._store.command(
            "ZRANGEBYSCORE", f"{P}recordings", "-inf", self._now_ms() - self.kept_ms, "LIMIT", 0, most
        )
        for contact in old:
            await self.forget(contact)
        return len(old)

    async def export(self, subject: Subject) -> list[Any]:
        """His recordings; one that lies on another machine is named only."""
        here = set(await asyncio.to_thread(self.vault.ids))
        return [
            {
                "contact": recorded.contact,
                "length_ms": recorded.length_ms,
                "pieces": [
                    {"sound": one.sound, "at_ms": one.at_ms, "elsewhere": one.sound not in here} for one in recorded.pieces
                ],
            }
            for contact in await self._contacts(subject)
            if (recorded := await self.of(contact)) is not None
        ]

    async def erase(self, subject: Subject) -> int:
        """Forget them, on every machine."""
        contacts = await self._contacts(subject)
        for contact in contacts:
            await self.forget(contact)
        return len(contacts)

    async def _contacts(self, subject: Subject) -> list[str]:
        owners = (*subject.ids, *subject.matters, *(identity.address for identity in subject.identities))
        found: set[str] = set()
        for owner in owners:
            found |= set(await self._store.command("SMEMBERS", f"{P}recorded:{owner}"))
        return sorted(found)


def of_talk(contact: str, rate_hz: int, node: str, language: str, *owners: str) -> Recorded:
    """A recording that begins."""
    return Recorded(contact, rate_hz, node, language, tuple(filter(None, owners)))
