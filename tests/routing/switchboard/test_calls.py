"""A caller who waits for a person, and operators' phones that answer, are busy, ring in vain, or die: real calls, a real floor."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.peers.raw_sip import Peer, sdp
from tests.peers.redis import RedisServer
from tests.peers.station import Station
from tests.peers.switchboard import Node
from tests.routing.switchboard.conftest import ANNA, BORIS, CALLER, Floor
from tests.routing.switchboard.fakes import MUSIC, WHISPER, WORDS

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


@pytest.fixture
def node(floor: Floor) -> Node:
    return floor.node


def calls_in(node: Node, callers: Station) -> int:
    """A caller who sounds, and hears music."""
    number = callers.dial(node.uri)
    callers.event("Answered", call=number)
    callers.ask("play", call=number, hz=CALLER, seconds=30)
    return number


def answered(node: Node, phones: Station, assignment: str, hz: float = ANNA) -> int:
    """The operator's phone has answered; he sounds; they are put through. Gives his call's number there."""
    here: int = phones.event("Answered")["call"]
    phones.ask("play", call=here, hz=hz, seconds=30)
    node.fact("bridged", assignment=assignment)
    return here


def test_a_caller_hears_music_then_the_operator_who_alone_was_told_what_it_is_about(
    node: Node, phones: Station, callers: Station
) -> None:
    number = calls_in(node, callers)
    assert callers.heard_last(number, WORDS, MUSIC), "his place is told, and the music goes on"
    node.operator("anna", phones.uri("answer"))
    assignment = node.claimed("anna")
    here = answered(node, phones, assignment)
    assert callers.hears(number, ANNA)
    assert phones.hears(here, CALLER)
    assert phones.heard(here) == [WHISPER, CALLER]
    assert callers.heard(number)[-2:] == [MUSIC, ANNA], "music until he is put through"
    assert WHISPER not in callers.heard(number)
    assert node.state(assignment, "connected")
    assert node.event("said", text="It is about a parcel.")["private"]
    callers.ask("hang_up", call=number)
    assert node.fact("hung_up")["who"] == "caller"
    phones.event("HungUp", call=here)
    assert node.state(assignment, "wrap_up")


def test_the_operator_hangs_up_and_the_call_is_over(node: Node, phones: Station, callers: Station) -> None:
    number = calls_in(node, callers)
    node.operator("anna", phones.uri("answer"))
    assignment = node.claimed("anna")
    here = answered(node, phones, assignment)
    phones.ask("hang_up", call=here)
    assert callers.event("HungUp", call=number)["by_us"] is False
    assert node.state(assignment, "wrap_up")


@pytest.mark.parametrize(
    ("user", "why"), [("busy", "busy"), ("nobody", "unreachable"), ("ring", "no_answer"), ("reject", "rejected")]
)
def test_one_who_does_not_take_it_leaves_it_to_the_next(
    redis: RedisServer, tmp_path: Path, phones: Station, callers: Station, user: str, why: str
) -> None:
    redis.ask("FLUSHALL")
    with Node(redis.url, tmp_path, routing={"ring_s": 2.0 if user == "ring" else 25.0}, switchboard={"mute_s": 0.0}) as node:
        number = calls_in(node, callers)
        uri = "sip:nobody@127.0.0.1:9" if user == "nobody" else phones.uri(user)
        node.operator("anna", uri)
        node.operator("boris", phones.uri("answer"))
        first = node.claimed("anna")
        if user == "reject":
            phones.ask("hang_up", call=phones.event("offered", user="reject")["call"], args=[603])
        assert node.fact(why, assignment=first)
        refused = node.state(first, "refused")
        assert refused["history"][-1]["why"] == why
        assert callers.hears(number, MUSIC), "he waits on, and hears nothing of it"
        second = node.claimed("boris")
        here = answered(node, phones, second, BORIS)
        assert callers.hears(number, BORIS)
        callers.ask("hang_up", call=number)
        phones.event("HungUp", call=here)
        assert node.is_empty()


def test_a_caller_who_goes_while_it_rings(node: Node, phones: Station, callers: Station) -> None:
    number = calls_in(node, callers)
    node.operator("anna", phones.uri("ring"))
    assignment = node.claimed("anna")
    here = phones.event("offered", user="ring")["call"]
    node.fact("ringing", assignment=assignment)
    callers.ask("hang_up", call=number)
    gone = phones.event("HungUp", call=here)
    assert gone["status"] == 487, "CANCEL, not an answer"
    node.fact("caller_gone")
    assert node.state(assignment, "refused")["history"][-1]["why"] == "caller_gone"


def test_an_order_to_ring_that_comes_twice_rings_once(node: Node, phones: Station, callers: Station) -> None:
    calls_in(node, callers)
    node.operator("anna", phones.uri("answer"))
    assignment = node.claimed("anna")
    node.ask("ring", assignment=assignment)
    node.ask("ring", assignment=assignment, again="-by-another-way")
    phones.listen(answered(node, phones, assignment), 0.3)
    assert phones.ask("counts")["calls"] == 1


def test_hold_is_music_for_the_caller_and_silence_for_the_operator(node: Node, phones: Station, callers: Station) -> None:
    number = calls_in(node, callers)
    node.operator("anna", phones.uri("answer"))
    assignment = node.claimed("anna")
    here = answered(node, phones, assignment)
    node.give("hold", assignment)
    node.fact("held")
    assert callers.hears(number, MUSIC)
    assert phones.silent(here)
    assert node.state(assignment, "held")
    node.give("hold", assignment)
    assert node.fact("refused")["order"] == "hold", "he is held already"
    node.give("unhold", assignment)
    assert callers.hears(number, ANNA)
    assert phones.hears(here, CALLER)
    assert node.state(assignment, "connected")
    phones.ask("hold", call=here)  # with his own telephone
    assert callers.hears(number, MUSIC)
    phones.ask("unhold", call=here)
    assert callers.hears(number, ANNA)


def test_keys_go_to_the_callers_side(node: Node, phones: Station, callers: Station) -> None:
    number = calls_in(node, callers)
    node.operator("anna", phones.uri("answer"))
    assignment = node.claimed("anna")
    answered(node, phones, assignment)
    node.give("keys", assignment, digits="42#")
    assert [callers.event("Digit", call=number)["key"] for _ in range(3)] == ["4", "2", "#"]
    node.give("keys", assignment, digits="rm -rf")
    assert node.fact("refused")["order"] == "keys"


def test_an_operators_phone_that_dies_leaves_the_caller_to_the_next(
    redis: RedisServer, tmp_path: Path, phones: Station, callers: Station
) -> None:
    """kill -9 of the softphone: no BYE comes, and no sound any more."""
    redis.ask("FLUSHALL")
    dying = Station()
    try:
        with Node(redis.url, tmp_path, switchboard={"mute_s": 0.0, "lost_s": 3.0}) as node:
            number = calls_in(node, callers)
            node.operator("anna", dying.uri("answer"))
            assignment = node.claimed("anna")
            answered(node, dying, assignment)
            assert callers.hears(number, ANNA)
            dying.child.kill()
            node.fact("lost", assignment=assignment)
            assert node.state(assignment, "wrap_up")
            assert callers.hears(number, MUSIC)
            node.operator("boris", phones.uri("answer"))
            answered(node, phones, node.claimed("boris"), BORIS)
            assert callers.hears(number, BORIS)
            callers.ask("hang_up", call=number)
            assert node.is_empty(wait_s=40), "the dead one's BYE is given up after 64 T1"
    finally:
        dying.kill()


def test_a_phone_that_answers_and_sends_no_sound_is_passed_over(
    redis: RedisServer, tmp_path: Path, phones: Station, callers: Station
) -> None:
    redis.ask("FLUSHALL")
    with Node(redis.url, tmp_path, switchboard={"mute_s": 0.0, "silent_s": 1.5}) as node:
        number = calls_in(node, callers)
        with Peer(("127.0.0.1", node.port)) as phone:
            node.operator("anna", phone.uri)
            assignment = node.claimed("anna")
            invite = phone.until(method="INVITE")
            assert invite is not None
            phone.answer(invite, 200, body=sdp())
            node.fact("silent", assignment=assignment)
            assert node.state(assignment, "refused")["history"][-1]["why"] == "silent"
            bye = phone.until(method="BYE")
            assert bye is not None
            phone.answer(bye, 200)
            assert callers.hears(number, MUSIC)
            callers.ask("hang_up", call=number)
        assert node.is_empty()


def test_one_who_is_put_through_and_says_nothing_loses_the_call(
    redis: RedisServer, tmp_path: Path, phones: Station, callers: Station
) -> None:
    redis.ask("FLUSHALL")
    with Node(redis.url, tmp_path, switchboard={"mute_s": 1.5}) as node:
        number = calls_in(node, callers)
        node.operator("anna", phones.uri("answer"))
        assignment = node.claimed("anna")
        here = phones.event("Answered")["call"]
        node.fact("bridged", assignment=assignment)
        node.fact("silent", assignment=assignment)
        phones.event("HungUp", call=here)
        assert callers.hears(number, MUSIC)
        assert node.state(assignment, "wrap_up")
        assert [one["state"] for one in node.ask("requests")] == ["waiting"], "he waits again"
        callers.ask("hang_up", call=number)
        assert node.is_empty()


def test_a_phone_whose_page_was_pressed_is_asked_to_answer_by_itself(floor: Floor, node: Node, callers: Station) -> None:
    number = floor.caller()
    with Peer(("127.0.0.1", node.port)) as phone:
        node.operator("anna", phone.uri, answer="desk")
        assignment = node.claimed("anna")
        invite = phone.until(method="INVITE")
        assert invite is not None
        assert invite.header("call-info").endswith(";answer-after=0")
        assert "alert-autoanswer" in invite.header("alert-info")
        phone.answer(invite, 603)
        node.fact("rejected", assignment=assignment)
    callers.ask("hang_up", call=number)
