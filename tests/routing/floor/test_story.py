"""The story of a contact: everything in its order, out of the store alone, in both languages; and that it can be forgotten."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest

from ivr.actions import Answer, State
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.privacy import Subject
from ivr.memory.store import Store
from routing.floor import ending
from routing.floor.contacts import Contacts
from routing.floor.keeper import FloorKeeper
from routing.floor.match import match
from routing.floor.records import Medium
from routing.floor.settings import RoutingSettings, Skill
from routing.floor.states import Move
from routing.floor.store import Claim, Floor
from routing.floor.story import Stories, Story
from routing.floor.telling import Teller
from routing.switchboard.transcript import Talks
from tests.routing.floor.conftest import NOON_MS, Now
from tests.routing.floor.people import operator, ready, request

WHO = Identity.from_address("p+74951234567")
ROUTING = RoutingSettings(zone="Europe/Moscow", skills=(Skill("delivery", {"en": "Delivery", "ru": "Доставка"}),))


def line(n: int, who: str, text: str, **more: object) -> str:
    return json.dumps({"call": "call-1", "n": n, "who": who, "text": text, "at_ms": NOON_MS + 1000 * n, **more})


async def lived(floor: Floor, store: Store, now: Now) -> str:
    """A call: known, understood, refused by one, taken by another, wrapped up. Gives the customer."""
    memory = Memory(store, now)
    customer = await memory.customers.meet(WHO, name="Мария")
    assert customer is not None
    talk = (
        line(0, "house", "Hello"),
        line(1, "caller", "where is [my] parcel", score=0.93, engine="vosk"),
        line(2, "caller", "•", keys=True),
    )
    await store.command("RPUSH", "hotline:floor:talk:call-1", *talk)
    state = replace(
        State("parcel", 3), language="en", questions=2, ending="operator",
        ledger=(Answer("topic", "topic", "delivery", "speech", 0.93, NOON_MS + 1500), Answer("ask", "pin", "1234", "key", 1.0, NOON_MS + 2500, kind="digits")),
    )  # fmt: skip
    now.later(s=3)
    await ready(floor, "anna", "boris")
    await floor.keep_operator(operator("boris", skills={"delivery": 2}))
    asked = request("r1", call="call-1", customer=customer, identity=WHO.address, matter="m1", why="operator", topic="delivery")
    await floor.enter(asked)
    for name, moves in (
        ("anna", (Move.SHOWN, Move.RINGING, Move.REFUSED)),
        ("boris", (Move.SHOWN, Move.RINGING, Move.CONNECTED, Move.WRAP_UP, Move.DONE)),
    ):
        [pair], _ = match(await floor.waiting(), await floor.operators(), await floor.presences(), ROUTING, now.ms)
        assert pair.operator == name
        [made] = await floor.claim_all([Claim(pair.request, pair.operator, pair.reasons)])
        assert not isinstance(made, str)
        for move in moves:
            now.later(s=5)
            await floor.move(made.id, move, "no_answer" if move is Move.REFUSED else "")
    await ending.keep(Contacts(store), ending.Talked("call-1", "call", NOON_MS, now.ms, WHO.address, customer, "m1", 3.2), state)
    return customer


READ = {
    "string": ("GET",), "hash": ("HGETALL",), "set": ("SMEMBERS",), "list": ("LRANGE", 0, -1), "zset": ("ZRANGE", 0, -1), "stream": ("XRANGE", "-", "+"),
}  # fmt: skip


async def whole(store: Store) -> str:
    """All that the floor has, keys and values."""
    found = []
    for key in await store.command("KEYS", "hotline:floor:*"):
        verb, *more = READ[await store.command("TYPE", key)]
        found.append((key, await store.command(verb, key, *more)))
    return str(found)


async def story(store: Store, now: Now, name: str = "last") -> Story:
    found = await Stories(Memory(store, now), ROUTING).of(name)
    assert found is not None
    return found


async def test_everything_in_its_order(floor: Floor, store: Store, now: Now) -> None:
    await lived(floor, store, now)
    told = await story(store, now)
    assert [one.what for one in told.lines] == [
        "known", "house", "caller", "understood", "caller", "understood", "waits", "offered", "moved", "moved", "refused", "waits", "offered", "moved",
        "moved", "moved", "moved", "left", "moved", "ended",
    ]  # fmt: skip
    assert told.record is not None
    assert (told.record.outcome, told.record.operator, told.record.questions, told.record.waited_s) == (
        "handled",
        "boris",
        2,
        30.0,
    )


@pytest.mark.parametrize("name", ["last", "call-1", "m1", "r1"])
async def test_it_is_found_by_any_of_its_names(floor: Floor, store: Store, now: Now, name: str) -> None:
    await lived(floor, store, now)
    assert (await story(store, now, name)).contact == "call-1"


async def test_it_is_found_by_a_call_id_that_is_in_no_key(floor: Floor, store: Store, now: Now) -> None:
    strange, talks = "call-2 {x}" + "y" * 500, Talks(store, 60_000)
    await lived(floor, store, now)
    await talks.named(strange, "call-of-before")
    assert await Stories(Memory(store, now), ROUTING).of(strange) is None
    await talks.named(strange, "call-1")
    assert (await story(store, now, strange)).contact == "call-1"
    keys = await store.command("KEYS", "hotline:floor:*")
    assert not any("y" * 8 in key or len(key) > 80 for key in keys)
    [named] = await store.command("KEYS", "hotline:floor:sip:*")
    assert 0 < await store.command("PTTL", named) <= 60_000


async def test_of_nothing_there_is_no_story(store: Store, now: Now) -> None:
    stories = Stories(Memory(store, now), ROUTING)
    assert await stories.of("last") is None
    assert await stories.of("nobody") is None


async def test_in_words(floor: Floor, store: Store, now: Now) -> None:
    await lived(floor, store, now)
    told = await story(store, now)
    english = [words for _, words in Teller(told, ROUTING, "en").lines()]
    assert english[0] == "who: phone ...67: Мария 0.90 (first); in this call: known by his number at most; found in 3.2 ms"
    assert english[2] == "caller: where is [my] parcel (vosk 0.93)"
    assert english[3] == "understood: topic = delivery (speech, score 0.93, topic)"
    assert english[5] == "understood: pin (key, score 1.00, ask)"
    assert "1234" not in str(told.values())
    assert english[7].startswith(
        "offered to: Anna, because: skill Delivery 3 of 3, highest level of 2 who are free, Boris has level 2"
    )
    assert english[10] == "not taken by: Anna: no answer"
    assert "Anna did not take it" in english[12]
    assert (
        english[-1] == "outcome: handled by a person, waited 30 s, talked 5 s, wrap-up 5 s, questions asked 2, of these twice 0"
    )
    times = [at for at, _ in Teller(told, ROUTING, "ru").lines()]
    assert times[0] == "2027-01-15 11:00:00.000"
    russian = [words for _, words in Teller(told, ROUTING, "ru").lines()]
    assert russian[7].startswith("предложено: Anna, потому что: навык «Доставка» 3 из 3, лучший уровень из 2 свободных")
    assert len(russian) == len(english)


async def test_it_is_all_plain_values(floor: Floor, store: Store, now: Now) -> None:
    await lived(floor, store, now)
    assert json.loads(json.dumps((await story(store, now)).values()))["contact"] == "call-1"


async def test_a_call_without_a_person_has_a_story_too(store: Store, now: Now) -> None:
    state = replace(State("parcel", 3), language="ru", questions=3, repeated=1, done=True, ending="bye")
    await ending.keep(Contacts(store), ending.Talked("call-2", "call", NOON_MS, NOON_MS + 60_000), state)
    told = await story(store, now)
    assert [one.what for one in told.lines] == ["ended"]
    assert told.record is not None
    assert (told.record.outcome, told.record.repeated) == ("contained", 1)


async def test_whoever_is_forgotten_leaves_a_figure(floor: Floor, store: Store, now: Now) -> None:
    customer = await lived(floor, store, now)
    await floor.enter(request("other", Medium.CHAT, call="chat-1", customer="somebody"))
    keeper, subject = FloorKeeper(store, ("draft:",)), Subject((customer,), (WHO,), ("m1",))
    [copy] = await keeper.export(subject)
    given = {told["assignment"]["id"] for kind, _, told in copy["story"] if kind == "assignment.changed"}
    assert given
    for one in (*given, "somebody's"):
        await store.command("SET", f"draft:{one}", "what the operator has begun to write")
    assert (copy["contact"], len(copy["talk"])) == ("call-1", 3)
    assert await keeper.erase(subject) > 1
    assert await keeper.export(subject) == []
    assert await keeper.erase(subject) == 0
    assert await store.command("KEYS", "draft:*") == ["draft:somebody's"]
    row = await Contacts(store).get("call-1")
    assert row is not None
    assert (row.customer, row.topic, row.outcome) == ("", "", "handled")
    everything = await whole(store)
    assert "somebody" in everything
    assert WHO.value not in everything
    assert customer not in everything
    assert [one.id for one in await floor.waiting()] == ["other"]
