"""Who waits and who is free, by skill, level, language and medium, so that a decision costs the same whoever else waits. No I/O, no clock.

A request stands in one line for each way in which it may be taken (its skill; those of the rings that are open); an operator with a free hand stands in
one list for each of his skills and languages. Lines are sorted by rank, lists by who is to be taken first. What time alone changes is in `timers`.
"""

from __future__ import annotations

import heapq
from bisect import bisect_left, bisect_right, insort
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from routing.floor.hours import Hours
from routing.floor.records import Availability, Medium, Operator, Presence, Request
from routing.floor.settings import RoutingSettings, Skill

Rank = tuple[int, str]  # when it counts as having come (milliseconds), and its id
Line = tuple[
    Medium, str, int, str
]  # medium, skill, level that is asked for, language; level 0: reserved for the operator of that name
WRITTEN = (Medium.CHAT, Medium.MAIL)
NO_LINE: Line = (Medium.CALL, "", -1, "")
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
    load, beside, capacity = presence.load, operator.beside_call, operator.capacity
    calls = load.get(Medium.CALL, 0)
    found = []
    if calls < capacity.get(Medium.CALL, 0) and all(load.get(one, 0) <= beside.get(one, 0) for one in WRITTEN):
        found.append(Medium.CALL)
    if presence.has_page(now_ms):
        for one in WRITTEN:
            most = min(capacity.get(one, 0), beside.get(one, 0)) if calls else capacity.get(one, 0)
            if load.get(one, 0) < most:
                found.append(one)
    return frozenset(found)


class Board:
    """`put_…` and `drop_…` as things change; match.decide takes pairs off. `news`: what changed since, and so must be looked at."""

    def __init__(self, settings: RoutingSettings) -> None:
        self.settings = settings
        self.waiting: dict[str, Waiting] = {}
        self.standing: dict[str, Standing] = {}
        self.lines: dict[Line, list[Rank]] = {}
        self.free: dict[tuple[Medium, str, str], list[Free]] = defaultdict(list)
        self.languages: set[str] = set()
        self.new_requests: set[str] = set()
        self.new_lines: set[Line] = set()
        self._pending: list[tuple[Rank, Line]] = []
        self._wanting: dict[str, set[str]] = defaultdict(set)
        self._timers: list[tuple[int, str]] = []
        self._hours: dict[str, Hours] = {}
        self._skills: dict[str, Skill] = {}

    def skill(self, name: str) -> Skill:
        """As it is set; looked up once."""
        found = self._skills.get(name)
        if found is None:
            found = self._skills[name] = self.settings.skill(name)
        return found

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
        if one is None or one.presence == presence:
            return
        changed = one.presence.status is not presence.status
        self._unlist(presence.operator)
        one.presence = presence
        self._list(presence.operator, now_ms)
        if changed:
            self._resettle(presence.operator, now_ms)

    def refresh(self, presence: Presence, now_ms: int) -> None:
        """By a sign of life, or the lack of one: what he could take may have changed although nothing else has."""
        one = self.standing.get(presence.operator)
        if one is not None and (
            one.presence.seen_ms != presence.seen_ms or free_media(one.operator, one.presence, now_ms) != one.media
        ):
            self._unlist(presence.operator)
            one.presence = replace(one.presence, seen_ms=presence.seen_ms)
            self._list(presence.operator, now_ms)

    def _list(self, name: str, now_ms: int, quietly: bool = False) -> None:
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
        if quietly:
            return
        for medium in one.media:
            self.new_lines.update(line for line in one.lines[medium] if self.lines.get(line))

    def _unlist(self, name: str) -> None:
        one = self.standing.get(name)
        if one is None:
            return
        for key, entry in one.listed:
            _take_out(self.free[key], entry)
        one.listed.clear()
        one.media = frozenset()

    def give(self, one: Waiting, to: Standing, now_ms: int) -> None:
        """A pair, as the board will be when it has been claimed: nothing new for anybody."""
        medium, before = one.request.medium, to.presence
        self.drop_request(one.request.id)
        self._unlist(to.operator.id)
        load = {**before.load, medium: before.load.get(medium, 0) + 1}
        to.presence = Presence(
            before.operator, before.status, before.reason, before.since_ms, before.idle_since_ms, load, before.seen_ms
        )
        self._list(to.operator.id, now_ms, quietly=True)

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
        rings = self.skill(request.skill).rings
        one.ring = sum(1 for ring in rings if request.since_ms + 1000 * ring.after_s <= now_ms)
        if one.ring < len(rings):
            until.append(round(request.since_ms + 1000 * rings[one.ring].after_s))
        one.ways = self._ways(request, one.ring)
        one.reserved = self.waits_for_preferred(one, now_ms)
        if one.reserved:
            until.append(request.preferred_until_ms)
            one.lines.append((request.medium, request.preferred, 0, ""))
        else:
            one.lines += [(request.medium, skill, level, request.language) for skill, level in one.ways]
        for line in one.lines:
            insort(self.lines.setdefault(line, []), one.rank)
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
        skill = self.skill(request.skill)
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
        return request.language in there.operator.languages if request.language else bool(there.operator.languages)

    # Lines

    def to_look_at(self) -> list[tuple[Rank, Line]]:
        """A heap: the heads of the lines for which somebody became free, and new requests. What is left in it is for the next time."""
        for name in self.new_requests:
            heapq.heappush(self._pending, (self.waiting[name].rank, NO_LINE))
        for line in self.new_lines:
            if (first := self.first(line)) is not None:
                heapq.heappush(self._pending, (first, line))
        self.new_requests.clear()
        self.new_lines.clear()
        return self._pending

    def first(self, line: Line, after: Rank | None = None) -> Rank | None:
        """The first in a line; after one who may have left it."""
        waiting = self.lines.get(line)
        if not waiting:
            return None
        at = bisect_right(waiting, after) if after is not None else 0
        return waiting[at] if at < len(waiting) else None

    def is_open(self, line: Line) -> bool:
        """Whether anybody is free for it."""
        medium, skill, level, language = line
        if level < 0:
            return False
        if level == 0:
            there = self.standing.get(skill)
            return there is not None and medium in there.media
        lists = (self.free.get((medium, skill, one)) for one in ((language,) if language else self.languages))
        return any(listed and -listed[0][0] >= level for listed in lists)

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
    yield medium, operator.id, 0, ""
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
