"""Measurements as values, what may be said about them, and where they are kept: `build/bench.json` and a table.

A figure counts only beside its control: each run measures, in the same minute, what this machine does with nothing of ours
running (bare timer, bare UDP). Where the control is bad the figure is refused, and the report says so.
"""

from __future__ import annotations

import json
import os
import platform
import statistics
import subprocess
from collections.abc import Iterable, Sequence
from contextlib import suppress
from dataclasses import asdict, dataclass, field, fields, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from bench.goals import GOALS, figure_text
from bench.plots import draw
from bench.stages import told

if TYPE_CHECKING:
    from bench.suite import Took

WIDE = 110  # columns from which on the table says what was measured against
LEGEND = "figure: the median of runs or pairs, or that percentile of all trials; spread: lowest .. highest run or pair"
ROOT = Path(__file__).resolve().parents[1]
# An installed program measures into the folder where one stands.
RESULTS = (ROOT if (ROOT / "pyproject.toml").exists() else Path.cwd()) / "build" / "bench.json"


@dataclass(frozen=True, slots=True)
class Machine:
    """Where a figure comes from. load: the 1 minute load average at the time."""

    processor: str
    cores: int
    kernel: str
    python: str
    load: float

    @classmethod
    def here(cls) -> Machine:
        names = [
            line.partition(":")[2].strip()
            for line in Path("/proc/cpuinfo").read_text().splitlines()
            if line.startswith("model name")
        ]
        return cls(
            names[0] if names else platform.machine(),
            os.cpu_count() or 1,
            platform.release(),
            platform.python_version(),
            round(os.getloadavg()[0], 2),
        )

    def __str__(self) -> str:
        return f"{self.cores} x {self.processor}, Linux {self.kernel}, Python {self.python}, load {self.load}"


def commit() -> str:
    """The checkout's commit, with a plus where what is measured or what measures differs from it; empty outside of one."""
    if not (ROOT / ".git").exists():
        return ""  # an installed program may lie inside of somebody else's checkout
    try:
        name = subprocess.run(
            ["git", "rev-parse", "--short", "HEAD"], cwd=ROOT, capture_output=True, text=True, check=True
        ).stdout.strip()
        changed = subprocess.run(
            ["git", "diff", "--quiet", "HEAD", "--", "native", "voice", "routing", "ivr", "bench/*.py*"], cwd=ROOT, check=False
        )
    except (OSError, subprocess.CalledProcessError):
        return ""
    return name + ("+" if changed.returncode else "")


@dataclass(frozen=True, slots=True)
class Measurement:
    """One figure. `name` is its goal's name too (bench/goals.py).

    peer: what it was compared with in the same run, and `ratio` against that (how many times better; 0 where nothing was).
    spread: lowest and highest of the runs, or of the pairs where it is a ratio: one of the two is the worst pair. control: what the bare machine did meanwhile. detail: figures behind the figure.
    refused: why the figure may not be used (the machine was too busy, the run too short); failed: why there is none, and the machine is not to blame.
    Both are empty where the figure counts.
    """

    name: str
    value: float
    unit: str
    peer: str = ""
    ratio: float = 0.0
    runs: int = 1
    spread: tuple[float, float] = (0.0, 0.0)
    control: dict[str, float] = field(default_factory=dict)
    detail: dict[str, Any] = field(default_factory=dict)
    refused: str = ""
    failed: str = ""
    machine: str = ""
    commit: str = ""
    at: str = ""

    @property
    def counts(self) -> bool:
        return not (self.refused or self.failed)

    @property
    def verdict(self) -> str:
        """met, missed, refused, failed, not yet (an aim for later), or empty where the figure has no goal."""
        goal = GOALS.get(self.name)
        if self.refused:
            return "refused"
        if self.failed:
            return "failed"
        if goal is None:
            return ""
        if goal.met(self.value):
            return "met"
        return "not yet" if goal.later else "missed"


def percentile(values: Sequence[float], share: float) -> float:
    """The smallest value with at least `share` of all values at or under it (nearest rank: always a value that occurred)."""
    if not values:
        raise ValueError("there is no percentile of nothing")
    if not 0 < share <= 1:
        raise ValueError(f"share is above 0 and at most 1, not {share}")
    ordered = sorted(values)
    # ceil without the float error of 0.95 * 20
    rank = -(-round(share * len(ordered) * 1_000_000) // 1_000_000)
    return ordered[max(rank, 1) - 1]


@dataclass(frozen=True, slots=True)
class Ratios:
    """Pairs measured one after the other, A B A B: A over B, of rates or of costs."""

    pairs: tuple[float, ...]

    @classmethod
    def of(cls, ones: Sequence[float], others: Sequence[float]) -> Ratios:
        """ones[i] / others[i] of runs that stood side by side."""
        if len(ones) != len(others) or not ones:
            raise ValueError(f"{len(ones)} runs cannot be paired with {len(others)}")
        return cls(tuple(one / other for one, other in zip(ones, others, strict=True)))

    @property
    def median(self) -> float:
        return statistics.median(self.pairs)

    @property
    def least(self) -> float:
        """The worst pair of rates (of costs it is the best)."""
        return min(self.pairs)


def of_runs(name: str, unit: str, runs: Sequence[float], **more: Any) -> Measurement:
    """The median of several runs, with their spread."""
    return Measurement(name, statistics.median(runs), unit, runs=len(runs), spread=(min(runs), max(runs)), **more)


def of_trials(
    name: str, unit: str, runs: Sequence[Sequence[float]], share: float = 0.95, missing: int = 0, **more: Any
) -> Measurement:
    """A percentile over the trials of all runs; spread: the same percentile run by run.

    missing: trials that came to no end. They count as later than any other; where the percentile is one of them, the figure has failed.
    """
    every = sorted(value for run in runs for value in run)
    tried = len(every) + missing
    detail = {"trials": tried, **({"missing": missing} if missing else {}), **more.pop("detail", {})}
    rank = percentile(range(1, tried + 1), share) if tried else 1
    if rank > len(every):
        more["failed"] = more.get("failed") or (f"{missing} of {tried} trials came to no end" if missing else "nothing was tried")
        return Measurement(name, 0.0, unit, detail=detail, **more)
    each = [percentile(run, share) for run in runs if run]
    quantiles = {f"p{round(100 * s)}": round(percentile(every, s), 3) for s in (0.5, 0.9, 0.95, 0.99)}
    detail = {**quantiles, "worst": round(every[-1], 3), **detail}
    return Measurement(name, every[int(rank) - 1], unit, runs=len(each), spread=(min(each), max(each)), detail=detail, **more)


class Report:
    """Collects measurements, merges them into the results file, prints them.

    anyway: a figure that would be refused is reported, with the reason in its detail.
    """

    def __init__(self, path: Path = RESULTS, console: Console | None = None, anyway: bool = False) -> None:
        self.path, self.console, self.anyway = path, console or Console(), anyway
        self.machine, self.commit = str(Machine.here()), commit()
        self.taken: list[Measurement] = []
        self.took: list[Took] = []
        self.unkept = ""  # why the results are in no file

    def add(self, measurement: Measurement) -> None:
        if measurement.refused and self.anyway:
            measurement = replace(measurement, refused="", detail={**measurement.detail, "noisy": measurement.refused})
        if measurement.runs == 1:
            measurement = replace(measurement, spread=(measurement.value, measurement.value))
        now = datetime.now(UTC).isoformat(timespec="seconds")
        self.taken.append(replace(measurement, machine=self.machine, commit=self.commit, at=now))

    def say(self, text: str) -> None:
        """Progress, on the console only."""
        self.console.print(f"[dim]{escape(text)}[/dim]", highlight=False)

    def writable(self) -> str:
        """Why results could not be kept, with what to do, before anything is measured for nothing; empty where they can be."""
        try:
            self._write(self.path.with_suffix(".try"), " " * 65536)
        except OSError as error:
            where = "make it writable or make room there, or measure from another folder: an installed program writes to build/ where one stands"
            return f"results cannot be kept in {self.path.parent}: {error.strerror or error}; {where}"
        self.path.with_suffix(".try").unlink()
        return ""

    def save(self) -> None:
        """Merge into the file: what was measured now replaces what bears the same name. What was refused or failed replaces nothing that counts.

        Where it cannot be written, that is said, and the figures are still there for the table.
        """
        kept = {found["name"]: found for found in read(self.path)}
        for taken in self.taken:
            before = kept.get(taken.name)
            if taken.counts or before is None or before.get("refused") or before.get("failed"):
                kept[taken.name] = {**asdict(taken), "verdict": taken.verdict, "goal": str(GOALS.get(taken.name, ""))}
        part = self.path.with_suffix(".part")
        try:
            self._write(part, json.dumps([kept[name] for name in sorted(kept)], indent=1, ensure_ascii=False) + "\n")
            part.replace(self.path)
        except OSError as error:
            self.unkept = f"{_shown(self.path)} could not be written: {error.strerror or error}"
        else:
            self.unkept = ""

    @staticmethod
    def _write(path: Path, text: str) -> None:
        """Into a folder that is made. Raises OSError, and leaves no half a file."""
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.write_text(text, encoding="utf-8")
        except OSError:
            with suppress(OSError):
                path.unlink()
            raise

    def kept(self) -> list[Measurement]:
        """What the file holds now, of this run and of former ones."""
        names = {field.name for field in fields(Measurement)}
        return [Measurement(**{name: value for name, value in one.items() if name in names}) for one in read(self.path)]

    def show(self) -> None:
        if self.taken:
            self.console.print(self._table())
            self.console.print(f"[dim]{LEGEND}[/dim]", highlight=False)
        for taken in self.taken:
            if taken.refused:
                self.console.print(f"[yellow]{taken.name} is not reported: {escape(taken.refused)}[/yellow]", highlight=False)
        self._show_missed()
        known = f"{self.machine}, commit {self.commit or 'unknown'}; all of it: {self.unkept or _shown(self.path)}"
        self.console.print(f"[dim]{known}[/dim]", highlight=False)

    def _table(self) -> Table:
        """The figures; what each was measured against only where there is room for it."""
        wide = self.console.width >= WIDE
        table = Table(header_style="bold", box=None, pad_edge=False)
        for heading in ("what", "figure", "spread", "goal", "", *(["against"] if wide else [])):
            table.add_column(
                heading, justify="right" if heading in ("figure", "spread", "goal") else "left", no_wrap=heading == "what"
            )
        table.columns[0].min_width = max(len(taken.name) for taken in self.taken)
        for taken in self.taken:
            goal = GOALS.get(taken.name)
            colour = {"met": "green", "missed": "red", "failed": "red", "refused": "yellow", "not yet": "yellow"}.get(
                taken.verdict, ""
            )
            mark = f"[{colour}]{taken.verdict}[/{colour}]" if colour else ""
            figure = f"{figure_text(taken.value)} {taken.unit}" if taken.counts else "-"
            spread = "" if not taken.counts or taken.runs < 2 else "{} .. {}".format(*map(figure_text, taken.spread))
            limit = goal.limit_text if goal and taken.counts else str(goal or "")  # the figure has the unit
            table.add_row(taken.name, figure, spread, limit, mark, *([escape(taken.peer)] if wide else []))
        return table

    def _show_missed(self) -> None:
        """Where the slowest trials lost their time, what is missed, what failed, and how long all of it took."""
        for taken in self.taken:
            if taken.counts and (slowest := taken.detail.get("slowest")):
                self.console.print(f"[dim]slowest of {taken.name}: {escape(told(slowest[0]))}[/dim]", highlight=False)
        for taken in self.taken:
            if taken.verdict == "missed":
                why = GOALS[taken.name].why
                self.console.print(f"[red]{taken.name} is missed: {why}[/red]", highlight=False)
            elif taken.verdict == "failed":
                self.console.print(f"[red]{taken.name} failed: {escape(taken.failed)}[/red]", highlight=False)
        for one in self.took:
            if one.failed:
                self.console.print(f"[red]{one.name} failed: {escape(one.failed)}[/red]", highlight=False)
        if self.took:
            each = ", ".join(f"{one.name} {one.wall_s:.0f}" for one in sorted(self.took, key=lambda one: -one.wall_s))
            wall_s, cpu_s = sum(one.wall_s for one in self.took), sum(one.cpu_s for one in self.took)
            self.console.print(
                f"[dim]{wall_s / 60:.1f} minutes, {cpu_s / 60:.1f} of CPU; in seconds: {each}[/dim]", highlight=False
            )

    def finish(self) -> int:
        """Save, draw, show, and give the exit status: 2 where something failed, else 1 where a goal is missed."""
        self.save()
        try:
            for picture in draw(self.kept(), self.path.parent / "bench"):
                self.say(f"picture: {_shown(picture)}")
        except OSError as error:
            self.unkept = self.unkept or f"no picture could be written: {error.strerror or error}"
        self.show()
        if self.unkept or any(one.failed for one in (*self.took, *self.taken)):
            return 2
        return 1 if any(taken.verdict == "missed" for taken in self.taken) else 0


def _shown(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def read(path: Path) -> list[dict[str, Any]]:
    """What the results file holds; nothing where there is none or it cannot be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return []
    whole = {"name", "value", "unit"}
    return [entry for entry in found if isinstance(entry, dict) and whole <= entry.keys()] if isinstance(found, list) else []


def first_reason(reasons: Iterable[str]) -> str:
    """The first reason that is one."""
    return next((reason for reason in reasons if reason), "")
