"""The table of bench/README.md, from the results of the last run: every figure with its goal, machine and commit, none typed by hand.

    python -m bench.markdown [--into bench/README.md]

What several runs measured stands together; a row that is of another commit or machine than most says so. Without --into it is printed.
"""

from __future__ import annotations

import sys
from argparse import ArgumentParser
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.goals import ABOUT, GOALS, figure_text
from bench.harness import Measurement, Report
from bench.program import command

BEGIN, END = "<!-- the last measurement: python -m bench.markdown --into bench/README.md -->", "<!-- until here -->"
HEAD = "| figure | what it is | value | spread | goal | |\n|---|---|---|---|---|---|"
# Parts of the house by what a reader looks for; a figure is of the part that its name begins with.
PARTS = {
    "Many calls": ("calls", "frames", "memory", "node"),
    "Answering, replying": ("answer", "reply", "recovery"),
    "Interrupting, and the end of a turn": ("barge_in", "turns"),
    "Who speaks, which key": ("voicing", "keys"),
    "Recognition": ("recognition",),
    "Who calls, who takes it": ("lookup", "routing", "handover"),
}


def of_part(name: str) -> str:
    first = name.partition(".")[0]
    return next((part for part, firsts in PARTS.items() if first in firsts), "Other")


def source(one: Measurement) -> str:
    return f"{one.machine.partition(', load')[0]}, commit {one.commit or 'unknown'}"


def row(one: Measurement, mark: str) -> str:
    """One line of the table."""
    goal = GOALS.get(one.name)
    about = goal.why if goal else ABOUT.get(one.name, "")
    if one.peer:
        about = f"{about}; against: {one.peer}" if about else f"against: {one.peer}"
    value = f"{figure_text(one.value)} {one.unit}" if one.counts else f"none: {one.refused or one.failed}"
    if one.counts and "p50" in one.detail and " p" in one.unit and not one.unit.endswith("p50"):
        value += f" (p50 {figure_text(one.detail['p50'])})"
    spread = "{} .. {}".format(*map(figure_text, one.spread)) if one.counts and one.runs > 1 else ""
    verdict = {"not yet": "**not yet**", "missed": "**missed**"}.get(one.verdict, one.verdict)
    limit = goal.limit_text + (" later" if goal.later else "") if goal else ""
    cells = (f"`{one.name}`{mark}", about, value, spread, limit, verdict)
    return "| " + " | ".join(cell.replace("|", "/").replace("\n", " ") for cell in cells) + " |"


def unmeasured(name: str) -> str:
    """The line of a goal against which nothing was held."""
    goal = GOALS[name]
    return f"| `{name}` | {goal.why} | not measured then | | {goal.limit_text}{' later' if goal.later else ''} | |"


def table(measured: Iterable[Measurement]) -> str:
    """All of it as Markdown: where it was measured, then a table a part, in the order of the goals, whose words go on from each other."""
    order = [*GOALS, *ABOUT]
    every = sorted(measured, key=lambda one: (order.index(one.name) if one.name in order else len(order), one.name))
    if not every:
        return "Nothing was measured yet.\n"
    sources = [name for name, _ in Counter(map(source, every)).most_common()]
    marks = {name: "" if number == 0 else f" ({number})" for number, name in enumerate(sources)}
    lines = [f"{sources[0]}, {min(one.at for one in every if source(one) == sources[0])[:10]}."]
    lines += [f"{marks[name].strip()}: {name}." for name in sources[1:]]
    for part in (*PARTS, "Other"):
        rows = [row(one, marks[source(one)]) for one in every if of_part(one.name) == part]
        rows += [unmeasured(name) for name in GOALS if of_part(name) == part and name not in {one.name for one in every}]
        if rows:
            lines += ["", f"**{part}**", "", HEAD, *rows]
    return "\n".join(lines) + "\n"


def put_into(text: str, measured: str) -> str:
    """A page with this table in the place of the one before. Raises ValueError where the page has no place for it."""
    before, begin, rest = text.partition(BEGIN)
    _, end, after = rest.partition(END)
    if not (begin and end):
        raise ValueError(f"there is no place for the table: the page needs the lines {BEGIN!r} and {END!r}")
    return f"{before}{BEGIN}\n\n{measured}\n{END}{after}"


def main(arguments: Sequence[str] | None = None) -> int:
    parser = ArgumentParser(prog="python -m bench.markdown", description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--into", type=Path, metavar="PAGE", help="replace the table of this page")
    given = parser.parse_args(arguments)
    measured = table(Report().kept())
    if given.into is None:
        print(measured, end="")
        return 0
    try:
        given.into.write_text(put_into(given.into.read_text(encoding="utf-8"), measured), encoding="utf-8")
    except (OSError, ValueError) as error:
        print(f"{given.into}: {getattr(error, 'strerror', None) or error}", file=sys.stderr)
        return 2
    return 0


if __name__ == "__main__":
    command(main)
