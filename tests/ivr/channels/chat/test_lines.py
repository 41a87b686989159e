"""A line from a call, on a real Redis: it stands in the chat that is open, in the one that was put away, once, and in no strange one."""

from __future__ import annotations

from ivr.channels.chat.lines import lines_box, showing
from ivr.channels.chat.log import begin
from ivr.channels.chat.rooms import Rooms
from ivr.channels.chat.shelf import RedisShelf
from ivr.memory.store import Store
from tests.ivr.channels.chat.fakes import Screen, parts
from tests.ivr.memory.conftest import Now, now, server, store

__all__ = ["now", "server", "store"]
LINE = {"text": "follow it: https://x.example/4711", "language": "en"}


async def rooms_of(store: Store) -> Rooms:
    return Rooms(parts(board=RedisShelf(store)))  # type: ignore[arg-type]


async def test_it_stands_in_a_chat_that_was_put_away_and_once_only(store: Store, now: Now) -> None:
    log, _ = begin("en", now())
    await RedisShelf(store).put(log)
    rooms, box = await rooms_of(store), lines_box(store, now)
    courier = showing(box, rooms)
    await box.put("link-1", log.chat, LINE)
    assert await courier.once() is None
    assert courier.counts["delivered"] == 1
    assert await rooms.show(log.chat, "link-1", LINE["text"], "en"), "a courier who broke off comes again"
    await rooms.close()
    kept = await RedisShelf(store).get(log.chat)
    assert kept is not None
    assert [entry.body["text"] for entry in kept.entries] == [LINE["text"]]


async def test_a_window_that_is_open_shows_it(store: Store, now: Now) -> None:
    log, _ = begin("en", now())
    await RedisShelf(store).put(log)
    rooms, screen = await rooms_of(store), Screen()
    await rooms.show(log.chat, "link-0", "hello", "en")
    room = rooms.room(log.chat)
    assert room is not None
    room.attach(screen, 0)
    await rooms.show(log.chat, "link-1", LINE["text"], "en")
    assert screen.said() == ["house: hello", f"house: {LINE['text']}"]
    await rooms.close()


async def test_for_a_chat_that_nobody_knows_it_is_given_up(store: Store, now: Now) -> None:
    rooms, box = await rooms_of(store), lines_box(store, now)
    await box.put("link-1", "nobody", LINE)
    courier = showing(box, rooms)
    assert await courier.once() is None
    assert [dead.why for dead in await box.dead()] == ["there is no such chat any more"]
    await rooms.close()
