"""SMTP in, spoken by hand over a real socket: who may speak, how much, to whom; smuggling; and 451 where a mail is not filed."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from ivr.channels.email.letter import Envelope
from ivr.channels.email.listener import Listener
from ivr.channels.email.mailroom import Came, Receipt
from ivr.channels.email.settings import ListenSettings, MailSettings
from ivr.memory.errors import MemoryAway
from tests.peers.certificate import certificate

pytestmark = pytest.mark.real


class Noting:
    """A mailroom that only notes what came."""

    def __init__(self) -> None:
        self.settings = MailSettings(address="help@h.example", aliases=("Sales@h.example",))
        self.came: list[tuple[bytes, Envelope]] = []
        self.fails: Exception | None = None

    async def receive(self, raw: bytes, envelope: Envelope) -> Receipt:
        if self.fails is not None:
            raise self.fails
        self.came.append((raw, envelope))
        return Receipt(Came.NEW)


@pytest.fixture
def room() -> Noting:
    return Noting()


@pytest.fixture
async def listener(room: Noting) -> AsyncIterator[Listener]:
    async with Listener(ListenSettings(port=0, message_bytes_max=100_000, connections_max=3), room) as listener:  # type: ignore[arg-type]
        yield listener


class Client:
    """A line to the listener; `ask` sends bytes as they are."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader, self.writer = reader, writer

    @classmethod
    async def to(cls, listener: Listener) -> Client:
        return cls(*await asyncio.open_connection("127.0.0.1", listener.port))

    async def answer(self) -> str:
        async with asyncio.timeout(20):
            while line := await self.reader.readline():
                if line[3:4] != b"-":
                    return line.decode().strip()
        return ""

    async def ask(self, line: bytes) -> str:
        self.writer.write(line)
        return await self.answer()

    async def greeted(self) -> Client:
        await self.answer()
        await self.ask(b"EHLO mx.h.example\r\n")
        return self

    async def close(self) -> None:
        self.writer.close()
        await asyncio.gather(self.writer.wait_closed(), return_exceptions=True)


@pytest.fixture
async def client(listener: Listener) -> AsyncIterator[Client]:
    client = await (await Client.to(listener)).greeted()
    yield client
    await client.close()


async def to_data(client: Client, rcpt: bytes = b"help@h.example") -> None:
    assert (await client.ask(b"MAIL FROM:<anna@shop.example>\r\n"))[:3] == "250"
    assert (await client.ask(b"RCPT TO:<" + rcpt + b">\r\n"))[:3] == "250"
    assert (await client.ask(b"DATA\r\n"))[:3] == "354"


async def test_a_mail_is_filed_as_it_came(client: Client, room: Noting) -> None:
    await to_data(client, b"HELP@h.example")
    assert (await client.ask(b"Subject: x\r\n\r\n..dot\r\nend\r\n.\r\n"))[:3] == "250"
    assert room.came == [(b"Subject: x\r\n\r\n.dot\r\nend\r\n", Envelope("smtp", "anna@shop.example", ("HELP@h.example",)))]


async def test_the_null_sender_is_told_apart(client: Client, room: Noting) -> None:
    await client.ask(b"MAIL FROM:<>\r\n")
    await client.ask(b"RCPT TO:<sales@H.example>\r\n")
    await client.ask(b"DATA\r\n")
    await client.ask(b"x\r\n.\r\n")
    assert room.came[0][1].sender == ""


@pytest.mark.parametrize(
    "address",
    [
        b"other@h.example",
        b"help@evil.example",
        b"help@h.example@evil.example",
        b'"help@h.example"@evil.example',
        b"help%h.example@evil.example",
    ],
)
async def test_it_is_no_relay(client: Client, address: bytes) -> None:
    await client.ask(b"MAIL FROM:<anna@shop.example>\r\n")
    assert (await client.ask(b"RCPT TO:<" + address + b">\r\n"))[:1] == "5"


@pytest.mark.parametrize("end", [b"\n.\n", b"\n.\r\n", b"\r.\r", b"\r\n.\n", b"\r\n.\r", b"\r\n\x00.\r\n"])
async def test_nothing_is_smuggled(client: Client, room: Noting, end: bytes) -> None:
    """CVE-2023-51764 and its kin: only CRLF.CRLF ends a mail, whatever looks like it."""
    await to_data(client)
    inner = b"MAIL FROM:<ceo@h.example>\r\nRCPT TO:<help@h.example>\r\nDATA\r\nforged"
    assert (await client.ask(b"hello" + end + inner + b"\r\n.\r\n"))[:3] in ("250", "500")
    assert len(room.came) <= 1
    assert all(b"forged" in raw and envelope.sender == "anna@shop.example" for raw, envelope in room.came)
    assert (await client.ask(b"NOOP\r\n"))[:3] == "250"


async def test_too_much_is_refused_before_and_after(client: Client, room: Noting) -> None:
    assert (await client.ask(b"MAIL FROM:<anna@shop.example> SIZE=100001\r\n"))[:3] == "552"
    await to_data(client)
    assert (await client.ask((b"x" * 70 + b"\r\n") * 2_000 + b".\r\n"))[:3] == "552"
    await client.ask(b"RSET\r\n")
    await to_data(client)
    assert (await client.ask(b"x" * 90_000 + b"\r\n.\r\n"))[:3] == "500"
    assert room.came == []


async def test_10000_recipients(client: Client) -> None:
    await client.ask(b"MAIL FROM:<anna@shop.example>\r\n")
    codes = []
    for _ in range(400):
        code = (await client.ask(b"RCPT TO:<help@h.example>\r\n"))[:3]
        codes.append(code)
        if code not in ("250", "452"):
            break
    assert codes.count("250") == 100
    assert codes[-1] in ("421", "452", "")


@pytest.mark.parametrize(
    "line",
    [
        b"MAIL FROM:<a\rb@shop.example>\r\n",
        b"MAIL FROM:<a@b>\x00\r\n",
        b"VRFY root\r\n",
        b"EXPN x\r\n",
        b"X" * 5_000 + b"\r\n",
        b"AUTH PLAIN AAAA\r\n",
        b"STARTTLS\r\n",
    ],
)
async def test_odd_commands_end_nothing(client: Client, line: bytes) -> None:
    answer = await client.ask(line)
    assert answer[:1] in ("2", "4", "5")
    assert (await client.ask(b"NOOP\r\n"))[:3] == "250"


@pytest.mark.parametrize("error", [MemoryAway("Redis is away"), TimeoutError(), KeyError("personal data")])
async def test_what_is_not_filed_is_brought_again(client: Client, room: Noting, error: Exception) -> None:
    room.fails = error
    await to_data(client)
    answer = await client.ask(b"x\r\n.\r\n")
    assert answer[:3] == "451"
    assert "personal" not in answer
    room.fails = None
    await to_data(client)
    assert (await client.ask(b"x\r\n.\r\n"))[:3] == "250"


async def test_a_stranger_is_not_spoken_to(room: Noting) -> None:
    async with Listener(ListenSettings(port=0, networks=("192.0.2.0/24",)), room) as listener:  # type: ignore[arg-type]
        client = await Client.to(listener)
        assert (await client.answer())[:3] == "554"
        assert await client.reader.read() == b""
        client.writer.write(b"EHLO x\r\n")
        await client.close()
        assert not listener.open


async def test_more_lines_than_are_taken(listener: Listener) -> None:
    clients = [await (await Client.to(listener)).greeted() for _ in range(3)]
    extra = await Client.to(listener)
    assert (await extra.answer())[:3] == "421"
    await clients[0].ask(b"QUIT\r\n")
    await clients[0].close()
    async with asyncio.timeout(20):
        while len(listener.open) == 3:
            await asyncio.sleep(0.005)
    another = await Client.to(listener)
    assert (await another.answer())[:3] == "220"
    for client in (*clients[1:], extra, another):
        await client.close()


async def test_a_line_that_is_cut_in_the_middle(listener: Listener, client: Client, room: Noting) -> None:
    await to_data(client)
    client.writer.write(b"half a mail")
    await client.writer.drain()
    await client.close()
    other = await (await Client.to(listener)).greeted()
    assert (await other.ask(b"NOOP\r\n"))[:3] == "250"
    assert room.came == []
    await other.close()


async def test_starttls_with_a_certificate(room: Noting, tmp_path: Path) -> None:
    made = certificate(tmp_path)
    settings = ListenSettings(port=0, certificate=made["tls_certificate"], key=made["tls_key"])
    async with Listener(settings, room) as listener:  # type: ignore[arg-type]
        client = await (await Client.to(listener)).greeted()
        assert (await client.ask(b"STARTTLS\r\n"))[:3] == "220"
        await client.writer.start_tls(ssl.create_default_context(cafile=made["tls_ca"]), server_hostname="127.0.0.1")
        assert (await client.ask(b"EHLO mx.h.example\r\n"))[:3] == "250"
        await to_data(client)
        assert (await client.ask(b"x\r\n.\r\n"))[:3] == "250"
        await client.close()
    assert len(room.came) == 1
