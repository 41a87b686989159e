"""The order that makes an operator's phone ring; the same whoever gives it (the desk when its page has painted, or the router without a page)."""

from __future__ import annotations

from typing import Any

from routing.floor.records import Assignment, Operator, Order, Request

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
