"""Letters that a person is to answer, as they came; kept as long as mails are known, forgotten with their sender.

hotline:desk:letter:<digest>     JSON           hotline:desk:letters:<address>     digests of one sender
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from ivr.channels.email.known import KNOWN_MS
from ivr.channels.email.mailroom import Handed
from ivr.memory.identity import Identity, email
from ivr.memory.privacy import Subject
from routing.desk import drafts

if TYPE_CHECKING:
    from ivr.memory.store import Store

LETTER, OF = "hotline:desk:letter:", "hotline:desk:letters:"


def sender(letter: Handed) -> Identity:
    """As the memory knows him."""
    return email(letter.sender)


class Letters:
    """A Keeper, too. All raise MemoryAway."""

    def __init__(self, store: Store) -> None:
        self._store = store

    async def keep(self, letter: Handed) -> bool:
        """False where it is there."""
        text = json.dumps(asdict(letter), ensure_ascii=False)
        new = await self._store.command("SET", LETTER + letter.digest, text.encode("utf-8", "replace"), "NX", "PX", KNOWN_MS)
        await self._store.command("SADD", OF + sender(letter).address, letter.digest)
        await self._store.command("PEXPIRE", OF + sender(letter).address, KNOWN_MS)
        return bool(new)

    async def get(self, digest: str) -> Mapping[str, Any] | None:
        """As plain values: for the dossier, and for the answer."""
        text = await self._store.command("GET", LETTER + digest)
        return json.loads(text) if text else None

    async def export(self, subject: Subject) -> Any:
        return [letter for digest in await self._of(subject) if (letter := await self.get(digest))]

    async def erase(self, subject: Subject) -> int:
        digests = await self._of(subject)
        gone = int(await self._store.command("DEL", *(LETTER + digest for digest in digests))) if digests else 0
        for digest in digests:
            await self._store.command("DEL", drafts.KEY + digest)
        for who in subject.identities:
            await self._store.command("DEL", OF + who.address)
        return gone

    async def _of(self, subject: Subject) -> list[str]:
        found: list[str] = []
        for who in subject.identities:
            found += await self._store.command("SMEMBERS", OF + who.address)
        return found
