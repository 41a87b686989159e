"""Texts with values: every filter, plain values only, every mistake with its place, and an end to everything."""

from __future__ import annotations

from contextlib import suppress
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.spoken import TextError, filters, render, variables
from voice.errors import HotlineError

TODAY = date(2026, 4, 30)
VALUES = {
    "order": {"id": "4711", "day": "2026-05-01"},
    "sum": {"amount": "12.50", "currency": "EUR"},
    "n": 2,
    "who": "Smith",
    "phone": "+79161234567",
    "at": "15:30",
    "list": ["one", "two"],
    "nothing": None,
}


def said(template: str, language: str = "en") -> str:
    return render(template, language, VALUES, TODAY, place="greet.text")


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ("Your order {{ order.id | digits }} comes {{ order.day | on_date }}.", "Your order four seven, one one comes tomorrow, Friday the first of May."),
        ("{{ sum | money }}", "twelve euros and fifty cents"),
        ("{{ 3 | money('RUB') }}", "three roubles"),
        ("{{ n | count('parcel') }}", "two parcels"),
        ("{{ n }} {{ n | plural('parcel', 'parcels') }}", "2 parcels"),
        ("{{ n | number }}, {{ n | ordinal }}", "two, second"),
        ("{{ at | time }}", "half past three in the afternoon"),
        ("{{ phone | phone('RU') }}", "eight, nine one six, one two three, four five, six seven"),
        ("{{ who | spell }}", "S as in Sierra, M as in Mike, I as in India, T as in Tango, H as in Hotel"),
        ("{{ 'a@mail.ru' | email }}", "A, at, mail, dot, ru"),
        ("{% if n > 1 %}many{% else %}one{% endif %}", "many"),
        ("{% for one in list %}{{ one }}{% if not loop.last %} and {% endif %}{% endfor %}", "one and two"),
        ("{{ list | join(', ') }}", "one, two"),
        ("{{ nothing | default('nobody', true) }} {{ missing | default('no one') }}", "nobody no one"),
        ("two   words\n\n and  lines", "two words\n\n and lines"),
        ("{{ n * 2 + 1 }}", "5"),
    ],
)  # fmt: skip
def test_values_are_spoken(template: str, text: str) -> None:
    assert said(template) == text


def test_russian_texts_are_in_the_right_case() -> None:
    text = (
        "Заказ {{ order.id | digits }} придёт {{ order.day | on_date }}; {{ n | count('посылка') }}, доплата {{ sum | money }}."
    )
    meant = "Заказ четыре семь, один один придёт завтра, в пятницу, первого мая; две посылки, доплата двенадцать евро пятьдесят центов."
    assert said(text, "ru") == meant
    assert said("не больше {{ n | count('посылка', 'genitive') }}", "ru") == "не больше двух посылок"


@pytest.mark.parametrize(
    ("template", "what"),
    [
        ("hello\n{{ nobody }}", "greet.text, line 2: a value is missing: 'nobody' is undefined"),
        ("{{ order.colour }}", "greet.text, line 1: a value is missing"),
        ("{{ order.id | digit }}", "greet.text, line 1: No filter named 'digit'"),
        ("one\ntwo\n{{ who | money }}", 'greet.text, line 3: "Smith" is no number'),
        ("{{ order }}", "greet.text, line 1: dict cannot be spoken"),
        ("{{ nothing }}", "greet.text, line 1: NoneType cannot be spoken"),
        ("{{ n", "greet.text, line 1"),
        ("{% if n %}", "greet.text, line 1"),
        ("{{ who | date }}", "greet.text, line 1"),
        ("{{ n | plural('a') }}", "greet.text, line 1: plural needs 2 forms"),
        ("{{ {} | digits }}", "greet.text, line 1: dict is no text"),
    ],
)
def test_a_mistake_has_its_place(template: str, what: str) -> None:
    with pytest.raises(TextError) as caught:
        said(template)
    assert str(caught.value).startswith(what)
    assert isinstance(caught.value, HotlineError)


@pytest.mark.parametrize(
    "template",
    [
        "{{ ''.__class__.__mro__ }}",
        "{{ who.upper() }}",
        "{{ who['upper'] }}",
        "{{ order.keys() }}",
        "{{ cycler('a') }}",
        "{{ namespace() }}",
        "{{ self }}",
        "{{ range.__init__ }}",
        "{{ 'x' * 10**9 }}",
        "{{ 10 ** 9 }}",
        "{{ '%099999999d' % 1 }}",
        "{% for i in range(101) %}x{% endfor %}",
        "{% for i in range(99) %}{% for j in range(99) %}{{ 'a' }}{% endfor %}{% endfor %}",
        "{% for i in [1] %}{% for j in [1] %}{% for k in [1] %}{% endfor %}{% endfor %}{% endfor %}",
        "{% for i in range(10**9) recursive %}{{ loop([i]) }}{% endfor %}",
        "{% set a = 'x' %}{{ a }}",
        "{% with a = 'x' %}{{ a }}{% endwith %}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% include 'x' %}",
        "{% import 'x' as x %}",
        "{% extends 'x' %}",
        "{% block x %}{% endblock %}",
        "{{ range(10**9) | join('x') | join('xxxxxxxxxxxxxxxx') | join('xxxxxxxxxxxxxxxxxxxxxxx') }}",
        "{{ range(9) }}",
    ],
)
def test_nothing_but_plain_values_and_an_end_to_everything(template: str) -> None:
    with pytest.raises(TextError):
        said(template)


def test_what_a_text_needs_is_known_before_it_is_said() -> None:
    assert variables("{{ order.id | digits }} {% for one in list %}{{ one }}{% endfor %} {{ range(3) | length }}", "en") == {
        "order",
        "list",
    }
    with pytest.raises(TextError, match=r"hello, line 2"):
        variables("\n{{ n | nofilter }}", "en", place="hello")


def test_the_filters_stand_alone() -> None:
    assert filters("ru", TODAY)["on_date"]("2026-05-01") == "завтра, в пятницу, первого мая"
    assert set(filters("en", TODAY)) == set(filters("ru", TODAY))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    template=st.lists(
        st.sampled_from(
            "{{ }} {% %} n who order . id | digits money ( ) ' if else endif for in endfor range 9 + ~ [ ] loop \n".split(" ")
        ),
        max_size=14,
    ).map(" ".join)
)
def test_any_template_gives_a_text_or_a_text_error(template: str) -> None:
    with suppress(TextError):
        assert isinstance(said(template), str)
