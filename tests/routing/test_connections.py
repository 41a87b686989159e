"""What the doctor finds of the channels, against real servers on loopback: each way in which they can be wrong is told with a remedy."""

from __future__ import annotations

import asyncio
import socket
import ssl
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest
from aiosmtpd.smtp import SMTP, AuthResult

from ivr.channels import signature
from routing.connections import connections
from routing.finding import Finding, Grade
from routing.settings import parse
from tests.peers.certificate import certificate
from tests.peers.imap import ImapServer

pytestmark = pytest.mark.real


async def found(**data: Any) -> list[Finding]:
    """In a thread, as the peers live in this loop."""
    settings = parse({"web": {"port": 0}} | data, "test")
    return await asyncio.to_thread(lambda: list(connections(settings)))


def only(findings: list[Finding], word: str) -> Finding:
    (one,) = (finding for finding in findings if word in finding.what)
    assert one.grade is Grade.OK or one.remedy
    return one


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody has."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


@pytest.fixture
async def post() -> AsyncIterator[int]:
    """A mail server that knows one user; its port."""

    def check(server: Any, session: Any, envelope: Any, mechanism: str, data: Any) -> AuthResult:
        return AuthResult(success=(data.login, data.password) == (b"help", b"right"), handled=False)

    loop = asyncio.get_running_loop()
    server = await loop.create_server(
        lambda: SMTP(None, loop=loop, authenticator=check, auth_require_tls=False, auth_exclude_mechanism=["LOGIN"]), "127.0.0.1", 0
    )  # fmt: skip
    yield server.sockets[0].getsockname()[1]
    server.close()
    await server.wait_closed()


async def test_nothing_is_looked_at_that_is_not_configured() -> None:
    assert [(finding.grade, finding.what.split()[0]) for finding in await found()] == [(Grade.OK, "Web")]


async def test_ports_that_somebody_has(taken: int) -> None:
    findings = await found(web={"port": taken}, mail={"address": "help@h.example", "listen": {"port": taken}})
    assert only(findings, "Web port").grade is only(findings, "Mail port").grade is Grade.FAIL
    assert only(findings, "nobody is answered").grade is Grade.WARN


async def test_the_listener_of_everybody_and_its_certificate(tmp_path: Path) -> None:
    listen = {"port": 0, "networks": ["0.0.0.0/0"], "certificate": str(tmp_path / "none.pem")}
    findings = await found(mail={"address": "help@h.example", "listen": listen})
    assert only(findings, "everybody in the world").grade is Grade.WARN
    assert only(findings, "certificate").grade is Grade.FAIL


@pytest.mark.parametrize(
    ("change", "grade", "word"),
    [
        ({}, Grade.OK, "can be read"),
        ({"password": "wrong"}, Grade.FAIL, "refuses our user or password"),
        ({"mailbox": "Nowhere"}, Grade.FAIL, "no such mailbox"),
        ({"password_file": "/nowhere/at/all"}, Grade.FAIL, "cannot be read"),
        ({"port": 1}, Grade.FAIL, "does not answer"),
        ({"tls": "tls"}, Grade.FAIL, "no TLS"),
    ],
)
async def test_a_mailbox(change: dict[str, Any], grade: Grade, word: str) -> None:
    async with ImapServer() as server:
        imap = {"host": "127.0.0.1", "port": server.port, "user": server.user, "password": server.password, "tls": "none"}
        findings = await found(mail={"address": "help@h.example", "imap": imap | change})
        assert only(findings, word).grade is grade
        assert not server.asked("STORE|FETCH")


@pytest.mark.parametrize(
    ("change", "grade", "word"),
    [
        ({}, Grade.OK, "takes our login"),
        ({"user": ""}, Grade.OK, "takes mail"),
        ({"password": "wrong"}, Grade.FAIL, "refuses our user or password"),
        ({"tls": "starttls"}, Grade.FAIL, "offers no STARTTLS"),
        ({"port": 1}, Grade.FAIL, "does not answer"),
        ({"tls": "tls"}, Grade.FAIL, "no TLS"),
    ],
)
async def test_a_server_that_sends(post: int, change: dict[str, Any], grade: Grade, word: str) -> None:
    send = {"host": "127.0.0.1", "port": post, "tls": "none", "user": "help", "password": "right"}
    findings = await found(mail={"address": "help@h.example", "phone": "1", "send": send | change})
    assert only(findings, word).grade is grade


async def test_keys(tmp_path: Path) -> None:
    good, open_ = signature.new_key(), tmp_path / "open.key"
    open_.write_text(signature.new_key())
    open_.chmod(0o644)
    words = "whsec_" + "YWJjZGVmZ2hpamtsbW5vcHFyc3R1dnd4"
    senders = [
        {"name": "good", "keys": [good]}, {"name": "words", "keys": [words]}, {"name": "open", "key_files": [str(open_)]},
        {"name": "twin", "keys": [good]},
    ]  # fmt: skip
    findings = await found(api={"sender": senders})
    assert only(findings, "good: its key is good").grade is Grade.OK
    assert only(findings, "words: its key is no random one").grade is Grade.WARN
    assert only(findings, "open: others on this machine").remedy == f"chmod 600 {open_}"
    assert only(findings, "twin has the key of [[api.sender]] good").grade is Grade.WARN
    assert not any(good in finding.what + finding.remedy for finding in findings)


async def test_those_whom_webhooks_tell(taken: int, tmp_path: Path) -> None:
    async def told(url: str, *allow: str) -> Finding:
        target = {"name": "crm", "url": url, "keys": [signature.new_key()], "allow": list(allow)}
        return only(await found(webhooks={"target": [target]}), "webhook crm")

    there = f"http://127.0.0.1:{taken}/"
    assert (await told(there, "127.0.0.0/8")).grade is Grade.OK
    assert "private network" in (await told(there, "10.0.0.0/8")).what
    assert "nobody knows the name" in (await told("https://nowhere.invalid/")).what
    away = await told("http://127.0.0.1:1/", "127.0.0.0/8")
    assert (away.grade, "does not answer" in away.what) == (Grade.WARN, True)
    made = certificate(tmp_path, "IP:127.0.0.1")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.load_cert_chain(made["tls_certificate"], made["tls_key"])
    server = await asyncio.start_server(lambda reader, writer: writer.close(), "127.0.0.1", 0, ssl=context)
    async with server:
        port = server.sockets[0].getsockname()[1]
        assert "certificate" in (await told(f"https://127.0.0.1:{port}/", "127.0.0.0/8")).what
