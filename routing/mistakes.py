"""What `hotline check` shows of a flow: what was looked at, and every mistake under the line it is in."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from ivr.flow import Mistake, check, load

LINE_MAX = 110  # of the file's own line, beside the mistake


@dataclass(frozen=True, slots=True)
class Checked:
    """One file, its mistakes in their order, and what was checked in it."""

    file: str
    mistakes: tuple[Mistake, ...]
    summary: str

    def to_dict(self) -> dict[str, Any]:
        """For `--json`."""
        places = [{**asdict(one.place), "what": one.what} for one in self.mistakes]
        return {"file": self.file, "summary": self.summary, "mistakes": places}

    def show(self, console: Console) -> None:
        """For people: each mistake with the line that it is in."""
        lines = _lines(self.file)
        for mistake in self.mistakes:
            place = mistake.place
            console.print(f"[bold]{escape(place.file)}:{place.line}[/bold]  {escape(mistake.what)}")
            if 0 < place.line <= len(lines):
                line = lines[place.line - 1]
                start = max(0, min(len(line) - len(line.lstrip()), place.column - 1))
                if place.column - start > LINE_MAX - 10:
                    start = place.column - LINE_MAX // 2
                console.print(f"[dim]{place.line:>6} | {escape(line[start : start + LINE_MAX])}[/dim]")
                console.print(f"{'':>6}   {'':>{max(0, place.column - 1 - start)}}[red]^[/red]")
        console.print(f"[{'red' if self.mistakes else 'green'}]{escape(self.summary)}[/]")


def checked(file: Path) -> Checked:
    """Check one file."""
    found = tuple(check(file))
    if found:
        return Checked(str(file), found, f"{file}: {len(found)} mistake{'s' if len(found) > 1 else ''}")
    flow = load(file)
    texts = sum(len(prompt.texts) + len(prompt.written) for prompt in flow.prompts())
    summary = (
        f"{file}: no mistakes in {len(flow.steps)} steps, {len(flow.slots)} slots, {len(flow.facts)} facts and {texts} texts "
        f"({', '.join(flow.languages)}): ways and ends, words that collide, languages, private facts, what is known where"
    )
    return Checked(str(file), (), summary)


def _lines(file: str) -> list[str]:
    try:
        return Path(file).read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError):
        return []
