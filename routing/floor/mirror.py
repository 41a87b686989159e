"""The floor as one process sees it: loaded whole, then changed by every event. The board of who waits and who is free; what is live; who is with whom."""

from __future__ import annotations

import heapq
from collections.abc import Mapping
from typing import Any

from routing.floor.board import Board
from routing.floor.records import Assignment, Event, Medium, Operator, Presence, Request
from routing.floor.settings import RoutingSettings
from routing.floor.states import LIVE, State
from routing.floor.store import Floor

RING_SLACK_S = 5.0  # the phone node itself ends a ring that nobody answers; this is for one that does not
MAIL_PATIENCE = 20.0  # a mail may lie on the page for so many times as long as a phone rings
MINUTE_MS = 60_000


class Mirror:
    """`load` it, then `apply` every event after that. board: for match. people: requests that are offered or with somebody; live: assignments."""

    def __init__(self, settings: RoutingSettings) -> None:
        self.settings = settings
        self.board = Board(settings)
        self.people: dict[str, Request] = {}
        self.live: dict[str, Assignment] = {}
        self._due: list[tuple[int, str]] = []

    def operator(self, name: str) -> Operator | None:
        found = self.board.standing.get(name)
        return found.operator if found else None

    async def load(self, floor: Floor) -> None:
        """Everything anew. Raises MemoryAway."""
        now = floor.now_ms()
        operators, presences = await floor.operators(), await floor.presences()
        waiting, people, live = await floor.waiting(), await floor.with_people(), await floor.assignments()
        self.board = Board(self.settings)
        for operator in operators:
            self.board.put_operator(operator, now)
        for presence in presences:
            self.board.put_presence(presence, now)
        for request in waiting:
            self.board.put_request(request, now)
        self.people = {request.id: request for request in people}
        self.live, self._due = {}, []
        for assignment in live:
            self.put_assignment(assignment)

    def apply(self, event: Event) -> None:
        """One event; of a kind that is not the mirror's it is nothing."""
        data, now = event.data, event.at_ms
        match event.kind:
            case "operator.changed":
                if data["operator"]:
                    self.board.put_operator(Operator.unpack(data["operator"]), now)
                else:
                    self.board.drop_operator(data["removed"], now)
            case "presence.changed":
                self.board.put_presence(Presence.unpack(data["presence"]), now)
            case "request.waiting" | "request.changed":
                self.put_request(Request.unpack(data["request"]), now)
            case "request.left":
                self.board.drop_request(data["id"])
                self.people.pop(data["id"], None)
            case "assignment.changed":
                self._assignment(data, now)

    def put_request(self, request: Request, now_ms: int) -> None:
        """As it is now: waiting, with somebody, or over."""
        self.people.pop(request.id, None)
        if request.state == "waiting":
            self.board.put_request(request, now_ms)
            return
        self.board.drop_request(request.id)
        if request.state in ("offered", "with"):
            self.people[request.id] = request

    def _assignment(self, data: Mapping[str, Any], now_ms: int) -> None:
        if data.get("presence"):
            self.board.put_presence(Presence.unpack(data["presence"]), now_ms)
        told = data["assignment"]
        known = self.live.get(told["id"])
        if known is not None and known.state is State.OFFERED and told["state"] == State.OFFERED:
            return  # this process claimed it
        assignment = Assignment.unpack(told)
        if assignment.state is State.OFFERED and not assignment.parent and assignment.request in self.board.waiting:
            self.people[assignment.request] = self.board.waiting[assignment.request].request
            self.board.drop_request(assignment.request)
        self.put_assignment(assignment)

    def put_assignment(self, assignment: Assignment) -> None:
        if assignment.state not in LIVE:
            self.live.pop(assignment.id, None)
            return
        self.live[assignment.id] = assignment
        due = self.due_ms(assignment)
        if due is not None:
            heapq.heappush(self._due, (due, assignment.id))
            if len(self._due) > 256 + 4 * len(self.live):  # who only looks on takes none of them off
                self._due = [entry for entry in self._due if entry[1] in self.live]
                heapq.heapify(self._due)

    def due_ms(self, assignment: Assignment) -> int | None:
        """When it must not be in this state any longer; None where it may for ever."""
        settings = self.settings
        match assignment.state, assignment.medium:
            case State.OFFERED, _:
                return assignment.since_ms + settings.pop_ms
            case ((State.SHOWN | State.RINGING), medium):
                patience_s = settings.ring_s * (MAIL_PATIENCE if medium is Medium.MAIL else 1.0)
                return assignment.since_ms + round(1000 * (patience_s + RING_SLACK_S))
            case State.WRAP_UP, _:
                return assignment.since_ms + round(1000 * settings.wrap_of(assignment.skill))
        return None

    def overdue(self, now_ms: int) -> list[Assignment]:
        """Those whose time is over; each is told once, and again after a minute if it is still there then."""
        found: list[Assignment] = []
        while self._due and self._due[0][0] <= now_ms:
            _, name = heapq.heappop(self._due)
            assignment = self.live.get(name)
            due = self.due_ms(assignment) if assignment else None
            if assignment is not None and due is not None and due <= now_ms and assignment not in found:
                found.append(assignment)
                heapq.heappush(self._due, (now_ms + MINUTE_MS, name))
        return found

    def later(self, name: str, at_ms: int) -> None:
        """Tell of this assignment once more, at that time."""
        heapq.heappush(self._due, (at_ms, name))

    def next_ms(self) -> int | None:
        """When time alone asks for something."""
        times = [self._due[0][0]] if self._due else []
        board = self.board.next_ms()
        return min([*times, board]) if board is not None else min(times, default=None)
