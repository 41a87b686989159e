"""Transfers and conferences: to another operator, whose assignment and page came before this order, or to an address that a rule allows.

    transfer_blind      he who answers has the caller; the first operator stays until then, unless he hangs up before
    consult             the operators talk, the caller hears music; then transfer_attended, conference or consult_end

A blind transfer to an address leaves the house where the trunk takes REFER (RFC 3515); elsewhere, and where the other side refuses
it, the leg is our own. Whoever cannot be reached leaves the talk as it was; had the first operator gone meanwhile, the caller waits
again in his old place.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from typing import Any

from routing.floor.states import Move
from routing.switchboard.conversation import Conversation
from routing.switchboard.orders import Deed, permitted
from routing.switchboard.party import Ring, Role
from voice.errors import SipError

REFER_S = 20.0  # for the other side to say what became of it


def second(talk: Conversation, data: Mapping[str, Any], *, blind: bool) -> Ring:
    """Who is to be called. data: uri, trunk, to (his assignment), whisper, language."""
    to, board = str(data.get("to") or ""), talk.board
    language = str(data.get("language") or talk.language)
    return Ring(
        to or f"second {board.now_ms()}", Role.SECOND, str(data["uri"]), board.trunk(str(data.get("trunk", ""))), board.routing.ring_s, to,
        str(data.get("whisper") or talk.summary.get(language, "")), language, (), blind,
    )  # fmt: skip


async def able(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """Whether there is a talk, nobody beside it, and the target is one that we may call."""
    busy = talk.front is None or talk.second is not None or talk.ringing.any(Role.SECOND)
    return not busy and bool(data.get("uri")) and await permitted(talk, str(data["uri"]))


async def transfer_blind(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """The caller goes to somebody else, who has not been asked."""
    front = talk.front
    if not await able(talk, data) or front is None:
        return False
    ring = second(talk, data, blind=True)
    await talk.hold()
    if not ring.assignment and talk.caller.info.trunk in talk.board.settings.refer:
        talk.start(refer(talk, ring))
    else:
        talk.ringing.call(ring)
    return True


async def refer(talk: Conversation, ring: Ring) -> None:
    """Ask the caller's side to call there itself; where it will not, we do."""
    talk.referred = asyncio.get_running_loop().create_future()
    try:
        await talk.caller.transfer(ring.uri)
        async with asyncio.timeout(REFER_S):
            status = await talk.referred
    except (SipError, TimeoutError):
        status = 0
    finally:
        talk.referred = None

    async def settle() -> None:
        front = talk.front
        if status // 100 != 2:
            talk.ringing.call(ring)
            return
        if front is not None:
            talk.fact("transferred", front.assignment, status)
            talk.move(front.assignment, Move.WRAP_UP, "transferred")
        await talk.caller.hang_up()

    talk.soon(settle)


async def consult(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """Ask a colleague: the caller waits with music, from now on."""
    if not await able(talk, data):
        return False
    await talk.hold()
    return talk.ringing.call(second(talk, data, blind=False))


async def transfer_attended(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """The colleague has the caller; the first is free."""
    if talk.front is None or talk.second is None:
        return False
    await talk.hand_over()
    return True


async def consult_end(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """The colleague goes, or rings no longer; the caller is back."""
    ringing = await talk.ringing.stop_role(Role.SECOND)
    for ring in ringing:
        talk.move(ring.assignment, Move.REFUSED, "rejected")
    if talk.second is not None:
        await talk.let_go(talk.second)
        return True
    return await talk.unhold() if ringing else False


async def conference(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """All three hear each other."""
    if talk.front is None or talk.second is None:
        return False
    talk.consulting = False
    await talk.unhold()
    talk.fact("conference", talk.front.assignment)
    return True


DEEDS: dict[str, Deed] = {
    "transfer_blind": transfer_blind,
    "consult": consult,
    "transfer_attended": transfer_attended,
    "consult_end": consult_end,
    "conference": conference,
}
