"""The line drops, in the worst moments of a real call: whoever redials goes on where he was, on any node, in any channel."""

from __future__ import annotations

import asyncio
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from ivr.memory.identity import phone
from ivr.memory.lookup import Who
from tests.peers.house import Running, call, direct, fact, house
from tests.peers.orders import Orders
from tests.peers.redis import RedisServer
from tests.routing.chatter import Chatter
from tests.routing.house import desk
from tests.routing.parcel_calls import (
    AT_ONCE,
    EVENING,
    FLOW,
    NO_MORE,
    ORDER,
    RIGHT,
    TOPIC,
    YES,
    Act,
    at_step,
    day,
    day_of_delivery,
    drop_after,
    drop_at,
    in_memory,
    known,
    new_number,
    parcel_call,
    settings,
)
from tests.routing.up import BACK_S, READY, Up

pytestmark = [pytest.mark.real, pytest.mark.timeout(240)]
REST: tuple[Act, ...] = (day(), EVENING, RIGHT, NO_MORE)


@dataclass
class Rig:
    """A house, its order service, and the Redis that others may share."""

    running: Running
    port: int
    redis: RedisServer
    orders: Orders
    folder: Path

    def call(self, number: str, *acts: Act) -> dict[str, Any]:
        """A call; how it ended for the house, and what was said in it: "said"."""
        self.told, ended = parcel_call(self.running, self.port, number, *acts)
        return ended


@pytest.fixture(scope="module")
def rig(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rig]:
    folder = tmp_path_factory.mktemp("house")
    with RedisServer() as redis, Orders() as orders:
        flow = folder / "flow.yaml"
        source = FLOW.read_text(encoding="utf-8").replace("orders: {python: orders}", f'orders: {{http: "{orders.url}"}}')
        flow.write_text(source.replace("deadline_s: 2.5", "deadline_s: 30"), encoding="utf-8")
        with house(folder, settings(folder, redis.url, 21000, flow) + "lost_s = 2.0\n") as (running, port):
            yield Rig(running, port, redis, orders, folder)


def nothing_twice(before: dict[str, Any], second: dict[str, Any], *asked_again: str) -> None:
    """Besides the greeting, only the question that was not answered is heard again; and no question whose answer was known."""
    assert set(before["said"]) & set(second["said"]) <= {"greeting.text", *asked_again}
    assert second["repeated"] == 0


class TestInTheMiddleOfASlot:
    def test_half_keyed(self, rig: Rig) -> None:
        number = new_number()
        before = rig.call(number, TOPIC, {"why": "half", "press": "47", "at": "status.text"}, drop_after(400))
        assert (before["step"], before["slots"]) == ("status", {"topic": "status"})
        second = rig.call(number, YES, ORDER, *REST)
        assert second["said"][:4] == ["greeting.text", "resume.text", "resume.going_on", "status.text"]
        assert "done.text" in second["said"]
        nothing_twice(before, second, "status.text")

    def test_half_spoken(self, rig: Rig) -> None:
        number = new_number()
        before = rig.call(number, TOPIC, {"why": "half", "say": "Four seven one one.", "at": "status.text"}, drop_after(700))
        assert (before["step"], before["slots"]) == ("status", {"topic": "status"})
        second = rig.call(
            number,
            {"why": "yes", "say": "Yes, please.", "at": "resume.text"},
            {"why": "order", "say": "Four seven one one.", "at": "status.text"},
            drop_at("late.text"),
        )
        assert second["said"][:5] == ["greeting.text", "resume.text", "resume.going_on", "status.text", "late.text"]
        assert second["slots"]["order"] == "4711"
        nothing_twice(before, second, "status.text")


def test_in_the_middle_of_a_prompt(rig: Rig) -> None:
    number = new_number()
    before = rig.call(number, TOPIC, ORDER, drop_at("day.text", 1000))
    assert (before["step"], before["said"][-2:]) == ("day", ["late.text", "day.text"])
    began = [
        line["at_ns"] for line in rig.running.lines if line.get("call") == before["call"] and line.get("prompt") == "late.text"
    ][-1]
    assert 0 < fact(rig.told, "drops")["at_ns"] - began < 6e9, "this prompt takes seven seconds"
    second = rig.call(number, YES, *REST)
    assert second["said"][:4] == ["greeting.text", "resume.text", "resume.going_on", "day.text"]
    assert second["slots"]["topic"] == "status"
    assert "done.text" in second["said"]
    nothing_twice(before, second, "day.text")
    assert known(rig.redis.url, number).matters == (), "and it is at its end"


def test_while_something_is_looked_up(rig: Rig) -> None:
    number = new_number()
    asked = len(rig.orders.asked_ns)
    rig.orders.hold()
    try:
        before = rig.call(number, TOPIC, ORDER, drop_at(rig.orders.until_asked))
    finally:
        rig.orders.let_go()
    dropped = fact(rig.told, "drops")["at_ns"]
    assert [at < dropped for at in rig.orders.asked_ns[asked:]] == [True]
    assert (before["step"], before["slots"]["order"]) == ("find", "4711")
    second = rig.call(number, YES, *REST)
    assert second["said"][:5] == ["greeting.text", "resume.text", "resume.going_on", "late.text", "day.text"]
    offered = [
        line["what"] for line in rig.running.lines if line.get("call") == second["call"] and line.get("prompt") == "resume.text"
    ]
    assert "order four seven, one one" in offered[0]
    assert "done.text" in second["said"]
    nothing_twice(before, second)


def test_on_another_node(rig: Rig, tmp_path: Path) -> None:
    number = new_number()
    before = rig.call(number, TOPIC, ORDER, day(), drop_at("window.text"))
    assert before["step"] == "window"
    with house(tmp_path, settings(tmp_path, rig.redis.url, 23000)) as (running, port):
        other = Rig(running, port, rig.redis, rig.orders, tmp_path)
        second = other.call(number, YES, drop_at("window.text"))
        assert second["said"] == ["greeting.text", "resume.text", "resume.going_on", "window.text"]
        assert second["slots"] == {"topic": "status", "order": "4711", "day": day_of_delivery()}
        nothing_twice(before, second, "window.text")
    # And back again.
    third = rig.call(number, YES, EVENING, RIGHT, NO_MORE)
    assert third["said"][:4] == ["greeting.text", "resume.text", "resume.going_on", "window.text"]
    assert "done.text" in third["said"]
    nothing_twice(before, third, "window.text")


def test_by_chat_where_it_was_begun(rig: Rig) -> None:
    """From the chat to the phone by ticket, and when the line drops, back to the chat: each goes on where the other was."""
    number = new_number()

    async def crossed() -> tuple[dict[str, Any], list[str]]:
        async with desk(rig.redis.url) as web, aiohttp.ClientSession() as session:
            visitor = Chatter(web.url, session)
            await visitor.come()
            await visitor.until("How can I help")
            await visitor.say("My order 4711 has not come.", "a")
            await visitor.until("Which day")
            await visitor.send({"type": "ticket", "id": "b"})
            await visitor.back("b")
            digits = "".join(filter(str.isdigit, visitor.entries[-1]["digits"]))
            visitor.cut()
            proof: Act = {"why": "ticket", "press": f"#{digits}", **AT_ONCE}
            called = await asyncio.to_thread(rig.call, number, proof, day(), drop_at("window.text"))
            since = len(visitor.entries)
            await visitor.come()
            await visitor.until("We stopped at the time of delivery for order 4711")
            await visitor.say("In the evening.", "c")
            await visitor.until("Is that right")
            await visitor.say("Yes.", "d")
            await visitor.until("It is booked")
            await visitor.say("No, thank you.", "e")
            await visitor.until("lovely day")
            visitor.cut()
            return called, [entry["text"] for entry in visitor.entries[since:] if entry.get("who") == "house"]

    called, written = asyncio.run(crossed())
    assert called["said"][-3:] == ["resume.proved", "day.text", "window.text"]
    assert called["repeated"] == 0
    assert not [text for text in written if "Which day" in text or "order number" in text], "nothing is asked again"
    matters = asyncio.run(in_memory(rig.redis.url, lambda memory: memory.who(phone(number)))).matters
    assert matters == (), "what the chat has ended is ended on the phone"


def spoken(rig: Rig, call: dict[str, Any]) -> dict[str, str]:
    """In which language each prompt of a call was said."""
    return {
        line["prompt"]: line["language"]
        for line in rig.running.lines
        if line.get("call") == call["call"] and line.get("prompt") and line.get("language")
    }


def test_in_his_language(rig: Rig) -> None:
    """From a Russian chat to a house that greets in English: by ticket he goes on in Russian, and is greeted so when he redials."""
    number = new_number()

    async def crossed() -> dict[str, Any]:
        async with desk(rig.redis.url) as web, aiohttp.ClientSession() as session:
            visitor = Chatter(web.url, session, "ru")
            await visitor.come()
            await visitor.say("Мой заказ 4711 не пришёл.", "a")
            await visitor.until("В какой день")
            await visitor.send({"type": "ticket", "id": "b"})
            await visitor.back("b")
            digits = "".join(filter(str.isdigit, visitor.entries[-1]["digits"]))
            visitor.cut()
            proof: Act = {"why": "ticket", "press": f"#{digits}", **AT_ONCE}
            return await asyncio.to_thread(rig.call, number, proof, day(), drop_at("window.text"))

    called = asyncio.run(crossed())
    said = spoken(rig, called)
    assert (said["greeting.text"], said["resume.proved"], said["window.text"]) == ("en", "ru", "ru")
    again = rig.call(number, YES, drop_at("window.text"))
    assert set(spoken(rig, again).values()) == {"ru"}
    assert again["said"][:2] == ["greeting.text", "resume.text"]


def test_his_telephone_is_killed(rig: Rig) -> None:
    """No BYE and no packet comes any more: two seconds later his line has dropped."""
    number = new_number()
    command = [sys.executable, "-m", "routing.caller", f"sip:hotline@127.0.0.1:{rig.port}", "en", number]
    with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as caller:
        try:
            direct(caller, [TOPIC, ORDER, drop_after(60_000)], lambda prompt: rig.running.until_said(prompt, 30))
            rig.running.until_said("day.text", 30)
        finally:
            caller.kill()
    gone = rig.running.until("hung up", 10)
    before = rig.running.until("outcome", 30)
    assert (before["step"], gone["by_us"], before["calls"]) == ("day", False, 0)
    second = rig.call(number, YES, *REST)
    assert second["said"][:4] == ["greeting.text", "resume.text", "resume.going_on", "day.text"]
    assert "done.text" in second["said"]
    assert second["repeated"] == 0


class TestKilled:
    """`hotline up`, its phone process killed outright in the middle of a question."""

    @pytest.fixture
    def up(self, rig: Rig, tmp_path: Path) -> Iterator[Up]:
        with Up(tmp_path, f'redis = "{rig.redis.url}"\n') as running:
            yield running

    def test_whoever_redials_goes_on(self, rig: Rig, up: Up) -> None:
        number = new_number()
        stays, step = drop_after(60_000), at_step(rig.redis.url, number)
        command = [sys.executable, "-m", "routing.caller", f"sip:hotline@127.0.0.1:{up.port}", "en", number]
        with subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.DEVNULL, text=True) as caller:
            try:
                direct(caller, [TOPIC, ORDER, day(), stays], step)
                step("window.text")
                os.kill(up.phone(), signal.SIGKILL)  # the question for the time of day is being said
                began = time.monotonic()
            finally:
                caller.kill()
        up.until(READY, 30)
        assert time.monotonic() - began < max(BACK_S, 2 * up.booted_s)
        before = self.matter(known(rig.redis.url, number))

        def going_on() -> None:
            """The offer was accepted, and the question is asked again."""
            self.until(rig, number, lambda matter: matter["questions"] == before["questions"] + 2)

        drop = drop_at(lambda: self.until(rig, number, lambda matter: matter["step"] == "recap"))
        told = call(up.port, "en", [YES, {**EVENING, "at": going_on}, drop], number=number)
        assert told[-1]["what"] == "hung up"
        after = self.matter(known(rig.redis.url, number))
        assert (before["step"], after["step"]) == ("window", "recap")
        lines = [(line["slot"], line["value"]) for line in after["ledger"]]
        assert lines[-1] == ("window", "evening"), "yes, and evening: it was asked for the time and for nothing else"
        assert lines[:-1] == [(line["slot"], line["value"]) for line in before["ledger"]], "what was answered is kept, once"
        assert after["repeated"] == 0
        # The offer, the question that was cut off, and the next one.
        assert after["questions"] - before["questions"] == 3
        assert set(before["told"]) <= set(after["told"])

    def until(self, rig: Rig, number: str, wanted: Callable[[dict[str, Any]], bool]) -> None:
        last = time.monotonic() + 60
        while not wanted(matter := self.matter(known(rig.redis.url, number))):
            assert time.monotonic() < last, matter
            time.sleep(0.1)

    @staticmethod
    def matter(who: Who) -> dict[str, Any]:
        (matter,) = who.matters
        return dict(matter.state)
