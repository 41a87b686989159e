"""A dialogue in writing: typing instead of speaking, for tests and for `hotline flow try`."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from ivr.dialogue.acts import Action, Listen, LookUp, Say, SendLink, Working
from ivr.dialogue.events import Delivered, Event, Failed, Heard, Key, Looked, NoInput, PromptsDone, Started
from ivr.dialogue.state import Phase, State
from ivr.flow.parts import Flow
from ivr.machine import begin, step

Look = Callable[[Mapping[str, Any]], Mapping[str, Any] | None]
Does = Callable[[Working], Event | None]


@dataclass(frozen=True, slots=True)
class Transcript:
    """Who said what ("house", "caller"), and the state it came to."""

    turns: tuple[tuple[str, str], ...]
    state: State

    def __str__(self) -> str:
        return "\n".join(f"{who}: {text}" for who, text in self.turns)

    @property
    def house(self) -> tuple[str, ...]:
        """Only what the house said."""
        return tuple(text for who, text in self.turns if who == "house")


class Conversation:
    """A dialogue that is typed line by line. connectors: what answers look-ups, by name; one that is missing fails.

    does: does the work itself, where it gives an event for it; the rest is done as without it. tells: hears every turn at once.
    waits: what the dialogue waits for now.
    """

    def __init__(
        self,
        flow: Flow,
        language: str,
        *,
        connectors: Mapping[str, Look] | None = None,
        channel: str = "phone",
        now_ms: int = 0,
        does: Does | None = None,
        tells: Callable[[str, str], None] | None = None,
    ) -> None:
        self.flow, self.connectors, self.now_ms, self.does, self.tells = flow, connectors or {}, now_ms, does, tells
        self.turns: list[tuple[str, str]] = []
        self.waits: Listen | None = None
        self.state = begin(flow)
        self.take(Started(language, channel, now_ms=now_ms))

    @property
    def ended(self) -> bool:
        return self.state.phase is Phase.ENDED

    def line(self, text: str) -> list[str]:
        """One line of the caller: words, "[5]" or "[4711#]" for keys, "" for silence. What the house says to it."""
        self.told("caller", text)
        before = len(self.turns)
        for event in _events(text):
            self.take(event)
        return [said for who, said in self.turns[before:] if who == "house"]

    def told(self, who: str, text: str) -> None:
        """One more turn."""
        self.turns.append((who, text))
        if self.tells is not None:
            self.tells(who, text)

    def take(self, event: Event) -> None:
        """An event, and all that follows by itself."""
        waiting = [event]
        while waiting and not self.ended:
            self.state, actions = step(self.flow, self.state, waiting.pop(0))
            for action in actions:
                if isinstance(action, Say):
                    self.told("house", action.text)
                if isinstance(action, Listen):
                    self.waits = action
            waiting += [self._done(action) for action in actions if isinstance(action, Working)]
        self.state, _ = step(self.flow, self.state, PromptsDone())

    def _done(self, act: Action) -> Event:
        assert isinstance(act, Working)
        if self.does is not None and (event := self.does(act)) is not None:
            return event
        if isinstance(act, LookUp):
            connector = self.connectors.get(act.connector)
            return Looked(act.request, connector(act.arguments)) if connector else Looked(act.request, error="no connector")
        if isinstance(act, SendLink):
            self.told("house", f"[sent] {act.text}")
            return Delivered(act.request)
        return Failed(act.request, "not by typing")


def _events(line: str) -> list[Event]:
    if len(line) > 2 and line[0] == "[" and line[-1] == "]":
        return [Key(digit) for digit in line[1:-1]]
    return [Heard(line)] if line.strip() else [NoInput()]


def converse(
    flow: Flow,
    language: str,
    lines: Iterable[str],
    *,
    connectors: Mapping[str, Look] | None = None,
    channel: str = "phone",
    now_ms: int = 0,
) -> Transcript:
    """Play `lines` against the flow, each after the prompts are done: words, "[5]" for keys, "" for silence."""
    talk = Conversation(flow, language, connectors=connectors, channel=channel, now_ms=now_ms)
    for line in lines:
        if talk.ended:
            break
        talk.line(line)
    return Transcript(tuple(talk.turns), talk.state)
