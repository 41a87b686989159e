"""Offers, answers and everything between INVITE and BYE, as telephones and carriers really do it (RFC 3261, 3262, 3264, 3311, 4028)."""

from __future__ import annotations

import time
from collections.abc import Iterator

import numpy as np
import pytest

from tests.peers.raw_sip import Dialog, Peer, sdp
from tests.peers.rtp import Rtp, media_of
from tests.peers.station import LEFT, Station

pytestmark = pytest.mark.real


@pytest.fixture(scope="module")
def house() -> Iterator[Station]:
    with Station() as station:
        yield station


@pytest.fixture(scope="module")
def caller() -> Iterator[Station]:
    with Station() as station:
        yield station


@pytest.fixture(autouse=True)
def nothing_is_left(house: Station, caller: Station) -> Iterator[None]:
    house.forget()
    caller.forget()
    yield
    left = [{name: counts[name] for name in LEFT} for counts in (house.settle(2), caller.settle(2))]
    for station in (house, caller):
        station.ask("clear")
        station.pardon()
    assert left == [dict.fromkeys(LEFT, 0)] * 2


@pytest.fixture
def peer(house: Station) -> Iterator[Peer]:
    with Peer(house.udp) as peer:
        yield peer


@pytest.fixture
def rtp() -> Iterator[Rtp]:
    with Rtp() as rtp:
        yield rtp


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
    time.sleep(0.1)
    rtp.drain()
    assert rtp.received(0.2) == 0
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
    ended = peer.until(method="BYE", timeout_s=3)
    assert ended is not None
    peer.answer(ended, 200)
    assert house.event("HungUp")["by_us"] is False


@pytest.mark.parametrize("body", ["v=0\r\n", "rubbish", sdp().replace("m=audio", "m=video"), sdp(port=0)])
def test_an_offer_that_cannot_be_met_is_refused(house: Station, peer: Peer, body: str) -> None:
    assert peer.invite(body=body).status in (400, 415, 488)
    assert house.nothing("Answered", for_s=0.05)


# Before the answer.


def test_it_rings_then_it_is_answered(house: Station, peer: Peer) -> None:
    call = Dialog(peer, "ring")
    call.start()
    assert call.expect(180).status == 180
    there = house.event("offered")["call"]
    house.ask("answer", call=there)
    call.expect(200)
    call.ack()
    house.event("Answered")
    assert call.bye() == 200


def test_sound_before_the_answer(house: Station, caller: Station) -> None:
    number = caller.dial(house.uri("early"))
    caller.event("MediaChanged", sending=True)
    assert caller.hears(number, 600)
    assert caller.ask("state", call=number) == "alerting"
    house.ask("answer", call=house.event("offered")["call"])
    caller.event("Answered")
    assert caller.hears(number, 600)
    caller.ask("hang_up", call=number)


def test_a_reliable_provisional_answer(house: Station, peer: Peer) -> None:
    """100rel (RFC 3262): whoever needs it gets it, with RSeq, and is answered on PRACK."""
    call = Dialog(peer, "early")
    call.start(headers=["Require: 100rel"])
    early = call.expect(183)
    assert early.status == 183
    assert "100rel" in early.header("require")
    reliably = call.ask("PRACK", headers=[f"RAck: {early.header('rseq')} {call.invite_cseq} INVITE"])
    assert reliably is not None
    assert reliably.status == 200
    house.ask("answer", call=house.event("offered")["call"])
    call.expect(200)
    call.ack()
    house.event("Answered")
    assert call.bye() == 200


def test_the_house_may_refuse(house: Station, caller: Station) -> None:
    caller.dial(house.uri("busy"))
    assert caller.event("HungUp")["status"] == 486
    assert house.event("HungUp")["by_us"]


def test_a_handler_that_fails_ends_its_call_only(house: Station, caller: Station) -> None:
    number = caller.dial(house.uri())
    caller.event("Answered")
    caller.dial(house.uri("fault"))
    assert caller.event("HungUp")["status"] == 603
    assert caller.ask("state", call=number) == "up"
    assert "ZeroDivisionError" in house.complaints()
    house.pardon()
    caller.ask("hang_up", call=number)


# CANCEL.


@pytest.mark.parametrize("user", ["wait", "ring", "early"])
@pytest.mark.parametrize("moment", ["at once", "after 100", "after a while"])
def test_cancel_while_it_rings(house: Station, peer: Peer, user: str, moment: str) -> None:
    call = Dialog(peer, user)
    call.start()
    if moment != "at once":
        call.expect(100)
    if moment == "after a while":
        house.event("offered")
        time.sleep(0.03)
    call.cancel()
    finals = {}
    while len(finals) < 2 and (message := peer.until(status=200)):
        finals[message.method] = message.status
        if message.method == "INVITE":
            call.response, call.remote_tag = message, message.tag("to")
            call.ack()
    assert finals == {"CANCEL": 200, "INVITE": 487}
    assert house.event("HungUp")["status"] == 487


def test_cancel_crosses_the_answer(house: Station, peer: Peer) -> None:
    """Whichever comes first counts; afterwards both sides agree (RFC 3261 section 9.2)."""
    for _ in range(10):
        call = Dialog(peer, "answer")
        call.start()
        call.cancel()
        answers = {}
        while len(answers) < 2 and (message := peer.until(status=200)):
            answers[message.method] = message.status
            if message.method == "INVITE":
                call.response, call.remote_tag = message, message.tag("to")
                call.ack()
        assert answers["CANCEL"] in (200, 481)
        assert answers["INVITE"] in (200, 487)
        if answers["INVITE"] == 200:
            assert call.bye() == 200
        house.event("done")


def test_we_cancel_our_own_call(house: Station, caller: Station) -> None:
    number = caller.dial(house.uri("ring"))
    house.event("offered")
    caller.ask("hang_up", call=number)
    assert caller.event("HungUp")["by_us"]
    assert house.event("HungUp")["status"] == 487


# What is asked and offered.


def test_options_is_answered_with_what_we_can(house: Station, peer: Peer) -> None:
    answer = peer.ask("OPTIONS")
    assert answer is not None
    assert answer.status == 200
    assert {"INVITE", "ACK", "BYE", "CANCEL", "UPDATE", "PRACK"} <= {name.strip() for name in answer.header("allow").split(",")}


def test_session_timers_are_agreed_on(house: Station, peer: Peer) -> None:
    """RFC 4028: too short is refused with the least, else it is in force and the caller refreshes."""
    call = peer.invite(headers=["Supported: timer", "Session-Expires: 30", "Min-SE: 30"])
    assert call.status == 422
    assert call.response is not None
    assert int(call.response.header("min-se")) == 90
    call = peer.invite(headers=["Supported: timer", "Session-Expires: 90;refresher=uac"])
    assert call.status == 200
    assert call.response is not None
    assert call.response.header("session-expires").replace(" ", "") == "90;refresher=uac"
    assert "timer" in call.response.header("require")
    refreshed = call.ask("UPDATE", headers=["Supported: timer", "Session-Expires: 90;refresher=uac"])
    assert refreshed is not None
    assert refreshed.status == 200
    assert call.bye() == 200


def test_our_invite_offers_timers_reliable_answers_and_keys(caller: Station) -> None:
    with Peer(caller.udp) as callee:
        caller.dial(f"sip:someone@127.0.0.1:{callee.port}")
        invite = callee.until(method="INVITE")
        assert invite is not None
        assert {"100rel", "timer"} <= {name.strip() for name in ",".join(invite.all("supported")).split(",")}
        assert int(invite.header("session-expires").split(";")[0]) == 1800
        assert "telephone-event/8000" in invite.body
        assert "PCMA/8000" in invite.body
        callee.answer(invite, 404)
        assert caller.event("HungUp")["status"] == 404
        assert callee.until(method="ACK") is not None


def test_a_302_is_not_followed(caller: Station) -> None:
    with Peer(caller.udp) as callee, Peer(caller.udp) as elsewhere:
        caller.dial(f"sip:someone@127.0.0.1:{callee.port}")
        invite = callee.until(method="INVITE")
        assert invite is not None
        callee.answer(invite, 302, headers=[f"Contact: <sip:premium@127.0.0.1:{elsewhere.port}>"])
        assert caller.event("HungUp")["status"] == 302
        assert elsewhere.until(method="INVITE", timeout_s=0.3) is None


def test_a_number_that_cannot_be_called_says_so(caller: Station) -> None:
    with pytest.raises(Exception, match="cannot be called"):
        caller.dial("tel!:nonsense")
    with pytest.raises(Exception, match="no trunk is called"):
        caller.dial("sip:a@127.0.0.1", trunk="nowhere")


def test_nobody_there(caller: Station) -> None:
    with Rtp() as unused:
        port = unused.port
    caller.dial(f"sip:someone@127.0.0.1:{port};transport=tcp")
    assert caller.event("HungUp")["status"] in (502, 503)


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
    house.event("PromptFinished", wait_s=3)
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
