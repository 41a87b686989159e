"""The figures as pictures (SVG): how near each is to its goal, and what the trials of each latency were like.

Colours hold on a light and on a dark page; nothing is said by colour alone.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING
from xml.sax.saxutils import escape

from bench.goals import GOALS, Goal, figure_text
from bench.stages import told

if TYPE_CHECKING:
    from bench.harness import Measurement

WIDTH, LEFT, RIGHT, ROW, TOP = 1010, 250, 240, 26, 64
MARGIN, HEIGHT = 70, 320  # of the curves
PER_GOAL = (0.1, 10.0)  # the overview's axis, times the goal, logarithmic
GREEN, RED, AMBER, GREY = "#2e9e5b", "#d04545", "#c98a00", "#8a8f98"
COLOURS = {"met": GREEN, "missed": RED, "failed": RED, "not yet": AMBER, "refused": GREY, "": GREY}
QUANTILES = ("p50", "p90", "p95", "p99", "worst")


def draw(measurements: Sequence[Measurement], folder: Path) -> list[Path]:
    """Write `overview.svg`, `latencies.svg`, `slowest.svg` and `calls.svg` (each where there is something to show); gives what was written."""
    folder.mkdir(parents=True, exist_ok=True)
    pictures = {
        "overview.svg": overview(measurements),
        "latencies.svg": latencies(measurements),
        "slowest.svg": timelines(measurements),
        "calls.svg": curves(measurements),
    }
    written = []
    for name, picture in pictures.items():
        if picture:
            (folder / name).write_text(picture, encoding="utf-8")
            written.append(folder / name)
    return written


def overview(measurements: Sequence[Measurement]) -> str:
    """One row a figure with a goal: a dot at figure over goal, its spread as a line; left of 1 is the good side.

    Where there is no such ratio (a goal or a figure of zero), it stands at the end of the axis; one that was refused or failed has no dot.
    """
    rows = [one for one in measurements if one.name in GOALS]
    if not rows:
        return ""
    parts = [_axis(len(rows), [0.1, 0.2, 0.5, 1, 2, 5, 10], lambda tick: f"{tick:g} x goal")]
    for number, one in enumerate(rows):
        goal = GOALS[one.name]
        y = TOP + ROW * number + ROW / 2
        colour = COLOURS[one.verdict]
        parts.append(_text(LEFT - 12, y + 4, one.name, "end"))
        if not one.counts:
            parts.append(_text(WIDTH - RIGHT + 12, y + 4, one.verdict))
            continue
        dot = _at(_times(goal, one.value))
        low, high = sorted(_at(_times(goal, value)) for value in one.spread) if one.runs > 1 else (dot, dot)
        parts += [
            f'<line x1="{low:.1f}" y1="{y}" x2="{high:.1f}" y2="{y}" stroke="{colour}" stroke-width="5" stroke-opacity=".35"/>',
            f'<circle cx="{dot:.1f}" cy="{y}" r="5" fill="{colour}"/>',
            _text(WIDTH - RIGHT + 12, y + 4, f"{figure_text(one.value)} {one.unit}, {one.verdict}"),
        ]
    return _page("Each figure over its goal: left of 1 is better", parts, len(rows))


def latencies(measurements: Sequence[Measurement]) -> str:
    """One row a latency: its percentiles from the median to the worst trial, in milliseconds, logarithmic."""
    found = [one for one in measurements if "p50" in one.detail and "ms" in one.unit and one.counts]
    # Two figures of the same trials (p50 and p99) are one row.
    rows = list({(one.name.partition(".")[0], *(one.detail[name] for name in QUANTILES)): one for one in found[::-1]}.values())[
        ::-1
    ]
    if not rows:
        return ""
    top = max(float(one.detail["worst"]) for one in rows)
    least = max(0.1, min(float(one.detail["p50"]) for one in rows) / 2)
    ticks = [tick for tick in (0.1, 0.3, 1, 3, 10, 30, 100, 300, 1000, 3000) if least <= tick <= top * 1.5]

    def at(value: float) -> float:
        share = math.log(max(value, least) / least) / math.log(top * 1.5 / least)
        return LEFT + share * (WIDTH - LEFT - RIGHT)

    parts = [_axis(len(rows), ticks, lambda tick: f"{tick:g} ms", at)]
    for number, one in enumerate(rows):
        y = TOP + ROW * number + ROW / 2
        values = [float(one.detail[name]) for name in QUANTILES]
        parts += [
            _text(LEFT - 12, y + 4, one.name, "end"),
            f'<line x1="{at(values[0]):.1f}" y1="{y}" x2="{at(values[-1]):.1f}" y2="{y}" stroke="{GREY}" stroke-width="2"/>',
            *(
                f'<circle cx="{at(value):.1f}" cy="{y}" r="{6 - size}" fill="{COLOURS[one.verdict]}"><title>{name} {value:g} ms</title></circle>'
                for size, (name, value) in enumerate(zip(QUANTILES, values, strict=True))
            ),
            _text(
                WIDTH - RIGHT + 12,
                y + 4,
                f"p50 {figure_text(values[0])}  p95 {figure_text(values[2])}  worst {figure_text(values[-1])}",
            ),
        ]
    return _page("Latencies: median, p90, p95, p99, worst trial", parts, len(rows))


def timelines(measurements: Sequence[Measurement]) -> str:
    """The slowest trials of each latency, a bar each from what the caller did to what he heard, cut at the stages between."""
    parts: list[str] = []
    row = 0
    for one in measurements:
        trials = [trial for trial in one.detail.get("slowest", ()) if trial["stages"]]
        if not trials or not one.counts:
            continue
        longest = max(trial["stages"][-1][0] for trial in trials)
        parts.append(_text(16, TOP + ROW * row, f"{one.name}, {figure_text(one.value)} {one.unit}", weight=600))
        for number, trial in enumerate(trials):
            y = TOP + ROW * (row + 1 + 2 * number)

            def at(ms: float, longest: float = longest) -> float:
                return 16 + ms / longest * (WIDTH - 32)

            # Stages at the same moment are one cut.
            marks = sorted({round(at(ms)) for ms, _ in trial["stages"]})
            parts += [
                f'<rect x="{left}" y="{y - 14}" width="{right - left}" height="10" fill="{GREY}" fill-opacity="{0.3 + 0.4 * (n % 2):.1f}"/>'
                for n, (left, right) in enumerate(itertools.pairwise(marks))
            ]
            parts.append(_text(16, y + 10, told(trial)))
        row += 1 + 2 * len(trials)
    return _page("The slowest trials: milliseconds at which each stage was reached", parts, row) if parts else ""


def curves(measurements: Sequence[Measurement]) -> str:
    """CPU over calls, a line for each gateway, up to its highest number without a lost frame (`calls.highest_*`)."""
    lines = {
        one.name.removeprefix("calls.highest_"): [(float(at["calls"]), float(at["core_percent"])) for at in one.detail["curve"]]
        for one in measurements
        if one.name.startswith("calls.highest_") and one.detail.get("curve") and one.counts
    }
    if not lines:
        return ""
    most = max(calls for line in lines.values() for calls, _ in line)
    bottom, right = TOP + HEIGHT, WIDTH - RIGHT

    def x(calls: float) -> float:
        return MARGIN + calls / most * (right - MARGIN)

    def y(percent: float) -> float:
        return bottom - min(percent, 100.0) / 100 * HEIGHT

    parts = [
        f'<line x1="{MARGIN}" y1="{y(share):.1f}" x2="{right}" y2="{y(share):.1f}" stroke="{GREY}" stroke-opacity=".3"/>'
        + _text(MARGIN - 8, y(share) + 4, f"{share} %", "end")
        for share in (0, 25, 50, 75, 100)
    ]
    parts += [_text(x(calls), bottom + 18, f"{calls:.0f} calls", "middle") for calls in (most / 4, most / 2, most)]
    for number, (name, line) in enumerate(sorted(lines.items(), key=lambda found: -found[1][-1][0])):
        colour, dash = (GREEN, "") if name == "house" else (GREY, f' stroke-dasharray="{2 + 3 * number} 3"')
        points = " ".join(f"{x(calls):.1f},{y(percent):.1f}" for calls, percent in line)
        end = line[-1]
        parts += [
            f'<polyline points="{points}" fill="none" stroke="{colour}" stroke-width="2"{dash}/>',
            f'<circle cx="{x(end[0]):.1f}" cy="{y(end[1]):.1f}" r="4" fill="{colour}"><title>{escape(name)}: {end[0]:.0f} calls</title></circle>',
            _text(right + 12, TOP + ROW * number + 12, f"{name}: {end[0]:.0f} calls, {figure_text(end[1])} %"),
            f'<line x1="{right + 12}" y1="{TOP + ROW * number + 18}" x2="{right + 60}" y2="{TOP + ROW * number + 18}" stroke="{colour}" stroke-width="2"{dash}/>',
        ]
    return _page("CPU of one core over calls, up to the last number without a lost frame", parts, -(-HEIGHT // ROW))


def _times(goal: Goal, value: float) -> float:
    """A figure over its goal, below 1 where it is better."""
    if value > 0 and goal.limit:
        return goal.limit / value if goal.at_least else value / goal.limit
    return PER_GOAL[0] if goal.met(value) else PER_GOAL[1]


def _at(share: float) -> float:
    low, high = map(math.log, PER_GOAL)
    inside = min(max(math.log(share), low), high)
    return LEFT + (inside - low) / (high - low) * (WIDTH - LEFT - RIGHT)


def _axis(rows: int, ticks: Sequence[float], label: Callable[[float], str], at: Callable[[float], float] = _at) -> str:
    bottom = TOP + ROW * rows
    return "".join(
        f'<line x1="{at(tick):.1f}" y1="{TOP}" x2="{at(tick):.1f}" y2="{bottom}" stroke="{GREY}" stroke-opacity="{0.9 if tick == 1 and at is _at else 0.3}"/>'
        + _text(at(tick), TOP - 8, label(tick), "middle")
        for tick in ticks
    )


def _text(x: float, y: float, text: str, anchor: str = "start", weight: int = 400) -> str:
    return f'<text x="{x:.1f}" y="{y:.1f}" text-anchor="{anchor}" style="font-weight:{weight}">{escape(text)}</text>'


def _page(title: str, parts: Sequence[str], rows: int) -> str:
    height = TOP + ROW * rows + 24
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}" role="img">'
        f"<title>{escape(title)}</title>"
        "<style>text{font:13px system-ui,sans-serif;fill:#3b4048}@media (prefers-color-scheme:dark){text{fill:#d5d9e0}}</style>"
        f'<text x="16" y="26" style="font-size:16px;font-weight:600">{escape(title)}</text>' + "\n".join(parts) + "</svg>\n"
    )
