"""Reading what is said and heard: texts per language, phrases, topic words, choices."""

from __future__ import annotations

from types import MappingProxyType

import yaml

from ivr.flow import texts
from ivr.flow.page import Page, Place
from ivr.flow.parts import Choice, Prompt
from ivr.languages import language
from ivr.understand import NO, WORD_WEIGHT_MAX, YES

KEYS = "0123456789*#"
SPOKEN, WRITTEN = WAYS = ("spoken", "written")  # a text for the ear, and another one for chat and mail
GO_NOWHERE = ("repeat", "language", "back", "start_over", "slower")  # commands that need no step of their own


def no_prompt(place: Place) -> Prompt:
    """Stands for a missing prompt while the rest of the file is read; such a flow is never handed out."""
    return Prompt("", MappingProxyType({}), place)


class WordsPage(Page):
    """A page with words in the languages of the flow."""

    def __init__(self, file: str) -> None:
        super().__init__(file)
        self.languages: tuple[str, ...] = ()
        self.spoken: list[tuple[Prompt, str, yaml.Node]] = []  # every text with its place, for the checks of what stands in it

    def key(self, node: yaml.Node | None, what: str) -> str:
        key = self.text(node, what)
        if node is not None and key and (len(key) != 1 or key not in KEYS):
            self.wrong(node, f'{what} must be one of 0-9, * and #, not "{key}"')
            return ""
        return key

    def per_language(self, node: yaml.Node, what: str, *, complete: bool) -> dict[str, yaml.Node]:
        found = self.mapping(node, what, self.languages)
        missing = [code for code in self.languages if code not in found]
        if complete and missing and isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} is missing in {' and '.join(missing)}")
        return found

    def prompt(self, node: yaml.Node | None, prompt_id: str) -> Prompt | None:
        if node is None:
            return None
        spoken: dict[str, str] = {}
        written: dict[str, str] = {}
        names: dict[str, None] = {}
        nodes: list[tuple[str, yaml.Node]] = []
        for code, given in self.per_language(node, prompt_id, complete=True).items():
            for way, one in self.ways(given, f"{prompt_id} in {code}").items():
                nodes.append((code, one))
                text = "" if way == WRITTEN and _nothing(one) else self.text(one, f"{prompt_id} in {code}")
                (written if way == WRITTEN else spoken)[code] = text
                try:
                    names |= dict.fromkeys(texts.names(text, code, f"{prompt_id} in {code}"))
                except texts.TextError as error:
                    self.wrong(one, error.what)
        prompt = Prompt(prompt_id, MappingProxyType(spoken), self.place(node), tuple(names), MappingProxyType(written))
        self.spoken += [(prompt, code, one) for code, one in nodes]
        return prompt

    def ways(self, node: yaml.Node, what: str) -> dict[str, yaml.Node]:
        """One text for the ear and the eye, or one for each."""
        return self.mapping(node, what, WAYS, WAYS) if isinstance(node, yaml.MappingNode) else {SPOKEN: node}

    def default(self, name: str, prompt_id: str, place: Place) -> Prompt:
        """A text that every language of the house brings along."""
        said = {code: language(code).texts[name] for code in self.languages if name in language(code).texts}
        names = dict.fromkeys(name for code, text in said.items() for name in texts.names(text, code))
        return Prompt(prompt_id, MappingProxyType(said), place, tuple(names))

    def phrases(self, node: yaml.Node | None, what: str) -> dict[str, tuple[str, ...]]:
        found = self.per_language(node, what, complete=False) if node is not None else {}
        return {
            code: tuple(filter(None, (self.text(item, f"a phrase of {what}").lower() for item in self.items(one, what))))
            for code, one in found.items()
        }

    def weights(self, node: yaml.Node | None, what: str) -> dict[str, tuple[tuple[str, float], ...]]:
        found = self.per_language(node, what, complete=False) if node is not None else {}
        return {
            code: tuple(
                (word, self.number(weight, f'the weight of "{word}"', 0, WORD_WEIGHT_MAX, 0))
                for word, weight in self.mapping(one, what, None).items()
            )
            for code, one in found.items()
        }

    def names(self, node: yaml.Node | None, what: str) -> tuple[str, ...]:
        """A list of names; one name alone may stand without brackets."""
        if isinstance(node, yaml.ScalarNode):
            return tuple(filter(None, (self.text(node, what),)))
        return tuple(filter(None, (self.text(one, f"a name in {what}") for one in self.items(node, what))))

    def escalation(self, node: yaml.Node | None, name: str) -> tuple[Prompt, ...]:
        prompts = (self.prompt(one, f"{name}.{number}") for number, one in enumerate(self.items(node, name), 1))
        return tuple(prompt for prompt in prompts if prompt)

    def choice(self, node: yaml.Node, what: str, *, command: str = "", of_slot: str = "", yes_no: bool = False) -> Choice:
        """A choice of a menu, a command, or a value of a slot."""
        named = ("id",) if of_slot else ("id", "goto") if not command else () if command in GO_NOWHERE else ("goto",)
        fields = self.mapping(node, what, (*named, "key", "phrases", "words", "confirm", "offer", "forget", "label"), named)
        name = command or self.text(fields.get("id"), f"the id of {what}")
        phrases, words = self.phrases(fields.get("phrases"), what), self.weights(fields.get("words"), what)
        if yes_no and name not in (YES, NO):
            self.wrong(fields.get("id", node), f'the choices of a yes/no step are "yes" and "no", not "{name}"', name, (YES, NO))
        for code in self.languages:
            phrases[code] = (*language(code).commands.get(command, ()), *phrases.get(code, ()))
            if not phrases[code] and not words.get(code) and not yes_no:
                self.wrong(node, f'"{name}" has neither phrases nor words in {code}')
        prefix = f"{of_slot}.{name}" if of_slot else name
        return Choice(
            id=name,
            goto=self.text(fields.get("goto"), "goto"),
            key=self.key(fields.get("key"), f'the key of "{name}"'),
            phrases=MappingProxyType(phrases),
            words=MappingProxyType(words),
            confirm=self.prompt(fields.get("confirm"), f"{prefix}.confirm"),
            offer=self.prompt(fields.get("offer"), f"{prefix}.offer"),
            place=self.place(node),
            forget=self.names(fields.get("forget"), "forget"),
            label=self.prompt(fields.get("label"), f"{prefix}.label"),
        )

    def usual(self, command: str, goto: str, place: Place) -> Choice:
        """A command that the flow does not mention: its usual phrases alone."""
        phrases = {code: language(code).commands.get(command, ()) for code in self.languages}
        return Choice(command, goto, "", MappingProxyType(phrases), MappingProxyType({}), None, None, place)


def _nothing(node: yaml.Node) -> bool:
    """An empty text in quotes: nothing is written here."""
    return isinstance(node, yaml.ScalarNode) and node.value == "" and node.style in ("'", '"')
