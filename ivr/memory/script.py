"""The Lua scripts: one a round trip, each atomic. A first line `-- needs: NAME` puts NAME.lua before it.

"checkpoint" stands beside this file; "routing.floor/claim" stands in a package of its own, beside that one's Python.

Keys are made inside the scripts, out of what they read (EVALSHA names none beforehand): so the house keeps one primary with
replicas and Sentinel, not a Redis Cluster. Every script that writes may run twice and does its work once.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import cache
from importlib import resources
from pathlib import Path

Argument = str | int | float | bytes


@dataclass(frozen=True, slots=True)
class Script:
    """A script's text and the name that Redis keeps it under (EVALSHA)."""

    name: str
    text: str
    sha: str


@cache
def script(name: str) -> Script:
    """The script of `name`.lua, in the package that stands before a slash. Raises FileNotFoundError for one that is not there."""
    package, _, stem = name.rpartition("/")
    try:
        folder = resources.files(package) if package else Path(__file__).parent
    except ModuleNotFoundError:
        raise FileNotFoundError(name) from None
    body = folder.joinpath(f"{stem}.lua").read_text(encoding="utf-8")
    needs = re.match(r"-- needs: (\w+)\n", body)
    text = script(f"{package}/{needs[1]}" if package else needs[1]).text + body if needs else body
    return Script(name, text, hashlib.sha1(text.encode(), usedforsecurity=False).hexdigest())


def names() -> list[str]:
    """Every script of the memory that can be run by itself."""
    return sorted(path.stem for path in Path(__file__).parent.glob("*.lua") if path.stem not in ("group", "known"))
