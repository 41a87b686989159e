"""Webhooks out, to real servers that are down, slow, broken, elsewhere: at least once, in order, nowhere they must not go (B14, C9)."""

from __future__ import annotations

import asyncio
import random
import socket
from collections.abc import AsyncIterator, Callable
from dataclasses import replace
from typing import Any

import pytest
from aiohttp import web
from aiohttp.abc import AbstractResolver, ResolveResult

from ivr.channels import signature
from ivr.channels.courier import Backoff
from ivr.channels.webhooks import Target, Webhooks
from ivr.memory.identity import phone
from ivr.memory.matter import Status
from ivr.memory.memory import Memory
from ivr.memory.store import Store
from tests.ivr.memory.conftest import NOON_MS, Now
from voice.errors import ConfigError

pytestmark = pytest.mark.real
KEY = signature.new_key()


class Receiver:
    """A program that gets webhooks. answers: statuses, one after another, then 204; each with headers; a number of seconds waits."""

    def __init__(self) -> None:
        self.answers: list[tuple[int, dict[str, str]] | float] = []
        self.got: list[tuple[str, Any, dict[str, str], bytes]] = []
        self.port = 0

    async def take(self, request: web.Request) -> web.Response:
        body = await request.read()
        self.got.append((request.headers["webhook-id"], await request.json(), dict(request.headers), body))
        answer = self.answers.pop(0) if self.answers else (204, {})
        if isinstance(answer, float):
            await asyncio.sleep(answer)
            answer = (204, {})
        return web.Response(status=answer[0], headers=answer[1])

    @property
    def ids(self) -> list[str]:
        return [name for name, *_ in self.got]


@pytest.fixture
async def receiver() -> AsyncIterator[Receiver]:
    receiver = Receiver()
    app = web.Application()
    app.router.add_post("/hook", receiver.take)
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    receiver.port = runner.addresses[0][1]
    yield receiver
    await runner.cleanup()


class Dns(AbstractResolver):
    """Names as the test has them: one answer after another, the last for ever."""

    def __init__(self, *answers: str) -> None:
        self.answers = list(answers)
        self.asked = 0

    async def resolve(self, host: str, port: int = 0, family: socket.AddressFamily = socket.AF_INET) -> list[ResolveResult]:
        self.asked += 1
        address = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        return [
            {
                "hostname": host,
                "host": address,
                "port": port,
                "family": socket.AF_INET,
                "proto": 0,
                "flags": socket.AI_NUMERICHOST,
            }
        ]

    async def close(self) -> None:
        return None


@pytest.fixture
def target(receiver: Receiver) -> Target:
    return Target("crm", f"http://127.0.0.1:{receiver.port}/hook", (KEY,), allow=("127.0.0.0/8",), hands=2)


Make = Callable[..., Webhooks]


@pytest.fixture
async def make(store: Store, now: Now) -> AsyncIterator[Make]:
    made: list[Webhooks] = []

    def begin(*targets: Target, **more: Any) -> Webhooks:
        settings = {"backoff": Backoff(jitter=0), "dice": random.Random(1), "poll_s": 0.01} | more
        made.append(Webhooks(store, targets, now, **settings))
        made[-1].start()
        return made[-1]

    yield begin
    for one in made:
        await one.close()


async def until(true: Callable[[], bool]) -> None:
    async with asyncio.timeout(20):
        while not true():
            await asyncio.sleep(0.003)


async def settled(hooks: Webhooks, **counts: int) -> None:
    await until(lambda: all(hooks.counts()["crm"].get(name, 0) >= count for name, count in counts.items()))


async def test_an_event_arrives_signed(make: Make, target: Target, receiver: Receiver, now: Now) -> None:
    hooks = make(target)
    await hooks.tell("call.ended", "call-1", "c1", {"outcome": "выполнено", "matter": "m1"})
    await settled(hooks, delivered=1)
    ((name, body, fields, raw),) = receiver.got
    assert body == {
        "type": "call.ended",
        "timestamp": "2027-01-15T08:00:00.000Z",
        "data": {"outcome": "выполнено", "matter": "m1"},
    }
    lower = {field.lower(): value for field, value in fields.items()}
    assert signature.verify({"house": [signature.key(KEY)]}, lower, raw, now.ms / 1000) == ("house", name)
    assert name.startswith("evt_")


async def test_told_twice_is_sent_once(make: Make, target: Target, receiver: Receiver) -> None:
    hooks = make(target)
    for _ in range(3):
        await hooks.tell("call.ended", "call-1", "c1", {})
    await hooks.tell("call.ended", "call-2", "c1", {})
    await settled(hooks, delivered=2)
    assert len(set(receiver.ids)) == len(receiver.ids) == 2


async def test_what_becomes_of_matters_is_told_once(make: Make, target: Target, receiver: Receiver, memory: Memory) -> None:
    hooks = make(target)
    memory.matters.watchers.append(hooks.matter)
    matter = memory.matters.begin("parcel", 3, [phone("+74951234567")], "phone", language="ru")
    matter = await memory.matters.checkpoint(replace(matter, topic="status"))
    matter = await memory.matters.checkpoint(matter)
    await memory.matters.close(matter)
    at_once = memory.matters.begin("parcel", 3, [phone("+74951234567")], "chat")
    await memory.matters.checkpoint(replace(at_once, status=Status.HANDED))
    await settled(hooks, delivered=4)
    events = [(body["type"], body["data"]["matter"]) for _, body, *_ in receiver.got]
    assert [event for event, name in events if name == matter.id] == ["matter.opened", "matter.closed"]
    assert [event for event, name in events if name == at_once.id] == ["matter.opened", "handover.requested"]
    assert receiver.got[0][1]["data"]["topic"] in ("status", "")
    assert "4951234567" not in str(receiver.got)


async def test_only_what_was_asked_for(make: Make, target: Target, receiver: Receiver) -> None:
    hooks = make(replace(target, events=("matter.closed",)))
    await hooks.tell("call.ended", "1", "c1", {})
    await hooks.tell("matter.closed", "2", "c1", {})
    await settled(hooks, delivered=1)
    assert [body["type"] for _, body, *_ in receiver.got] == ["matter.closed"]


async def test_what_fails_is_tried_again_under_the_same_id(make: Make, target: Target, receiver: Receiver, now: Now) -> None:
    receiver.answers = [(500, {}), (503, {}), (404, {})]
    hooks = make(target)
    await hooks.tell("call.ended", "1", "c1", {})
    for turn in range(1, 4):
        await settled(hooks, again=turn)
        await asyncio.sleep(0.03)
        assert len(receiver.got) == turn
        now.later(2_000 * 2 ** (turn - 1))
    await settled(hooks, delivered=1)
    assert len(set(receiver.ids)) == 1
    assert len({fields["webhook-timestamp"] for *_, fields, _ in receiver.got}) == 4


async def test_order_is_kept_for_a_customer_and_others_do_not_wait(
    make: Make, target: Target, receiver: Receiver, now: Now
) -> None:
    receiver.answers = [(500, {})]
    hooks = make(target)
    await hooks.tell("matter.opened", "1", "anna", {"n": 1})
    await settled(hooks, again=1)
    for turn in (2, 3):
        await hooks.tell("matter.closed", str(turn), "anna", {"n": turn})
    await hooks.tell("matter.opened", "b", "boris", {"n": 10})
    await settled(hooks, delivered=1)
    assert [body["data"]["n"] for _, body, *_ in receiver.got] == [1, 10]
    now.later(2_000)
    await settled(hooks, delivered=4)
    assert [body["data"]["n"] for _, body, *_ in receiver.got] == [1, 10, 1, 2, 3]


async def test_a_receiver_that_is_down_for_ten_minutes(make: Make, target: Target, receiver: Receiver, now: Now) -> None:
    with socket.socket() as closed:
        closed.bind(("127.0.0.1", 0))
        hooks = make(replace(target, url=f"http://127.0.0.1:{closed.getsockname()[1]}/hook"))
        await hooks.tell("call.ended", "1", "c1", {})
        for turn in range(1, 10):
            await settled(hooks, again=turn)
            if turn < 9:
                now.later(2_000 * 2 ** (turn - 1))
        # It ends between two tries: one that was under way would be held until its lease is over.
        await hooks.close()
    now.later(2_000 * 2**8)
    assert now.ms - NOON_MS > 600_000
    again = make(target)
    await settled(again, delivered=1)
    assert len(receiver.got) == 1


async def test_a_slow_receiver_is_not_waited_for_and_holds_up_no_other(make: Make, target: Target, receiver: Receiver) -> None:
    receiver.answers = [20.0]
    hooks = make(target, replace(target, name="other"), patience_s=1.0)
    await hooks.tell("call.ended", "1", "c1", {})
    # Whichever of the two met the slow answer: the other one is through, and this one is to be tried again.
    for outcome in ("delivered", "again"):
        await until(lambda outcome=outcome: sum(counts.get(outcome, 0) for counts in hooks.counts().values()) == 1)  # type: ignore[misc]


async def test_retry_after_is_heeded(make: Make, target: Target, receiver: Receiver, now: Now) -> None:
    receiver.answers = [(429, {"Retry-After": "60"})]
    hooks = make(target)
    await hooks.tell("call.ended", "1", "c1", {})
    await settled(hooks, again=1)
    now.later(59_000)
    await asyncio.sleep(0.05)
    assert len(receiver.got) == 1
    now.later(1_000)
    await settled(hooks, delivered=1)


async def test_gone_is_the_end_and_listed(make: Make, target: Target, receiver: Receiver) -> None:
    receiver.answers = [(410, {})]
    hooks = make(target)
    await hooks.tell("call.ended", "1", "c1", {"x": 1})
    await settled(hooks, buried=1)
    (dead,) = (await hooks.dead())["crm"]
    assert (dead.why, dead.body["data"]) == ("gone", {"x": 1})
    assert await hooks.box(target).revive(dead.id)
    await settled(hooks, delivered=1)


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(make: Make, target: Target, receiver: Receiver, status: int) -> None:
    receiver.answers = [(status, {"Location": f"http://127.0.0.1:{receiver.port}/hook"})]
    hooks = make(target)
    await hooks.tell("call.ended", "1", "c1", {})
    await settled(hooks, again=1)
    assert len(receiver.got) == 1


@pytest.mark.parametrize(
    "host",
    [
        "127.0.0.1",
        "2130706433",
        "0x7f000001",
        "0177.0.0.1",
        "127.1",
        "[::1]",
        "[::ffff:127.0.0.1]",
        "169.254.169.254",
        "localhost",
        "0",
        "0.0.0.0",
    ],
)
async def test_every_spelling_of_home_is_refused(make: Make, receiver: Receiver, host: str) -> None:
    hooks = make(Target("crm", f"http://{host}:{receiver.port}/hook", (KEY,), allow=("192.0.2.0/24",)))
    await hooks.tell("call.ended", "1", "c1", {})
    await until(lambda: sum(hooks.counts()["crm"].values()) > 0)
    assert receiver.got == []
    assert (await hooks.dead())["crm"][0].why == "forbidden"


async def test_a_name_that_leads_home(make: Make, receiver: Receiver) -> None:
    hooks = make(Target("crm", f"https://hook.example:{receiver.port}/hook", (KEY,)), resolver=lambda: Dns("127.0.0.1"))
    await hooks.tell("call.ended", "1", "c1", {})
    await settled(hooks, buried=1)
    assert (await hooks.dead())["crm"][0].why == "forbidden"


async def test_a_name_is_asked_once_a_try_and_judged_each_time(make: Make, receiver: Receiver, now: Now) -> None:
    """DNS rebinding: allowed when it is judged, private when it would be connected to, if it were asked again."""
    dns = Dns("127.0.0.2", "169.254.169.254")
    hooks = make(
        Target("crm", f"http://hook.example:{receiver.port}/hook", (KEY,), allow=("127.0.0.2/32",)), resolver=lambda: dns
    )
    await hooks.tell("call.ended", "1", "c1", {})
    await settled(hooks, again=1)  # nobody listens at 127.0.0.2; the point is who was asked
    assert dns.asked == 1
    now.later(2_000)
    await settled(hooks, buried=1)
    assert dns.asked == 2
    assert receiver.got == []


async def test_an_allowed_name_is_reached_by_its_name(make: Make, target: Target, receiver: Receiver) -> None:
    dns = Dns("127.0.0.1")
    hooks = make(replace(target, url=f"http://hook.example:{receiver.port}/hook"), resolver=lambda: dns)
    await hooks.tell("call.ended", "1", "c1", {})
    await settled(hooks, delivered=1)
    assert receiver.got[0][2]["Host"] == f"hook.example:{receiver.port}"


async def test_what_waits_about_a_customer_is_erased(make: Make, target: Target, receiver: Receiver, now: Now) -> None:
    receiver.answers = [(500, {})]
    hooks = make(target)
    await hooks.tell("call.ended", "1", "anna", {})
    await settled(hooks, again=1)
    assert await hooks.forget("anna") == 1
    now.later(10_000)
    await asyncio.sleep(0.05)
    assert len(receiver.got) == 1


async def test_several_keys_sign_while_one_is_changed(make: Make, target: Target, receiver: Receiver) -> None:
    other = signature.new_key()
    hooks = make(replace(target, keys=(KEY, other)))
    await hooks.tell("call.ended", "1", "c1", {})
    await settled(hooks, delivered=1)
    assert len(receiver.got[0][2]["webhook-signature"].split()) == 2


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"url": "http://crm.example/hook", "allow": ()}, "http is for networks"),
        ({"url": "ftp://crm.example/"}, "none to send webhooks to"),
        ({"url": "https://user:password@crm.example/"}, "none to send webhooks to"),
        ({"url": "https:///x"}, "none to send webhooks to"),
        ({"url": "file:///etc/passwd"}, "none to send webhooks to"),
        ({"name": "A b"}, "no name for a webhook"),
        ({"events": ("call.endet",)}, "unknown event call.endet"),
        ({"keys": ()}, "no key"),
        ({"keys": ("whsec_x",)}, "not as it should be"),
        ({"allow": ("10.0.0.1/8",)}, "no network"),
    ],
)
def test_settings_that_cannot_be(target: Target, change: dict[str, Any], said: str) -> None:
    with pytest.raises(ConfigError, match=said):
        replace(target, **change)
