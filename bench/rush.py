"""Calls that come at a steady rate while others are up: each is placed, answered, hears its first packet, lingers and hangs up.

One thread, one SIP socket, one RTP socket a call; arrivals are the kernel's. The next call comes when its time has come, however the others fare.
"""

from __future__ import annotations

import select
import socket
import threading
import time
from dataclasses import dataclass

from bench.sip import T1_S, Address, Dialog, Phone, receive, stamped_socket
from bench.swarm import Swarm
from bench.wire import background

LINGER_S = 0.5
ANSWER_S, SOUND_S, BYE_S = 8.0, 3.0, 4.0
LOOK_S = 0.005


@dataclass(slots=True, eq=False)
class Attempt:
    """One call of the rush. Times are CLOCK_MONOTONIC nanoseconds; 0 is not yet. failed: why it is none, empty where it is one."""

    dialog: Dialog
    socket: socket.socket
    again_ns: int = 0
    first_ns: int = 0
    bye_ns: int = 0
    failed: str = ""
    over: bool = False

    @property
    def invite_to_200_ms(self) -> float:
        return (self.dialog.answered_ns - self.dialog.invite_ns) / 1e6

    @property
    def ack_to_first_ms(self) -> float:
        """0 where the first packet was there before the ACK had left."""
        return max(0.0, (self.first_ns - self.dialog.ack_ns) / 1e6)

    def step(self, phone: Phone, now_ns: int) -> None:
        """What its time has come for: send again, hang up, give up."""
        dialog = self.dialog
        if dialog.status >= 300:
            self._fail(f"refused with {dialog.status}")
        elif not dialog.answered_ns:
            self._patiently(phone, now_ns, dialog.invite_ns, ANSWER_S, "no answer to the INVITE")
        elif dialog.gone and not self.bye_ns:
            self._fail("the house hung up")
        elif not self.first_ns:
            if now_ns - dialog.answered_ns > SOUND_S * 1e9:
                self._fail("no packet")
        elif not self.bye_ns:
            if now_ns - self.first_ns > LINGER_S * 1e9:
                phone.bye(dialog)
                self.bye_ns = self.again_ns = now_ns
        elif "BYE" in dialog.pending:
            self._patiently(phone, now_ns, self.bye_ns, BYE_S, "no answer to the BYE")
        else:
            self.over = True

    def hear(self, offset_ns: int) -> None:
        """Take what came in; the first packet of its own call counts, not a late one of whoever had this port before."""
        while (found := receive(self.socket, offset_ns)) is not None:
            if not self.first_ns and self.dialog.answered_ns and found[2] == self.dialog.media:
                self.first_ns = found[1]

    def _patiently(self, phone: Phone, now_ns: int, since_ns: int, limit_s: float, why: str) -> None:
        if now_ns - since_ns > limit_s * 1e9:
            self._fail(f"{why} within {limit_s:g} s")
        elif now_ns - max(self.again_ns, since_ns) > T1_S * 1e9:
            phone.again(self.dialog)
            self.again_ns = now_ns

    def _fail(self, why: str) -> None:
        self.failed, self.over = why, True


class Held:
    """So many calls that stay up: quiet callers. One that the house ends is placed anew. `with Held(address, 200) as held: held.serve()`."""

    def __init__(self, gateway: Address, calls: int) -> None:
        self.phone = Phone(gateway)
        self.swarm = Swarm(b"".join(background()), calls)
        self.dialogs: list[Dialog] = []
        self.anew = 0
        self._aimed = [False] * calls
        self._sender = threading.Thread(target=self.swarm.run, args=(3600.0,), daemon=True)

    def __enter__(self) -> Held:
        try:
            self._sender.start()
            for caller in range(self.swarm.calls):
                self.dialogs.append(self.phone.call(self.swarm.port(caller)))
                self._aim(caller)
                time.sleep(0.01)
                self.serve()
        except BaseException:
            self.__exit__()
            raise
        return self

    def __exit__(self, *_: object) -> None:
        try:
            for dialog in self.dialogs:
                if dialog.answered_ns:
                    self.phone.hang_up(dialog)
        finally:
            self.swarm.stop()
            self._sender.join(timeout=5)
            self.phone.close()

    @property
    def up(self) -> int:
        return sum(bool(dialog.answered_ns) and not dialog.gone for dialog in self.dialogs)

    def serve(self) -> None:
        """Answer what came in, and call again for those whose talk has ended."""
        self.phone.serve()
        for caller, dialog in enumerate(self.dialogs):
            if dialog.gone:
                self.swarm.rest(caller)
                self._aimed[caller] = False
                self.dialogs[caller] = self.phone.invite(self.swarm.port(caller))
                self.anew += 1
            elif dialog.answered_ns and not self._aimed[caller]:
                self._aim(caller)

    def _aim(self, caller: int) -> None:
        self.swarm.aim(caller, *self.dialogs[caller].media)
        self._aimed[caller] = True


def rush(gateway: Address, held: Held, rate: float, calls: int) -> list[Attempt]:
    """So many calls, `rate` a second; returns when the last one is over."""
    found: list[Attempt] = []
    going: dict[int, Attempt] = {}
    with Phone(gateway) as phone, select.epoll() as poll:
        poll.register(phone.socket.fileno(), select.EPOLLIN)
        poll.register(held.phone.socket.fileno(), select.EPOLLIN)
        begun = time.monotonic_ns()
        looked = 0
        while len(found) < calls or going:
            now = time.monotonic_ns()
            if len(found) < calls and now >= begun + len(found) / rate * 1e9:
                place = stamped_socket()
                attempt = Attempt(phone.invite(place.getsockname()[1]), place)
                found.append(attempt)
                going[place.fileno()] = attempt
                poll.register(place.fileno(), select.EPOLLIN)
            for number, _ in poll.poll(LOOK_S):
                if number == phone.socket.fileno():
                    phone.serve()
                elif number in going:
                    going[number].hear(phone.offset_ns)
            now = time.monotonic_ns()
            if now - looked < LOOK_S * 1e9:
                continue
            looked = now
            held.serve()
            for number, attempt in list(going.items()):
                attempt.step(phone, now)
                if attempt.over:
                    poll.unregister(number)
                    attempt.socket.close()
                    del going[number]
                    phone.dialogs.pop(attempt.dialog.call_id, None)
    return found
