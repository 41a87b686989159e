"""The order that makes an operator's phone ring; the same whoever gives it (the desk when its page has painted, or the router without a page)."""

from __future__ import annotations

from typing import Any

from routing.floor.events import Nodes
from routing.floor.records import Assignment, Operator, Order, Request
from routing.floor.store import Floor

ORDER_MS = 10_000  # what was not done by then is not wanted any more


def ring(assignment: Assignment, request: Request, operator: Operator, now_ms: int) -> Order:
    """Once by the assignment's id. A promised call is called first, then the operator rings."""
    language = request.language or next(iter(request.summary), "en")
    data: dict[str, Any] = {
        "assignment": assignment.id, "request": request.id, "uri": operator.uri, "trunk": operator.trunk, "language": language,
        "whisper": request.summary.get(language, ""), "auto_answer": operator.answer == "desk",
    }  # fmt: skip
    if request.callback is not None:
        data["number"] = request.callback.number
    kind = "ring" if request.callback is None else "call_back"
    return Order(f"{assignment.id}-ring", kind, request.call, data, now_ms + ORDER_MS)


async def send(floor: Floor, nodes: Nodes, assignment: Assignment, request: Request, operator: Operator) -> bool:
    """Have his phone ring; False where there is none, or nothing to ring it. Raises MemoryAway.

    A promised call goes out from any node that lives, and belongs to that node from then on: its talk is held, handed on and ended there.
    """
    node = request.node
    if request.callback is not None and node not in await nodes.alive([node]):
        node = next(iter(await nodes.living()), node)
        if node != request.node:
            request = await floor.change(request.id, node=node) or request
    if not node or not operator.uri:
        return False
    await nodes.order(node, ring(assignment, request, operator, floor.now_ms()))
    return True
