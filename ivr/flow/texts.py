"""The texts of a flow as templates (Jinja2 in a sandbox): which names stand in one, and what is wrong with it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from functools import lru_cache
from typing import Any

from jinja2 import Template, meta, nodes
from jinja2 import TemplateError as JinjaError
from jinja2.sandbox import ImmutableSandboxedEnvironment

from voice.errors import ConfigError

_ENVIRONMENT = ImmutableSandboxedEnvironment()


class TemplateError(ConfigError):
    """A text cannot be used as a template. `name` is what is not known in it, `among` what it could have been."""

    def __init__(self, what: str, name: str = "", among: Iterable[str] = ()) -> None:
        super().__init__(what)
        self.name, self.among = name, tuple(among)


def plain(template: str) -> bool:
    """Whether nothing stands in it that could vary."""
    return "{" not in template


@lru_cache(maxsize=4096)
def names(template: str) -> tuple[str, ...]:
    """The slots and facts in it, in alphabetical order. Raises TemplateError."""
    if plain(template):
        return ()
    try:
        tree = _ENVIRONMENT.parse(template)
    except JinjaError as error:
        raise TemplateError(f"the template is wrong: {error.message or error}") from error
    for found in tree.find_all((nodes.Import, nodes.FromImport, nodes.Include, nodes.Extends)):
        raise TemplateError(f"{type(found).__name__.lower()} is not for texts")
    return tuple(sorted(meta.find_undeclared_variables(tree)))


def render(template: str, language: str, values: Mapping[str, Any], today: date) -> str:
    """The text with these values in it, as it is spoken in `language`; a value that is missing leaves nothing."""
    if plain(template):
        return template
    return " ".join(_compiled(template).render(values).split())


@lru_cache(maxsize=4096)
def _compiled(template: str) -> Template:
    return _ENVIRONMENT.from_string(template)
