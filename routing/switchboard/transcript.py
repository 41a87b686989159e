"""What is said on a call, line by line as it is said: an event for the pages that are open, a list for the dossier of who comes later.

    hotline:floor:talk:<call>      list of {"call", "n", "who", "text", "at_ms", ...}

What people say to each other comes later, from the recording (scribe.py): lines stand in the order of their writing.
It speaks of people: kept only as long as the settings say, never in a log; keys of private slots are dots.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from ivr.channels.phone import Note
from routing.floor.events import Events
from routing.floor.store import TALK
from routing.floor.story import by_call_id, talk_lines
from routing.switchboard.dispatch import Dispatch
from voice.clock import epoch_ms, now_ns

if TYPE_CHECKING:
    from ivr.memory.store import Store


class Talks:
    """The lists of every call; who forgets them is routing.floor.keeper. kept_ms: after the last line of one."""

    def __init__(self, store: Store, kept_ms: int) -> None:
        self.store, self.kept_ms = store, kept_ms

    async def write(self, call: str, told: Mapping[str, Any]) -> None:
        """One line. The same may come again where Redis was away in between: who reads drops an n that he has. Raises MemoryAway."""
        await self.store.command("RPUSH", f"{TALK}{call}", json.dumps(told, ensure_ascii=False))
        await self.store.command("PEXPIRE", f"{TALK}{call}", self.kept_ms)

    async def named(self, call_id: str, call: str) -> None:
        """The call can be found by its Call-ID; the later one, where two have the same. Raises MemoryAway."""
        await self.store.command("SET", by_call_id(call_id), call, "PX", self.kept_ms)

    async def of(self, call: str) -> list[dict[str, Any]]:
        """Its lines, in the order in which they were said. Raises MemoryAway."""
        return await talk_lines(self.store, call)


class Transcript:
    """Of one call. dispatch: by which all of it is told, in order.

    The clocks are compared once: lines stand as far apart as they were said, however the clock is set meanwhile.
    """

    def __init__(self, call: str, talks: Talks, events: Events, dispatch: Dispatch) -> None:
        self.call, self._talks, self._events, self.dispatch = call, talks, events, dispatch
        self._lines = 0
        self._zero_ms = epoch_ms() - now_ns() // 1_000_000

    def watch(self, note: Note, language: str = "", private: bool = False) -> None:
        """A note of the talk with the house. private: what was keyed is nobody's to read."""
        match note.who:
            case "house":
                self._line(note, "house", language=note.detail.get("language", language))
            case "caller":
                more = {name: note.detail[name] for name in ("score", "engine") if name in note.detail}
                self._line(note, "caller", language=language, **more)
            case "key":
                self._line(replace(note, what="•") if private else note, "caller", keys=True)

    def _line(self, note: Note, who: str, **more: Any) -> None:
        at_ms = self._zero_ms + note.at_ns // 1_000_000
        told = {"call": self.call, "n": self._lines, "who": who, "text": note.what, "at_ms": at_ms}
        told |= {name: value for name, value in more.items() if value not in ("", None)}
        self._lines += 1
        self.dispatch.post(lambda: self._talks.write(self.call, told))
        self.dispatch.post(lambda: self._events.tell("transcript.line", told))
