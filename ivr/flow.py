"""A dialogue as data: steps, texts and choices per language, read from YAML 1.1 with the place of every node kept.

`load` gives a Flow or raises FlowError with every mistake in the file at once; `check` gives the list alone.
The fields of the file are documented in ivr/flows/hotline.yaml, which uses all of them.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType

import yaml

from ivr.languages import known, language
from ivr.understand import NO, WORD_WEIGHT_MAX, YES
from ivr.understand.connections import connect
from ivr.understand.page import Mistake, Page, Place
from voice.errors import ConfigError
from voice.recognizers.protocol import Kind

KEYS = "0123456789*#"


class StepKind(StrEnum):
    """What a step does: speak and go on, ask and wait, give the call to a person, say goodbye."""

    SAY = "say"
    ASK = "ask"
    HANDOVER = "handover"
    END = "end"


class FlowError(ConfigError):
    """The flow file cannot be used; `mistakes` lists everything that is wrong with it, in the order of the file."""

    def __init__(self, file: str, mistakes: tuple[Mistake, ...]) -> None:
        count = f"{len(mistakes)} mistakes" if len(mistakes) != 1 else "1 mistake"
        super().__init__(f"{count} in the flow {file}:\n" + "\n".join(map(str, mistakes)))
        self.mistakes = mistakes


@dataclass(frozen=True, slots=True)
class Prompt:
    """One text in every language of the flow; the id names it for recordings and the cache."""

    id: str
    texts: Mapping[str, str]
    place: Place


@dataclass(frozen=True, slots=True)
class Listening:
    """How a step listens: the silence that ends a turn, how long to wait for one, what may cut a prompt."""

    end_silence_ms: int = 700
    no_input_s: float = 7.0
    barge_speech: bool = True
    barge_keys: bool = True


@dataclass(frozen=True, slots=True)
class Choice:
    """One answer, or a global command: by key, by phrase, by topic words. `goto` is "" for commands that go nowhere."""

    id: str
    goto: str
    key: str
    phrases: Mapping[str, tuple[str, ...]]
    words: Mapping[str, tuple[tuple[str, float], ...]]
    confirm: Prompt | None
    offer: Prompt | None
    place: Place


@dataclass(frozen=True, slots=True)
class Step:
    """One step; which fields are filled depends on its kind. `also`: steps whose choices are understood here too, by speech."""

    id: str
    kind: StepKind
    place: Place
    text: Prompt
    listening: Listening
    next: str = ""
    reason: str = ""
    again: Prompt | None = None
    keys: Prompt | None = None
    expects: Kind = Kind.FREE
    slot: str = ""
    choices: tuple[Choice, ...] = ()
    also: tuple[str, ...] = ()
    examples: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    no_input: tuple[Prompt, ...] = ()
    no_match: tuple[Prompt, ...] = ()
    otherwise: str = ""

    def targets(self) -> tuple[str, ...]:
        """The steps one can come to from here by an answer."""
        return tuple(filter(None, (self.next, *(choice.goto for choice in self.choices))))

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything this step can say."""
        asked = (choice.confirm for choice in self.choices)
        return tuple(prompt for prompt in (self.text, self.again, self.keys, *self.no_input, *self.no_match, *asked) if prompt)


@dataclass(frozen=True, slots=True, eq=False)
class Flow:
    """A dialogue that has passed every check. `commands` are understood at every step; `person` is where one gets help."""

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

    def prompts(self) -> tuple[Prompt, ...]:
        """Everything that can be said in this flow."""
        commands = (prompt for choice in self.commands for prompt in (choice.confirm, choice.offer) if prompt)
        return (
            self.hearing_lost,
            self.confirm_again,
            *commands,
            *(prompt for step in self.steps.values() for prompt in step.prompts()),
        )

    def prompt(self, prompt_id: str) -> Prompt | None:
        """The prompt of this id, or None."""
        return _prompts(self).get(prompt_id)

    def choices(self, step: Step) -> Mapping[str, Choice]:
        """Everything that can be understood at this step, by id: its own choices, those of `also`, and the commands."""
        lent = (choice for name in step.also for choice in self.steps[name].choices)
        return {choice.id: choice for choice in (*self.commands, *lent, *step.choices)}


@lru_cache(maxsize=16)
def _prompts(flow: Flow) -> Mapping[str, Prompt]:
    return {prompt.id: prompt for prompt in flow.prompts()}


def load(path: str | Path) -> Flow:
    """The flow in this YAML file. Raises FlowError with all of its mistakes."""
    reader = _Reader(str(path))
    flow = reader.flow()
    if reader.mistakes or flow is None:
        raise FlowError(reader.file, tuple(sorted(reader.mistakes, key=lambda one: (one.place.line, one.place.column))))
    for code in flow.languages:
        language(code).base(code)  # dictionaries are read now, not in the first call
    return flow


def check(path: str | Path) -> list[Mistake]:
    """Every mistake in this file, in its order; an empty list where there is none."""
    try:
        load(path)
    except FlowError as error:
        return list(error.mistakes)
    return []


class _Reader(Page):
    """The page of a flow: what its nodes mean."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.languages: tuple[str, ...] = ()
        self.default = Listening()
        self.broken: set[str] = set()  # steps that stand in the file and could not be read

    def key(self, node: yaml.Node | None, what: str) -> str:
        key = self.text(node, what)
        if node is not None and key and (len(key) != 1 or key not in KEYS):
            self.wrong(node, f'{what} must be one of 0-9, * and #, not "{key}"')
            return ""
        return key

    def per_language(self, node: yaml.Node, what: str, *, complete: bool) -> dict[str, yaml.Node]:
        found = self.mapping(node, what, self.languages)
        missing = [code for code in self.languages if code not in found]
        if complete and missing and isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} is missing in {' and '.join(missing)}")
        return found

    def prompt(self, node: yaml.Node | None, prompt_id: str) -> Prompt | None:
        if node is None:
            return None
        texts = {
            code: self.text(one, f"{prompt_id} in {code}")
            for code, one in self.per_language(node, prompt_id, complete=True).items()
        }
        return Prompt(prompt_id, MappingProxyType(texts), self.place(node))

    def phrases(self, node: yaml.Node | None, what: str) -> dict[str, tuple[str, ...]]:
        found = self.per_language(node, what, complete=False) if node is not None else {}
        return {
            code: tuple(filter(None, (self.text(item, f"a phrase of {what}").lower() for item in self.items(one, what))))
            for code, one in found.items()
        }

    def weights(self, node: yaml.Node | None, what: str) -> dict[str, tuple[tuple[str, float], ...]]:
        found = self.per_language(node, what, complete=False) if node is not None else {}
        return {
            code: tuple(
                (word, self.number(weight, f'the weight of "{word}"', 0, WORD_WEIGHT_MAX, 0))
                for word, weight in self.mapping(one, what, None).items()
            )
            for code, one in found.items()
        }

    def flow(self) -> Flow | None:
        if (root := self.root()) is None:
            return None
        required = ("flow", "languages", "start", "person", "confirming", "hearing_lost", "steps")
        top = self.mapping(root, "the flow", (*required, "version", "turns_max", "listening", "commands"), required)
        if not all(name in top for name in required):
            return None
        for node in (codes := self.items(top["languages"], "languages")):
            if self.text(node, "a language") not in known():
                self.wrong(node, f'no language "{node.value}" here', str(node.value), known())
        self.languages = tuple(code for node in codes if (code := str(node.value)) in known())
        self.default = self.listening(top.get("listening"), Listening())
        confirming = self.mapping(top["confirming"], "confirming", ("again", "keys"), ("again", "keys"))
        keys = self.mapping(confirming["keys"], "the keys of confirming", (YES, NO), (YES, NO)) if "keys" in confirming else {}
        steps: dict[str, Step] = {}
        for node in self.items(top["steps"], "steps"):
            if (step := self.step(node)) is not None:
                if step.id in steps:
                    self.wrong(node, f'a step "{step.id}" stands at line {steps[step.id].place.line} already')
                steps.setdefault(step.id, step)
        commands = self.mapping(top["commands"], "commands", None) if "commands" in top else {}
        if not self.languages:
            self.wrong(top["languages"], "a flow needs one language at least")
        flow = Flow(
            name=self.text(top["flow"], "flow"),
            version=int(self.number(top.get("version"), "version", 1, 1e6, 1)),
            languages=self.languages,
            start=self.text(top["start"], "start"),
            person=self.text(top["person"], "person"),
            turns_max=int(self.number(top.get("turns_max"), "turns_max", 5, 1000, 80)),
            steps=MappingProxyType(steps),
            commands=tuple(self.choice(node, f'command "{name}"', name) for name, node in commands.items()),
            confirm_again=self.prompt(confirming.get("again"), "confirming.again") or _no_prompt(self.place(root)),
            confirm_keys=MappingProxyType({name: self.key(node, f'the key for "{name}"') for name, node in keys.items()}),
            hearing_lost=self.prompt(top["hearing_lost"], "hearing_lost") or _no_prompt(self.place(root)),
            file=self.file,
        )
        connect(self, flow, self.place(top["start"]), self.place(top["person"]), self.broken)
        return flow

    def listening(self, node: yaml.Node | None, otherwise: Listening) -> Listening:
        if node is None:
            return otherwise
        fields = self.mapping(node, "listening", ("end_silence_ms", "no_input_s", "barge_in"))
        barge = self.mapping(fields["barge_in"], "barge_in", ("speech", "keys")) if "barge_in" in fields else {}
        return Listening(
            end_silence_ms=int(self.number(fields.get("end_silence_ms"), "end_silence_ms", 200, 5000, otherwise.end_silence_ms)),
            no_input_s=self.number(fields.get("no_input_s"), "no_input_s", 1, 60, otherwise.no_input_s),
            barge_speech=self.switch(barge.get("speech"), "barge_in speech", otherwise.barge_speech),
            barge_keys=self.switch(barge.get("keys"), "barge_in keys", otherwise.barge_keys),
        )

    def step(self, node: yaml.Node) -> Step | None:
        named = {name.value: value for name, value in node.value} if isinstance(node, yaml.MappingNode) else {}
        kind = self.text(named.get("kind"), "kind")
        if kind not in _FIELDS:
            self.wrong(
                named.get("kind", node), f'unknown kind of step "{kind}"' if kind else "a step lacks its kind", kind, _FIELDS
            )
            self.broken |= {str(named["id"].value)} if "id" in named else set()
            return None
        required, optional = _FIELDS[kind]
        fields = self.mapping(
            node, f"a step of kind {kind}", ("id", "kind", "text", *required, *optional), ("id", "text", *required)
        )
        name = self.text(fields.get("id"), "id")
        if not name:
            return None
        expects = self.text(fields.get("expects"), "expects") or Kind.FREE
        if kind == StepKind.ASK and expects not in _EXPECTED:
            self.wrong(fields.get("expects", node), f'"{name}" cannot expect "{expects}"', expects, _EXPECTED)
            expects = Kind.CHOICE
        return Step(
            id=name,
            kind=StepKind(kind),
            place=self.place(node),
            text=self.prompt(fields.get("text"), f"{name}.text") or _no_prompt(self.place(node)),
            listening=self.listening(fields.get("listening"), self.default),
            next=self.text(fields.get("next"), "next"),
            reason=self.text(fields.get("reason"), "reason"),
            again=self.prompt(fields.get("again"), f"{name}.again"),
            keys=self.prompt(fields.get("keys"), f"{name}.keys"),
            expects=Kind(expects),
            slot=self.text(fields.get("slot"), "slot"),
            choices=tuple(
                self.choice(one, f'a choice of "{name}"', yes_no=expects == Kind.YES_NO)
                for one in self.items(fields.get("choices"), "choices")
            ),
            also=tuple(filter(None, (self.text(one, "also") for one in self.items(fields.get("also"), "also")))),
            examples=MappingProxyType(self.phrases(fields.get("examples"), "examples")),
            no_input=self.escalation(fields.get("no_input"), f"{name}.no_input"),
            no_match=self.escalation(fields.get("no_match"), f"{name}.no_match"),
            otherwise=self.text(fields.get("otherwise"), "otherwise"),
        )

    def escalation(self, node: yaml.Node | None, name: str) -> tuple[Prompt, ...]:
        prompts = (self.prompt(one, f"{name}.{number}") for number, one in enumerate(self.items(node, name), 1))
        return tuple(prompt for prompt in prompts if prompt)

    def choice(self, node: yaml.Node, what: str, command: str = "", *, yes_no: bool = False) -> Choice:
        named = ("id", "goto") if not command else () if command in _GOES_NOWHERE else ("goto",)
        fields = self.mapping(node, what, (*named, "key", "phrases", "words", "confirm", "offer"), named)
        name = command or self.text(fields.get("id"), f"the id of {what}")
        phrases, words = self.phrases(fields.get("phrases"), what), self.weights(fields.get("words"), what)
        if yes_no and name not in (YES, NO):
            self.wrong(fields.get("id", node), f'the choices of a yes/no step are "yes" and "no", not "{name}"', name, (YES, NO))
        for code in self.languages:
            phrases[code] = (*language(code).commands.get(command, ()), *phrases.get(code, ()))
            if not phrases[code] and not words.get(code) and not yes_no:
                self.wrong(node, f'"{name}" has neither phrases nor words in {code}')
        return Choice(
            id=name,
            goto=self.text(fields.get("goto"), "goto"),
            key=self.key(fields.get("key"), f'the key of "{name}"'),
            phrases=MappingProxyType(phrases),
            words=MappingProxyType(words),
            confirm=self.prompt(fields.get("confirm"), f"{name}.confirm"),
            offer=self.prompt(fields.get("offer"), f"{name}.offer"),
            place=self.place(node),
        )


def _no_prompt(place: Place) -> Prompt:
    """Stands for a missing prompt while the rest of the file is read; such a flow is never handed out."""
    return Prompt("", MappingProxyType({}), place)


_GOES_NOWHERE = ("repeat", "language")
_EXPECTED = (Kind.CHOICE, Kind.YES_NO)
# Per kind of step: the fields it needs, and those it may have.
_FIELDS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    StepKind.SAY: (("next",), ("listening",)),
    StepKind.ASK: (
        ("expects", "keys", "choices", "no_input", "no_match"),
        ("again", "slot", "also", "examples", "otherwise", "listening"),
    ),
    StepKind.HANDOVER: ((), ("reason", "listening")),
    StepKind.END: ((), ("listening",)),
}
