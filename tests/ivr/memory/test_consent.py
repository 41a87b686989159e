"""Consent: the latest word that fits, and what holds without any."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ivr.memory.consent import ALL, Purpose, Word, allows
from ivr.memory.errors import Unfit
from ivr.memory.identity import Proof, email, phone
from ivr.memory.memory import Memory
from tests.ivr.memory.conftest import Now

ANNA = phone("+74951234567")


@pytest.mark.parametrize(
    ("purpose", "may"), [("answer", True), ("service", True), ("reminder", False), ("marketing", False), ("recording", False)]
)
def test_without_a_word_only_what_he_waits_for_may_go_out(purpose: str, may: bool) -> None:
    assert allows([], "email", Purpose(purpose)) is may


def test_all_channels_may_be_forbidden_and_one_allowed_again() -> None:
    never = Word(ALL, Purpose.EVERYTHING, False, 1, "phone")
    but = Word("email", Purpose.MARKETING, True, 2, "email")
    assert not allows([never], "phone", Purpose.SERVICE)
    assert allows([never, but], "email", Purpose.MARKETING)
    assert not allows([never, but], "chat", Purpose.MARKETING)
    assert not allows([but, Word(ALL, Purpose.EVERYTHING, False, 3, "chat")], "email", Purpose.MARKETING)


def test_whoever_asks_is_answered_unless_he_forbids_just_that() -> None:
    assert allows([Word(ALL, Purpose.EVERYTHING, False, 1, "phone")], "email", Purpose.ANSWER)
    assert not allows([Word("email", Purpose.ANSWER, False, 1, "phone")], "email", Purpose.ANSWER)


words = st.builds(
    Word, st.sampled_from(["email", "phone", ALL]), st.sampled_from([*Purpose]), st.booleans(), st.integers(0, 3), st.just("chat")
)


@given(st.lists(words), st.randoms())
def test_the_order_in_which_words_arrive_does_not_matter(said: list[Word], random: object) -> None:
    mixed = list(said)
    random.shuffle(mixed)  # type: ignore[attr-defined]
    for purpose in (Purpose.ANSWER, Purpose.MARKETING):
        assert allows(said, "email", purpose) is allows(mixed, "email", purpose)


@given(st.lists(words))
def test_a_last_no_to_everything_is_a_no_to_all_that_is_not_an_answer(said: list[Word]) -> None:
    last = [*said, Word(ALL, Purpose.EVERYTHING, False, 9, "phone")]
    assert not any(
        allows(last, channel, purpose) for channel in ("email", "phone") for purpose in Purpose if purpose is not Purpose.ANSWER
    )


@pytest.mark.real
async def test_a_word_by_phone_holds_for_mail_and_is_kept_in_history(memory: Memory, now: Now) -> None:
    customer = await memory.customers.meet(ANNA)
    assert customer is not None
    await memory.consents.say(customer, "email", Purpose.MARKETING, True, "email")
    assert await memory.consents.may(customer, "email", Purpose.MARKETING)
    now.later(1000)
    await memory.consents.say(customer, "email", Purpose.MARKETING, False, "phone")
    assert not await memory.consents.may(customer, "email", Purpose.MARKETING)
    history = [(told.by, told.detail["allowed"]) for told in await memory.customers.audit(customer) if told.what == "consent"]
    assert history == [("email", True), ("phone", False)]


@pytest.mark.real
async def test_a_late_word_does_not_undo_a_newer_one(memory: Memory, now: Now) -> None:
    customer = await memory.customers.meet(ANNA)
    assert customer is not None
    await memory.consents.say(customer, "email", Purpose.MARKETING, False, "phone")
    await memory.consents.say(customer, "email", Purpose.MARKETING, True, "email", at_ms=now() - 1)
    assert not await memory.consents.may(customer, "email", Purpose.MARKETING)


@pytest.mark.real
async def test_merged_customers_are_asked_together(memory: Memory, now: Now) -> None:
    one, other = await memory.customers.meet(ANNA), await memory.customers.meet(email("anna@example.com"))
    assert one is not None
    assert other is not None
    await memory.consents.say(one, "email", Purpose.MARKETING, True, "email")
    now.later(1)
    await memory.consents.say(other, ALL, Purpose.MARKETING, False, "email")
    assert await memory.consents.may(one, "email", Purpose.MARKETING)
    await memory.customers.merge(one, other, "operator")
    assert not await memory.consents.may(one, "email", Purpose.MARKETING)
    assert not await memory.consents.may(other, "email", Purpose.MARKETING)
    await memory.customers.unmerge(other, "operator")
    assert await memory.consents.may(one, "email", Purpose.MARKETING)


@pytest.mark.real
async def test_nobody_known_is_nobody_to_write_to(memory: Memory) -> None:
    assert not await memory.consents.may("nobody", "email", Purpose.ANSWER)
    with pytest.raises(Unfit, match="no such customer"):
        await memory.consents.say("nobody", "email", Purpose.MARKETING, True, "email")
    with pytest.raises(Unfit):
        await memory.consents.say("nobody", "e mail", Purpose.MARKETING, True, "email")


@pytest.mark.real
async def test_a_shared_number_is_two_people_with_two_minds(memory: Memory) -> None:
    anna, ivan = await memory.customers.meet(email("anna@x.org")), await memory.customers.meet(email("ivan@x.org"))
    assert anna is not None
    assert ivan is not None
    for one in (anna, ivan):
        await memory.customers.link(one, ANNA, [Proof.OPERATOR])
    await memory.consents.say(anna, "phone", Purpose.MARKETING, True, "phone")
    known = await memory.who(ANNA)
    assert known.customer is None
    assert {offer.customer.id for offer in known.offers} == {anna, ivan}
    assert not await memory.consents.may(ivan, "phone", Purpose.MARKETING)
