"""A message that is being left when the caller goes, in virtual time: what he has said is taken along, and nobody waits for long."""

from __future__ import annotations

import asyncio

from ivr.actions import Heard, HungUp, Record, Recorded, Say, SendLink
from ivr.deeds import Deeds
from tests.ivr.test_talk import now_s, say, talk_of, virtual

LEAVES = {Heard: (say("leave it now"), Record("1", "message", 90))}


def recording(takes_s: float) -> Deeds:
    async def record(act: Record) -> Recorded:
        await asyncio.sleep(takes_s)
        return Recorded(act.request, "sound-1", "the cup fell down", 4000)

    return Deeds(record=record)


@virtual
async def test_a_message_that_ends_with_the_call_is_an_answer_like_any_other() -> None:
    talk, script, _, _ = talk_of(LEAVES, deeds=recording(2.0), name="phone", written=False)
    await talk.open("en")
    await talk.take(Heard("a message"))
    await talk.close()
    assert script.kinds()[-2:] == ["Recorded", "HungUp"]
    assert now_s() == 1002.0


@virtual
async def test_one_that_does_not_end_in_time_holds_up_nobody() -> None:
    talk, script, _, _ = talk_of(LEAVES, deeds=recording(60.0), name="phone", written=False)
    await talk.open("en")
    await talk.take(Heard("a message"))
    await talk.close()
    assert script.kinds()[-1] == "HungUp"
    assert Recorded not in map(type, (event for _, event in script.seen))
    assert now_s() == 1000.0 + talk.patience.record_s


@virtual
async def test_in_writing_nobody_is_waited_for() -> None:
    talk, script, _, _ = talk_of(LEAVES, deeds=recording(2.0))
    await talk.open("en")
    await talk.take(Heard("a message"))
    await talk.close()
    assert script.kinds()[-1] == "HungUp"
    assert now_s() < 1001.0


@virtual
async def test_a_link_is_shown_after_what_was_said_before_it() -> None:
    shown: list[int] = []

    async def show(act: SendLink) -> None:
        shown.append(len(mouth.done))

    acts = {Heard: (say("here it comes"), SendLink("1", "sms", "", "https://x.example", "en", 3.0))}
    talk, script, mouth, _ = talk_of(acts, deeds=Deeds(send_link=show))
    await talk.open("en")
    await talk.take(Heard("send it"))
    await asyncio.sleep(0.01)
    assert shown == [1]
    assert isinstance(mouth.done[0][1], Say)
    assert script.kinds()[-1] == "Delivered"
    await talk.close()
    assert isinstance(script.seen[-1][1], HungUp)
