"""What the log of a call says, and a caller's SIP and RTP against a peer that is a few lines of socket."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator

import numpy as np
import pytest

from bench.rtp import encode, parse
from bench.sip import Message, NoAnswer, clock_offset_ns, media_address, receive, stamped_socket
from bench.stimuli import beginning_on_a_frame, ending_on_a_frame, levels_dbov, trimmed, without_pauses
from bench.wire import Arrival, Caller, first_sound, last_sound, sound_stopped

MS = 1_000_000


def log_of(pattern: str, begin_ms: int = 0) -> list[Arrival]:
    """One packet every 20 ms: # sounds, . does not, f is filler."""
    levels = {"#": -20.0, ".": -127.0, "f": -30.0}
    return [Arrival((begin_ms + 20 * n) * MS, n, levels[mark], mark == "f") for n, mark in enumerate(pattern)]


def test_the_first_sound_after_a_moment() -> None:
    log = log_of("##..ff.##")
    found = first_sound(log, 30 * MS)
    assert found is not None
    assert found.sequence == 7, "filler is no answer"
    assert first_sound(log, 200 * MS) is None
    assert first_sound([], 0) is None


def test_the_last_sound_of_all() -> None:
    found = last_sound(log_of("..##.#..."))
    assert found is not None
    assert found.sequence == 5
    assert last_sound(log_of("...")) is None


@pytest.mark.parametrize(
    ("pattern", "since_ms", "expected"),
    [
        ("######..........", 40, 5),  # it stops, and that is the end of the log
        ("######......####", 40, 5),  # it stops, and something else begins
        ("###..##.#.......", 40, 8),  # short gaps are pauses of its own
        ("######......####......", 150, 15),  # what was silent before the moment did not stop after it
        ("################", 40, None),  # it does not stop
        ("......", 40, None),
    ],
)
def test_when_a_sound_stopped(pattern: str, since_ms: int, expected: int | None) -> None:
    log = log_of(pattern)
    found = sound_stopped(log, since_ms * MS, gap_ms=80)
    assert (found.sequence if found else None) == expected


def test_the_kernel_stamps_arrivals_on_our_clock() -> None:
    import time

    at = stamped_socket()
    try:
        begun = time.monotonic_ns()
        at.sendto(b"x", at.getsockname())
        found = receive(at, clock_offset_ns())
        assert found is not None
        assert begun - MS < found[1] < time.monotonic_ns() + MS
        assert receive(at, 0) is None
    finally:
        at.close()


def test_a_message_is_read() -> None:
    message = Message.parse(b"SIP/2.0 200 OK\r\nCSeq: 7 INVITE\r\nVia: a\r\nVia: b\r\n\r\nbody", 5)
    assert (message.status, message.method, message.all("via"), message.body) == (200, "INVITE", ["a", "b"], "body")
    assert Message.parse(b"BYE sip:x SIP/2.0\r\nCSeq: 2 BYE\r\n\r\n", 0).status == 0


def test_where_the_sound_goes() -> None:
    assert media_address("v=0\r\nc=IN IP4 192.0.2.7\r\nm=audio 4000 RTP/AVP 0\r\n") == ("192.0.2.7", 4000)
    with pytest.raises(NoAnswer):
        media_address("v=0\r\nm=audio 0 RTP/AVP 0\r\n")


def test_speech_is_cut_at_its_edges() -> None:
    voice = np.full(400, 8000, dtype=np.int16)
    cut = trimmed(np.concatenate([np.zeros(330, np.int16), voice, np.zeros(500, np.int16)]))
    assert 400 <= len(cut) < 480
    assert len(trimmed(np.zeros(800, dtype=np.int16))) == 0
    assert len(ending_on_a_frame(cut)) % 160 == len(beginning_on_a_frame(cut)) % 160 == 0
    assert ending_on_a_frame(cut)[-1] == cut[-1]
    assert beginning_on_a_frame(cut)[0] == cut[0]


def test_a_prompt_without_pauses_sounds_in_every_frame() -> None:
    voice = np.full(320, 8000, dtype=np.int16)
    found = without_pauses(np.concatenate([voice, np.zeros(1600, np.int16), voice]))
    assert len(found) == 640
    assert levels_dbov(found, 160).min() > -20


class Echo:
    """A peer that accepts one call and sends every RTP packet back, twenty lines and no library."""

    def __init__(self) -> None:
        self.sip, self.rtp = (socket.socket(socket.AF_INET, socket.SOCK_DGRAM) for _ in range(2))
        for part in (self.sip, self.rtp):
            part.bind(("127.0.0.1", 0))
            part.settimeout(5)
        self.address = self.sip.getsockname()
        self.heard: list[bytes] = []
        self.threads = [threading.Thread(target=self.serve_sip), threading.Thread(target=self.serve_rtp)]
        for thread in self.threads:
            thread.start()

    def serve_sip(self) -> None:
        while True:
            data, sender = self.sip.recvfrom(4096)
            message = Message.parse(data, 0)
            if message.method == "ACK":
                continue
            body = ""
            if message.method == "INVITE":
                body = f"c=IN IP4 127.0.0.1\r\nm=audio {self.rtp.getsockname()[1]} RTP/AVP 0 101\r\n"
            names = ("Via", "From", "Call-ID", "CSeq")
            lines = ["SIP/2.0 200 OK", *(f"{name}: {message.header(name.lower())}" for name in names)]
            lines += [f"To: {message.header('to')};tag=echo", f"Contact: <sip:echo@127.0.0.1:{self.address[1]}>"]
            self.sip.sendto("\r\n".join([*lines, "", body]).encode(), sender)
            if message.method == "BYE":
                self.rtp.sendto(b"", self.rtp.getsockname())
                return

    def serve_rtp(self) -> None:
        while True:
            data, sender = self.rtp.recvfrom(4096)
            if not data:
                return
            self.heard.append(data)
            self.rtp.sendto(data, sender)

    def close(self) -> None:
        for thread in self.threads:
            thread.join(timeout=5)
        self.sip.close()
        self.rtp.close()


@pytest.fixture
def echo() -> Iterator[Echo]:
    made = Echo()
    yield made
    made.close()


def test_a_caller_hears_itself_and_knows_when(echo: Echo) -> None:
    voice = (8000 * np.sin(np.arange(480) / 3)).astype(np.int16)
    with Caller(echo.address) as caller:
        dialog = caller.dial()
        assert dialog.invite_ns < dialog.answered_ns < dialog.ack_ns
        sent = caller.say(voice)
        heard = caller.until_sound(sent.first_ns, 2)
        assert heard is not None
        assert 19 * MS <= heard.at_ns - sent.first_ns < 80 * MS, "a first sample leaves when its packet is full"
        assert sent.last_ns - sent.first_ns == pytest.approx(60 * MS, abs=30 * MS)
        pressed = caller.press("5")
        assert pressed > sent.last_ns
    packets = [packet for data in echo.heard if (packet := parse(data)) is not None]
    assert [packet.sequence for packet in packets] == list(range(1000, 1000 + len(packets)))
    keys = [packet for packet in packets if packet.payload_type == 101]
    assert len({packet.timestamp for packet in keys}) == 1
    assert [packet.marker for packet in keys] == [True] + [False] * (len(keys) - 1)
    spoken = [packet for packet in packets if packet.payload == encode(voice[:160])]
    assert len(spoken) == 1


def test_a_gateway_that_says_nothing_is_no_answer() -> None:
    deaf = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    deaf.bind(("127.0.0.1", 0))
    try:
        with Caller(deaf.getsockname()) as caller, pytest.raises(NoAnswer):
            caller.phone.call(4000, patience_s=0.05)
    finally:
        deaf.close()
