"""Whose a recording is, and its end: with its customer, with its time, on every machine; a real Redis, a real vault."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.memory.identity import Identity, Kind
from ivr.memory.privacy import Subject
from ivr.memory.sounds import Sounds
from ivr.memory.store import Store
from routing.switchboard.recordings import Piece, Recordings, of_talk
from tests.peers.redis import RedisServer
from voice.errors import SoundSpoilt
from voice.speech import wav
from voice.vault import Vault

pytestmark = pytest.mark.real
NOW_MS = 1_800_000_000_000
DAY_MS = 86_400_000
ANNA = Subject(("c1",), (Identity(Kind.PHONE, "+79990001122"),), ("m1",))
NOBODY = Subject(("c2",), (), ())


@pytest.fixture
async def recordings(redis: RedisServer, tmp_path: Path) -> AsyncIterator[Recordings]:
    redis.ask("FLUSHALL")
    store, vault = Store(redis.url, op_ms=5000), Vault(tmp_path / "sound")
    yield Recordings(store, vault, Sounds(store, vault, lambda: NOW_MS), lambda: NOW_MS, 90 * DAY_MS)
    await store.close()


async def kept(recordings: Recordings, contact: str, at_ms: int, *owners: str) -> list[str]:
    """A recording of two pieces."""
    sounds = []
    for at, data in ((at_ms, b"\x01\x00\x02\x00" * 4000), (at_ms + 500, b"\x03\x00\x04\x00" * 4000)):
        with recordings.vault.writer() as writer:
            writer.write(data)
            sounds.append(writer.seal())
        await recordings.add(of_talk(contact, 8000, "phone-1", "en", *owners), Piece(sounds[-1], at, 500))
    return sounds


async def test_a_recording_is_one_stereo_file_in_the_order_in_which_it_was_said(recordings: Recordings) -> None:
    await kept(recordings, "call", NOW_MS, "c1", "", "m1")
    recorded = await recordings.of("call")
    assert recorded is not None
    assert (recorded.length_ms, recorded.owners, recorded.node) == (1000, ("c1", "m1"), "phone-1")
    sound = wav.parse(b"".join(recordings.chunks(recorded)))
    assert (sound.channels, sound.rate_hz) == (2, 8000)
    assert sound.data == b"\x01\x00\x02\x00" * 4000 + b"\x03\x00\x04\x00" * 4000
    assert await recordings.of("another") is None


async def test_one_that_an_older_version_began_is_heard_as_before(recordings: Recordings) -> None:
    await kept(recordings, "call", NOW_MS, "c1")
    assert await recordings._store.command("HDEL", "hotline:floor:recording:call", "language") == 1
    recorded = await recordings.of("call")
    assert recorded is not None
    assert (recorded.language, recorded.length_ms) == ("", 1000)


async def test_it_goes_with_its_customer_and_with_nobody_else(recordings: Recordings) -> None:
    await kept(recordings, "by id", NOW_MS, "c1")
    await kept(recordings, "by matter", NOW_MS, "m1")
    await kept(recordings, "by number", NOW_MS, "p+79990001122")
    [sound, _] = await kept(recordings, "his", NOW_MS, "c2")
    assert {one["contact"] for one in await recordings.export(ANNA)} == {"by id", "by matter", "by number"}
    assert all(not piece["elsewhere"] for one in await recordings.export(ANNA) for piece in one["pieces"])
    assert await recordings.erase(ANNA) == 3
    assert await recordings.erase(ANNA) == 0
    assert await recordings.of("by id") is None
    assert recordings.vault.ids() != []
    assert recordings.vault.read(sound)
    assert await recordings.erase(NOBODY) == 1
    assert recordings.vault.ids() == []


async def test_it_goes_when_its_time_is_over(recordings: Recordings) -> None:
    [old, _] = await kept(recordings, "old", NOW_MS - 91 * DAY_MS, "c1")
    await kept(recordings, "young", NOW_MS - 89 * DAY_MS, "c1")
    assert await recordings.sweep() == 1
    assert await recordings.sweep() == 0
    assert await recordings.of("old") is None
    assert await recordings.of("young") is not None
    with pytest.raises(SoundSpoilt):
        recordings.vault.read(old)
