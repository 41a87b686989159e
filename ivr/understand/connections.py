"""How the parts of a flow fit together: links, keys, words and prompts that clash, steps without a way in or out."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from typing import TYPE_CHECKING

from ivr.understand.collision import collisions
from ivr.understand.judgement import NO, YES
from ivr.understand.page import Page, Place

if TYPE_CHECKING:
    from ivr.flow import Choice, Flow, Step

LAST = ("handover", "end")


def connect(page: Page, flow: Flow, start: Place, person: Place, broken: Collection[str]) -> None:
    """Note on `page` whatever does not fit; `start` and `person` are the places where the flow names these steps.

    broken: steps that could not be read; links to them are not counted as mistakes again.
    """
    asks = [step for step in flow.steps.values() if step.kind == "ask"]
    _links(page, flow, asks, start, person, broken)
    for step in asks:
        _clashes(page, (*step.choices, *flow.commands), f'"{step.id}"', flow.languages)
        missing = [name for name in (YES, NO) if name not in {choice.id for choice in step.choices}]
        if step.expects == "yes_no" and missing:
            page.wrong(step.place, f'"{step.id}" asks for yes or no, and lacks the choice {" and ".join(missing)}')
    if len(set(flow.confirm_keys.values())) < len(flow.confirm_keys):
        page.wrong(flow.confirm_again.place, "confirming: yes and no have the same key")
    _namesakes(page, flow)
    _echoes(page, asks)
    _ways(page, flow, broken)


def _links(page: Page, flow: Flow, asks: Sequence[Step], start: Place, person: Place, broken: Collection[str]) -> None:
    links = [(start, flow.start), (person, flow.person)]
    links += [(choice.place, choice.goto) for choice in flow.commands]
    links += [(step.place, name) for step in flow.steps.values() for name in (step.next, step.otherwise, *step.also)]
    links += [(choice.place, choice.goto) for step in asks for choice in step.choices]
    for place, name in links:
        if name and name not in flow.steps and name not in broken:
            page.wrong(place, f'unknown step "{name}"', name, flow.steps)
    helper = flow.steps.get(flow.person)
    if helper and helper.kind not in LAST:
        page.wrong(person, f'"{flow.person}" must be of kind handover or end: whoever comes there was not understood before')
    for step in asks:
        for name in step.also:
            if name in flow.steps and flow.steps[name].kind != "ask":
                page.wrong(step.place, f'"{step.id}" cannot listen for the choices of "{name}", which asks nothing')


def _clashes(page: Page, choices: Sequence[Choice], where: str, languages: Sequence[str]) -> None:
    """Keys and ids that two choices share; words that two choices share though they lead apart."""
    for field in ("key", "id"):
        seen: dict[str, Choice] = {}
        for choice in choices:
            value = getattr(choice, field)
            if value and value in seen:
                page.wrong(
                    choice.place, f'{where}: duplicate {field} {value}, "{seen[value].id}" (line {seen[value].place.line}) has it'
                )
            seen.setdefault(value, choice)
    for code in languages:
        for one, other, said in collisions(choices, code):
            page.wrong(other.place, f'{where}: "{said}" ({code}) means both "{one.id}" (line {one.place.line}) and "{other.id}"')


def _namesakes(page: Page, flow: Flow) -> None:
    """Prompts of one id: recordings, the cache and the machine could not tell them apart."""
    seen: dict[str, int] = {}
    for prompt in flow.prompts():
        if prompt.id and seen.setdefault(prompt.id, prompt.place.line) != prompt.place.line:
            page.wrong(
                prompt.place,
                f"a prompt {prompt.id} stands at line {seen[prompt.id]} already; name one of the choices differently",
            )


def _echoes(page: Page, asks: Sequence[Step]) -> None:
    """Error prompts with the same words: each is counted by itself, so a caller would hear the words too often."""
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for prompt in (prompt for step in asks for prompt in (*step.no_input, *step.no_match)):
        for code, text in prompt.texts.items():
            twin, line = seen.setdefault((code, text), (prompt.id, prompt.place.line))
            if twin != prompt.id:
                page.wrong(prompt.place, f"{prompt.id} says in {code} the same as {twin} (line {line})")


def _ways(page: Page, flow: Flow, broken: Collection[str]) -> None:
    """Steps that nobody can come to, and steps from which nobody can leave by answering."""
    steps = flow.steps
    reached: set[str] = set()
    waiting = [flow.start, flow.person, *(choice.goto for choice in flow.commands)]
    while waiting:
        name = waiting.pop()
        if name in steps and name not in reached:
            reached.add(name)
            lent = [choice.goto for other in steps[name].also if other in steps for choice in steps[other].choices]
            waiting += [*steps[name].targets(), steps[name].otherwise, *lent]
    # An unknown target was reported already; it counts as a way out, so that one mistake is not two.
    leaving = {name for name, step in steps.items() if step.kind in LAST}
    while more := {
        name
        for name, step in steps.items()
        if name not in leaving and any(to in leaving or to not in steps for to in step.targets())
    }:
        leaving |= more
    for name, step in steps.items():
        if name not in reached and not broken and flow.start in steps:
            page.wrong(step.place, f'step "{name}" is unreachable: nothing leads to it')
        if name in reached and name not in leaving:
            page.wrong(step.place, f'step "{name}" is in a loop without exit: no answer leads to an end')
