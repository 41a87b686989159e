"""What slots, values, steps and topics of a flow are called on the screen: {"en": ..., "ru": ...}, out of the flow itself."""

from __future__ import annotations

import re
from collections.abc import Mapping
from datetime import date
from types import MappingProxyType
from typing import Any

from ivr.actions import State
from ivr.flow import texts
from ivr.flow.parts import Choice, Flow, Prompt, StepKind
from ivr.memory.matter import Matter

Label = Mapping[str, str]
_TEMPLATE = re.compile(r"\{\{.*?\}\}|\{%.*?%\}", re.DOTALL)
ABOUT_MOST = 90
ENDS = {
    "en": {"handed": "handed over to a person", "done": "came to its end", "left": "hung up", "at": "hung up at “{at}”", "none": "no topic understood"},
    "ru": {"handed": "передан сотруднику", "done": "завершён", "left": "клиент отключился", "at": "клиент отключился на шаге «{at}»", "none": "тема не понята"},
}  # fmt: skip
NOTHING: Mapping[str, Any] = MappingProxyType({})


class Labels:
    """Of one flow; a name that it does not know is shown as it is."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self._topics: dict[str, Label] | None = None

    def slot(self, name: str) -> Label:
        """The first of the names by which callers call it."""
        slot = self.flow.slots.get(name)
        found = {code: names[0] for code, names in slot.names.items() if names} if slot else {}
        return self._whole(found, name.replace("_", " "))

    def value(self, slot: str, value: Any, step: str = "") -> Any:
        """A choice by what it is called; any other value as it is, simple values as text."""
        if value is None or isinstance(value, bool | int | float):
            return value
        if isinstance(value, str):
            choice = self._choice(slot, value, step)
            return self._named(choice) if choice else value
        if isinstance(value, Mapping):
            return ", ".join(f"{name}: {one}" for name, one in value.items())
        return ", ".join(map(str, value)) if isinstance(value, list | tuple) else str(value)

    def step(self, name: str, known: Mapping[str, Any] = NOTHING) -> Label:
        """What a step is about, or asks, with what is known filled in."""
        step = self.flow.steps.get(name)
        prompt = (step.about or step.text) if step else None
        return self._whole(self._texts(prompt, known), name.replace("_", " "))

    def stands(self, matter: Matter) -> Label:
        """Where it stands. With a person, and at a step without words, that is what was asked last."""
        known = {line.slot: line.value for line in matter.ledger if not line.late and line.value is not None}
        step = self.flow.steps.get(matter.step)
        if step is None or (step.kind is not StepKind.HANDOVER and self._worded(matter.step)):
            return self.step(matter.step, known)
        asked = next((line.step for line in reversed(matter.ledger) if self._worded(line.step)), "")
        return self.step(asked or matter.step, known)

    def _worded(self, name: str) -> bool:
        step = self.flow.steps.get(name)
        return step is not None and bool(step.about or step.text)

    def topic(self, matter: Matter) -> Any:
        """What a matter is about, as far as its topic is one of the flow's choices."""
        if not matter.topic:
            return self.stands(matter) if matter.step else ""
        return self.topic_named(matter.topic)

    def topic_named(self, topic: str) -> Any:
        """A topic by its id."""
        return self.topics().get(topic, topic)

    def topics(self) -> Mapping[str, Label]:
        """Everything that somebody may choose, by its id; a flow does not change, so it is gathered once."""
        if self._topics is None:
            choices = (choice for step in self.flow.steps.values() for choice in step.choices)
            self._topics = {choice.id: self._named(choice) for choice in choices}
        return self._topics

    def ended(self, state: State) -> dict[str, str]:
        """How a call went, for whoever reads of it later: what it was about, and its end."""
        topics = list(dict.fromkeys(str(one.value) for one in state.ledger if one.slot == "topic" and one.value))
        at = self.step(state.step, state.slots) if state.step else {}
        end = "handed" if state.handed else "done" if state.done else "at" if at else "left"
        found = {}
        for code, words in ENDS.items():
            named = [self._said(self.topic_named(one), code) for one in topics]
            text = f"{', '.join(named) or words['none']}; {words[end].format(at=self._said(at, code))}"
            found[code] = text[:1].upper() + text[1:]
        return found

    @staticmethod
    def _said(label: Any, language: str) -> str:
        return str(label.get(language, "")) if isinstance(label, Mapping) else str(label)

    def confirms(self, slot: str) -> bool:
        """Whether it is a yes or no to what stands beside it already ("so, tomorrow in the evening?")."""
        step = self.flow.steps.get(slot)
        return step is not None and step.kind is StepKind.CONFIRM

    def _choice(self, slot: str, value: str, step: str) -> Choice | None:
        known = self.flow.slots.get(slot)
        asked = self.flow.steps.get(step)
        return next(
            (one for one in (*(known.choices if known else ()), *(asked.choices if asked else ())) if one.id == value), None
        )

    def _named(self, choice: Choice) -> Label:
        found = {code: phrases[0] for code, phrases in choice.phrases.items() if phrases}
        return self._whole(self._texts(choice.label) or found, choice.id.replace("_", " "))

    def _texts(self, prompt: Prompt | None, known: Mapping[str, Any] = NOTHING) -> dict[str, str]:
        if prompt is None:
            return {}
        found = {code: " ".join(self._filled(text, code, known).split()) for code, text in prompt.texts.items()}
        return {code: text if len(text) <= ABOUT_MOST else text[: ABOUT_MOST - 1] + "…" for code, text in found.items()}

    def _filled(self, text: str, language: str, known: Mapping[str, Any]) -> str:
        """An ellipsis for what is not known, or not to be told; a date stands as a date, since one reads it on another day."""
        needed = set(texts.names(text, language))
        if (
            needed
            and needed <= known.keys()
            and not any(slot.choices or slot.private for name, slot in self.flow.slots.items() if name in needed)
        ):
            return texts.render(text, language, known, date.min, written=True)
        return _TEMPLATE.sub("…", text)

    def _whole(self, found: Mapping[str, str], otherwise: str) -> Label:
        return {code: found.get(code) or otherwise for code in self.flow.languages}
