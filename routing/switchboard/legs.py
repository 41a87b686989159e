"""The leg to somebody's phone: it rings until it is answered, or until it is known why not. Nothing of the floor here.

busy           486, 600                   no_answer     rang to the end of its time, 408, 480, 487
rejected       603, 401 to 403, 606       unreachable   nothing came back at all, 404, 410, 484, 5xx, ...
silent         answered, and sends no sound
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from voice import events as on
from voice.call import Call
from voice.clock import now_ns
from voice.errors import ConfigError, SipError
from voice.exchange import Exchange
from voice.sip.facts import Headers
from voice.sip.pulse import LOOKS, Pulse

REACH_S = 6.0  # RFC 3261 section 17.1.1.2: T1 doubles; after the fourth INVITE without any answer nobody is there
LOOK_S = 0.1
WHISPER_S = 12.0
STATUSES = {486: "busy", 600: "busy", 408: "no_answer", 480: "no_answer", 487: "no_answer"}
REJECTED = {401, 402, 403, 407, 433, 603, 606, 607, 608}


@dataclass(frozen=True, slots=True)
class Rung:
    """What came of ringing: the call, or why there is none, with the SIP status behind it (0: none came)."""

    call: Call | None
    why: str = ""
    status: int = 0


def reason(status: int) -> str:
    """Why there is no call, by the final status (RFC 3261 section 21)."""
    return STATUSES.get(status) or ("rejected" if status in REJECTED else "unreachable")


def answering(address: str) -> Headers:
    """Headers by which telephones answer by themselves: Call-Info with answer-after (Snom, Yealink, Grandstream) and Alert-Info as
    Polycom, Cisco, Yealink and others know it."""
    return (
        ("Call-Info", f"<{address}>;answer-after=0"),
        ("Alert-Info", "<http://127.0.0.1>;info=alert-autoanswer;delay=0"),
    )


async def ring(
    exchange: Exchange, uri: str, trunk: str, ring_s: float, rings: Callable[[int], None], headers: Headers = ()
) -> Rung:
    """Call somebody's phone; `rings(status)` when it rings. Cancelled, it takes the call back (CANCEL)."""
    try:
        call = await exchange.dial(uri, trunk, headers)
    except (SipError, ConfigError) as error:
        return Rung(None, "unreachable", getattr(error, "status", 0))
    try:
        return await _answered(call, ring_s, rings)
    except BaseException:
        await hang_up(call)
        raise


async def _answered(call: Call, ring_s: float, rings: Callable[[int], None]) -> Rung:
    reached = rang = False
    until = now_ns() + round(ring_s * 1e9)
    while (left_s := (until - now_ns()) / 1e9) > 0:
        match await call.next(left_s if reached else min(REACH_S, left_s)):
            case None if not reached:
                await call.hang_up()
                return Rung(None, "unreachable")
            case on.Ringing(status=status):
                reached = True
                if status >= 180 and not rang:
                    rang = True
                    rings(status)
            case on.Answered():
                return Rung(call)
            case on.HungUp(status=status):
                return Rung(None, reason(status), status)
    await call.hang_up()
    return Rung(None, "no_answer")


async def hang_up(call: Call) -> None:
    """End a leg, also out of a task that is being cancelled."""
    await asyncio.shield(asyncio.ensure_future(call.hang_up()))


async def sounds(call: Call, within_s: float) -> bool:
    """Whether any sound comes from there within this time; False also where the call ends meanwhile."""
    until = now_ns() + round(within_s * 1e9)
    try:
        while not await call.received():
            if now_ns() > until:
                return False
            await asyncio.sleep(LOOK_S)
    except SipError:
        return False
    return True


async def through(call: Call, prompt: int, limit_s: float = WHISPER_S) -> bool:
    """Wait until this prompt has been heard, or cut by a key; False where the call has ended."""
    until = now_ns() + round(limit_s * 1e9)
    while (left_s := (until - now_ns()) / 1e9) > 0:
        match await call.next(left_s):
            case on.PromptFinished(prompt=ended) | on.PromptCut(prompt=ended) if ended == prompt:
                return True
            case on.HungUp():
                return False
    return True


async def lost(call: Call, without_s: float, excused: Callable[[], bool], clock: Callable[[], int] = now_ns) -> bool:
    """Wait until no packet has come for so long, the time in which that is `excused` left out: the telephone is dead, and no BYE will come.

    False where the call has ended before.
    """
    pulse = Pulse(without_s)
    pulse.begin(clock())
    while True:
        await asyncio.sleep(without_s / LOOKS)
        try:
            came = await call.received()
        except SipError:
            return False
        if pulse.quiet(came, clock()) >= 1 and not excused():
            return True
        if excused():
            pulse.sign(clock())
