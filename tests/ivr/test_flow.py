"""Flow files: what a good one gives, and every mistake of a bad one with its place."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ivr.flow import FlowError, StepKind, check, load
from voice.errors import ConfigError

HERE = Path(__file__).parent
HOTLINE = HERE.parents[1] / "ivr" / "flows" / "hotline.yaml"
KOREAN = HERE / "flows" / "korean.yaml"

SMALL = """\
flow: small
languages: [en]
start: hello
person: desk
confirming: {keys: {"yes": 1, "no": 2}, again: {en: 'Yes or no?'}}
hearing_lost: {en: Please use the keys.}
commands:
  operator: {key: 0, goto: desk}
steps:
  - {id: hello, kind: say, text: {en: Hello.}, next: ask}
  - id: ask
    kind: ask
    expects: choice
    text: {en: 'Tea or coffee?'}
    keys: {en: Tea is one.}
    no_input: [{en: 'Are you there?'}]
    no_match: [{en: 'Sorry?'}]
    choices:
      - {id: tea, key: 1, goto: bye, phrases: {en: [tea]}}
      - {id: coffee, key: 2, goto: bye, phrases: {en: [coffee]}}
  - {id: desk, kind: handover, text: {en: One moment.}}
  - {id: bye, kind: end, text: {en: Bye.}}
"""


def mistakes(tmp_path: Path, *changes: tuple[str, str], text: str = SMALL) -> list[str]:
    """The mistakes of the small flow after these replacements, as "line:column: what"."""
    for old, new in changes:
        assert old in text
        text = text.replace(old, new)
    file = tmp_path / "flow.yaml"
    file.write_text(text, encoding="utf-8")
    return [str(one).removeprefix(f"{file}:") for one in check(file)]


@pytest.mark.parametrize("path", [HOTLINE, KOREAN])
def test_our_own_flows_have_no_mistakes(path: Path) -> None:
    assert check(path) == []


def test_a_flow_keeps_its_texts_and_the_place_of_every_node() -> None:
    flow = load(HOTLINE)
    step = flow.steps["help"]
    assert (step.kind, step.slot, step.listening.end_silence_ms) == (StepKind.CHOOSE, "topic", 800)
    assert flow.steps["more"].listening.end_silence_ms == 600
    lines = HOTLINE.read_text(encoding="utf-8").splitlines()
    assert "- id: help" in lines[step.place.line - 1]
    assert step.place.column == lines[step.place.line - 1].index("id: help") + 1
    refund = next(choice for choice in step.choices if choice.id == "refund")
    assert "id: refund" in lines[refund.place.line - 1]
    assert {choice.key for choice in (*step.choices, *flow.commands)} == {*"123450789*#", ""}


def test_every_prompt_is_complete_and_has_its_own_id() -> None:
    flow = load(HOTLINE)
    ids = [prompt.id for prompt in flow.prompts()]
    assert len(ids) == len(set(ids))
    assert all(prompt.texts[code] for prompt in flow.prompts() for code in flow.languages)


@pytest.mark.parametrize(
    ("old", "new", "expected"),
    [
        ("next: ask", "next: aks", '10:54: unknown step "aks"; did you mean "ask"?'),
        ("start: hello", "start: helo", '3:8: unknown step "helo"; did you mean "hello"?'),
        ("languages: [en]", "languages: [en, ru]", "5:48: confirming.again is missing in ru"),
        ("languages: [en]", "languages: [en, rus]", '2:17: no language "rus" here; did you mean "ru"?'),
        ("expects: choice", "expect: choice", '13:5: unknown key "expect" in a step of kind ask; did you mean "expects"?'),
        ("kind: handover", "kind: handovr", '21:22: unknown kind of step "handovr"; did you mean "handover"?'),
        ("key: 2", "key: 1", '20:9: "ask": duplicate key 1, "tea" (line 19) has it'),
        ("key: 2", "key: 0", '8:13: "ask": duplicate key 0, "coffee" (line 20) has it'),
        ("key: 2", "key: 12", '20:27: the key of "coffee" must be one of 0-9, * and #, not "12"'),
        ("id: coffee, key", "id: tea, key", '20:9: "ask": duplicate id tea, "tea" (line 19) has it'),
        ("goto: bye, phrases: {en: [coffee]}", "goto: desk, phrases: {en: [coffee, Tea!]}", '20:9: "ask": "tea" (en) means both "tea" (line 19) and "coffee"'),
        ("{en: [coffee]}", "{en: [operator]}", '8:13: "ask": "operator" (en) means both "coffee" (line 20) and "operator"'),
        ("{en: [coffee]}", "{en: []}", '20:9: "coffee" has neither phrases nor words in en'),
        ("{en: [coffee]}", "{en: coffee}", '20:55: a choice of "ask" must be a list'),
        ("{en: 'Tea or coffee?'}", "[Tea]", "14:11: ask.text must be a mapping of names to values"),
        ("{en: 'Tea or coffee?'}", "{en: }", "14:15: ask.text in en must be a text (write # and * in quotes)"),
        ("no_match: [{en: 'Sorry?'}]", "no_match: [{en: 'Are you there?'}]", "17:16: ask.no_match.1 says in en the same as ask.no_input.1 (line 16)"),
        ("person: desk", "person: ask", '4:9: "ask" must be of kind handover or end: whoever comes there was not understood before'),
        ("expects: choice", "expects: yes_no", '19:14: the choices of a yes/no step are "yes" and "no", not "tea"'),
        ("expects: choice", "expects: choices", '13:14: "ask" cannot expect "choices"; did you mean "choice"?'),
        ('{"yes": 1, "no": 2}', '{"yes": 1, "no": 1}', "5:48: confirming: yes and no have the same key"),
        ("flow: small\n", "flow: small\nlistening: {no_input_s: soon}\n", "2:25: no_input_s must be a number from 1 to 60"),
        ("flow: small\n", "flow: small\nlistening: {barge_in: {speech: 3}}\n", "2:32: barge_in speech must be true or false"),
        ("flow: small\n", "flow: small\nflow: twice\n", '2:1: "flow" stands twice in the flow'),
        ("  - {id: bye,", "  - {id: lost, kind: end, text: {en: Lost.}}\n  - {id: bye,", '22:5: step "lost" is unreachable: nothing leads to it'),
        ("  - {id: bye,", "  - {id: desk, kind: end, text: {en: Lost.}}\n  - {id: bye,", '22:5: a step "desk" stands at line 21 already'),
    ],
)  # fmt: skip
def test_a_mistake_is_named_with_its_place(tmp_path: Path, old: str, new: str, expected: str) -> None:
    assert expected in mistakes(tmp_path, (old, new))


def test_a_yes_no_step_needs_both_answers(tmp_path: Path) -> None:
    found = mistakes(tmp_path, ("expects: choice", "expects: yes_no"), ("id: tea", "id: 'yes'"), ("id: coffee", "id: 'yes'"))
    assert '11:5: "ask" asks for yes or no, and lacks the choice no' in found


def test_two_prompts_of_one_name_are_told_apart(tmp_path: Path) -> None:
    more = (
        "  - {id: twin, kind: ask, expects: choice, text: {en: Milk.}, keys: {en: One.}, no_input: [{en: So.}], no_match: [{en: Oh.}],\n"
        "     choices: [{id: tea, goto: bye, phrases: {en: [milk]},\n"
        "       confirm: {en: 'Milk, then.'}}]}\n  - {id: desk,"
    )
    found = mistakes(
        tmp_path,
        ("  - {id: desk,", more),
        ("{en: [tea]}}", "{en: [tea]}, confirm: {en: 'Tea, then.'}}"),
        ("goto: bye, phrases: {en: [coffee]}", "goto: twin, phrases: {en: [coffee]}"),
    )
    assert found == ["23:17: a prompt tea.confirm stands at line 19 already; name one of the choices differently"]


def test_one_mistake_is_reported_once(tmp_path: Path) -> None:
    assert len(mistakes(tmp_path, ("kind: handover", "kind: handovr"))) == 1


def test_a_loop_without_exit_is_named(tmp_path: Path) -> None:
    found = mistakes(tmp_path, ("goto: bye", "goto: hello"))
    assert '10:5: step "hello" is in a loop without exit: no answer leads to an end' in found
    assert '11:5: step "ask" is in a loop without exit: no answer leads to an end' in found


def test_all_mistakes_come_at_once_in_the_order_of_the_file(tmp_path: Path) -> None:
    found = mistakes(
        tmp_path, ("next: ask", "next: aks"), ("key: 2", "key: x"), ("en: Bye.", "em: Bye."), ("person: desk", "person: dsk")
    )
    assert [line.split(":")[0] for line in found] == sorted((line.split(":")[0] for line in found), key=int)
    assert len(found) >= 5


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1: the file is empty"),
        ("flow: [", "1:8: bad YAML: "),
        ("a: b: c", "1:5: bad YAML: mapping values are not allowed here"),
        ("flow: *", "1:8: bad YAML: "),
        ("- 1", "1:1: the flow must be a mapping of names to values"),
        ("flow: x", '1:1: the flow lacks "languages"'),
    ],
)
def test_bad_yaml_is_one_clear_mistake(tmp_path: Path, text: str, expected: str) -> None:
    assert any(line.startswith(expected) for line in mistakes(tmp_path, text=text)), mistakes(tmp_path, text=text)


def test_a_file_that_is_not_there_or_not_text(tmp_path: Path) -> None:
    assert "there is no such file" in str(check(tmp_path / "none.yaml")[0])
    (tmp_path / "noise.yaml").write_bytes(b"\xff\xfe\x00")
    assert "is no text in UTF-8" in str(check(tmp_path / "noise.yaml")[0])


def test_load_raises_with_the_whole_list(tmp_path: Path) -> None:
    file = tmp_path / "flow.yaml"
    file.write_text(SMALL.replace("next: ask", "next: aks"), encoding="utf-8")
    with pytest.raises(FlowError) as caught:
        load(file)
    assert isinstance(caught.value, ConfigError)
    assert list(caught.value.mistakes) == check(file)
    assert f"{file}:10:54: unknown step" in str(caught.value)


@settings(max_examples=30, deadline=None, derandomize=True)
@given(st.data())
def test_a_damaged_file_never_raises_anything_else(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    lines = SMALL.splitlines()
    at = data.draw(st.integers(0, len(lines) - 1))
    action = data.draw(st.sampled_from(["drop", "twice", "cut", "junk"]))
    line = lines[at]
    lines[at : at + 1] = {
        "drop": [],
        "twice": [line, line],
        "cut": [line[: data.draw(st.integers(0, len(line)))]],
        "junk": [line.replace(":", data.draw(st.sampled_from([": [", ": &a", ": 5 #", ": {x: ", ": null"])), 1)],
    }[action]
    file = tmp_path_factory.getbasetemp() / "damaged.yaml"
    file.write_text("\n".join(lines), encoding="utf-8")
    for mistake in check(file):
        assert mistake.place.line >= 1
        assert mistake.what
