"""Hostile mail costs the caged process, never the house: refused in time, no memory of ours, the next mail is read (C11)."""

from __future__ import annotations

import asyncio
import base64
import resource
import time
from collections.abc import Callable

import pytest

from ivr.channels.email.cage import PATIENCE_S, Cage
from ivr.channels.email.letter import Refusal, Unreadable
from tests.ivr.channels.email.conftest import mail

pytestmark = pytest.mark.real
FROM = b"From: a@b.example\r\n"
MIXED = b'Content-Type: multipart/mixed; boundary="%d"\r\n\r\n--%d\r\n'

BOMBS: dict[str, tuple[Callable[[], bytes], Refusal]] = {
    "10,000 nested multiparts": (lambda: FROM + b"".join(MIXED % (n, n) for n in range(10_000)) + b"\r\nhi", Refusal.PARTS),
    "a million parts": (
        lambda: FROM + b"Content-Type: multipart/mixed; boundary=x\r\n\r\n" + b"--x\r\n\r\na\r\n" * 1_000_000,
        Refusal.PARTS,
    ),
    "a thousand forwarded mails in each other": (lambda: FROM + b"Content-Type: message/rfc822\r\n\r\n" * 1_000 + b"\r\nhi", Refusal.PARTS),
    "10,000 headers": (lambda: FROM + b"A: b\r\n" * 10_000 + b"\r\nhi", Refusal.HEADERS),
    "a header of 20 MB": (lambda: FROM + b"A: " + b"x" * 20_000_000 + b"\r\n\r\nhi", Refusal.HEADERS),
    "a header folded 4 million times": (lambda: FROM + b"A: b\r\n" + b" x\r\n" * 4_000_000 + b"\r\nhi", Refusal.EFFORT),
    "25 million empty lines": (lambda: FROM + b"\r\n" + b"\n" * 25_000_000, Refusal.EFFORT),
    "50 MB": (lambda: FROM + b"\r\n" + b"x" * 50_000_000, Refusal.SIZE),
}  # fmt: skip


@pytest.mark.parametrize("bomb", BOMBS)
async def test_a_bomb_is_refused_and_the_next_mail_is_read(cage: Cage, bomb: str) -> None:
    make, refusal = BOMBS[bomb]
    raw = make()
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    begun = time.monotonic()
    with pytest.raises(Unreadable) as error:
        await cage.read(raw, None)
    assert time.monotonic() - begun < 3 * PATIENCE_S
    # A million parts are parsed line by line before they are counted: either limit may be met first.
    assert error.value.refusal in (refusal, Refusal.EFFORT)
    # Bytes on their way to the other process, and nothing that was made of them.
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb < len(raw) // 1024 + 4_096
    assert (await cage.read(mail(), None)).text == "Where is my parcel?"


async def test_a_parser_that_never_ends_is_ended(cage: Cage) -> None:
    cage.patience_s = 1.0
    raw = FROM + b"Content-Type: text/html\r\n\r\n" + b"<!--" * 5_000_000
    begun = time.monotonic()
    with pytest.raises(Unreadable) as error:
        await cage.read(raw, None)
    assert error.value.refusal is Refusal.EFFORT
    assert time.monotonic() - begun < 20
    assert cage.killed == 1
    assert (await cage.read(mail(), None)).text


@pytest.mark.parametrize(
    "raw",
    [
        FROM + b"Content-Transfer-Encoding: quoted-printable\r\n\r\n" + b"=41" * 8_000_000,
        FROM + b"Content-Transfer-Encoding: base64\r\n\r\n" + base64.encodebytes(b"a" * 15_000_000),
        FROM
        + b"Content-Type: application/zip\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        + base64.encodebytes(b"PK\x03\x04" * 1000),
        FROM + b"Content-Encoding: gzip\r\n\r\n" + b"\x1f\x8b" * 1000,
    ],
    ids=["24 MB of =41", "15 MB in base64", "a zip stays a zip", "gzip stays gzip"],
)
async def test_what_is_large_and_honest_is_read(cage: Cage, raw: bytes) -> None:
    got = await cage.read(raw, None)
    assert got.sender == "a@b.example"
    assert len(got.text) <= 20_000


async def test_one_process_reads_many_mails(cage: Cage) -> None:
    for _ in range(20):
        await cage.read(mail(), None)
    assert (cage.started, cage.killed) == (1, 0)


async def test_a_process_that_was_killed_is_replaced(cage: Cage) -> None:
    await cage.read(mail(), None)
    assert cage._process is not None
    cage._process.kill()
    await cage._process.wait()
    assert (await cage.read(mail(), None)).sender == "anna@shop.example"
    assert cage.started == 2


async def test_half_a_question_does_not_meet_the_next(cage: Cage) -> None:
    await cage.read(mail(), None)
    task = asyncio.create_task(cage.read(mail("x" * 10_000_000), None))
    await asyncio.sleep(0)
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
    assert (await cage.read(mail("second"), None)).text == "second"


async def test_nothing_of_the_environment_is_in_the_cage(cage: Cage) -> None:
    await cage.read(mail(), None)
    assert cage._process is not None
    from pathlib import Path

    held = Path(f"/proc/{cage._process.pid}")
    assert held.joinpath("environ").read_bytes().strip(b"\0").split(b"\0") == [b"LC_ALL=C.UTF-8"]
    limits = held.joinpath("limits").read_text()
    assert "268435456            268435456" in limits
    assert "ivr.memory" not in held.joinpath("maps").read_text()
