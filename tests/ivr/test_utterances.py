"""The tables of utterances: what must be understood at a step, what must be asked back, and what must be rejected."""

from __future__ import annotations

from pathlib import Path

import pytest

from ivr.flow import Flow, load
from ivr.understand import Understanding, Verdict, judge
from ivr.understand.expected import options
from voice.recognizers.closeness import plain
from voice.recognizers.protocol import Kind

HERE = Path(__file__).parent
FLOW = HERE.parents[1] / "ivr" / "flows" / "hotline.yaml"


@pytest.fixture(scope="module")
def hotline() -> Flow:
    return load(FLOW)


def table(language: str) -> list[tuple[str, str, str]]:
    lines = (HERE / f"utterances_{language}.tsv").read_text(encoding="utf-8").splitlines()
    return [tuple(line.split("\t")) for line in lines if line and not line.startswith("#")]  # type: ignore[misc]


def understood(flow: Flow, language: str, step: str, text: str) -> Understanding:
    yes_no = flow.steps[step].expects is Kind.YES_NO
    return judge(options(flow, step, language), language, text, 0.8, "whisper", asks_yes_no=yes_no)


def shown(meant: Understanding) -> str:
    return {Verdict.MATCH: meant.choice, Verdict.CONFIRM: f"{meant.choice}?", Verdict.NO_MATCH: "-"}[meant.kind]


@pytest.mark.parametrize("language", ["en", "ru"])
def test_every_utterance_means_what_the_table_says(hotline: Flow, language: str) -> None:
    wrong = []
    for step, text, meant in table(language):
        for heard in {text, plain(text)}:
            got = understood(hotline, language, step, heard)
            if shown(got) != meant:
                wrong.append(f"{step}: {heard!r} is {shown(got)} ({got.score:.2f}), not {meant}")
    assert not wrong, "\n".join(wrong)


@pytest.mark.parametrize("language", ["en", "ru"])
def test_the_tables_are_large_and_reject_enough(language: str) -> None:
    rows = table(language)
    assert len(rows) == len({(step, text) for step, text, _ in rows})
    assert len(rows) >= 180
    assert sum(meant == "-" for _, _, meant in rows) >= 40
