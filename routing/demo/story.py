"""What happened in the demo's call, told by both ends, and what it comes to: turns, milliseconds, understood or not."""

from __future__ import annotations

import bisect
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from ivr.channels.phone import Note
from routing.demo.script import Expected


@dataclass(frozen=True, slots=True)
class Line:
    """One line of the timeline, in CLOCK_MONOTONIC nanoseconds."""

    at_ns: int
    who: str
    what: str
    detail: dict[str, Any] = field(default_factory=dict)


@dataclass(slots=True)
class TurnReport:
    """One act of the caller and what became of it.

    reply_excess_ms: from the caller's last sample to the first sample of the reply that he hears, less the end silence in
    force; for a key, from the order to send it to the first sample of the reply. barge_in_stop_ms: from the first sample of
    the interruption to the last one of the prompt.
    """

    why: str
    said: str
    heard: str = ""
    engine: str = ""
    answers: tuple[str, ...] = ()
    reply_excess_ms: float | None = None
    end_silence_ms: int | None = None
    barge_in_stop_ms: float | None = None
    went_on: bool = False
    understood: bool = False


class Story:
    """Collects lines from the house and the caller, in whatever order they arrive."""

    def __init__(self, lines: Iterable[Line] = ()) -> None:
        self.lines: list[Line] = list(lines)

    def add(self, line: Line) -> None:
        bisect.insort(self.lines, line, key=lambda known: known.at_ns)

    def from_house(self, note: Note) -> Line:
        line = Line(note.at_ns, {"caller": "heard"}.get(note.who, note.who), note.what, dict(note.detail))
        self.add(line)
        return line

    def from_caller(self, fact: dict[str, Any]) -> Line:
        line = Line(
            int(fact["at_ns"]), "peer", str(fact["what"]), {key: fact[key] for key in fact if key not in ("at_ns", "what")}
        )
        self.add(line)
        return line

    def turns(self, script: Sequence[Expected]) -> list[TurnReport]:
        """One report per act, in the script's order; acts that were never reached are reported as not understood."""
        starts = [line for line in self.lines if line.who == "peer" and line.what in ("says", "presses")]
        ends = [line.at_ns for line in starts[1:]] + [2**63]
        reports = [self._turn(expected, start, end) for expected, start, end in zip(script, starts, ends, strict=False)]
        return reports + [TurnReport(e.act.why, e.act.say or e.act.press) for e in script[len(reports) :]]

    def _turn(self, expected: Expected, start: Line, end_ns: int) -> TurnReport:
        within = [line for line in self.lines if start.at_ns <= line.at_ns < end_ns]
        report = TurnReport(expected.act.why, expected.act.say or expected.act.press)
        said_ns = start.at_ns
        if expected.act.say:
            said = next(
                (line for line in within if line.what == "said" and line.detail.get("prompt") == start.detail["prompt"]), start
            )
            said_ns = said.at_ns
        words = next((line for line in within if line.who == "heard"), None)
        keyed = next((line for line in within if line.who == "key"), None)
        if words is not None:
            report.heard, report.engine = words.what, str(words.detail.get("engine", ""))
        elif keyed is not None:
            report.heard, report.engine = keyed.what, str(keyed.detail.get("source", ""))
        report.answers = tuple(str(line.detail.get("prompt", "")) for line in within if line.who == "house")
        reply = next((line for line in within if line.what == "house speaks" and line.at_ns > said_ns), None)
        answered_ns = reply.at_ns if reply is not None else end_ns
        ended = [
            line
            for line in within
            if line.what == "speech ended" and not line.detail.get("too_short") and line.at_ns < answered_ns
        ]
        if reply is not None and (ended or expected.act.press) and report.answers:
            report.end_silence_ms = int(ended[-1].detail["silence_ms"]) if ended else 0
            report.reply_excess_ms = round((reply.at_ns - said_ns) / 1e6 - report.end_silence_ms, 1)
        if expected.act.wait == "during" and expected.answer:
            # The last sound of the prompt before the answer; in a pause of its own it was silent already.
            first_ns = said_ns - int(start.detail["length_ms"] * 1e6)
            quiet = [line.at_ns for line in self.lines if line.what == "house silent" and line.at_ns < answered_ns]
            if quiet:
                report.barge_in_stop_ms = round(max(0.0, (quiet[-1] - first_ns) / 1e6), 1)
        stood = any(line.what == "prompt pauses" for line in within)
        report.went_on = (
            stood
            and any(line.what == "prompt goes on" for line in within)
            and not any(line.what == "prompt cut" for line in within)
        )
        if expected.answer:
            report.understood = any(answer.startswith(expected.answer + ".") for answer in report.answers)
        else:
            report.understood = report.went_on or not any(line.what == "prompt cut" for line in within)
        return report

    def summary(self, script: Sequence[Expected], outcome: str) -> dict[str, Any]:
        """What `build/demo.json` holds."""
        turns = self.turns(script)
        answered = next(
            (line.detail["answered_ms"] for line in self.lines if line.who == "peer" and line.what == "answered"), None
        )
        stops = [turn.barge_in_stop_ms for turn in turns if turn.barge_in_stop_ms is not None]
        return {
            "answered_ms": None if answered is None else round(float(answered), 1),
            "turns": [asdict(turn) for turn in turns],
            "barge_in_stop_ms": stops[0] if stops else None,
            "keys": "".join(line.what for line in self.lines if line.who == "key"),
            "outcome": outcome,
            "timeline": [
                {"ms": round((line.at_ns - self.lines[0].at_ns) / 1e6, 1), "who": line.who, "what": line.what, **line.detail}
                for line in self.lines
            ],
            "understood": bool(turns) and all(turn.understood for turn in turns),
        }
