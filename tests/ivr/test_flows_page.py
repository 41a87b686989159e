"""docs/flows.md: the example in it is sound, and speaks."""

from __future__ import annotations

import re
from pathlib import Path

from ivr.dialogue.transcript import converse
from ivr.flow import StepKind, check, load
from tests.ivr.parcels import NOW_MS

PAGE = (Path(__file__).parents[2] / "docs" / "flows.md").read_text(encoding="utf-8")


def test_the_example_is_sound_and_takes_an_order(tmp_path: Path) -> None:
    found = re.search(r"```yaml\n(# yaml-language-server.*?)```", PAGE, re.DOTALL)
    assert found is not None
    (tmp_path / "bakery.yaml").write_text(found[1], encoding="utf-8")
    assert check(tmp_path / "bakery.yaml") == []
    talk = converse(load(tmp_path / "bakery.yaml"), "en", ["six for friday", "no, eight", "yes"], channel="chat", now_ms=NOW_MS)
    assert talk.house[-2:] == ("8 loaves, on Friday 8 May. Is that right?", "Thank you. See you then!")


def test_every_kind_of_step_is_explained() -> None:
    assert all(f"| `{kind}` |" in PAGE for kind in StepKind)
