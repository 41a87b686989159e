"""How the steps of a flow fit together: links, steps without a way in, steps without a way out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from typing import TYPE_CHECKING

from ivr.flow.clashes import clashes, echoes, namesakes
from ivr.flow.page import Page, Place
from ivr.flow.parts import LAST, StepKind
from ivr.understand import NO, YES
from voice.recognizers.protocol import Kind

if TYPE_CHECKING:
    from ivr.flow.parts import Flow, Step
    from ivr.flow.steps import StepsPage


def connect(page: StepsPage, flow: Flow, places: Mapping[str, Place], broken: Collection[str]) -> None:
    """Note on `page` whatever does not fit; `places`: where the flow names its steps start, person and verify.

    broken: steps that could not be read; links to them are not counted as mistakes again.
    """
    linked = _links(page, flow, places, broken)
    for step in flow.steps.values():
        if step.asks:
            _asking(page, flow, step)
    if len(set(flow.confirm_keys.values())) < len(flow.confirm_keys):
        page.wrong(flow.confirm_again.place, "confirming: yes and no have the same key")
    namesakes(page, flow)
    echoes(page, flow)
    provable = _proof(page, flow, places)
    # Where a link is missing, steps are unreachable for its sake: one mistake is not two.
    _ways(page, flow, whole=linked and provable and not broken)


def _asking(page: Page, flow: Flow, step: Step) -> None:
    if step.text and "" in step.text.written.values():
        page.wrong(step.text.place, f'"{step.id}" asks nothing in writing: a question needs words there, too')
    clashes(page, (*step.choices, *flow.values(step), *flow.commands), f'"{step.id}"', flow.languages)
    missing = [name for name in (YES, NO) if name not in {choice.id for choice in step.choices}]
    if step.kind is StepKind.CHOOSE and step.expects is Kind.YES_NO and missing:
        page.wrong(step.place, f'"{step.id}" asks for yes or no, and lacks the choice {" and ".join(missing)}')
    for name in step.also:
        if name in flow.steps and flow.steps[name].kind is not StepKind.CHOOSE:
            page.wrong(step.place, f'"{step.id}" cannot listen for the choices of "{name}", which has none')


def _links(page: StepsPage, flow: Flow, places: Mapping[str, Place], broken: Collection[str]) -> bool:
    """Whether every link leads to a step."""
    tops = {"start": flow.start, "person": flow.person, "verify": flow.verify}
    links = [(places[name], target) for name, target in tops.items() if name in places]
    links += [(choice.place, choice.goto) for choice in flow.commands]
    for step in flow.steps.values():
        named = {"next": step.next, "otherwise": step.otherwise, "missing": step.missing, "fallback": step.fallback}
        links += [(page.spot(step, field), name) for field, name in named.items()]
        links += [(page.spot(step, "also"), name) for name in step.also]
        links += [(choice.place, choice.goto) for choice in step.choices]
        links += [(case.place, case.goto) for case in step.cases]
    lost = [(place, name) for place, name in dict.fromkeys(links) if name and name not in flow.steps]
    for place, name in lost:
        if name not in broken:
            page.wrong(place, f'unknown step "{name}"', name, flow.steps)
    helper = flow.steps.get(flow.person)
    if helper and helper.kind not in LAST:
        page.wrong(
            places["person"], f'"{flow.person}" must be of kind handover or end: whoever comes there was not understood before'
        )
    if helper and helper.verified:
        page.wrong(places["person"], f'"{flow.person}" cannot need a proof: it is where one gets help')
    return not lost


def _proof(page: Page, flow: Flow, places: Mapping[str, Place]) -> bool:
    """Whether whoever must prove who he is has a way to do so; that way asks for no proof itself."""
    needing = [step for step in flow.steps.values() if step.verified]
    if needing and not flow.verify:
        page.wrong(needing[0].place, f'"{needing[0].id}" needs a proof of who it is; name the step that gets it as "verify"')
    if flow.verify not in flow.steps:
        return not needing
    way = _reached(flow, [flow.verify], through=lambda step: step.kind is not StepKind.VERIFY)
    if not any(flow.steps[name].kind is StepKind.VERIFY for name in way):
        page.wrong(places["verify"], f'"{flow.verify}" leads to no step of kind verify')
    if flow.steps[flow.verify].verified:
        page.wrong(places["verify"], f'"{flow.verify}" needs the very proof that it is to get')
    return True


def _reached(flow: Flow, start: Iterable[str], through: object = None) -> set[str]:
    """Every step that one can come to from these."""
    reached: set[str] = set()
    waiting = list(start)
    while waiting:
        name = waiting.pop()
        if name not in flow.steps or name in reached:
            continue
        reached.add(name)
        step = flow.steps[name]
        if callable(through) and not through(step):
            continue
        lent = [choice.goto for other in step.also if other in flow.steps for choice in flow.steps[other].choices]
        waiting += [*step.targets(), step.otherwise, *lent, flow.verify if step.verified else ""]
    return reached


def _ways(page: Page, flow: Flow, *, whole: bool) -> None:
    """Steps that nobody can come to, and steps from which nobody can leave by answering."""
    steps = flow.steps
    reached = _reached(flow, [flow.start, flow.person, *(choice.goto for choice in flow.commands)])
    # An unknown target was reported already; it counts as a way out, so that one mistake is not two.
    leaving = {name for name, step in steps.items() if step.kind in LAST}
    while more := {
        name
        for name, step in steps.items()
        if name not in leaving and any(to in leaving or to not in steps for to in step.targets())
    }:
        leaving |= more
    for name, step in steps.items():
        if name not in reached and whole:
            page.wrong(step.place, f'step "{name}" is unreachable: nothing leads to it')
        if name in reached and name not in leaving:
            page.wrong(step.place, f'step "{name}" is in a loop without exit: no answer leads to an end')
