"""The tables of values: what must be made of what people say, and what must be asked back or rejected."""

from __future__ import annotations

import string
from datetime import date, time
from decimal import Decimal
from pathlib import Path

import pytest

from ivr.values import Finding, Limits, SlotKind, Verdict, understand

HERE = Path(__file__).parents[1]
TODAY, NOW = date(2026, 4, 30), time(10, 0)
ALPHABETS = {
    "A-Z0-9": string.ascii_uppercase + string.digits,
    "А-Я0-9": "АБВГДЕЖЗИЙКЛМНОПРСТУФХЦЧШЩЪЫЬЭЮЯ" + string.digits,
}


def table(language: str) -> list[tuple[str, str, str, str]]:
    lines = (HERE / f"values_{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def limits(row: str) -> Limits:
    read = {
        "length_min": int, "length_max": int, "check": str, "alphabet": lambda text: ALPHABETS.get(text, text), "minimum": Decimal,
        "maximum": Decimal, "whole": lambda text: text == "yes", "currency": str, "currencies": lambda text: tuple(text.split(",")),
        "past": lambda text: text == "yes", "future": lambda text: text == "yes", "days_ahead_max": int, "region": str,
        "month_first": lambda text: text == "yes", "opens": time.fromisoformat, "closes": time.fromisoformat,
    }  # fmt: skip
    pairs = (pair.split("=") for pair in row.split())
    return Limits(**{name: read[name](value) for name, value in pairs})  # type: ignore[arg-type,operator]


def shown(finding: Finding) -> str:
    mark = {Verdict.MATCH: "", Verdict.CONFIRM: "?", Verdict.INCOMPLETE: "..."}
    return f"- {finding.reason}" if finding.verdict is Verdict.NO_MATCH else finding.normal + mark[finding.verdict]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_value_is_understood_as_the_table_says(language: str) -> None:
    wrong = []
    for kind, limited, text, meant in table(language):
        got = understand(SlotKind(kind), text, language, today=TODAY, now=NOW, limits=limits(limited))
        if shown(got) != meant:
            wrong.append(f"{kind} [{limited}] {text!r} is {shown(got)!r} ({got.score:.2f} {got.reason}), not {meant!r}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_tables_are_large_and_reject_enough(language: str) -> None:
    rows = table(language)
    assert len(rows) == len({(kind, limited, text) for kind, limited, text, _ in rows})
    assert len(rows) >= 200
    assert sum(meant.startswith("-") for *_, meant in rows) >= 35
    assert {kind for kind, *_ in rows} == set(SlotKind)
