"""What the desk's tests of writing share: a mail that waits, its operator, and a postman who only notes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.channels.email.mailroom import Handed
from ivr.memory.consent import Purpose
from routing.desk.asking import Ask
from routing.desk.gate import Visitor
from routing.desk.sessions import Session
from routing.floor.records import Medium
from tests.routing.desk.house import House
from voice.clock import epoch_ms


class Box:
    """A postman who only notes; once by a mail's name, as the real one."""

    def __init__(self) -> None:
        self.sent: dict[str, tuple[str, str, Mapping[str, Any]]] = {}
        self.opened = True

    async def write(self, name: str, to: str, purpose: Purpose, customer: str, body: Mapping[str, Any]) -> bool:
        assert purpose is Purpose.ANSWER
        if self.opened:
            self.sent.setdefault(name, (to, customer, body))
        return self.opened

    def message_id(self, name: str) -> str:
        return f"{name}@hotline.example"


def letter(**more: Any) -> Handed:
    whole = {
        "digest": "d1", "sender": "maria@example.com", "subject": "Where is it", "text": "Order 4711 has not come", "message_id": "m1@example.com",
        "references": ("m0@example.com",), "language": "en", "matter": "", "customer": "", "topic": "parcel", "skill": "delivery", "why": "asked",
        "at_ms": epoch_ms(), **more,
    }  # fmt: skip
    return Handed(**whole)


async def visitor(desk: House, name: str = "anna") -> Visitor:
    person = await desk.floor.operator(name)
    assert person is not None
    return Visitor(Session("s", name, 0), person)


async def do(desk: House, what: str, id: str = "1", who: str = "anna", **fields: Any) -> dict[str, Any]:
    """What his page would ask."""
    return await desk.front.doors()[what].do(await visitor(desk, who), Ask(id, what, fields)) or {}


async def taken(desk: House, **more: Any) -> str:
    """A mail that waits, in Anna's hands."""
    await desk.hire("anna", ready=True)
    await desk.front.mails.wanted(letter(**more))
    (request,) = await desk.floor.waiting()
    assert (request.medium, request.identity) == (Medium.MAIL, "emaria@example.com")
    given = await desk.give(request, "anna")
    await do(desk, "answer", assignment=given.id)
    return given.id
