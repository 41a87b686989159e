"""IMAP in, against a real server: nothing lost, nothing doubled, whatever the server does (B15)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable

import pytest

from ivr.channels.email.mailbox import Mailbox
from ivr.channels.email.mailroom import Mailroom
from ivr.channels.email.settings import ImapSettings, Tls
from ivr.memory.identity import email
from ivr.memory.memory import Memory
from tests.ivr.channels.email.conftest import mail
from tests.ivr.memory.conftest import Now
from tests.peers.imap import ImapServer
from voice.errors import ConfigError

pytestmark = pytest.mark.real
ANNA = email("anna@shop.example")


@pytest.fixture
async def server_imap() -> AsyncIterator[ImapServer]:
    async with ImapServer() as server:
        yield server


Start = Callable[..., Mailbox]


@pytest.fixture
async def start(server_imap: ImapServer, mailroom: Mailroom, now: Now) -> AsyncIterator[Start]:
    made: list[Mailbox] = []

    def begin(renew_s: float = 0.2) -> Mailbox:
        settings = ImapSettings(
            "127.0.0.1", server_imap.user, server_imap.password, port=server_imap.port, tls=Tls.NONE, renew_s=renew_s, poll_s=0.1
        )
        made.append(Mailbox(settings, mailroom, now, command_s=0.5, pauses_s=(0.05,)))
        made[-1].start()
        return made[-1]

    yield begin
    for one in made:
        await one.close()


async def until(true: Callable[[], bool], what: str = "it never came") -> None:
    try:
        async with asyncio.timeout(20):
            while not true():
                await asyncio.sleep(0.005)
    except TimeoutError:
        pytest.fail(what)


async def ids(memory: Memory) -> list[str]:
    return [touch.source_id for touch in (await memory.who(ANNA, touches=100)).touches]


async def test_a_mail_that_comes_while_we_idle(server_imap: ImapServer, start: Start, memory: Memory) -> None:
    box = start(renew_s=10.0)
    await until(lambda: server_imap.asked("IDLE") == 1)
    server_imap.put(mail())
    await until(lambda: box.counts["filed"] == 1)
    assert await ids(memory) == ["q1@shop.example"]
    assert server_imap.mails[0].seen


async def test_what_was_read_before_the_house_came_is_not_the_houses(
    server_imap: ImapServer, start: Start, memory: Memory
) -> None:
    server_imap.put(mail(name="old@shop.example"))
    server_imap.mails[0].seen = True
    server_imap.put(mail(name="new@shop.example"))
    box = start()
    await until(lambda: box.counts["filed"] == 1)
    server_imap.put(mail(name="newer@shop.example"))
    await until(lambda: box.counts["filed"] == 2)
    assert await ids(memory) == ["new@shop.example", "newer@shop.example"]


async def test_idle_is_renewed(server_imap: ImapServer, start: Start) -> None:
    start(renew_s=0.05)
    await until(lambda: server_imap.asked("^DONE$|IDLE") >= 4)


async def test_a_server_that_no_longer_tells_of_new_mail(server_imap: ImapServer, start: Start) -> None:
    server_imap.deaf = True
    box = start(renew_s=0.2)
    await until(lambda: server_imap.asked("IDLE") == 1)
    server_imap.put(mail())
    await until(lambda: box.counts["filed"] == 1)


async def test_a_server_that_answers_no_more(server_imap: ImapServer, start: Start) -> None:
    box = start(renew_s=0.1)
    await until(lambda: server_imap.asked("IDLE") == 1)
    server_imap.stuck = True
    await until(lambda: box.counts["lost"] >= 1)
    server_imap.stuck = False
    server_imap.put(mail())
    await until(lambda: box.counts["filed"] == 1)


async def test_a_server_without_idle(server_imap: ImapServer, start: Start) -> None:
    server_imap.idles = False
    box = start()
    await until(lambda: server_imap.asked("SEARCH") >= 1)
    server_imap.put(mail())
    await until(lambda: box.counts["filed"] == 1)


async def test_the_line_drops_again_and_again(server_imap: ImapServer, start: Start, memory: Memory) -> None:
    box = start()
    for turn in range(5):
        server_imap.put(mail(name=f"q{turn}@shop.example"))
        server_imap.drop()
        filed = turn + 1
        await until(lambda filed=filed: box.counts["filed"] >= filed)  # type: ignore[misc]
    assert sorted(await ids(memory)) == [f"q{turn}@shop.example" for turn in range(5)]


async def test_the_server_goes_away_and_comes_back(server_imap: ImapServer, start: Start, memory: Memory) -> None:
    box = start()
    await until(lambda: box.counts["connected"] == 1)
    await server_imap.shut()
    server_imap.put(mail())
    await until(lambda: box.counts["lost"] >= 3)
    await server_imap.open()
    await until(lambda: box.counts["filed"] == 1)
    assert len(await ids(memory)) == 1


async def test_another_uidvalidity_loses_and_doubles_nothing(server_imap: ImapServer, start: Start, memory: Memory) -> None:
    box = start()
    for turn in range(3):
        server_imap.put(mail(name=f"q{turn}@shop.example"))
    await until(lambda: box.counts["filed"] == 3)
    del server_imap.mails[0]
    server_imap.number_anew()
    server_imap.drop()
    server_imap.put(mail(name="q3@shop.example"))
    await until(lambda: box.counts["filed"] == 3 + 3)  # two are known already, one is new
    assert await ids(memory) == [f"q{turn}@shop.example" for turn in range(4)]
    assert server_imap.asked("SINCE 16-Dec-2026") == 1  # a month before the tests' noon


async def test_whoever_starts_anew_goes_on_where_he_was(server_imap: ImapServer, start: Start, memory: Memory) -> None:
    box = start()
    server_imap.put(mail())
    await until(lambda: box.counts["filed"] == 1)
    await box.close()
    server_imap.put(mail(name="q2@shop.example"))
    fetched = server_imap.asked(r"BODY\.PEEK")
    again = start()
    await until(lambda: again.counts["filed"] == 1)
    assert server_imap.asked(r"BODY\.PEEK") == fetched + 1
    assert await ids(memory) == ["q1@shop.example", "q2@shop.example"]


async def test_a_mail_that_is_too_large_is_not_fetched(server_imap: ImapServer, start: Start, mailroom: Mailroom) -> None:
    server_imap.claimed = 50_000_000
    box = start()
    server_imap.put(mail())
    await until(lambda: box.counts["filed"] == 1)
    assert server_imap.asked(r"BODY\.PEEK\[\]") == 0
    assert server_imap.asked(r"BODY\.PEEK\[HEADER\]<0\.65536>") == 1


async def test_a_bomb_does_not_hold_up_the_next_mail(server_imap: ImapServer, start: Start, memory: Memory) -> None:
    server_imap.put(b"From: a@b.example\r\n" + b"A: b\r\n" * 300 + b"\r\nx")
    server_imap.put(mail())
    box = start()
    await until(lambda: box.counts["filed"] == 2)
    assert await ids(memory) == ["q1@shop.example"]


async def test_a_wrong_password_is_tried_with_pauses(server_imap: ImapServer, start: Start) -> None:
    server_imap.password = "another"
    box = start()
    server_imap.password = "changed"
    await until(lambda: box.counts["lost"] >= 2)
    assert box.counts["connected"] == 0


def test_settings_that_would_give_the_password_away() -> None:
    with pytest.raises(ConfigError, match="this machine only"):
        ImapSettings("mail.h.example", "u", tls=Tls.NONE)
    with pytest.raises(ConfigError, match="less than 1740 s"):
        ImapSettings("mail.h.example", "u", renew_s=1800)
