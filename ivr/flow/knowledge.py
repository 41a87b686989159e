"""What a flow speaks and decides of: slots and facts that exist, that fit together, and that are nobody else's affair."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from typing import TYPE_CHECKING, Any

from ivr.flow.expression import Expression, Node
from ivr.flow.names import BUILT_IN, IN_QUESTION, IN_RESUME, TYPES, VALUES
from ivr.flow.page import Place
from ivr.flow.parts import Flow, StepKind
from ivr.flow.slots import clock

if TYPE_CHECKING:
    from ivr.flow.steps import StepsPage


def consider(page: StepsPage, flow: Flow) -> None:
    """Note on `page` every name that means nothing, every value of the wrong type, and every secret told to anybody."""
    for name in flow.slots.keys() & flow.facts.keys():
        page.wrong(flow.facts[name].place, f'"{name}" is a slot already (line {flow.slots[name].place.line})')
    for name in (*flow.slots, *flow.facts):
        if name in (*BUILT_IN, IN_QUESTION, IN_RESUME):
            place = (flow.slots.get(name) or flow.facts[name]).place
            page.wrong(place, f'"{name}" has a meaning of its own; choose another name')
    _used(page, flow)
    _told(page, flow)
    for expression, place in page.expressions:
        _Types(page, flow, place).check(expression)
    _filled(page, flow)


def _kinds(flow: Flow) -> dict[str, str]:
    """Name -> kind of all that is known."""
    slots = {name: slot.kind for name, slot in flow.slots.items()}
    return {**BUILT_IN, **{name: fact.kind for name, fact in flow.facts.items()}, **slots}


def _used(page: StepsPage, flow: Flow) -> None:
    """Slots, facts and connectors that steps name."""
    both = (*flow.slots, *flow.facts)
    for step in flow.steps.values():
        if step.kind in (StepKind.ASK, StepKind.MESSAGE):
            _exist(page, page.spot(step, "slot"), (step.slot,), flow.slots, "slot")
        for field, names in (("takes", step.takes), ("forget", step.forget)):
            _exist(page, page.spot(step, field), names, flow.slots, "slot")
        for choice in step.choices:
            _exist(page, choice.place, choice.forget, flow.slots, "slot")
        for field, told in (("results", step.results), ("values", step.values)):
            _exist(page, page.spot(step, field), told, both, "slot or fact")
        if step.kind is StepKind.LOOK_UP:
            _exist(page, page.spot(step, "connector"), (step.connector,), flow.connectors, "connector")
        if step.kind is StepKind.MESSAGE and step.slot in flow.slots and flow.slots[step.slot].kind != "text":
            page.wrong(step.place, f'"{step.id}" takes a message; slot "{step.slot}" must be of kind text')
    for slot in flow.slots.values():
        _exist(page, slot.place, slot.depends, flow.slots, "slot")


def _exist(page: StepsPage, place: Place, names: Iterable[str], among: Iterable[str], what: str) -> None:
    for name in dict.fromkeys(names):
        if name and name not in among and name not in page.unread:
            page.wrong(place, f'unknown {what} "{name}"', name, among)


def _told(page: StepsPage, flow: Flow) -> None:
    """Names in texts: known, and private ones only where the caller has proved who he is."""
    allowed = {prompt.id for step in flow.steps.values() if step.verified for prompt in step.prompts()}
    private = private_names(flow)
    special = {slot.question.id: IN_QUESTION for slot in flow.slots.values() if slot.question}
    special |= {prompt.id: IN_RESUME for prompt in flow.resume.prompts()}
    seen: set[tuple[str, str]] = set()
    for prompt, code, node in page.spoken:
        for name in prompt.names:
            if name not in (*BUILT_IN, *flow.slots, *flow.facts, *page.unread, special.get(prompt.id)):
                if (prompt.id, name) not in seen:
                    page.wrong(node, f'{prompt.id} in {code}: unknown slot or fact "{name}"', name, (*flow.slots, *flow.facts))
            elif name in private and prompt.id not in allowed and (prompt.id, name) not in seen:
                page.wrong(node, f'{prompt.id} tells "{name}", which is private: its step lacks `needs: verified`')
            seen.add((prompt.id, name))


def _filled(page: StepsPage, flow: Flow) -> None:
    """A slot that nothing ever fills."""
    filled = {name for step in flow.steps.values() for name in (step.slot, *step.takes, *step.results, *step.values)}
    for name, slot in flow.slots.items():
        if name not in filled:
            page.wrong(slot.place, f'slot "{name}" is never asked, taken, looked up or set')


class _Types:
    """The types of one expression: "" is anything, "none" the missing value."""

    def __init__(self, page: StepsPage, flow: Flow, place: Place) -> None:
        self.page, self.flow, self.place = page, flow, place
        self.kinds: Mapping[str, str] = _kinds(flow)

    def check(self, expression: Expression) -> None:
        self.type_of(expression.root)

    def wrong(self, node: Node, what: str, name: str = "", among: Iterable[str] = ()) -> None:
        self.page.wrong(self.place.right(node.at), what, name, among)

    def type_of(self, node: Node) -> str:
        match node.does:
            case "value":
                return _literal(node.value)
            case "name" | "known":
                if node.value not in self.kinds:
                    if node.value not in self.page.unread:
                        self.wrong(node, f'unknown slot or fact "{node.value}"', node.value, self.kinds)
                    return ""
                return "truth" if node.does == "known" else TYPES.get(self.kinds[node.value], "")
        types = [self.type_of(part) for part in node.parts]
        match node.does:
            case "list":
                return "list"
            case "and" | "or" | "not":
                return "truth"
            case "in":
                if types[1] not in ("list", ""):
                    self.wrong(node, '"in" needs a list, like [1, 2]')
                else:
                    for item in node.parts[1].parts:
                        self.compared(node, node.parts[0], types[0], item, _literal(item.value) if item.does == "value" else "")
                return "truth"
            case "==" | "!=" | "<" | "<=" | ">" | ">=":
                self.compared(node, node.parts[0], types[0], node.parts[1], types[1])
                if node.does not in ("==", "!=") and {"none", "list", "money"} & set(types):
                    self.wrong(node, f'"{node.does}" cannot compare {" and ".join(filter(None, types))}')
                return "truth"
        return self.reckoned(node, types)

    def compared(self, node: Node, left: Node, left_type: str, right: Node, right_type: str) -> None:
        for name, value in ((left, right), (right, left)):
            if name.does == "name" and value.does == "value" and isinstance(value.value, str):
                self.named_value(name.value, value)
        types = {left_type, right_type} - {"", "none"}
        if len(types) == 2 and not _readable(types, left, right):
            self.wrong(node, f'"{node.does}" compares {left_type} with {right_type}, which are never the same')

    def named_value(self, name: str, literal: Node) -> None:
        """A text that is compared with a choice must be one of its values."""
        slot, fact = self.flow.slots.get(name), self.flow.facts.get(name)
        values = tuple(choice.id for choice in slot.choices) if slot else fact.values if fact else VALUES.get(name, ())
        if values and literal.value not in values:
            self.wrong(literal, f'"{name}" is never "{literal.value}"', literal.value, values)

    def reckoned(self, node: Node, types: list[str]) -> str:
        if types and types[0] == "date" and types[1:] in (["number"], [""]) and node.does in "+-":
            return "date"
        for part, sort in zip(node.parts, types, strict=True):
            if sort not in ("number", ""):
                self.wrong(part, f"{'a' if sort != 'none' else 'the value'} {sort} is nothing to reckon with")
                return ""
        return "number"


def _literal(value: Any) -> str:
    if value is None:
        return "none"
    return "truth" if isinstance(value, bool) else "number" if isinstance(value, int | float) else "text"


def _readable(types: set[str], *nodes: Node) -> bool:
    """Whether a text beside a date or time is one, as written."""
    written = next((node.value for node in nodes if node.does == "value" and isinstance(node.value, str)), None)
    if written is None or "text" not in types:
        return False
    try:
        if "date" in types:
            date.fromisoformat(written)
        elif "time" in types:
            clock(written)
        else:
            return False
    except ValueError:
        return False
    return True


def private_names(flow: Flow) -> frozenset[str]:
    """Slots and facts that only who has proved who he is may hear."""
    slots = (slot.id for slot in flow.slots.values() if slot.private)
    return frozenset((*slots, *(fact.id for fact in flow.facts.values() if fact.private)))
