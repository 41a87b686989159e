"""The mailbox: in order, never full, and the only thing that can be lost in it is a partial."""

from __future__ import annotations

import asyncio

import pytest
from hypothesis import given
from hypothesis import strategies as st

from voice.events import Digit, Event, Final, HungUp, KeySource, Partial
from voice.mailbox import Mailbox


def partial(number: int) -> Partial:
    return Partial(at_ns=number, text="w", engine="e")


def digit(number: int) -> Digit:
    return Digit(at_ns=number, key="1", source=KeySource.INFO)


def final(number: int) -> Final:
    return Final(at_ns=number, text="w", score=1.0, engine="e", begin_sample=0, end_sample=1)


def hung_up(number: int) -> HungUp:
    return HungUp(at_ns=number, status=200, reason="", by_us=False)


async def test_events_come_in_order_and_a_reader_waits() -> None:
    box = Mailbox()
    waiting = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put(digit(1))
    box.put(digit(2))
    assert [await waiting, await box.get()] == [digit(1), digit(2)]


async def test_a_reader_that_gives_up_takes_nothing_along() -> None:
    box = Mailbox()
    for number in range(3):
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0):
                await box.get()
        box.put(digit(number))
        assert await box.get() == digit(number)


async def test_a_reader_that_is_cancelled_as_the_event_comes_leaves_it() -> None:
    box = Mailbox()
    waiting = asyncio.create_task(box.get())
    await asyncio.sleep(0)
    box.put(digit(1))
    waiting.cancel()
    with pytest.raises(asyncio.CancelledError):
        await waiting
    assert await box.get() == digit(1)


def test_the_oldest_partial_makes_room() -> None:
    box = Mailbox(room=3)
    for event in (digit(1), partial(2), partial(3), final(4)):
        box.put(event)
    assert (list(box._events), box.lost_partials) == ([digit(1), partial(3), final(4)], 1)


def test_a_partial_finds_no_room_among_what_matters() -> None:
    box = Mailbox(room=2)
    for event in (digit(1), digit(2), partial(3), digit(4)):
        box.put(event)
    assert (list(box._events), box.lost_partials) == ([digit(1), digit(2), digit(4)], 1)


MAKERS = (partial, partial, partial, digit, final, hung_up)


@given(kinds=st.lists(st.sampled_from(MAKERS), max_size=60), room=st.integers(1, 12))
def test_whatever_comes_no_key_no_word_and_no_end_is_lost(kinds: list[object], room: int) -> None:
    sent: list[Event] = [make(number) for number, make in enumerate(kinds)]  # type: ignore[operator]
    box = Mailbox(room)
    for event in sent:
        box.put(event)
    kept = list(box._events)
    assert [event for event in kept if not isinstance(event, Partial)] == [
        event for event in sent if not isinstance(event, Partial)
    ]
    assert kept == sorted(kept, key=lambda event: event.at_ns)
    assert len(kept) + box.lost_partials == len(sent)
    assert sum(isinstance(event, Partial) for event in kept) <= room
