"""Whom a conversation calls: each rings once, hears what it is about before he is put through, and can be taken back."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Protocol

from routing.floor.states import Move
from routing.switchboard import legs
from routing.switchboard.board import Board
from routing.switchboard.party import Ring, Role
from routing.switchboard.texts import spoken_in, text
from voice.call import Call
from voice.callstate import State
from voice.clock import now_ns
from voice.errors import HotlineError
from voice.recording import tone
from voice.speech.mouth import Clip
from voice.tasks import ended

log = logging.getLogger(__name__)
# The router gives an operator up so long after his ringing time; the whisper ends before that.
SLACK_S = 4.0
SHORTEST_S = 2.0
TAKEN_BACK_S = 2.0  # the BYE or CANCEL of a leg that is given up


@dataclass(frozen=True, slots=True)
class Reached:
    """Somebody answered, and has heard what it is about."""

    ring: Ring
    call: Call


@dataclass(frozen=True, slots=True)
class Missed:
    """Nobody did. why: as `legs` has it, "silent" among them."""

    ring: Ring
    why: str
    status: int = 0


class Teller(Protocol):
    """How a fact is told."""

    def __call__(self, fact: str, assignment: str = "", status: int = 0) -> None: ...


class Ringing:
    """Of one conversation. put: where Reached and Missed go. fact, move: what the floor is told."""

    def __init__(
        self, board: Board, name: int, language: str, fact: Teller, move: Callable[[str, Move], None],
        put: Callable[[Reached | Missed], None],
    ) -> None:  # fmt: skip
        self.board, self.name, self.language = board, name, language
        self._fact, self._move, self._put = fact, move, put
        self._tasks: dict[str, tuple[Ring, asyncio.Task[None]]] = {}
        self._rung: set[str] = set()

    @property
    def rings(self) -> list[Ring]:
        """Who rings now."""
        return [ring for ring, _ in self._tasks.values()]

    def any(self, role: Role) -> bool:
        return any(ring.role is role for ring in self.rings)

    def call(self, ring: Ring) -> bool:
        """Call somebody; False where he was called already (an order that came twice)."""
        if ring.key in self._rung:
            return False
        self._rung.add(ring.key)
        self._tasks[ring.key] = (ring, asyncio.create_task(self._call(ring), name=f"ringing for call {self.name}"))
        return True

    def ended(self, ring: Ring) -> None:
        """What came of it was taken."""
        self._tasks.pop(ring.key, None)

    def forget(self, key: str) -> None:
        """He may be called again under the same key, if he does not ring now."""
        if key not in self._tasks:
            self._rung.discard(key)

    async def stop(self, key: str) -> Ring | None:
        """Take a call back that nobody has answered (CANCEL); whose it was, None where none rings."""
        if key not in self._tasks:
            return None
        ring, task = self._tasks.pop(key)
        await ended([task], again_s=TAKEN_BACK_S)
        return ring

    async def stop_role(self, role: Role) -> list[Ring]:
        """The same for everybody of this role; who they were."""
        rings = [ring for ring in self.rings if ring.role is role]
        for ring in rings:
            await self.stop(ring.key)
        return rings

    async def close(self) -> None:
        """Nobody rings any more."""
        for key in list(self._tasks):
            await self.stop(key)

    async def _call(self, ring: Ring) -> None:
        whisper = asyncio.create_task(self._whisper(ring))
        until_ns = now_ns() + round((ring.ring_s + SLACK_S) * 1e9)
        try:
            if ring.assignment:
                self._move(ring.assignment, Move.RINGING)
            rung = await legs.ring(
                self.board.exchange, ring.uri, ring.trunk, ring.ring_s,
                lambda status: self._fact("ringing", ring.assignment, status), ring.headers,
            )  # fmt: skip
            if rung.call is None:
                self._put(Missed(ring, rung.why, rung.status))
                return
            try:
                self._fact("answered", ring.assignment)
                why = await self._greet(rung.call, await whisper, (until_ns - now_ns()) / 1e9)
                if why:
                    await rung.call.hang_up()
                self._put(Missed(ring, why) if why else Reached(ring, rung.call))
            except BaseException:
                await legs.hang_up(rung.call)
                raise
        except HotlineError as error:
            log.warning("call %d: a leg came to nothing: %s", self.name, error)
            self._put(Missed(ring, "unreachable"))
        finally:
            whisper.cancel()

    async def _whisper(self, ring: Ring) -> list[Clip]:
        """What he hears alone, before the caller: what it is about; a tone where it cannot be said. Listeners hear nothing."""
        if ring.role is Role.LISTENER:
            return []
        board, language = self.board, ring.language or self.language
        said, language = (ring.whisper, language) if ring.whisper else (text("whisper", language), spoken_in(language))
        try:
            return [await board.mouth.clip(said, language, board.rate_hz, private=bool(ring.whisper))]
        except HotlineError as error:
            log.warning("call %d: nothing could be whispered: %s", self.name, error.what)
            return [tone(board.rate_hz)]

    async def _greet(self, call: Call, clips: list[Clip], limit_s: float) -> str:
        """Whisper, and see that sound comes from there; why he is not put through, or ""."""
        sounding = asyncio.create_task(legs.sounds(call, self.board.settings.silent_s))
        try:
            prompt = 0
            for clip in clips:
                prompt = call.play(clip, barge_keys=True)
            if prompt and not await legs.through(call, prompt, max(limit_s, SHORTEST_S)):
                return "rejected"
            call.stop()  # one that was too long
            if not await sounding:
                return "silent" if call.state is State.UP else "rejected"
        finally:
            sounding.cancel()
        return ""
