"""Customers: met, linked, merged and un-merged, each with its line in the audit; shared numbers are never one person."""

from __future__ import annotations

import asyncio

import pytest

from ivr.memory.errors import Unfit
from ivr.memory.identity import Proof, chat, device, email, phone
from ivr.memory.lookup import Who
from ivr.memory.matter import Answered
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from ivr.memory.timeline import CALL, MAIL, MESSAGE, Touch
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real
HOME, ANNA, IVAN = phone("+74951234567"), email("anna@example.com"), email("ivan@example.com")


async def met(memory: Memory, *args: object, **facts: str) -> str:
    name = await memory.customers.meet(*args, **facts)  # type: ignore[arg-type]
    assert name is not None
    return name


def names(known: Who) -> list[str]:
    return [touch.source_id for touch in known.touches]


async def test_two_channels_that_meet_somebody_at_once_meet_one(server: RedisServer, memory: Memory, now: Now) -> None:
    other = Memory(Store(server.url), now)
    await memory.store.command("PING")
    found = await asyncio.gather(*(each.customers.meet(ANNA, name="Anna") for each in (memory, other) for _ in range(10)))
    assert len(set(found)) == 1
    touch = Touch(ANNA, MESSAGE, "chat", "m1", now())
    written = await asyncio.gather(*(each.touch(touch) for each in (memory, other) for _ in range(10)))
    assert sorted(map(bool, written)) == [False] * 19 + [True]
    await other.close()


async def test_a_family_phone_is_two_people_and_tells_of_neither(memory: Memory, now: Now) -> None:
    anna, ivan = await met(memory, ANNA, name="Anna", language="ru"), await met(memory, IVAN, name="Ivan")
    for one in (anna, ivan):
        await memory.customers.link(one, HOME, [Proof.CRM])
    await memory.touch(Touch(ANNA, MAIL, "mail", "a1", now(), "a secret"))
    await memory.touch(Touch(HOME, CALL, "phone", "c1", now() + 1))
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [ANNA], "email", customer=anna))
    known = await memory.who(HOME)
    assert known.customer is None
    assert [offer.customer.name for offer in known.offers] == [
        known.candidates[0].customer.name,
        known.candidates[1].customer.name,
    ]
    assert {offer.customer.id for offer in known.offers} == {anna, ivan}
    assert (names(known), known.matters) == (["c1"], ())
    assert await memory.customers.meet(HOME) is None
    # By her own address she is she, and the phone they share is hers too.
    known = await memory.who(ANNA)
    assert known.customer is not None
    assert (known.customer.id, names(known), [one.id for one in known.matters]) == (anna, ["a1", "c1"], [matter.id])


async def test_what_he_said_on_the_shared_phone_is_not_told_as_hers(memory: Memory, now: Now) -> None:
    anna, ivan = await met(memory, ANNA), await met(memory, IVAN)
    for one in (anna, ivan):
        await memory.customers.link(one, HOME, [Proof.CRM])
    await memory.touch(Touch(HOME, CALL, "phone", "his", now(), customer=ivan))
    await memory.touch(Touch(HOME, CALL, "phone", "hers", now() + 1, customer=anna))
    matter = await memory.matters.checkpoint(memory.matters.begin("tea", 1, [HOME], "phone", customer=ivan))
    assert (names(await memory.who(ANNA)), (await memory.who(ANNA)).matters) == (["hers"], ())
    assert (names(await memory.who(IVAN)), [one.id for one in (await memory.who(IVAN)).matters]) == (["his"], [matter.id])


async def test_a_weak_match_offers_and_a_strong_one_links(memory: Memory, now: Now) -> None:
    anna = await met(memory, ANNA, name="Anna")
    await memory.touch(Touch(ANNA, MAIL, "mail", "a1", now(), "a secret"))
    assert await memory.customers.link(anna, HOME, [Proof.SAID]) == 0.5
    known = await memory.who(HOME)
    assert (known.customer, [(offer.customer.id, offer.confidence) for offer in known.offers]) == (None, [(anna, 0.5)])
    assert known.offers[0].proofs == ("said",)
    assert names(known) == []
    assert await memory.customers.link(anna, HOME, [Proof.SAID, Proof.CODE]) == 0.99
    known = await memory.who(HOME)
    assert known.customer is not None
    assert (known.offers, names(known)) == ((), ["a1"])
    # Nothing that is found out later makes it weaker; only taking it away does.
    await memory.customers.link(anna, HOME, [Proof.CALLER_ID])
    assert (await memory.who(HOME)).candidates[0].confidence == 0.99
    assert await memory.customers.unlink(anna, HOME) is True
    assert await memory.customers.unlink(anna, HOME) is False
    assert (await memory.who(HOME)).candidates == ()


async def test_a_merge_is_taken_back_and_both_are_as_they_were(memory: Memory, now: Now) -> None:
    anna = await met(memory, ANNA, name="Anna")
    also = await met(memory, HOME, name="A. Petrova", needs="a lift")
    await memory.touch(Touch(ANNA, MAIL, "mail", "a1", now()))
    await memory.touch(Touch(HOME, CALL, "phone", "h1", now() + 1))
    before = [await memory.who(one) for one in (ANNA, HOME)]
    assert await memory.customers.merge(anna, also, "Olga") == anna
    for one in (ANNA, HOME):
        known = await memory.who(one)
        assert known.customer is not None
        assert (known.customer.id, set(known.customer.ids), names(known)) == (anna, {anna, also}, ["a1", "h1"])
        assert known.customer.facts == {"name": "Anna", "needs": "a lift"}
    await memory.customers.unmerge(also, "Olga")
    assert [await memory.who(one) for one in (ANNA, HOME)] == before
    for name in (anna, also):
        told = [(line.what, line.by) for line in await memory.customers.audit(name)]
        assert told == [("made", "dialogue"), ("merge", "Olga"), ("unmerge", "Olga")]


async def test_what_cannot_be_merged_is_said(memory: Memory) -> None:
    anna, ivan = await met(memory, ANNA), await met(memory, IVAN)
    await memory.customers.merge(anna, ivan, "Olga")
    for into, other, why in (
        (anna, ivan, "one customer already"),
        (anna, anna, "one customer already"),
        (anna, "nobody", "no such customer"),
    ):
        with pytest.raises(Unfit, match=why):
            await memory.customers.merge(into, other, "Olga")
    with pytest.raises(Unfit, match="was not merged"):
        await memory.customers.unmerge(anna, "Olga")


async def test_a_plus_tag_finds_the_mailbox_and_the_other_way_round(memory: Memory, now: Now) -> None:
    anna = await met(memory, ANNA, name="Anna")
    shop = email("Anna+Shop@example.com")
    await memory.touch(Touch(shop, MAIL, "mail", "s1", now()))
    await memory.touch(Touch(ANNA, MAIL, "mail", "a1", now() + 1))
    for one in (ANNA, shop):
        known = await memory.who(one)
        assert known.customer is not None
        assert (known.customer.id, names(known)) == (anna, ["s1", "a1"])


async def test_facts_are_learnt_and_forgotten(memory: Memory) -> None:
    anna = await met(memory, ANNA)
    await memory.customers.learn(anna, "Olga", name="Анна", address_of="Tverskaya 1")
    await memory.customers.learn(anna, address_of="")
    found = await memory.customers.get(anna)
    assert found is not None
    assert (found.name, dict(found.facts)) == ("Анна", {"name": "Анна"})
    told = [line.detail["facts"] for line in await memory.customers.audit(anna) if line.what == "learnt"]
    assert told == [["address_of", "name"], ["address_of"]]
    for bad in ("@p+7", "<x", "n", "Name", "a b", ""):
        with pytest.raises(Unfit):
            await memory.customers.learn(anna, **{bad: "x"})
    with pytest.raises(Unfit, match="no such customer"):
        await memory.customers.learn("nobody", name="x")


async def test_a_switchboard_stays_within_bounds(memory: Memory, now: Now) -> None:
    for number in range(256):
        name = await met(memory, chat(f"v{number}"))
        await memory.customers.link(name, HOME, [Proof.CRM])
    with pytest.raises(Unfit, match="switchboard"):
        await memory.customers.link(await met(memory, chat("one more")), HOME, [Proof.CRM])
    known = await memory.who(HOME)
    assert (len(known.candidates), known.cut, known.customer) == (4, True, None)
    anna = await met(memory, ANNA)
    for number in range(40):
        await memory.customers.link(anna, device(f"d{number}"), [Proof.LOGIN])
        await memory.touch(Touch(device(f"d{number}"), "visit", "site", f"{number}", now() + number))
    known = await memory.who(ANNA, touches=100)
    assert known.cut
    assert len(known.touches) == 15


async def test_a_broken_text_is_kept_as_far_as_it_goes(memory: Memory, now: Now) -> None:
    anna = await met(memory, ANNA, name="An\udcffna")
    touch = Touch(
        ANNA, MAIL, "mail", "<\udc80@x>", now(), "half a \ud83d pair, a \x00, \u2028 and \U0001f600", data={"k": "\udfff"}
    )
    assert await memory.touch(touch) is True
    assert (await memory.who(ANNA)).touches[0].text == "half a ? pair, a \x00, \u2028 and \U0001f600"
    matter = await memory.matters.checkpoint(
        memory.matters.begin("parcel", 1, [ANNA], "mail"), [Answered("q", "\ud83d", 1, "mail")]
    )
    found = await memory.matters.load(matter.id)
    assert found is not None
    assert found.slots == {"q": "?"}
    known = await memory.customers.get(anna)
    assert known is not None
    assert known.name == "An?na"
