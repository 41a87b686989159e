"""The demo on a terminal: the timeline while it happens, the summary at the end."""

from __future__ import annotations

from typing import Any

from rich import box
from rich.console import Console
from rich.table import Table
from rich.text import Text

from routing.demo.story import Line

STYLES = {
    "house": "cyan",
    "peer": "green",
    "heard": "yellow",
    "key": "magenta",
    "event": "dim",
    "visitor": "green",
    "chat": "cyan",
    "operator": "blue",
    "desk": "bold blue",
    "floor": "dim",
}
LABELS = {
    "house": "house says",
    "peer": "caller",
    "heard": "heard",
    "key": "key",
    "event": "·",
    "visitor": "writes",
    "chat": "house",
    "operator": "operator",
    "desk": "desk",
    "floor": "·",
}
CAPTION = (
    "reply: last sample of the caller to first sample of the answer, less the end silence in force\n"
    "stop: first sample of the interruption to last sample of the prompt; both as the caller hears it"
)
SHOWN = {"says", "presses", "drops", "answered", "hung up", "gave up"}


class Screen:
    """Prints each line once, as it becomes known; times are seconds since the call was dialled."""

    def __init__(self, console: Console, language: str) -> None:
        self.console, self.language = console, language
        self.zero_ns = 0

    def show(self, line: Line) -> None:
        if line.who == "peer" and line.what == "dialled":
            self.zero_ns = line.at_ns
        if line.who == "peer" and line.what not in SHOWN:
            return
        if line.who == "event" and line.what in ("answered", "speech began"):
            return
        seconds = f"{(line.at_ns - self.zero_ns) / 1e9:.2f} s" if self.zero_ns else ""  # a chat has no zero
        words = Text(self._words(line), style=STYLES[line.who])
        if facts := self._facts(line):
            words.append(f" ({facts})", style="dim")
        row = Table.grid(padding=(0, 1))
        row.add_column(width=8, justify="right", style="dim")
        row.add_column(width=10, justify="right", style=STYLES[line.who])
        row.add_column(ratio=1)
        row.add_row(seconds, LABELS[line.who], words)
        self.console.print(row)

    def _words(self, line: Line) -> str:
        if line.what == "says":
            name = f"{line.detail['name']}: " if "name" in line.detail else ""
            return f"{name}“{line.detail['text']}”"
        if line.what == "presses":
            return f"presses {line.detail['keys']}"
        if line.what == "gave up":
            return f"gave up: {line.detail.get('why', '')}"
        if line.what == "drops":
            return str(line.detail.get("why") or "the line drops")
        if line.who in ("house", "heard", "visitor", "chat"):
            return f"“{line.what}”" if line.what else "(no words)"
        return line.what

    def _facts(self, line: Line) -> str:
        detail = line.detail
        if line.who == "heard":
            return f"{detail['engine']}, score {detail['score']}"
        if "after_ms" in detail:
            return f"{detail['after_ms']} ms after the decision"
        if "lookup_ms" in detail:
            return f"asked in {detail['lookup_ms']:.1f} ms"
        if line.what == "answered":
            return f"{detail['answered_ms']:.1f} ms after INVITE"
        if line.what == "speech ended":
            return f"after {detail['silence_ms']} ms of silence" + (", too short for a word" if detail["too_short"] else "")
        if line.who == "key":
            return str(detail["source"])
        return str(detail.get("why", "")) if line.what in ("says", "presses") else ""

    def summary(self, found: dict[str, Any]) -> None:
        """The table at the end."""
        table = Table(box=box.SIMPLE_HEAD, pad_edge=False, caption_justify="left", caption=CAPTION)
        table.add_column("")
        table.add_column("the caller", ratio=3)
        table.add_column("was heard", ratio=3)
        table.add_column("answer", ratio=2)
        table.add_column("reply", justify="right", no_wrap=True)
        table.add_column("stop", justify="right", no_wrap=True)
        for turn in found["turns"]:
            answer = turn["answers"][0].partition(".")[0] if turn["answers"] else "the prompt went on" if turn["went_on"] else ""
            table.add_row(
                Text("✓", style="green") if turn["understood"] else Text("✗", style="red"),
                f"{turn['why']}: {turn['said']}",
                f"{turn['heard']} [dim]{turn['engine']}[/dim]" if turn["heard"] else "",
                answer,
                milliseconds(turn["reply_excess_ms"]),
                milliseconds(turn["barge_in_stop_ms"]),
            )
        self.console.print()
        self.console.print(table)
        self.console.print(f"\nOutcome: {found['outcome']}.")
        if "resumed_at" in found:
            self.console.print(
                f"Across the channels: went on at {', then at '.join(found['resumed_at']) or 'no step'}; "
                f"{found['repeated_questions']} of {found['questions']} questions asked twice."
            )
        verdict = "The caller was understood." if found["understood"] else "Not all of it went as planned: see above."
        self.console.print(Text(f"Answered {milliseconds(found['answered_ms'])} after INVITE. {verdict}", style="bold"))


def milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} ms"
