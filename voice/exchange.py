"""The house's calls: starts the SIP endpoint, makes a `Call` of every leg, and passes on what happens to it."""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Collection
from functools import partial
from typing import TYPE_CHECKING

from native.bell import Bell
from native.playlist import Pcm
from native.port import Port
from voice.call import Call
from voice.clock import now_ns
from voice.errors import CallGone
from voice.recognizers.pool import Pool
from voice.sip.endpoint import Endpoint
from voice.sip.facts import Fact, Headers, LegGone, LegInfo
from voice.tasks import ended
from voice.trunk import SipSettings

if TYPE_CHECKING:
    from voice.speech.mouth import Clip

log = logging.getLogger(__name__)
PROMPTS_KEPT = 512
STUCK_NS = 2_000_000_000
FAREWELL_S = 5.0
LAST_WORDS_S = 1.0


class Exchange:
    """All calls of this process.

    handler: what to do with a call that comes in; its task is cancelled 5 s after the call has ended. pool: the
    recognisers' workers, started and closed by whoever made it.
    """

    def __init__(self, settings: SipSettings, pool: Pool, handler: Callable[[Call], Awaitable[None]]) -> None:
        self.settings, self.pool, self.handler = settings, pool, handler
        self.calls: dict[int, Call] = {}
        self.bell = Bell()
        self.endpoint: Endpoint | None = None
        self._tasks: dict[int, asyncio.Task[None]] = {}
        self._prompts: OrderedDict[str, Pcm] = OrderedDict()
        self._endings: set[asyncio.Task[None]] = set()
        self._watch: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Take calls from now on. Raises ConfigError where a port is taken or a file is missing."""
        loop = asyncio.get_running_loop()

        def offer(info: LegInfo, port: Port) -> None:
            loop.call_soon_threadsafe(self._offered, info, port)

        def post(number: int, fact: Fact) -> None:
            loop.call_soon_threadsafe(self._happened, number, fact)

        self.endpoint = Endpoint(self.settings, self.bell, offer, post)
        await asyncio.to_thread(self.endpoint.start)
        loop.add_reader(self.bell.fileno(), self._rung)
        self._watch = asyncio.create_task(self._watch_over())

    async def __aenter__(self) -> Exchange:
        await self.start()
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """End every call and the endpoint; returns when nothing is left."""
        loop = asyncio.get_running_loop()
        await ended([self._watch])
        if self.endpoint is not None:
            await asyncio.to_thread(self.endpoint.close)
            loop.remove_reader(self.bell.fileno())
        await asyncio.sleep(0)  # the last facts were posted just now
        tasks = list(self._tasks.values())
        self._tasks.clear()  # nobody else cancels them now: twice soon would cut off what they keep at their end
        if tasks:
            await asyncio.wait(tasks, timeout=LAST_WORDS_S)  # they have heard that all is over; let them write it down
        await ended(tasks, FAREWELL_S)
        self.calls.clear()

    def drain(self, on: bool = True) -> None:
        """Take no new calls (503), let the others finish."""
        assert self.endpoint is not None
        self.endpoint.soon(partial(self.endpoint.door.drain, on))

    async def dial(self, uri: str, trunk: str, headers: Headers = ()) -> Call:
        """Place a call; `Answered` or `HungUp` follows. headers: of its INVITE. Raises SipError or ConfigError where it cannot be placed."""
        assert self.endpoint is not None
        loop = asyncio.get_running_loop()
        future: asyncio.Future[Call] = loop.create_future()

        def settle(found: tuple[LegInfo, Port] | None, error: Exception | None) -> None:
            if found is not None:
                call = self._enter(*found)
                if future.done():  # whoever dialled was cancelled meanwhile
                    self._endings.add(ending := asyncio.create_task(call.hang_up()))
                    ending.add_done_callback(self._endings.discard)
                else:
                    future.set_result(call)
            elif not future.done():
                future.set_exception(error or RuntimeError("dialling gave neither a call nor an error"))

        self.endpoint.dial(uri, trunk, headers, lambda found, error: loop.call_soon_threadsafe(settle, found, error))
        return await future

    async def hear(self, among: Collection[Call], pairs: Collection[tuple[Call, Call]]) -> None:
        """Among these calls exactly these pairs, who speaks and who hears it, from now on. One that has ended is left out."""
        assert self.endpoint is not None
        loop, done = asyncio.get_running_loop(), asyncio.Event()
        numbers = {call.info.number for call in among}
        wanted = [(one.info.number, other.info.number) for one, other in pairs]
        endpoint = self.endpoint

        def order() -> None:
            try:
                endpoint.hear(numbers, wanted)
            finally:
                loop.call_soon_threadsafe(done.set)

        endpoint.soon(order)
        await done.wait()

    def pcm(self, clip: Clip) -> Pcm:
        """The clip's sound in native memory: one copy for all calls."""
        found = self._prompts.get(clip.key)
        if found is None:
            found = self._prompts[clip.key] = Pcm(clip.pcm, clip.rate_hz)
            while len(self._prompts) > PROMPTS_KEPT:
                self._prompts.popitem(last=False)
        self._prompts.move_to_end(clip.key)
        return found

    def _enter(self, info: LegInfo, port: Port) -> Call:
        assert self.endpoint is not None
        call = Call(info, port, self.endpoint, self.pool, self.pcm)
        self.calls[info.number] = call
        return call

    def _offered(self, info: LegInfo, port: Port) -> None:
        call = self._enter(info, port)
        self._tasks[info.number] = task = asyncio.create_task(self._handle(call), name=f"call {info.number}")
        task.add_done_callback(lambda _: self._tasks.pop(info.number, None))

    async def _handle(self, call: Call) -> None:
        """Whatever becomes of the handler, the call ends with it."""
        try:
            await self.handler(call)
        except CallGone:
            log.debug("call %d: ended before its handler knew", call.info.number)
        except Exception:
            log.exception("call %d: the handler failed", call.info.number)
        finally:
            await call.hang_up()

    def _happened(self, number: int, fact: Fact) -> None:
        call = self.calls.get(number)
        if call is None:
            return
        call.on_fact(fact)
        if isinstance(fact, LegGone):
            del self.calls[number]
            asyncio.get_running_loop().call_later(FAREWELL_S, self._dismiss, number)

    def _dismiss(self, number: int) -> None:
        """End the handler of a call that has ended, and again where it took that for a time-out of its own (voice/tasks.py)."""
        if (task := self._tasks.get(number)) is not None:
            task.cancel()
            asyncio.get_running_loop().call_later(FAREWELL_S, self._dismiss, number)

    def _rung(self) -> None:
        for number, *event in self.bell.take():
            call = self.calls.get(number)
            if call is not None:
                call.on_sound(*event)

    async def _watch_over(self) -> None:
        """Say so where the SIP thread stands still (its heart beats at every turn)."""
        lost = 0
        while True:
            await asyncio.sleep(1.0)
            assert self.endpoint is not None
            if now_ns() - self.endpoint.beat_ns > STUCK_NS:
                log.error("the SIP thread has not turned for %.1f s", (now_ns() - self.endpoint.beat_ns) / 1e9)
            if self.bell.lost > lost:
                log.error("%d events of the sound were lost: the loop is too slow", self.bell.lost - lost)
                lost = self.bell.lost
