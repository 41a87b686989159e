"""The table of bench/README.md, made from results and from nothing else."""

from __future__ import annotations

from pathlib import Path

import pytest

from bench import goals, markdown
from bench.harness import Measurement

FAST = Measurement(
    "reply.speech",
    42.3,
    "ms p95",
    detail={"p50": 31.2},
    machine="2 x A, Linux 6, load 1.5",
    commit="abc1234",
    at="2026-11-27T10:00",
)
LATE = Measurement("calls.over_floor", 3.9, "x", peer="bare sockets", runs=3, spread=(3.5, 4.1), machine="2 x A, Linux 6, load 2", commit="abc1234", at="2026-11-27T11:00")  # fmt: skip
OTHER = Measurement("lookup.p99", 0.0, "ms", refused="others used 60 % of the machine", machine="2 x B, Linux 6, load 9", commit="def5678", at="2026-11-20T11:00")  # fmt: skip


def test_a_row_has_the_goal_the_spread_and_what_it_was_held_against() -> None:
    (line,) = [line for line in markdown.table([FAST, LATE]).splitlines() if line.startswith("| `calls.over_floor")]
    for part in ("| 3.9 x |", "| 3.5 .. 4.1 |", "against: bare sockets", "| <= 3 later |", "**not yet**"):
        assert part in line
    assert "| 42.3 ms p95 (p50 31.2) |" in markdown.table([FAST])


def test_where_it_was_measured_stands_above_and_what_was_elsewhere_says_so() -> None:
    lines = markdown.table([FAST, LATE, OTHER]).splitlines()
    assert lines[0] == "2 x A, Linux 6, commit abc1234, 2026-11-27."
    assert lines[1] == "(1): 2 x B, Linux 6, commit def5678."
    assert any(line.startswith("| `lookup.p99` (1) |") and "none: others used 60 %" in line for line in lines)


def test_a_goal_against_which_nothing_was_held_says_so() -> None:
    assert (
        "| `keys.wrong` | what Q.24 refuses, and a key taken for another one: none | not measured then | | <= 0 | |"
        in markdown.table([FAST])
    )


def test_a_page_gets_the_new_table_in_the_place_of_the_old_one() -> None:
    page = f"# Numbers\n\n{markdown.BEGIN}\n\nOUTDATED\n\n{markdown.END}\n\nafter\n"
    once = markdown.put_into(page, markdown.table([FAST]))
    assert "OUTDATED" not in once
    assert once.startswith("# Numbers")
    assert once.endswith("after\n")
    assert markdown.put_into(once, markdown.table([FAST])) == once
    with pytest.raises(ValueError, match="no place for the table"):
        markdown.put_into("# Numbers\n", "")


def test_every_figure_has_its_part_and_nothing_is_told_twice() -> None:
    assert {markdown.of_part(name) for name in (*goals.GOALS, *goals.ABOUT)} == set(markdown.PARTS)
    assert not set(goals.GOALS) & set(goals.ABOUT)


def test_the_page_that_comes_along_has_a_row_for_every_goal() -> None:
    page = (Path(markdown.__file__).with_name("README.md")).read_text(encoding="utf-8")
    measured = page.partition(markdown.BEGIN)[2].partition(markdown.END)[0]
    assert [name for name in goals.GOALS if f"`{name}`" not in measured] == []
