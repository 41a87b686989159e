"""What is kept of a talk with the house when it has ended: its part of the contact record, and of its story. Values that were answered are the memory's."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from ivr.actions import State
from routing.floor.contacts import Contacts

TOPIC = "topic"
CHOICE = "choice"  # what may be told of: a menu's choices; an order number is the matter's business


@dataclass(frozen=True, slots=True)
class Talked:
    """A talk that ended. contact: the id of the call or chat. identity: the address by which he came. lookup_ms: how long the memory took to know him, -1 for not asked."""

    contact: str
    medium: str
    begun_ms: int
    ended_ms: int
    identity: str = field(default="", repr=False)
    customer: str = ""
    matter: str = ""
    lookup_ms: float = -1.0


async def keep(contacts: Contacts, talked: Talked, state: State) -> None:
    """Write it, now or when Redis is back; twice is once. Raises JournalFull."""
    topic = next((str(answer.value) for answer in reversed(state.ledger) if answer.slot == TOPIC and answer.value), "")
    outcome = "handed" if state.handed else "contained" if state.done else "left"
    await contacts.keep(
        talked.contact, talked.ended_ms, json.dumps(["talk.ended", talked.ended_ms, told(talked, state, outcome)], ensure_ascii=False),
        medium=talked.medium, since=talked.begun_ms, language=state.language, topic=topic, customer=talked.customer, matter=talked.matter,
        identity=talked.identity, turns=state.turns, questions=state.asked_now, repeated=state.repeated_now, outcome=outcome,
    )  # fmt: skip


def told(talked: Talked, state: State, outcome: str) -> dict[str, Any]:
    """For the story: who it was, how sure, what was understood and how surely."""
    understood: list[dict[str, Any]] = [
        {
            "at_ms": answer.when_ms, "step": answer.step, "slot": answer.slot, "how": answer.how, "score": round(answer.score, 2),
            **({"value": str(answer.value)} if answer.kind == CHOICE and isinstance(answer.value, str) else {}),
        }
        for answer in state.ledger
    ]  # fmt: skip
    return {
        "identity": talked.identity, "customer": talked.customer, "confidence": str(state.confidence), "lookup_ms": round(talked.lookup_ms, 1),
        "begun_ms": talked.begun_ms, "language": state.language, "ending": state.ending, "outcome": outcome, "matter": talked.matter,
        "understood": [one for one in understood if one["at_ms"] >= talked.begun_ms - 1000 or not one["at_ms"]],
    }  # fmt: skip
