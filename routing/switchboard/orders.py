"""What operators and the router order of a conversation, one function an order; each answers by facts.

An order that makes no sense now (nobody is held, nobody rings) changes nothing and is told as the fact "refused".
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Any

from ivr.memory.errors import MemoryAway
from routing.floor.records import Order
from routing.floor.states import Move
from routing.switchboard import legs
from routing.switchboard.conversation import Conversation
from routing.switchboard.party import Ring, Role
from routing.switchboard.ringing import Missed
from voice.errors import HotlineError

Deed = Callable[[Conversation, Mapping[str, Any]], Awaitable[bool]]


async def obey(deeds: Mapping[str, Deed], talk: Conversation, order: Order) -> None:
    """Do it, or say that it cannot be done. deeds: by kind of the order."""
    deed, data = deeds.get(order.kind), order.data
    if talk.second is not None and talk.second.assignment == data.get("assignment"):
        deed = leave if order.kind == "hang_up" else None  # the talk is his who asked for advice
    late = 0 < order.deadline_ms < talk.board.now_ms()
    try:
        done = deed is not None and not late and await deed(talk, data)
    except (HotlineError, KeyError):
        done = False  # or an order without what it needs
    if not done:
        refuse(talk, order)


def refuse(talk: Conversation, order: Order) -> None:
    """It is not done; who was to be rung, or has the page of a transfer that does not come, is free again."""
    assignment, to = str(order.data.get("assignment", "")), str(order.data.get("to") or "")
    talk.fact("refused", assignment, order=order.kind, id=order.id)
    if order.kind == "ring":
        talk.move(assignment, Move.REFUSED, "late")
    if to not in {one.assignment for one in (*talk.ringing.rings, *(party.ring for party in talk.parties))}:
        talk.move(to, Move.REFUSED, "late")  # unless he is here already: it was ordered twice


async def ring(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """Call the operator's phone and put him through to the caller; once for an assignment."""
    assignment = str(data["assignment"])
    board = talk.board
    headers = legs.answering(board.address) if data.get("auto_answer") else ()
    talk.ringing.call(
        Ring(
            assignment, Role.FRONT, str(data["uri"]), board.trunk(str(data.get("trunk", ""))), board.routing.ring_s, assignment,
            str(data.get("whisper") or ""), str(data.get("language") or ""), headers,
        )
    )  # fmt: skip
    return True


async def hang_up(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """who: "caller", "all": the talk ends. "operator": he is sent away, or his phone stops ringing."""
    assignment = str(data.get("assignment", ""))
    if data.get("who") in ("caller", "all"):
        await talk.caller.hang_up()
        return True
    if (ring := await talk.ringing.stop(assignment)) is not None:
        await talk.missed(Missed(ring, "rejected"))  # as if he had declined on his phone
        return True
    party = next((one for one in talk.parties if one.assignment == assignment), talk.front if not assignment else None)
    if party is not None:
        await talk.let_go(party)
    return party is not None


async def leave(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """Who was asked for advice goes; the caller is not his to send away."""
    if talk.second is not None:
        await talk.let_go(talk.second)
    return True


async def hold(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """The caller hears music, the operator nothing."""
    return await talk.hold()


async def unhold(talk: Conversation, data: Mapping[str, Any]) -> bool:
    return talk.second is None and await talk.unhold()  # with a colleague there, it is consult_end or conference


async def keys(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """Keys to the caller's side, as its own telephone would send them."""
    digits = str(data.get("digits", ""))
    if not digits or len(digits) > 64 or not set(digits) <= set("0123456789*#ABCD"):
        return False
    await talk.caller.send_keys(digits)
    return True


async def record_pause(talk: Conversation, data: Mapping[str, Any]) -> bool:
    if not talk.taping.running:
        return False
    talk.taping.pause()
    return True


async def record_go_on(talk: Conversation, data: Mapping[str, Any]) -> bool:
    if not talk.taping.running:
        return False
    talk.taping.go_on()
    return True


async def listen(talk: Conversation, data: Mapping[str, Any]) -> bool:
    """A supervisor's phone is called; he hears all, and is heard by nobody."""
    uri, who = str(data["uri"]), str(data.get("supervisor") or data["uri"])
    if talk.front is None or not await permitted(talk, uri):
        return False
    trunk = talk.board.trunk(str(data.get("trunk", "")))
    if who not in talk.listeners:
        talk.ringing.forget(who)  # he may listen again after he went
    return talk.ringing.call(Ring(who, Role.LISTENER, uri, trunk, talk.board.routing.ring_s))


async def listen_end(talk: Conversation, data: Mapping[str, Any]) -> bool:
    who = str(data.get("supervisor", ""))
    if await talk.ringing.stop(who) is not None:
        return True
    party = talk.listeners.get(who)
    if party is not None:
        await talk.let_go(party)
    return party is not None


async def permitted(talk: Conversation, uri: str) -> bool:
    """Whether we may call there; nobody can say so while Redis is away, and then we may not."""
    try:
        return await talk.board.allowed(uri)
    except MemoryAway:
        return False


DEEDS: dict[str, Deed] = {
    "ring": ring,
    "hang_up": hang_up,
    "hold": hold,
    "unhold": unhold,
    "keys": keys,
    "record_pause": record_pause,
    "record_go_on": record_go_on,
    "listen": listen,
    "listen_end": listen_end,
}
