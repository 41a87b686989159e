"""Who waits and who is free, by skill, level, language and medium, so that a decision costs the same whoever else waits. No I/O, no clock.

A request stands in one line for each way in which it may be taken (its skill; those of the rings that are open); an operator with a free hand stands in
one list for each of his skills and languages. Lines are sorted by rank, lists by who is to be taken first. What time alone changes is in `timers`.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field

from routing.floor.hours import Hours
from routing.floor.records import Availability, Medium, Operator, Presence, Request
from routing.floor.settings import RoutingSettings

Rank = tuple[int, str]  # when it counts as having come (milliseconds), and its id
Line = tuple[Medium, str, int, str]  # medium, skill, level that is asked for, language
Free = tuple[int, int, int, str]  # -level, -level of the language, idle since, id: the first is the best


@dataclass(slots=True)
class Waiting:
    """One request on the board. ways: (skill, level) in which it may be taken, its own first; ring: how many rings are open. reserved: for his operator."""

    request: Request
    rank: Rank
    ways: tuple[tuple[str, int], ...] = ()
    ring: int = 0
    reserved: bool = False
    lines: list[Line] = field(default_factory=list)

    def refused_by(self, operator: str, now_ms: int) -> bool:
        return self.request.refused.get(operator, 0) > now_ms


@dataclass(slots=True)
class Standing:
    """One operator on the board: which media he has a hand free for, and where he is listed for them."""

    operator: Operator
    presence: Presence
    media: frozenset[Medium] = frozenset()
    listed: list[tuple[tuple[Medium, str, str], Free]] = field(default_factory=list)
    lines: dict[Medium, tuple[Line, ...]] = field(default_factory=dict)


def free_media(operator: Operator, presence: Presence, now_ms: int) -> frozenset[Medium]:
    """What he could take now, as the claim's script will judge it; chats and mails go to a page that lives."""
    if not operator.active or presence.status is not Availability.READY:
        return frozenset()
    load = {medium: presence.load.get(medium, 0) for medium in Medium}
    beside = operator.beside_call
    found = {medium for medium in Medium if load[medium] < operator.capacity.get(medium, 0)}
    if any(load[medium] > beside.get(medium, 0) for medium in (Medium.CHAT, Medium.MAIL)):
        found.discard(Medium.CALL)
    if load[Medium.CALL]:
        found = {medium for medium in found if medium is Medium.CALL or load[medium] < beside.get(medium, 0)}
    return frozenset(found if presence.has_page(now_ms) else found & {Medium.CALL})


class Board:
    """`put_…` and `drop_…` as things change; match.decide takes pairs off. `news`: what changed since, and so must be looked at."""

    def __init__(self, settings: RoutingSettings) -> None:
        self.settings = settings
        self.waiting: dict[str, Waiting] = {}
        self.standing: dict[str, Standing] = {}
        self.lines: dict[Line, list[Rank]] = {}
        self.reserved: dict[tuple[str, Medium], list[Rank]] = defaultdict(list)
        self.free: dict[tuple[Medium, str, str], list[Free]] = defaultdict(list)
        self.languages: set[str] = set()
        self.new_requests: set[str] = set()
        self.new_operators: set[str] = set()
        self._wanting: dict[str, set[str]] = defaultdict(set)
        self._timers: list[tuple[int, str]] = []
        self._hours: dict[str, Hours] = {}

    # Operators

    def put_operator(self, operator: Operator, now_ms: int) -> None:
        before = self.standing.get(operator.id)
        self._unlist(operator.id)
        self.standing[operator.id] = Standing(operator, before.presence if before else Presence(operator.id))
        self.languages.update(operator.languages)
        for medium in Medium:
            self.standing[operator.id].lines[medium] = tuple(_lines_of(operator, medium))
        self._list(operator.id, now_ms)

    def drop_operator(self, name: str, now_ms: int) -> None:
        self._unlist(name)
        if self.standing.pop(name, None):
            self._resettle(name, now_ms)

    def put_presence(self, presence: Presence, now_ms: int) -> None:
        """Of an operator who is on the board; of another it is nothing."""
        one = self.standing.get(presence.operator)
        if one is None:
            return
        changed = one.presence.status is not presence.status
        self._unlist(presence.operator)
        one.presence = presence
        self._list(presence.operator, now_ms)
        if changed:
            self._resettle(presence.operator, now_ms)

    def _list(self, name: str, now_ms: int) -> None:
        one = self.standing[name]
        one.media = free_media(one.operator, one.presence, now_ms)
        if not one.media:
            return
        idle = one.presence.idle_since_ms
        for skill, level in (*one.operator.skills.items(), ("", 1)):
            for language, fluency in one.operator.languages.items():
                entry: Free = (-level, -fluency, idle, name)
                for medium in one.media:
                    insort(self.free[medium, skill, language], entry)
                    one.listed.append(((medium, skill, language), entry))
        self.new_operators.add(name)

    def _unlist(self, name: str) -> None:
        one = self.standing.get(name)
        if one is None:
            return
        for key, entry in one.listed:
            _take_out(self.free[key], entry)
        one.listed.clear()
        one.media = frozenset()
        self.new_operators.discard(name)

    def _resettle(self, name: str, now_ms: int) -> None:
        """Those who would like this operator: he came, or went."""
        for request in sorted(self._wanting.get(name, ())):
            self._settle(self.waiting[request], now_ms)

    # Requests

    def put_request(self, request: Request, now_ms: int) -> None:
        """It waits, or waits on, as it is now."""
        self.drop_request(request.id)
        one = Waiting(request, (request.since_ms - self.settings.boost_ms(request), request.id))
        self.waiting[request.id] = one
        if request.preferred:
            self._wanting[request.preferred].add(request.id)
        self._settle(one, now_ms)

    def drop_request(self, name: str) -> None:
        one = self.waiting.pop(name, None)
        if one is None:
            return
        self._take_from_lines(one)
        self.new_requests.discard(name)
        if one.request.preferred:
            self._wanting[one.request.preferred].discard(name)

    def _take_from_lines(self, one: Waiting) -> None:
        for line in one.lines:
            _take_out(self.lines[line], one.rank)
        one.lines.clear()
        if one.reserved:
            _take_out(self.reserved[one.request.preferred, one.request.medium], one.rank)
            one.reserved = False

    def _settle(self, one: Waiting, now_ms: int) -> None:
        """Into the lines in which it stands at this time; a timer for when that changes."""
        self._take_from_lines(one)
        request, until = one.request, list[int]()
        asleep = self._asleep_until(request, now_ms)
        if asleep is not None:
            self._timer(asleep, request.id)
            self.new_requests.discard(request.id)
            return
        self.new_requests.add(request.id)
        until += [then for then in request.refused.values() if then > now_ms]
        rings = self.settings.skill(request.skill).rings
        one.ring = sum(1 for ring in rings if request.since_ms + 1000 * ring.after_s <= now_ms)
        if one.ring < len(rings):
            until.append(round(request.since_ms + 1000 * rings[one.ring].after_s))
        one.ways = self._ways(request, one.ring)
        if self.waits_for_preferred(one, now_ms):
            one.reserved = True
            insort(self.reserved[request.preferred, request.medium], one.rank)
            until.append(request.preferred_until_ms)
        else:
            for skill, level in one.ways:
                line = (request.medium, skill, level, request.language)
                insort(self.lines.setdefault(line, []), one.rank)
                one.lines.append(line)
        if until:
            self._timer(min(until), request.id)

    def _asleep_until(self, request: Request, now_ms: int) -> int | None:
        """A callback before its hour, and who came while it was closed; None for everybody else."""
        if request.callback and request.callback.due_ms > now_ms:
            return request.callback.due_ms
        hours = self._hours.get(request.skill)
        if hours is None:
            hours = self._hours[request.skill] = self.settings.hours_of(request.skill)
        if not hours.week and not hours.holidays:
            return None
        # Who came in time is served although it has closed meanwhile.
        if hours.is_open(now_ms) or hours.is_open(request.since_ms):
            return None
        opens = hours.opens_ms(now_ms)
        return opens if opens is not None else now_ms + 86_400_000

    def _ways(self, request: Request, ring: int) -> tuple[tuple[str, int], ...]:
        skill = self.settings.skill(request.skill)
        found = {request.skill: skill.level if request.skill else 1}
        for one in skill.rings[:ring]:
            name = one.skill or request.skill
            found[name] = min(found.get(name, one.level), one.level)
        return tuple(found.items())

    def waits_for_preferred(self, one: Waiting, now_ms: int) -> bool:
        """Whether nobody else is to have it yet: his operator is in service, and the time for that is not over."""
        request = one.request
        there = self.standing.get(request.preferred) if request.preferred and now_ms < request.preferred_until_ms else None
        in_service = there is not None and there.presence.status in (Availability.READY, Availability.WRAP_UP)
        return in_service and self.suits(request.preferred, request) and not one.refused_by(request.preferred, now_ms)

    def suits(self, name: str, request: Request) -> bool:
        """Whether an operator whom somebody knows already could talk with him: by language and medium; skills do not matter then."""
        there = self.standing.get(name)
        if there is None or not there.operator.active or not there.operator.capacity.get(request.medium, 0):
            return False
        return not request.language or request.language in there.operator.languages

    # Time

    def _timer(self, at_ms: int, name: str) -> None:
        heapq.heappush(self._timers, (at_ms, name))

    def advance(self, now_ms: int) -> None:
        """Whatever changes by the time itself: rings, reservations, refusals, hours."""
        due: set[str] = set()
        while self._timers and self._timers[0][0] <= now_ms:
            due.add(heapq.heappop(self._timers)[1])
        for name in sorted(due):
            if name in self.waiting:
                self._settle(self.waiting[name], now_ms)

    def next_ms(self) -> int | None:
        """When `advance` has something to do."""
        while self._timers and self._timers[0][1] not in self.waiting:
            heapq.heappop(self._timers)
        return self._timers[0][0] if self._timers else None

    def languages_of(self, request: Request) -> Iterator[str]:
        yield from (request.language,) if request.language else sorted(self.languages)


def _lines_of(operator: Operator, medium: Medium) -> Iterator[Line]:
    """The lines whose heads he may take. Who speaks no language talks with nobody."""
    if not operator.languages:
        return
    for skill, level in (*operator.skills.items(), ("", 1)):
        for asked in range(1, level + 1):
            for language in (*operator.languages, ""):
                yield medium, skill, asked, language


def _take_out(ordered: list[Rank] | list[Free], entry: Rank | Free) -> None:
    at = bisect_left(ordered, entry)
    if at < len(ordered) and ordered[at] == entry:
        del ordered[at]
