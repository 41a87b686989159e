"""The audit of a customer: a line for everything that was done to him, kept with him and erased with him."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True, slots=True)
class Audit:
    """One line: when, what ("made", "link", "merge", ...), by whom ("dialogue", an operator's name), and the details."""

    at_ms: int
    what: str
    by: str
    detail: Mapping[str, Any] = field(default_factory=dict, repr=False)


def line(at_ms: int, what: str, by: str, **detail: Any) -> str:
    """A line as the store keeps it."""
    return json.dumps([at_ms, what, by, detail] if detail else [at_ms, what, by], ensure_ascii=False, separators=(",", ":"))
