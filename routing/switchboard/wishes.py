"""Wishes to be called back, from whatever channel (ivr.memory.callbacks): when their time has come they wait on the floor like callers.

From then on the floor has them: an operator is found as for anybody, and who does not answer is called again later.
"""

from __future__ import annotations

import asyncio
import logging

from ivr.memory.callbacks import Wish
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import Identity, Kind
from routing.floor.records import Callback, Medium, Request
from routing.switchboard.board import Board
from voice.errors import HotlineError

log = logging.getLogger(__name__)
EVERY_S = 5.0
WHY = "callback"


async def wishes(board: Board, every_s: float = EVERY_S) -> None:
    """Again and again, until cancelled. A house that may call nobody leaves them to others (webhooks)."""
    if not board.settings.callback.trunk:
        return
    while True:
        try:
            await enter_due(board)
        except MemoryAway:
            log.info("wishes to be called back are looked at later: Redis is away")
        except HotlineError as error:
            log.error("wishes to be called back: %s", error)
        await asyncio.sleep(every_s)


async def enter_due(board: Board) -> int:
    """Put whoever is to be called now on the floor; how many. Raises MemoryAway."""
    count = 0
    for wish in await board.memory.callbacks.due():
        if not board.settings.callback.allows(wish.number):
            log.warning("a wish to be called back is dropped: no rule allows its number")
            await board.memory.callbacks.drop(wish.id, "no rule allows this number")
            continue
        await board.floor.enter(request_of(wish, board.node))
        await board.memory.callbacks.done(wish.id)
        count += 1
    return count


def request_of(wish: Wish, node: str) -> Request:
    """The same for the same wish, whichever node enters it, so that he waits once."""
    return Request(
        f"wish{wish.created_ms:x}{wish.id}", Medium.CALL, "", wish.language, since_ms=wish.created_ms, matter=wish.matter,
        customer=wish.customer, identity=Identity(Kind.PHONE, wish.number).address, topic=wish.reason, node=node, why=WHY,
        callback=Callback(wish.number, wish.due_ms),
    )  # fmt: skip
