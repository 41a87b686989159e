"""Mails that a person has to look at, as files; and all that mail keeps of somebody, for when it is asked for or to be forgotten."""

from __future__ import annotations

import asyncio
import hashlib
import logging
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from ivr.channels.outbox import Outbox
from ivr.memory.identity import Kind
from ivr.memory.privacy import Subject
from ivr.memory.store import Store
from ivr.memory.timeline import unpack

log = logging.getLogger(__name__)
REVIEW_MOST = 1_000


@dataclass(frozen=True, slots=True)
class Review:
    """A folder of mails as they came (*.eml), for this user only."""

    folder: Path

    def put(self, raw: bytes, digest: str) -> None:
        """Keep the bytes for a person to look at; the oldest go."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
            kept = sorted(self.folder.glob("*.eml"), key=lambda path: path.stat().st_mtime)
            for old in kept[: max(0, len(kept) - REVIEW_MOST + 1)]:
                old.unlink(missing_ok=True)
            path, part = self.folder / f"{digest}.eml", self.folder / f"{digest}.part"
            part.touch(mode=0o600)
            part.write_bytes(raw)
            part.replace(path)
        except OSError as error:
            log.error("a mail could not be kept for review: %s", type(error).__name__)

    def naming(self, addresses: Sequence[str], digests: Sequence[str] = ()) -> Iterator[Path]:
        """The files in which one of these mail addresses stands, in whatever case, or which have one of these names."""
        wanted = [address.casefold().encode() for address in addresses]
        for path in sorted(self.folder.glob("*.eml")):
            if path.stem in digests or any(address in path.read_bytes().lower() for address in wanted):
                yield path

    async def sweep(self, before_ms: int) -> int:
        """See `ivr.memory.rounds.Aging`."""
        return await asyncio.to_thread(self._sweep, before_ms / 1000)

    def _sweep(self, before_s: float) -> int:
        gone = [path for path in self.folder.glob("*.eml") if path.stat().st_mtime < before_s]
        for path in gone:
            path.unlink(missing_ok=True)
        return len(gone)


@dataclass(frozen=True, slots=True)
class MailKeeper:
    """See `ivr.memory.privacy.Keeper`: mail on its way out, mail for review, and how often somebody was answered today."""

    store: Store
    box: Outbox
    review: Review

    async def export(self, subject: Subject) -> dict[str, Any]:
        """What waits to be sent, and the mails for review as text."""
        files = await asyncio.to_thread(_texts, await self._files(subject))
        return {"outbox": await self.box.export(subject), "review": files}

    async def erase(self, subject: Subject) -> int:
        """Forget all of it."""
        gone = await self.box.erase(subject)
        for path in await self._files(subject):
            path.unlink(missing_ok=True)
            gone += 1
        for address in subject.of(Kind.EMAIL):
            await self.store.command("DEL", answered_key(address))
        return gone

    async def _files(self, subject: Subject) -> list[Path]:
        """His mails for review. What could not be read may not name its sender: then his timeline names the file."""
        digests: list[str] = []
        for address in subject.of(Kind.EMAIL):
            for line in await self.store.command("LRANGE", f"t{Kind.EMAIL}{address}", 0, -1):
                digests += [str(digest) for digest in (unpack(f"{Kind.EMAIL}{address}", line).data.get("review"),) if digest]
        return await asyncio.to_thread(lambda: list(self.review.naming(subject.of(Kind.EMAIL), digests)))


def _texts(files: Sequence[Path]) -> list[str]:
    return [path.read_bytes().decode("utf-8", "replace") for path in files]


def answered_key(address: str) -> str:
    """Under which it is counted how often this sender was answered within a day."""
    return f"hotline:mail:answered:{digest_of(address.casefold())}"


def digest_of(text: str) -> str:
    """The short name of a text: of a Message-ID, an address."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:32]
