"""What people say to each other on a recorded call, in words: piece by piece once it is sealed, off the call's own sound.

    hotline:floor:wordless           zset: "<contact> <sound>" -> when that piece began
    hotline:floor:wording:<sound>    string: the node that is at it

The words stand in the call's talk (transcript.py) beside what was said to the house: on the page of whoever talks or takes over
half a minute later, in the recording as it is played, in its story. They come from the recording and go with it: whoever said no
to it, and whatever was said while it paused, has no words either. Callers come first: a stretch of speech is decoded only while
nobody waits for the ears, one at a time.
"""

from __future__ import annotations

import asyncio
import json
import logging
from collections.abc import Awaitable, Callable
from typing import Any

import numpy as np

from ivr.memory.errors import MemoryAway
from routing.floor.store import P
from routing.switchboard.recordings import WORDLESS, Piece, Recorded, Recordings
from routing.switchboard.transcript import Talks
from voice.errors import HotlineError, Overloaded, SoundSpoilt
from voice.recognizers.protocol import Hypothesis, Samples
from voice.stretches import stretches

log = logging.getLogger(__name__)
EVERY_S, AGAIN_S = 3.0, 0.5
PAGE = 100
CLAIM_MS = 300_000  # a node that died at it: another one takes it then
SIDES = ("caller", "operator")
Hear = Callable[[str, Samples, int], Awaitable[Hypothesis | None]]


class Scribe:
    """Of one phone node; it writes down what lies on its machine. hear(language, samples, rate_hz): None where there is no ear
    for the language; raises Overloaded while callers need the ears."""

    def __init__(self, talks: Talks, recordings: Recordings, hear: Hear, node: str, now_ms: Callable[[], int]) -> None:
        self._store, self._kept_ms = talks.store, talks.kept_ms
        self._recordings, self._hear, self._node, self._now_ms = recordings, hear, node, now_ms

    async def run(self) -> None:
        """Until cancelled."""
        while True:
            try:
                while await self.round():
                    pass
            except MemoryAway:
                pass
            except Exception:
                log.exception("what was said in a recording could not be written down")
            await asyncio.sleep(EVERY_S)

    async def round(self) -> int:
        """Everything that waits and lies here; how many pieces that were. Raises MemoryAway."""
        done = at = 0
        while page := await self._store.command("ZRANGE", WORDLESS, at, at + PAGE - 1):
            for name in page:
                contact, _, sound = name.rpartition(" ")
                if not await asyncio.to_thread(self._recordings.vault.has, sound):
                    at += 1  # on another machine
                elif not await self._mine(sound):
                    at += 1
                else:
                    await self._write(contact, sound)
                    await self._store.command("DEL", f"{P}wording:{sound}")
                    done += 1
        return done

    async def _mine(self, sound: str) -> bool:
        claim = f"{P}wording:{sound}"
        if await self._store.command("SET", claim, self._node, "NX", "PX", CLAIM_MS):
            return True
        return bool(await self._store.command("GET", claim) == self._node)  # Redis was away in the middle of it

    async def _write(self, contact: str, sound: str) -> None:
        recorded = await self._recordings.of(contact)
        piece = next((one for one in recorded.pieces if one.sound == sound), None) if recorded else None
        try:
            lines = await self._lines(recorded, piece) if recorded and piece else []
        except SoundSpoilt as error:
            log.error("a piece of a recording stays without words: %s", error.what)
            lines = []
        packed = [json.dumps(line, ensure_ascii=False) for line in lines]
        await self._store.run("routing.floor/words", contact, sound, self._now_ms(), self._kept_ms, *packed)

    async def _lines(self, recorded: Recorded, piece: Piece) -> list[dict[str, Any]]:
        """In the order in which they began. Raises SoundSpoilt."""
        rate = recorded.rate_hz
        sides = await asyncio.to_thread(self._sides, piece.sound)
        found = [(begin, end, side) for side in (0, 1) for begin, end in await asyncio.to_thread(stretches, sides[side], rate)]
        lines = []
        for begin, end, side in sorted(found):
            heard = await self._heard(recorded.language, sides[side][begin:end], rate)
            if heard is None or not heard.text.strip():
                continue
            at_ms = piece.at_ms + begin * 1000 // rate
            # Its number is its own in the whole call, and behind those of the talk with the house, which count from 0.
            lines.append({
                "call": recorded.contact, "n": 2 * at_ms + side, "who": SIDES[side], "text": heard.text.strip(), "at_ms": at_ms,
                "language": recorded.language, "score": round(heard.score, 2), "engine": heard.engine, "sound": piece.sound,
            })  # fmt: skip
        return lines

    def _sides(self, sound: str) -> list[Samples]:
        data = self._recordings.vault.read(sound)
        both = np.frombuffer(data, "<i2").reshape(-1, 2)
        return [np.ascontiguousarray(both[:, side]) for side in (0, 1)]

    async def _heard(self, language: str, samples: Samples, rate_hz: int) -> Hypothesis | None:
        while True:
            try:
                return await self._hear(language, samples, rate_hz)
            except Overloaded:
                await asyncio.sleep(AGAIN_S)
            except HotlineError as error:
                log.warning("a stretch of a recording stays without words: %s", error.what)
                return None
