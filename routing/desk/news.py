"""News of the floor: what everybody there may see of it, gathered for a moment and encoded once for all pages that see the same.

A page gets the floor as it is (`whole`), then what has changed since (`gathered`): of the queue a window, with totals of all of it.
Each change stands there as it is now, so that a page that has it already, or is some changes ahead, is right again after it.
"""

from __future__ import annotations

from bisect import bisect_left, insort
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from routing.desk.dossier import public
from routing.floor.records import Event, Medium, Request
from routing.floor.states import LIVE, State
from routing.floor.store import ENCODER, Floor

DEPTH, DEPTH_MOST = 100, 1000  # of the window upon the queue: at first, and where a page asks for more
Values = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Audience:
    """Pages that see the same. wall: who has whom, too; depth: so many of those who wait."""

    wall: bool
    depth: int = DEPTH


class Queue:
    """Who waits, the longest first; by skill, too. What is kept of a request is what everybody may see of it."""

    def __init__(self) -> None:
        self._requests: dict[str, Values] = {}
        self._order: list[tuple[int, str]] = []
        self._of: dict[str, list[tuple[int, str]]] = {}
        self._live: dict[str, list[tuple[int, str]]] = {}  # of these, whoever holds a line: no mails

    def put(self, request: Values) -> None:
        self.drop(request["id"])
        at = (request["since_ms"], request["id"])
        self._requests[request["id"]] = request
        insort(self._order, at)
        for kept in self._kept(request):
            insort(kept.setdefault(request["skill"], []), at)

    def drop(self, name: str) -> None:
        request = self._requests.pop(name, None)
        if request is None:
            return
        at, skill = (request["since_ms"], name), request["skill"]
        del self._order[bisect_left(self._order, at)]
        for kept in self._kept(request):
            del kept[skill][bisect_left(kept[skill], at)]
            if not kept[skill]:
                del kept[skill]

    def _kept(self, request: Values) -> Sequence[dict[str, list[tuple[int, str]]]]:
        return (self._of,) if request["medium"] == Medium.MAIL else (self._of, self._live)

    def window(self, depth: int) -> dict[str, Values]:
        """The first so many."""
        return {name: self._requests[name] for _, name in self._order[:depth]}

    def totals(self) -> dict[str, Any]:
        """skills: of each in which somebody waits, how many, and since when the first of them by phone or chat, 0 for mails alone."""
        first = {skill: order[0][0] for skill, order in self._live.items()}
        return {
            "total": len(self._order),
            "skills": {skill: [len(order), first.get(skill, 0)] for skill, order in self._of.items()},
        }


@dataclass
class Changed:
    """Ids, since the last `gathered`."""

    requests: set[str] = field(default_factory=set)
    presences: set[str] = field(default_factory=set)
    operators: set[str] = field(default_factory=set)
    busy: set[str] = field(default_factory=set)

    def __bool__(self) -> bool:
        return bool(self.requests or self.presences or self.operators or self.busy)


class News:
    """`load` it, then `apply` every event after that."""

    def __init__(self) -> None:
        self.queue = Queue()
        self.operators: dict[str, Values] = {}
        self.presences: dict[str, Values] = {}
        self.busy: dict[str, Values] = {}
        self.changed = Changed()
        self._told: dict[int, dict[str, Values]] = {}  # depth -> the window that was told last

    async def load(self, floor: Floor) -> None:
        """Everything anew. Raises MemoryAway."""
        operators, presences = await floor.operators(), await floor.presences()
        waiting, live = await floor.waiting(), await floor.assignments()
        self.queue = Queue()
        for request in waiting:
            self.queue.put(public(request))
        self.operators = {one.id: known(one.values()) for one in operators}
        self.presences = {one.operator: one.values() for one in presences}
        self.busy = {one.id: dim(one.values()) for one in live}
        self.changed, self._told = Changed(), {}

    def apply(self, event: Event) -> bool:
        """One event; whether anything that is told here has changed."""
        data = event.data
        match event.kind:
            case "request.waiting" | "request.changed":
                self._request(data["request"])
            case "request.left":
                self._left(str(data["id"]))
            case "presence.changed":
                self._presence(data.get("presence"))
            case "operator.changed":
                self._operator(data)
            case "assignment.changed":
                self._presence(data.get("presence"))
                self._assignment(data["assignment"])
            case _:
                return False
        return bool(self.changed)

    def whole(self, audience: Audience) -> dict[str, Any]:
        """Everything, as it is."""
        return {
            "queue": {**self.queue.totals(), "first": list(self.queue.window(audience.depth).values())},
            "operators": list(self.operators.values()),
            "presences": list(self.presences.values()),
            "busy": list(self.busy.values()) if audience.wall else [],
        }

    def gathered(self, audiences: Iterable[Audience]) -> dict[Audience, str]:
        """What has changed, as the message for each of them; from now on it is told."""
        changed, self.changed = self.changed, Changed()
        wanted = set(audiences)
        totals = self.queue.totals() if changed.requests else None
        windows = {depth: self._window(depth, changed.requests, totals) for depth in {one.depth for one in wanted}}
        self._told = {depth: told for depth, told in self._told.items() if depth in windows}
        people = {
            "presences": [self.presences[name] for name in changed.presences if name in self.presences],
            "operators": [self.operators[name] for name in changed.operators if name in self.operators],
            "removed": [name for name in changed.operators if name not in self.operators],
        }
        wall = {
            "busy": [self.busy[name] for name in changed.busy if name in self.busy],
            "free": [name for name in changed.busy if name not in self.busy],
        }
        return {one: message("floor", windows[one.depth] | people | (wall if one.wall else {})) for one in wanted}

    # Inside

    def _window(self, depth: int, changed: set[str], totals: Values | None) -> dict[str, Any]:
        """What the window has gained and lost. Whoever came and went unseen is lost, too: a page may have seen him in between."""
        if totals is None:
            return {}
        now = self.queue.window(depth)
        told = self._told.get(depth, {})
        self._told[depth] = now
        gained = [request for name, request in now.items() if told.get(name) is not request]
        return {"queue": {**totals, "in": gained, "out": sorted((told.keys() | changed) - now.keys())}}

    def _request(self, values: Values) -> None:
        request = Request.unpack(values)
        if request.state != "waiting":
            self._left(request.id)
            return
        self.queue.put(public(request))
        self.changed.requests.add(request.id)

    def _left(self, name: str) -> None:
        self.queue.drop(name)
        self.changed.requests.add(name)

    def _presence(self, presence: Values | None) -> None:
        if presence:
            self.presences[presence["operator"]] = presence
            self.changed.presences.add(presence["operator"])

    def _operator(self, data: Values) -> None:
        if operator := data.get("operator"):
            self.operators[operator["id"]] = known(operator)
            self.changed.operators.add(operator["id"])
            return
        self.operators.pop(data["removed"], None)
        self.presences.pop(data["removed"], None)
        self.changed.operators.add(data["removed"])

    def _assignment(self, assignment: Values) -> None:
        if assignment["state"] == State.OFFERED and not assignment.get("parent"):
            self._left(assignment["request"])
        if assignment["state"] in LIVE:
            self.busy[assignment["id"]] = dim(assignment)
        else:
            self.busy.pop(assignment["id"], None)
        self.changed.busy.add(assignment["id"])


def message(kind: str, fields: Values) -> str:
    """As it goes out; what is empty is left out."""
    return encoded({"type": kind, **{name: value for name, value in fields.items() if value}})


def encoded(values: Values) -> str:
    return ENCODER.encode(values)


def dim(assignment: Values) -> dict[str, Any]:
    """Somebody else's assignment: who has what, and not what was written about it."""
    return {name: value for name, value in assignment.items() if name not in ("note", "history", "reasons")}


def known(operator: Values) -> dict[str, Any]:
    """A colleague: no address of his phone."""
    return {name: value for name, value in operator.items() if name not in ("uri", "trunk")}
