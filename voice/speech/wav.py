"""WAV files (RIFF/WAVE, IBM and Microsoft 1991): what one is, and its samples where they are mono 16 bit PCM."""

from __future__ import annotations

import struct
from dataclasses import dataclass

import numpy as np

from voice.errors import SpeechError
from voice.speech.protocol import Samples

_PCM, _FLOAT, _ALAW, _MULAW, _EXTENSIBLE = 0x0001, 0x0003, 0x0006, 0x0007, 0xFFFE
_UNKNOWN = 0xFFFFFFFF  # a length that is not known yet
_ENCODINGS = {_PCM: "PCM", _FLOAT: "float", _ALAW: "A-law", _MULAW: "mu-law"}


@dataclass(frozen=True, slots=True)
class Wav:
    """One file's format and its sound as stored bytes."""

    encoding: str
    channels: int
    rate_hz: int
    bits: int
    data: bytes

    @property
    def mono16(self) -> bool:
        return (self.encoding, self.channels, self.bits) == ("PCM", 1, 16)

    def samples(self) -> Samples:
        """Mono int16; only where `mono16`."""
        if not self.mono16:
            raise SpeechError(f"this sound is {self}, not mono 16 bit PCM")
        return np.frombuffer(self.data, dtype="<i2", count=len(self.data) // 2).astype(np.int16)

    def __str__(self) -> str:
        channels = {1: "mono", 2: "stereo"}.get(self.channels, f"{self.channels} channels")
        return f"{self.rate_hz} Hz {channels} {self.bits} bit {self.encoding}"


def head(rate_hz: int, data_bytes: int = _UNKNOWN, channels: int = 1) -> bytes:
    """What stands before 16 bit PCM; without a length, "until the end of the file"."""
    whole = min(data_bytes + 36, _UNKNOWN)
    layout = struct.pack("<HHIIHH", _PCM, channels, rate_hz, 2 * channels * rate_hz, 2 * channels, 16)
    return b"".join(
        (
            b"RIFF",
            struct.pack("<I", whole),
            b"WAVEfmt ",
            struct.pack("<I", len(layout)),
            layout,
            b"data",
            struct.pack("<I", data_bytes),
        )
    )


def parse(content: bytes) -> Wav:
    """Read a WAV file. A data chunk that says it is longer than the file ends with it: engines that stream write such headers.

    Raises SpeechError where this is no WAV file or its header is damaged.
    """
    if len(content) < 12 or content[:4] != b"RIFF" or content[8:12] != b"WAVE":
        raise SpeechError("this is not a WAV file")
    at, layout = 12, None
    while at + 8 <= len(content):
        name, size = struct.unpack_from("<4sI", content, at)
        body = content[at + 8 : at + 8 + size]
        if name == b"fmt " and len(body) >= 16:
            code, channels, rate_hz, _, _, bits = struct.unpack_from("<HHIIHH", body)
            if code == _EXTENSIBLE and len(body) >= 26:  # the true code opens the sub-format's GUID
                code = struct.unpack_from("<H", body, 24)[0]
            layout = (_ENCODINGS.get(code, f"encoding {code:#06x}"), channels, rate_hz, bits)
        elif name == b"data":
            if layout is None or not layout[1] or not layout[2]:
                break
            return Wav(*layout, data=body)
        at += 8 + size + size % 2
    raise SpeechError("this WAV file has no sound in it, or its header is damaged")
