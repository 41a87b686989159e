"""`hotline stats`: what the house has counted, today and in all; first of it how many questions were asked twice."""

from __future__ import annotations

import asyncio
import json as plain_json
import sys
from collections.abc import Mapping
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from ivr.counts import LOOKUP_S, Sums
from routing import settings as settings_file

SHARE = 0.99
ROWS = (
    ("repeat_question_rate", "repeat-question rate"), ("questions", "questions asked"), ("questions_repeated", "asked twice"),
    ("calls", "calls"), ("talks", "talks"), ("handed", "handed to a person"), ("left", "left by the customer"),
    ("context_lookup_p99_ms", "look-up of who calls, p99 at most (ms)"), ("redis_away", "found Redis away"),
    ("webhooks_delivered", "webhooks delivered"),
)  # fmt: skip


def stats(
    json: Annotated[bool, typer.Option("--json", help="As JSON.")] = False,
    config: Annotated[str | None, typer.Option("--config", help="Settings file (TOML).")] = None,
) -> None:
    """What was counted, today (UTC) and in all: repeated questions, calls, talks, look-ups. Names nobody."""
    from routing.app import memory_of

    async def read() -> Sums:
        async with memory_of(settings_file.load(config)) as memory:
            return await memory.counts.read()

    sums = asyncio.run(read())
    told = {"today": figures(sums.today), "total": figures(sums.total)}
    if json:
        sys.stdout.write(plain_json.dumps({"day": sums.day, **told}, indent=2) + "\n")
        return
    table = Table(box=None, pad_edge=False)
    for column in ("", f"today ({sums.day})", "in all"):
        table.add_column(column, justify="right" if column else "left")
    for name, words in ROWS:
        table.add_row(words, *(shown(name, told[when][name]) for when in ("today", "total")))
    Console().print(table)


def figures(sums: Mapping[str, int]) -> dict[str, Any]:
    """The few numbers that one asks for first. A rate and a percentile of nothing are None."""

    def of(name: str, *labels: str) -> int:
        found = (spelled.split("|") for spelled in sums)
        return sum(sums["|".join(one)] for one in found if one[0] == name and set(labels) <= set(one[1:]))

    asked, repeated = of("questions"), of("questions_repeated")
    return {
        "repeat_question_rate": round(repeated / asked, 4) if asked else None,
        "questions": asked,
        "questions_repeated": repeated,
        "calls": of("calls"),
        "talks": of("talks"),
        "handed": of("talks", "handed"),
        "left": of("talks", "left"),
        "context_lookup_p99_ms": percentile_ms(sums),
        "redis_away": of("redis_away"),
        "webhooks_delivered": of("webhook_deliveries", "delivered"),
    }


def percentile_ms(sums: Mapping[str, int]) -> float | None:
    """The upper bound of the bucket in which the 99th percentile lies; None for no look-up, or beyond the last bound."""
    counted = [sums.get(f"context_lookup|{bound}", 0) for bound in (*LOOKUP_S, "+Inf")]
    below, wanted = 0, SHARE * sum(counted)
    for bound, count in zip(LOOKUP_S, counted, strict=False):
        below += count
        if below and below >= wanted:
            return 1000 * bound
    return None


def shown(name: str, value: Any) -> str:
    """As a person reads it."""
    if value is None:
        return "-"
    return f"{100 * value:.1f} %" if name == "repeat_question_rate" else f"{value:g}"
