"""A flow file, read as a whole: YAML 1.1 with the place of every node, every mistake noted, none of them fatal to the rest."""

from __future__ import annotations

import zoneinfo
from collections.abc import Callable
from types import MappingProxyType
from typing import TypeVar

import yaml

from ivr.flow.connections import connect
from ivr.flow.gaps import close
from ivr.flow.knowledge import consider
from ivr.flow.parts import Choice, Flow, Listening, Step
from ivr.flow.steps import StepsPage
from ivr.flow.words import GO_NOWHERE, no_prompt
from ivr.languages import known
from ivr.understand import NO, YES

REQUIRED = ("flow", "languages", "start", "person", "confirming", "hearing_lost", "steps")
OPTIONAL = (
    "version", "turns_max", "listening", "commands", "slots", "facts", "connectors", "resume", "verify", "timezone", "hours",
)  # fmt: skip
T = TypeVar("T")


class FlowPage(StepsPage):
    """The page of a flow. `flow` gives what can be made of it; it is sound only where `mistakes` stays empty."""

    def flow(self) -> Flow | None:
        if (root := self.root()) is None:
            return None
        top = self.mapping(root, "the flow", (*REQUIRED, *OPTIONAL), REQUIRED)
        if not all(name in top for name in REQUIRED):
            return None
        self.read_languages(top["languages"])
        self.default_listening = self.listening(top.get("listening"), Listening())
        confirming = self.mapping(top["confirming"], "confirming", ("again", "keys"), ("again", "keys"))
        keys = self.mapping(confirming["keys"], "the keys of confirming", (YES, NO), (YES, NO)) if "keys" in confirming else {}
        self.confirm_keys = {name: self.key(node, f'the key for "{name}"') for name, node in keys.items()}
        flow = Flow(
            name=self.text(top["flow"], "flow"),
            version=int(self.number(top.get("version"), "version", 1, 1e6, 1)),
            languages=self.languages,
            start=self.text(top["start"], "start"),
            person=self.text(top["person"], "person"),
            turns_max=int(self.number(top.get("turns_max"), "turns_max", 5, 1000, 80)),
            slots=MappingProxyType(self.named(top.get("slots"), "slots", self.slot)),
            facts=MappingProxyType(self.named(top.get("facts"), "facts", self.fact)),
            connectors=MappingProxyType(self.named(top.get("connectors"), "connectors", self.connector)),
            steps=MappingProxyType(self.steps(top["steps"])),
            commands=self.commands(top, root),
            confirm_again=self.prompt(confirming.get("again"), "confirming.again") or no_prompt(self.place(root)),
            confirm_keys=MappingProxyType(self.confirm_keys),
            hearing_lost=self.prompt(top["hearing_lost"], "hearing_lost") or no_prompt(self.place(root)),
            file=self.file,
            resume=self.resume(top.get("resume"), root),
            verify=self.text(top.get("verify"), "verify"),
            timezone=self.timezone(top.get("timezone")),
            hours=self.hours(top.get("hours")),
        )
        connect(self, flow, {name: self.place(top[name]) for name in ("start", "person", "verify") if name in top}, self.broken)
        consider(self, flow)
        close(self, flow)
        return flow

    def read_languages(self, node: yaml.Node) -> None:
        for one in (codes := self.items(node, "languages")):
            if self.text(one, "a language") not in known():
                self.wrong(one, f'no language "{one.value}" here', str(one.value), known())
        self.languages = tuple(code for one in codes if (code := str(one.value)) in known())
        if not self.languages:
            self.wrong(node, "a flow needs one language at least")

    def named(self, node: yaml.Node | None, what: str, read: Callable[[str, yaml.Node], T | None]) -> dict[str, T]:
        found = self.mapping(node, what, None) if node is not None else {}
        parts: dict[str, T] = {}
        for name, one in found.items():
            if not name.isidentifier():
                self.wrong(one, f'"{name}" must be letters, digits and underscores: it stands in texts and conditions')
            elif (part := read(name, one)) is not None:
                parts[name] = part
            else:
                self.unread.add(name)
        return parts

    def steps(self, node: yaml.Node) -> dict[str, Step]:
        steps: dict[str, Step] = {}
        for one in self.items(node, "steps"):
            if (step := self.step(one)) is not None:
                if step.id in steps:
                    self.wrong(one, f'a step "{step.id}" stands at line {steps[step.id].place.line} already')
                steps.setdefault(step.id, step)
        return steps

    def commands(self, top: dict[str, yaml.Node], root: yaml.Node) -> tuple[Choice, ...]:
        """The commands of the flow, and those that are understood everywhere, named or not."""
        found = self.mapping(top["commands"], "commands", None) if "commands" in top else {}
        given = [self.choice(node, f'command "{name}"', command=name) for name, node in found.items()]
        missing = [name for name in GO_NOWHERE if name not in found and (name != "language" or len(self.languages) > 1)]
        usual = [self.usual(name, "", self.place(root)) for name in missing]
        if "operator" not in found:
            usual.append(self.usual("operator", self.text(top["person"], "person"), self.place(root)))
        return (*given, *usual)

    def timezone(self, node: yaml.Node | None) -> str:
        name = self.text(node, "timezone") or "UTC"
        if node is not None and name not in zoneinfo.available_timezones():
            self.wrong(node, f'no time zone "{name}"', name, zoneinfo.available_timezones())
            return "UTC"
        return name
