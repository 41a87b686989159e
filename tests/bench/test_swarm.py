"""Many callers against a few bare sockets: every packet is counted once, gaps and lateness are found."""

from __future__ import annotations

import os
import socket
from dataclasses import replace

import pytest

from bench.calls import refusal
from bench.controls import Latency, worst
from bench.load import Window
from bench.rtp import Packet, parse
from bench.swarm import Swarm, floor

SPEECH = bytes(range(160)) * 2
LOUD = bytes([0x20] * 160)


@pytest.fixture
def peer() -> socket.socket:
    made = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    made.bind(("127.0.0.1", 0))
    made.settimeout(1)
    with made:
        yield made


def test_callers_are_paced_and_numbered(peer: socket.socket) -> None:
    swarm = Swarm(SPEECH, 2)
    swarm.aim(0, *peer.getsockname())
    swarm.run(0.1)
    assert swarm.counters()["sent"] == 5
    packets = [parse(peer.recv(2048)) for _ in range(5)]
    numbers = [packet.sequence for packet in packets if packet]
    stamps = [packet.timestamp for packet in packets if packet]
    assert numbers == list(range(numbers[0], numbers[0] + 5))
    assert [stamp - stamps[0] for stamp in stamps] == [0, 160, 320, 480, 640]
    assert [packet.payload for packet in packets if packet] == [SPEECH[:160], SPEECH[160:]] * 2 + [SPEECH[:160]]


def test_gaps_and_late_packets_are_counted(peer: socket.socket) -> None:
    swarm = Swarm(SPEECH, 1)
    swarm.aim(0, *peer.getsockname())
    for sequence in (65534, 65535, 2, 1, 3):  # 0 is lost, 1 is late
        peer.sendto(Packet(0, sequence, 0, 1, LOUD).pack(), ("127.0.0.1", swarm.port(0)))
    peer.sendto(b"no rtp at all", ("127.0.0.1", swarm.port(0)))
    swarm.run(0.021)
    found = swarm.counters()
    assert {name: found[name] for name in ("received", "lost", "late", "sounding")} == {
        "received": 5,
        "lost": 1,
        "late": 1,
        "sounding": 5,
    }
    assert swarm.deaf() == 0
    swarm.forget()
    peer.sendto(Packet(0, 5, 0, 1, bytes([0xFF] * 160)).pack(), ("127.0.0.1", swarm.port(0)))
    swarm.run(0.021)
    assert swarm.counters()["lost"] == 1, "a gap across the moment of forgetting still counts"
    assert swarm.deaf() == 1, "silence is nothing heard"


@pytest.mark.parametrize(("speech", "calls"), [(b"", 1), (bytes(100), 1), (bytes(160), 0)])
def test_a_swarm_that_makes_no_sense_is_refused(speech: bytes, calls: int) -> None:
    with pytest.raises(ValueError):
        Swarm(speech, calls)


def test_a_caller_that_is_not_there() -> None:
    swarm = Swarm(SPEECH, 1)
    with pytest.raises(IndexError):
        swarm.port(1)
    with pytest.raises(OSError):
        swarm.aim(0, "not an address", 1)


def test_the_floor_is_some_microseconds_and_nothing_is_lost() -> None:
    found = floor(20, 5)
    assert found["missing"] == 0
    assert 0.2 < found["us"] < 200
    assert found["us"] == pytest.approx(found["send_us"] + found["receive_us"])


def test_a_window_in_figures() -> None:
    window = Window(
        300, 10.0, 4.5, frames=150_000, lost_in=1, lost_out=2, empty=3, concealed=9, deaf=0, others=0.1, caller_latest_ms=1.0
    )
    assert window.lost == 6, "a frame that came too late is made up, not lost"
    assert replace(window, frames=149_000).missing == 700
    assert window.core_percent == pytest.approx(45)
    assert window.tick_us == pytest.approx(30)
    assert window.calls_a_core == pytest.approx(300 / 0.45)


@pytest.mark.parametrize(
    ("others", "floors", "said"),
    [
        (0.1, [(3.0, 1.1)], ""),
        (0.1, [(3.0, 1.6)], "the bare sockets' cost varied 1.6 times (at most 1.5)"),  # within the only round there is
        (0.1, [(3.0, 1.0), (4.8, 1.0)], "varied 1.6 times"),
        (4.0, [(3.0, 1.0)], "others used 100 % of the machine meanwhile (at most 35 %)"),
    ],
)
def test_a_density_is_refused_where_others_or_the_sockets_were_restless(
    others: float, floors: list[tuple[float, float]], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 4)
    window = Window(
        300, 10.0, 4.5, frames=150_000, lost_in=0, lost_out=0, empty=0, concealed=0, deaf=0, others=others, caller_latest_ms=1.0
    )
    found = refusal([window], floors)
    assert said in found if said else not found


def test_a_busy_machine_is_refused_with_the_figure() -> None:
    good = Latency(0.1, 0.2, 1.0, 0.1, 0.3, 0.9)
    bad = Latency(0.1, 7.5, 9.0, 0.1, 0.3, 0.9)
    assert good.refusal == ""
    assert "7.5 ms" in worst(good, bad).refusal
    assert "echo" in Latency(0.1, 0.2, 1.0, 0.1, 6.0, 9.0).refusal
