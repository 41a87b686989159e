"""Packets, mu-law, levels and keys, against the standards' own figures."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from bench.rtp import MU_LAW, SOUNDING_DBOV, Packet, decode, encode, frames, key_payloads, level_dbov, parse
from tests.voices import mu_law


def tone(amplitude: float, count: int = 160) -> np.ndarray:
    return (amplitude * np.sin(2 * np.pi * 1000 * np.arange(count) / 8000)).astype(np.int16)


def test_mu_law_has_the_values_of_g711() -> None:
    # ITU-T G.711 table 2a: the ends, the first step, and the two zeros (14 bit values times 4).
    assert MU_LAW[[0x80, 0xFF, 0x7F, 0x00]].tolist() == [32124, 0, 0, -32124]
    assert sorted({abs(int(value)) for value in MU_LAW})[:3] == [0, 8, 16]


def test_every_code_comes_back() -> None:
    codes = bytes(code for code in range(256) if code != 0x7F)  # the negative zero becomes the positive one
    assert encode(decode(codes)) == codes


def test_coding_agrees_with_an_independent_one() -> None:
    # Neighbouring thresholds may differ by rounding, never by more than half a step.
    samples = np.arange(-32768, 32768, 7).astype(np.int16)
    error_ours = np.abs(decode(encode(samples)).astype(int) - samples)
    error_theirs = np.abs(mu_law(samples).astype(int) - samples)
    assert (error_ours <= error_theirs).all()


@pytest.mark.parametrize(("amplitude", "dbov"), [(32000, -3.2), (3200, -23.2), (320, -43.2)])
def test_level_of_a_sine(amplitude: float, dbov: float) -> None:
    # A sine of full scale is 3.01 dB under the square wave that is 0 dBov (RFC 6465).
    assert level_dbov(encode(tone(amplitude))) == pytest.approx(dbov, abs=0.3)


def test_silence_does_not_sound_and_speech_does() -> None:
    assert level_dbov(b"") == level_dbov(bytes([0xFF] * 160)) == level_dbov(bytes([0x7F] * 160)) == -127.0
    assert level_dbov(encode(tone(12))) < SOUNDING_DBOV < level_dbov(encode(tone(400)))


@given(
    st.integers(0, 127).filter(lambda kind: not 64 <= kind <= 95),
    st.integers(0, 65535),
    st.integers(0, 2**32 - 1),
    st.binary(max_size=200),
    st.booleans(),
)
def test_a_packet_comes_back_as_it_was(kind: int, sequence: int, timestamp: int, payload: bytes, marker: bool) -> None:
    packet = Packet(kind, sequence, timestamp, 0xDEADBEEF, payload, marker)
    assert parse(packet.pack()) == packet


def test_csrcs_extension_and_padding_are_no_payload() -> None:
    head = bytes([0x80 | 0x20 | 0x10 | 2, 0, 0, 1]) + bytes(8)
    data = head + bytes(8) + bytes([0xBE, 0xDE, 0, 1]) + bytes(4) + b"sound" + bytes([0, 0, 3])
    found = parse(data)
    assert found is not None
    assert found.payload == b"sound"


@pytest.mark.parametrize(
    "data",
    [
        b"",
        bytes(11),
        bytes([0x40]) + bytes(20),
        bytes([0x80, 200]) + bytes(20),
        bytes([0x8F, 0]) + bytes(12),
        bytes([0x90, 0]) + bytes(10),
    ],
    ids=["empty", "short", "version 1", "rtcp", "csrcs missing", "extension missing"],
)
def test_what_is_no_rtp_is_none(data: bytes) -> None:
    assert parse(data) is None


@given(st.binary(max_size=64))
def test_no_datagram_raises(data: bytes) -> None:
    parse(data)


def test_a_key_is_held_and_ends_thrice() -> None:
    payloads = list(key_payloads("#", 3))
    assert [begins for _, begins in payloads] == [True, False, False, False, False, False]
    assert {payload[0] for payload, _ in payloads} == {11}
    assert [payload[1] >> 7 for payload, _ in payloads] == [0, 0, 0, 1, 1, 1]
    assert [int.from_bytes(payload[2:], "big") for payload, _ in payloads] == [160, 320, 480, 640, 640, 640]


def test_frames_are_filled_up_with_silence() -> None:
    found = frames(np.full(200, 1000, dtype=np.int16))
    assert [len(frame) for frame in found] == [160, 160]
    assert decode(found[1])[40:].any() == False  # noqa: E712, numpy's own bool
