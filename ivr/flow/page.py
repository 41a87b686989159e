"""A YAML page whose nodes know their place, read so that every mistake on it comes to light at once (YAML 1.1, PyYAML)."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

import yaml
from rapidfuzz import process

NEAR = 55  # of 100: from this similarity on a name is offered as "did you mean"


@dataclass(frozen=True, slots=True)
class Place:
    """Where something stands in a file; line and column count from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"

    def right(self, signs: int) -> Place:
        """So many signs further on in the same line."""
        return Place(self.file, self.line, self.column + signs)


@dataclass(frozen=True, slots=True)
class Mistake:
    """One thing to mend in a flow file."""

    place: Place
    what: str

    def __str__(self) -> str:
        return f"{self.place}: {self.what}"


class Page:
    """One file. Every reading method notes a mistake where the node is not what it should be, and goes on with something harmless."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.mistakes: list[Mistake] = []

    def root(self) -> yaml.Node | None:
        """The top node, or None (and a mistake) where there is none to be had."""
        begin = Place(self.file, 1, 1)
        try:
            root = yaml.compose(Path(self.file).read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
        except FileNotFoundError:
            self.wrong(begin, "there is no such file")
            return None
        except UnicodeDecodeError as error:
            self.wrong(begin, f"is no text in UTF-8: {error.reason} at byte {error.start}")
            return None
        except OSError as error:
            self.wrong(begin, f"cannot be read: {error.strerror}")
            return None
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
            what = getattr(error, "problem", None) or getattr(error, "context", None) or str(error).splitlines()[0]
            self.wrong(Place(self.file, mark.line + 1, mark.column + 1) if mark else begin, f"bad YAML: {what}")
            return None
        if root is None:
            self.wrong(begin, "the file is empty")
        return root

    def place(self, node: yaml.Node) -> Place:
        return Place(self.file, node.start_mark.line + 1, node.start_mark.column + 1)

    def wrong(self, at: yaml.Node | Place, what: str, name: str = "", among: Iterable[str] = ()) -> None:
        near = process.extractOne(name, list(among), score_cutoff=NEAR) if name else None
        place = at if isinstance(at, Place) else self.place(at)
        self.mistakes.append(Mistake(place, f'{what}; did you mean "{near[0]}"?' if near else what))

    def mapping(
        self, node: yaml.Node, what: str, allowed: Collection[str] | None, required: Collection[str] = ()
    ) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            self.wrong(node, f"{what} must be a mapping of names to values")
            return {}
        fields: dict[str, yaml.Node] = {}
        for name_node, value in node.value:
            name = self.text(name_node, f"a name in {what}")
            if name in fields:
                self.wrong(name_node, f'"{name}" stands twice in {what}')
            elif allowed is not None and name not in allowed:
                self.wrong(name_node, f'unknown key "{name}" in {what}', name, allowed)
            elif name:
                fields[name] = value
        for name in required:
            if name not in fields:
                self.wrong(node, f'{what} lacks "{name}"')
        return fields

    def items(self, node: yaml.Node | None, what: str) -> list[yaml.Node]:
        if node is None:
            return []
        if not isinstance(node, yaml.SequenceNode):
            self.wrong(node, f"{what} must be a list")
            return []
        return list(node.value)

    def text(self, node: yaml.Node | None, what: str) -> str:
        if node is None:
            return ""
        if not isinstance(node, yaml.ScalarNode) or not node.value.strip():
            self.wrong(
                node, f"{what} must be a text" + (" (write # and * in quotes)" if isinstance(node, yaml.ScalarNode) else "")
            )
            return ""
        return " ".join(node.value.split())

    def number(self, node: yaml.Node | None, what: str, low: float, high: float, otherwise: float) -> float:
        if node is None:
            return otherwise
        try:
            value = float(self.text(node, what) or "nan")
        except ValueError:
            value = float("nan")
        if not low <= value <= high:
            self.wrong(node, f"{what} must be a number from {low:g} to {high:g}")
            return otherwise
        return value

    def switch(self, node: yaml.Node | None, what: str, otherwise: bool) -> bool:
        if node is None:
            return otherwise
        if not isinstance(node, yaml.ScalarNode) or node.tag != "tag:yaml.org,2002:bool":
            self.wrong(node, f"{what} must be true or false")
            return otherwise
        return node.value.lower() in ("true", "yes", "on")

    def one_of(self, node: yaml.Node | None, what: str, among: Collection[str]) -> str:
        if node is None:
            return ""
        text = self.text(node, what)
        if text and text not in among:
            self.wrong(node, f'{what} cannot be "{text}"; it is one of {", ".join(among)}', text, among)
            return ""
        return str(text)
