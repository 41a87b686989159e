"""Who takes whom, the slow way: every request in its order, every operator looked at. What routing.floor.match must come to as well."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from routing.floor.board import free_media
from routing.floor.records import Availability, Operator, Presence, Request
from routing.floor.settings import RoutingSettings


def ways(request: Request, settings: RoutingSettings, now_ms: int) -> list[tuple[str, int]]:
    """(skill, level) in which it may be taken now: its own, then those of the open rings."""
    own = settings.skill(request.skill)
    found = {request.skill: own.level if request.skill else 1}
    for ring in own.rings:
        if now_ms - request.since_ms >= ring.after_s * 1000:
            name = ring.skill or request.skill
            found[name] = min(found.get(name, 9), ring.level)
    return list(found.items())


def asleep(request: Request, settings: RoutingSettings, now_ms: int) -> bool:
    hours = settings.hours_of(request.skill)
    closed = not hours.is_open(now_ms) and not hours.is_open(request.since_ms)
    return closed or bool(request.callback and request.callback.due_ms > now_ms)


def pairs(
    waiting: Iterable[Request],
    operators: Sequence[Operator],
    presences: Iterable[Presence],
    settings: RoutingSettings,
    now_ms: int,
) -> list[tuple[str, str]]:
    """(request, operator), in the order of rank."""
    there = {presence.operator: presence for presence in presences}
    made = []
    for request in sorted(waiting, key=lambda one: (one.since_ms - settings.boost_ms(one), one.id)):
        if asleep(request, settings, now_ms):
            continue
        chosen = choose(request, operators, there, settings, now_ms)
        if chosen:
            made.append((request.id, chosen))
            presence = there[chosen]
            load = {**presence.load, request.medium: presence.load.get(request.medium, 0) + 1}
            there[chosen] = Presence(
                chosen, presence.status, since_ms=presence.since_ms, idle_since_ms=presence.idle_since_ms, load=load, seen_ms=presence.seen_ms
            )  # fmt: skip
    return made


def choose(
    request: Request, operators: Sequence[Operator], there: dict[str, Presence], settings: RoutingSettings, now_ms: int
) -> str:
    """The operator for one request, or ""."""

    def presence(one: Operator) -> Presence:
        return there.get(one.id, Presence(one.id))

    def speaks(one: Operator) -> bool:
        return request.language in one.languages if request.language else bool(one.languages)

    def free(one: Operator) -> bool:
        refused = request.refused.get(one.id, 0) > now_ms
        return request.medium in free_media(one, presence(one), now_ms) and not refused and speaks(one)

    asked = ways(request, settings, now_ms)
    for one in operators:
        if one.id != request.preferred or not one.active or not one.capacity.get(request.medium, 0):
            continue
        if not speaks(one) or request.refused.get(one.id, 0) > now_ms:
            continue
        in_service = presence(one).status in (Availability.READY, Availability.WRAP_UP)
        reserved = now_ms < request.preferred_until_ms and in_service
        able = any(not skill or one.skills.get(skill, 0) >= level for skill, level in asked)
        if request.medium in free_media(one, presence(one), now_ms) and (reserved or able):
            return one.id
        if reserved:
            return ""
    for skill, level in asked:
        able = [one for one in operators if free(one) and (not skill or one.skills.get(skill, 0) >= level)]
        if able:
            return min(able, key=lambda one: _order(one, skill, request.language, presence(one))).id
    return ""


def _order(one: Operator, skill: str, language: str, presence: Presence) -> tuple[int, int, int, str]:
    fluency = one.languages[language] if language else max(one.languages.values())
    return -(one.skills[skill] if skill else 1), -fluency, presence.idle_since_ms, one.id
