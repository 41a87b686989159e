"""What clashes in a flow: keys, ids and words that two choices share, prompts of one name, error prompts of one text."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from ivr.flow.page import Page
from ivr.understand.collision import collisions

if TYPE_CHECKING:
    from ivr.flow.parts import Choice, Flow


def clashes(page: Page, choices: Sequence[Choice], where: str, languages: Sequence[str]) -> None:
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
            # A command that the flow does not mention has no line of its own: the other one is to be changed.
            at, twin = (one, other) if other.place.column == 1 else (other, one)
            page.wrong(at.place, f'{where}: "{said}" ({code}) means both "{one.id}" (line {one.place.line}) and "{other.id}"' if at is other
                       else f'{where}: "{said}" ({code}) means "{twin.id}" everywhere, and cannot mean "{at.id}"')  # fmt: skip


def namesakes(page: Page, flow: Flow) -> None:
    """Prompts of one id: recordings, the cache and the machine could not tell them apart."""
    seen: dict[str, int] = {}
    for prompt in flow.prompts():
        if prompt.id and seen.setdefault(prompt.id, prompt.place.line) != prompt.place.line:
            page.wrong(
                prompt.place,
                f"a prompt {prompt.id} stands at line {seen[prompt.id]} already; name one of the choices differently",
            )


def echoes(page: Page, flow: Flow) -> None:
    """Error prompts with the same words: each is counted by itself, so a caller would hear the words too often."""
    seen: dict[tuple[str, str], tuple[str, int]] = {}
    for prompt in (prompt for step in flow.steps.values() for prompt in (*step.no_input, *step.no_match)):
        for code, text in (*prompt.texts.items(), *((code, text) for code, text in prompt.written.items() if text)):
            twin, line = seen.setdefault((code, text), (prompt.id, prompt.place.line))
            if twin != prompt.id:
                page.wrong(prompt.place, f"{prompt.id} says in {code} the same as {twin} (line {line})")
