"""A call and the exchange that makes it, with a SIP thread that does everything at once."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest

from native.bell import Kind as Bell
from tests.fakes import FakeClip, FakeEndpoint, FakeLeg, gone, turns, up
from voice import exchange as exchange_module
from voice.call import Call
from voice.callstate import State
from voice.errors import CallGone, SipError, SpeechError, WrongState
from voice.events import Answered, Digit, HungUp, KeySource, MediaChanged, PromptCut, PromptFinished, Ringing, TransferResult
from voice.exchange import Exchange
from voice.recognizers.pool import Pool
from voice.sip.facts import LegKey, LegMedia, LegProgress, LegTransfer
from voice.trunk import SipSettings


class House:
    """An exchange without a library; `call` and `leg` are those of the newest call."""

    def __init__(self, exchange: Exchange, endpoint: FakeEndpoint) -> None:
        self.exchange, self.endpoint = exchange, endpoint

    async def rings(self, *, answered: bool = False) -> tuple[Call, FakeLeg]:
        leg = self.endpoint.rings()
        await turns()
        if answered:
            self.endpoint.happens(leg.number, up())
            await turns()
        return self.exchange.calls[leg.number], leg

    async def happens(self, call: Call, *facts: Any) -> None:
        for fact in facts:
            self.endpoint.happens(call.info.number, fact)
        await turns()


async def wait_for_the_end(call: Call) -> None:
    await call.gone.wait()


Open = Callable[[Callable[[Call], Awaitable[None]]], Awaitable[House]]


@pytest.fixture
async def opened(monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Open]:
    houses: list[House] = []
    monkeypatch.setattr(exchange_module, "Endpoint", FakeEndpoint)

    async def open_one(handler: Callable[[Call], Awaitable[None]]) -> House:
        exchange = Exchange(SipSettings(), Pool(1), handler)
        await exchange.start()
        houses.append(House(exchange, exchange.endpoint))  # type: ignore[arg-type]
        return houses[-1]

    yield open_one
    for house in houses:
        await house.exchange.close()
        assert house.exchange.calls == {}


@pytest.fixture
async def house(opened: Open) -> House:
    return await opened(wait_for_the_end)


async def test_a_call_from_ring_to_goodbye(house: House) -> None:
    call, leg = await house.rings()
    assert call.state is State.OFFERED
    await call.ring()
    await call.answer()
    await house.happens(call, LegMedia("PCMA", 8000, True, True, 4), up())
    assert call.state is State.UP
    await house.happens(call, gone())
    assert leg.did == [("respond", 180), ("respond", 200)]
    assert [type(event) async for event in call] == [MediaChanged, Answered, HungUp]
    assert (call.state, call.stats.received, house.exchange.calls) == (State.GONE, 7, {})


@pytest.mark.parametrize(("answered", "status", "ordered"), [(False, 0, 603), (False, 486, 486), (True, 0, 0)])
async def test_hanging_up_says_why_and_only_once(house: House, answered: bool, status: int, ordered: int) -> None:
    call, leg = await house.rings(answered=answered)
    await call.hang_up(status)
    await call.hang_up()
    await house.happens(call, up(), gone())
    await call.hang_up()
    assert leg.did == [("hang_up", ordered)]
    assert [event.by_us async for event in call if isinstance(event, HungUp)] == [True]


async def test_what_a_call_that_has_ended_cannot_do(house: House) -> None:
    call, _ = await house.rings(answered=True)
    await house.happens(call, gone())
    for deed in (
        call.answer,
        call.ring,
        call.hold,
        call.unhold,
        lambda: call.send_keys("1"),
        lambda: call.transfer("sip:x@y"),
        call.part,
    ):
        with pytest.raises(CallGone):
            await deed()
    await call.hang_up()


async def test_what_a_call_that_is_not_up_cannot_do(house: House) -> None:
    call, leg = await house.rings()
    for deed in (
        call.hold,
        call.unhold,
        lambda: call.send_keys("1"),
        lambda: call.transfer("sip:x@y"),
        lambda: call.bridge(call),
    ):
        with pytest.raises(WrongState, match="offered"):
            await deed()
    assert leg.did == []


async def test_a_caller_who_is_quicker_than_the_order(house: House) -> None:
    """The SIP thread knows that the call has ended; the loop does not yet."""
    call, _ = await house.rings(answered=True)
    house.endpoint.legs.clear()
    with pytest.raises(CallGone):
        await call.hold()
    await call.hang_up()
    await house.happens(call, gone())


async def test_what_the_library_refuses_is_told(house: House) -> None:
    call, leg = await house.rings(answered=True)
    leg.refuses = SipError("busy with another offer")
    with pytest.raises(SipError, match="another offer"):
        await call.hold()


async def test_a_call_of_ours_is_answered_or_not(house: House) -> None:
    call = await house.exchange.dial("sip:x@y", "local")
    assert call.state is State.DIALLING
    await house.happens(call, LegProgress(100, 1))
    assert call.state is State.DIALLING
    await house.happens(call, LegProgress(180, 1), LegProgress(183, 2))
    assert call.state is State.ALERTING
    await house.happens(call, up(), LegTransfer(202, False, 1), LegTransfer(200, True, 2), gone())
    assert [type(event) async for event in call] == [
        Ringing, Ringing, Ringing, Answered, TransferResult, TransferResult, HungUp,
    ]  # fmt: skip


async def test_one_who_gives_up_dialling_leaves_no_call_ringing(house: House, monkeypatch: pytest.MonkeyPatch) -> None:
    later: list[Callable[[], None]] = []
    dial = house.endpoint.dial
    monkeypatch.setattr(house.endpoint, "dial", lambda *order: later.append(lambda: dial(*order)))
    dialling = asyncio.create_task(house.exchange.dial("sip:x@y", "local"))
    await turns()
    dialling.cancel()
    await turns()
    later[0]()
    await turns()
    assert house.endpoint.legs[1].did == [("hang_up", 0)]


async def test_keys_stop_prompts_that_they_may_stop(house: House) -> None:
    call, _ = await house.rings(answered=True)
    for barge, ended in ((True, PromptCut), (False, PromptFinished)):
        call.play(FakeClip(), barge_keys=barge)  # type: ignore[arg-type]
        call.line.get()
        await house.happens(call, LegKey("1", KeySource.RFC4733, 1_000_000_000 * barge))
        for _ in range(30):
            call.line.get()
        house.exchange._rung()
        events = [await call.next(0) for _ in range(len(call.mailbox))]
        assert [type(event) for event in events if not isinstance(event, Answered)] == [Digit, ended]
        assert not call.playing


async def test_the_same_key_in_band_is_no_second_one(house: House) -> None:
    call, _ = await house.rings(answered=True)
    await house.happens(call, LegKey("1", KeySource.RFC4733, 0))
    call.on_sound(Bell.KEY, 0, 0, ord("1"), 1000, 0)
    assert [type(await call.next(0)) for _ in range(len(call.mailbox))] == [Answered, Digit]
    assert await call.next(0) is None


async def test_too_many_prompts_are_refused_in_words(house: House) -> None:
    call, _ = await house.rings(answered=True)
    for _ in range(64):
        call.play(FakeClip())  # type: ignore[arg-type]
    with pytest.raises(SpeechError, match="too many"):
        call.play(FakeClip())  # type: ignore[arg-type]


# The exchange.


async def test_a_handler_that_returns_or_fails_ends_its_call(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    async def handler(call: Call) -> None:
        await call.answer()
        if call.info.number == 2:
            raise ZeroDivisionError

    house = await opened(handler)
    for status in (603, 603):
        leg = house.endpoint.rings()
        await turns(10)
        assert leg.did == [("respond", 200), ("hang_up", status)]
    assert caplog.messages == ["call 2: the handler failed"]
    for number in (1, 2):
        house.endpoint.happens(number, gone())
    await turns()


async def test_a_call_that_ended_before_its_handler_knew_is_no_failure(opened: Open, caplog: pytest.LogCaptureFixture) -> None:
    house = await opened(lambda call: call.answer())
    leg = house.endpoint.rings()
    house.endpoint.happens(leg.number, gone(487))
    await turns()
    assert (house.exchange.calls, caplog.messages) == ({}, [])


async def test_a_handler_that_ignores_the_end_is_cancelled(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    cancelled = asyncio.Event()
    monkeypatch.setattr(exchange_module, "FAREWELL_S", 0.0)

    async def handler(call: Call) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            cancelled.set()

    house = await opened(handler)
    call, _ = await house.rings()
    await house.happens(call, gone())
    await asyncio.wait_for(cancelled.wait(), 20)


async def deaf_once(heard: list[str]) -> None:
    """Takes the first wish to end for a time-out of its own."""
    for _ in range(2):
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            heard.append("cancelled")


async def test_a_handler_that_hears_it_once_only_is_cancelled_again(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    over = asyncio.Event()
    monkeypatch.setattr(exchange_module, "FAREWELL_S", 0.0)

    async def handler(call: Call) -> None:
        await deaf_once(heard)
        over.set()

    house = await opened(handler)
    call, _ = await house.rings()
    await house.happens(call, gone())
    await asyncio.wait_for(over.wait(), 20)


async def test_closing_comes_to_an_end_and_cuts_off_nothing_that_is_kept(opened: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    heard: list[str] = []
    monkeypatch.setattr(exchange_module, "LAST_WORDS_S", 0.0)
    monkeypatch.setattr(exchange_module, "FAREWELL_S", 0.2)

    async def deaf(call: Call) -> None:
        await deaf_once(heard)

    async def keeps(call: Call) -> None:
        try:
            await asyncio.Event().wait()
        finally:
            await asyncio.sleep(0.02)
            heard.append("kept")

    for handler, wanted in ((deaf, ["cancelled", "cancelled"]), (keeps, ["kept"])):
        heard.clear()
        house = await opened(handler)
        await house.rings()
        await asyncio.wait_for(house.exchange.close(), 20)
        assert heard == wanted


async def test_closing_lets_handlers_write_down_the_end(opened: Open) -> None:
    written: list[int] = []

    async def handler(call: Call) -> None:
        async for event in call:
            if isinstance(event, HungUp):
                await turns(3)
                written.append(event.status)

    house = await opened(handler)
    await house.rings()
    await house.exchange.close()
    assert written == [200]
    assert house.endpoint.closed


async def test_news_of_calls_that_are_gone_are_no_news(house: House) -> None:
    call, _ = await house.rings()
    await house.happens(call, gone(), up(), gone())
    house.exchange.bell.put(call.info.number, Bell.KEY, detail=ord("1"))
    house.exchange._rung()
    assert house.exchange.calls == {}
