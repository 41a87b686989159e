"""What a flow speaks and decides of: every kind of mistake about slots, facts, conditions, secrets and connectors."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow import Flow, StepKind, check, load

FORM = """\
flow: form
languages: [en]
start: who
person: desk
verify: code
confirming: {keys: {"yes": 1, "no": 2}, again: {en: 'Yes or no?'}}
hearing_lost: {en: Please use the keys.}
slots:
  order: {kind: digits, length: 4, names: {en: [order]}}
  day: {kind: date, depends: [order]}
  size: {kind: choice, choices: [{id: small, key: 1, phrases: {en: [small]}}, {id: large, key: 2, phrases: {en: [large]}}]}
  pin: {kind: digits, length: 6, private: true, confirm: never}
facts:
  owner: {kind: name, private: true}
  state: {kind: choice, values: [late, lost]}
  count: {kind: number}
connectors:
  orders: {python: orders}
commands:
  operator: {key: 0, goto: desk}
steps:
  - id: who
    kind: ask
    slot: order
    takes: [day]
    text: {en: 'Which order?'}
    no_input: [{en: 'Hello?'}]
    no_match: [{en: 'Sorry?'}]
    next: find
  - id: find
    kind: look_up
    connector: orders
    arguments: {number: order}
    results: {state: state, owner: name}
    next: decide
    fallback: desk
  - id: decide
    kind: branch
    cases:
      - {if: "state == 'late' and known(day) and today + 1 > day", goto: when}
      - {if: "known(count) and count > 3", goto: told}
    otherwise: desk
  - id: when
    kind: ask
    slot: day
    text: {en: 'Which day for {{ order | digits }}?'}
    no_input: [{en: 'A day, please.'}]
    no_match: [{en: 'Which day?'}]
    next: big
  - id: big
    kind: ask
    slot: size
    text: {en: 'Small or large?'}
    no_input: [{en: 'Which size?'}]
    no_match: [{en: 'Small, large?'}]
    next: sum
  - {id: sum, kind: confirm, text: {en: 'Size {{ size }}, right?'}, "yes": told, "no": again}
  - {id: again, kind: set, forget: [size], values: {count: count + 1}, next: big}
  - {id: told, kind: say, needs: verified, text: {en: 'Hello, {{ owner }}.'}, next: bye}
  - id: code
    kind: ask
    slot: pin
    text: {en: 'The code, please.'}
    no_input: [{en: 'Your code?'}]
    no_match: [{en: 'Six digits.'}]
    next: prove
  - {id: prove, kind: verify, method: ticket, arguments: {code: pin}, next: bye, fallback: desk}
  - {id: desk, kind: handover, text: {en: One moment.}}
  - {id: bye, kind: end, text: {en: Bye.}}
"""


def mistakes(tmp_path: Path, *changes: tuple[str, str]) -> list[str]:
    text = FORM
    for old, new in changes:
        assert old in text, old
        text = text.replace(old, new, 1)
    file = tmp_path / "flow.yaml"
    file.write_text(text, encoding="utf-8")
    return [str(one).removeprefix(f"{file}:") for one in check(file)]


def form(tmp_path: Path) -> Flow:
    file = tmp_path / "flow.yaml"
    file.write_text(FORM, encoding="utf-8")
    return load(file)


def test_the_form_is_sound_and_says_what_it_is(tmp_path: Path) -> None:
    assert mistakes(tmp_path) == []
    flow = form(tmp_path)
    assert flow.slots["order"].limits.length_min == flow.slots["order"].limits.length_max == 4
    assert flow.slots["day"].depends == ("order",)
    assert [choice.id for choice in flow.values(flow.steps["big"])] == ["small", "large"]
    assert flow.steps["when"].text is not None
    assert flow.steps["when"].text.names == ("order",)
    assert flow.steps["told"].verified
    assert flow.steps["find"].kind is StepKind.LOOK_UP
    assert {"repeat", "back", "start_over", "slower", "operator"} <= {one.id for one in flow.commands}, "understood unasked"


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("slot: order", "slot: ordr", '24:11: unknown slot "ordr"; did you mean "order"?'),
        ("takes: [day]", "takes: [dya]", '25:12: unknown slot "dya"; did you mean "day"?'),
        ("depends: [order]", "depends: [oder]", '10:8: unknown slot "oder"; did you mean "order"?'),
        ("forget: [size]", "forget: [sise]", '58:36: unknown slot "sise"; did you mean "size"?'),
        ("connector: orders", "connector: order", '32:16: unknown connector "order"; did you mean "orders"?'),
        ("{python: orders}", "{python: oders}", '18:20: no function "oders"; your own are written as "module:function"; did you mean "orders"?'),
        ("{python: orders}", "{http: orders.example}", '18:18: "orders.example" is no address of a web service'),
        ("{python: orders}", "{}", '18:11: connector "orders" needs either "python" or "http"'),
        ("results: {state", "results: {stat", '34:14: unknown slot or fact "stat"; did you mean "state"?'),
        ("{{ order | digits }}", "{{ oder | digits }}", '46:16: when.text in en: unknown slot or fact "oder"; did you mean "order"?'),
        ("{{ order | digits }}", "{{ order | digit }}", "46:16: when.text in en, line 1: No filter named 'digit'."),
        ("{{ order | digits }}", "{{ order", "46:16: when.text in en, line 1: unexpected char '?' at 22"),
        ("{{ order | digits }}", "{{ owner }}", '46:16: when.text tells "owner", which is private: its step lacks `needs: verified`'),
        ("needs: verified, ", "", '59:38: told.text tells "owner", which is private: its step lacks `needs: verified`'),
        ("verify: code\n", "", '58:5: "told" needs a proof of who it is; name the step that gets it as "verify"'),
        ("verify: code", "verify: big", '5:9: "big" leads to no step of kind verify'),
        ("kind: ask\n    slot: pin", "kind: ask\n    needs: verified\n    slot: pin", '5:9: "code" needs the very proof that it is to get'),
        ("state == 'late'", "state == 'lat'", '40:24: "state" is never "lat"; did you mean "late"?'),
        ("state == 'late'", "stat == 'late'", '40:15: unknown slot or fact "stat"; did you mean "state"?'),
        ("state == 'late'", "state = 'late'", '40:21: if: unexpected "="'),
        ("state == 'late'", "state == 4", '40:21: "==" compares text with number, which are never the same'),
        ("today + 1 > day", "today + day > 1", '40:50: a date is nothing to reckon with'),
        ("count > 3", "count > none", '41:38: ">" cannot compare number and none'),
        ("count > 3", "count in 3", '41:38: "in" needs a list, like [1, 2]'),
        ("count: count + 1", "count: count +", '58:67: "count" of values: something is missing at the end'),
        ("length: 4", "length: four", '9:33: length must be like "4" or "4-6", 10000 at most'),
        ("kind: date,", "kind: date, length: 3,", '10:29: "day" is of kind date, which has no "length"'),
        ("kind: date,", "kind: data,", '10:15: the kind of "day" cannot be "data"; it is one of'),
        ("kind: date,", "kind: date, earliest: soon,", "10:31: earliest must be a date, like 2026-05-03"),
        ("confirm: never", "confirm: nevr", '12:58: confirm cannot be "nevr"; it is one of always, unsure, never; did you mean "never"?'),
        ("facts:\n", "facts:\n  order: {kind: text}\n", '14:10: "order" is a slot already (line 9)'),
        ("facts:\n", "facts:\n  today: {kind: date}\n", '14:10: "today" has a meaning of its own; choose another name'),
        ("facts:\n", "facts:\n  two words: {kind: text}\n", '14:14: "two words" must be letters, digits and underscores'),
        ("slots:\n", "slots:\n  idle: {kind: text}\n", '9:9: slot "idle" is never asked, taken, looked up or set'),
        ("phrases: {en: [large]}", "phrases: {en: [small]}", '11:79: "big": "small" (en) means both "small" (line 11) and "large"'),
        ("phrases: {en: [large]}", "phrases: {en: [go back]}", '11:79: "big": "go back" (en) means "back" everywhere, and cannot mean "large"'),
        ("    otherwise: desk\n", "", '37:5: a step of kind branch lacks "otherwise"'),
        ("    fallback: desk\n", "", '30:5: a step of kind look_up lacks "fallback"'),
        ("goto: when}", "goto: wen}", '40:9: unknown step "wen"; did you mean "when"?'),
        ("needs: verified", "needs: verify", '59:34: needs cannot be "verify"; it is one of verified; did you mean "verified"?'),
        ("person: desk", "person: desk\ntimezone: Europe/Berlim", '5:11: no time zone "Europe/Berlim"; did you mean "Europe/Berlin"?'),
        ("person: desk", 'person: desk\nhours: {every_day: "8-20"}', '5:20: hours are like "8:00-20:00" or closed, not "8-20"'),
        ("person: desk", "person: desk\nresume: {mode: perhaps}", '5:16: mode cannot be "perhaps"; it is one of ask, continue, restart'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, expected: str) -> None:
    found = mistakes(tmp_path, (old, new))
    assert any(one.startswith(expected) for one in found), found


def test_mistakes_come_all_at_once(tmp_path: Path) -> None:
    found = mistakes(tmp_path, ("slot: order", "slot: ordr"), ("state == 'late'", "state == 'lat'"), ("needs: verified, ", ""))
    assert len(found) >= 3


def test_a_loop_of_conditions_ends_with_a_person(tmp_path: Path) -> None:
    from ivr.actions import Handover, Started
    from ivr.machine import begin, step

    text = FORM.replace("start: who", "start: again").replace("next: big}\n  - {id: told", "next: decide}\n  - {id: told", 1)
    text = text.replace("otherwise: desk", "otherwise: again").replace("fallback: desk", "fallback: bye", 1)
    file = tmp_path / "flow.yaml"
    file.write_text(text, encoding="utf-8")
    flow = load_anyway(file)
    _, acts = step(flow, begin(flow), Started("en"))
    assert isinstance(acts[-1], Handover)
    assert acts[-1].reason == "loop"


def load_anyway(file: Path) -> Flow:
    """The flow, sound or not."""
    from ivr.flow.reader import FlowPage

    flow = FlowPage(str(file)).flow()
    assert flow is not None
    return flow
