"""Into the timeline: one touch for each contact that came to the queue, with who had it and why. At least once, and idempotent: so exactly once.

It goes by the floor's events from where it stopped, whoever led before.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from ivr.memory.errors import NotAnIdentity
from ivr.memory.identity import Identity
from ivr.memory.memory import Memory
from ivr.memory.timeline import Touch
from routing.floor import reasons
from routing.floor.records import Assignment, Operator, Request
from routing.floor.store import Floor, P

SOURCE = KIND = "routing"
LANGUAGES = ("en", "ru")
PAGE = 200


class Chronicle:
    """`catch_up` writes what happened since it was last called, by whichever process."""

    def __init__(self, floor: Floor, memory: Memory) -> None:
        self.floor, self.memory = floor, memory

    async def catch_up(self) -> None:
        """Raises MemoryAway."""
        store = self.floor.store
        last = await store.command("GET", f"{P}told")
        while True:
            found = await store.command("XRANGE", f"{P}events", f"({last}" if last else "-", "+", "COUNT", PAGE)
            if not found:
                return
            for name, fields in found:
                if fields["k"] == "request.left":
                    await self._left(fields)
                last = name
            await store.command("SET", f"{P}told", last)

    async def _left(self, fields: Mapping[str, str]) -> None:
        data: Mapping[str, Any] = json.loads(fields["d"])
        request = Request.unpack(data["request"])
        try:
            identity = Identity.from_address(request.identity)
        except NotAnIdentity:
            return  # a withheld number has no timeline
        assignment = await self.floor.assignment(request.assignment) if request.assignment else None
        operator = await self.floor.operator(assignment.operator) if assignment else None
        texts = {language: self._text(data["why"], assignment, operator, language) for language in LANGUAGES}
        text = texts.get(request.language, texts["en"])
        name, more = f"{request.contact}:{request.id}", {**self._data(data["why"], request, assignment), "texts": texts}
        touch = Touch(identity, KIND, SOURCE, name, int(fields["t"]), text, True, request.matter, request.customer, more)
        await self.memory.touch(touch)

    def _text(self, why: str, assignment: Assignment | None, operator: Operator | None, language: str) -> str:
        if assignment is None or not assignment.reasons:
            return reasons.why(why, language)
        told = reasons.sentence(assignment.reasons, language, self.floor.settings.zone, self.floor.settings.labels(language))
        return f"{operator.name if operator else assignment.operator}: {told}"

    def _data(self, why: str, request: Request, assignment: Assignment | None) -> dict[str, Any]:
        found: dict[str, Any] = {"why": why, "skill": request.skill, "request": request.id}
        if assignment is not None:
            found |= {"operator": assignment.operator, "reasons": [reason.values() for reason in assignment.reasons[:8]]}
        return found
