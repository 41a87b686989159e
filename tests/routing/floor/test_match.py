"""Who takes whom: by rank, by level, by who has been idle longest; and what holds whatever happens (hypothesis), held against a slow twin."""

from __future__ import annotations

from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as some

from routing.floor.board import Board
from routing.floor.match import Pair, decide, match
from routing.floor.records import Availability, Callback, Medium, Operator, Presence, Request
from routing.floor.settings import Ring, RoutingSettings, Skill
from tests.reference import match as slow
from tests.routing.floor.people import operator, request

NOW_MS = 1_800_000_000_000
RINGS = RoutingSettings(
    skills=(
        Skill("delivery", level=2, rings=(Ring(30, 1), Ring(60, 1, "general"))), Skill("general"),
        Skill("night", hours=("daily 00:00-00:01",)),
    )
)  # fmt: skip


def ready(name: str, idle_s: float = 60, **more: Any) -> Presence:
    facts = {"since_ms": NOW_MS - 3_600_000, "idle_since_ms": round(NOW_MS - idle_s * 1000), "seen_ms": NOW_MS}
    return Presence(name, Availability.READY, **{**facts, **more})


def waits(name: str, waited_s: float = 10, medium: Medium = Medium.CALL, **more: Any) -> Request:
    return request(name, medium, since_ms=round(NOW_MS - waited_s * 1000), **more)


def pairs(found: list[Pair]) -> list[tuple[str, str]]:
    return [(pair.request.id, pair.operator) for pair in found]


def matched(
    waiting: list[Request], operators: list[Operator], presences: list[Presence], terms: RoutingSettings = RINGS
) -> list[Pair]:
    return match(waiting, operators, presences, terms, NOW_MS)[0]


def codes(pair: Pair) -> dict[str, Any]:
    return {reason.code: dict(reason.args) for reason in pair.reasons}


def test_the_highest_level_then_the_longest_idle() -> None:
    three = [operator("anna"), operator("boris"), operator("clara", skills={"delivery": 2})]
    found = matched(
        [waits("r1"), waits("r2", 9), waits("r3", 8)], three, [ready("anna", 30), ready("boris", 90), ready("clara", 900)]
    )
    assert pairs(found) == [("r1", "boris"), ("r2", "anna"), ("r3", "clara")]
    assert codes(found[0]) == {
        "skill": {"skill": "delivery", "level": 3, "of": 3}, "longest_idle": {"idle_s": 90, "of": 3}, "not_idle": {"operator": "Anna", "idle_s": 30},
        "not_level": {"operator": "Clara", "level": 2}, "language": {"language": "en"}, "waited": {"s": 10},
    }  # fmt: skip
    assert "best_level" in codes(found[1])
    assert "only_free" in codes(found[2])


def test_who_speaks_it_better() -> None:
    two = [operator("anna", languages={"en": 2}), operator("boris", languages={"en": 3})]
    [found] = matched([waits("r1")], two, [ready("anna", 900), ready("boris")])
    assert found.operator == "boris"
    assert codes(found)["best_language"] == {"of": 2}
    assert codes(found)["not_language"] == {"operator": "Anna", "level": 2}


def test_the_operator_whom_he_knows_is_waited_for_and_then_not() -> None:
    two = [operator("anna"), operator("boris")]
    busy = ready("anna", load={Medium.CALL: 1})
    mine = waits("r1", preferred="anna", preferred_until_ms=NOW_MS + 5000)
    found, then = match([mine], two, [busy, ready("boris")], RINGS, NOW_MS)
    assert (found, then) == ([], NOW_MS + 5000)
    board = Board(RINGS)
    for one in two:
        board.put_operator(one, NOW_MS)
    for presence in (busy, ready("boris")):
        board.put_presence(presence, NOW_MS)
    board.put_request(mine, NOW_MS)
    assert decide(board, NOW_MS + 4999) == []
    [late] = decide(board, NOW_MS + 5000)
    assert late.operator == "boris"
    assert codes(late)["preferred_busy"] == {"operator": "Anna", "waited_s": 15}


def test_the_operator_whom_he_knows_has_him_at_once() -> None:
    found = matched(
        [waits("r1", preferred="anna", preferred_until_ms=NOW_MS + 5000)], [operator("anna", skills={}), operator("boris")],
        [ready("anna", 1), ready("boris")],
    )  # fmt: skip
    assert pairs(found) == [("r1", "anna")]
    assert codes(found[0])["preferred"] == {"operator": "Anna"}


def test_nobody_waits_for_one_who_is_away() -> None:
    away = Presence("anna", Availability.PAUSE, "lunch", NOW_MS - 60_000)
    found = matched(
        [waits("r1", preferred="anna", preferred_until_ms=NOW_MS + 5000)],
        [operator("anna"), operator("boris")],
        [away, ready("boris")],
    )
    assert pairs(found) == [("r1", "boris")]
    assert codes(found[0])["preferred_away"] == {"operator": "Anna", "status": "pause", "since_ms": NOW_MS - 60_000}


def test_whoever_goes_away_lets_him_go() -> None:
    board = Board(RINGS)
    for name in ("anna", "boris"):
        board.put_operator(operator(name), NOW_MS)
    board.put_presence(ready("anna", load={Medium.CALL: 1}), NOW_MS)
    board.put_presence(ready("boris"), NOW_MS)
    board.put_request(waits("r1", preferred="anna", preferred_until_ms=NOW_MS + 60_000), NOW_MS)
    assert decide(board, NOW_MS) == []
    board.put_presence(Presence("anna", Availability.OFFLINE, since_ms=NOW_MS + 100), NOW_MS + 100)
    assert pairs(decide(board, NOW_MS + 100)) == [("r1", "boris")]


def test_rings_open_one_after_the_other() -> None:
    low, general = operator("low", skills={"delivery": 1}), operator("general", skills={"general": 1})
    assert matched([waits("r1", 29)], [low, general], [ready("low"), ready("general")]) == []
    [second] = matched([waits("r1", 31)], [low, general], [ready("low"), ready("general")])
    assert (second.operator, codes(second)["overflow"]["ring"]) == ("low", 1)
    assert matched([waits("r1", 59)], [general], [ready("general")]) == []
    [third] = matched([waits("r1", 61)], [general], [ready("general")])
    assert codes(third)["overflow"] == {"ring": 2, "after_s": 60, "skill": "delivery", "level": 1}
    assert match([waits("r1", 29)], [low], [ready("low")], RINGS, NOW_MS)[1] == NOW_MS + 1000


def test_a_language_is_a_must() -> None:
    only_en = operator("anna", languages={"en": 3})
    assert matched([waits("r1", language="ru")], [only_en], [ready("anna")]) == []
    assert pairs(matched([waits("r1", language="")], [only_en], [ready("anna")])) == [("r1", "anna")]


def test_who_refused_is_not_asked_again_before_his_time() -> None:
    asked = waits("r1", refused={"anna": NOW_MS + 3000})
    found, then = match([asked], [operator("anna")], [ready("anna")], RINGS, NOW_MS)
    assert (found, then) == ([], NOW_MS + 3000)
    [other] = matched([asked], [operator("anna"), operator("boris")], [ready("anna"), ready("boris")])
    assert codes(other)["refused"] == {"operator": "Anna"}


def test_who_came_when_it_was_closed_waits_until_it_opens() -> None:
    anna = operator("anna", skills={"night": 3})
    found, then = match([waits("r1", medium=Medium.MAIL, skill="night")], [anna], [ready("anna")], RINGS, NOW_MS)
    assert found == []
    assert then is not None
    assert 0 < then - NOW_MS <= 86_400_000
    assert pairs(
        match([waits("r1", medium=Medium.MAIL, skill="night")], [anna], [ready("anna", seen_ms=then)], RINGS, then)[0]
    ) == [("r1", "anna")]


def test_a_callback_sleeps_until_its_hour() -> None:
    later = waits("r1", callback=Callback("+7", NOW_MS + 60_000))
    assert match([later], [operator("anna")], [ready("anna")], RINGS, NOW_MS) == ([], NOW_MS + 60_000)


def test_vip_and_priority_come_first_and_say_so() -> None:
    found = matched(
        [waits("r1", 100), waits("r2", 1, vip=True), waits("r3", 95, priority=1)], [operator("anna")], [ready("anna")]
    )
    assert pairs(found) == [("r3", "anna")]
    assert codes(found[0])["priority"] == {"priority": 1, "s": 30.0}
    assert codes(matched([waits("r2", 1, vip=True), waits("r1", 100)], [operator("anna")], [ready("anna")])[0])["vip"] == {
        "s": 120.0
    }


def test_chats_go_to_a_page_that_lives() -> None:
    chat = waits("r1", medium=Medium.CHAT)
    assert matched([chat], [operator("anna")], [ready("anna", seen_ms=NOW_MS - 20_000)]) == []
    assert pairs(matched([chat], [operator("anna")], [ready("anna")])) == [("r1", "anna")]


def test_one_has_several_chats_but_no_call_beside_them() -> None:
    mixed = [
        waits("c1", 10, Medium.CHAT),
        waits("c2", 9, Medium.CHAT),
        waits("r1", 8),
        waits("c3", 7, Medium.CHAT),
        waits("c4", 6, Medium.CHAT),
    ]
    assert pairs(matched(mixed, [operator("anna")], [ready("anna")])) == [("c1", "anna"), ("c2", "anna"), ("c3", "anna")]
    with_call = [waits("r1", 10), waits("c1", 9, Medium.CHAT), waits("m1", 8, Medium.MAIL)]
    assert pairs(matched(with_call, [operator("anna")], [ready("anna")])) == [("r1", "anna"), ("m1", "anna")]


def test_so_many_at_a_time_and_the_rest_the_next_time() -> None:
    board = Board(RINGS)
    for n in range(5):
        board.put_operator(operator(f"o{n}"), NOW_MS)
        board.put_presence(ready(f"o{n}", 10 * n), NOW_MS)
        board.put_request(waits(f"r{n}", 20 - n), NOW_MS)
    found = [decide(board, NOW_MS, most=2) for _ in range(4)]
    assert [len(some_of) for some_of in found] == [2, 2, 1, 0]
    assert [pair.request.id for part in found for pair in part] == ["r0", "r1", "r2", "r3", "r4"]


SKILLS = ("delivery", "general", "night", "other")
LEVELS = some.dictionaries(some.sampled_from(SKILLS), some.integers(1, 3), max_size=3)
LANGUAGES = some.dictionaries(some.sampled_from(("en", "ru")), some.integers(1, 3), max_size=2)
LOADS = some.dictionaries(some.sampled_from(list(Medium)), some.integers(0, 3), max_size=3)
NAMES = tuple("abcdef")
TIMES = some.integers(0, 120).map(lambda s: NOW_MS - 1000 * s)
UNTIL = some.integers(-60, 60).map(lambda s: NOW_MS + 1000 * s)


@some.composite
def floors(draw: some.DrawFn) -> tuple[list[Request], list[Operator], list[Presence]]:
    """Any floor: up to six operators in any state, up to twelve who wait for anything."""
    operators = [
        Operator(name, name, draw(LEVELS), draw(LANGUAGES), active=draw(some.booleans()) or draw(some.booleans()))
        for name in draw(some.lists(some.sampled_from(NAMES), unique=True))
    ]
    presences = [
        Presence(
            one.id,
            draw(some.sampled_from(Availability)),
            "",
            NOW_MS,
            draw(TIMES),
            draw(LOADS),
            draw(some.sampled_from((0, NOW_MS))),
        )
        for one in operators
    ]
    waiting = [
        Request(
            f"r{n}", draw(some.sampled_from(Medium)), draw(some.sampled_from(("", *SKILLS))), draw(some.sampled_from(("", "en", "ru"))),
            draw(some.integers(0, 9)), draw(some.booleans()), draw(TIMES), draw(some.sampled_from(("", *NAMES))), draw(UNTIL),
            refused=draw(some.dictionaries(some.sampled_from(NAMES), UNTIL, max_size=2)),
            callback=draw(some.none() | some.builds(Callback, some.just("+7"), UNTIL)),
        )
        for n in range(draw(some.integers(0, 12)))
    ]  # fmt: skip
    return waiting, operators, presences


@settings(max_examples=50, deadline=None)
@given(floors(), some.randoms())
def test_it_comes_to_what_the_slow_twin_does_in_whatever_order_it_is_told(floor: Any, dice: Any) -> None:
    waiting, operators, presences = floor
    wanted = slow.pairs(waiting, operators, presences, RINGS, NOW_MS)
    for shuffled in (waiting, operators, presences):
        dice.shuffle(shuffled)
    found = matched(waiting, operators, presences)
    assert pairs(found) == wanted
    assert len({pair.request.id for pair in found}) == len(found)


@settings(max_examples=30, deadline=None)
@given(floors())
def test_nobody_has_more_in_hand_than_he_can_and_no_reason_is_untrue(floor: Any) -> None:
    waiting, operators, presences = floor
    load = {presence.operator: dict(presence.load) for presence in presences}
    there = {one.id: one for one in operators}
    named = {one.name for one in operators}
    for pair in matched(waiting, operators, presences):
        one, medium = there[pair.operator], pair.request.medium
        mine = load[pair.operator]
        mine[medium] = mine.get(medium, 0) + 1
        assert mine[medium] <= one.capacity[medium]
        if mine.get(Medium.CALL):
            assert (
                all(mine.get(other, 0) <= one.beside_call[other] for other in (Medium.CHAT, Medium.MAIL))
                or medium is not Medium.CALL
            )
        told = codes(pair)
        if "skill" in told:
            assert one.skills[told["skill"]["skill"]] == told["skill"]["level"]
        else:
            assert pair.request.skill == "" or "preferred" in told
        if "preferred" in told:
            assert pair.operator == pair.request.preferred
        if "overflow" in told:
            assert told["overflow"]["after_s"] <= told["waited"]["s"]
        assert all(args["operator"] in named for args in told.values() if "operator" in args)
        assert pair.request.refused.get(pair.operator, 0) <= NOW_MS


@settings(max_examples=30, deadline=None)
@given(floors())
def test_within_a_skill_nobody_is_passed_over_by_one_who_came_later(floor: Any) -> None:
    """Of those who ask for the same and are refused by nobody: whoever is matched counts as having waited longer than whoever is left."""
    waiting, operators, presences = floor
    alike: dict[Any, list[Request]] = {}
    for one in waiting:
        if not one.preferred and not one.refused and one.callback is None and one.since_ms > NOW_MS - 30_000:
            alike.setdefault((one.medium, one.skill, one.language), []).append(one)
    taken = {pair.request.id for pair in matched(waiting, operators, presences)}
    for group in alike.values():
        ranked = sorted(group, key=lambda one: (one.since_ms - RINGS.boost_ms(one), one.id))
        first_left = next((n for n, one in enumerate(ranked) if one.id not in taken), len(ranked))
        assert not any(one.id in taken for one in ranked[first_left:])


@settings(max_examples=30, deadline=None)
@given(floors(), some.data())
def test_step_by_step_it_comes_to_the_same_as_all_at_once(floor: Any, data: Any) -> None:
    """The board is told one thing after the other, with decisions in between that find nothing new: what is left suits nobody who is free."""
    waiting, operators, presences = floor
    board, made = Board(RINGS), list[Pair]()
    things: list[Any] = [*waiting, *presences]
    for one in operators:
        board.put_operator(one, NOW_MS)
    for thing in data.draw(some.permutations(things)):
        if isinstance(thing, Request):
            board.put_request(thing, NOW_MS)
        else:
            board.put_presence(thing, NOW_MS)
        made += decide(board, NOW_MS)
    taken = {pair.request.id for pair in made}
    assert len(taken) == len(made)
    left = [one for one in waiting if one.id not in taken]
    now = [one.presence for one in board.standing.values()]
    assert slow.pairs(left, operators, now, RINGS, NOW_MS) == []
    assert decide(board, NOW_MS) == []


def test_nobody_starves_however_many_vips_come() -> None:
    """One operator, a VIP every minute: who waits longer than a VIP's advance is next."""
    board, now = Board(RINGS), NOW_MS
    board.put_operator(operator("anna"), now)
    board.put_request(request("plain", since_ms=now), now)
    order = []
    for minute in range(10):
        board.put_request(request(f"vip{minute}", since_ms=now, vip=True, priority=9), now)
        board.put_presence(ready("anna"), now)
        order += [pair.request.id for pair in decide(board, now)]
        now += 60_000
    assert order.index("plain") == 7  # 120 s for the VIP and 270 s for the priority: seven of them at most
