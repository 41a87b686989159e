"""The parts of a dialogue as data: steps, choices, slots, facts, texts per language. Only ivr/flow/reader.py makes them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Any

from ivr.flow.expression import Expression
from ivr.flow.page import Place
from ivr.values.finding import ANY, Limits
from voice.recognizers.protocol import Kind


class StepKind(StrEnum):
    """What a step does."""

    SAY = "say"
    ASK = "ask"  # the value of a slot
    CHOOSE = "choose"  # one of several ways to go on
    CONFIRM = "confirm"  # yes or no about what is known
    LOOK_UP = "look_up"
    SET = "set"
    BRANCH = "branch"
    CALL_BACK = "call_back"
    MESSAGE = "message"
    SEND_LINK = "send_link"
    VERIFY = "verify"
    HANDOVER = "handover"
    END = "end"


ASKING = (StepKind.ASK, StepKind.CHOOSE, StepKind.CONFIRM)
WORKING = (StepKind.LOOK_UP, StepKind.CALL_BACK, StepKind.MESSAGE, StepKind.SEND_LINK, StepKind.VERIFY)
LAST = (StepKind.HANDOVER, StepKind.END)
CHOICE = "choice"  # the kind of a slot whose values are named in the flow; all others are ivr.values' SlotKind


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text in every language of the flow, a Jinja2 template; the id names it for recordings and the cache.

    names: slots and facts that stand in it (in any language); without one it is always the same text. written: per language
    what chat and mail get instead, where the flow says so; "" for nothing at all.
    """

    id: str
    texts: Mapping[str, str]
    place: Place
    names: tuple[str, ...] = ()
    written: Mapping[str, str] = field(default_factory=dict)

    def text(self, code: str, *, written: bool = False) -> str:
        """The template for the ear, or for the eye."""
        return self.written.get(code, self.texts[code]) if written else self.texts[code]


@dataclass(frozen=True, slots=True)
class Listening:
    """How a step listens: the silence that ends a turn, how long to wait for one, what may cut a prompt."""

    end_silence_ms: int = 700
    no_input_s: float = 7.0
    barge_speech: bool = True
    barge_keys: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer, or a global command: by key, by phrase, by topic words.

    `goto` is "" for commands that go nowhere and for the values of a slot. forget: slots that are asked anew after it.
    label: what a chat writes on its button.
    """

    id: str
    goto: str
    key: str
    phrases: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[tuple[str, float], ...]]
    confirm: Prompt | None
    offer: Prompt | None
    place: Place
    forget: tuple[str, ...] = ()
    label: Prompt | None = None


@dataclass(frozen=True, slots=True)
class Slot:
    """Something the caller tells. kind: "choice" or a SlotKind of ivr.values; names: how callers call it, for corrections.

    confirm: "always", "unsure" or "never"; question: what is asked then. depends: slots whose correction makes this one void.
    """

    id: str
    kind: str
    place: Place
    names: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    private: bool = False
    confirm: str = "unsure"
    question: Prompt | None = None
    limits: Limits = ANY
    choices: tuple[Choice, ...] = ()
    depends: tuple[str, ...] = ()
    was: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Known:
    """A fact that the flow may speak of: from the context, a look-up, or `set`. kind: a slot kind, "choice" or "truth"."""

    id: str
    kind: str
    private: bool
    place: Place
    values: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Connector:
    """Where a look-up is done: a function of this house ("python") or a JSON service ("http")."""

    id: str
    python: str
    http: str
    place: Place


@dataclass(frozen=True, slots=True)
class Resume:
    """What becomes of a dialogue that broke off: mode "ask", "continue" or "restart", for `lifetime_h` hours."""

    mode: str = "ask"
    lifetime_h: float = 72.0
    text: Prompt | None = None
    plain: Prompt | None = None  # where there is nothing to name, or it may not be named
    going_on: Prompt | None = None
    named: Prompt | None = None  # where one goes on unasked
    proved: Prompt | None = None  # where the proof of who it is has brought the matter along
    waiting: Prompt | None = None  # where one was waiting for a person
    waiting_plain: Prompt | None = None

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything that is said about going on."""
        every = (self.text, self.plain, self.going_on, self.named, self.proved, self.waiting, self.waiting_plain)
        return tuple(prompt for prompt in every if prompt)


@dataclass(frozen=True, slots=True)
class Case:
    """One way of a branch."""

    test: Expression
    goto: str
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """One step; which fields are filled depends on its kind. `also`: steps whose choices are understood here too, by speech.

    takes: further slots that are taken from the same sentence. fallback: where it goes on when the work fails; missing: when
    there is no such thing. verified: only for who has proved who he is. about: what this step is about, for "we stopped at ...".
    was: names of this step in older versions of the flow.
    """

    id: str
    kind: StepKind
    place: Place
    text: Prompt | None
    listening: Listening
    next: str = ""
    about: Prompt | None = None
    verified: bool = False
    was: tuple[str, ...] = ()
    again: Prompt | None = None
    keys: Prompt | None = None
    expects: Kind = Kind.FREE
    slot: str = ""
    takes: tuple[str, ...] = ()
    choices: tuple[Choice, ...] = ()
    also: tuple[str, ...] = ()
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    no_input: tuple[Prompt, ...] = ()
    no_match: tuple[Prompt, ...] = ()
    otherwise: str = ""
    reason: str = ""
    skill: str = ""
    connector: str = ""
    method: str = ""
    arguments: Mapping[str, Expression] = field(default_factory=dict)
    results: Mapping[str, str] = field(default_factory=dict)
    values: Mapping[str, Expression] = field(default_factory=dict)
    forget: tuple[str, ...] = ()
    cases: tuple[Case, ...] = ()
    channel: str = ""
    message: Prompt | None = None
    deadline_s: float = 3.0
    longest_s: float = 120.0
    missing: str = ""
    fallback: str = ""

    @property
    def asks(self) -> bool:
        """Whether it waits for the caller."""
        return self.kind in ASKING

    @property
    def works(self) -> bool:
        """Whether it waits for something that the loop does."""
        return self.kind in WORKING

    def targets(self) -> tuple[str, ...]:
        """The steps one can come to from here by an answer or a result."""
        ways = [self.next, self.missing, self.fallback, *(case.goto for case in self.cases)]
        if self.kind is StepKind.BRANCH:
            ways.append(self.otherwise)
        return tuple(dict.fromkeys(filter(None, (*ways, *(choice.goto for choice in self.choices)))))

    def prompts(self) -> Iterator[Prompt]:
        """Everything this step can say, and what a resumption says of it."""
        own = (self.text, self.again, self.keys, *self.no_input, *self.no_match, self.message, self.about)
        doubts = (prompt for choice in self.choices for prompt in (choice.confirm, choice.label))
        return (prompt for prompt in (*own, *doubts) if prompt)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A dialogue that has passed every check. `commands` are understood at every step; `person` is where one gets help.

    verify: the step that proves who it is, "" for none. timezone: IANA name, for today and the hours. hours: minutes of the day
    (opens, closes) per weekday, Monday first.
    """

    name: str
    version: int
    languages: tuple[str, ...]
    start: str
    person: str
    turns_max: int
    steps: Mapping[str, Step]
    commands: tuple[Choice, ...]
    confirm_again: Prompt
    confirm_keys: Mapping[str, str]
    hearing_lost: Prompt
    file: str
    slots: Mapping[str, Slot] = field(default_factory=dict)
    facts: Mapping[str, Known] = field(default_factory=dict)
    connectors: Mapping[str, Connector] = field(default_factory=dict)
    resume: Resume = Resume()
    verify: str = ""
    timezone: str = "UTC"
    hours: tuple[tuple[int, int], ...] = ()

    @property
    def ticket_key(self) -> str:
        """The key before the digits of a ticket (the command `ticket`), "" where the flow has none: then they are spoken."""
        return next((choice.key or "" for choice in self.commands if choice.id == "ticket"), "")

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything that can be said in this flow."""
        commands = (prompt for choice in self.commands for prompt in (choice.confirm, choice.offer, choice.label) if prompt)
        doubts = (prompt for slot in self.slots.values() for prompt in self._of(slot))
        steps = (prompt for step in self.steps.values() for prompt in step.prompts())
        return (self.hearing_lost, self.confirm_again, *self.resume.prompts(), *commands, *doubts, *steps)

    @staticmethod
    def _of(slot: Slot) -> Iterator[Prompt]:
        if slot.question:
            yield slot.question
        for choice in slot.choices:
            yield from (prompt for prompt in (choice.confirm, choice.label) if prompt)

    def prompt(self, prompt_id: str) -> Prompt | None:
        """The prompt of this id, or None."""
        return _prompts(self).get(prompt_id)

    def choices(self, step: Step) -> Mapping[str, Choice]:
        """Everything that can be understood at this step, by id: its own choices, those of `also`, and the commands."""
        lent = (choice for name in step.also for choice in self.steps[name].choices)
        return {choice.id: choice for choice in (*self.commands, *lent, *self.values(step), *step.choices)}

    def values(self, step: Step) -> tuple[Choice, ...]:
        """The values of this step's slot, where the flow names them."""
        slot = self.slots.get(step.slot) if step.kind is StepKind.ASK else None
        return slot.choices if slot else ()

    def asking(self, slot: str) -> Step | None:
        """The step that asks for this slot, or None."""
        return next((step for step in self.steps.values() if step.kind is StepKind.ASK and step.slot == slot), None)


@lru_cache(maxsize=16)
def _prompts(flow: Flow) -> Mapping[str, Prompt]:
    return {prompt.id: prompt for prompt in flow.prompts()}


def slot_of(flow: Flow, step: Step) -> Slot | None:
    """The slot that an asking step fills, or None (a menu)."""
    return flow.slots.get(step.slot) if step.kind is StepKind.ASK else None


Plain = Mapping[str, Any]
