"""A subject's rights and the end of things: a copy of everything, being forgotten everywhere, and what is kept how long."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ivr.memory.consent import Purpose
from ivr.memory.errors import Unfit
from ivr.memory.identity import Confidence, Proof, chat, device, email, phone
from ivr.memory.journal import Journal
from ivr.memory.matter import DAY_MS, KEPT_MS, Answered, Status
from ivr.memory.memory import Memory
from ivr.memory.privacy import Subject
from ivr.memory.retention import Retention, Swept
from ivr.memory.store import Store
from ivr.memory.timeline import CALL, MESSAGE, NOTE, VISIT, Touch
from tests.ivr.memory.conftest import Now
from tests.peers.redis import RedisServer

pytestmark = pytest.mark.real

ANNA, MAIL, TAGGED, CHAT = (
    phone("+74951234567"),
    email("anna.petrova@example.com"),
    email("anna.petrova+shop@example.com"),
    chat("visitor-17"),
)
OFFICE, IVAN = phone("+74957654321"), email("ivan@example.org")
HERS = ["4951234567", "anna.petrova", "visitor-17", "Аннушка", "зонтик", "marmalade", "4711"]


async def everything(memory: Memory) -> str:
    """All keys and all values of the store, as one text."""
    found, ask = [], memory.store.command
    for key in await ask("KEYS", "*"):
        found.append(key)
        match await ask("TYPE", key):
            case "string":
                found.append(await ask("GET", key))
            case "hash":
                found += await ask("HGETALL", key)
            case "list":
                found += await ask("LRANGE", key, 0, -1)
            case "zset":
                found += await ask("ZRANGE", key, 0, -1)
            case "set":
                found += await ask("SMEMBERS", key)
    return "\n".join(map(str, found))


async def live(memory: Memory, now: Now) -> tuple[str, str]:
    """Anna, by four identities of her own and an office's, and Ivan beside her; gives their ids."""
    anna = await memory.customers.meet(ANNA, name="Аннушка", language="ru")
    also = await memory.customers.meet(MAIL, needs="marmalade")
    ivan = await memory.customers.meet(IVAN, name="Ivan")
    assert anna is not None
    assert also is not None
    assert ivan is not None
    await memory.customers.merge(anna, also, "operator")
    await memory.customers.link(anna, CHAT, [Proof.TICKET])
    for one in (anna, ivan):
        await memory.customers.link(one, OFFICE, [Proof.OPERATOR])
    for number, identity in enumerate((ANNA, MAIL, TAGGED, CHAT)):
        await memory.touch(Touch(identity, MESSAGE, "test", f"a{number}", now() + number, "мой зонтик"), "ru")
    await memory.touch(Touch(OFFICE, CALL, "test", "o1", now(), "marmalade, please", customer=anna))
    await memory.touch(Touch(OFFICE, CALL, "test", "o2", now(), "tea, please", customer=ivan))
    await memory.touch(Touch(OFFICE, CALL, "test", "o3", now(), "who is it?"))
    for matter in (
        memory.matters.begin("parcel", 1, [CHAT, ANNA], "chat"),
        memory.matters.begin("parcel", 1, [OFFICE], "phone", customer=anna),
        memory.matters.begin("tea", 1, [OFFICE, IVAN], "phone", customer=ivan),
    ):
        slot = Answered("order", "4711" if matter.flow == "parcel" else "tea", now(), "chat")
        await memory.matters.checkpoint(replace(matter, state={"said": slot.value}), [slot])
        await memory.tickets.issue(matter.id, matter.identities[0], Confidence.PROVED, matter.customer)
    await memory.consents.say(anna, "email", Purpose.MARKETING, False, "phone")
    return anna, ivan


async def test_a_copy_has_everything_of_hers_and_nothing_of_his(memory: Memory, now: Now) -> None:
    anna, ivan = await live(memory, now)
    copy = json.loads(json.dumps(await memory.privacy.export(anna), ensure_ascii=False))
    text = json.dumps(copy, ensure_ascii=False)
    assert all(word in text for word in HERS)
    assert ivan not in text
    assert "tea" not in text
    assert sum(len(touches) for touches in copy["touches"].values()) == 5
    assert [matter["flow"] for matter in copy["matters"]] == ["parcel", "parcel"]
    assert copy["facts"] == {"name": "Аннушка", "language": "ru", "needs": "marmalade"}
    assert copy["consent"][0]["allowed"] is False
    assert {told["what"] for told in copy["audit"]} == {"made", "merge", "link", "consent"}


async def test_after_erasure_no_key_names_her_and_he_has_lost_nothing(memory: Memory, now: Now) -> None:
    anna, ivan = await live(memory, now)
    before = await memory.who(IVAN)
    gone = await memory.privacy.erase(anna, "desk")
    assert (gone.touches, gone.matters) == (5, 2)
    assert set(gone.identities) == {ANNA, MAIL, TAGGED, CHAT}
    assert gone.left == (OFFICE,)
    text = await everything(memory)
    assert [word for word in (*HERS, anna) if word in text] == []
    assert replace(await memory.who(IVAN), touches=()) == replace(before, touches=())
    assert [touch.source_id for touch in await memory.timeline.of(OFFICE)] == ["o2", "o3"]
    assert await memory.privacy.erasures() == [[now(), "erase", "desk"]]
    with pytest.raises(Unfit, match="no such customer"):
        await memory.privacy.erase(anna, "desk")
    assert await memory.customers.get(ivan) is not None


async def test_a_late_duplicate_does_not_bring_a_word_back(memory: Memory, now: Now) -> None:
    anna, _ = await live(memory, now)
    await memory.privacy.erase(anna, "desk")
    assert await memory.touch(Touch(ANNA, MESSAGE, "test", "a0", now(), "мой зонтик")) is False
    assert await memory.timeline.of(ANNA) == ()


async def test_a_talk_that_is_still_going_does_not_bring_a_matter_back(memory: Memory, now: Now) -> None:
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [ANNA], "phone"))
    await memory.privacy.erase(anna, "desk")
    with pytest.raises(Unfit, match="no longer in the store"):
        await memory.matters.checkpoint(matter, [Answered("order", "4711", now(), "phone")])
    assert "4711" not in await everything(memory)


async def test_what_was_hers_once_is_searched_too(memory: Memory, now: Now) -> None:
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    await memory.customers.link(anna, CHAT, [Proof.TICKET])
    await memory.touch(Touch(CHAT, MESSAGE, "test", "a1", now(), "мой зонтик", customer=anna))
    await memory.customers.unlink(anna, CHAT)
    await memory.privacy.erase(anna, "desk")
    assert "зонтик" not in await everything(memory)


async def test_a_weak_link_is_not_taken_for_hers(memory: Memory, now: Now) -> None:
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    await memory.customers.link(anna, device("kiosk"), [Proof.SAID])
    await memory.touch(Touch(device("kiosk"), VISIT, "test", "k1", now(), "somebody looked"))
    gone = await memory.privacy.erase(anna, "desk")
    assert gone.left == (device("kiosk"),)
    assert len(await memory.timeline.of(device("kiosk"))) == 1


async def test_nothing_of_her_stays_on_the_disk(tmp_path: Path, now: Now) -> None:
    with RedisServer("--appendonly", "yes", "--rdbcompression", "no") as server:
        journal = await Journal.open(tmp_path / "journal")
        memory = Memory(Store(server.url, journal), now)
        anna, _ = await live(memory, now)
        assert all(word.encode() in server.files() for word in HERS)
        gone = await memory.privacy.erase(anna, "desk")
        assert gone.cleaned
        assert [word for word in HERS if word.encode() in server.files()] == []
        await memory.close()


async def test_nothing_of_her_stays_in_the_journal(tmp_path: Path) -> None:
    journal = await Journal.open(tmp_path / "journal")
    await journal.add("tp+74951234567", "touch", ["p+74951234567", "мой зонтик".encode()])
    await journal.add("m17", "checkpoint", ["17", 1, "p+74951234567", "marmalade"])
    await journal.add("tp+1", "touch", ["p+1", "tea"])
    assert await journal.forget(["p+74951234567"]) == 2
    assert [entry.key for entry in await journal.oldest()] == ["tp+1"]
    assert not journal.holds("m17")
    files = b"".join(path.read_bytes() for path in tmp_path.iterdir())
    assert b"4951234567" not in files
    assert b"marmalade" not in files
    await journal.close()


async def test_others_who_keep_something_are_asked_too(memory: Memory, now: Now) -> None:
    class Tapes:
        erased: tuple[str, ...] = ()

        async def export(self, subject: Subject) -> Any:
            return ["a tape"]

        async def erase(self, subject: Subject) -> int:
            self.erased = subject.ids
            return 1

    tapes = Tapes()
    memory.privacy.keepers["recordings"] = tapes
    anna, _ = await live(memory, now)
    assert (await memory.privacy.export(anna))["recordings"] == ["a tape"]
    assert (await memory.privacy.erase(anna, "desk")).others == {"recordings": 1}
    assert anna in tapes.erased
    assert len(tapes.erased) == 2


@pytest.mark.parametrize("kind", [CALL, VISIT, "crm_ticket"])
async def test_a_touch_is_kept_as_long_as_its_kind_and_no_longer(memory: Memory, now: Now, kind: str) -> None:
    kept = Retention({CALL: 30 * DAY_MS, VISIT: 7 * DAY_MS}, other_ms=10 * DAY_MS)
    days = kept.kinds_ms.get(kind, kept.other_ms)
    for number, age in enumerate((days - DAY_MS, days, days + 1, days + DAY_MS)):
        await memory.touch(Touch(ANNA, kind, "test", f"m{number}", now() - age, "words"))
    assert await memory.sweeper.sweep(now(), kept) == Swept(touches=2)
    assert [touch.source_id for touch in await memory.timeline.of(ANNA)] == ["m1", "m0"]
    assert await memory.sweeper.sweep(now(), kept) == Swept()


async def test_a_sweep_over_many_timelines_takes_all_that_is_due_and_nothing_else(memory: Memory, now: Now) -> None:
    kept = Retention({NOTE: 5 * DAY_MS, CALL: 50 * DAY_MS})
    for who in range(300):
        for number in range(3):
            kind = (NOTE, CALL, NOTE)[number]
            await memory.touch(Touch(device(f"d{who}"), kind, "test", f"{who}-{number}", now() - 10 * DAY_MS * number, "words"))
    assert await memory.sweeper.sweep(now(), kept) == Swept(touches=300)
    assert await memory.sweeper.sweep(now() + 40 * DAY_MS + 1, kept) == Swept(touches=600)
    assert await memory.store.command("KEYS", "t*") == []
    # What is gone is forgotten as seen, too.
    assert [key for key in await memory.store.command("KEYS", "s*") if key[1:].isdigit()] == []


async def test_a_long_timeline_of_mixed_kinds_keeps_its_order(memory: Memory, now: Now) -> None:
    for number in range(1300):
        await memory.touch(Touch(ANNA, VISIT if number % 2 else CALL, "test", f"m{number}", now() + number, "words"))
    await memory.sweeper.sweep(now() + DAY_MS, Retention({VISIT: 0}))
    assert [touch.source_id for touch in await memory.timeline.of(ANNA)] == [f"m{number}" for number in range(0, 1300, 2)]


async def test_matters_expire_and_are_forgotten_in_their_time(memory: Memory, now: Now) -> None:
    matter = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [ANNA], "phone", lifetime_ms=DAY_MS))
    longer = await memory.matters.checkpoint(memory.matters.begin("parcel", 1, [ANNA], "phone", lifetime_ms=9 * DAY_MS))
    assert await memory.sweeper.sweep(now.later(DAY_MS - 1)) == Swept()
    assert await memory.sweeper.sweep(now.later(1)) == Swept(expired=1)
    found = await memory.matters.load(matter.id)
    assert found is not None
    assert found.status is Status.EXPIRED
    assert [one.id for one in (await memory.who(ANNA)).matters] == [longer.id]
    assert await memory.sweeper.sweep(now.later(8 * DAY_MS)) == Swept(expired=1)
    assert await memory.sweeper.sweep(now.later(KEPT_MS - 8 * DAY_MS)) == Swept(forgotten=1)
    assert await memory.matters.load(matter.id) is None
    assert await memory.sweeper.sweep(now.later(8 * DAY_MS)) == Swept(forgotten=1)
    assert set(await memory.store.command("KEYS", "*")) == {"hotline:schema"}
