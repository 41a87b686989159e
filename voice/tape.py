"""Recording of a talk: what each side says, as stereo PCM in pieces, drained from the calls' own rings (never a frame at a time).

The caller is left, whoever talks to him is right. One call's sample clock is the clock of the whole recording: the bridge gives
every line a frame at each tick, so another line's samples differ by a constant. What was not there is silence; what came too
late to be read is silence too, and counted. While it pauses (a card number is said) both sides are silence, from the last sample
that had come in when the pause was ordered: nothing of it leaves this module.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from voice.errors import HotlineError

log = logging.getLogger(__name__)
EVERY_S = 1.0
MARGIN_S = 0.06  # three frames: within one tick of the bridge, lines are written one after another
BEHIND_S = 0.5  # a line that is so far behind has stopped: nobody waits for it
QUIET_S, QUIET_DBOV = 0.2, -50.0


class Source(Protocol):
    """What a line offers (native.line.Line)."""

    @property
    def rate_hz(self) -> int: ...
    @property
    def position(self) -> int: ...
    def read(self, start: int, count: int) -> NDArray[np.int16] | None: ...


class Sink(Protocol):
    """Where the sound goes, on a worker thread. Both may raise HotlineError: then the recording ends, and the call goes on."""

    def write(self, data: bytes) -> None: ...
    def seal(self) -> object: ...


class Tape:
    """The two sides in step, without any waiting. Everything here on one thread.

    left: the caller's line, whose clock counts. missed: samples that came too late to be read.
    """

    def __init__(self, left: Source) -> None:
        self.left = left
        self.at = self.begun = left.position
        self.missed = 0
        self._right: dict[int, tuple[Source, int, int]] = {}  # id -> line, its offset, from which sample of ours on
        self._mute_from: int | None = None
        self._muted: list[tuple[int, int]] = []

    def join(self, line: Source) -> None:
        """Somebody talks to the caller from now on."""
        self._right[id(line)] = (line, line.position - self.left.position, self.left.position)

    def leave(self, line: Source) -> None:
        """He does not any more; what he said is taken before (see `drain`)."""
        self._right.pop(id(line), None)

    @property
    def paused(self) -> bool:
        return self._mute_from is not None

    def pause(self) -> None:
        """Silence from this sample on."""
        if self._mute_from is None:
            self._mute_from = self.left.position

    def go_on(self) -> None:
        if self._mute_from is not None:
            self._muted.append((self._mute_from, self.left.position))
            self._mute_from = None

    def drain(self, last: bool = False) -> bytes:
        """What came in since: int16 little endian, left and right in turn. last: up to this moment, waiting for nobody."""
        upto = self.left.position
        if not last:
            rate = self.left.rate_hz
            slowest = min((line.position - offset for line, offset, _ in self._right.values()), default=upto)
            upto = max(self.at, min(upto - round(MARGIN_S * rate), max(slowest, upto - round(BEHIND_S * rate))))
        count = upto - self.at
        if count <= 0:
            return b""
        sides = np.zeros((count, 2), dtype="<i2")
        sides[:, 0] = self._take(self.left, self.at, count)
        right = np.zeros(count, dtype=np.int32)
        for line, offset, since in self._right.values():
            begin = max(self.at, since)
            there = min(count - (begin - self.at), line.position - offset - begin)
            if there > 0:
                right[begin - self.at : begin - self.at + there] += self._take(line, begin + offset, there)
        sides[:, 1] = np.clip(right, -32768, 32767)
        for begin, end in (*self._muted, *(((self._mute_from, upto),) if self._mute_from is not None else ())):
            sides[max(0, begin - self.at) : max(0, end - self.at)] = 0
        self._muted = [(begin, end) for begin, end in self._muted if end > upto]
        self.at = upto
        return sides.tobytes()

    def _take(self, line: Source, start: int, count: int) -> NDArray[np.int16]:
        found = line.read(start, count)
        if found is None:
            self.missed += count
            return np.zeros(count, dtype=np.int16)
        return found


class Recorder:
    """A tape that runs: drains every second into sinks, one for each piece, on a worker thread.

    A piece ends at the first quiet moment after `piece_s`, so that no word is cut in two, or after half as much again.
    sink: opens the next piece. sealed: told what `seal` gave for each piece that is whole, with its length [ms]. stopped: told
    why, where it could not go on (the disk is full). Ends with `close`.
    """

    def __init__(
        self, left: Source, sink: Callable[[], Sink], sealed: Callable[[object, int], None], stopped: Callable[[str], None],
        *, piece_s: float = 60.0, every_s: float = EVERY_S,
    ) -> None:  # fmt: skip
        self.tape = Tape(left)
        self._sink, self._sealed, self._stopped = sink, sealed, stopped
        self._piece_bytes = int(piece_s * left.rate_hz) * 4
        self._every_s = every_s
        self._open: Sink | None = None
        self._bytes = 0
        self._ending, self._writing = asyncio.Event(), asyncio.Lock()
        self.broken = False
        self._runner = asyncio.create_task(self._run(), name="recording")

    async def flush(self) -> None:
        """Take what is there; before somebody leaves."""
        if not self.broken:
            await self._keep(self.tape.drain(last=True))

    async def close(self) -> None:
        """The talk is over: what is there is kept whole."""
        self._ending.set()
        await self._runner

    async def _run(self) -> None:
        while not self._ending.is_set() and not self.broken:
            try:
                async with asyncio.timeout(self._every_s):
                    await self._ending.wait()
            except TimeoutError:
                await self._keep(self.tape.drain())
        if not self.broken:
            await self._keep(self.tape.drain(last=True))
        if not self.broken:
            await self._seal()

    async def _keep(self, data: bytes) -> None:
        if not data:
            return
        async with self._writing:
            await self._write(data)

    async def _write(self, data: bytes) -> None:
        if self.broken:
            return
        try:
            if self._open is None:
                self._open = await asyncio.to_thread(self._sink)
            await asyncio.to_thread(self._open.write, data)
        except HotlineError as error:
            self._break(error)
            return
        self._bytes += len(data)
        over = self._bytes - self._piece_bytes
        if over >= 0 and (over >= self._piece_bytes // 2 or quiet(data, self.tape.left.rate_hz)):
            await self._seal()

    async def _seal(self) -> None:
        sink, self._open = self._open, None
        length_ms, self._bytes = self._bytes * 1000 // (4 * self.tape.left.rate_hz), 0
        if sink is None:
            return
        try:
            self._sealed(await asyncio.to_thread(sink.seal), length_ms)
        except HotlineError as error:
            self._break(error)

    def _break(self, error: HotlineError) -> None:
        self.broken, self._open = True, None
        log.error("a recording ends here: %s", error)
        self._stopped(error.what)


def quiet(data: bytes, rate_hz: int) -> bool:
    """Whether neither side says anything at the end of this (RMS of both channels in dBov, RFC 6465)."""
    end = np.frombuffer(data, "<i2").reshape(-1, 2)[-int(QUIET_S * rate_hz) :].astype(np.float64) / 32768
    return bool(np.all(np.mean(end**2, axis=0) < 10 ** (QUIET_DBOV / 10)))
