"""What the customer allows or forbids, told in the talk itself: {"word": "forbid" or "allow"}.

It is the talk's own page in the memory that keeps it (`ivr.notebook.MemoryNotebook.consent`, put in by `own`); where there is none, as
in a trial on the terminal, nobody can keep it, and the flow goes its `fallback`.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from ivr.deeds import Refused


def look_up(arguments: Mapping[str, Any]) -> None:
    """Raises Refused, always."""
    raise Refused("nobody")
