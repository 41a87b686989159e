"""The demo on a terminal: the timeline while it happens, the summary at the end."""

from __future__ import annotations

from typing import Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

from routing.demo.story import Line

STYLES = {"house": "cyan", "peer": "green", "heard": "yellow", "key": "magenta", "event": "dim"}
LABELS = {"house": "house says", "peer": "caller", "heard": "heard", "key": "key", "event": "·"}
SHOWN = {"says", "presses", "answered", "hung up", "gave up"}


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
        seconds = (line.at_ns - self.zero_ns) / 1e9 if self.zero_ns else 0.0
        text = Text(f"{seconds:7.2f} s  ", style="dim")
        text.append(f"{LABELS[line.who]:>10}  ", style=STYLES[line.who])
        text.append(self._words(line), style=STYLES[line.who])
        if facts := self._facts(line):
            text.append(f"   {facts}", style="dim")
        self.console.print(text)

    def _words(self, line: Line) -> str:
        if line.what == "says":
            return f"“{line.detail['text']}”"
        if line.what == "presses":
            return f"presses {line.detail['keys']}"
        if line.what == "gave up":
            return f"gave up: {line.detail.get('why', '')}"
        if line.who in ("house", "heard"):
            return f"“{line.what}”" if line.what else "(no words)"
        return line.what

    def _facts(self, line: Line) -> str:
        detail = line.detail
        if line.who == "heard":
            return f"{detail['engine']}, score {detail['score']}"
        if line.what == "answered":
            return f"{detail['answered_ms']:.1f} ms after INVITE"
        if line.what == "speech ended":
            return f"after {detail['silence_ms']} ms of silence" + (" (too short for a word)" if detail["too_short"] else "")
        if line.who == "key":
            return str(detail["source"])
        return str(detail.get("why", "")) if line.what in ("says", "presses") else ""

    def summary(self, found: dict[str, Any]) -> None:
        """The table at the end."""
        table = Table(title=f"What came of the call ({found['outcome']})", title_justify="left")
        for column in ("act", "said", "heard", "by", "answered with", "reply after end silence", "prompt stopped after"):
            table.add_column(column, overflow="fold")
        table.add_column("")
        for turn in found["turns"]:
            table.add_row(
                turn["why"],
                turn["said"],
                turn["heard"],
                turn["engine"],
                ", ".join(turn["answers"]) or ("the prompt went on" if turn["went_on"] else ""),
                milliseconds(turn["reply_excess_ms"]),
                milliseconds(turn["barge_in_stop_ms"]),
                Text("✓", style="green") if turn["understood"] else Text("✗", style="red"),
            )
        self.console.print()
        self.console.print(table)
        verdict = "The caller was understood." if found["understood"] else "Something was not understood."
        self.console.print(Text(f"Answered {milliseconds(found['answered_ms'])} after INVITE. {verdict}", style="bold"))


def milliseconds(value: float | None) -> str:
    return "" if value is None else f"{value:.0f} ms"
