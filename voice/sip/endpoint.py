"""The SIP library and the one thread that may touch it (pjsua2, RFC 3261).

Everything about pjsua2 happens on one thread: creation, every call of it, `libHandleEvents`, destruction. Orders come in
through a queue and a wake-up; facts go out through `post`, which must not block (it is `loop.call_soon_threadsafe`).
pjsua's own workers are off (threadCnt 0), so its callbacks run on this thread too.
"""

from __future__ import annotations

import contextlib
import functools
import gc
import itertools
import logging
import threading
from collections import deque
from collections.abc import Callable, Collection, Iterable
from typing import TypeVar

import pjsua2 as pj

from native.bell import Bell
from native.clock import Clock
from native.port import Port, hush, library_calls, link, timers, unlink
from native.wake import Wake
from voice.clock import now_ns
from voice.errors import CallGone, ConfigError, HotlineError, SipError, WrongState
from voice.sip.configuration import account_configuration, configuration, listen
from voice.sip.door import Door
from voice.sip.facts import Fact, Headers, LegInfo
from voice.sip.leg import Account, Leg, attempt
from voice.sip.matrix import Matrix, Pair
from voice.trunk import CODECS, SipSettings, Transport

log = logging.getLogger(__name__)
T = TypeVar("T")
POLL_MS = 100  # orders, keys, packets of SIP and timers end the wait (native/wake.pyx)
LOOK_NS = 150_000_000  # the shortest limit is 1 s, and a sixth of it is when a call wants to be looked at (voice/sip/pulse.py)
HANG_UP_WAIT_S = 5.0
UNREGISTER_WAIT_S = 2.0


def perform(job: Callable[[], object]) -> None:
    """What goes wrong with it is ours to know, and stops nothing."""
    _, error = attempt(job)
    if error is not None:
        log.error("the SIP thread: %s", error)


class Endpoint:
    """The SIP thread. `start` and `close` block; `call` may be used from any thread.

    offer(info, port): a call came in. post(number, fact): something happened to a leg. Both are called on the SIP thread.
    """

    def __init__(
        self, settings: SipSettings, bell: Bell, offer: Callable[[LegInfo, Port], None], post: Callable[[int, Fact], None]
    ) -> None:
        self.settings, self.bell, self.offer, self.post = settings, bell, offer, post
        self.numbers = itertools.count(1)
        self.legs: dict[int, Leg] = {}
        self._seats: dict[int, int] = {}  # the library's call id -> number of the leg that has it now
        self._dead: dict[int, list[Leg]] = {}
        self.accounts: dict[str, Account] = {}
        self.ports: dict[Transport, int] = {}
        self.door = Door(settings)
        self.matrix = Matrix(link, unlink)
        self.beat_ns = now_ns()
        self._look_ns = 0
        self._wake, self._clock = Wake(), Clock()
        self._orders: deque[Callable[[], object]] = deque()
        self._begun = threading.Event()
        self._failure: HotlineError | None = None
        self._stop = self._ended = False
        self._thread = threading.Thread(target=self._run, name="sip", daemon=True)

    def start(self) -> None:
        """Run the SIP thread until it takes calls. Raises ConfigError (port in use, certificate) or SipError."""
        self._thread.start()
        self._begun.wait()
        if self._failure is not None:
            self._thread.join()
            raise self._failure

    def close(self) -> None:
        """Hang up what is left, shut the library down and end the thread."""
        self._stop = True
        self._wake.wake()
        self._thread.join(timeout=HANG_UP_WAIT_S * 3)
        if self._thread.is_alive():
            log.error("the SIP thread did not end")

    def soon(self, order: Callable[[], object]) -> None:
        """Do this on the SIP thread, at its next turn. Once that has ended, here and now: the order finds no leg and says so."""
        self._orders.append(order)
        self._wake.wake()
        if self._ended:
            self._obey()

    def call(self, number: int, order: Callable[[Leg], T], done: Callable[[T | None, Exception | None], object]) -> None:
        """Do `order(leg)` on the SIP thread and hand its result or error to `done` (called there)."""

        def run() -> None:
            leg = self.legs.get(number)
            if leg is None or leg.closing:
                done(None, CallGone())
            else:
                done(*attempt(functools.partial(order, leg)))

        self.soon(run)

    def dial(
        self, uri: str, trunk: str, headers: Headers, done: Callable[[tuple[LegInfo, Port] | None, Exception | None], object]
    ) -> None:
        """Place a call through a trunk. headers: of its INVITE."""

        def run() -> None:
            account = self.accounts.get(trunk)
            if self._stop:
                done(None, WrongState("no call can be placed any more: the house is closing"))
            elif account is None:
                done(None, ConfigError(f"no trunk is called {trunk!r}", f"Known: {', '.join(self.accounts) or 'none'}."))
            else:
                leg = Leg(self, account, account.trunk)
                done(*attempt(functools.partial(leg.dial, uri, headers)))
                leg.announced()

        self.soon(run)

    def seat(self, leg: Leg) -> None:
        """A call has begun: the library knows it by this id until it ends."""
        self.legs[leg.number] = leg
        self._seats[leg.getId()] = leg.number

    def bury(self, leg: Leg) -> None:
        """Let go of a call that has ended.

        The library's object would hang up whatever call has its id when it is destroyed, and ids are used again: it is kept
        until nobody sits there.
        """
        self.legs.pop(leg.number, None)
        seat = leg.getId()
        self._dead.setdefault(seat, []).append(leg)
        if self._seats.get(seat, leg.number) == leg.number:
            self._seats.pop(seat, None)
            del self._dead[seat]

    def bridge(self, one: Leg, number: int) -> None:
        """Put two calls through to each other, and to nobody else; each keeps its own port too (listening, whisper)."""
        other = self.legs.get(number)
        if other is None or other.closing or other is one:
            raise CallGone("the other call has ended")
        self.matrix.part(one.number)
        self.matrix.part(number)
        self.matrix.hear((one.number, number), ((one.number, number), (number, one.number)))

    def hear(self, among: Collection[int], pairs: Iterable[Pair]) -> None:
        """Among these legs exactly these pairs, speaker and listener, from now on; a leg that has ended is left out."""
        live = {number for number in among if number in self.legs and not self.legs[number].closing}
        self.matrix.hear(live, [pair for pair in pairs if live.issuperset(pair)])

    def _run(self) -> None:
        library = pj.Endpoint()
        _, error = attempt(functools.partial(self._set_up, library))
        if error is not None:
            self._failure = error if isinstance(error, HotlineError) else SipError(f"the SIP library does not start: {error}")
        self._begun.set()
        if self._failure is None:
            while not self._stop:
                self._turn(library, POLL_MS)
        perform(functools.partial(self._tear_down, library))
        perform(self._clock.stop)
        # What had to be waited for has been: the library need not wait a second more.
        perform(functools.partial(library.libDestroy, pj.PJSUA_DESTROY_NO_RX_MSG))
        del library
        self._ended = True
        self._obey()

    def _turn(self, library: pj.Endpoint, wait_ms: int) -> None:
        self.beat_ns = now_ns()
        self._obey()
        perform(functools.partial(library.libHandleEvents, wait_ms))
        if self.beat_ns >= self._look_ns:
            self._look_ns = self.beat_ns + LOOK_NS
            for leg in list(self.legs.values()):
                leg.feel_pulse(self.beat_ns)

    def _turn_while(self, waiting: Callable[[], bool], library: pj.Endpoint, limit_s: float) -> None:
        until = now_ns() + int(limit_s * 1e9)
        while waiting() and now_ns() < until:
            self._turn(library, 10)

    def _obey(self) -> None:
        """Do what was ordered."""
        with contextlib.suppress(IndexError):  # another thread may take the last one, once the SIP thread has ended
            while self._orders:
                perform(self._orders.popleft())

    def _set_up(self, library: pj.Endpoint) -> None:
        settings = self.settings
        hush()
        library.libCreate()
        library.libInit(configuration(settings))
        timers(settings.t1_ms)
        self.door.open()
        for transport in settings.transports:
            self.ports[transport] = listen(library, settings, transport)
        library.libStart()
        self._clock.start()
        for codec in library.codecEnum2():
            library.codecSetPriority(codec.codecId, 0)
        for rank, name in enumerate(settings.codecs):
            library.codecSetPriority(CODECS[name], 255 - rank)
        for index, trunk in enumerate(settings.trunks):
            account = Account(self, trunk)
            account.create(account_configuration(settings, trunk, self.ports), index == 0)
            self.accounts[trunk.name] = account
            self.door.assign(index, account.getId())
        self._wake.install()

    def _tear_down(self, library: pj.Endpoint) -> None:
        """The order matters: calls, accounts, ports, Python's references, the library."""
        if self._failure is None:
            self.door.drain(True)
            for leg in list(self.legs.values()):
                leg.hang_up(503)  # or BYE, or CANCEL, where it has got further
            self._turn_while(lambda: bool(self.legs or library_calls()), library, HANG_UP_WAIT_S)
            for leg in self.legs.values():
                leg.port.detach()
            for account in self.accounts.values():
                account.leave()
            self._turn_while(lambda: any(account.registered for account in self.accounts.values()), library, UNREGISTER_WAIT_S)
            for account in self.accounts.values():
                account.shutdown()
            for _ in range(5):
                self._turn(library, 10)
            self._wake.remove()
            self.door.close()
        self.legs.clear()
        self._dead.clear()
        self.accounts.clear()
        gc.collect()
