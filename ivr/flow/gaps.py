"""Sentences with a gap: slots and facts that a step speaks, passes on or compares though they may be unknown when one comes there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ivr.flow.certainty import NONE, Certainty, Names, implied, never_filled, unsure
from ivr.flow.expression import Expression, Node
from ivr.flow.names import BUILT_IN
from ivr.flow.parts import Flow, Prompt, Step
from ivr.spoken.needs import needed

if TYPE_CHECKING:
    from ivr.flow.steps import StepsPage

HOW = "Ask for it before, or branch on known({name})"


def close(page: StepsPage, flow: Flow) -> None:
    """Note on `page` every gap."""
    certainty = Certainty(flow)
    own = {prompt.id: step for step in flow.steps.values() for prompt in step.prompts()}
    seen: set[tuple[str, str]] = set()
    for prompt, code, node in page.spoken:
        step = own.get(prompt.id)
        if step is not None and step.id not in certainty.at:
            continue
        sure = certainty.at[step.id].sure if step else NONE
        for name in _gaps(flow, prompt, sure):
            if (prompt.id, name) not in seen:
                seen.add((prompt.id, name))
                why = certainty.missing(name, step.id) if step else "it is said at any step"
                page.wrong(node, f'{prompt.id} in {code} speaks "{name}", which may be unknown there: {why}. Give it a default '
                                 f"({{{{ {name} | default('…') }}}}), ask for it before, or branch on known({name})")  # fmt: skip
    places = {id(expression): place for expression, place in page.expressions}
    for step in flow.steps.values():
        if step.id in certainty.at:
            for expression, part, passed in _compared(flow, step, certainty.at[step.id].sure):
                what = "passes on" if passed else "compares"
                why = certainty.missing(part.value, step.id)
                page.wrong(places[id(expression)].right(part.at), f'"{step.id}" {what} "{part.value}", which may be unknown there: '
                                                                  f"{why}. {HOW.format(name=part.value)}")  # fmt: skip


def _gaps(flow: Flow, prompt: Prompt, sure: Names) -> list[str]:
    texts = (*prompt.texts.values(), *prompt.written.values())
    names = dict.fromkeys(name for name in prompt.names if any(name in needed(text) for text in texts))
    return [name for name in names if name not in sure and name not in BUILT_IN and (name in flow.slots or name in flow.facts)]


def _compared(flow: Flow, step: Step, sure: Names) -> list[tuple[Expression, Node, bool]]:
    """Expressions of this step with a name in them that may be unknown; True for one that is passed on."""
    known = sure | BUILT_IN.keys()
    found: list[tuple[Expression, Node, bool]] = []
    for argument in step.arguments.values():
        root = argument.root
        bare = [root] if root.does == "name" and root.value not in known else unsure(root, known)
        found += [(argument, node, True) for node in bare]
    told = never_filled(flow)
    for case in step.cases:
        found += [(case.test, node, False) for node in unsure(case.test.root, known) if node.value not in told]
        known = known | implied(case.test.root, False)
    return [one for one in found if one[1].value in flow.slots or one[1].value in flow.facts]
