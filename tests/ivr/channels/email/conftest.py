"""A mailroom with everything real but the mail server: Redis, the cage, the flow that comes along."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

import ivr
from ivr.channels.email.cage import Cage
from ivr.channels.email.conversation import Conversation
from ivr.channels.email.letter import Envelope
from ivr.channels.email.mailroom import Mailroom
from ivr.channels.email.postman import Postman
from ivr.channels.email.settings import MailSettings, SendSettings, Tls
from ivr.channels.outbox import Item
from ivr.connectors import connectors
from ivr.deeds import Deeds
from ivr.flow import load
from ivr.memory.identity import email
from ivr.memory.memory import Memory
from ivr.script import FlowScript
from tests.ivr.memory.conftest import Now, memory, now, server, store

__all__ = ["memory", "now", "server", "store"]
ANNA = email("anna@shop.example")
SMTP = Envelope("smtp", "anna@shop.example", ("help@h.example",))


class Told:
    """What was told to webhooks."""

    def __init__(self) -> None:
        self.events: list[tuple[str, str]] = []

    async def __call__(self, event: str, name: str, customer: str, data: Any) -> None:
        self.events.append((event, name))


@pytest.fixture
def told() -> Told:
    return Told()


@pytest.fixture
def settings(tmp_path: Path) -> MailSettings:
    return MailSettings(
        address="help@h.example", name="Swallow Parcels", phone="+7 495 000-00-00", authority="mx.h.example", review=str(tmp_path / "review"),
        send=SendSettings("127.0.0.1", 1, Tls.NONE),
    )  # fmt: skip


@pytest.fixture
async def cage(settings: MailSettings) -> AsyncIterator[Cage]:
    async with Cage(settings.own_domain, settings.authority) as cage:
        yield cage


@pytest.fixture(scope="session")
def script() -> FlowScript:
    return FlowScript(load(Path(ivr.__file__).parent / "flows" / "hotline.yaml"))


@pytest.fixture
def mailroom(memory: Memory, settings: MailSettings, cage: Cage, script: FlowScript, now: Now, told: Told) -> Mailroom:
    postman = Postman(memory, settings, now, "#")
    return Mailroom(
        memory, settings, cage, Conversation(script, Deeds(connectors(script.flow)), now), postman, ("en", "ru"), now, told
    )


def mail(text: str = "Where is my parcel?", subject: str = "Parcel", name: str = "q1@shop.example", **fields: str) -> bytes:
    """A mail of anna@shop.example, as her program writes it; `fields` by name, "_" for "-"."""
    head = {
        "From": "Anna <anna@shop.example>", "To": "help@h.example", "Subject": subject, "Message-ID": f"<{name}>",
        "Content-Type": "text/plain; charset=utf-8",
    }  # fmt: skip
    head |= {field.replace("_", "-"): value for field, value in fields.items()}
    return (
        "".join(f"{field}: {value}\r\n" for field, value in head.items()).encode() + b"\r\n" + text.replace("\n", "\r\n").encode()
    )


async def waiting(mailroom: Mailroom) -> list[Item]:
    """Everything in the outbox, taken as a courier would."""
    items = []
    while (item := (await mailroom.postman.box.take())[0]) is not None:
        items.append(item)
    return items


async def answered(mailroom: Mailroom, words: str, number: int, before: Item) -> Item:
    """He answers the mail that the house wrote; what the house writes then."""
    ours = mailroom.postman.message_id(before.id)
    await mailroom.postman.box.done(before)
    await mailroom.receive(mail(words, "Re: Parcel", f"a{number}@shop.example", In_Reply_To=f"<{ours}>"), SMTP)
    (item,) = await waiting(mailroom)
    return item
