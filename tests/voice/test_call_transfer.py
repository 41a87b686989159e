"""Calls that are put through: asked to call elsewhere (REFER, RFC 3515), or joined here (a bridge)."""

from __future__ import annotations

import threading
import time

import pytest

from tests.peers.raw_sip import Dialog, Message, Peer
from tests.peers.station import Station

pytestmark = [pytest.mark.real, pytest.mark.usefixtures("nothing_is_left")]


def refer(house: Station, peer: Peer, target: str) -> tuple[Dialog, Message]:
    """A call of which the house asks to call elsewhere; gives the REFER."""
    call = peer.invite()
    house.event("Answered")
    house.ask("transfer", call=house.ask("last"), args=[target])
    asked = peer.until(method="REFER")
    assert asked is not None
    call.cseq = 100
    return call, asked


def report(call: Dialog, status: str, state: str) -> int:
    """A NOTIFY of what became of the REFER (RFC 3515 section 2.4.4); the status of its answer."""
    answer = call.ask(
        "NOTIFY",
        headers=["Event: refer", f"Subscription-State: {state}"],
        body=f"SIP/2.0 {status}\r\n",
        kind="message/sipfrag;version=2.0",
    )
    return answer.status if answer else 0


def test_a_transfer_and_what_becomes_of_it(house: Station) -> None:
    with Peer(house.udp) as peer:
        call, asked = refer(house, peer, "sip:operator@127.0.0.1:9")
        assert asked.header("refer-to").strip("<>") == "sip:operator@127.0.0.1:9"
        peer.answer(asked, 202, tag=call.local_tag)
        assert report(call, "100 Trying", "active;expires=60") == 200
        assert house.event("TransferResult", final=False)["status"] in (100, 202)
        assert report(call, "200 OK", "terminated;reason=noresource") == 200
        assert house.event("TransferResult", final=True)["status"] == 200
        assert call.bye() == 200


def test_a_transfer_that_is_refused_leaves_the_call_up(house: Station) -> None:
    with Peer(house.udp) as peer:
        call, asked = refer(house, peer, "sip:operator@127.0.0.1:9")
        peer.answer(asked, 603, tag=call.local_tag)
        assert house.event("TransferResult", final=True)["status"] == 603
        assert house.ask("state", call=house.ask("last")) == "up"
        assert call.bye() == 200


def test_a_transfer_whose_target_is_busy(house: Station) -> None:
    with Peer(house.udp) as peer:
        call, asked = refer(house, peer, "sip:operator@127.0.0.1:9")
        peer.answer(asked, 202, tag=call.local_tag)
        assert report(call, "486 Busy Here", "terminated;reason=noresource") == 200
        assert house.event("TransferResult", final=True)["status"] == 486
        assert call.bye() == 200


@pytest.mark.parametrize("allow", [[], ["refer"]])
def test_an_incoming_refer_is_refused_and_no_call_goes_out(allow: list[str]) -> None:
    """Toll fraud in one message: on the stock library it would place the call."""
    with Station(trunk={"allow": allow}) as house, Peer(house.udp) as peer, Peer(house.udp) as premium:
        call = peer.invite()
        house.event("Answered")
        answer = call.ask("REFER", headers=[f"Refer-To: <{premium.uri}>"])
        assert answer is not None
        assert answer.status == (603 if allow else 403)
        assert premium.until(method="INVITE", timeout_s=0.3) is None
        assert house.ask("counts")["calls"] == 1
        assert call.bye() == 200


def test_a_notify_of_nothing_is_refused(house: Station) -> None:
    with Peer(house.udp) as peer:
        call = peer.invite()
        house.event("Answered")
        assert report(call, "200 OK", "terminated") in (481, 500)  # the library says 500 where RFC 6665 section 4.1.3 wants 481
        answer = peer.ask("NOTIFY", headers=["Event: refer", "Subscription-State: active"])
        assert answer is not None
        assert answer.status in (403, 405, 481, 489)
        assert house.nothing("TransferResult", for_s=0.1)
        assert call.bye() == 200


def two_calls(house: Station, caller: Station) -> tuple[tuple[int, int], tuple[int, int]]:
    """Two callers of the house, each with a tone of its own: (number there, number here) of each."""
    pairs = []
    for hz in (500, 700):
        number = caller.dial(house.uri())
        here = house.event("Answered")["call"]
        caller.event("Answered", call=number)
        caller.ask("play", call=number, hz=hz, seconds=20)
        pairs.append((number, here))
    return pairs[0], pairs[1]


@pytest.mark.parametrize("who", [0, 1])
def test_two_callers_hear_each_other_until_either_hangs_up(house: Station, caller: Station, who: int) -> None:
    pair = one, other = two_calls(house, caller)
    house.ask("bridge", call=one[1], other=other[1])
    assert caller.hears(one[0], 700)
    assert caller.hears(other[0], 500)
    assert house.hears(one[1], 500), "the house goes on hearing each"
    caller.ask("hang_up", call=pair[who][0])
    house.event("HungUp", call=pair[who][1])
    left = pair[1 - who]
    assert caller.silent(left[0])
    assert house.ask("state", call=left[1]) == "up"
    house.ask("play", call=left[1], hz=900)
    assert caller.hears(left[0], 900)
    caller.ask("hang_up", call=left[0])


def test_a_bridge_survives_hold_and_ends_with_part(house: Station, caller: Station) -> None:
    one, other = two_calls(house, caller)
    house.ask("bridge", call=one[1], other=other[1])
    assert caller.hears(one[0], 700)
    caller.ask("hold", call=other[0])
    assert caller.silent(one[0])
    caller.ask("unhold", call=other[0])
    assert caller.hears(one[0], 700)
    assert caller.hears(other[0], 500)
    house.ask("part", call=one[1])
    assert caller.silent(one[0])
    assert caller.silent(other[0])
    for number, _ in (one, other):
        caller.ask("hang_up", call=number)


def test_a_bridge_may_move_on_to_a_third(house: Station, caller: Station) -> None:
    one, other = two_calls(house, caller)
    third = caller.dial(house.uri())
    here = house.event("Answered")["call"]
    house.ask("bridge", call=one[1], other=other[1])
    assert caller.hears(one[0], 700)
    house.ask("bridge", call=other[1], other=here)
    assert caller.hears(third, 700)
    assert caller.silent(one[0])
    with pytest.raises(Exception, match="has ended"):
        house.ask("bridge", call=one[1], other=one[1])
    for number in (one[0], other[0], third):
        caller.ask("hang_up", call=number)


def test_three_hear_each_other_then_one_only_listens(house: Station, caller: Station) -> None:
    one, other = two_calls(house, caller)
    third = caller.dial(house.uri())
    here = house.event("Answered")["call"]
    caller.event("Answered", call=third)
    caller.ask("play", call=third, hz=900, seconds=20)
    legs = [one[1], other[1], here]
    everybody = [[a, b] for a in legs for b in legs if a != b]
    house.ask("put_through", pairs=everybody, among=legs)
    assert caller.hears_only(one[0], [700, 900])
    assert caller.hears_only(other[0], [500, 900])
    assert caller.hears_only(third, [500, 700])
    caller.ask("hold", call=other[0])
    assert caller.hears_only(one[0], [900])
    caller.ask("unhold", call=other[0])
    assert caller.hears_only(one[0], [700, 900]), "a stream that was made anew is put through again"
    house.ask("put_through", pairs=[pair for pair in everybody if pair[0] != here], among=legs)
    assert caller.hears_only(one[0], [700])
    assert caller.hears_only(other[0], [500])
    assert caller.hears_only(third, [500, 700])
    for number in (one[0], other[0], third):
        caller.ask("hang_up", call=number)


def test_an_invite_carries_the_headers_that_are_wished(house: Station) -> None:
    wished = [["Call-Info", "<sip:desk@127.0.0.1>;answer-after=0"], ["Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer"]]
    with Peer(house.udp) as phone:
        number = house.dial(phone.uri, headers=wished)
        invite = phone.until(method="INVITE")
        assert invite is not None
        assert [invite.header(name.lower()) for name, _ in wished] == [value for _, value in wished]
        phone.answer(invite, 100)
        assert house.event("Ringing", call=number)["status"] == 100
        assert house.ask("state", call=number) == "dialling"
        phone.answer(invite, 180, tag="t")
        assert house.event("Ringing", call=number)["status"] == 180
        assert house.ask("state", call=number) == "alerting"
        phone.answer(invite, 486, tag="t")
        assert house.event("HungUp", call=number)["status"] == 486


def test_packets_that_come_in_are_counted_while_the_call_is_up(house: Station, caller: Station) -> None:
    caller.dial(house.uri())
    here = house.event("Answered")["call"]
    last = time.monotonic() + 20
    while house.ask("received", call=here) <= 5:
        assert time.monotonic() < last
        time.sleep(0.02)
    caller.ask("hang_up", call=caller.ask("last"))


def test_a_bridge_with_one_who_hangs_up_meanwhile(house: Station, caller: Station) -> None:
    for _ in range(5):
        one, other = two_calls(house, caller)
        leaving = threading.Thread(target=caller.ask, args=["hang_up"], kwargs={"call": other[0]})
        leaving.start()
        try:
            house.ask("bridge", call=one[1], other=other[1])
        except Exception as error:
            assert "has ended" in str(error) or error.args == (str(other[1]),)  # noqa: PT017
        leaving.join()
        caller.ask("hang_up", call=one[0])
        house.event("HungUp")
        house.event("HungUp")
