"""A telephone that is gone without BYE: its call ends after `lost_s`, on hold too; and whoever is only quiet is asked, and not taken for gone."""

from __future__ import annotations

import socket
import struct
import time
from collections.abc import Callable, Iterator

import numpy as np
import pytest

from tests.peers.raw_sip import Dialog, Peer, sdp
from tests.peers.rtp import Rtp
from tests.peers.station import Station
from voice.sip.pulse import ASK, Pulse

SECOND = 1_000_000_000
LOST_S = 1.0


def ends_at(pulse: Pulse, came: Callable[[float], int], until_s: float = 100.0) -> float:
    """When it stops, looked at twice a second; `until_s` where it does not."""
    at_s = 0.0
    while at_s < until_s:
        at_s += 0.5
        at_ns = round(at_s * SECOND)
        if pulse.due(at_ns) and pulse.quiet(came(at_s), at_ns) >= 1:
            break
    return at_s


@pytest.fixture
def pulse() -> Pulse:
    pulse = Pulse(30.0)
    pulse.begin(0)
    return pulse


class TestCounted:
    def test_no_packet_ever(self, pulse: Pulse) -> None:
        assert ends_at(pulse, lambda _: 0) == 35, "the first look finds the count, the next ones that it stands"

    def test_until_a_moment(self, pulse: Pulse) -> None:
        assert 70 <= ends_at(pulse, lambda at_s: int(min(at_s, 40) * 50)) <= 75

    def test_a_report_in_five_seconds_is_enough(self, pulse: Pulse) -> None:
        assert ends_at(pulse, lambda at_s: int(at_s / 5)) == 100

    def test_a_new_stream_counts_from_0(self, pulse: Pulse) -> None:
        assert ends_at(pulse, lambda at_s: int(at_s % 25)) == 100

    def test_a_sip_message_is_a_sign(self, pulse: Pulse) -> None:
        assert pulse.quiet(0, 5 * SECOND) == 0
        pulse.sign(30 * SECOND)
        assert pulse.quiet(0, 59 * SECOND) < 1
        assert pulse.quiet(0, 60 * SECOND) == 1

    def test_asked_three_times_before_it_is_the_end(self, pulse: Pulse) -> None:
        looks = [pulse.quiet(0, at * SECOND) for at in range(5, 40, 5)]
        assert [look >= ASK for look in looks] == [False] * 3 + [True] * 4
        assert [look >= 1 for look in looks] == [False] * 6 + [True]

    def test_nothing_has_to_come_before_the_call_is_up(self) -> None:
        assert not Pulse(30.0).due(3600 * SECOND)

    def test_0_is_never(self) -> None:
        pulse = Pulse(0.0)
        pulse.begin(0)
        assert not pulse.due(3600 * SECOND)

    def test_seldom_looked_at(self, pulse: Pulse) -> None:
        looks = [at for at in range(100) if pulse.due(at * SECOND) and pulse.quiet(at, at * SECOND) == 0]
        assert looks == list(range(5, 100, 5))


@pytest.fixture(scope="module")
def house() -> Iterator[Station]:
    with Station(t1_ms=20, lost_s=LOST_S) as station:
        yield station


@pytest.fixture
def peer(house: Station) -> Iterator[Peer]:
    house.forget()
    with Peer(house.udp) as peer:
        yield peer
    assert house.is_empty()


def up(house: Station, peer: Peer, rtp: Rtp) -> Dialog:
    call = Dialog(peer, "talk")
    call.begin(rtp)
    house.event("Answered")
    return call


def offered(call: Dialog, rtp: Rtp, *lines: str) -> None:
    """A new offer within the call is accepted."""
    call.start(body=sdp(port=rtp.port, lines=lines))
    call.expect(200)
    call.ack()


def asked(peer: Peer, status: int, times: int = 1) -> None:
    """The house asks whether he is there, so often, and is answered."""
    seen: set[str] = set()
    while len(seen) < times:
        question = peer.until(method="OPTIONS")
        assert question is not None
        peer.answer(question, status)
        seen.add(question.header("cseq"))


@pytest.mark.real
def test_who_falls_silent_has_hung_up(house: Station, peer: Peer, rtp: Rtp) -> None:
    up(house, peer, rtp)
    rtp.speak(np.zeros(4000, np.int16))
    begun = time.monotonic()
    ended = house.event("HungUp")
    assert time.monotonic() - begun >= LOST_S / 2
    assert not ended["by_us"]
    bye = peer.until(method="BYE")
    assert bye is not None
    peer.answer(bye, 200)


@pytest.mark.real
def test_nobody_is_there_to_hear_our_bye(house: Station, peer: Peer, rtp: Rtp) -> None:
    up(house, peer, rtp)
    rtp.speak(np.zeros(1600, np.int16))
    peer.socket.close()
    rtp.socket.close()
    assert not house.event("HungUp")["by_us"]


@pytest.mark.real
@pytest.mark.parametrize("way", ["comfort noise", "reports", "INFO"])
def test_other_signs_of_life(house: Station, peer: Peer, rtp: Rtp, way: str) -> None:
    call = up(house, peer, rtp)
    assert rtp.to is not None
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as rtcp:
        for count in range(5):
            match way:
                case "comfort noise":  # RFC 3389: one byte, the level
                    rtp.send(b"\x40", 13)
                case "reports":  # RFC 3550 section 6.4.2, on our stream
                    report = struct.pack("!BBHIIIIIII", 0x81, 201, 7, rtp.source, 0x55, 0, 100 + count, 0, 0, 0)
                    rtcp.sendto(report, (rtp.to[0], rtp.to[1] + 1))
                case "INFO":
                    call.ask("INFO")
            assert house.nothing("HungUp", for_s=LOST_S / 2)
    assert call.bye() == 200


@pytest.mark.real
@pytest.mark.parametrize("status", [200, 501])
def test_who_answers_is_there(house: Station, peer: Peer, rtp: Rtp, status: int) -> None:
    call = up(house, peer, rtp)
    asked(peer, status, 2)
    assert house.nothing("HungUp", for_s=0)
    assert call.bye() == 200


@pytest.mark.real
def test_a_proxy_that_does_not_reach_him_is_no_sign_of_his(house: Station, peer: Peer, rtp: Rtp) -> None:
    up(house, peer, rtp)
    asked(peer, 503)
    assert not house.event("HungUp")["by_us"]


@pytest.mark.real
def test_a_telephone_that_has_begun_anew_knows_of_no_call(house: Station, peer: Peer, rtp: Rtp) -> None:
    up(house, peer, rtp)
    asked(peer, 481)
    bye = peer.until(method="BYE")
    assert bye is not None
    peer.answer(bye, 481)
    ended = house.event("HungUp")
    assert (ended["status"], ended["by_us"]) == (481, False)


@pytest.mark.real
def test_there_on_hold(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = up(house, peer, rtp)
    offered(call, rtp, "a=inactive")
    asked(peer, 200, 2)
    offered(call, rtp)
    asked(peer, 200)
    assert house.nothing("HungUp", for_s=0)
    assert call.bye() == 200


@pytest.mark.real
@pytest.mark.parametrize("away", ["a=sendonly", "a=inactive"])
def test_gone_on_hold(house: Station, peer: Peer, rtp: Rtp, away: str) -> None:
    offered(up(house, peer, rtp), rtp, away)
    peer.socket.close()
    rtp.socket.close()
    assert not house.event("HungUp")["by_us"]


@pytest.mark.real
def test_gone_while_the_house_holds_him(house: Station, peer: Peer, rtp: Rtp) -> None:
    up(house, peer, rtp)
    house.ask("hold", call=house.ask("last"))
    offer = peer.until(method="INVITE")
    assert offer is not None
    peer.answer(offer, 200, body=sdp(port=rtp.port, lines=["a=recvonly"]))
    house.event("MediaChanged", receiving=False)
    peer.socket.close()
    assert not house.event("HungUp")["by_us"]
