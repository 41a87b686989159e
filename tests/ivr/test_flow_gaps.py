"""Sentences with a gap: the check finds each that can happen and none that cannot, and the dialogue that comes along speaks none."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.dialogue.transcript import Conversation
from ivr.flow import check, texts
from ivr.spoken.needs import needed
from tests.ivr.parcels import CONNECTORS, FLOW, NOW_MS, typed

ROOT = Path(__file__).parents[2]
VISIT = """\
flow: visit
languages: [en]
start: which
person: desk
verify: code
confirming: {keys: {"yes": 1, "no": 2}, again: {en: 'Yes or no?'}}
hearing_lost: {en: Please use the keys.}
slots:
  order: {kind: digits, length: 4, names: {en: [order]}}
  day: {kind: date, depends: [order], names: {en: [day]}}
  pin: {kind: digits, length: 6}
facts:
  state: {kind: choice, values: [late, lost]}
  place: {kind: text, private: true}
  name: {kind: name}
  tries: {kind: number}
connectors:
  orders: {python: orders}
commands:
  operator: {key: 0, goto: desk}
steps:
  - {id: which, kind: ask, slot: order, takes: [day], text: {en: 'Which order?'}, no_input: [{en: 'Hello?'}], no_match: [{en: 'Sorry?'}], next: find}
  - id: find
    kind: look_up
    connector: orders
    arguments: {number: order}
    results: {state: state, place: address}
    next: decide
    fallback: desk
    missing: count
  - id: count
    kind: set
    values: {tries: tries + 1}
    next: counted
  - id: counted
    kind: branch
    cases:
      - {if: not known(tries), goto: first}
      - {if: tries > 2, goto: desk}
    otherwise: which
  - {id: first, kind: set, values: {tries: 1}, forget: [order], next: which}
  - id: decide
    kind: branch
    cases:
      - {if: state == 'late', goto: when}
    otherwise: bye
  - {id: when, kind: ask, slot: day, text: {en: 'Which day for {{ order | digits }}?'}, no_input: [{en: 'A day?'}], no_match: [{en: 'When?'}], next: sum}
  - {id: sum, kind: confirm, takes: [day, order], text: {en: 'On {{ day | date }}, right?'}, "yes": told, "no": again}
  - {id: again, kind: set, forget: [day], next: when}
  - {id: told, kind: say, needs: verified, text: {en: 'It goes to {{ place }}.'}, next: done}
  - {id: done, kind: set, forget: [order, day], next: bye}
  - {id: code, kind: ask, slot: pin, text: {en: 'The code.'}, no_input: [{en: 'Your code?'}], no_match: [{en: Six digits.}], next: prove}
  - {id: prove, kind: verify, method: ticket, arguments: {code: pin}, next: bye, fallback: desk}
  - {id: desk, kind: handover, text: {en: One moment.}}
  - {id: bye, kind: end, text: {en: Bye.}}
"""


def mistakes(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    text = VISIT
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    (tmp_path / "flow.yaml").write_text(text, encoding="utf-8")
    return [str(one).removeprefix(f"{tmp_path / 'flow.yaml'}:") for one in check(tmp_path / "flow.yaml")]


@pytest.mark.parametrize(
    "path", ["ivr/flows/hotline.yaml", "tests/ivr/flows/menu.yaml", "tests/ivr/flows/korean.yaml", "bench/flow.yaml"]
)
def test_no_false_alarm(path: str) -> None:
    assert check(ROOT / path) == []


def test_what_is_filled_on_every_way_is_sure(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == []


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("{en: Bye.}", "{en: 'Bye, {{ name }}.'}", 'bye.text in en speaks "name", which may be unknown there: nothing fills it on the way which → find → decide → bye'),
        ("forget: [day], next: when", "forget: [day, order], next: when", 'when.text in en speaks "order", which may be unknown there: "again" (line 49) forgets it. Give it a default'),
        ("next: sum}", "next: told}", ""),
        ("state == 'late', goto: when", "state == 'late', goto: sum", 'sum.text in en speaks "day", which may be unknown there: nothing fills it on the way'),
        ("text: {en: 'Which order?'}", "text: {en: 'Order on {{ day | date }}?'}", 'which.text in en speaks "day", which may be unknown there'),
        ("text: {en: 'Which order?'}", "text: {en: 'Order on {{ day | date | default(1) }}?'}", 'which.text in en speaks "day"'),
        ("no_input: [{en: 'Hello?'}]", "no_input: [{en: 'Hello {{ name }}?'}]", 'which.no_input.1 in en speaks "name", which may be unknown there: nothing fills it before'),
        ("arguments: {number: order}", "arguments: {number: day}", '"find" passes on "day", which may be unknown there: nothing fills it on the way which → find. Ask for it before, or branch on known(day)'),
        ("state == 'late', goto", "day > today, goto", '"decide" compares "day", which may be unknown there'),
        ("    missing: count\n", "    missing: decide\n", '"decide" compares "state", which may be unknown there'),
        ("hearing_lost: {en: Please use the keys.}", "hearing_lost: {en: 'Keys for {{ order }}.'}", 'hearing_lost in en speaks "order", which may be unknown there: it is said at any step'),
        ("{if: not known(tries), goto: first}", "{if: known(state), goto: first}", '"counted" compares "tries", which may be unknown there: '),
    ],
)  # fmt: skip
def test_a_gap_is_named_with_the_way_to_it(tmp_path: Path, old: str, new: str, expected: str) -> None:
    found = mistakes(tmp_path, (old, new))
    if expected:
        assert any(expected in one for one in found), found
    else:
        assert not any("speaks" in one for one in found), found


@pytest.mark.parametrize(
    "text",
    ["Bye{{ name | default('') }}.", "{% if name is defined %}Bye, {{ name }}.{% else %}Bye.{% endif %}", "{{ name if name is defined else '' }}Bye.",
     "{% if not (name is defined and order is defined) %}Bye.{% else %}{{ name }} {{ order }}{% endif %}", "{% if name is undefined %}Bye.{% else %}{{ name }}{% endif %}"],
)  # fmt: skip
def test_a_text_may_guard_itself(tmp_path: Path, text: str) -> None:
    assert mistakes(tmp_path, ("{en: Bye.}", f'{{en: "{text}"}}')) == []


def test_a_branch_guards_what_comes_after_it(tmp_path: Path) -> None:
    hello = "  - {id: hello, kind: say, text: {en: 'Hello, {{ name }}.'}, next: bye}\n  - {id: desk"
    for test, sound in (
        ("known(name) and verified", True),
        ("name == 'Ann'", True),
        ("not (name == none)", True),
        ("known(name) or verified", False),
        ("verified", False),
    ):
        branch = f'{{if: "{test}", goto: hello}}\n    otherwise: bye'
        found = mistakes(
            tmp_path,
            ("{if: state == 'late', goto: when}\n    otherwise: bye", f"{{if: state == 'late', goto: when}}\n      - {branch}"),
            ("  - {id: desk", hello),
        )
        assert any("hello.text in en speaks" in one for one in found) is not sound, (test, found)  # fmt: skip


def test_names_that_a_text_needs() -> None:
    assert needed("{{ a }}{{ b | default('x') }}{% for i in c %}{{ i }}{{ loop.index }}{% endfor %}") == {"a", "c"}
    assert needed("{{ a | digits | default('x') }}") == {"a"}, "the filter before the default has no value either"
    assert needed("{% if a is defined and a %}{{ a }}{% elif b is defined %}{{ b }}{{ a }}{% endif %}{{ b }}") == {"a", "b"}
    assert needed("{% if a is undefined or not a %}{% else %}{{ a }}{% endif %}") == frozenset()


def test_a_wrong_text_beside_a_good_one_is_a_mistake_and_no_fault(tmp_path: Path) -> None:
    found = mistakes(tmp_path, ("{en: Bye.}", "{en: {spoken: 'Bye, {{ name }}.', written: 'Bye, {{ name'}}"))
    assert any("unexpected end of template" in one for one in found), found
    assert any('bye.text in en speaks "name"' in one for one in found), found


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.data())
def test_a_damaged_flow_never_raises(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    lines = VISIT.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    line = lines[at]
    lines[at : at + 1] = {
        "drop": [],
        "twice": [line, line],
        "name": [line.replace(data.draw(st.sampled_from(["order", "day", "state", "which", "find", "when", "desk"])), "nobody")],
        "junk": [line.replace(": ", data.draw(st.sampled_from([": [", ": &a ", ": {x: ", ": null "])), 1)],
    }[data.draw(st.sampled_from(["drop", "twice", "name", "junk"]))]
    file = tmp_path_factory.getbasetemp() / "damaged_visit.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    assert all(one.what and one.place.line >= 1 for one in check(file))


# The same live: three ways on which the dialogue that comes along once left something out.


def test_a_correction_of_what_is_still_to_come_leaves_nothing_out() -> None:
    talk = typed("where is my parcel", "8888 tomorrow", "the day is friday", "4711", "morning")
    assert talk.house[-1] == "So, order four seven, one one, on Friday the eighth of May, in the morning. Is that right?"
    talk = typed("where is my parcel", "tomorrow", "no, on friday", "4711", "morning")
    assert talk.house[-1] == "So, order four seven, one one, on Friday the eighth of May, in the morning. Is that right?"


def test_another_order_asks_for_its_day_before_its_time_can_be_corrected() -> None:
    talk = typed("where is my parcel", "4711", "friday", "morning", "no, the order is 5050", "no, in the evening", "tomorrow")
    assert talk.house[-1] == "So, order five zero, five zero, tomorrow, Tuesday the fifth of May, in the evening. Is that right?"


def test_a_choice_that_unlearns_the_order_leaves_no_way_around_its_question() -> None:
    talk = typed(
        "where is my parcel", "4711", "friday", "morning", "no", "the order number", "no, in the evening", "5050", "friday"
    )
    assert talk.house[-1] == "So, order five zero, five zero, on Friday the eighth of May, in the evening. Is that right?"


LINES = [
    "where is my parcel", "4711", "4712", "8888", "9999", "2026", "friday", "tomorrow", "in the evening", "morning", "yes", "no", "back", "start over", "",
    "no, on friday", "no the order is 4712", "the day is tomorrow", "in the morning tomorrow", "i have a code", "123456", "[1]", "[2]", "[0]", "[4711#]", "[8]",
    "the order number", "the day", "the time", "leave a message", "call me back", "my order 4712 has not come", "when are you open", "slower", "repeat", "russian",
]  # fmt: skip


@settings(max_examples=60, deadline=None, derandomize=True)
@given(st.lists(st.sampled_from(LINES), min_size=3, max_size=14), st.sampled_from(["phone", "chat"]))
def test_whatever_is_said_no_sentence_has_a_gap(lines: list[str], channel: str) -> None:
    def gap(template: str, *_: object) -> str:
        raise AssertionError(f"something is missing in: {template}")

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(texts, "_bare", gap)
        talk = Conversation(FLOW, "en", connectors=CONNECTORS, channel=channel, now_ms=NOW_MS)
        for line in lines:
            if not talk.ended:
                talk.line(line)
