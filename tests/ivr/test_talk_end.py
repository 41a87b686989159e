"""The end of a talk is one for certain."""

from __future__ import annotations

import asyncio
import contextlib

from ivr.actions import Event, Hangup, Heard
from ivr.deeds import Deeds
from ivr.talk import Act, Talk
from tests.ivr.test_talk import Mouthpiece, Pages, Scripted, now_ms, say, virtual


@virtual
async def test_a_closed_talk_performs_no_more_though_its_memory_took_the_end_for_its_own() -> None:
    """As redis-py may with Python 3.11: see voice/tasks.py."""

    class DeafOnce(Mouthpiece):
        async def perform(self, event: Event, acts: tuple[Act, ...]) -> None:
            if isinstance(event, Heard):
                with contextlib.suppress(asyncio.CancelledError):
                    await asyncio.sleep(3600)
            await super().perform(event, acts)

    others = asyncio.all_tasks()
    talk = Talk(Scripted({Heard: (say("bye"), Hangup())}), DeafOnce(), Pages(), Deeds(), now_ms)
    await talk.open("en")
    talk.put(Heard("hi"))
    await asyncio.sleep(1)
    await talk.close()
    await asyncio.sleep(1)
    assert asyncio.all_tasks() == others
