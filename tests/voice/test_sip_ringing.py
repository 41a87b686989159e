"""Before a call is answered, and what is agreed on for it: ringing, early sound, CANCEL, refusals (RFC 3261, 3262, 4028)."""

from __future__ import annotations

import time

import pytest

from tests.peers.raw_sip import Dialog, Peer
from tests.peers.rtp import Rtp
from tests.peers.station import Station

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("nothing_is_left")]


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


@pytest.mark.parametrize("uri", ["tel!:+74957778899", "tel:+74957778899", "sip:+74957778899", "sip:+74957778899@"])
def test_a_number_that_cannot_be_called_is_not_named(caller: Station, uri: str) -> None:
    """What is wrong with a call may be said in a log, whom somebody wanted to call may not."""
    with pytest.raises(Exception, match=r"trunk 'local' .* cannot be called") as error:
        caller.dial(uri)
    assert "4957778899" not in str(error.value)


def test_a_trunk_that_is_not_there_is_named(caller: Station) -> None:
    with pytest.raises(Exception, match="no trunk is called"):
        caller.dial("sip:a@127.0.0.1", trunk="nowhere")


def test_nobody_there(caller: Station) -> None:
    with Rtp() as unused:
        port = unused.port
    caller.dial(f"sip:someone@127.0.0.1:{port};transport=tcp")
    assert caller.event("HungUp")["status"] in (502, 503)
