"""Consent changed by the customer himself, in the words of any channel; kept with him, and asked by what goes out."""

from __future__ import annotations

from typing import Any

import pytest

from ivr.actions import Handover, Heard, Key, Looked, LookUp
from ivr.connectors import connectors
from ivr.deeds import Refused
from ivr.memory.consent import Purpose
from ivr.memory.identity import Identity, Proof, chat, phone
from ivr.memory.memory import Memory
from tests.ivr.parcels import FLOW, Talk
from tests.ivr.talks import memory, opened, say

__all__ = ["memory"]
CALLER = phone("+74951234567")


class TestTheDialogue:
    @pytest.mark.parametrize(
        ("language", "words"),
        [("en", "do not call me any more"), ("en", "unsubscribe"), ("ru", "больше не звоните мне"), ("ru", "не звоните мне больше"), ("ru", "отпишите меня"),
         ("en", "take me off your list")],
    )  # fmt: skip
    @pytest.mark.parametrize("channel", ["phone", "chat"])
    def test_it_is_asked_once_more_before_it_holds(self, channel: str, language: str, words: str) -> None:
        talk = Talk(channel, language, idle=True)
        assert talk.done(Heard(words)) == ["quiet_sure.text"]
        talk.done(Heard("yes" if language == "en" else "да"))
        act = talk.acts[-1]
        assert isinstance(act, LookUp)
        assert (act.connector, act.arguments) == ("consent", {"word": "forbid"})
        assert talk.take(Looked(act.request, {"forbidden": True})) == ["quiet_kept.text", "more.text"]

    def test_by_key_in_the_middle_of_something_and_what_was_told_is_kept(self) -> None:
        talk = Talk(idle=True)
        talk.done(Key("7"))
        assert talk.said == ["quiet_sure.text"]
        assert talk.done(Key("2")) == ["more.text"]
        talk = Talk()
        talk.done(Heard("my order 4711 has not come"))
        assert talk.done(Heard("stop calling me")) == ["quiet_sure.text"]
        assert talk.state.slots["order"] == "4711"

    def test_where_it_is_not_kept_a_person_sees_to_it(self) -> None:
        talk = Talk(idle=True)
        talk.done(Key("7"))
        talk.done(Key("1"))
        act = talk.acts[-1]
        assert isinstance(act, LookUp)
        assert talk.take(Looked(act.request, error="fault")) == ["consent_lost.text", "operator.text"]
        assert isinstance(talk.acts[-1], Handover)

    @pytest.mark.parametrize(("language", "words"), [("en", "you may call me again"), ("ru", "можете снова звонить")])
    def test_and_back(self, language: str, words: str) -> None:
        talk = Talk(language=language, idle=True)
        talk.done(Heard(words))
        act = talk.acts[-1]
        assert isinstance(act, LookUp)
        assert act.arguments == {"word": "allow"}


async def told(memory: Memory, who: Identity | None, channel: str, *lines: str) -> list[str]:
    """A whole talk of these lines; what was said in it."""
    talk, room = await opened(memory, who, channel)
    await say(talk, *lines)
    await talk.close()
    return room.said


async def may(memory: Memory, customer: str) -> dict[str, bool]:
    return {
        f"{channel} {purpose}": await memory.consents.may(customer, channel, purpose)
        for channel, purpose in (("phone", Purpose.SERVICE), ("email", Purpose.REMINDER), ("email", Purpose.ANSWER))
    }


@pytest.mark.real
@pytest.mark.parametrize(("channel", "who"), [("phone", CALLER), ("chat", chat("visitor"))])
async def test_a_word_in_any_channel_holds_in_all(memory: Memory, channel: str, who: Identity) -> None:
    assert "quiet_kept.text" in await told(memory, who, channel, "do not write to me", "yes")
    found = (await memory.who(who)).customer
    assert found is not None
    assert await may(memory, found.id) == {"phone service": False, "email reminder": False, "email answer": True}
    assert {word.by for word in found.words} == {channel}
    assert not await memory.consents.forbids(found.id, channel, Purpose.RECORDING)
    said = await told(memory, who, channel, "you may call me again")
    assert "allow_kept.text" in said
    assert await may(memory, found.id) == {"phone service": True, "email reminder": False, "email answer": True}


@pytest.mark.real
async def test_at_a_shared_phone_it_holds_for_that_phone_and_for_all_of_them(memory: Memory) -> None:
    ids = []
    for name in ("anna", "ivan"):
        one = await memory.customers.meet(chat(name))
        assert one is not None
        await memory.customers.link(one, CALLER, [Proof.OPERATOR])
        ids.append(one)
    assert "quiet_kept.text" in await told(memory, CALLER, "phone", "stop calling me", "yes")
    for one in ids:
        assert await may(memory, one) == {"phone service": False, "email reminder": False, "email answer": True}
        assert await memory.consents.may(one, "email", Purpose.SERVICE)


@pytest.mark.real
async def test_who_withholds_his_number_is_helped_by_a_person(memory: Memory) -> None:
    assert (await told(memory, None, "phone", "stop calling me", "yes"))[-2:] == ["consent_lost.text", "operator.text"]


async def test_where_nobody_can_keep_it_that_is_told() -> None:
    arguments: dict[str, Any] = {"word": "forbid"}
    with pytest.raises(Refused, match="nobody"):
        await connectors(FLOW)["consent"](arguments)
