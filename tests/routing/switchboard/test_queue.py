"""What a caller may do beside waiting: be called back, leave a message, give his mark; and what he hears when nobody will come."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Any

import pytest

from tests.peers.redis import RedisServer
from tests.peers.switchboard import NUMBER
from tests.routing.switchboard.conftest import ANNA, BORIS, CALLER, Floor
from tests.routing.switchboard.fakes import MUSIC

pytestmark = [pytest.mark.real, pytest.mark.timeout(120)]


def back(floor_callers_port: int, user: str = "answer", **more: Any) -> dict[str, Any]:
    """[switchboard.callback]: whoever is called back answers as `user` does."""
    return {"trunk": "local", "uri": f"sip:{user}@127.0.0.1:{floor_callers_port};n={{number}}", "numbers": ["+7999*"], **more}


def promised(floor: Floor) -> str:
    """A caller who pressed 1 and heard that he will be called; gives the request."""
    number, waiting = floor.offered_back()
    floor.callers.ask("send_keys", call=number, args=["1"])
    floor.node.fact("callback")
    floor.callers.event("HungUp", call=number)
    [after] = floor.node.ask("requests")
    assert after["callback"] == {"number": NUMBER, "due_ms": 0}
    assert after["since_ms"] == waiting["since_ms"], "his place is kept"
    request: str = after["id"]
    return request


def test_he_is_called_back_the_operator_first_and_they_talk(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]))
    promised(floor)
    floor.node.operator("anna", floor.phones.uri("answer"))
    assignment = floor.node.claimed("anna")
    anna = floor.phones.event("Answered")["call"]
    floor.phones.ask("play", call=anna, hz=ANNA, seconds=40)
    assert floor.node.event("said", text="Call back. It is about a parcel. I am dialling.")["private"]
    called = floor.callers.event("offered", user="answer")["call"]
    floor.callers.event("Answered", call=called)
    floor.callers.ask("play", call=called, hz=CALLER, seconds=40)
    floor.node.fact("bridged", assignment=assignment)
    assert floor.caller_hears(called, ANNA)
    assert floor.operator_hears(anna, CALLER)
    assert floor.node.state(assignment, "connected")
    floor.callers.ask("hang_up", call=called)
    floor.phones.event("HungUp", call=anna)
    assert floor.node.state(assignment, "wrap_up")


def test_one_who_does_not_answer_is_called_again_later_and_not_for_ever(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"], "busy", tries=2, again_s=10.0), routing={"refused_s": 0.0})
    request = promised(floor)
    for last in (False, True):
        floor.node.operator("anna", floor.phones.uri("answer"))
        assignment = floor.node.claimed("anna")
        anna = floor.phones.event("Answered")["call"]
        floor.node.fact("customer_busy", assignment=assignment)
        assert floor.node.event("said", text="The customer does not answer. We will try again later.")
        floor.phones.event("HungUp", call=anna)
        assert floor.node.state(assignment, "wrap_up")["history"][-1]["why"] in ("customer_busy", "callback")
        found = floor.node.ask("request", id=request)
        if last:
            assert found is None or found["state"] == "over"
        else:
            assert found["callback"]["due_ms"] > 0


def test_an_operator_who_hangs_up_takes_the_call_back(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"], "ring"))
    promised(floor)
    floor.node.operator("anna", floor.phones.uri("answer"))
    assignment = floor.node.claimed("anna")
    anna = floor.phones.event("Answered")["call"]
    called = floor.callers.event("offered", user="ring")["call"]
    floor.phones.ask("hang_up", call=anna)
    assert floor.callers.event("HungUp", call=called)["status"] == 487
    assert floor.node.state(assignment, "wrap_up")["history"][-1]["why"] == "rejected"
    assert [one["state"] for one in floor.node.ask("requests")] == ["waiting"], "the promise stands"


def test_a_wish_from_another_channel_is_called_when_its_time_has_come(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]))
    floor.node.ask("wish", number=NUMBER)
    floor.node.operator("anna", floor.phones.uri("answer"))
    assignment = floor.node.claimed("anna")
    anna = floor.phones.event("Answered")["call"]
    floor.phones.ask("play", call=anna, hz=ANNA, seconds=40)
    called = floor.callers.event("offered", user="answer")["call"]
    floor.node.fact("bridged", assignment=assignment)
    assert floor.caller_hears(called, ANNA)
    floor.node.give("hold", assignment)
    assert floor.caller_hears(called, MUSIC), "an order finds it, though no call came in"
    floor.callers.ask("hang_up", call=called)
    assert floor.node.state(assignment, "wrap_up")


def test_one_who_was_called_back_is_then_a_caller_like_others(open_floor: Callable[..., Floor], callers: Any) -> None:
    """Sent to another skill he waits on the line, and a phone rings for him; he is not called once more."""
    floor = open_floor(callback=back(callers.ports["udp"]))
    first, called = floor.called_back()
    floor.phones.forget()
    floor.node.ask("requeue", assignment=first, skill="billing")
    assert floor.caller_hears(called, MUSIC)
    [waiting] = floor.node.ask("requests")
    assert waiting["callback"] is None
    floor.node.operator("boris", floor.phones.uri("answer"))
    second = floor.node.claimed("boris")
    floor.answers(second, BORIS)
    assert floor.caller_hears(called, BORIS)
    floor.callers.ask("hang_up", call=called)
    assert floor.node.state(second, "wrap_up")


def test_one_who_was_called_back_and_hangs_up_as_he_waits_again_has_left(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]))
    first, called = floor.called_back()
    floor.node.ask("requeue", assignment=first, skill="billing")
    assert floor.caller_hears(called, MUSIC)
    floor.callers.ask("hang_up", call=called)
    assert floor.node.event("request.left")["why"] == "gone"


def test_one_who_was_called_back_waits_again_no_longer_than_others(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]), routing={"timeout_s": 2.0})
    first, called = floor.called_back()
    floor.node.ask("requeue", assignment=first, skill="billing")
    floor.node.event("said", text="We are sorry: nobody has become free in all this time.")
    floor.callers.event("HungUp", call=called)
    assert floor.node.event("request.left")["why"] == "timeout"


def test_an_order_to_call_back_that_nobody_wants_any_more_rings_nobody(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]))
    promised(floor)
    floor.node.operator("anna", floor.phones.uri("ring"))
    assignment = floor.node.claimed("anna")
    floor.phones.event("offered", user="ring")
    floor.node.give("hang_up", assignment)
    floor.node.state(assignment, "refused")
    floor.node.ask("ring", assignment=assignment, again="late")
    floor.node.fact("refused", assignment=assignment, order="call_back")
    assert floor.phones.nothing("offered", for_s=0.5)


def test_what_cannot_be_written_is_not_promised(open_floor: Callable[..., Floor], callers: Any, redis: RedisServer) -> None:
    """Redis is away as he presses 1: he is told so, waits on, and is not asked to press it again."""
    floor = open_floor(callback=back(callers.ports["udp"]))
    number, _ = floor.offered_back()
    redis.pause()
    try:
        floor.callers.ask("send_keys", call=number, args=["1"])
        floor.node.event("said", text="That is not possible now.")
    finally:
        redis.go_on()
    floor.node.settled()
    floor.node.pardon()
    floor.node.operator("anna", floor.phones.uri("answer"))
    assignment = floor.node.claimed("anna")
    floor.answers(assignment)
    assert floor.node.ask("request", id=floor.node.ask("assignment", id=assignment)["request"])["callback"] is None
    assert floor.caller_hears(number, ANNA)
    floor.callers.ask("hang_up", call=number)


def test_he_is_called_back_though_a_phone_rang_for_him_as_he_asked_for_it(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]))
    number, _ = floor.offered_back()
    floor.node.operator("anna", floor.phones.uri("ring"))
    first = floor.node.claimed("anna")
    floor.phones.event("offered", user="ring")
    floor.callers.ask("send_keys", call=number, args=["1"])
    floor.node.fact("callback")
    floor.callers.event("HungUp", call=number)
    assert floor.node.state(first, "refused")["history"][-1]["why"] == "caller_gone"
    [waiting] = floor.node.ask("requests")
    assert (waiting["state"], waiting["refused"]) == ("waiting", {})
    assert waiting["callback"] == {"number": NUMBER, "due_ms": 0}


def test_nobody_is_offered_what_no_rule_allows(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"], numbers=["+44*"]))
    number = floor.caller()
    floor.node.event("said", text="Please stay on the line.")
    floor.callers.ask("send_keys", call=number, args=["1"])
    assert floor.node.nothing("fact", fact="callback", for_s=1)
    [waiting] = floor.node.ask("requests")
    assert waiting["callback"] is None
    floor.callers.ask("hang_up", call=number)


@pytest.mark.parametrize("hangs_up", [False, True])
def test_a_message_is_left_and_becomes_part_of_his_matter(open_floor: Callable[..., Floor], hangs_up: bool) -> None:
    floor = open_floor(recorder=True)
    number = floor.caller()
    floor.node.event("said", text="Press 2 to leave a message.")
    floor.callers.ask("send_keys", call=number, args=["2"])
    floor.node.event("said", text="Please leave your message after the tone, and press the hash key at its end.")
    floor.callers.listen(number, 1.5)  # he leaves it
    if hangs_up:
        floor.callers.ask("hang_up", call=number)
    else:
        floor.callers.ask("send_keys", call=number, args=["#"])
        floor.node.event("said", text="Thank you. Your message is kept, and we will take care of it. Goodbye!")
        floor.callers.event("HungUp", call=number)
    assert floor.node.event("ended")["answers"] == ["a" * 32]
    assert floor.node.event("request.left")["why"] == "message"
    assert floor.node.ask("requests") == []


def test_who_hangs_up_before_the_tone_has_left_nothing_and_does_not_wait_for_ever(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(recorder=True)
    number = floor.caller()
    floor.node.event("said", text="Press 2 to leave a message.")
    floor.callers.ask("send_keys", call=number, args=["2"])
    floor.node.event("said", text="Please leave your message after the tone, and press the hash key at its end.")
    floor.callers.ask("hang_up", call=number)
    assert floor.node.event("request.left")["why"] in ("gone", "message")
    assert floor.node.ask("requests") == []


def test_who_presses_one_and_hangs_up_at_once_is_called_back_all_the_same(open_floor: Callable[..., Floor], callers: Any) -> None:
    floor = open_floor(callback=back(callers.ports["udp"]))
    number, _ = floor.offered_back()
    floor.callers.ask("send_keys", call=number, args=["1"])
    time.sleep(0.15)  # RFC 4733: a key is three packets at least
    floor.callers.ask("hang_up", call=number)
    floor.node.fact("callback")
    [waiting] = floor.node.ask("requests")
    assert waiting["callback"]["number"] == NUMBER


def test_closed_is_said_and_the_last_resort_comes_by_itself(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"hours": ["mon 00:00-00:01"], "last_resort": "hang_up"})
    number = floor.caller()
    floor.node.event("said", text="We are closed now.")
    floor.node.event("said", text="Please call again later. Goodbye!")
    floor.callers.event("HungUp", call=number)
    assert floor.node.event("request.left")["why"] == "closed"


@pytest.mark.parametrize("user", ["answer", "busy"])
def test_a_telephone_of_the_last_resort_before_the_rest(open_floor: Callable[..., Floor], phones: Any, user: str) -> None:
    shut = {"hours": ["mon 00:00-00:01"], "last_resort": "hang_up"}
    floor = open_floor(routing=shut, switchboard={"last_uri": phones.uri(user)})
    number = floor.caller()
    floor.node.event("said", text="We are closed now.")
    if user == "busy":
        floor.node.fact("busy")
        floor.node.event("said", text="Please call again later. Goodbye!")
        floor.callers.event("HungUp", call=number)
        assert floor.node.event("request.left")["why"] == "closed"
        return
    here = floor.phones.event("Answered")["call"]
    floor.phones.ask("play", call=here, hz=ANNA, seconds=40)
    floor.node.fact("bridged")
    assert floor.caller_hears(number, ANNA)
    assert floor.operator_hears(here, CALLER)
    assert floor.node.event("request.left")["why"] == "handled"
    floor.callers.ask("hang_up", call=number)


def test_one_who_waits_too_long_hears_so(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"timeout_s": 2.0, "last_resort": "hang_up"})
    number = floor.caller()
    floor.node.event("said", text="We are sorry: nobody has become free in all this time.")
    floor.callers.event("HungUp", call=number)
    assert floor.node.event("request.left")["why"] == "timeout"


def test_one_who_is_sent_to_a_skill_waits_his_whole_time_again(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"timeout_s": 6.0, "last_resort": "hang_up"})
    number, _, first = floor.talk()
    began = time.monotonic()
    floor.node.ask("requeue", assignment=first, skill="billing")
    floor.node.event("said", wait_s=30, text="We are sorry: nobody has become free in all this time.")
    assert time.monotonic() - began >= 6.0
    floor.callers.event("HungUp", call=number)


def test_a_place_is_kept_of_one_who_was_cut_off(floor: Floor) -> None:
    number = floor.caller()
    before = floor.waits()
    floor.callers.ask("hang_up", call=number)
    assert floor.node.event("request.left")["why"] == "gone"
    again = floor.caller()
    after = floor.waits()
    assert after["since_ms"] == before["since_ms"]
    floor.callers.ask("hang_up", call=again)


def test_his_mark_by_one_key(open_floor: Callable[..., Floor]) -> None:
    floor = open_floor(routing={"csat": True})
    number, anna, _ = floor.talk()
    floor.phones.ask("hang_up", call=anna)
    floor.node.event("said", text="How was the talk? Press a key from 1, bad, to 5, very good.")
    floor.callers.ask("send_keys", call=number, args=["4"])
    floor.node.event("said", text="Thank you. Goodbye!")
    floor.callers.event("HungUp", call=number)
    assert floor.node.is_empty()
    assert floor.node.ask("contact", id=floor.node.ask("talked"))["csat"] == 4


def test_redis_away_at_the_worst_moment_costs_no_talk_and_loses_no_word(open_floor: Callable[..., Floor], redis: Any) -> None:
    floor = open_floor()
    number, anna, assignment = floor.talk()
    redis.pause()
    try:
        assert floor.caller_hears(number, ANNA)
        assert floor.operator_hears(anna, CALLER)
        floor.callers.ask("hang_up", call=number)
        floor.phones.event("HungUp", call=anna)
        floor.node.until_complained("Redis is away")
    finally:
        redis.go_on()
    assert floor.node.state(assignment, "wrap_up"), "told when Redis was back"
    floor.node.pardon()
