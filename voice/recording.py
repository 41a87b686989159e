"""A call's incoming sound, kept: from the line's ring into the vault, half a second at a time; nothing here runs per frame.

What is kept is a WAV file whose head says "until the end", for its length is known only then (`wav.parse` takes such files).
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from native.line import Line
from voice.recognizers.protocol import Samples
from voice.speech import wav
from voice.speech.cache import read_only
from voice.speech.mouth import Clip
from voice.vault import Vault

DRAIN_S = 0.5  # the ring holds 8 s
TONE_HZ, TONE_MS, TONE_DBOV = 950, 250, -20.0


@dataclass(frozen=True, slots=True)
class Kept:
    """A sound in the vault, by its id there."""

    id: str
    length_ms: int


class Recording:
    """One sound, from `start` to `finish` or `drop`. Lives on the loop; the vault's work is done on threads."""

    def __init__(self, line: Line, vault: Vault, begin: int = -1, *, remember: bool = False) -> None:
        """begin: the first sample, by default the next one that comes in. remember: `heard` gives parts of it again."""
        self.line, self.vault = line, vault
        self.begin = self._at = line.position if begin < 0 else begin
        self.lost_samples = 0  # the loop stood still for longer than the ring holds; silence stands for them
        self._remember = remember
        self._heard: list[Samples] = []
        self._end: int | None = None
        self._over = asyncio.Event()
        self._wanted: asyncio.Future[bool] = asyncio.get_running_loop().create_future()
        self._task: asyncio.Task[str] | None = None

    def start(self, broken: Callable[[], None] = lambda: None) -> None:
        """Begin. broken: called where the disk does not take it; `finish` says why."""
        self._task = asyncio.create_task(self._run(), name="recording")
        self._task.add_done_callback(lambda task: None if task.cancelled() or task.exception() is None else broken())

    def stop(self, end: int = -1) -> None:
        """Take no more: what comes in from now on, or from the sample `end` on."""
        if self._end is None:
            self._end = self.line.position if end < 0 else max(end, self._at)
        self._over.set()

    @property
    def broken(self) -> bool:
        """The disk does not take it; `finish` says why."""
        return self._task is not None and self._task.done() and not self._task.cancelled() and self._task.exception() is not None

    async def finish(self) -> Kept:
        """Stop, and keep it: on the disk when this returns. Raises SoundUnkept."""
        self._decide(wanted=True)
        assert self._task is not None
        name = await asyncio.shield(self._task)  # whoever asks may be cancelled; what is being sealed is not
        return Kept(name, (self._at - self.begin) * 1000 // self.line.rate_hz)

    async def drop(self) -> None:
        """Nothing of it is kept."""
        self._decide(wanted=False)
        if self._task is not None:
            await asyncio.wait({self._task})

    def heard(self, begin: int, end: int) -> Samples:
        """Samples [begin, end) of the line, as far as they are part of this."""
        self._take()
        whole = np.concatenate(self._heard) if self._heard else np.zeros(0, np.int16)
        return whole[max(0, begin - self.begin) : max(0, end - self.begin)]

    async def _run(self) -> str:
        with await asyncio.to_thread(self.vault.writer) as writer:
            await asyncio.to_thread(writer.write, wav.head(self.line.rate_hz))
            written = 0
            while True:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(DRAIN_S):
                        await self._over.wait()
                over = self._over.is_set()
                self._take()
                fresh, written = self._heard[written:], len(self._heard)
                if fresh:
                    await asyncio.to_thread(writer.write, b"".join(part.astype("<i2").tobytes() for part in fresh))
                if not self._remember:
                    self._heard, written = [], 0
                if over:
                    # Stopped is not decided: until somebody says so, it is on the disk as a part only.
                    return await asyncio.to_thread(writer.seal) if await self._wanted else ""

    def _decide(self, wanted: bool) -> None:
        self.stop()
        if not self._wanted.done():
            self._wanted.set_result(wanted)

    def _take(self) -> None:
        """What has come in since."""
        upto = self.line.position if self._end is None else min(self._end, self.line.position)
        if upto <= self._at:
            return
        samples = self.line.read(self._at, upto - self._at)
        if samples is None:
            self.lost_samples += upto - self._at
            samples = np.zeros(upto - self._at, np.int16)
        self._heard.append(samples)
        self._at = upto


def tone(rate_hz: int) -> Clip:
    """The short tone after which one speaks; no pair of tones, so that no telephone takes it for a key."""
    count = rate_hz * TONE_MS // 1000
    level = 10 ** (TONE_DBOV / 20) * 32768 * np.sqrt(2)
    wave = np.sin(2 * np.pi * TONE_HZ * np.arange(count) / rate_hz) * level
    ramp = np.minimum(1.0, np.arange(count) * 100 / rate_hz)  # 10 ms
    return Clip(
        read_only((wave * ramp * ramp[::-1]).astype(np.int16)), rate_hz, "", "tone", f"tone-{rate_hz}-{TONE_HZ}-{TONE_MS}"
    )
