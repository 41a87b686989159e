"""One chat: whole turns, each message once, late answers in their order, a person who takes over; in virtual time."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace
from typing import Any

from ivr.actions import Context, Handover, Looked, Matter, State
from ivr.channels.chat.log import LOG_MOST, Log, begin
from ivr.channels.chat.message import Pressed, Rated, Types, Wants, Wrote
from ivr.channels.chat.room import Parts, Room
from tests.ivr.channels.chat.fakes import Board, Remembered, Screen, now_ms, parts
from tests.virtual_time import run


def virtual(test: Callable[..., Awaitable[None]]) -> Callable[..., None]:
    def played(**given: Any) -> None:
        run(test(**given))

    played.__name__, played.__doc__ = test.__name__, test.__doc__
    return played


async def room_of(some: Parts, language: str = "en") -> tuple[Room, Screen]:
    chat, _ = begin(language, now_ms())
    room, screen = Room(chat, some), Screen()
    room.attach(screen, 0)
    await room.ready()
    return room, screen


@virtual
async def test_a_turn_shows_the_message_with_its_answer_and_what_may_be_pressed() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "hi"), screen)
    assert screen.said() == ["house: hello", "visitor: hi", "house: you said hi"]
    assert [line["seq"] for line in screen.sent] == [1, 2, 3]
    assert screen.sent[1]["id"] == "a"
    assert [one["id"] for one in screen.sent[2]["buttons"]] == ["day", "bye", "hush"]
    await room.close()


@virtual
async def test_the_same_message_counts_once_however_often_it_comes() -> None:
    page = Remembered()
    room, screen = await room_of(parts(page))
    for _ in range(3):
        await room.take(Wrote("a", "hi"), screen)
    await asyncio.gather(*(room.take(Wrote("b", "ho"), screen) for _ in range(4)))
    assert [line.value for line in page.kept[-1].ledger] == ["hi", "ho"]
    assert [entry.seq for entry in room.log.entries] == [1, 2, 3, 4, 5]
    assert [line["id"] for line in screen.sent if line.get("id")] == ["a", "a", "a", "b", "b", "b", "b"]
    await room.close()
    assert [text for text, ours in page.touched.values() if not ours] == ["hi", "ho"]


@virtual
async def test_a_touch_that_takes_its_time_is_kept_all_the_same() -> None:
    page = Remembered()
    keep = page.touch

    async def late(*words: Any, **more: Any) -> None:
        await asyncio.sleep(3)
        await keep(*words, **more)

    page.touch = late  # type: ignore[method-assign]
    room, screen = await room_of(parts(page))
    await room.take(Wrote("a", "hi"), screen)
    await asyncio.sleep(4)
    await room.close()
    assert [text for text, ours in page.touched.values() if not ours] == ["hi"]


@virtual
async def test_nothing_of_a_turn_is_seen_before_all_of_it_is_kept() -> None:
    page, board = Remembered(keep_s=0.3), Board()
    room, screen = await room_of(parts(page, board))
    taking = asyncio.create_task(room.take(Wrote("a", "hi"), screen))
    await asyncio.sleep(0.2)
    assert screen.said() == ["house: hello"]
    await taking
    held = Log.unpack(board.held[room.log.chat])
    assert [entry.body["text"] for entry in held.entries] == ["hello", "hi", "you said hi"]
    assert held.state is not None
    assert held.state["ledger"][0]["value"] == "hi"
    await room.close()


@virtual
async def test_dots_are_shown_for_what_takes_time_and_a_late_answer_comes_behind_what_was_said_meanwhile() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "look"), screen)
    await asyncio.sleep(0.5)
    assert screen.sent[-1] == {"type": "typing", "who": "house", "on": True}
    await asyncio.sleep(2)
    assert screen.said()[-2:] == ["house: looking", "house: found {'day': 'Monday'}"]
    assert screen.sent[-1] == {"type": "typing", "who": "house", "on": False}
    await room.close()


@virtual
async def test_a_quick_answer_shows_no_dots() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "hi"), screen)
    await asyncio.sleep(5)
    assert "typing" not in screen.kinds()
    await room.close()


@virtual
async def test_a_button_is_pressed_by_its_name_and_an_old_one_is_refused() -> None:
    room, screen = await room_of(parts())
    await room.take(Pressed("a", "day"), screen)
    assert screen.said()[-2:] == ["visitor: Which day?", "house: you said day"]
    await room.take(Pressed("b", "nothing"), screen)
    assert screen.sent[-1] == {"type": "refused", "id": "b", "why": "stale"}
    await room.take(Pressed("c", "bye"), screen)
    await room.take(Pressed("d", "day"), screen)
    assert screen.sent[-1] == {"type": "refused", "id": "d", "why": "stale"}
    await room.close()


@virtual
async def test_a_flood_is_answered_politely_and_costs_nothing_that_is_sent_again() -> None:
    room, screen = await room_of(parts())
    for n in range(30):
        await room.take(Wrote(f"m{n}", str(n)), screen)
    slow = [line for line in screen.sent if line["type"] == "slow"]
    assert len(slow) == 22
    assert 0 < slow[0]["retry_ms"] <= 1000
    for _ in range(60):
        await asyncio.sleep(1)
        for line in [line for line in slow if room.log.known(line["id"]) is None][:1]:
            await room.take(Wrote(line["id"], line["id"][1:]), screen)
    assert len({line for line in screen.said() if line.startswith("visitor")}) == 30
    await room.close()


@virtual
async def test_what_was_too_fast_goes_before_what_was_written_after_it_unless_it_never_comes() -> None:
    room, screen = await room_of(parts())
    for n in range(9):
        await room.take(Wrote(f"m{n}", str(n)), screen)
    assert screen.sent[-1]["type"] == "slow"
    await asyncio.sleep(1.0)
    await room.take(Wrote("m9", "9"), screen)  # written before its page heard that m8 was too fast
    assert screen.sent[-1] == {"type": "slow", "id": "m9", "retry_ms": 1000}
    await room.take(Wrote("m8", "8"), screen)
    await asyncio.sleep(1.0)
    await room.take(Wrote("m9", "9"), screen)
    await room.take(Wrote("m10", "10"), screen)  # its page is closed and never says it again
    await asyncio.sleep(7.0)
    await room.take(Wrote("m11", "11"), screen)
    assert [line for line in screen.said() if line.startswith("visitor")][8:] == ["visitor: 8", "visitor: 9", "visitor: 11"]
    await room.close()


@virtual
async def test_a_fault_of_the_flow_keeps_what_was_written_and_the_chat_goes_on() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "fault"), screen)
    await room.take(Wrote("b", "hi"), screen)
    assert screen.said()[1:] == ["visitor: fault", "visitor: hi", "house: you said hi"]
    await room.close()


@virtual
async def test_a_message_that_the_flow_takes_down_is_the_next_one_written() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "story"), screen)
    await room.take(Wrote("b", "It fell from the van."), screen)
    await asyncio.sleep(0.1)
    assert screen.said()[-2:] == ["visitor: It fell from the van.", "house: noted: It fell from the van."]
    await room.close()


@virtual
async def test_a_link_is_a_line_of_the_chat_whatever_way_the_flow_names() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "link"), screen)
    await asyncio.sleep(0.1)
    assert screen.said()[-3:] == ["house: sending", "house: https://x.example/4711", "house: sent"]
    await room.close()


@virtual
async def test_what_is_written_during_a_look_up_is_answered_after_it() -> None:
    page = Remembered()
    room, screen = await room_of(parts(page))
    await room.take(Wrote("a", "look"), screen)
    await asyncio.gather(room.take(Wrote("b", "and quick"), screen), room.take(Wrote("c", "please"), screen))
    assert now_ms() == 1_002_000
    assert screen.said()[2:] == [
        "house: looking",
        "house: found {'day': 'Monday'}",
        "visitor: and quick",
        "house: you said and quick",
        "visitor: please",
        "house: you said please",
    ]
    await room.close()


@virtual
async def test_what_begins_a_look_up_without_a_word_stands_before_what_was_found_and_is_heard_once() -> None:
    for message in (Pressed("a", "hush"), Wrote("a", "hush")):
        page = Remembered()
        room, screen = await room_of(parts(page))
        await room.take(message, screen)
        assert screen.said()[1:] == ["visitor: Yes" if isinstance(message, Pressed) else "visitor: hush"]
        await room.take(Wrote("b", "thanks"), screen)
        assert screen.said()[2:] == ["house: found {'day': 'Monday'}", "visitor: thanks", "house: you said thanks"]
        assert [line.value for line in page.kept[-1].ledger] == ["thanks"]
        await room.close()


@virtual
async def test_what_comes_in_the_moment_in_which_something_is_found_is_answered() -> None:
    page = Remembered()
    room, screen = await room_of(parts(page))
    await room.take(Wrote("a", "look"), screen)
    assert room.talk is not None
    writing = asyncio.create_task(room.take(Wrote("b", "please"), screen))
    await asyncio.sleep(0)
    room.talk.put(Looked("1", {"day": "Friday"}))  # right behind it
    await writing
    assert screen.said()[-2:] == ["visitor: please", "house: you said please"]
    await room.close()


@virtual
async def test_after_the_end_a_smile_and_a_new_question() -> None:
    page = Remembered()
    room, screen = await room_of(parts(page))
    await room.take(Wrote("a", "bye"), screen)
    assert screen.kinds()[-2:] == ["said", "ended"]
    assert room.log.state is None
    await room.take(Rated("b", "good"), screen)
    await room.take(Rated("b", "good"), screen)
    assert (room.log.rated, screen.kinds()[-1]) == ("good", "thanks")
    await room.take(Wants("c", "again"), screen)
    assert screen.kinds()[-2] == "again"
    assert screen.said()[-1] == "house: hello"
    await room.take(Wants("d", "again"), screen)
    assert screen.sent[-1] == {"type": "refused", "id": "d", "why": "stale"}
    await room.close()
    assert page.touched[f"{room.log.chat}:b"] == ("good", False)


@virtual
async def test_who_writes_on_after_the_end_is_heard_in_a_new_talk() -> None:
    room, screen = await room_of(parts())
    await room.take(Wrote("a", "bye"), screen)
    await room.take(Wrote("b", "one more thing"), screen)
    assert screen.said()[-3:] == ["house: hello", "visitor: one more thing", "house: you said one more thing"]
    await room.close()


@virtual
async def test_the_ticket_is_a_card_and_without_anything_begun_the_number_alone() -> None:
    room, screen = await room_of(replace(parts(phone="+7 495 123-45-67"), ticket_key="#"))
    await room.take(Wants("a", "ticket"), screen)
    assert "digits" not in screen.sent[-1]
    await room.take(Wrote("b", "hi"), screen)
    await room.take(Wants("c", "ticket"), screen)
    assert (screen.sent[-1]["type"], screen.sent[-1]["key"], screen.sent[-1]["digits"], screen.sent[-1]["phone"]) == (
        "card",
        "#",
        "481 516",
        "+7 495 123-45-67",
    )
    await room.close()
    bare, view = await room_of(parts())
    await bare.take(Wants("a", "ticket"), view)
    assert view.sent[-1] == {"type": "refused", "id": "a", "why": "nothing"}
    await bare.close()


@dataclass
class Person:
    """A desk with one person."""

    there: bool = True
    told: list[str] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    async def wanted(self, room: Room, why: Handover) -> bool:
        self.told.append(f"wanted {why.reason}")
        return self.there

    async def heard(self, room: Room, text: str) -> None:
        self.told.append(text)

    async def types(self, room: Room, on: bool) -> None:
        self.told.append("types")

    async def left(self, room: Room) -> None:
        self.told.append("left")

    async def talked(self, room: Room, state: State) -> None:
        self.ended.append("done" if state.done else state.step)

    async def rated(self, room: Room, smile: str) -> None:
        self.told.append(smile)


@virtual
async def test_a_person_takes_over_and_the_bot_is_silent_until_he_leaves() -> None:
    desk = Person()
    room, screen = await room_of(parts(desk=desk))
    await room.take(Wrote("a", "person"), screen)
    assert screen.kinds()[-1] == "handed"
    await room.take(Wrote("b", "is anybody there?"), screen)
    await room.join("Anna")
    room.types(True)
    await room.say("Good day, I am Anna.")
    await room.take(Types(True), screen)
    await room.take(Wrote("c", "at last"), screen)
    assert screen.said()[-3:] == ["visitor: is anybody there?", "operator: Good day, I am Anna.", "visitor: at last"]
    assert desk.told == ["wanted asked", "is anybody there?", "types", "at last"]
    await room.leave()
    assert screen.sent[-1]["note"] == "left"
    await room.take(Wrote("d", "bot?"), screen)
    assert screen.said()[-1] == "house: you said bot?"
    await room.close()
    assert desk.told[-1] == "at last"


@virtual
async def test_where_nobody_is_there_it_is_said_and_the_bot_goes_on() -> None:
    room, screen = await room_of(parts(desk=Person(there=False)))
    await room.take(Wrote("a", "person"), screen)
    assert screen.kinds()[-1] == "nobody"
    await room.take(Wrote("b", "well then"), screen)
    assert screen.said()[-1] == "house: you said well then"
    await room.close()


@virtual
async def test_two_windows_show_the_same_and_a_page_that_comes_again_gets_what_it_lacks() -> None:
    room, first = await room_of(parts())
    second = Screen()
    room.attach(second, 0)
    await room.take(Wrote("a", "hi"), first)
    assert second.sent == first.sent
    room.detach(first)
    await room.take(Wrote("b", "ho"), second)
    again = Screen()
    room.attach(again, 3)
    assert again.said() == ["visitor: ho", "house: you said ho"]
    assert [line["seq"] for line in again.sent] == [4, 5]
    await room.close()


@virtual
async def test_the_log_is_bounded_and_says_where_it_begins() -> None:
    room, screen = await room_of(parts())
    for n in range(LOG_MOST):
        await asyncio.sleep(1)
        await room.take(Wrote(f"m{n}", "x"), screen)
    assert len(room.log.entries) == LOG_MOST
    assert (room.log.first, room.log.last) == (LOG_MOST + 2, 2 * LOG_MOST + 1)
    assert len(Log.unpack(room.log.pack()).entries) == LOG_MOST
    await room.close()


@virtual
async def test_who_went_on_by_another_channel_is_asked_no_question_that_is_answered() -> None:
    page = Remembered()
    room, screen = await room_of(parts(page))
    await room.take(Wrote("a", "hi"), screen)
    page.ahead, page.context = True, Context(matters=(Matter("m1", {}),))
    room.detach(screen)
    room.attach(screen, room.log.last)
    await room.ready()
    assert screen.said()[-1] == "house: welcome back"
    page.ahead = False
    await room.take(Wrote("b", "ho"), screen)
    assert screen.said()[-2:] == ["visitor: ho", "house: you said ho"]
    # And where he had left the window open.
    page.ahead = True
    await room.take(Wrote("c", "so"), screen)
    assert screen.said()[-3:] == ["house: welcome back", "visitor: so", "house: you said so"]
    await room.close()
