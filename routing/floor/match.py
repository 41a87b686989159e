"""Who takes whom: waiting requests and free operators in, pairs and reasons out. Pure.

Requests in the order of their rank, each to the operator who is the best for it of those who are free: the one he knows; else the highest level in the skill,
then in the language, then the longest idle. So within a skill nobody is passed over by one who came later, unless only that one suits whoever is free.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable
from dataclasses import dataclass

from routing.floor.board import Board, Free, Standing, Waiting
from routing.floor.records import LEVEL_MOST, Availability, Medium, Operator, Presence, Reason, Request
from routing.floor.settings import RoutingSettings

RUNNERS_UP = 2  # of whom it is told why they were not taken


@dataclass(frozen=True, slots=True)
class Pair:
    request: Request
    operator: str
    reasons: tuple[Reason, ...]


def match(
    waiting: Iterable[Request],
    operators: Iterable[Operator],
    presences: Iterable[Presence],
    settings: RoutingSettings,
    now_ms: int,
) -> tuple[list[Pair], int | None]:
    """Every pair that can be made at this moment, and when time alone may change that (milliseconds, or None)."""
    board = Board(settings)
    for operator in operators:
        board.put_operator(operator, now_ms)
    for presence in presences:
        board.put_presence(presence, now_ms)
    for request in waiting:
        board.put_request(request, now_ms)
    return decide(board, now_ms), board.next_ms()


def decide(board: Board, now_ms: int, most: int | None = None) -> list[Pair]:
    """Pairs off the board, in the order of rank; the board counts them as made. With `most`, the rest is for the next time.

    Only what changed is looked at, line by line: who stood free before, and who waited before, do not suit each other.
    """
    board.advance(now_ms)
    heap = board.to_look_at()
    pairs: list[Pair] = []
    while heap and (most is None or len(pairs) < most):
        rank, line = heapq.heappop(heap)
        one = board.waiting.get(rank[1])
        # A request stands at the head of several lines, and need not be looked at where nobody is free for any of them.
        found = _best(board, one, now_ms) if one is not None and any(map(board.is_open, one.lines)) else None
        if one is not None and found is not None:
            operator, reasons = found
            pairs.append(Pair(one.request, operator.operator.id, reasons))
            board.give(one, operator, now_ms)
        # The next one of this line: while anybody is free for it, others may be whom this one has refused.
        if board.is_open(line) and (then := board.first(line, rank)) is not None:
            heapq.heappush(heap, (then, line))
    return pairs


def _best(board: Board, one: Waiting, now_ms: int) -> tuple[Standing, tuple[Reason, ...]] | None:
    """The operator who is to have it, of those who are free, and why."""
    request = one.request
    preferred = board.standing.get(request.preferred) if request.preferred else None
    if preferred and request.medium in preferred.media and _may_ask(board, one, preferred, now_ms):
        return preferred, (Reason("preferred", {"operator": preferred.operator.name}), *_of_request(board, one, now_ms))
    if one.reserved:
        return None
    for way, (skill, level) in enumerate(one.ways):
        lists = [board.free.get((request.medium, skill, language)) for language in board.languages_of(request)]
        found: list[Free] = []
        for listed in lists:
            # The first that may have it, and those behind him of whom it is told why not.
            taken = 0
            for entry in listed or ():
                if -entry[0] < level or taken > RUNNERS_UP:
                    break
                if not one.refused_by(entry[3], now_ms):
                    found.append(entry)
                    taken += 1
        if found:
            best = min(found)
            listed_in_all = sum(len(listed or ()) for listed in lists)
            rivals = sorted(entry for entry in found if entry[3] != best[3])[:RUNNERS_UP]
            return board.standing[best[3]], (
                *_of_skill(board, one, way, best), *_of_rivals(board, best, rivals, listed_in_all, now_ms), *_of_request(board, one, now_ms),
            )  # fmt: skip
    return None


def _may_ask(board: Board, one: Waiting, preferred: Standing, now_ms: int) -> bool:
    """Whether the operator whom he knows may have it: while it is reserved whatever his skills are, later as any other who has them."""
    if one.refused_by(preferred.operator.id, now_ms) or not board.suits(preferred.operator.id, one.request):
        return False
    return one.reserved or any(not skill or preferred.operator.skills.get(skill, 0) >= level for skill, level in one.ways)


def _of_skill(board: Board, one: Waiting, way: int, best: Free) -> list[Reason]:
    """What he knows, and by which ring he came to it."""
    skill, level = one.ways[way]
    own = board.skill(one.request.skill)
    found = [Reason("skill", {"skill": skill, "level": -best[0], "of": LEVEL_MOST})] if skill else []
    if one.ring and (skill != one.request.skill or -best[0] < own.level):
        number = next(
            n + 1 for n, ring in enumerate(own.rings[: one.ring]) if (ring.skill or own.name) == skill and ring.level <= -best[0]
        )
        found.append(
            Reason(
                "overflow", {"ring": number, "after_s": own.rings[number - 1].after_s, "skill": one.request.skill, "level": level}
            )
        )
    return found


def _of_rivals(board: Board, best: Free, rivals: list[Free], listed: int, now_ms: int) -> list[Reason]:
    """Why he, and not one of the others who were free."""
    idle_s = max(0, round((now_ms - best[2]) / 1000))
    if not rivals:
        return [Reason("only_free")]
    equal = any(rival[:2] == best[:2] for rival in rivals)
    level = any(rival[0] == best[0] for rival in rivals)
    if equal:
        found = [Reason("longest_idle", {"idle_s": idle_s, "of": listed})]
    else:
        found = [Reason("best_language", {"of": listed}) if level else Reason("best_level", {"of": listed})]
    for rival in rivals:
        name = board.standing[rival[3]].operator.name
        if rival[0] != best[0]:
            found.append(Reason("not_level", {"operator": name, "level": -rival[0]}))
        elif rival[1] != best[1]:
            found.append(Reason("not_language", {"operator": name, "level": -rival[1]}))
        else:
            found.append(Reason("not_idle", {"operator": name, "idle_s": max(0, round((now_ms - rival[2]) / 1000))}))
    return found


def _of_request(board: Board, one: Waiting, now_ms: int) -> list[Reason]:
    """What about the request had a part in it."""
    request, found = one.request, list[Reason]()
    there = board.standing.get(request.preferred) if request.preferred else None
    if there is not None and (request.medium not in there.media or one.refused_by(request.preferred, now_ms)):
        name = there.operator.name
        if one.refused_by(request.preferred, now_ms):
            found.append(Reason("preferred_refused", {"operator": name}))
        elif there.presence.status in (Availability.OFFLINE, Availability.PAUSE):
            found.append(
                Reason(
                    "preferred_away",
                    {"operator": name, "status": there.presence.status.value, "since_ms": there.presence.since_ms},
                )
            )
        else:
            waited_s = max(0, round((now_ms - request.since_ms) / 1000))
            found.append(Reason("preferred_busy", {"operator": name, "waited_s": waited_s}))
    found += [
        Reason("refused", {"operator": board.standing[name].operator.name})
        for name, until in sorted(request.refused.items())
        if until > now_ms and name in board.standing and name != request.preferred
    ]
    if request.vip:
        found.append(Reason("vip", {"s": board.settings.vip_s}))
    if request.priority:
        found.append(Reason("priority", {"priority": request.priority, "s": request.priority * board.settings.priority_s}))
    if request.language:
        found.append(Reason("language", {"language": request.language}))
    if request.medium is not Medium.CALL:
        found.append(Reason("medium", {"medium": request.medium.value}))
    found.append(Reason("waited", {"s": max(0, round((now_ms - request.since_ms) / 1000))}))
    return found
