"""One turn of the machine in the making: the state as it becomes, and what will be said and done. It lives for one event only."""

from __future__ import annotations

import zlib
from collections.abc import Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any

from ivr.dialogue import moment
from ivr.dialogue.acts import Action, Say
from ivr.dialogue.state import Phase, State
from ivr.flow import texts
from ivr.flow.knowledge import private_names
from ivr.flow.parts import CHOICE, Choice, Flow, Prompt, Step

ERROR_TIMES_MAX = 2  # no error prompt is said more often than this in one talk
WRITTEN = ("chat", "email")
Result = tuple[State, tuple[Action, ...]]


class Turn:
    """The flow, the state so far, what is said (`says`), and the one act that follows it (`act`).

    lost: why this step is given up ("" where it is not): `machine.step` then goes to whoever helps.
    """

    __slots__ = ("act", "flow", "lost", "says", "state")

    def __init__(self, flow: Flow, state: State) -> None:
        self.flow, self.state = flow, state
        self.says: list[Say] = []
        self.act: Action | None = None
        self.lost = ""

    @property
    def here(self) -> Step:
        """The step where the dialogue is."""
        return self.flow.steps[self.state.step]

    def put(self, **changes: Any) -> None:
        """Change the state."""
        self.state = replace(self.state, **changes)

    def result(self) -> Result:
        """What `machine.step` gives."""
        acts: tuple[Action, ...] = (*self.says, *([self.act] if self.act is not None else []))
        if self.says:
            self.put(speaking=self.state.phase is not Phase.ENDED, playing=tuple(say.prompt_id for say in self.says))
        return self.state, acts

    def give_up(self, reason: str) -> None:
        """Ask no more here."""
        self.says.clear()
        self.act, self.lost = None, reason

    @property
    def written(self) -> bool:
        """Whether the caller reads what is said."""
        return self.state.channel in WRITTEN

    def keys(self, step: Step, code: str = "") -> Prompt | None:
        """Which key does what; in writing only where the flow has other words for that."""
        return step.keys if step.keys and self.sayable(step.keys, code) else None

    def sayable(self, prompt: Prompt, code: str = "") -> bool:
        """Whether this text about keys makes sense in the present channel."""
        return not self.written or bool(prompt.written.get(code or self.state.language))

    def say(
        self,
        prompt: Prompt,
        step: Step | None = None,
        *,
        language: str = "",
        values: Mapping[str, Any] | None = None,
        private: bool = False,
    ) -> Say:
        """Say this after what is to be said already. step: whose rules for interruptions hold; without one nothing may cut it.

        private: one of the `values` is.
        """
        said = told(self.flow, self.state, prompt, step, language, values)
        said = replace(said, private=said.private or private)
        if said.text:
            self.says.append(said)
        return said

    def tell(self, prompt: Prompt, step: Step) -> None:
        """Say something that is only told, unless one is on the way back and has told it already."""
        said = told(self.flow, self.state, prompt, step)
        if not said.text:
            return
        digest = f"{zlib.crc32(f'{prompt.id} {said.text}'.encode()):08x}"
        if self.state.retelling and digest in self.state.told:
            return
        if digest not in self.state.told:
            self.put(told=(*self.state.told, digest))
        self.says.append(said)

    def explain(self, prompt_id: str, text: str, step: Step) -> None:
        """Say why something was refused; as seldom as an error prompt."""
        prompt = Prompt(prompt_id, {self.state.language: text}, step.place)
        if text and self.may_say(prompt):
            self.count(prompt)
            self.say(prompt, step)

    def count(self, prompt: Prompt) -> None:
        """One more time that this error prompt was said."""
        counts = dict(self.state.heard)
        self.put(heard=tuple({**counts, prompt.id: counts.get(prompt.id, 0) + 1}.items()))

    def may_say(self, prompt: Prompt) -> bool:
        """Whether this error prompt was not said too often."""
        return dict(self.state.heard).get(prompt.id, 0) < ERROR_TIMES_MAX


def told(
    flow: Flow,
    state: State,
    prompt: Prompt,
    step: Step | None = None,
    language: str = "",
    values: Mapping[str, Any] | None = None,
) -> Say:
    """The prompt in the language of the dialogue, with what is known in it."""
    code = language or state.language
    barge = step.listening if step else None
    return Say(
        text=rendered(flow, state, prompt, code, values),
        language=code,
        prompt_id=prompt.id,
        barge_speech=bool(barge and barge.barge_speech),
        barge_keys=bool(barge and barge.barge_keys),
        varies=bool(prompt.names),
        private=bool(_private(flow).intersection(prompt.names)) or _about_private(flow, prompt, values),
        slow=state.slow,
    )


def rendered(
    flow: Flow, state: State, prompt: Prompt, code: str, values: Mapping[str, Any] | None = None, *, written: bool | None = None
) -> str:
    """The text of a prompt in this language, with everything known and these `values` in it.

    written: to be read; by default as the channel of the talk is.
    """
    to_read = state.channel in WRITTEN if written is None else written
    text = prompt.text(code, written=to_read)
    if not prompt.names:
        return text
    known = {name: shown(flow, name, value, code) for name, value in moment.known(flow, state).items()}
    return texts.render(text, code, {**known, **(values or {})}, moment.today(flow, state), written=to_read)


class Named(str):
    """The value of a choice: compared by its id, written as people call it."""

    __slots__ = ("label",)
    label: str

    def __str__(self) -> str:
        return self.label


def shown(flow: Flow, name: str, value: Any, code: str) -> Any:
    """A value as a template gets it."""
    slot = flow.slots.get(name)
    if slot is None or slot.kind != CHOICE:
        return value
    choice = next((one for one in slot.choices if one.id == value), None)
    return value if choice is None else named(choice, code)


def named(choice: Choice, code: str) -> Named:
    """A choice for a template."""
    value = Named(choice.id)
    value.label = label(choice, code)
    return value


def label(choice: Choice, code: str) -> str:
    """What people call a choice: its label, else its first phrase."""
    if choice.label is not None and code in choice.label.texts:
        return choice.label.texts[code]
    return next(iter(choice.phrases.get(code, ())), choice.id)


@lru_cache(maxsize=16)
def _private(flow: Flow) -> frozenset[str]:
    return private_names(flow)


def _about_private(flow: Flow, prompt: Prompt, values: Mapping[str, Any] | None) -> bool:
    """Whether this is the question of a private slot, which says what was just told."""
    return bool(values) and any(slot.private and slot.question is prompt for slot in flow.slots.values())
