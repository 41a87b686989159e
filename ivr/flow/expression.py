"""The small language of conditions and values in a flow: parsed once, checked for types, evaluated without any code of the file.

    order_state == 'lost' and not (channel in ['chat', 'email'])     known(order) or attempts + 1 < 3     today + 2

Literals are numbers, 'texts', true, false, none and lists; names are slots, facts and what is built in (ivr/flow/names.py).
An unknown value is none: it equals only none, and every other comparison or sum with it is false or none.
From weak to strong: or, and, not, comparisons (== != < <= > >= in), + -, * /, -x, brackets, known(name).
"""

from __future__ import annotations

import operator
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

LONGEST, DEEPEST = 500, 40  # characters, brackets in brackets
_TOKEN = re.compile(
    r"\s*(?:(?P<number>\d+(?:\.\d+)?)|(?P<name>[^\W\d]\w*)|(?P<text>'[^']*'|\"[^\"]*\")|(?P<sign>==|!=|<=|>=|[-+*/<>()\[\],]))"
)
_WORDS = {"true": True, "false": False, "none": None}
_COMPARING: Mapping[str, Callable[[Any, Any], Any]] = {
    "==": operator.eq, "!=": operator.ne, "<": operator.lt, "<=": operator.le, ">": operator.gt, ">=": operator.ge,
}  # fmt: skip
_RECKONING: Mapping[str, Callable[[Any, Any], Any]] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": operator.truediv,
}


class ExpressionError(ValueError):
    """The text is no expression; `at` is the sign where it goes wrong, from 0."""

    def __init__(self, what: str, at: int) -> None:
        super().__init__(what)
        self.at = at


@dataclass(frozen=True, slots=True)
class Node:
    """One part: `does` is "value", "name", "known", "list", "not", "and", "or", "neg", or a sign. `at` is where it stands."""

    does: str
    parts: tuple[Node, ...] = ()
    value: Any = None
    at: int = 0

    def every(self) -> Iterator[Node]:
        """This node and all below."""
        yield self
        for part in self.parts:
            yield from part.every()


@dataclass(frozen=True, slots=True)
class Expression:
    """A parsed expression; `source` is what the flow says."""

    source: str
    root: Node

    @property
    def names(self) -> tuple[str, ...]:
        """Every name in it, once."""
        return tuple(dict.fromkeys(node.value for node in self.root.every() if node.does in ("name", "known")))


def parse(source: str) -> Expression:
    """The expression in `source`. Raises ExpressionError."""
    if len(source) > LONGEST:
        raise ExpressionError(f"longer than {LONGEST} characters", LONGEST)
    return Expression(source, _Parser(source).whole())


def evaluate(expression: Expression, known: Mapping[str, Any]) -> Any:
    """Its value with these names (one that is missing is none). Never raises, whatever the values are."""
    return _value(expression.root, known)


def true(expression: Expression, known: Mapping[str, Any]) -> bool:
    """Whether it holds: none, false, 0 and "" do not."""
    return bool(evaluate(expression, known))


def _value(node: Node, known: Mapping[str, Any]) -> Any:
    match node.does:
        case "value":
            return node.value
        case "name":
            return known.get(node.value)
        case "known":
            return known.get(node.value) is not None
        case "list":
            return [_value(part, known) for part in node.parts]
        case "and":
            return all(_value(part, known) for part in node.parts)
        case "or":
            return any(_value(part, known) for part in node.parts)
        case "not":
            return not _value(node.parts[0], known)
        case "neg":
            return _reckoned("-", 0, _value(node.parts[0], known))
    left, right = (_value(part, known) for part in node.parts)
    if node.does == "in":
        return isinstance(right, list) and left in right
    if node.does in _COMPARING:
        return _compared(node.does, left, right)
    return _reckoned(node.does, left, right)


def _compared(sign: str, left: Any, right: Any) -> bool:
    if sign in ("==", "!="):
        return bool(_COMPARING[sign](left, right))
    if left is None or right is None:
        return False
    try:
        return bool(_COMPARING[sign](left, right))
    except TypeError:
        return False


def _reckoned(sign: str, left: Any, right: Any) -> Any:
    """A sum of numbers, or of a date (ISO 8601) and days; None where the values do not allow it."""
    if isinstance(left, str) and isinstance(right, int) and sign in "+-":
        try:
            return (date.fromisoformat(left) + timedelta(days=right if sign == "+" else -right)).isoformat()
        except (ValueError, OverflowError):
            return None
    if not all(isinstance(one, int | float) for one in (left, right)):
        return None
    try:
        return _RECKONING[sign](left, right)
    except (ZeroDivisionError, OverflowError):
        return None


class _Parser:
    """Precedence climbing over the tokens."""

    def __init__(self, source: str) -> None:
        self.source = source
        self.tokens = list(self._cut())
        self.next = 0
        self.depth = 0

    def _cut(self) -> Iterator[tuple[str, str, int]]:
        at = 0
        while at < len(self.source.rstrip()):
            found = _TOKEN.match(self.source, at)
            if found is None or found.lastgroup is None:
                at += len(self.source[at:]) - len(self.source[at:].lstrip())
                raise ExpressionError(f'unexpected "{self.source[at]}"', at)
            yield found.lastgroup, found[found.lastgroup], found.start(found.lastgroup)
            at = found.end()

    def whole(self) -> Node:
        node = self.either()
        if self.next < len(self.tokens):
            _, text, at = self.tokens[self.next]
            raise ExpressionError(f'unexpected "{text}"', at)
        return node

    def take(self, *texts: str) -> tuple[str, int] | None:
        """The next token, if it is one of these."""
        if self.next < len(self.tokens) and self.tokens[self.next][1] in texts and self.tokens[self.next][0] != "text":
            _, text, at = self.tokens[self.next]
            self.next += 1
            return text, at
        return None

    def need(self, text: str) -> None:
        if self.take(text) is None:
            at = self.tokens[self.next][2] if self.next < len(self.tokens) else len(self.source)
            raise ExpressionError(f'"{text}" is missing', at)

    def either(self) -> Node:
        self.depth += 1
        if self.depth > DEEPEST:
            raise ExpressionError("too many brackets in brackets", 0)
        parts = [self.both()]
        while self.take("or"):
            parts.append(self.both())
        self.depth -= 1
        return parts[0] if len(parts) == 1 else Node("or", tuple(parts), at=parts[0].at)

    def both(self) -> Node:
        parts = [self.negated()]
        while self.take("and"):
            parts.append(self.negated())
        return parts[0] if len(parts) == 1 else Node("and", tuple(parts), at=parts[0].at)

    def negated(self) -> Node:
        nots = []
        while (found := self.take("not")) is not None:
            nots.append(found[1])
        node = self.compared()
        for at in reversed(nots[-2:] if len(nots) % 2 == 0 else nots[-1:]):
            node = Node("not", (node,), at=at)
        return node

    def compared(self) -> Node:
        left = self.sum()
        if (found := self.take(*_COMPARING, "in")) is not None:
            return Node(found[0], (left, self.sum()), at=found[1])
        return left

    def sum(self) -> Node:
        left = self.product()
        while (found := self.take("+", "-")) is not None:
            left = Node(found[0], (left, self.product()), at=found[1])
        return left

    def product(self) -> Node:
        left = self.atom()
        while (found := self.take("*", "/")) is not None:
            left = Node(found[0], (left, self.atom()), at=found[1])
        return left

    def atom(self) -> Node:
        if self.next >= len(self.tokens):
            raise ExpressionError("something is missing at the end", len(self.source))
        sort, text, at = self.tokens[self.next]
        self.next += 1
        if sort == "number":
            return Node("value", value=float(text) if "." in text else int(text), at=at)
        if sort == "text":
            return Node("value", value=text[1:-1], at=at)
        if text == "-":
            inner = self.tokens[self.next : self.next + 1]
            if (inner and inner[0][0] in ("number", "name")) or (inner and inner[0][1] == "("):
                return Node("neg", (self.atom(),), at=at)
        if text == "(":
            node = self.either()
            self.need(")")
            return node
        if text == "[":
            return self.listed(at)
        if sort == "name" and text not in ("and", "or", "not", "in"):
            return self.named(text, at)
        raise ExpressionError(f'unexpected "{text}"', at)

    def listed(self, at: int) -> Node:
        parts: list[Node] = []
        while self.take("]") is None:
            if parts:
                self.need(",")
            parts.append(self.either())
        return Node("list", tuple(parts), at=at)

    def named(self, text: str, at: int) -> Node:
        if text in _WORDS:
            return Node("value", value=_WORDS[text], at=at)
        if text == "known" and self.take("("):
            sort, name, place = self.tokens[self.next] if self.next < len(self.tokens) else ("", "", at)
            if sort != "name":
                raise ExpressionError("known(...) needs the name of a slot or fact", place)
            self.next += 1
            self.need(")")
            return Node("known", value=name, at=place)
        return Node("name", value=text, at=at)
