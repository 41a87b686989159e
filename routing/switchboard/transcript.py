"""What is said on a call, line by line as it is said: an event for the pages that are open, a list for the dossier of who comes later.

    hotline:floor:talk:<call>    list of {"call", "n", "who", "text", "at_ms", ...}

It speaks of people: kept only as long as the settings say, never in a log; keys of private slots are dots.
"""

from __future__ import annotations

import json
from typing import Any

from ivr.channels.phone import Note
from ivr.memory.store import Store
from routing.floor.events import Events
from routing.switchboard.dispatch import Dispatch
from voice.clock import epoch_ms, now_ns

TALK = "hotline:floor:talk:"


class Transcript:
    """Of one call. kept_ms: after the last line."""

    def __init__(self, call: str, store: Store, events: Events, dispatch: Dispatch, kept_ms: int) -> None:
        self.call, self._store, self._events, self._dispatch, self._kept_ms = call, store, events, dispatch, kept_ms
        self._lines = 0

    def watch(self, note: Note, language: str = "", private: bool = False) -> None:
        """A note of the talk with the house. private: what was keyed is nobody's to read."""
        ago_ms = (now_ns() - note.at_ns) // 1_000_000
        match note.who:
            case "house":
                self.line("house", note.what, ago_ms, language=note.detail.get("language", language))
            case "caller":
                more = {name: note.detail[name] for name in ("score", "engine") if name in note.detail}
                self.line("caller", note.what, ago_ms, language=language, **more)
            case "key":
                self.line("caller", "•" if private else note.what, ago_ms, keys=True)

    def line(self, who: str, text: str, ago_ms: int = 0, **more: Any) -> None:
        """One line. who: "house", "caller", "operator"."""
        told = {"call": self.call, "n": self._lines, "who": who, "text": text, "at_ms": epoch_ms() - ago_ms}
        told |= {name: value for name, value in more.items() if value not in ("", None)}
        self._lines += 1
        self._dispatch.post(lambda: self._write(told))

    async def _write(self, told: dict[str, Any]) -> None:
        key = f"{TALK}{self.call}"
        # The list may be asked for again where Redis was away in between: the page drops a line whose n it has.
        await self._store.command("RPUSH", key, json.dumps(told, ensure_ascii=False))
        await self._store.command("PEXPIRE", key, self._kept_ms)
        await self._events.tell("transcript.line", told)
