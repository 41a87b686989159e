"""RTP packets (RFC 3550), mu-law (ITU-T G.711), keys as telephone-events (RFC 4733), and how loud a packet is (RFC 6465)."""

from __future__ import annotations

import math
import struct
from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Samples = npt.NDArray[np.int16]

RATE_HZ = 8000
FRAME_SAMPLES = 160
FRAME_MS = 20
PCMU, TELEPHONE_EVENT = 0, 101
# A packet sounds where it is louder than this. A gateway that plays nothing sends digital silence.
SOUNDING_DBOV = -50.0
KEYS = "0123456789*#ABCD"
KEY_VOLUME = 10  # -10 dBm0
_HEADER = struct.Struct("!BBHII")
_EVENT = struct.Struct("!BBH")


def _mu_law_values() -> Samples:
    code = np.arange(256, dtype=np.int32) ^ 0xFF
    magnitude = ((((code & 0x0F) << 3) + 0x84) << ((code & 0x70) >> 4)) - 0x84
    return np.asarray(np.where(code & 0x80, -magnitude, magnitude), dtype=np.int16)


MU_LAW = _mu_law_values()
"""The sample that each of the 256 codes stands for."""


def _mu_law_codes() -> npt.NDArray[np.uint8]:
    # Positive codes 0xFF..0x80 rise in value; a sample takes the nearest one.
    codes = np.arange(0xFF, 0x7F, -1)
    values = MU_LAW[codes].astype(np.int32)
    bounds = (values[1:] + values[:-1] + 1) // 2
    samples = np.arange(-32768, 32768, dtype=np.int32)
    nearest = codes[np.searchsorted(bounds, np.abs(samples), side="right")]
    return np.asarray(np.where(samples < 0, nearest & 0x7F, nearest), dtype=np.uint8)


_CODES = _mu_law_codes()


def encode(samples: Samples) -> bytes:
    """int16 samples as mu-law."""
    return bytes(_CODES[samples.astype(np.int32) + 32768])


def decode(payload: bytes) -> Samples:
    """mu-law as int16 samples."""
    return np.asarray(MU_LAW[np.frombuffer(payload, dtype=np.uint8)])


def level_dbov(payload: bytes) -> float:
    """RMS level of a mu-law payload, 0 for a square wave of full scale, -127 for silence or nothing (RFC 6465 section 3)."""
    if not payload:
        return -127.0
    power = float(np.mean(MU_LAW[np.frombuffer(payload, dtype=np.uint8)].astype(np.float64) ** 2))
    return max(-127.0, 10 * math.log10(power / 32768**2)) if power else -127.0


@dataclass(frozen=True, slots=True)
class Packet:
    """One RTP packet, without CSRCs and header extension."""

    payload_type: int
    sequence: int
    timestamp: int
    ssrc: int
    payload: bytes
    marker: bool = False

    def pack(self) -> bytes:
        second = self.payload_type | (0x80 if self.marker else 0)
        return _HEADER.pack(0x80, second, self.sequence & 0xFFFF, self.timestamp & 0xFFFFFFFF, self.ssrc) + self.payload


def parse(data: bytes) -> Packet | None:
    """A datagram as RTP; None where it is none (RFC 3550 appendix A.1), or where it is RTCP on the same port (RFC 5761 section 4)."""
    if len(data) < _HEADER.size or data[0] >> 6 != 2 or 192 <= data[1] <= 223:
        return None
    first, second, sequence, timestamp, ssrc = _HEADER.unpack_from(data)
    begin, end = _HEADER.size + 4 * (first & 0x0F), len(data)
    if first & 0x10:
        if len(data) < begin + 4:
            return None
        begin += 4 + 4 * int.from_bytes(data[begin + 2 : begin + 4], "big")
    if first & 0x20:
        end -= data[-1]
    if begin > end:
        return None
    return Packet(second & 0x7F, sequence, timestamp, ssrc, data[begin:end], bool(second & 0x80))


def key_payloads(key: str, frames: int = 5) -> Iterator[tuple[bytes, bool]]:
    """The payloads of one key, 20 ms apart, and whether each is the first: `frames` while it is held, then the end thrice.

    RFC 4733 section 2.5.1: all bear the timestamp of the key's beginning, the duration grows, the end is sent three times.
    """
    event = KEYS.index(key)
    for frame in range(1, frames + 1):
        yield _EVENT.pack(event, KEY_VOLUME, frame * FRAME_SAMPLES), frame == 1
    for _ in range(3):
        yield _EVENT.pack(event, 0x80 | KEY_VOLUME, (frames + 1) * FRAME_SAMPLES), False


def frames(samples: Samples) -> list[bytes]:
    """Samples as mu-law payloads of 20 ms; the last one is filled up with silence."""
    whole = np.concatenate([samples, np.zeros(-len(samples) % FRAME_SAMPLES, dtype=np.int16)])
    coded = encode(whole)
    return [coded[at : at + FRAME_SAMPLES] for at in range(0, len(coded), FRAME_SAMPLES)]
