"""One caller on the wire: SIP by a plain socket, RTP paced on an absolute 20 ms grid, every packet that comes back logged.

Nothing of the code under test runs here. Times are CLOCK_MONOTONIC nanoseconds; arrivals are the kernel's own stamps, so a
late Python only makes the sending late, and what is measured begins when it was sent. A packet is sent when its last sample has been
spoken: its first sample is 20 ms older.
"""

from __future__ import annotations

import select
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from bench.rtp import (
    FRAME_MS,
    FRAME_SAMPLES,
    PCMU,
    SOUNDING_DBOV,
    TELEPHONE_EVENT,
    Packet,
    Samples,
    frames,
    key_payloads,
    level_dbov,
    parse,
)
from bench.sip import Address, Dialog, NoAnswer, Phone, receive, stamped_socket

FRAME_NS = FRAME_MS * 1_000_000
PATIENCE_S = 30.0


@dataclass(frozen=True, slots=True)
class Arrival:
    """One packet that came in. filler: a sound that only bridges a wait (there is none so far)."""

    at_ns: int
    sequence: int
    level_dbov: float
    filler: bool = False

    @property
    def sounding(self) -> bool:
        return self.level_dbov > SOUNDING_DBOV


@dataclass(frozen=True, slots=True)
class Sent:
    """When the first sample of something was spoken, and its last one (which is when its last packet left)."""

    first_ns: int
    last_ns: int


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One frame that waits to be sent. first, last: of something that is said; key: payload of a telephone-event."""

    payload: bytes
    first: bool = False
    last: bool = False
    key: bool = False
    marker: bool = False


def background(level: float = 4.0) -> list[bytes]:
    """A second of a quiet room (standard deviation `level` of 32768): what a telephone sends while nobody speaks."""
    noise = np.random.default_rng(11).normal(0, level, 8000).astype(np.int16)
    return frames(noise)


class Caller:
    """One call from a thread of its own choosing: everything runs inside the methods that wait.

    `with Caller(address) as caller: caller.dial(); caller.until_sound(); sent = caller.say(speech)`
    """

    def __init__(self, gateway: Address, number: str = "bench") -> None:
        """number: which he calls from, or a name."""
        self.phone = Phone(gateway, user=number)
        self.socket = stamped_socket()
        self.dialog: Dialog | None = None
        self.log: list[Arrival] = []
        self._room = background()
        self._queue: deque[Outgoing] = deque()
        self._begun_ns = self._done_ns = self._due_ns = 0
        self._sequence, self._timestamp = 1000, 160_000
        self._key_timestamp = 0
        self._ticks = 0

    def __enter__(self) -> Caller:
        return self

    def __exit__(self, *_: object) -> None:
        try:
            if self.dialog is not None:
                self.phone.hang_up(self.dialog)
        except NoAnswer:
            pass
        finally:
            self.phone.close()
            self.socket.close()

    def dial(self) -> Dialog:
        """Call and acknowledge; sound flows from here on. Raises NoAnswer."""
        self.dialog = self.phone.call(self.socket.getsockname()[1])
        self._due_ns = time.monotonic_ns()
        return self.dialog

    def run(self, until: Callable[[], bool], patience_s: float = PATIENCE_S) -> bool:
        """Send and receive until `until` is true (asked after every packet and tick); False where patience ends first."""
        limit = time.monotonic_ns() + int(patience_s * 1e9)
        while not until():
            now = time.monotonic_ns()
            if now >= limit:
                return False
            if now >= self._due_ns:
                self._tick()
                continue
            ready, _, _ = select.select([self.socket, self.phone.socket], [], [], (self._due_ns - now) / 1e9)
            if self.socket in ready:
                self._receive()
            if self.phone.socket in ready:
                self.phone.serve()
        return True

    def wait(self, seconds: float) -> None:
        """Be silent for so long."""
        end = time.monotonic_ns() + int(seconds * 1e9)
        self.run(lambda: time.monotonic_ns() >= end, seconds + 1)

    def say(self, speech: Samples) -> Sent:
        """Speak from the next tick on; returns when the last sample is sent."""
        parts = frames(speech)
        self._begun_ns = self._done_ns = 0
        self._queue.extend(Outgoing(part, first=n == 0, last=n == len(parts) - 1) for n, part in enumerate(parts))
        self.run(lambda: self._done_ns > 0, len(parts) * FRAME_MS / 1000 + PATIENCE_S)
        return Sent(self._begun_ns - FRAME_NS, self._done_ns)

    def press(self, key: str) -> int:
        """Send a key by RFC 4733 in place of sound; gives when its first packet left."""
        parts = list(key_payloads(key))
        self._begun_ns = self._done_ns = 0
        last = len(parts) - 1
        self._queue.extend(
            Outgoing(part, first=n == 0, last=n == last, key=True, marker=begins) for n, (part, begins) in enumerate(parts)
        )
        self.run(lambda: self._done_ns > 0)
        return self._begun_ns

    def until_sound(self, since_ns: int = 0, patience_s: float = PATIENCE_S) -> Arrival | None:
        """Wait for the first sounding packet that arrived after `since_ns` (0: from now); None where patience ends."""
        since_ns = since_ns or time.monotonic_ns()
        self.run(lambda: bool(self.log) and self.log[-1].sounding and self.log[-1].at_ns > since_ns, patience_s)
        return first_sound(self.log, since_ns)

    def until_quiet(self, quiet_ms: float, patience_s: float = PATIENCE_S) -> bool:
        """Wait until the house has made no sound for so long."""

        def quiet() -> bool:
            sounded = last_sound(self.log)
            return sounded is not None and time.monotonic_ns() - sounded.at_ns > quiet_ms * 1e6

        return self.run(quiet, patience_s)

    @property
    def gone(self) -> bool:
        """The house has hung up."""
        return self.dialog is None or self.dialog.gone

    def _tick(self) -> None:
        assert self.dialog is not None
        out = self._queue.popleft() if self._queue else Outgoing(self._room[self._ticks % len(self._room)])
        if out.key and out.first:
            self._key_timestamp = self._timestamp
        kind, stamp = (TELEPHONE_EVENT, self._key_timestamp) if out.key else (PCMU, self._timestamp)
        data = Packet(kind, self._sequence, stamp, 0x0C0FFEE0, out.payload, out.marker).pack()
        self.socket.sendto(data, self.dialog.media)
        sent = time.monotonic_ns()
        if out.first:
            self._begun_ns = sent
        if out.last:
            self._done_ns = sent
        self._sequence += 1
        self._timestamp += FRAME_SAMPLES
        self._ticks += 1
        self._due_ns += FRAME_NS

    def _receive(self) -> None:
        while (found := receive(self.socket, self.phone.offset_ns)) is not None:
            packet = parse(found[0])
            if packet is not None and packet.payload_type == PCMU:
                self.log.append(Arrival(found[1], packet.sequence, level_dbov(packet.payload)))


def first_sound(log: list[Arrival], since_ns: int) -> Arrival | None:
    """The first sounding packet after a moment; filler is no answer."""
    return next((arrival for arrival in log if arrival.at_ns > since_ns and arrival.sounding and not arrival.filler), None)


def last_sound(log: list[Arrival]) -> Arrival | None:
    """The last sounding packet of all."""
    return next((arrival for arrival in reversed(log) if arrival.sounding), None)


def sound_stopped(log: list[Arrival], since_ns: int, gap_ms: float = 150.0) -> Arrival | None:
    """The last sounding packet before the first gap of `gap_ms` in a sound that still went on after `since_ns`.

    None where there is no such gap. The log must reach beyond it.
    """
    previous: Arrival | None = None
    for arrival in [*(arrival for arrival in log if arrival.sounding), *log[-1:]]:
        if previous is not None and previous.at_ns > since_ns and arrival.at_ns - previous.at_ns > gap_ms * 1e6:
            return previous
        previous = arrival
    return None
