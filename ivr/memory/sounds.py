"""The sound that belongs to somebody: found by what names it, a line of a matter's ledger or a touch, and forgotten with him.

A sound lies on the machine that recorded it. Whoever erases writes the ids down in Redis too, and every machine looks there now
and then: so a customer's sound goes from all of them, whichever one was told.

    hotline:sound:gone      zset: id of a sound -> when it was to be forgotten; remembered for GONE_MS
"""

from __future__ import annotations

import asyncio
import base64
import logging
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from ivr.memory import matter as matters
from ivr.memory.matter import DAY_MS, KEPT_MS, Matter
from ivr.memory.privacy import PAGE, Subject
from ivr.memory.timeline import Timeline, Touch
from voice.errors import HotlineError, SoundSpoilt
from voice.vault import Vault

if TYPE_CHECKING:
    from ivr.memory.store import Store

log = logging.getLogger(__name__)
GONE = "hotline:sound:gone"
GONE_MS = 90 * DAY_MS  # a machine that was off for longer has a sweep of its own
ROUND_S = 60.0
NAMED = "recording"  # the fact of a touch that names a sound


def of_matter(matter: Matter) -> tuple[str, ...]:
    """The sounds of a matter, in the order in which they were said."""
    return tuple(dict.fromkeys(line.recording for line in matter.ledger if line.recording))


def of_touch(touch: Touch) -> str:
    """The sound of a touch, or ""."""
    return str(touch.data.get(NAMED, ""))


class Sounds:
    """The sounds of this machine, with those who own them. Also a keeper (ivr.memory.privacy)."""

    def __init__(self, store: Store, vault: Vault, now_ms: Callable[[], int], kept_ms: int = KEPT_MS) -> None:
        """kept_ms: no sound is kept longer, whoever names it."""
        self._store, self._timeline = store, Timeline(store)
        self.vault, self._now_ms, self.kept_ms = vault, now_ms, kept_ms

    async def forget(self, sounds: Iterable[str]) -> int:
        """Erase these, here at once and on other machines when they look; how many were here. Raises MemoryAway."""
        names = list(dict.fromkeys(sounds))
        if not names:
            return 0
        now = self._now_ms()
        await self._store.command("ZADD", GONE, *(word for name in names for word in (now, name)))
        return await asyncio.to_thread(self.vault.forget, names)

    async def tidy(self) -> int:
        """One round: what was forgotten elsewhere, and what is too old, goes here too; how many. Raises MemoryAway."""
        now = self._now_ms()
        await self._store.command("ZREMRANGEBYSCORE", GONE, "-inf", now - GONE_MS)
        here = await asyncio.to_thread(self.vault.ids)
        gone = []
        for at in range(0, len(here), PAGE):
            scores = await self._store.command("ZMSCORE", GONE, *here[at : at + PAGE])
            gone += [name for name, score in zip(here[at : at + PAGE], scores, strict=True) if score is not None]
        old = await asyncio.to_thread(self.vault.forget_before, now - self.kept_ms, now - DAY_MS)
        return old + await asyncio.to_thread(self.vault.forget, gone)

    async def rounds(self, every_s: float = ROUND_S) -> None:
        """`tidy` again and again, until cancelled."""
        while True:
            try:
                await self.tidy()
            except HotlineError as error:
                log.info("the sounds are looked through later: %s", type(error).__name__)
            await asyncio.sleep(every_s)

    async def export(self, subject: Subject) -> list[Any]:
        """His sounds: WAV files in base64. One that is not on this machine (any more) is named only."""
        found = []
        for name in await self._of(subject):
            try:
                content = await asyncio.to_thread(self.vault.read, name)
            except SoundSpoilt:
                found.append({"sound": name, "here": False})
            else:
                found.append({"sound": name, "wav": base64.b64encode(content).decode()})
        return found

    async def erase(self, subject: Subject) -> int:
        """Forget his sounds, on every machine."""
        names = await self._of(subject)
        await self.forget(names)
        return len(names)

    async def _of(self, subject: Subject) -> list[str]:
        """Ids of all that his matters and touches name."""
        names: list[str] = []
        for found in await self._store.run("matter", *subject.matters) if subject.matters else []:
            if matter := matters.unpack(found):
                names += of_matter(matter)
        for identity in subject.identities:
            first = 0
            while page := await self._timeline.of(identity, first, first + PAGE - 1):
                names += filter(None, map(of_touch, page))
                first += PAGE
        return list(dict.fromkeys(names))
