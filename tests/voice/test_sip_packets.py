"""What comes in by RTP between two ticks of the house's clock, which reads it all at once: none is left lying, each counts at its own moment."""

from __future__ import annotations

import time
from itertools import cycle, pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pytest

from tests.peers.raw_sip import Dialog, Peer
from tests.peers.rtp import FRAME as SAMPLES
from tests.peers.rtp import Rtp
from tests.peers.station import Station

FRAME = bytes(160)
SETTLED = 60  # packets from one address, after which the house sends there only and hears nobody else (patch sends-connected)
TICK_S = 0.02
UNCOUNTED = 25  # packets that the library's jitter leaves out at the beginning (PJMEDIA_RTCP_IGNORE_FIRST_PACKETS)


def up(house: Station, peer: Peer, rtp: Rtp) -> Dialog:
    house.forget()
    call = Dialog(peer, "answer")
    call.begin(rtp)
    house.event("Answered")
    return call


def over(house: Station, call: Dialog, packets: int) -> dict[str, Any]:
    """What the house counted on a call that ends as soon as it has read so many packets; what it has not read by then it never does."""
    number, last = house.ask("last"), time.monotonic() + 20
    while house.ask("received", call=number) < packets and time.monotonic() < last:
        time.sleep(TICK_S)
    assert call.bye() == 200
    return house.event("done")


def jitter_ms(sent_s: list[float]) -> float:
    """Mean of RFC 3550 section 6.4.1's jitter over packets that were 20 ms apart by their stamps and left at these times."""
    jitter, seen = 0.0, []
    for before, now in pairwise(sent_s[UNCOUNTED:]):
        jitter += (abs(now - before - TICK_S) - jitter) / 16
        seen.append(jitter)
    return 1000 * sum(seen) / len(seen)


@pytest.mark.real
def test_each_packet_counts_at_the_moment_at_which_it_came(house: Station, peer: Peer, rtp: Rtp) -> None:
    call, sent = up(house, peer, rtp), []
    begun = time.monotonic()
    for number, late_ms in zip(range(120), cycle([0, 6, 2, 9, 4])):
        time.sleep(max(0.0, begun + number * TICK_S + late_ms / 1000 - time.monotonic()))
        rtp.send(FRAME)
        rtp.stamp += len(FRAME)
        sent.append(time.monotonic())
    done = over(house, call, 120)
    assert done["jitter_ms"] == pytest.approx(jitter_ms(sent), abs=1.0)
    assert (done["received"], done["lost"]) == (120, 0)


@pytest.mark.real
def test_packets_that_were_held_up_are_read_together(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = up(house, peer, rtp)
    for held in (1, 1, 1, 1, 1, 10, 10):
        time.sleep(held * TICK_S)
        for _ in range(held):
            rtp.send(FRAME)
            rtp.stamp += len(FRAME)
    done = over(house, call, 25)
    assert (done["received"], done["lost"]) == (25, 0)


def silence(packets: int) -> npt.NDArray[np.int16]:
    return np.zeros(packets * SAMPLES, np.int16)


def moved(rtp: Rtp, port: int = 0) -> Rtp:
    """The same stream from another socket."""
    other = Rtp(port=port)
    other.to, other.sequence, other.stamp, other.source = rtp.to, rtp.sequence, rtp.stamp, rtp.source
    return other


@pytest.mark.real
def test_who_moves_to_another_address_is_heard_and_spoken_to_there(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = up(house, peer, rtp)
    rtp.speak(silence(SETTLED))
    with moved(rtp) as other:
        other.speak(silence(40))
        rtp.drain()
        assert other.received(packets=5) == 5, "sound goes where the caller is now"
        assert rtp.received(wait_s=0.1) == 0
        assert call.bye() == 200
    done = house.event("done")
    # Until the house listens to others again (100 ms), and until the library believes that he has moved (10 packets).
    assert done["received"] >= SETTLED + 40 - 18
    assert done["lost"] <= 18


@pytest.mark.real
def test_whose_socket_is_gone_for_a_while_is_spoken_to_again(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = up(house, peer, rtp)
    rtp.speak(silence(SETTLED))
    rtp.socket.close()  # the house's packets are refused now (ICMP)
    time.sleep(15 * TICK_S)
    with moved(rtp, rtp.port) as again:
        assert again.received(packets=5) == 5
        again.speak(silence(10))
        done = over(house, call, SETTLED + 10)
    assert (done["received"], done["lost"]) == (SETTLED + 10, 0)


@pytest.mark.real
def test_a_stranger_is_not_heard_while_the_caller_speaks(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = up(house, peer, rtp)
    rtp.speak(silence(SETTLED))
    with moved(rtp) as stranger:
        for _ in range(20):
            rtp.speak(silence(1))
            stranger.send(FRAME)
            time.sleep(TICK_S)
        assert stranger.received(wait_s=0.1) == 0
        assert over(house, call, SETTLED + 20)["received"] == SETTLED + 20
