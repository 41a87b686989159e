"""The language of conditions: what it computes, what it refuses, and that it never raises on values."""

from __future__ import annotations

import contextlib
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow.expression import ExpressionError, evaluate, parse, true

KNOWN: dict[str, Any] = {"n": 3, "day": "2026-05-04", "state": "late", "yes": True, "nothing": None, "money": {"amount": "1"}}


@pytest.mark.parametrize(
    ("source", "value"),
    [
        ("1 + 2 * 3", 7), ("(1 + 2) * 3", 9), ("10 / 4", 2.5), ("-n + 1", -2), ("7 - 2 - 1", 4), ("1 / 0", None), ("n + nothing", None),
        ("day + 2", "2026-05-06"), ("day - 4", "2026-04-30"), ("state + 1", None), ("day + 99999999", None),
        ("n == 3", True), ("n != 3", False), ("n < 4 and n > 2", True), ("n <= 2 or state == 'late'", True), ("not yes", False),
        ("not not yes", True), ("not n == 4", True), ("state in ['lost', 'late']", True), ("n in [1, 2]", False), ("n in []", False),
        ("known(n)", True), ("known(nothing)", False), ("known(stranger)", False), ("stranger", None), ("stranger == none", True),
        ("stranger < 4", False), ("n < 'a'", False), ("money == none", False), ("true", True), ("false or none", False),
        ('state == "late"', True), ("day < '2026-06-01'", True), ("n and not (state == 'lost' or nothing)", True), ("1.5 + 1", 2.5),
    ],
)  # fmt: skip
def test_it_computes(source: str, value: object) -> None:
    assert evaluate(parse(source), KNOWN) == value
    assert true(parse(source), KNOWN) is bool(value)


@pytest.mark.parametrize(
    ("source", "what", "at"),
    [
        ("n = 3", 'unexpected "="', 2), ("n ==", "something is missing at the end", 4), ("(n", '")" is missing', 2), ("n n", 'unexpected "n"', 2),
        ("known(3)", "known(...) needs the name", 6), ("__import__('os')", 'unexpected "("', 10), ("n.real", 'unexpected "."', 1),
        ("[1, 2", '"," is missing', 5), ("lambda: 1", 'unexpected ":"', 6), ("n if yes else 2", 'unexpected "if"', 2), ("'open", 'unexpected "\'"', 0),
        ("n == 1 == 2", 'unexpected "=="', 7), ("and", 'unexpected "and"', 0), ("(" * 60 + "1" + ")" * 60, "too many brackets", 0),
        ("1+" * 300 + "1", "longer than 500", 500),
    ],
)  # fmt: skip
def test_it_refuses_with_the_place(source: str, what: str, at: int) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse(source)
    assert what in str(caught.value)
    assert caught.value.at == at


def test_names() -> None:
    assert parse("known(a) and b in [c, 'd'] or a + 1").names == ("a", "b", "c")


@settings(max_examples=200, deadline=None, derandomize=True)
@given(
    st.lists(st.sampled_from(["n", "day", "state", "nothing", "money", "1", "'x'", "+", "-", "*", "/", "==", "<", "in", "and", "or", "not",
                              "(", ")", "[", "]", ",", "known(n)", "none", "true"]), max_size=12).map(" ".join)
    | st.text(max_size=30),
    st.dictionaries(st.sampled_from(["n", "day", "state", "nothing", "money"]),
                    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=True) | st.text() | st.lists(st.integers()), max_size=5),
)  # fmt: skip
def test_whatever_it_is_it_is_refused_or_has_a_value(source: str, known: dict[str, Any]) -> None:
    with contextlib.suppress(ExpressionError):
        evaluate(parse(source), known)
