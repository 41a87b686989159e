"""The dialogue that comes along, for tests: the flow, its made-up orders, a Monday morning, and a talk that is typed."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path

from ivr.actions import (
    Action,
    Context,
    Delivered,
    Event,
    Listen,
    Looked,
    LookUp,
    Matter,
    Phase,
    PromptsDone,
    Recorded,
    Say,
    SendLink,
    Started,
    State,
)
from ivr.connectors.deliveries import look_up as book
from ivr.connectors.orders import look_up as find
from ivr.dialogue.transcript import converse
from ivr.flow import load
from ivr.machine import begin, step

FLOW = load(Path(__file__).parents[2] / "ivr" / "flows" / "hotline.yaml")
CONNECTORS = {"orders": find, "deliveries": book}
NOW_MS = int(datetime(2026, 5, 4, 8, tzinfo=UTC).timestamp() * 1000)  # Monday the 4th of May, 10:00 in Berlin
DONE = PromptsDone()


def typed(*lines: str, language: str = "en", channel: str = "phone"):  # type: ignore[no-untyped-def]
    """A talk in writing, with its connectors."""
    return converse(FLOW, language, lines, connectors=CONNECTORS, channel=channel, now_ms=NOW_MS)


class Talk:
    """A talk event by event; work is answered at once, unless `idle`."""

    def __init__(
        self,
        channel: str = "phone",
        language: str = "en",
        context: Context | None = None,
        now_ms: int = NOW_MS,
        *,
        idle: bool = False,
        assumed: bool = False,
    ) -> None:
        self.state: State = begin(FLOW)
        self.idle = idle
        self.acts: list[Action] = []
        self.take(Started(language, channel, context, now_ms=now_ms, assumed=assumed))

    def take(self, *events: Event) -> list[str]:
        """These events, and what follows from them; the prompt ids that were said."""
        self.acts = []
        for event in events:
            waiting: list[Event] = [event]
            while waiting:
                self.state, actions = step(FLOW, self.state, waiting.pop(0))
                self.acts += actions
                if not self.idle:
                    waiting += answered(actions)
        return self.said

    def done(self, *events: Event) -> list[str]:
        """The same, after the prompts were played to their end."""
        self.take(DONE)
        return self.take(*events)

    @property
    def says(self) -> list[Say]:
        return [act for act in self.acts if isinstance(act, Say)]

    @property
    def said(self) -> list[str]:
        return [act.prompt_id for act in self.says]

    @property
    def texts(self) -> list[str]:
        return [act.text for act in self.says]

    @property
    def listen(self) -> Listen:
        found = [act for act in self.acts if isinstance(act, Listen)]
        assert found
        return found[-1]

    @property
    def ended(self) -> bool:
        return self.state.phase is Phase.ENDED


def answered(actions: Iterable[Action]) -> list[Event]:
    """What the loop would answer to these acts, all going well."""
    events: list[Event] = []
    for act in actions:
        if isinstance(act, LookUp):
            events.append(Looked(act.request, CONNECTORS[act.connector](act.arguments)))
        elif isinstance(act, SendLink):
            events.append(Delivered(act.request))
        elif act.__class__.__name__ == "CallBack":
            events.append(Delivered(act.request))  # type: ignore[union-attr]
        elif act.__class__.__name__ == "Record":
            events.append(Recorded(act.request, "messages/1.wav", "please call me", 4000))  # type: ignore[union-attr]
    return events


def matters(*states: State) -> Context:
    """A context with these open matters, the newest first."""
    return Context(customer="c1", matters=tuple(Matter(f"m{number}", state.to_dict()) for number, state in enumerate(states, 1)))
