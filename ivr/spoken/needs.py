"""Which values a text cannot do without: those that stand in it without a default and outside of `{% if day is defined %}`."""

from __future__ import annotations

from collections.abc import Iterator
from functools import lru_cache

from jinja2 import Environment, TemplateSyntaxError, nodes

Names = frozenset[str]
NONE: Names = frozenset()


@lru_cache(maxsize=4096)
def needed(template: str) -> Names:
    """Names of these values; none of a template that is wrong (ivr/spoken/templates.py says so)."""
    try:
        tree = Environment(autoescape=False).parse(template)  # parsed, never run
    except TemplateSyntaxError:
        return NONE
    return frozenset(_needed(tree, NONE)) - {"range"}


def _needed(node: nodes.Node, sure: Names) -> Iterator[str]:
    match node:
        case nodes.Name(name=name, ctx="load"):
            if name not in sure:
                yield name
        case nodes.Filter(node=nodes.Name(), name="default"):
            yield from _each(node.args, sure)
        case nodes.Test(node=nodes.Name(), name="defined" | "undefined"):
            return
        case nodes.If():
            yes, no = _guards(node.test)
            yield from _needed(node.test, sure)
            yield from _each(node.body, sure | yes)
            yield from _each([*node.elif_, *node.else_], sure | no)
        case nodes.CondExpr(test=test, expr1=one, expr2=other):
            yes, no = _guards(test)
            yield from _needed(test, sure)
            yield from _needed(one, sure | yes)
            yield from _needed(other, sure | no) if other is not None else ()
        case nodes.And(left=left, right=right) | nodes.Or(left=left, right=right):
            yield from _needed(left, sure)
            yield from _needed(right, sure | _guards(left)[isinstance(node, nodes.Or)])
        case nodes.For(target=target, iter=many):
            yield from _needed(many, sure)
            own = {name.name for name in (target, *target.find_all(nodes.Name)) if isinstance(name, nodes.Name)}
            yield from _each([*node.body, *node.else_], sure | own | {"loop"})
        case _:
            yield from _each(node.iter_child_nodes(), sure)


def _each(many: object, sure: Names) -> Iterator[str]:
    for node in many:  # type: ignore[attr-defined]
        yield from _needed(node, sure)


def _guards(test: nodes.Node) -> tuple[Names, Names]:
    """What is surely there where the test holds, and where it does not."""
    match test:
        case nodes.Test(node=nodes.Name(name=name), name="defined"):
            return frozenset({name}), NONE
        case nodes.Test(node=nodes.Name(name=name), name="undefined"):
            return NONE, frozenset({name})
        case nodes.Not(node=inner):
            return _guards(inner)[1], _guards(inner)[0]
        case nodes.And(left=left, right=right):
            return _guards(left)[0] | _guards(right)[0], NONE
        case nodes.Or(left=left, right=right):
            return NONE, _guards(left)[1] | _guards(right)[1]
    return NONE, NONE
