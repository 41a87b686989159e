"""The demo as one picture (SVG) for a page about it: every part, told briefly, and the table at the end."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence
from typing import Any

from rich.console import Console

from routing.demo.screen import Screen
from routing.demo.story import Line

WIDTH = 100  # characters
EVENTS = {"the memory knows him", "prompt pauses", "prompt goes on", "prompt cut"}  # what a reader would miss
LEFT_OUT = {"answered", "hung up"}


def picture(parts: Sequence[tuple[str, Iterable[Line]]], found: dict[str, Any], language: str) -> str:
    """SVG of the parts (title and lines), with the summary of `found`."""
    console = Console(record=True, width=WIDTH, file=io.StringIO())
    screen = Screen(console, language)
    for title, lines in parts:
        console.print(f"\n[bold]{title}[/bold]\n")
        for line in lines:
            if told(line):
                screen.show(line)
    screen.summary(found)
    # Without the fonts that rich would have the reader fetch from elsewhere.
    return re.sub(r"@font-face \{.*?\}\s*", "", console.export_svg(title="hotline demo"), flags=re.DOTALL)


def told(line: Line) -> bool:
    """Whether the picture shows it: what was said and done, not how it was heard."""
    return line.who not in ("heard", "key") and line.what not in LEFT_OUT and (line.who != "event" or line.what in EVENTS)
