"""All chats of a process: who comes back finds his own, after a restart too; what nobody looks at is put away; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any

import pytest

from ivr.actions import Context, Matter
from ivr.channels.chat.log import Log
from ivr.channels.chat.message import Hello, Wrote
from ivr.channels.chat.room import Room
from ivr.channels.chat.rooms import Full, Rooms
from tests.ivr.channels.chat.fakes import Board, Remembered, Screen, parts
from tests.virtual_time import run


def virtual(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    def played(**given: Any) -> None:
        run(test(**given))

    played.__name__, played.__doc__ = test.__name__, test.__doc__
    return played


def hello(chat: str = "", token: str = "", after: int = 0) -> Hello:
    return Hello(chat, token, after, "en")


def yes() -> bool:
    return True


async def enter(rooms: Rooms, who: Hello) -> tuple[Room, str, Screen]:
    room, token = await rooms.enter(who, yes)
    screen = Screen()
    room.attach(screen, who.after)
    await room.ready()
    return room, token, screen


@virtual
async def test_a_visitor_who_comes_back_finds_his_chat_and_nobody_elses() -> None:
    rooms = Rooms(parts())
    room, token, _ = await enter(rooms, hello())
    same, none, _ = await enter(rooms, hello(room.log.chat, token))
    assert (same, none) == (room, "")
    for wrong in ("", "x" * 43, token[:-1]):
        other, fresh, _ = await enter(rooms, hello(room.log.chat, wrong))
        assert other is not room
        assert fresh
    assert token not in room.log.pack()
    await rooms.close()


@virtual
async def test_after_a_restart_the_talk_goes_on_without_a_word() -> None:
    page, board = Remembered(), Board()
    before = Rooms(parts(page, board))
    room, token, screen = await enter(before, hello())
    await room.take(Wrote("a", "hi"), screen)
    await before.close()
    after = Rooms(parts(page, board))
    again, _, screen = await enter(after, hello(room.log.chat, token, after=3))
    assert screen.sent == []
    await again.take(Wrote("a", "hi"), screen)  # the answer was lost on its way: sent again, counted once
    await again.take(Wrote("b", "ho"), screen)
    assert screen.said() == ["visitor: hi", "visitor: ho", "house: you said ho"]
    assert page.gone_on == ["m1"]
    assert [line.value for line in page.kept[-1].ledger] == ["hi", "ho"]
    await after.close()


@virtual
async def test_after_a_restart_no_question_stands_that_was_answered_elsewhere() -> None:
    page, board = Remembered(), Board()
    before = Rooms(parts(page, board))
    room, token, screen = await enter(before, hello())
    await room.take(Wrote("a", "hi"), screen)
    await before.close()
    page.ahead, page.context = True, Context(matters=(Matter("m1", {}),))
    after = Rooms(parts(page, board))
    _, _, screen = await enter(after, hello(room.log.chat, token, after=3))
    assert screen.said() == ["house: welcome back"]
    await after.close()


@virtual
async def test_who_comes_back_after_long_is_asked_whether_to_go_on() -> None:
    page, board = Remembered(), Board()
    rooms = Rooms(parts(page, board))
    rooms.start()
    room, token, screen = await enter(rooms, hello())
    await room.take(Wrote("a", "hi"), screen)
    room.detach(screen)
    await asyncio.sleep(1000)
    assert rooms.rooms == {}
    page.context = Context(matters=(Matter("m1", {}),))
    again, _, screen = await enter(rooms, hello(room.log.chat, token, after=3))
    assert again is not room
    assert screen.said() == ["house: welcome back"]
    await rooms.close()


@virtual
async def test_who_has_a_window_open_is_not_put_away() -> None:
    rooms = Rooms(parts())
    rooms.start()
    room, _, _ = await enter(rooms, hello())
    await asyncio.sleep(5000)
    assert rooms.room(room.log.chat) is room
    await rooms.close()


@virtual
async def test_while_the_shelf_is_away_chats_go_on_and_are_kept_as_soon_as_it_is_back() -> None:
    board = Board(away=True)
    rooms = Rooms(parts(board=board))
    rooms.start()
    room, token, screen = await enter(rooms, hello())
    await room.take(Wrote("a", "hi"), screen)
    assert screen.said()[-1] == "house: you said hi"
    with pytest.raises(Full):
        await rooms.enter(hello("elsewhere", token), yes)
    board.away = False
    await asyncio.sleep(20)
    assert room.log.chat in board.held
    await rooms.close()


@virtual
async def test_a_full_house_makes_room_for_who_comes_and_never_sends_away_who_is_there() -> None:
    rooms = Rooms(parts(), rooms_most=2)
    first, _, screen = await enter(rooms, hello())
    await enter(rooms, hello())
    with pytest.raises(Full):
        await rooms.enter(hello(), yes)
    first.detach(screen)
    third, _, _ = await enter(rooms, hello())
    assert set(rooms.rooms) & {first.log.chat, third.log.chat} == {third.log.chat}
    with pytest.raises(Full):
        await rooms.enter(hello(), lambda: False)
    await rooms.close()


@virtual
async def test_a_log_that_cannot_be_read_is_no_log() -> None:
    for text in ("{}", "[]", "nonsense", '{"chat": 1, "entries": 5}'):
        with pytest.raises(ValueError):
            Log.unpack(text)


@virtual
async def test_a_state_of_another_program_begins_anew() -> None:
    board = Board()
    rooms = Rooms(parts(board=board))
    room, token, screen = await enter(rooms, hello())
    await room.take(Wrote("a", "hi"), screen)
    await rooms.close()
    log = Log.unpack(board.held[room.log.chat])
    log.state = {"version": 999}
    await board.put(log)
    fresh = Rooms(replace(parts(board=board)))
    _, _, screen = await enter(fresh, hello(room.log.chat, token, after=log.last))
    assert screen.said() == ["house: hello"]
    await fresh.close()


@virtual
async def test_two_windows_that_come_back_at_once_find_one_room() -> None:
    board = Board()
    before = Rooms(parts(board=board))
    room, token, screen = await enter(before, hello())
    await room.take(Wrote("a", "hi"), screen)
    await before.close()
    board.slow_s = 0.3
    after = Rooms(parts(board=board))
    (one, _, _), (other, _, _) = await asyncio.gather(*(enter(after, hello(room.log.chat, token)) for _ in range(2)))
    assert one is other
    assert list(after.rooms) == [room.log.chat]
    await after.close()
