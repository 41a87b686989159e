"""What docs/ say of the settings is so: every key of every section stands there, every key there exists, and the whole is read."""

from __future__ import annotations

import dataclasses
import re
import tomllib
from pathlib import Path
from typing import Any, get_args, get_origin, get_type_hints

import pytest

from ivr.channels import signature
from routing.settings import Settings, parse

DOCS = Path(__file__).parents[2] / "docs"
KEY = signature.new_key()
NOT_WRITTEN = {"source"}  # where the file was found


def blocks(name: str, language: str) -> list[str]:
    """The fenced blocks of one language in a document."""
    return re.findall(rf"^```{language}\n(.*?)^```$", (DOCS / name).read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


def keys(kind: Any) -> dict[str, Any]:
    """The keys of a section's dataclass as TOML has them: a name alone, a table of its own ({}), or several tables ([{}])."""
    found: dict[str, Any] = {}
    for name, hint in get_type_hints(kind).items():
        inner = [one for one in get_args(hint) if dataclasses.is_dataclass(one)]
        if name in NOT_WRITTEN:
            continue
        if dataclasses.is_dataclass(hint):
            found[name] = keys(hint)
        elif get_origin(hint) is tuple and inner:
            found[name.removesuffix("s")] = keys(inner[0])
        elif "Mapping" in str(get_origin(hint)) and inner:
            found[name] = {"*": keys(inner[0])}
        else:
            found[name] = keys(inner[0]) if inner else None
    return found


def written(table: dict[str, Any], known: dict[str, Any]) -> dict[str, Any]:
    """The keys of a TOML table in the same shape."""
    found: dict[str, Any] = {}
    for name, value in table.items():
        inner = known.get(name)
        if isinstance(value, list) and value and isinstance(value[0], dict):
            found[name] = written({key: one for table in value for key, one in table.items()}, inner or {})
        elif isinstance(value, dict) and isinstance(inner, dict):
            below = {"*": written(next(iter(value.values())), inner["*"])} if "*" in inner else written(value, inner)
            found[name] = below
        else:
            found[name] = None
    return found


def names(tree: dict[str, Any], before: str = "") -> set[str]:
    """ "mail.send.host" and the like."""
    return {
        path
        for name, below in tree.items()
        for path in ({f"{before}{name}"} | (names(below, f"{before}{name}.") if below else set()))
    }


def test_every_key_stands_in_the_document_and_every_key_there_exists() -> None:
    (text,) = blocks("settings.md", "toml")
    known = keys(Settings)
    assert names(written(tomllib.loads(text), known)) == names(known)


@pytest.mark.parametrize("name", ["settings.md", "channels.md"])
def test_what_is_documented_is_read(name: str, tmp_path: Path) -> None:
    for text in blocks(name, "toml"):
        (tmp_path / "key").write_text(KEY)
        text = re.sub(r'"[^"]*\.key"', f'"{tmp_path / "key"}"', text.replace("whsec_…", KEY))
        settings = parse(tomllib.loads(text), name)
        assert settings.mail.address == "help@shop.example"
        assert settings.webhooks.targets
