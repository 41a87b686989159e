"""Transfers, consultations, conferences and listening in: who hears whom, and whose the caller is then."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.peers.raw_sip import Peer
from tests.routing.switchboard.conftest import ANNA, BORIS, CALLER, Floor
from tests.routing.switchboard.fakes import MUSIC, WHISPER

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


def chosen(floor: Floor, phone: str = "answer") -> tuple[int, int, str, str]:
    """Anna has a caller, and Boris with this phone is kept free for her: the two calls, and the two assignments."""
    number, anna, first = floor.talk()
    floor.node.operator("boris", floor.phones.uri(phone))
    return number, anna, first, floor.node.ask("hand", assignment=first, name="boris")


def transferring(floor: Floor, phone: str = "answer") -> tuple[int, int, str, str]:
    """Anna hands her caller over to Boris with this phone: the two calls, and the two assignments."""
    number, anna, first, second = chosen(floor, phone)
    floor.node.give("transfer_blind", first, uri=floor.phones.uri(phone), to=second)
    return number, anna, first, second


def consulting(floor: Floor) -> tuple[int, int, int, str, str]:
    """Anna has a caller and asks Boris: the three calls, and the two assignments."""
    number, anna, first, second = chosen(floor)
    floor.node.give("consult", first, uri=floor.phones.uri("answer"), to=second)
    boris = floor.phones.event("Answered")["call"]
    floor.phones.ask("play", call=boris, hz=BORIS, seconds=40)
    floor.node.fact("consulting", assignment=second)
    assert floor.operator_hears(boris, ANNA)
    assert floor.phones.heard(boris) == [WHISPER, ANNA], "he hears what it is about before he hears her"
    return number, anna, boris, first, second


def test_an_attended_transfer_and_the_context_follows(floor: Floor) -> None:
    number, anna, boris, first, second = consulting(floor)
    assert floor.caller_hears(number, MUSIC)
    assert floor.operator_hears(anna, BORIS)
    assert floor.operator_hears(boris, ANNA)
    assert floor.node.state(first, "held")
    assert floor.node.state(second, "connected")["parent"] == first
    floor.node.give("transfer_attended", first)
    floor.node.fact("transferred", assignment=first)
    assert floor.caller_hears(number, BORIS)
    assert floor.operator_hears(boris, CALLER)
    floor.phones.event("HungUp", call=anna)
    assert floor.node.state(first, "wrap_up")
    request = floor.node.ask("request", id=floor.node.ask("assignment", id=second)["request"])
    assert request["assignment"] == second, "the caller is his now"
    assert request["summary"]["en"] == "It is about a parcel."
    floor.callers.ask("hang_up", call=number)
    assert floor.node.state(second, "wrap_up")


def test_a_conference_of_three_and_one_leaves(floor: Floor) -> None:
    number, anna, boris, first, second = consulting(floor)
    floor.node.give("conference", first)
    floor.node.fact("conference")
    assert floor.caller_hears(number, ANNA, BORIS)
    assert floor.operator_hears(anna, CALLER, BORIS)
    assert floor.operator_hears(boris, CALLER, ANNA)
    floor.phones.ask("hang_up", call=boris)
    assert floor.node.state(second, "wrap_up")
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    assert floor.node.state(first, "connected")
    floor.callers.ask("hang_up", call=number)


def test_the_first_hangs_up_while_they_consult_and_the_second_has_the_caller(floor: Floor) -> None:
    number, anna, boris, first, second = consulting(floor)
    floor.phones.ask("hang_up", call=anna)
    assert floor.caller_hears(number, BORIS)
    assert floor.operator_hears(boris, CALLER)
    assert floor.node.state(first, "wrap_up")
    floor.callers.ask("hang_up", call=number)
    assert floor.node.state(second, "wrap_up")


def test_a_consultation_ends_and_the_caller_is_back(floor: Floor) -> None:
    number, anna, boris, first, second = consulting(floor)
    floor.node.give("consult_end", first)
    floor.phones.event("HungUp", call=boris)
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    assert floor.node.state(first, "connected")
    assert floor.node.state(second, "wrap_up")
    floor.callers.ask("hang_up", call=number)


def test_whoever_is_asked_for_advice_may_go_and_do_nothing_else(floor: Floor) -> None:
    number, anna, boris, first, second = consulting(floor)
    floor.node.give("unhold", second)
    assert floor.node.fact("refused", assignment=second)["order"] == "unhold"
    floor.node.give("hang_up", second, who="caller")
    floor.phones.event("HungUp", call=boris)
    assert floor.node.state(second, "wrap_up")
    floor.node.give("consult_end", first)
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    floor.callers.ask("hang_up", call=number)


def test_a_blind_transfer_to_a_colleague(floor: Floor) -> None:
    number, anna, first, second = transferring(floor)
    boris = floor.answers(second, BORIS)
    floor.node.fact("transferred", assignment=first)
    floor.phones.event("HungUp", call=anna)
    assert floor.caller_hears(number, BORIS)
    assert floor.operator_hears(boris, CALLER)
    assert floor.node.state(first, "wrap_up")
    assert floor.node.state(second, "connected")
    floor.callers.ask("hang_up", call=number)


def test_a_blind_transfer_that_nobody_takes_brings_the_caller_back(floor: Floor) -> None:
    number, anna, first, second = transferring(floor, "busy")
    assert floor.node.fact("transfer_failed", assignment=first)["why"] == "busy"
    assert floor.node.state(second, "refused")
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    assert floor.node.state(first, "connected")
    floor.callers.ask("hang_up", call=number)


def test_who_hangs_up_on_a_transfer_that_fails_leaves_the_caller_in_the_queue(floor: Floor) -> None:
    number, anna, first, _ = transferring(floor, "ring")
    boris = floor.phones.event("offered", user="ring")["call"]
    floor.phones.ask("hang_up", call=anna)
    assert floor.caller_hears(number, MUSIC)
    floor.phones.ask("hang_up", call=boris, args=[486])
    floor.node.fact("transfer_failed")
    assert floor.node.state(first, "wrap_up")
    assert [one["state"] for one in floor.node.ask("requests")] == ["waiting"]
    assert floor.caller_hears(number, MUSIC)
    floor.callers.ask("hang_up", call=number)


def test_a_colleague_declines_on_his_page_and_the_caller_waits_again(floor: Floor) -> None:
    number, anna, first, second = transferring(floor, "ring")
    floor.phones.event("offered", user="ring")
    floor.phones.ask("hang_up", call=anna)
    floor.node.fact("hung_up", assignment=first)
    floor.node.give("hang_up", second, who="operator")
    assert floor.node.fact("transfer_failed")["why"] == "rejected"
    assert floor.node.state(second, "refused")
    assert floor.node.state(first, "wrap_up")
    assert [one["state"] for one in floor.node.ask("requests")] == ["waiting"]
    assert floor.caller_hears(number, MUSIC)
    floor.callers.ask("hang_up", call=number)


def test_a_colleague_declines_on_his_page_and_the_first_has_the_caller_back(floor: Floor) -> None:
    number, anna, first, second = transferring(floor, "ring")
    floor.phones.event("offered", user="ring")
    floor.node.give("hang_up", second, who="operator")
    assert floor.node.state(second, "refused")
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    assert floor.node.state(first, "connected")
    floor.callers.ask("hang_up", call=number)


def test_a_transfer_to_a_skill_and_the_caller_waits_again(floor: Floor) -> None:
    number, anna, first = floor.talk()
    floor.node.ask("requeue", assignment=first, skill="billing")
    floor.phones.event("HungUp", call=anna)
    assert floor.caller_hears(number, MUSIC)
    assert floor.node.state(first, "wrap_up")
    [request] = floor.node.ask("requests")
    assert (request["skill"], request["state"]) == ("billing", "waiting")
    floor.callers.ask("hang_up", call=number)


@pytest.mark.parametrize("kind", ["transfer_blind", "consult", "listen"])
def test_an_address_that_no_rule_allows_is_not_called(floor: Floor, kind: str) -> None:
    number, _, first = floor.talk()
    with Peer(("127.0.0.1", floor.node.port)) as premium:
        floor.node.give(kind, first, uri=premium.uri, supervisor="eva")
        assert floor.node.fact("refused", assignment=first)["order"] == kind
        assert premium.until(method="INVITE", timeout_s=0.3) is None
    assert floor.caller_hears(number, ANNA), "the talk goes on"
    floor.callers.ask("hang_up", call=number)


@pytest.mark.parametrize("kind", ["transfer_blind", "consult"])
def test_a_colleague_is_free_again_when_his_transfer_is_refused(floor: Floor, kind: str) -> None:
    number, _, first, second = chosen(floor)
    floor.node.give(kind, first, uri="sip:premium@192.0.2.1", to=second)
    assert floor.node.fact("refused", assignment=first)["order"] == kind
    assert floor.node.state(second, "refused")["history"][-1]["why"] == "late"
    assert floor.node.state(first, "connected")
    assert floor.caller_hears(number, ANNA), "the talk goes on"
    floor.callers.ask("hang_up", call=number)


def test_a_colleague_is_free_again_when_the_caller_goes_before_the_transfer(floor: Floor) -> None:
    number, anna, first, second = chosen(floor)
    floor.callers.ask("hang_up", call=number)
    floor.phones.event("HungUp", call=anna)
    assert floor.node.state(first, "wrap_up")
    floor.node.give("consult", first, uri=floor.phones.uri("answer"), to=second)
    assert floor.node.fact("refused", assignment=first)["status"] == 481
    assert floor.node.state(second, "refused")["history"][-1]["why"] == "caller_gone"
    assert floor.node.ask("requests") == []


def test_an_address_that_a_rule_allows_by_a_leg_of_our_own(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"transfer_to": ["sip:answer@127.0.0.1:*"]})
    number, anna, first = floor.talk()
    floor.node.give("transfer_blind", first, uri=floor.phones.uri("answer"))
    third = floor.phones.event("Answered")["call"]
    floor.phones.ask("play", call=third, hz=BORIS, seconds=40)
    floor.node.fact("transferred", assignment=first)
    floor.phones.event("HungUp", call=anna)
    assert floor.caller_hears(number, BORIS)
    assert floor.operator_hears(third, CALLER)
    assert floor.node.state(first, "wrap_up")
    floor.phones.ask("hang_up", call=third)
    floor.callers.event("HungUp", call=number)


def test_an_address_by_refer_where_the_trunk_takes_it(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"transfer_to": ["sip:*@pbx.example"]}, switchboard={"refer": ["local"]})
    with Peer(("127.0.0.1", floor.node.port)) as peer:
        call = peer.invite()
        floor.node.operator("anna", floor.phones.uri("answer"))
        first = floor.node.claimed("anna")
        here = floor.answers(first)
        floor.node.give("transfer_blind", first, uri="sip:boss@pbx.example")
        asked = peer.until(method="REFER", timeout_s=20)
        assert asked is not None
        assert asked.header("refer-to").strip("<>") == "sip:boss@pbx.example"
        peer.answer(asked, 202, tag=call.local_tag)
        call.cseq = 100
        call.ask(
            "NOTIFY", headers=["Event: refer", "Subscription-State: terminated;reason=noresource"], body="SIP/2.0 200 OK\r\n",
            kind="message/sipfrag;version=2.0",
        )  # fmt: skip
        assert floor.node.fact("transferred", assignment=first)["status"] == 200
        bye = peer.until(method="BYE", timeout_s=20)
        assert bye is not None
        peer.answer(bye, 200)
        floor.phones.event("HungUp", call=here)
        assert floor.node.state(first, "wrap_up")


def test_a_supervisor_hears_all_and_is_heard_by_nobody(floor: Floor) -> None:
    number, anna, first = floor.talk()
    floor.node.operator("eva", floor.phones.uri("answer"), roles=["supervisor"])
    floor.node.give("listen", first, uri=floor.phones.uri("answer"), supervisor="eva")
    eva = floor.phones.event("Answered")["call"]
    floor.phones.ask("play", call=eva, hz=BORIS, seconds=40)
    floor.node.fact("listening")
    assert floor.operator_hears(eva, CALLER, ANNA)
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(anna, CALLER)
    floor.node.give("listen_end", first, supervisor="eva")
    floor.phones.event("HungUp", call=eva)
    floor.node.give("listen", first, uri=floor.phones.uri("answer"), supervisor="eva")
    again = floor.phones.event("Answered")["call"]
    floor.node.fact("listening")
    floor.callers.ask("hang_up", call=number)
    floor.phones.event("HungUp", call=again)
