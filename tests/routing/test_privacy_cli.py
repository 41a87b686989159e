"""`hotline privacy`, as a process of its own, on everything that the house keeps: a copy that has it all, and an end that leaves nothing."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from ivr.channels import signature
from ivr.channels.chat.log import begin
from ivr.channels.chat.shelf import Erased, RedisShelf
from ivr.channels.email.review import answered_key
from ivr.channels.webhooks import Webhooks
from ivr.memory.identity import Confidence, Proof, chat, email, phone
from ivr.memory.matter import Answered
from ivr.memory.memory import Memory
from ivr.memory.timeline import CALL, MAIL, MESSAGE, Touch, pack
from routing.app import memory_of
from routing.keepers import mail_box, review
from routing.settings import Settings, load
from tests.ivr.memory.test_privacy import everything
from tests.peers.redis import RedisServer
from tests.routing.test_cli import complaint, hotline
from voice.clock import epoch_ms

pytestmark = pytest.mark.real
NUMBER, MAIL_TO = "+74951234567", "anna.petrova@example.com"
HERS = ["4951234567", "anna.petrova", "Аннушка", "зонтик", "umbrella"]
OTHER, TEA = "+74957654321", "tea, please"


@dataclass
class Place:
    """A house: its Redis, its state folder, its settings."""

    redis: RedisServer
    folder: Path
    config: Path

    @property
    def settings(self) -> Settings:
        return load(str(self.config))

    def files(self) -> bytes:
        return self.redis.files() + b"".join(path.read_bytes() for path in self.folder.rglob("*") if path.is_file())


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    config = tmp_path / "hotline.toml"
    with RedisServer("--appendonly", "yes", "--rdbcompression", "no") as redis:
        state = tmp_path / "state"
        config.write_text(f"""
redis = "{redis.url}"
state = "{state}"
region = "RU"
[mail]
address = "help@h.example"
review = "{state}/mail"
[[webhooks.target]]
name = "crm"
url = "http://127.0.0.1:1/"
keys = ["{signature.new_key()}"]
allow = ["127.0.0.0/8"]
""")
        yield Place(redis, state, config)


@pytest.fixture
async def memory(place: Place, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Memory]:
    monkeypatch.delenv("HOTLINE_REDIS", raising=False)
    async with memory_of(place.settings) as memory:
        yield memory


async def live(memory: Memory, place: Place) -> tuple[str, str, str]:
    """Anna in every channel, and somebody else beside her; gives her id, that of her chat, and that of the other's chat."""
    now, store = epoch_ms(), memory.store
    anna = await memory.customers.meet(phone(NUMBER), name="Аннушка")
    assert anna is not None
    await memory.customers.link(anna, email(MAIL_TO), [Proof.OPERATOR])
    log, _ = begin("ru", now)
    theirs, _ = begin("en", now)
    for one, words in ((log, "мой зонтик"), (theirs, TEA)):
        one.add("said", now, who="visitor", text=words)
        await RedisShelf(store).put(one)
    for who, kind, words in (
        (phone(NUMBER), CALL, "зонтик"),
        (email(MAIL_TO), MAIL, "umbrella"),
        (chat(log.chat), MESSAGE, "зонтик"),
    ):
        await memory.touch(Touch(who, kind, kind, f"{kind}-1", now, words))
    await memory.touch(Touch(phone(OTHER), CALL, "phone", "o1", now, TEA))
    for who, words in ((phone(NUMBER), "umbrella"), (phone(OTHER), TEA)):
        first = chat(log.chat if who == phone(NUMBER) else theirs.chat)
        matter = memory.matters.begin("hotline", 1, [first, who], "chat", customer=anna if who == phone(NUMBER) else "")
        await memory.matters.checkpoint(replace(matter, state={"said": words}), [Answered("order", words, now, "chat")])
        await memory.tickets.issue(matter.id, first, Confidence.CLAIMED)
    box, body = mail_box(memory), {"language": "ru", "subject": "зонтик", "text": "Аннушка"}
    await box.put("m1", anna, {**body, "to": MAIL_TO, "customer": anna})
    await box.put("m2", email(MAIL_TO).address, {**body, "to": MAIL_TO, "customer": ""})
    await box.put("m3", "x", {**body, "to": MAIL_TO, "customer": ""})
    item, _ = await box.take()
    assert item is not None
    await box.bury(item, "no")
    await box.put("m4", "y", {"to": "ivan@example.org", "text": TEA, "customer": ""})
    hooks = Webhooks(store, place.settings.webhooks.targets, memory.now_ms)
    await hooks.tell("call.ended", "c1", anna, {"customer": anna, "outcome": "зонтик"})
    await store.command("SADD", answered_key(MAIL_TO), "1")
    letters = review(place.settings)
    letters.put(f"From: <{MAIL_TO.upper()}>\r\n\r\numbrella".encode(), "aa")
    letters.put(b"torn to pieces: umbrella", "bb")
    letters.put(TEA.encode(), "cc")
    await memory.touch(Touch(email(MAIL_TO), MAIL, "email", "unread-bb", now, data={"unread": "torn", "review": "bb"}))
    assert memory.store.journal is not None
    late = Touch(phone(NUMBER), CALL, "x", "late", now, "зонтик")
    address = late.identity.address
    await memory.store.journal.add(f"t{address}", "touch", [address, "", "x", "late", now, pack(late), ""])
    return anna, log.chat, theirs.chat


def told(place: Place, *words: str, status: int = 0) -> str:
    done = hotline("privacy", *words, "--config", str(place.config))
    return complaint(done, status)


async def test_a_copy_and_then_nothing(memory: Memory, place: Place, tmp_path: Path) -> None:
    anna, her_chat, their_chat = await live(memory, place)
    assert [word for word in HERS if word.encode() not in place.files()] == []
    copy = tmp_path / "anna.json"
    said = await asyncio.to_thread(told, place, "erase", "--phone", "8 495 123-45-67", "--yes", "--copy", str(copy))
    assert "Erased: 5 touches, 1 matters, 3 identities, 1 of chats, 5 of mail, 1 of webhooks_crm" in said
    assert not [word for word in HERS if word in said]
    kept = json.loads(copy.read_text())
    assert copy.stat().st_mode & 0o777 == 0o600
    assert len(kept["mail"]["outbox"]) == 3
    assert len(kept["mail"]["review"]) == 2
    assert kept["chats"][0]["lines"][0]["text"] == "мой зонтик"
    assert kept["webhooks_crm"][0]["type"] == "call.ended"
    assert [word for word in HERS if word not in json.dumps(kept, ensure_ascii=False)] == []

    store = await everything(memory)
    assert [word for word in (*HERS, anna, her_chat) if word in store] == []
    assert [word for word in HERS if word.encode() in place.files()] == []
    # Nobody else has lost anything.
    assert TEA in store
    assert their_chat in store
    assert [path.name for path in (place.folder / "mail").iterdir()] == ["cc.eml"]
    assert len((await memory.who(phone(OTHER))).matters) == 1
    item, _ = await mail_box(memory).take()
    assert item is not None
    assert item.id == "m4"
    assert [(line[1], line[2]) for line in await memory.privacy.erasures()] == [("erase", "command line")]
    assert "nobody is known by it" in await asyncio.to_thread(told, place, "erase", "--email", MAIL_TO, "--yes", status=1)


async def test_it_asks_before_it_erases_and_no_is_the_answer_where_nobody_gives_one(memory: Memory, place: Place) -> None:
    anna, _, _ = await live(memory, place)
    said = await asyncio.to_thread(told, place, "erase", "--customer", anna, status=1)
    assert "identities: chat, email, phone; 5 touches, 1 matters" in said
    assert await memory.customers.get(anna) is not None
    assert "зонтик" in await everything(memory)


async def test_a_caller_who_is_nobodys_customer_is_erased_all_the_same(memory: Memory, place: Place) -> None:
    await memory.touch(Touch(phone(NUMBER), CALL, "phone", "c1", epoch_ms(), "зонтик"))
    said = await asyncio.to_thread(told, place, "export", "--phone", NUMBER)
    assert "зонтик" in said
    await asyncio.to_thread(told, place, "erase", "--phone", NUMBER, "--yes")
    assert "4951234567" not in await everything(memory)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        ((), 2, "name one person"),
        (("--phone", NUMBER, "--email", MAIL_TO), 2, "name one person"),
        (("--phone", "no number"), 1, "this is no phone number"),
        (("--customer", "nobody"), 1, "there is no such customer"),
        (("--email", "nobody@example.com"), 1, "nobody is known by it"),
    ],
)
def test_who_is_meant_must_be_clear(place: Place, words: tuple[str, ...], status: int, said: str) -> None:
    assert said in told(place, "erase", "--yes", *words, status=status)


async def test_a_number_that_two_share_asks_for_the_customer(memory: Memory, place: Place) -> None:
    ids = [await memory.customers.meet(email(f"{name}@example.com")) for name in ("one", "two")]
    for one in ids:
        assert one is not None
        await memory.customers.link(one, phone(NUMBER), [Proof.OPERATOR])
    said = await asyncio.to_thread(told, place, "erase", "--phone", NUMBER, "--yes", status=1)
    assert "2 customers share it" in said
    assert all(f"--customer {one}" in said for one in ids)


async def test_a_chat_that_goes_on_while_it_is_erased_brings_nothing_back(memory: Memory) -> None:
    shelf, (log, token) = RedisShelf(memory.store), begin("en", epoch_ms())
    log.add("said", epoch_ms(), who="visitor", text="my umbrella")
    await shelf.put(log)
    again = await shelf.get(log.chat)
    assert again is not None
    assert again.opens_to(token)
    anna = await memory.customers.meet(chat(log.chat))
    assert anna is not None
    await memory.privacy.erase(anna, "desk")
    log.add("said", epoch_ms(), who="visitor", text="is it there?")
    for one in (log, again):
        with pytest.raises(Erased):
            await shelf.put(one)
    assert "umbrella" not in await everything(memory)
