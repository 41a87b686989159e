"""Calls about a late parcel, by keys: what the caller does, the settings of a house for it, and what the memory then holds of him.

Each act waits for its question, however long the house takes for it: keys that come before it would answer the one before.
"""

from __future__ import annotations

import asyncio
import itertools
import tempfile
import time
from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from zoneinfo import ZoneInfo

import ivr
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import phone
from ivr.memory.lookup import Who
from ivr.memory.memory import Memory, remembering
from tests.peers.house import Running, call

Act = dict[str, Any]
T = TypeVar("T")
FLOW = Path(ivr.__file__).parent / "flows" / "hotline.yaml"
AT_ONCE: Act = {"wait": "during", "after_ms": 500}  # the first prompt is not listened to
TOPIC: Act = {"why": "topic", "press": "2", **AT_ONCE}
YES: Act = {"why": "yes", "press": "1", **AT_ONCE}
ORDER: Act = {"why": "order", "press": "4711", "at": "status.text"}
EVENING: Act = {"why": "window", "press": "3", "at": "window.text"}
RIGHT: Act = {"why": "right", "press": "1", "at": "recap.text"}
NO_MORE: Act = {"why": "no more", "press": "2", "at": "more.text"}
_numbers = itertools.count(1)


def day_of_delivery() -> str:
    """In three days, as a slot holds it."""
    return (datetime.now(ZoneInfo("Europe/Berlin")) + timedelta(days=3)).date().isoformat()


def day() -> Act:
    """The same, keyed in."""
    _, month, number = day_of_delivery().split("-")
    return {"why": "day", "press": f"{number}{month}#", "at": "day.text"}


def drop_after(ms: int) -> Act:
    """The line drops so long after the act before."""
    return {"why": "the line drops", "hang_up": True, "wait": "after", "after_ms": ms}


def drop_at(moment: str | Callable[[], object], after_ms: int = 0) -> Act:
    """The line drops at this question, or when this returns; or so long after."""
    return {"why": "the line drops", "hang_up": True, "at": moment, "after_ms": after_ms}


def new_number() -> str:
    """A caller who has never called."""
    return f"+7495123{next(_numbers):04d}"


def settings(folder: Path, redis: str, rtp: int, flow: Path = FLOW) -> str:
    """Of a house that shares this Redis; rtp: the first of its sound's ports."""
    return f'redis = "{redis}"\nstate = "{folder}/state"\nflow = "{flow}"\n[sip]\nport = 0\nrtp_ports = [{rtp}, {rtp + 998}]\n'


def parcel_call(running: Running, port: int, number: str, *acts: Act) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """A call in English: what the caller told, and how it ended for the house, with the prompts that were "said" in it."""
    told = call(port, "en", list(acts), number=number, until=lambda prompt: running.until_said(prompt, 30))
    outcome = running.until("outcome", 30)
    return told, {**outcome, "said": running.said(outcome["call"])}


async def in_memory(redis: str, ask: Callable[[Memory], Awaitable[T]]) -> T:
    """Ask the memory that the houses share; where Redis has just been started, once it is there."""
    with tempfile.TemporaryDirectory(prefix="asks-") as folder:
        async with asyncio.timeout(30), remembering(redis, Path(folder), op_ms=5000) as memory:
            while True:
                try:
                    return await ask(memory)
                except MemoryAway:
                    await asyncio.sleep(0.2)


def at_step(redis: str, number: str) -> Callable[[str], None]:
    """For a call to a house that tells nothing: waits until this caller's matter has come to the step that asks so."""

    def until(prompt: str) -> None:
        step, last = prompt.removesuffix(".text"), time.monotonic() + 60
        while step not in (steps := [matter.step for matter in known(redis, number).matters]):
            assert time.monotonic() < last, f"{steps}, not {step}"
            time.sleep(0.1)

    return until


def known(redis: str, number: str) -> Who:
    """What it holds of a caller."""
    return asyncio.run(in_memory(redis, lambda memory: memory.who(phone(number))))
