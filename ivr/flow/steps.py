"""Reading the steps of a flow."""

from __future__ import annotations

from types import MappingProxyType

import yaml

from ivr.flow.expression import Expression, ExpressionError, parse
from ivr.flow.fields import CHANNELS, EVERYWHERE, EXPECTED, FIELDS, VERIFIED
from ivr.flow.page import Place
from ivr.flow.parts import Case, Choice, Listening, Prompt, Step, StepKind
from ivr.flow.slots import SlotsPage
from ivr.understand import NO, YES
from voice.recognizers.protocol import Kind


class StepsPage(SlotsPage):
    """A page with steps."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.default_listening = Listening()
        self.confirm_keys: dict[str, str] = {}
        self.broken: set[str] = set()  # steps that stand in the file and could not be read
        self.unread: set[str] = set()  # slots and facts that stand in the file and could not be read
        self.spots: dict[tuple[str, str], Place] = {}  # (step, field) -> where what it names stands
        self.expressions: list[
            tuple[Expression, Place]
        ] = []  # every expression and where it begins, for the checks of what is in it

    def spot(self, step: Step, field: str) -> Place:
        """Where this field of a step stands; the step's own place where it was not given."""
        return self.spots.get((step.id, field), step.place)

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
        if kind not in FIELDS:
            self.wrong(
                named.get("kind", node), f'unknown kind of step "{kind}"' if kind else "a step lacks its kind", kind, FIELDS
            )
            self.broken |= {str(named["id"].value)} if "id" in named else set()
            return None
        if kind == StepKind.ASK and {"expects", "choices"} & set(named):
            kind = StepKind.CHOOSE  # the older name of a menu
        required, optional = FIELDS[kind]
        fields = self.mapping(
            node, f"a step of kind {named['kind'].value}", (*EVERYWHERE, *required, *optional), ("id", *required)
        )
        name = self.text(fields.get("id"), "id")
        if not name:
            return None
        return self.built(name, StepKind(kind), node, fields)

    def built(self, name: str, kind: StepKind, node: yaml.Node, fields: dict[str, yaml.Node]) -> Step:
        """The step of these fields; a mapping or list that this kind does not have is empty."""
        self.spots |= {(name, field): self.place(one) for field, one in fields.items()}
        expects = self.expected(name, kind, node, fields)

        def prompt(field: str) -> Prompt | None:
            return self.prompt(fields.get(field), f"{name}.{field}")

        def text(field: str) -> str:
            return self.text(fields.get(field), field)

        return Step(
            id=name,
            kind=kind,
            place=self.place(node),
            listening=self.listening(fields.get("listening"), self.default_listening),
            verified=self.one_of(fields.get("needs"), "needs", (VERIFIED,)) == VERIFIED,
            was=self.names(fields.get("was"), "was"),
            expects=expects,
            takes=self.names(fields.get("takes"), "takes"),
            choices=self.choices(name, kind, expects, fields),
            also=self.names(fields.get("also"), "also"),
            examples=MappingProxyType(self.phrases(fields.get("examples"), "examples")),
            no_input=self.escalation(fields.get("no_input"), f"{name}.no_input"),
            no_match=self.escalation(fields.get("no_match"), f"{name}.no_match"),
            arguments=MappingProxyType(self.arguments(fields)),
            results=MappingProxyType(self.results(fields.get("results"))),
            values=MappingProxyType(self.assigned(fields.get("values"), "values")),
            forget=self.names(fields.get("forget"), "forget"),
            cases=tuple(filter(None, (self.case(one) for one in self.items(fields.get("cases"), "cases")))),
            channel=self.one_of(fields.get("channel"), "channel", CHANNELS),
            deadline_s=self.number(fields.get("deadline_s"), "deadline_s", 0.05, 60, 3.0),
            longest_s=self.number(fields.get("longest_s"), "longest_s", 1, 600, 120.0),
            text=prompt("text"),
            again=prompt("again"),
            keys=prompt("keys"),
            about=prompt("about"),
            message=prompt("message"),
            next=text("next"),
            slot=text("slot"),
            otherwise=text("otherwise"),
            reason=text("reason"),
            skill=text("skill"),
            connector=text("connector"),
            method=text("method"),
            missing=text("missing"),
            fallback=text("fallback"),
        )

    def expected(self, name: str, kind: StepKind, node: yaml.Node, fields: dict[str, yaml.Node]) -> Kind:
        """What sort of answer the ear waits for; of a slot it is the slot's affair."""
        if kind is StepKind.CONFIRM:
            return Kind.YES_NO
        if kind is not StepKind.CHOOSE:
            return Kind.FREE
        expects = self.text(fields.get("expects"), "expects") or Kind.CHOICE
        if expects not in EXPECTED:
            self.wrong(fields.get("expects", node), f'"{name}" cannot expect "{expects}"', expects, EXPECTED)
            return Kind.CHOICE
        return Kind(expects)

    def choices(self, name: str, kind: StepKind, expects: Kind, fields: dict[str, yaml.Node]) -> tuple[Choice, ...]:
        if kind is StepKind.CONFIRM:
            return tuple(self.answer(answer, fields[answer]) for answer in (YES, NO) if answer in fields)
        return tuple(
            self.choice(one, f'a choice of "{name}"', yes_no=expects is Kind.YES_NO)
            for one in self.items(fields.get("choices"), "choices")
        )

    def answer(self, answer: str, node: yaml.Node) -> Choice:
        """Yes or no of a confirm step; the language has the words, `confirming` the keys."""
        empty: MappingProxyType[str, tuple[str, ...]] = MappingProxyType(dict.fromkeys(self.languages, ()))
        goto = self.text(node, answer)
        return Choice(answer, goto, self.confirm_keys.get(answer, ""), empty, MappingProxyType({}), None, None, self.place(node))

    def arguments(self, fields: dict[str, yaml.Node]) -> dict[str, Expression]:
        """What an act is told; `number`, `at` and `to` are arguments with fields of their own."""
        own = {name: self.expression(fields[name], name) for name in ("number", "at", "to") if name in fields}
        return self.assigned(fields.get("arguments"), "arguments") | {name: one for name, one in own.items() if one}

    def assigned(self, node: yaml.Node | None, what: str) -> dict[str, Expression]:
        found = self.mapping(node, what, None) if node is not None else {}
        read = {name: self.expression(one, f'"{name}" of {what}') for name, one in found.items()}
        return {name: one for name, one in read.items() if one}

    def results(self, node: yaml.Node | None) -> dict[str, str]:
        """Slot or fact -> where it stands in the answer of a look-up ("parcel.day")."""
        found = self.mapping(node, "results", None) if node is not None else {}
        return {name: self.text(one, f'"{name}" of results') for name, one in found.items()}

    def case(self, node: yaml.Node) -> Case | None:
        fields = self.mapping(node, "a case", ("if", "goto"), ("if", "goto"))
        test = self.expression(fields["if"], "if") if "if" in fields else None
        goto = self.text(fields.get("goto"), "goto")
        # A condition that cannot be read still leads there, so that one mistake is not two.
        return Case(test or parse("true"), goto, self.place(node)) if goto else None

    def expression(self, node: yaml.Node, what: str) -> Expression | None:
        source = self.text(node, what)
        if not source:
            return None
        quoted = isinstance(node, yaml.ScalarNode) and node.style in ("'", '"')
        start = self.place(node).right(int(quoted))
        try:
            found = parse(source)
        except ExpressionError as error:
            self.wrong(start.right(error.at), f"{what}: {error}")
            return None
        self.expressions.append((found, start))
        return found
