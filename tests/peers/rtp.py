"""A source and sink of RTP (RFC 3550) with PCMU (RFC 3551) and telephone-events (RFC 4733): one socket, no jitter buffer."""

from __future__ import annotations

import socket
import struct
import time
from types import TracebackType

import numpy as np
import numpy.typing as npt

FRAME = 160
KEYS = "0123456789*#ABCD"


def mu_law(samples: npt.NDArray[np.int16]) -> bytes:
    """ITU-T G.711, as its table 2a is meant: sign, three bits of segment, four of step, all inverted."""
    sound = samples.astype(np.int32) >> 2
    size = np.minimum(np.abs(sound), 8158) + 33
    segment = np.maximum(np.floor(np.log2(size)).astype(np.int32) - 5, 0)
    step = (size >> (segment + 1)) & 0x0F
    return bytes((~((sound < 0) * 0x80 | segment << 4 | step) & 0xFF).astype(np.uint8))


class Rtp:
    """One end. `to` is where it sends; counts and keeps what comes in."""

    def __init__(self, host: str = "127.0.0.1", port: int = 0) -> None:
        self.socket = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET, socket.SOCK_DGRAM)
        self.socket.bind((host, port))
        self.port: int = self.socket.getsockname()[1]
        self.to: tuple[str, int] | None = None
        self.sequence, self.stamp, self.source = 100, 5000, 0x1234

    def __enter__(self) -> Rtp:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None) -> None:
        self.socket.close()

    def send(self, payload: bytes, kind: int = 0, *, mark: bool = False, stamp: int | None = None) -> None:
        assert self.to is not None
        head = struct.pack(
            "!BBHII", 0x80, kind | mark << 7, self.sequence & 0xFFFF, self.stamp if stamp is None else stamp, self.source
        )
        self.sequence += 1
        self.socket.sendto(head + payload, self.to)

    def speak(self, samples: npt.NDArray[np.int16], pace_s: float = 0.02) -> None:
        """Send sound in frames of 20 ms at their own pace."""
        for at in range(0, len(samples) - FRAME + 1, FRAME):
            self.send(mu_law(samples[at : at + FRAME]))
            self.stamp += FRAME
            time.sleep(pace_s)

    def press(self, key: str, frames: int = 5, *, ends: int = 3, pace_s: float = 0.02) -> None:
        """One key: `frames` packets of growing duration, then `ends` end packets, all of one timestamp (RFC 4733 section 2.5.1)."""
        for number in range(1, frames + ends + 1):
            end = number > frames
            duration = FRAME * min(number, frames)
            self.send(struct.pack("!BBH", KEYS.index(key), end << 7 | 10, duration), 101, mark=number == 1)
            if not end:
                time.sleep(pace_s)
        self.stamp += FRAME * (frames + ends)

    def received(self, wait_s: float = 10.0, packets: int = 1) -> int:
        """How many RTP packets come in within this time; returns early once there are so many."""
        until, found = time.monotonic() + wait_s, 0
        while found < packets and (left := until - time.monotonic()) > 0:
            self.socket.settimeout(left)
            try:
                found += len(self.socket.recv(2048)) >= 12
            except TimeoutError:
                break
        return found

    def drain(self) -> None:
        """Forget what came in so far."""
        self.socket.setblocking(False)
        try:
            while True:
                self.socket.recv(2048)
        except BlockingIOError:
            pass


def media_of(body: str) -> tuple[str, int]:
    """Where a description wants its sound (RFC 4566 sections 5.7 and 5.14)."""
    lines = [line.strip() for line in body.splitlines()]
    host = next(line.split()[-1] for line in lines if line.startswith("c="))
    return host, int(next(line.split()[1] for line in lines if line.startswith("m=audio")))
