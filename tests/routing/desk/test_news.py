"""News of the floor: gathered, encoded once for all who see the same, a window of the queue; and one's own before any of it."""

from __future__ import annotations

import asyncio
import json
from dataclasses import dataclass, field
from typing import Any

import pytest

from routing.desk import hub as hubs
from routing.desk.gate import Visitor
from routing.desk.hub import Hub, number
from routing.desk.news import DEPTH, Audience, News
from routing.desk.sessions import Session
from routing.desk.window import NEWS_MOST, Window
from routing.floor.errors import Missed
from routing.floor.records import Assignment, Event, Medium, Operator, Presence, Request
from routing.floor.states import State
from tests.routing.desk.people import NOW, Human

FLOOR, WALL = Audience(False), Audience(True)


def request(n: int, skill: str = "delivery", state: str = "waiting", medium: Medium = Medium.CALL) -> Request:
    return Request(f"r{n:05}", medium, skill, since_ms=NOW + n, identity="p+74951234567", customer="c1", state=state)


def waits(n: int, **more: Any) -> Event:
    return Event(f"{n}-1", "request.waiting", NOW, {"request": request(n, **more).values()})


def offered(n: int, operator: str = "anna", state: str = "offered") -> Event:
    mine = Assignment(f"a{n}", request(n).id, operator, Medium.CALL, state=State(state), note="private")
    data = {"assignment": mine.values(), "presence": Presence(operator).values()}
    return Event(f"{n}-2", "assignment.changed", NOW, data, json.dumps(data))


def heard(news: News, audience: Audience = FLOOR) -> dict[str, Any]:
    return dict(json.loads(news.gathered([audience])[audience]))


def test_who_comes_and_goes_is_told_once_for_all_and_the_queue_only_as_far_as_it_is_seen() -> None:
    news = News()
    for n in range(2_000):
        news.apply(waits(n, skill=("delivery", "returns")[n % 2]))
    told = news.gathered([FLOOR, WALL, FLOOR])
    assert set(told) == {FLOOR, WALL}
    assert len(told[FLOOR]) < 60_000
    assert len(json.loads(told[FLOOR])["queue"]["in"]) == DEPTH
    whole = news.whole(FLOOR)["queue"]
    assert (whole["total"], whole["skills"]) == (2_000, {"delivery": [1_000, NOW], "returns": [1_000, NOW + 1]})
    assert [one["id"] for one in whole["first"]] == [f"r{n:05}" for n in range(DEPTH)]
    assert "identity" not in whole["first"][0]
    assert "customer" not in whole["first"][0]
    # The first goes to somebody: everybody hears that he is gone, and who has moved up; not the others again.
    news.apply(offered(0))
    text = news.gathered([FLOOR])[FLOOR]
    assert len(text) < 2_000
    queue = json.loads(text)["queue"]
    assert (queue["out"], [one["id"] for one in queue["in"]], queue["total"]) == (["r00000"], [f"r{DEPTH:05}"], 1_999)


def test_a_mail_counts_and_is_not_the_one_that_waits_longest() -> None:
    news = News()
    news.apply(waits(1, medium=Medium.MAIL))
    news.apply(waits(2, medium=Medium.MAIL, skill="returns"))
    news.apply(waits(3, medium=Medium.CHAT))
    assert heard(news)["queue"]["skills"] == {"delivery": [2, NOW + 3], "returns": [1, 0]}
    for n in (3, 2):
        news.apply(Event(f"{n + 2}-1", "request.left", NOW, {"id": f"r{n:05}"}))
    assert heard(news)["queue"]["skills"] == {"delivery": [1, 0]}


def test_a_page_that_came_in_between_is_right_again_with_the_next_news() -> None:
    news = News()
    news.apply(waits(1))
    heard(news)
    news.apply(waits(2))
    held = {one["id"] for one in news.whole(FLOOR)["queue"]["first"]}
    news.apply(Event("3-1", "request.left", NOW, {"id": "r00002"}))
    queue = heard(news)["queue"]
    held = held - set(queue["out"]) | {one["id"] for one in queue["in"]}
    assert held == {"r00001"}


def test_only_the_wall_hears_who_has_whom_and_nobody_what_was_written_of_it() -> None:
    news = News()
    news.apply(offered(1))
    assert "busy" not in heard(news)
    news.apply(offered(1, state="connected"))
    [busy] = heard(news, WALL)["busy"]
    assert (busy["operator"], busy["state"]) == ("anna", "connected")
    assert "note" not in busy
    news.apply(offered(1, state="done"))
    assert heard(news, WALL)["free"] == ["a1"]
    news.apply(Event("4-1", "operator.changed", NOW, {"operator": Operator("anna", "Anna", uri="sip:anna@pbx").values()}))
    assert "uri" not in heard(news)["operators"][0]
    news.apply(Event("5-1", "operator.changed", NOW, {"operator": None, "removed": "anna"}))
    assert heard(news)["removed"] == ["anna"]


def window(operator: str = "anna", *roles: str) -> Window:
    return Window(Visitor(Session("s", operator, 0), Human(operator, roles=roles or ("operator",))), lambda: None)


async def test_ones_own_goes_before_all_news_that_wait() -> None:
    page = window()
    page.news("news")
    page.send("pop")
    page.news("more")
    assert [await page.next() for _ in range(3)] == ["pop", "news", "more"]


async def test_a_page_that_does_not_keep_up_gets_the_floor_whole_instead() -> None:
    page = window()
    for n in range(NEWS_MOST + 5):
        page.news(f"{n}")
    assert page.behind
    page.send("pop")
    page.anew("whole")
    page.news("then")
    assert [await page.next() for _ in range(3)] == ["pop", "whole", "then"]


@dataclass
class Stream:
    """The floor's events, as they are fed here."""

    fed: asyncio.Queue[Event | Missed] = field(default_factory=asyncio.Queue)

    async def last(self) -> str:
        return "0-0"

    async def after(self, last: str) -> Any:
        while True:
            event = await self.fed.get()
            if isinstance(event, Missed):
                raise event
            yield event


class Empty:
    """A floor on which nothing is yet."""

    async def _none(self, *_: Any) -> tuple[()]:
        return ()

    operators = presences = waiting = assignments = _none

    async def dossier(self, name: str) -> str:
        return json.dumps({"request": {"id": name}})


async def person(name: str) -> Operator | None:
    return Operator(name, name)


@pytest.fixture
async def hub(monkeypatch: pytest.MonkeyPatch) -> Any:
    monkeypatch.setattr(hubs, "GATHER_S", 0.01)
    one = Hub(Empty(), Stream(), person, lambda _: {})  # type: ignore[arg-type]
    await one.start()
    yield one
    await one.close()


async def test_a_pop_stands_before_news_that_were_older_and_each_text_is_made_once(hub: Hub) -> None:
    his, others = window("anna"), [window(f"op{n}") for n in range(40)]
    for page in (his, *others):
        assert hub.enter(page, "0-0")
    for n in range(1, 30):
        hub.events.fed.put_nowait(waits(n))  # type: ignore[attr-defined]
    hub.events.fed.put_nowait(offered(30))  # type: ignore[attr-defined]
    async with asyncio.timeout(20):
        first, second = str(await his.next()), str(await his.next())
        texts = [str(await page.next()) for page in others]
    assert json.loads(first)["data"]["dossier"] == {"request": {"id": "a30"}}
    assert json.loads(second)["type"] == "floor"
    assert len(json.loads(second)["queue"]["in"]) == 29
    assert len({id(text) for text in (second, *texts)}) == 1, "encoded once for all"


async def test_whoever_comes_from_a_house_that_is_ahead_or_from_before_begins_anew(hub: Hub) -> None:
    for n in (5, 6):
        hub.events.fed.put_nowait(offered(n))  # type: ignore[attr-defined]
    async with asyncio.timeout(20):
        while hub.at != "6-2":
            await asyncio.sleep(0)
    assert [event.id for event in hub.since("5-2") or ()] == ["6-2"]
    assert [event.id for event in hub.since("5-9") or ()] == ["6-2"], "by another event's id than one of his own"
    assert hub.since("6-2") == []
    assert hub.since("7-1") is None
    assert hub.since("nonsense") is None
    assert (number("12-3"), number("x"), number("1-²")) == ((12, 3), None, None)


async def test_after_events_were_missed_pages_come_anew_and_watchers_hear_what_happens_then(hub: Hub) -> None:
    page, heard = window(), list[str]()

    async def watcher(event: Event) -> None:
        heard.append(event.id)

    hub.watchers.append(watcher)
    assert hub.enter(page, "0-0")
    for one in (Missed("trimmed"), waits(7)):
        hub.events.fed.put_nowait(one)  # type: ignore[attr-defined]
    async with asyncio.timeout(20):
        assert await page.next() == (1012, "missed")
        while not heard:
            await asyncio.sleep(0)
    assert heard == ["7-1"]
