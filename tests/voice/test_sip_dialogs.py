"""Calls that are up: hold, new offers, late offers, and sound that is not there (RFC 3261, 3264, 3311)."""

from __future__ import annotations

import socket
import time
from contextlib import ExitStack

import numpy as np
import pytest

from tests.peers.raw_sip import Dialog, Peer, sdp
from tests.peers.rtp import Rtp, media_of
from tests.peers.station import Station

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("nothing_is_left")]


def accepted(peer: Peer, **more: str) -> Dialog:
    call = peer.invite(**more)  # type: ignore[arg-type]
    assert call.status == 200
    return call


# Hold and resume, by either side.


def test_the_caller_holds_and_sound_comes_back(house: Station, caller: Station) -> None:
    number = caller.dial(house.uri())
    there = house.event("Answered")["call"]
    caller.event("Answered")
    house.ask("play", call=there, hz=500, seconds=20)
    caller.ask("play", call=number, hz=700, seconds=20)
    assert caller.hears(number, 500)
    house.forget()
    caller.ask("hold", call=number)
    assert house.event("MediaChanged", sending=False)["receiving"]
    assert caller.silent(number)
    caller.ask("unhold", call=number)
    house.event("MediaChanged", sending=True, receiving=True)
    assert caller.hears(number, 500)
    assert house.hears(there, 700)
    caller.ask("hang_up", call=number)


def test_the_house_holds_and_sound_comes_back(house: Station, caller: Station) -> None:
    number = caller.dial(house.uri())
    there = house.event("Answered")["call"]
    house.ask("play", call=there, hz=500, seconds=20)
    caller.event("Answered")
    caller.ask("play", call=number, hz=700, seconds=20)
    assert house.hears(there, 700)
    caller.forget()
    house.ask("hold", call=there)
    caller.event("MediaChanged", sending=False)
    assert house.silent(there)
    house.ask("unhold", call=there)
    caller.event("MediaChanged", sending=True)
    assert house.hears(there, 700)
    assert caller.hears(number, 500)
    house.ask("hang_up", call=there)
    assert caller.event("HungUp")["by_us"] is False


@pytest.mark.parametrize("away", ["a=sendonly", "a=inactive", "c=IN IP4 0.0.0.0"])
def test_a_telephone_holds_in_its_own_way(house: Station, peer: Peer, rtp: Rtp, away: str) -> None:
    call = accepted(peer, body=sdp(port=rtp.port))
    there = house.event("Answered")["call"]
    house.forget()
    assert rtp.received() == 1
    call.start(body=sdp(port=rtp.port, lines=[away]))
    call.expect(200)
    call.ack()
    assert not house.event("MediaChanged")["sending"]
    last = time.monotonic() + 20
    while rtp.received(0.2):
        assert time.monotonic() < last, "it still sends"
        rtp.drain()
    call.start(body=sdp(port=rtp.port))
    call.expect(200)
    call.ack()
    house.event("MediaChanged", sending=True, receiving=True)
    house.ask("play", call=there, hz=500)
    assert rtp.received(packets=5) == 5
    assert call.bye() == 200


# New offers.


def test_a_reinvite_moves_the_sound(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = accepted(peer, body=sdp(port=rtp.port))
    house.event("Answered")
    assert rtp.received(packets=3) == 3
    with Rtp() as elsewhere:
        call.start(body=sdp(port=elsewhere.port))
        call.expect(200)
        call.ack()
        assert elsewhere.received(packets=3) == 3
        rtp.drain()
        assert rtp.received(0.1) == 0
    assert house.nothing("HungUp", for_s=0.05)
    assert call.bye() == 200


def test_a_telephone_that_names_its_picture_first(house: Station, peer: Peer, rtp: Rtp) -> None:
    picture = "m=video 40002 RTP/AVP 96\r\na=rtpmap:96 H264/90000\r\n"
    call = accepted(peer, body=sdp(port=rtp.port).replace("m=audio", f"{picture}m=audio"))
    there = house.event("Answered")["call"]
    assert call.response is not None
    rtp.to = media_of(call.response.body)
    assert rtp.received(packets=3) == 3
    assert house.ask("received", call=there) == 0
    rtp.speak(np.zeros(800, np.int16))
    until = time.monotonic() + 5
    while house.ask("received", call=there) < 5:
        assert time.monotonic() < until
    assert call.bye() == 200


def test_a_reinvite_of_nothing_we_speak_leaves_the_call_as_it_is(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = accepted(peer, body=sdp(port=rtp.port))
    house.event("Answered")
    call.start(body=sdp(port=rtp.port).replace("RTP/AVP 0 101", "RTP/AVP 3 101").replace("rtpmap:0 PCMU", "rtpmap:3 GSM"))
    assert call.expect(300).status in (488, 500)  # the library says 500 where section 14.2 wants 488
    call.ack()
    rtp.drain()
    assert rtp.received(packets=3) == 3
    assert call.bye() == 200


def test_an_update_changes_the_sound_or_only_asks(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = accepted(peer, body=sdp(port=rtp.port))
    house.event("Answered")
    empty = call.ask("UPDATE")
    assert empty is not None
    assert empty.status == 200
    with Rtp() as elsewhere:
        moved = call.ask("UPDATE", body=sdp(port=elsewhere.port))
        assert moved is not None
        assert moved.status == 200
        assert "m=audio" in moved.body
        assert elsewhere.received(packets=3) == 3
    assert call.bye() == 200


def test_a_late_offer(house: Station, peer: Peer, rtp: Rtp) -> None:
    """INVITE without a description: ours is the offer, the ACK carries the answer (RFC 3261 section 13.2.1)."""
    call = Dialog(peer)
    call.start(body="")
    offer = call.expect(200)
    assert media_of(offer.body)[1] > 0
    assert house.nothing("Answered", for_s=0.05)
    call.ack(sdp(port=rtp.port))
    house.event("Answered")
    assert rtp.received(packets=3) == 3
    assert call.bye() == 200


def test_a_late_offer_that_is_never_answered(house: Station, peer: Peer) -> None:
    call = Dialog(peer)
    call.start(body="")
    call.expect(200)
    call.ack()
    ended = peer.until(method="BYE", timeout_s=20)
    assert ended is not None
    peer.answer(ended, 200)
    assert house.event("HungUp")["by_us"] is False


@pytest.mark.parametrize("body", ["v=0\r\n", "rubbish", sdp().replace("m=audio", "m=video"), sdp(port=0)])
def test_an_offer_that_cannot_be_met_is_refused(house: Station, peer: Peer, body: str) -> None:
    assert peer.invite(body=body).status in (400, 415, 488)
    assert house.nothing("Answered", for_s=0.05)


# Sound that is not there.


def test_no_sound_comes_in_and_the_call_goes_on_by_keys(house: Station, peer: Peer, rtp: Rtp) -> None:
    """One-way sound: nothing but keys comes from the caller; ours goes out."""
    call = accepted(peer, body=sdp(port=rtp.port))
    there = house.event("Answered")["call"]
    house.ask("play", call=there, hz=500, seconds=10, barge_keys=True)
    assert rtp.received(packets=10) == 10
    assert call.response is not None
    rtp.to = media_of(call.response.body)
    rtp.press("7")
    assert house.event("Digit")["key"] == "7"
    house.event("PromptCut")
    assert call.bye() == 200
    assert house.event("HungUp")["status"] == 200


def test_sound_to_a_closed_port_does_no_harm(house: Station, peer: Peer) -> None:
    with Rtp() as unused:
        port = unused.port
    call = accepted(peer, body=sdp(port=port))
    there = house.event("Answered")["call"]
    house.ask("play", call=there, hz=500, seconds=0.5)
    house.event("PromptFinished")
    answer = call.ask("INFO", body="Signal=4\r\nDuration=100\r\n", kind="application/dtmf-relay")
    assert answer is not None
    assert answer.status == 200
    assert house.event("Digit")["key"] == "4"
    assert call.bye() == 200


def test_sound_comes_in_from_a_telephone(house: Station, peer: Peer, rtp: Rtp) -> None:
    call = accepted(peer, body=sdp(port=rtp.port))
    there = house.event("Answered")["call"]
    assert call.response is not None
    rtp.to = media_of(call.response.body)
    at = np.arange(8000) / 8000
    rtp.speak((8000 * np.sin(2 * np.pi * 450 * at)).astype(np.int16)[:4800])
    assert house.hears(there, 450, ms=300)
    assert call.bye() == 200


# Ports for sound.


def test_a_block_of_ports_that_others_hold_refuses_nobody() -> None:
    """As when the ports have been gone through once, and come to those of calls that have been up for long."""
    first, held = 21000, 101
    with ExitStack() as stack:
        for port in range(first, first + 2 * held):
            taken = stack.enter_context(socket.socket(socket.AF_INET, socket.SOCK_DGRAM))
            taken.bind(("127.0.0.1", port))
        house = stack.enter_context(Station(rtp_ports=(first, first + 3999)))
        peer = stack.enter_context(Peer(house.udp))
        assert accepted(peer).bye() == 200
