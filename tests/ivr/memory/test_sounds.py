"""Sound and its owners, on a real Redis: found by what names it, forgotten with its customer on every machine, and in its time."""

from __future__ import annotations

import base64
import os
from pathlib import Path

import pytest

from ivr.memory.consent import Purpose
from ivr.memory.errors import MemoryAway
from ivr.memory.identity import phone
from ivr.memory.matter import DAY_MS, Answered
from ivr.memory.memory import Memory
from ivr.memory.sounds import GONE_MS, Sounds, of_matter
from ivr.memory.store import Store
from ivr.memory.timeline import CALL, Touch
from tests.ivr.memory.conftest import Now
from voice.vault import Vault

ANNA, IVAN = phone("+74951234567"), phone("+74957654321")


def kept(vault: Vault, content: bytes = b"sound", at_ms: int = 0) -> str:
    with vault.writer() as writer:
        writer.write(content)
        name = writer.seal()
    if at_ms:
        os.utime(vault.folder / name, ns=(at_ms * 1_000_000,) * 2)
    return name


@pytest.fixture
def here(memory: Memory, now: Now, tmp_path: Path) -> Sounds:
    sounds = Sounds(memory.store, Vault(tmp_path / "here"), now, 90 * DAY_MS)
    memory.privacy.keepers["sound"] = sounds
    return sounds


async def left_by(memory: Memory, now: Now, who: object, sound: str, call: str) -> str:
    """A matter with a message of this sound, and a call that was recorded; gives the matter's id."""
    assert who in (ANNA, IVAN)
    identity = ANNA if who == ANNA else IVAN
    await memory.customers.meet(identity)
    matter = memory.matters.begin("hotline", 2, [identity], "phone")
    lines = [
        Answered("topic", "damage", now(), "phone"),
        Answered("message", "it fell", now(), "phone", by="speech", recording=sound),
    ]
    await memory.matters.checkpoint(matter, lines)
    await memory.touch(Touch(identity, CALL, "phone", f"call-{call}", now(), "a call", data={"recording": call}))
    return matter.id


async def test_a_message_is_found_from_its_matter(memory: Memory, now: Now, here: Sounds) -> None:
    name = kept(here.vault)
    matter = await memory.matters.load(await left_by(memory, now, ANNA, name, kept(here.vault)))
    assert matter is not None
    assert of_matter(matter) == (name,)
    assert matter.slots == {"topic": "damage", "message": "it fell"}
    closed = await memory.matters.close(matter)
    again = await memory.matters.load(closed.id)
    assert again is not None
    assert of_matter(again) == (name,), "the ledger outlives the state"


def test_a_line_of_before_and_a_late_one_are_read_as_they_were() -> None:
    old = '[5,"message","it fell","phone",1.0,"speech","note"'
    assert Answered.unpack(old + "]") == Answered("message", "it fell", 5, "phone", 1.0, "speech", "note")
    assert Answered.unpack(old + ",1]").late
    line = Answered("message", "it fell", 5, "phone", 1.0, "speech", "note", recording="ab" * 16)
    assert Answered.unpack(line.pack() + "]") == line
    late = Answered.unpack(line.pack() + ",1]")
    assert (late.late, late.recording) == (True, "ab" * 16)


async def test_a_customer_s_copy_has_his_sound_and_nobody_else_s(memory: Memory, now: Now, here: Sounds) -> None:
    hers, elsewhere, his = kept(here.vault, b"hers"), "0" * 32, kept(here.vault, b"his")
    await left_by(memory, now, ANNA, hers, elsewhere)
    await left_by(memory, now, IVAN, his, his)
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    copy = await memory.privacy.export(anna)
    assert copy["sound"] == [
        {"sound": hers, "wav": base64.b64encode(b"hers").decode()},
        {"sound": elsewhere, "here": False},
    ]


async def test_an_erasure_takes_it_here_at_once_and_elsewhere_with_the_next_round(
    memory: Memory, now: Now, here: Sounds, tmp_path: Path
) -> None:
    elsewhere = Sounds(memory.store, Vault(tmp_path / "elsewhere"), now, 90 * DAY_MS)
    hers, recorded, his = kept(here.vault), kept(elsewhere.vault), kept(here.vault)
    stays = kept(elsewhere.vault)
    await left_by(memory, now, ANNA, hers, recorded)
    await left_by(memory, now, IVAN, his, stays)
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    assert (await memory.privacy.erase(anna, "desk")).others == {"sound": 2}
    assert here.vault.ids() == [his]
    assert await elsewhere.tidy() == 1
    assert elsewhere.vault.ids() == [stays]
    now.later(GONE_MS + 1)
    await here.tidy()
    assert await memory.store.command("ZCARD", "hotline:sound:gone") == 0


async def test_what_is_too_old_goes_whoever_names_it(here: Sounds, now: Now) -> None:
    old, young = kept(here.vault, at_ms=now() - 90 * DAY_MS - 1), kept(here.vault, at_ms=now() - 90 * DAY_MS + 1)
    assert await here.tidy() == 1
    assert here.vault.ids() == [young] != [old]


async def test_nothing_to_forget_asks_nobody(tmp_path: Path, now: Now) -> None:
    store = Store("redis://127.0.0.1:1", connect_ms=20, op_ms=20)
    away = Sounds(store, Vault(tmp_path), now)
    assert await away.forget([]) == 0
    name = kept(away.vault)
    with pytest.raises(MemoryAway):
        await away.forget([name])
    assert away.vault.ids() == [name], "what cannot be told to the others is not half forgotten"
    await store.close()


async def test_silence_is_no_no_to_keeping_sound_and_a_no_is(memory: Memory, now: Now) -> None:
    anna = await memory.customers.meet(ANNA)
    assert anna is not None
    assert not await memory.consents.forbids(anna, "phone", Purpose.RECORDING)
    assert not await memory.consents.forbids("nobody", "phone", Purpose.RECORDING)
    await memory.consents.say(anna, "*", Purpose.RECORDING, False, "phone")
    assert await memory.consents.forbids(anna, "phone", Purpose.RECORDING)
    now.later(1)
    await memory.consents.say(anna, "phone", Purpose.RECORDING, True, "desk")
    assert not await memory.consents.forbids(anna, "phone", Purpose.RECORDING)
    assert await memory.consents.forbids(anna, "chat", Purpose.RECORDING)
