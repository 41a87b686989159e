"""Recordings at the desk: listed, heard, with the words running along. Each hearing is a line in the trail, before the first sound.

A recording lies on the machine of its call, sealed; it is opened piece by piece as it goes out, and never lies open on a disk.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Protocol

from aiohttp import web

from ivr.memory.memory import Memory
from routing.desk.asking import NAME, Answer, Ask, BadAsk, Door
from routing.desk.dossier import TALK_MOST
from routing.desk.gate import Gate, Refused, Visitor
from routing.desk.roles import Action
from routing.desk.trail import Trail
from routing.floor.contacts import Contacts
from routing.floor.store import P
from routing.floor.story import talk_lines
from voice.errors import HotlineError

log = logging.getLogger(__name__)
LISTED = f"{P}recordings"  # zset: contact -> when its recording began
PAGE = 50


class Piece(Protocol):
    """One sealed piece: when it began, how long it is, in milliseconds."""

    @property
    def at_ms(self) -> int: ...
    @property
    def length_ms(self) -> int: ...


class Recorded(Protocol):
    """The recording of one contact; stereo, 16 bits."""

    @property
    def pieces(self) -> Sequence[Piece]: ...
    @property
    def length_ms(self) -> int: ...


class Recordings(Protocol):
    """Where recordings are (routing.switchboard.recordings)."""

    async def of(self, contact: str) -> Any: ...

    async def wordless(self, recorded: Any) -> int: ...

    def chunks(self, recorded: Any) -> Iterator[bytes]: ...


class Tapes:
    """recordings: None in a house that keeps none."""

    def __init__(self, recordings: Recordings | None, memory: Memory, trail: Trail) -> None:
        self.recordings, self.memory, self.trail = recordings, memory, trail
        self.contacts = Contacts(memory.store)

    def doors(self) -> Mapping[str, Door]:
        return {"tapes": Door(Action.RECORDINGS, self._list), "tape": Door(Action.RECORDINGS, self._one)}

    def routes(self, gate: Gate) -> list[web.RouteDef]:
        """/desk/recording/<contact>: the sound, as WAV."""

        async def play(request: web.Request) -> web.StreamResponse:
            visitor = await gate.visitor(request, Action.RECORDINGS)
            contact = request.match_info["contact"]
            recorded = await self._of(contact)
            if recorded is None:
                raise Refused(404, "gone")
            await self.trail.note(visitor.person.id, "recording", contact, "heard")
            return await self._send(request, recorded)

        return [web.get("/desk/recording/{contact}", gate.answered(play))]

    async def _list(self, visitor: Visitor, ask: Ask) -> Answer:
        """The newest first; before: when the last one of the page before began."""
        before = ask.number("before", 0, 10**14, 10**14)
        store = self.memory.store
        found = await store.command("ZREVRANGEBYSCORE", LISTED, f"({before}", "-inf", "WITHSCORES", "LIMIT", 0, PAGE)
        pairs = found if found and isinstance(found[0], tuple | list) else list(zip(found[::2], found[1::2], strict=True))
        tapes = []
        for contact, began in pairs:
            recorded, known = await self._of(contact), await self.contacts.get(contact)
            if recorded is not None:
                tapes.append(
                    {
                        "contact": contact, "at": int(float(began)), "length_ms": recorded.length_ms,
                        "operator": known.operator if known else "", "skill": known.skill if known else "",
                        "topic": known.topic if known else "", "csat": known.csat if known else 0,
                    }
                )  # fmt: skip
        return {"tapes": tapes, "whole": len(pairs) < PAGE}

    async def _one(self, visitor: Visitor, ask: Ask) -> Answer:
        """What was said in it, and where in the sound that is: pieces leave out what was not to be recorded.

        to_come: so many pieces wait for their words.
        """
        contact = ask.name("contact")
        recorded = await self._of(contact)
        if recorded is None:
            raise BadAsk("gone")
        assert self.recordings is not None
        await self.trail.note(visitor.person.id, "recording", contact, "read")
        pieces = [{"at": piece.at_ms, "length_ms": piece.length_ms} for piece in recorded.pieces]
        return {"lines": await self.said(contact), "pieces": pieces, "to_come": await self.recordings.wordless(recorded)}

    async def said(self, contact: str) -> list[dict[str, Any]]:
        """What was said, to the house and then to each other. Raises MemoryAway."""
        return await talk_lines(self.memory.store, contact, TALK_MOST)

    async def _of(self, contact: str) -> Recorded | None:
        if self.recordings is None or not NAME.fullmatch(contact):
            return None
        found: Recorded | None = await self.recordings.of(contact)
        return found if found is not None and found.pieces else None

    async def _send(self, request: web.Request, recorded: Recorded) -> web.StreamResponse:
        assert self.recordings is not None
        response = web.StreamResponse(headers={"Content-Type": "audio/wav", "Content-Disposition": "inline"})
        chunks = self.recordings.chunks(recorded)
        try:
            first = await asyncio.to_thread(next, chunks, b"")
            begin = first + await asyncio.to_thread(next, chunks, b"")
        except HotlineError:
            raise Refused(404, "elsewhere") from None  # on another machine, or spoilt
        await response.prepare(request)
        await response.write(begin)
        try:
            while chunk := await asyncio.to_thread(next, chunks, b""):
                await response.write(chunk)
        except HotlineError as error:
            log.error("a recording cannot be heard to its end: %s", type(error).__name__)
        await response.write_eof()
        return response
