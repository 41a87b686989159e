"""An account of how words are understood at the present question: which values they hold, and how near they are to each choice."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from ivr.dialogue.answers import means
from ivr.dialogue.finding import Said, find
from ivr.dialogue.state import State
from ivr.dialogue.turn import Turn
from ivr.flow.parts import Flow, StepKind, slot_of
from ivr.understand import Understanding, Verdict, normal, ranking
from ivr.understand.expected import options
from ivr.values import Reason


@dataclass(frozen=True, slots=True)
class Account:
    """What was heard (in its normal form), at which step, and what it meant.

    values: slot, value, score (0 to 1), and whether it is taken without asking. refused: why the asked slot got none, "" for no
    reason. choice: the verdict among choices and commands; near: the nearest of them, each with its score.
    """

    step: str
    heard: str
    values: tuple[tuple[str, Any, float, bool], ...]
    refused: str
    choice: Understanding
    near: tuple[tuple[str, float], ...]

    def __str__(self) -> str:
        lines = [f'at "{self.step}", heard as: {self.heard or "(nothing)"}']
        lines += [
            f"  {name} = {value}  ({score:.2f}{'' if sure else ', asked about'})" for name, value, score, sure in self.values
        ]
        if self.refused:
            lines.append(f"  no value: {self.refused}")
        if self.choice.kind is not Verdict.NO_MATCH:
            lines.append(f"  {self.choice.kind}: {self.choice.choice} ({self.choice.score:.2f})")
        lines += [f"  {score:.2f}  {name}" for name, score in self.near]
        return "\n".join(lines)


def account(flow: Flow, state: State, text: str, score: float = 1.0, engine: str = "typed", *, nearest: int = 5) -> Account:
    """How these words are understood in this state; changes nothing."""
    step, code = flow.steps[state.step], state.language
    slot = slot_of(flow, step)
    asked = slot is not None or bool(step.takes) or step.kind is StepKind.MESSAGE
    found = find(flow, state, step, Said.of(text, score, engine, code)) if asked else None
    said = normal(text, code)
    near = ranking(options(flow, step.id, code), code, said)[:nearest]
    silent = (Reason.NONE, Reason.NOTHING)
    return Account(
        step=step.id,
        heard=said,
        values=tuple((one.slot, one.value, one.score, one.sure) for one in found.values) if found else (),
        refused=str(found.reason) if found and slot is not None and found.reason not in silent and not found.values else "",
        choice=means(Turn(flow, state), text, score, engine),
        near=tuple((option.id, round(closeness, 3)) for closeness, option in near if closeness >= 0.3),
    )
