"""What is surely known at each step, whichever way one came: what a text speaks must be.

A forward analysis to its fixed point: on every way the names that are surely and perhaps known are carried on; where ways meet,
sure is what is sure on each of them. Corrections lead back to the question they correct, and make void what depends on it
(ivr/dialogue/filling.py does the same, live).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field

from ivr.flow.expression import Node
from ivr.flow.graph import void, way_to
from ivr.flow.names import BUILT_IN
from ivr.flow.parts import Flow, Step, StepKind

Names = frozenset[str]
NONE: Names = frozenset()
ORDERED = ("<", "<=", ">", ">=")


@dataclass(frozen=True, slots=True)
class Knowledge:
    """Names that are known for certain; and per slot whose question may have been passed, what is certain wherever it was.

    Those slots can be corrected, and only there: apart from each other the two would know less.
    """

    sure: Names = NONE
    passed: Mapping[str, Names] = field(default_factory=dict)

    def gaining(self, *names: str) -> Knowledge:
        return Knowledge(self.sure | set(names), {slot: sure | set(names) for slot, sure in self.passed.items()})

    def losing(self, names: Iterable[str]) -> Knowledge:
        gone = set(names)
        return Knowledge(self.sure - gone, {slot: sure - gone for slot, sure in self.passed.items()})

    def forgetting(self, names: Collection[str]) -> Knowledge:
        """What was passed since they were told cannot be gone back to."""
        return Knowledge(self.sure - set(names), {} if names else self.passed)

    def passing(self, slot: str) -> Knowledge:
        """This question is answered now, if it was not before."""
        return Knowledge(self.sure, {slot: self.sure} | dict(self.passed))

    def meeting(self, other: Knowledge) -> Knowledge:
        both = {slot: sure & other.passed.get(slot, sure) for slot, sure in self.passed.items()}
        return Knowledge(self.sure & other.sure, {**other.passed, **both})


Way = tuple[str, Knowledge]


class Certainty:
    """The fixed point for one flow. `at`: what is known where a step begins; steps that nothing leads to are missing."""

    def __init__(self, flow: Flow) -> None:
        self.flow = flow
        self.lost_in_proof = self._forgotten_on_the_way_to_a_proof()
        self.at: dict[str, Knowledge] = {flow.start: Knowledge()} if flow.start in flow.steps else {}
        waiting = deque(self.at)
        while waiting:
            for target, known in self.ways(waiting.popleft()):
                met = self.at[target].meeting(known) if target in self.at else known
                if met != self.at.get(target):
                    self.at[target] = met
                    waiting.append(target)

    def ways(self, name: str) -> Iterator[Way]:
        """Every way out of this step, with what is known on it. A step that needs a proof may be come to by way of the proof."""
        for target, known in self._ways(self.flow.steps[name], self.at[name]):
            if target not in self.flow.steps:
                continue
            if self.flow.steps[target].verified and self.flow.verify in self.flow.steps:
                yield self.flow.verify, known
                yield target, known.losing(self.lost_in_proof)
            else:
                yield target, known

    def missing(self, name: str, at: str) -> str:
        """Why `name` may be unknown at step `at`: a way from the start on which nothing fills it, or who forgets it."""
        after: dict[str, list[str]] = {}
        before: dict[str, list[str]] = {}
        for source in self.at:
            for target, known in self.ways(source):
                if name not in known.sure:
                    after.setdefault(source, []).append(target)
                    before.setdefault(target, []).append(source)
        if at == self.flow.start:
            return "nothing fills it before"
        if at in (came := _spread(self.flow.start, after)):
            way = [at]
            while way[-1] != self.flow.start:
                way.append(came[way[-1]])
            way.reverse()
            return f"nothing fills it on the way {' → '.join(way if len(way) <= 6 else [*way[:2], '…', *way[-3:]])}"
        for source in _spread(at, before):
            step = self.flow.steps[source]
            if source != at and (name in _forgets(step) or name in self.at[source].sure):
                return f'"{source}" (line {step.place.line}) {"forgets it" if name in _forgets(step) else "makes it void by a correction"}'
        return "it is not filled on every way"

    def _forgotten_on_the_way_to_a_proof(self) -> Names:
        seen: dict[str, None] = {}
        waiting = [self.flow.verify]
        while waiting:
            name = waiting.pop()
            if name in self.flow.steps and name not in seen:
                seen[name] = None
                step = self.flow.steps[name]
                waiting += () if step.kind is StepKind.VERIFY else step.targets()
        return frozenset(one for name in seen for one in _forgets(self.flow.steps[name]))

    def _ways(self, step: Step, known: Knowledge) -> Iterator[Way]:
        if step.kind is StepKind.ASK and step.slot in known.sure:
            yield step.next, known.passing(step.slot)  # it is not asked
            return
        if step.asks or step.works:
            yield from ((command.goto, known) for command in self.flow.commands if command.goto)
        if step.asks or step.kind is StepKind.MESSAGE:
            yield self.flow.person, known
            yield step.otherwise, known
            yield from self._corrections(known)
        match step.kind:
            case StepKind.BRANCH:
                yield from _branch(step, known)
            case StepKind.SET:
                yield step.next, _set(step, known)
            case StepKind.ASK | StepKind.MESSAGE:
                yield step.next, known.gaining(step.slot).passing(step.slot)
            case StepKind.LOOK_UP:
                yield step.next, known.gaining(*step.results)
                yield step.missing, known
            case StepKind.CHOOSE:
                for slot in step.takes:
                    yield way_to(self.flow, step.id, slot) if _whole(self.flow, step) else "", known.gaining(slot)
            case _:
                yield step.next, known
        lent = (choice for name in step.also if name in self.flow.steps for choice in self.flow.steps[name].choices)
        for choice in (*step.choices, *lent):
            yield choice.goto, known.forgetting(choice.forget)
        yield step.fallback, known

    def _corrections(self, known: Knowledge) -> Iterator[Way]:
        """ "No, on Friday": back to the question that it answers."""
        for slot, sure in known.passed.items():
            asking = self.flow.asking(slot)
            if asking is not None:
                gone = void(self.flow, slot)
                # Questions that were passed since one that is void now are to be asked again.
                passed = {slot: sure} if gone & self.flow.slots.keys() else known.passed
                yield asking.id, Knowledge(sure, passed).losing(gone).gaining(slot)


def _spread(start: str, ways: Mapping[str, list[str]]) -> dict[str, str]:
    """Everything that one comes to from here, the nearest first, and from where."""
    came = {start: ""}
    waiting = deque([start])
    while waiting:
        here = waiting.popleft()
        for name in ways.get(here, ()):
            if name not in came:
                came[name] = here
                waiting.append(name)
    return came


def _whole(flow: Flow, step: Step) -> bool:
    return all(name in flow.steps for name in step.also)


def _forgets(step: Step) -> tuple[str, ...]:
    return (*step.forget, *(name for choice in step.choices for name in choice.forget), *step.values)


def _branch(step: Step, known: Knowledge) -> Iterator[Way]:
    for case in step.cases:
        yield case.goto, known.gaining(*implied(case.test.root, True))
        known = known.gaining(*implied(case.test.root, False))
    yield step.otherwise, known


def _set(step: Step, known: Knowledge) -> Knowledge:
    """Values first, all from what was known before; then what is forgotten."""
    after = known
    for name, expression in step.values.items():
        after = after.gaining(name) if sure_value(expression.root, known.sure) else after.losing((name,))
    return after.forgetting(step.forget)


def sure_value(node: Node, sure: Names) -> bool:
    """Whether this expression surely has a value, and not none."""
    match node.does:
        case "value":
            return node.value is not None
        case "name":
            return node.value in sure or node.value in BUILT_IN
        case "+" | "-" | "*" | "/" | "neg":
            return all(sure_value(part, sure) for part in node.parts)
    return True


def implied(node: Node, truth: bool) -> Names:
    """Names that are surely known where this condition is true (or false)."""
    match node.does:
        case "known" | "name":
            return frozenset({node.value}) if truth else NONE
        case "not":
            return implied(node.parts[0], not truth)
        case "and" | "or":
            parts = [implied(part, truth) for part in node.parts]
            every = truth == (node.does == "and")
            return frozenset().union(*parts) if every else frozenset.intersection(*parts)
        case "==" | "!=":
            if _of_none(node):
                return _names(node) if truth == (node.does == "!=") else NONE
            literal = any(part.does == "value" for part in node.parts)
            return _names(node) if literal and truth == (node.does == "==") else NONE
        case "<" | "<=" | ">" | ">=":
            return _names(node) if truth else NONE
        case "in":
            return _names(node.parts[0]) if truth else NONE
    return NONE


def unsure(node: Node, known: Names) -> Iterator[Node]:
    """Names in comparisons and sums of this condition that may be unknown there, with `known` and what is asked before them."""
    match node.does:
        case "and" | "or":
            for part in node.parts:
                yield from unsure(part, known)
                known = known | implied(part, node.does == "and")
        case "==" | "!=" | "<" | "<=" | ">" | ">=" | "in" | "+" | "-" | "*" | "/" | "neg":
            if not _of_none(node):
                for part in node.parts:
                    yield from [part] if part.does == "name" and part.value not in known else unsure(part, known)
        case "not":
            yield from unsure(node.parts[0], known)


def _of_none(node: Node) -> bool:
    return any(part.does == "value" and part.value is None for part in node.parts)


def _names(node: Node) -> Names:
    return frozenset(one.value for one in node.every() if one.does in ("name", "known"))


def never_filled(flow: Flow) -> Mapping[str, None]:
    """Facts that no step fills: they come from what is known of the customer, or do not come."""
    filled = {name for step in flow.steps.values() for name in (*step.results, *step.values)}
    return {name: None for name in flow.facts if name not in filled}
